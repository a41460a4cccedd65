package routing

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/desk"
	"tandem/routing/flow"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// alice gives the house another snapshot, in which Alice is another.
func (h *house) alice(change func(u *User)) {
	h.t.Helper()
	next := *h.snap
	next.Users = maps.Clone(h.snap.Users)
	user := *next.Users["alice"]
	change(&user)
	next.Users["alice"] = &user
	h.publishes(&next)
}

// later lets time pass, and everything happen that follows.
func (h *house) later(d time.Duration) {
	_ = h.sw.UserStatus("alice") // What the test has read comes before what a timer of hers does: the lock says so.
	time.Sleep(d)
	synctest.Wait()
}

// publishes puts a snapshot in the place of the present one.
func (h *house) publishes(next *Snapshot) {
	h.mu.Lock()
	h.snap = next
	h.mu.Unlock()
	h.sw.Reload()
	synctest.Wait()
}

// account changes the account of the stories.
func (h *house) account(change func(a *Account)) {
	h.t.Helper()
	next := *h.snap
	next.Accounts = maps.Clone(h.snap.Accounts)
	account := *next.Accounts["acc"]
	change(&account)
	next.Accounts["acc"] = &account
	h.publishes(&next)
}

// did lists what a user did since the last time: when, after the start, the status, and the events.
func (h *house) did(u UserID, lines ...string) {
	h.t.Helper()
	synctest.Wait()
	h.ledger.mu.Lock()
	var got []string
	for _, s := range h.ledger.shifts {
		if s.User != u || s.Account != "acc" {
			continue
		}
		var line strings.Builder
		line.WriteString(s.At.Sub(h.start).String() + " " + string(s.Status))
		if s.Reason != "" {
			line.WriteString(":" + string(s.Reason))
		}
		for _, e := range s.Tells.Types() {
			if e != "user.availability_changed" {
				line.WriteString(" " + strings.TrimPrefix(e, "user."))
			}
		}
		got = append(got, line.String())
	}
	h.ledger.shifts = slices.DeleteFunc(h.ledger.shifts, func(s StatusChange) bool { return s.User == u })
	h.ledger.mu.Unlock()
	if !slices.Equal(got, lines) {
		h.t.Fatalf("%s did\n\t%s\nwant\n\t%s", u, strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

func TestSpec_A14_WhatUsersDoIsWrittenFromTheStartToTheEnd(t *testing.T) {
	var ledger *book
	inHouse(t, func(h *house) {
		ledger = h.ledger
		h.did("alice", "0s available")
		h.did("chloe", "0s available")
		h.later(time.Minute)
		caller, _ := talkingTo(h)
		h.later(time.Minute)
		h.did("alice", "1m0s ringing", "1m0s in_call")
		if d := h.sw.UserDesk("alice"); d.Status != UserInCall || d.Device != SIPPhone || d.Call == "" {
			t.Errorf("Alice: %+v", d)
		}
		h.did("bruno", "0s available", "1m0s ringing", "1m0s available")
		caller.does("BYE", bye())
		h.did("alice", "2m0s available")
	})
	if last := ledger.shifts[len(ledger.shifts)-1]; last.Status != UserOffline || last.Tells != 0 {
		t.Errorf("the process ends with %+v", last)
	}
}

func TestSpec_A6_A7_NobodyRingsDuringWrapUp(t *testing.T) {
	inHouse(t, func(h *house) {
		h.alice(func(u *User) { u.WrapUp = 10 * time.Second })
		caller, _ := talkingTo(h)
		caller.does("BYE", bye())
		h.did("alice", "0s available", "0s ringing", "0s in_call", "0s after_call_work wrap_up_started")
		h.rings("0199005678") // The team rings: Bruno alone.
		h.later(9 * time.Second)
		if _, rung := h.lines["alice/2"]; rung {
			t.Error("Alice rings during wrap-up")
		}
		h.later(time.Second)
		if _, rung := h.lines["alice/2"]; !rung {
			t.Error("after the wrap-up Alice does not join the ringing")
		}
		h.did("alice", "10s available wrap_up_ended", "10s ringing")
	})
}

func TestSpec_A6_A7_R20_WhoEndsTheWrapUpJoinsTheRinging(t *testing.T) {
	inHouse(t, func(h *house) {
		h.alice(func(u *User) { u.WrapUp = time.Hour })
		caller, _ := talkingTo(h)
		caller.does("BYE", bye())
		if err := h.sw.EndWrapUp("bruno"); !errors.Is(err, ErrNoWrapUp) {
			t.Errorf("Bruno: %v", err)
		}
		h.later(3 * time.Second)
		h.rings("0199005678")
		if _, rung := h.lines["alice/2"]; rung {
			t.Error("Alice rings during wrap-up")
		}
		if err := h.sw.EndWrapUp("alice"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, rung := h.lines["alice/2"]; !rung {
			t.Error("Alice is free, and does not ring")
		}
		h.did("alice", "0s available", "0s ringing", "0s in_call", "0s after_call_work wrap_up_started", "3s available wrap_up_ended", "3s ringing")
	})
}

func TestSpec_A8_A9_CallsThatMustBeTagged(t *testing.T) {
	for name, demand := range map[string]func(h *house){
		"by the number": func(h *house) { h.snap.Numbers["+33199005678"].MustTag = true },
		"by the team":   func(h *house) { h.snap.Teams["sales"].MustTag = true },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				demand(h)
				caller, _ := talkingTo(h)
				if err := h.sw.Do(h.t.Context(), h.ledger.begun[0], Label{By: "alice", Tag: "tag_1"}); err != nil {
					t.Fatal(err)
				}
				caller.does("BYE", bye())
				h.did("alice", "0s available", "0s ringing", "0s in_call", "0s available") // SPEC A8

				h.later(time.Minute)
				second := h.rings("0199005678")
				h.lines["alice/2"].does("200", answer("alice answer"))
				second.does("BYE", bye())
				h.later(time.Hour)
				if err := h.sw.EndWrapUp("alice"); !errors.Is(err, ErrUntagged) {
					t.Errorf("ended without a tag: %v", err)
				}
				if d := h.sw.UserDesk("alice"); d.Status != UserWrapUp || len(d.MustTag) != 1 || d.MustTag[0] != h.ledger.begun[1] {
					t.Errorf("an hour later: %+v", d)
				}
				h.sw.Tagged(h.ledger.begun[1])
				h.did("alice", "1m0s ringing", "1m0s in_call", "1m0s after_call_work wrap_up_started", "1h1m0s available wrap_up_ended")
			})
		})
	}
}

