package routing

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tandem/media"
	"tandem/routing/desk"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// talking is a call from outside in which Alice talks.
func talkingTo(h *house) (caller, alice *fakeLine) {
	h.t.Helper()
	caller = h.rings("0199005678")
	h.lines["alice"].does("200", answer("alice answer"))
	h.forget()
	return caller, h.lines["alice"]
}

func offered(sdp string) dialog.Offered { return dialog.Offered{Body: message.SDP([]byte(sdp))} }

func TestSpec_C1_HoldPlaysMusicToTheOther(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		alice.does("re-INVITE", offered("hold me"))
		h.sees(`
			alice -> re-INVITE
			alice <- 200 re-INVITE [answer to hold me]
			unbridge carrier
			unbridge alice
			carrier hears music looped`)
		if got := h.sw.Calls()[0].Status; got != CallHeld {
			t.Errorf("status %s", got)
		}
		caller.does("re-INVITE", offered("hold too"))
		h.sees(`
			carrier -> re-INVITE
			carrier <- 200 re-INVITE [answer to hold too]
			unbridge carrier
			unbridge alice
			carrier hears silence`)
		caller.does("re-INVITE", offered("back"))
		alice.does("re-INVITE", offered("back"))
		h.sees(`
			carrier -> re-INVITE
			carrier <- 200 re-INVITE [answer to back]
			unbridge carrier
			unbridge alice
			carrier hears music looped
			alice -> re-INVITE
			alice <- 200 re-INVITE [answer to back]
			bridge carrier = alice`)
		alice.does("BYE", bye())
		r := h.record()
		var kinds []string
		for _, it := range r.Timeline {
			if it.Type == "hold" || it.Type == "unhold" {
				kinds = append(kinds, it.Type)
			}
		}
		if len(kinds) != 4 {
			t.Errorf("timeline has %v", kinds)
		}
	})
}

func TestReINVITEThatCannotBeUsedChangesNothing(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		alice.does("re-INVITE", offered("bad offer"))
		alice.does("re-INVITE", dialog.Offered{Body: &message.Body{Type: "text/plain", Bytes: []byte("hello")}})
		alice.does("re-INVITE without offer", dialog.Offered{})
		alice.does("ACK", dialog.OfferConfirmed{Body: message.SDP([]byte("alice answer"))})
		h.sees(`
			alice -> re-INVITE
			alice <- 488 re-INVITE no codec in common
			alice -> re-INVITE
			alice <- 415 re-INVITE only application/sdp is understood here
			alice -> re-INVITE without offer
			alice <- 200 re-INVITE [offer to alice]
			alice -> ACK
			bridge carrier = alice`)
	})
}

func TestSpec_C6_BlindTransferToAnExtension(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "203", Host: "tandem"}})
		h.sees(`
			alice -> REFER
			alice <- 202 REFER
			unbridge carrier
			chloe <- INVITE chloe from +33639980101 [offer to ?]
			carrier hears ringback_fr looped`)
		h.lines["chloe"].does("180", ringing())
		h.lines["chloe"].does("200", answer("chloe answer"))
		h.sees(`
			chloe -> 180
			alice <- NOTIFY 180
			chloe -> 200
			carrier hears silence
			bridge carrier = chloe
			alice <- NOTIFY 200
			alice <- hang up (Q.850;cause=16)`)
		if s := h.sw.presence.state("alice", nil); s != desk.Free {
			t.Errorf("Alice is still held: %d", s)
		}
		caller.does("BYE", bye())
		if r := h.record(); r.Outcome != OutcomeAnswered || len(r.Legs) != 4 {
			t.Errorf("outcome %s, %d legs", r.Outcome, len(r.Legs))
		}
	})
}

func TestSpec_C7_FailedTransferReturnsToWhoMadeIt(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		refer := dialog.Referred{To: message.Party{Scheme: "sip", User: "203"}}
		alice.does("REFER", refer)
		h.forget()
		h.lines["chloe"].does("486", failure(486))
		h.sees(`
			chloe -> 486
			carrier hears silence
			alice <- NOTIFY 486
			bridge carrier = alice`)
		// The second time Alice hangs up at once: she is rung again.
		alice.does("REFER", refer)
		alice.does("BYE", bye())
		h.forget()
		h.lines["chloe/2"].does("603", failure(603))
		h.sees(`
			chloe/2 -> 603
			carrier hears silence
			alice/2 <- INVITE alice from +33639980101 [offer to ?]
			carrier hears ringback_fr looped`)
		h.lines["alice/2"].does("200", answer("alice answer"))
		h.sees(`
			alice/2 -> 200
			carrier hears silence
			bridge carrier = alice/2`)
	})
}

