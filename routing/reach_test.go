package routing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

func TestCore_A1_AHandsetThatIsOffCostsNoTime(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.switchesOn(aliceDirect, time.Hour)
		h.switchesOn(aliceDirect, 0)
		h.rings(aliceDirect)
		h.sees(`
			carrier -> INVITE +33639980201
			alice <- INVITE alice from +33639980101 [offer to ?]
			carrier <- 180`)
	})
}

func TestCore_A1_AfterAFailureTheHandsetIsLeftOutForAWhile(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		first := h.rings(aliceDirect)
		h.lines["trunk:core"].does("480", refuses(480, "Q.850;cause=18"))
		first.does("CANCEL", dialog.Cancelled{})
		h.later(29 * time.Second)
		second := h.rings(aliceDirect)
		h.wants("alice", "alice/2", "trunk:core")
		second.does("CANCEL", dialog.Cancelled{})
		h.later(2 * time.Second)
		h.rings(aliceDirect)
		h.wants("alice", "alice/2", "alice/3", "trunk:core", "trunk:core/2")
	})
}

func TestCore_A1_WhoHasOnlyAHandsetThatIsOffIsNotWaitedFor(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.alice(func(u *User) { u.Availability = SetUnavailable })
		h.switchesOn(aliceDirect, 0)
		h.rings(aliceDirect)
		if !slices.Contains(h.steps, "carrier hears greeting+beep") {
			t.Errorf("the caller waits:\n%v", h.steps)
		}
		h.later(11 * time.Minute) // Nobody knows any more: it is tried again.
		h.rings(aliceDirect)
		h.wants("trunk:core")
	})
}

func TestCore_A3_APhoneThatIsSwitchedOnJoinsTheRinging(t *testing.T) {
	for name, off := range map[string]func(h *house){
		"known to be off": func(h *house) { h.switchesOn(aliceDirect, 0); h.rings(aliceDirect) },
		"found to be off": func(h *house) {
			h.rings(aliceDirect)
			h.lines["trunk:core"].does("502", refuses(502, "Q.850;cause=27"))
		},
		"a silent core": func(h *house) {
			h.rings(aliceDirect)
			h.later(18 * time.Second)
		},
	} {
		inMobileHouse(t, func(h *house) {
			off(h)
			before := len(h.rung())
			h.later(4 * time.Second)
			h.switchesOn("208990000000201", time.Hour) // by the identity that was made of the IMSI
			if got := len(h.rung()); got != before+1 {
				t.Fatalf("%s: %v rung after it was switched on", name, h.rung())
			}
			h.switchesOn(aliceDirect, time.Hour)
			if got := len(h.rung()); got != before+1 {
				t.Fatalf("%s: it joins twice: %v", name, h.rung())
			}
			core := h.lines["trunk:core"]
			if before > 1 {
				core = h.lines["trunk:core/2"]
			}
			h.later(1600 * time.Millisecond)
			core.does("180", paged())
			h.later(1500 * time.Millisecond)
			core.does("200", takes())
			if !h.lines["alice"].over || !slices.Contains(h.steps, "bridge carrier = "+core.name) {
				t.Errorf("%s: the phone that joined does not win", name)
			}
		})
	}
}

func TestLateJoinIsForPhonesThatWereOff(t *testing.T) {
	for name, end := range map[string]func(h *house, core *fakeLine){
		"declined": func(h *house, core *fakeLine) {
			core.does("180", paged())
			h.later(time.Second / 2)
			core.does("603", refuses(603, ""))
		},
		"busy":      func(_ *house, core *fakeLine) { core.does("486", refuses(486, "Q.850;cause=17")) },
		"deflected": func(_ *house, core *fakeLine) { core.does("181", dialog.Progress{Status: 181, Head: said()}) },
		"rings":     func(_ *house, core *fakeLine) { core.does("180", paged()) },
	} {
		inMobileHouse(t, func(h *house) {
			h.rings(aliceDirect)
			end(h, h.lines["trunk:core"])
			h.switchesOn(aliceDirect, time.Hour)
			if got := h.rung(); len(got) != 2 {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
	inMobileHouse(t, func(h *house) { // The call is over, or answered.
		h.switchesOn(aliceDirect, 0)
		h.rings(aliceDirect)
		h.lines["alice"].does("200", answer("alice answer"))
		h.switchesOn(aliceDirect, time.Hour)
		h.wants("alice")
	})
}

func TestWhoWaitsInAQueueRingsThePhoneThatIsSwitchedOn(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) {
			s.Flows["direct"].Nodes["ring"].RingTo.EvenIfBusy = true
		})
		h.phones["alice@tandem"], h.phones["alice.app@tandem"] = 0, 0
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		if core.over {
			t.Fatal("the handset does not ring")
		}
	})
}