// office hours, by which Alice works from 8 to 18.
func officeHours(h *house) {
	next := *h.snap
	next.Hours = map[HoursID]calendar.Hours{"day": {Timezone: "UTC", Slots: []calendar.Slot{{Days: calendar.Days(), From: "08:00", To: "18:00"}}}}
	h.publishes(&next)
	h.alice(func(u *User) { u.Availability, u.Hours = SetAuto, "day" })
}

func TestSpec_A1_AutoFollowsWorkingHours(t *testing.T) {
	inHouse(t, func(h *house) { // A bubble begins at midnight, UTC.
		officeHours(h)
		h.did("alice", "0s available", "0s unavailable:outside_hours")
		h.rings("0199005678").does("CANCEL", bye())
		if _, rung := h.lines["alice"]; rung {
			t.Error("Alice rings at night")
		}
		h.later(24 * time.Hour)
		h.did("alice", "8h0m0s available", "18h0m0s unavailable:outside_hours")
		h.later(9 * time.Hour)
		h.alice(func(u *User) { u.Availability, u.Reason = SetUnavailable, "lunch" })
		h.later(time.Hour)
		h.alice(func(u *User) { u.Availability, u.Reason = SetAuto, "" })
		h.did("alice", "32h0m0s available", "33h0m0s unavailable:lunch", "34h0m0s available")
	})
}

func TestSpec_A10_HoursEndDuringACall(t *testing.T) {
	inHouse(t, func(h *house) {
		officeHours(h)
		h.later(17*time.Hour + 59*time.Minute)
		h.did("alice", "0s available", "0s unavailable:outside_hours", "8h0m0s available")
		caller, alice := talkingTo(h)
		h.later(10 * time.Minute)
		if alice.over {
			t.Error("the call ended with the hours")
		}
		caller.does("BYE", bye())
		h.did("alice", "17h59m0s ringing", "17h59m0s in_call", "18h9m0s unavailable:outside_hours")
	})
}

// phone lets Alice's phone come or go.
func (h *house) phone(phones int) {
	const aor = message.AOR("alice@tandem")
	h.mu.Lock()
	h.phones[aor] = phones
	h.mu.Unlock()
	h.sw.DeviceChanged(aor, phones > 0)
	synctest.Wait()
}

func TestSpec_A11_OfflineAfterTenSeconds(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phone(0)
		h.later(9 * time.Second)
		h.phone(1) // a reload
		h.later(time.Minute)
		h.did("alice", "0s available")
		h.phone(0)
		h.later(time.Minute)
		h.did("alice", "1m19s offline disconnected")
		h.phone(1)
		h.did("alice", "2m9s available connected")

		h.account(func(a *Account) { a.Grace = time.Minute })
		h.phone(0)
		h.later(time.Hour)
		h.did("alice", "3m9s offline disconnected")
	})
}