func TestTransferThatFailsEndsWhereNobodyIsLeft(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "203"}})
		alice.does("BYE", bye())
		h.phones["alice@tandem"] = 0
		h.forget()
		h.lines["chloe"].does("486", failure(486))
		h.sees(`
			chloe -> 486
			carrier hears silence
			carrier <- hang up (Q.850;cause=17)`)
	})
}

func TestTransferByWhoCalledOutHandsOnTheOtherParty(t *testing.T) {
	inHouse(t, func(h *house) {
		alice := h.dials("alice", "+33612345678")
		out := h.lines["trunk:main"]
		out.does("200", answer("mobile answer"))
		h.forget()
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "203"}})
		h.lines["chloe"].does("200", answer("chloe answer"))
		h.sees(`
			alice.phone -> REFER
			alice.phone <- 202 REFER
			unbridge trunk:main
			chloe <- INVITE chloe from +33612345678 [offer to ?]
			trunk:main hears ringback_fr looped
			chloe -> 200
			trunk:main hears silence
			bridge trunk:main = chloe
			alice.phone <- NOTIFY 200
			alice.phone <- hang up (Q.850;cause=16)`)
		out.does("BYE", bye())
		h.sees(`
			trunk:main -> BYE
			chloe <- hang up (Q.850;cause=16)`)
	})
}

func TestSpec_C13_TransferToANumberRunsItsFlow(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "0199001234"}})
		h.sees(`
			alice -> REFER
			alice <- 202 REFER
			unbridge carrier
			alice <- NOTIFY 200
			alice <- hang up (Q.850;cause=16)
			carrier hears welcome`)
	})
}

func TestCarrierMayNotTransfer(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		caller.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "+33899000000"}})
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "299"}})
		h.sees(`
			carrier -> REFER
			carrier <- 403 REFER
			alice -> REFER
			alice <- 404 REFER`)
	})
}

func TestSpec_C8_AttendedTransferJoinsTwoCalls(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		alice.does("re-INVITE", offered("hold"))
		second := h.dials("alice", "203")
		h.lines["chloe"].does("200", answer("chloe answer"))
		h.forget()
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "203"}, Replaces: second.id + ";to-tag=a;from-tag=b"})
		h.sees(`
			alice -> REFER
			alice <- 202 REFER
			alice.phone <- hang up (Q.850;cause=16)
			unbridge chloe
			alice <- NOTIFY 200
			alice <- hang up (Q.850;cause=16)
			bridge carrier = chloe`)
		caller.does("BYE", bye())
		h.sees(`
			carrier -> BYE
			chloe <- hang up (Q.850;cause=16)`)
		for _, r := range h.records() {
			if r.Outcome != OutcomeAnswered {
				t.Errorf("outcome %s", r.Outcome)
			}
		}
		if n := len(h.sw.tableNow()); n != 0 {
			t.Errorf("%d calls are left", n)
		}
	})
}

func TestAttendedTransferOfACallThatIsGoneIsRefused(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		alice.does("REFER", dialog.Referred{To: message.Party{Scheme: "sip", User: "203"}, Replaces: "nothing;to-tag=a;from-tag=b"})
		h.sees(`
			alice -> REFER
			alice <- 481 REFER`)
	})
}

func TestCommandsOfTheAPI(t *testing.T) {
	inHouse(t, func(h *house) {
		_, _ = talkingTo(h)
		id := h.sw.Calls()[0].ID
		do := func(cmd Command) error { return h.sw.Do(h.t.Context(), id, cmd) }
		if err := do(Hold{By: "alice"}); err != nil {
			t.Error(err)
		}
		if err := do(Unhold{By: "alice"}); err != nil {
			t.Error(err)
		}
		if err := do(SendDigits{By: "alice", Keys: "1#"}); err != nil {
			t.Error(err)
		}
		h.sees(`
			unbridge carrier
			unbridge alice
			carrier hears music looped
			bridge carrier = alice
			carrier hears key 1
			carrier hears key #`)
		if err := do(Hold{By: "bruno"}); !errors.Is(err, ErrNotTheirs) {
			t.Errorf("Bruno holds a call that he is not in: %v", err)
		}
		if err := do(Transfer{By: "alice", To: "299"}); !errors.Is(err, ErrRefused) {
			t.Errorf("transfer to nobody: %v", err)
		}
		if err := do(Transfer{By: "alice", To: "203"}); err != nil {
			t.Error(err)
		}
		h.sees(`
			unbridge carrier
			chloe <- INVITE chloe from +33639980101 [offer to ?]
			carrier hears ringback_fr looped
			alice <- hang up (Q.850;cause=16)`)
		if err := do(HangUp{}); err != nil {
			t.Error(err)
		}
		h.sees(`
			carrier <- hang up (Q.850;cause=16)
			chloe <- hang up (Q.850;cause=16)`)
		h.records()
		if err := do(HangUp{}); !errors.Is(err, ErrNoCall) {
			t.Errorf("a call that is over: %v", err)
		}
	})
}