func TestNobodyButTheOwnCoreSpeaksForAHandset(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		who := message.Party{Scheme: "sip", User: aliceDirect, Host: "ims.example"}
		h.sw.CoreRegistered(sip.CoreRegistration{Trunk: "main", Who: who})
		h.sw.CoreRegistered(sip.CoreRegistration{Trunk: "gone", Who: who})
		h.sw.CoreRegistered(sip.CoreRegistration{Trunk: "core", Who: message.Party{Scheme: "sip", User: "+33199001234"}})
		h.sw.CoreRegistered(sip.CoreRegistration{Trunk: "core", Who: message.Party{}})
		if n := len(h.sw.handsets.asleep); n != 0 {
			t.Errorf("%d handsets are taken for off", n)
		}
	})
}

func TestTheTableOfHandsetsIsBounded(t *testing.T) {
	b, now := newHandsetBoard(), time.Now()
	for i := range mostAsleep + 10 {
		b.failed(E164(fmt.Sprintf("+336%08d", i)), now)
	}
	if len(b.asleep) != mostAsleep {
		t.Errorf("%d handsets", len(b.asleep))
	}
	later := now.Add(offAfterFailure)
	b.failed("+33799999999", later)
	if len(b.asleep) != 1 || b.off("+33600000001", later) || !b.off("+33799999999", later) {
		t.Errorf("%d handsets after their time", len(b.asleep))
	}
	b.left("+33799999999", later)
	b.failed("+33799999999", later.Add(time.Minute)) // A shorter time does not take the longer one away.
	if !b.off("+33799999999", later.Add(9*time.Minute)) || b.off("+33799999999", later.Add(offAfterLeaving)) {
		t.Error("a phone that left is off for its time")
	}
}

// TestCore_A4: what a real switching centre was measured to say, and what becomes of the call.
func TestCore_A4_BusyRejectAndNoCoverage(t *testing.T) {
	type row struct {
		name    string
		ring    time.Duration // before; 0: it does not
		status  int
		reason  string
		want    HandsetState
		desk    bool // goes on ringing
		asleep  bool
		quirk   []Quirk
		decline DeclineScope
	}
	for _, r := range []row{
		{name: "busy", status: 486, reason: "Q.850;cause=17", want: HandsetBusy, desk: true},
		{name: "off", status: 480, reason: "Q.850;cause=18", want: HandsetOff, desk: true, asleep: true},
		{name: "unknown", status: 404, want: HandsetOff, desk: true, asleep: true},
		{name: "no coverage", status: 502, reason: "Q.850;cause=27", want: HandsetOff, desk: true, asleep: true},
		{name: "no paging response", status: 408, want: HandsetOff, desk: true, asleep: true},
		{name: "reject, told by the Reason alone", ring: 3 * time.Second, status: 500, reason: "Q.850;cause=16", want: HandsetDeclined},
		{name: "reject", ring: 3 * time.Second, status: 603, want: HandsetDeclined},
		{name: "reject, of the device alone", ring: 3 * time.Second, status: 603, want: HandsetDeclined, desk: true, decline: DeclineDevice},
		{name: "reject sooner than a person", ring: 900 * time.Millisecond, status: 603, want: HandsetDeclined, desk: true},
		{name: "cleared before it rang", status: 500, reason: "Q.850;cause=16", want: HandsetUnreachable, desk: true},
		{name: "a quirk", status: 403, want: HandsetBusy, desk: true, quirk: []Quirk{{Status: 403, Q850: -1, Means: 17}}},
		{name: "a quirk goes before the Reason", status: 480, reason: "Q.850;cause=18", want: HandsetBusy, desk: true, quirk: []Quirk{{Status: 480, Means: 17}}},
		{name: "overloaded", status: 503, want: HandsetUnreachable, desk: true},
	} {
		inMobileHouse(t, func(h *house) {
			h.moba(func(o *Operator) { o.Quirks, o.Decline = r.quirk, r.decline })
			caller := h.rings(aliceDirect)
			core, desk := h.lines["trunk:core"], h.lines["alice"]
			desk.does("180", ringing())
			if r.ring > 0 {
				h.later(2 * time.Second)
				core.does("180", paged())
				h.later(r.ring)
			}
			core.does(fmt.Sprint(r.status), refuses(r.status, r.reason))
			if desk.over == r.desk {
				t.Errorf("%s: the desk rings: %v, want %v", r.name, !desk.over, r.desk)
			}
			if got := h.sw.handsets.off(aliceDirect, time.Now()); got != r.asleep {
				t.Errorf("%s: known to be off: %v, want %v", r.name, got, r.asleep)
			}
			if r.desk {
				desk.does("200", answer("alice answer"))
			}
			caller.does("BYE", bye())
			if notes := handsetNotes(h.record()); !slices.Equal(notes, []string{string(r.want)}) {
				t.Errorf("%s: handset %v, want %s", r.name, notes, r.want)
			}
		})
	}
}