func TestSpec_E9_TheHandsetRingsWhetherAvailableOrNot(t *testing.T) {
	inHouse(t, func(h *house) {
		handset := &Device{ID: "sim", User: "alice", Kind: Native, AOR: "sim@tandem", Username: "sim"}
		h.phones["sim@tandem"] = 1
		h.alice(func(u *User) {
			u.Availability, u.Reason, u.Devices = SetUnavailable, "lunch", append(slices.Clone(u.Devices), handset)
		})
		h.did("alice", "0s available", "0s unavailable:lunch")
		caller := h.rings("0199005678")
		if _, rung := h.lines["alice"]; rung {
			t.Error("the desk phone of an unavailable user rings")
		}
		h.lines["sim"].does("200", answer("sim answer"))
		h.later(time.Minute)
		caller.does("BYE", bye())
		h.did("alice", "0s in_call", "1m0s unavailable:lunch") // SPEC E12
	})
}

func TestSpec_A12_ForwardingKeepsTheUserAvailableAndRingsBesideTheDevices(t *testing.T) {
	inHouse(t, func(h *house) {
		h.alice(func(u *User) { u.ForwardTo = "+33639980777" })
		h.rings("0199005678")
		out := h.lines["trunk:main"]
		if out == nil || out.dial.To.User != "+33639980777" || out.dial.From.User != "+33199005678" {
			t.Fatalf("the forwarded leg is %+v", out)
		}
		if h.lines["alice"] == nil || h.lines["bruno"] == nil {
			t.Fatal("the devices do not ring beside it")
		}
		out.does("200", answer("mobile answer"))
		if d := h.sw.UserDesk("alice"); d.Status != UserInCall || d.Device != "" {
			t.Errorf("Alice talks: %+v", d)
		}
		if got := h.sw.TrunkCalls()["main"]; got != 2 {
			t.Errorf("%d places on the trunk are taken, want the caller's and that of the forwarded leg", got)
		}
		out.does("BYE", bye())
		if r := h.record(); r.User != "alice" || r.Outcome != OutcomeAnswered || len(h.sw.TrunkCalls()) != 0 {
			t.Errorf("the record is of %s, %s; trunks %v", r.User, r.Outcome, h.sw.TrunkCalls())
		}

		h.phone(0)
		h.later(time.Hour)
		if s := h.sw.UserStatus("alice"); s != UserAvailable {
			t.Errorf("without a phone she is %s", s)
		}
		if got := h.sw.statusOf(h.snap.Users["alice"], desk.Free, reach{}); got != flow.Available {
			t.Errorf("for ringing she is %v", got)
		}
	})
}

func TestAForwardedPhoneCannotTransfer(t *testing.T) {
	inHouse(t, func(h *house) {
		h.alice(func(u *User) { u.ForwardTo = "+33639980777" })
		h.rings("0199005678")
		out := h.lines["trunk:main"]
		out.does("200", answer("mobile answer"))
		h.forget()
		out.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "203", Host: "tandem"}})
		h.sees(`
			trunk:main -> REFER
			trunk:main <- 403 REFER`)
	})
}

// away notes who does not answer, as the records office would.
type away struct{ users []UserID }

func (a *away) NotAnswering(u UserID) { a.users = append(a.users, u) }

func TestSpec_A13_WhoDoesNotAnswerIsMadeUnavailable(t *testing.T) {
	inHouse(t, func(h *house) {
		office := &away{}
		synctest.Wait() // The clerk has written who was there at the start.
		h.sw.registrar = office
		h.account(func(a *Account) { a.AwayAfter = 2 })
		ring := func(name string, end func(caller *fakeLine)) {
			caller := h.rings("+33199005678")
			h.lines[name].does("180", ringing())
			end(caller)
		}
		gaveUp := func(caller *fakeLine) { caller.does("CANCEL", bye()) }
		timeUp := func(*fakeLine) { h.later(25 * time.Second) }
		h.snap.Flows["sales"].Nodes["ring"].RingTo.Team = ""
		h.snap.Flows["sales"].Nodes["ring"].RingTo.Users = []UserID{"alice"}
		ring("alice", gaveUp)
		ring("alice/2", gaveUp)
		ring("alice/3", timeUp)
		if len(office.users) != 0 {
			t.Fatalf("away: %v", office.users)
		}
		ring("alice/4", timeUp)
		if !slices.Equal(office.users, []UserID{"alice"}) {
			t.Errorf("away: %v", office.users)
		}
		h.alice(func(u *User) { u.Availability, u.Reason = SetUnavailable, ReasonNotAnswering })
		if d := h.sw.UserDesk("alice"); d.Status != UserUnavailable || d.Reason != ReasonNotAnswering {
			t.Errorf("Alice: %+v", d)
		}
	})
}