func TestSpec_X13_NoExtensionDuringATransferByTheAPI(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		h.forget()
		if err := h.sw.Do(h.t.Context(), h.sw.Calls()[0].ID, Transfer{To: "203"}); err != nil {
			t.Fatal(err)
		}
		caller.voice.presses("202")
		h.sees(`
			carrier hears silence
			chloe <- INVITE chloe from +33639980101 [offer to ?]
			carrier hears ringback_fr looped
			carrier -> key 2
			carrier -> key 0
			carrier -> key 2`)
		h.lines["chloe"].does("200", answer("chloe answer"))
		h.sees(`
			chloe -> 200
			carrier hears silence
			bridge carrier = chloe`)
	})
}

func TestCallThatNobodyHearsAnyMoreEnds(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		time.Sleep(time.Minute)
		caller.voice.post(media.Silent{Leg: caller.voice.open.Ref, For: time.Minute})
		synctest.Wait()
		h.sees(`
			carrier <- hang up (Q.850;cause=41)
			alice <- hang up (Q.850;cause=41)`)
		_ = alice
	})
}

func TestLongestCall(t *testing.T) {
	inHouse(t, func(h *house) {
		talkingTo(h)
		time.Sleep(4 * time.Hour)
		h.sees(`
			carrier <- hang up (Q.850;cause=102)
			alice <- hang up (Q.850;cause=102)`)
	})
}

func TestSpec_C6_ACallIsHandedToAUserOrATeamByTheirIDs(t *testing.T) {
	inHouse(t, func(h *house) {
		carrier := h.rings("+33199005678")
		h.lines["alice"].does("200", answer("alice"))
		id := h.ledger.begun[0]
		for _, wrong := range []Transfer{{By: "alice", User: "farid"}, {By: "alice", User: "nobody"}, {By: "alice", Team: "nobody"}} {
			if err := h.sw.Do(h.t.Context(), id, wrong); !errors.Is(err, ErrRefused) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		h.forget()
		if err := h.sw.Do(h.t.Context(), id, Transfer{By: "alice", Team: "sales"}); err != nil { // Alice is in it, too.
			t.Fatal(err)
		}
		synctest.Wait()
		h.lines["bruno/2"].does("200", answer("bruno"))
		if err := h.sw.Do(h.t.Context(), id, Transfer{By: "bruno", User: "chloe"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		h.lines["chloe"].does("200", answer("chloe"))
		carrier.does("BYE", bye())
		if r := h.record(); r.User != "chloe" {
			t.Errorf("the last who answered is %s", r.User)
		}
	})
}

func TestACallInItsFlowIsSentElsewhere(t *testing.T) {
	inHouse(t, func(h *house) {
		carrier := h.rings("+33199001234")
		id := h.ledger.begun[0]
		h.sees(`
			carrier -> INVITE +33199001234
			carrier <- 200 [answer to carrier offer]
			carrier hears welcome
		`)
		for _, wrong := range []Redirect{{Flow: "none"}, {Node: "none"}, {Flow: "sales", Node: "leave"}} {
			if err := h.sw.Do(h.t.Context(), id, wrong); !errors.Is(err, ErrRefused) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if err := h.sw.Do(h.t.Context(), id, Redirect{Node: "leave"}); err != nil {
			t.Fatal(err)
		}
		h.sees(`
			carrier hears silence
			carrier hears greeting+beep
		`)
		if err := h.sw.Do(h.t.Context(), id, Redirect{Flow: "sales"}); err != nil {
			t.Fatal(err)
		}
		h.sees(`
			carrier hears silence
			carrier hears music looped
			alice <- INVITE alice from +33639980101 [offer to ?]
			bruno <- INVITE bruno from +33639980101 [offer to ?]
		`)
		carrier.does("BYE", bye())
		if r := h.record(); r.Outcome != OutcomeMissed || !slices.Contains(r.Teams, "sales") {
			t.Errorf("the record is %+v", r)
		}
	})
}