func TestSpec_E13_AnUnreachableMobileHidesNoBusyDesk(t *testing.T) {
	for _, order := range [][]string{{"alice", "trunk:core"}, {"trunk:core", "alice"}} {
		for _, failure := range []dialog.Failed{refuses(480, "Q.850;cause=18"), refuses(404, ""), refuses(503, ""), refuses(500, "Q.850;cause=41")} {
			inMobileHouse(t, func(h *house) {
				h.change(func(s *Snapshot) { s.Users["alice"].Devices = s.Users["alice"].Devices[:1] })
				caller := h.dials("bruno", "201")
				for _, who := range order {
					if who == "alice" {
						h.lines[who].does("486", failure2(486))
						continue
					}
					h.lines[who].does("failure", failure)
				}
				if !caller.over || !slices.Contains(h.steps, caller.name+" <- 486 (Q.850;cause=17)") {
					t.Errorf("%v, mobile %d: the caller hears something else: %v", order, failure.Status, h.steps)
				}
			})
		}
	}
}

func failure2(status int) dialog.Failed { return dialog.Failed{Status: status, Head: said()} }

func TestADeclineOnTheHandsetStopsTheDesksWithAWord(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.lines["alice"].does("180", ringing())
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(2 * time.Second)
		h.forget()
		core.does("603", refuses(603, ""))
		h.sees(`
			trunk:core -> 603
			alice <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			carrier hears greeting+beep`)
	})
}

// TestCore_A5: what goes into a core is marked and remembered, whatever the core does with the mark; what has gone through it twice is stopped there.
func TestCore_A5_EachLegIntoTheCoreIsMarkedAndRemembered(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller := h.rings(aliceDirect)
		if n := h.sw.loops.Len(); n != 1 {
			t.Errorf("%d legs are remembered", n)
		}
		d := h.lines["trunk:core"].dial
		a, _ := h.sw.anchors.Read([]string{header(&d, "X-Tandem-Anchor")}, aliceDirect)
		if a.Hop != 1 || h.sw.Call(CallID(a.ID)) == nil {
			t.Errorf("the anchor is %+v", a)
		}
		caller.does("CANCEL", dialog.Cancelled{})
		h.later(time.Second)
		if n := h.sw.loops.Len(); n != 0 {
			t.Errorf("%d legs are remembered after the call", n)
		}
	})
}

func TestARedirectionBetweenOurNumbersIsTold(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.WriteHistory = WriteDiversion })
		h.change(func(s *Snapshot) {
			s.Flows["sales"].Nodes["ring"] = &flow.Node{ID: "ring", Redirect: &flow.Redirect{Number: "direct"}}
		})
		h.rings("+33199005678")
		h.wants("alice", "trunk:core")
		if d := h.lines["trunk:core"].dial; header(&d, "Diversion") != "<sip:+33199005678@ims.example>;reason=unconditional" {
			t.Errorf("Diversion %q", header(&d, "Diversion"))
		}
	})
}

func TestLateJoinHappensOnce(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.switchesOn(aliceDirect, 0)
		h.rings(aliceDirect)
		h.switchesOn(aliceDirect, time.Hour)
		h.lines["trunk:core"].does("480", refuses(480, "Q.850;cause=18"))
		h.switchesOn(aliceDirect, time.Hour)
		h.wants("alice", "trunk:core") // A phone that comes and goes does not ring without end.
	})
}
