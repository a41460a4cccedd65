package routing

import (
	"testing"
	"testing/synctest"
	"time"

	"tandem/routing/desk"
	"tandem/routing/flow"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

func TestSpec_R18_WhoDeclinedIsNotRungAgain(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones["alice@tandem"] = 2
		h.rings("0199005678")
		h.forget()
		h.lines["alice"].does("603", failure(603))
		h.sees(`
			alice -> 603
			alice/2 <- hang up (SIP;cause=200)`)
		h.lines["bruno"].does("486", failure(486))
		h.sees(`
			bruno -> 486
			carrier <- 200 [answer to carrier offer]
			carrier hears no_answer`)
		if h.sw.presence.state("alice", nil) != desk.Free || h.sw.presence.state("bruno", nil) != desk.Free {
			t.Error("somebody is still held")
		}
	})
}

func TestSpec_R10_WhoFailsDoesNotStopTheOthers(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678")
		h.forget()
		h.lines["alice"].does("486", failure(486))
		h.lines["bruno"].does("200", answer("bruno answer"))
		h.sees(`
			alice -> 486
			bruno -> 200
			carrier <- 200 [answer to carrier offer]
			bridge carrier = bruno`)
	})
}

func TestAnswerThatCannotBeUsedLosesToTheNext(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678")
		h.forget()
		h.lines["alice"].does("200", answer("bad answer"))
		h.sees(`
			alice -> 200
			alice <- hang up (Q.850;cause=88)`)
		h.lines["bruno"].does("200", answer("bruno answer"))
		h.sees(`
			bruno -> 200
			carrier <- 200 [answer to carrier offer]
			bridge carrier = bruno`)
	})
}

func TestSpec_E18_SecondOfTwoAnswersIsEnded(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678")
		h.forget()
		alice, bruno := h.lines["alice"], h.lines["bruno"]
		// Both are in the mailbox before the call reads either.
		alice.sink.Post(happened{ref: alice.ref, signals: []dialog.Signal{answer("alice answer")}})
		bruno.sink.Post(happened{ref: bruno.ref, signals: []dialog.Signal{answer("bruno answer")}})
		synctest.Wait()
		h.sees(`
			bruno <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = alice`)
		alice.does("BYE", bye())
		if r := h.record(); r.User != "alice" || len(r.Notified) != 0 {
			t.Errorf("answered by %q, notified %v", r.User, r.Notified)
		}
	})
}

func TestSpec_L9_AnswerAndCancelAtOnceGiveOneOutcome(t *testing.T) {
	for _, first := range []string{"answer", "cancel"} {
		inHouse(t, func(h *house) {
			caller := h.rings("0199005678")
			alice := h.lines["alice"]
			yes := happened{ref: alice.ref, signals: []dialog.Signal{answer("alice answer")}}
			no := happened{ref: caller.ref, signals: []dialog.Signal{dialog.Cancelled{}}}
			if first == "answer" {
				alice.sink.Post(yes)
				// Our 200 crossed the CANCEL: the dialog stands, and the caller ends it with BYE.
				caller.sink.Post(happened{ref: caller.ref, signals: []dialog.Signal{bye()}})
			} else {
				caller.sink.Post(no)
				alice.sink.Post(yes)
			}
			synctest.Wait()
			r := h.record()
			if answered := r.Outcome == OutcomeAnswered; answered != (first == "answer") || answered == (Missed(r) != NotMissed) || answered == (len(r.Notified) > 0) {
				t.Errorf("%s first: outcome %s, missed %q, notified %v", first, r.Outcome, Missed(r), r.Notified)
			}
		})
	}
}

func TestSpec_X10_UnavailableUserIsAnnouncedAndTheMessageGoesOn(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Users["bruno"].Availability = SetUnavailable
		caller := h.rings("0199001234")
		h.forget()
		caller.voice.presses("202")
		h.sees(`
			carrier -> key 2
			carrier -> key 0
			carrier -> key 2
			carrier hears silence
			carrier hears unavailable+welcome`)
	})
}

func TestSpec_X11_OutgoingOnlyDoesNotExist(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones["farid@tandem"] = 1
		caller := h.rings("0199001234")
		h.forget()
		caller.voice.presses("206")
		h.sees(`
			carrier -> key 2
			carrier -> key 0
			carrier -> key 6
			carrier hears silence
			carrier hears extension_unknown+welcome`)
	})
}

func TestSpec_X23_BusyUserIsUnavailableUnlessTheyTakeASecondCall(t *testing.T) {
	for _, waiting := range []string{"no", "yes"} {
		inHouse(t, func(h *house) {
			h.snap.Users["bruno"].CallWaiting = waiting == "yes"
			first := h.rings("0199001234")
			first.voice.presses("202")
			h.lines["bruno"].does("200", answer("bruno answer"))
			second := h.rings("0199001234")
			h.forget()
			second.voice.presses("202")
			_, rung := h.lines["bruno/2"]
			if rung != (waiting == "yes") {
				t.Errorf("call waiting %s: rung %t", waiting, rung)
			}
			first.does("BYE", bye())
			second.does("BYE", bye())
			if h.sw.presence.state("bruno", nil) != desk.Free {
				t.Error("Bruno is still held")
			}
		})
	}
}

func TestSpec_R22_TwoCallsNeverRingOneUser(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199001234").voice.presses("202")
		h.forget()
		second := h.rings("0199001234")
		second.voice.presses("202")
		if _, rung := h.lines["bruno/2"]; rung {
			t.Error("Bruno rings for two calls")
		}
	})
}

func TestSpec_X16_ChangedExtensionWorksAtOnce(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		next := *h.snap
		account := *h.snap.Accounts["acc"]
		account.Extensions = map[string]UserID{"444": "bruno"}
		next.Accounts = map[AccountID]*Account{"acc": &account}
		h.snap = &next
		h.sw.Reload()
		caller.voice.presses("202")
		if _, rung := h.lines["bruno"]; rung {
			t.Error("the old extension still works")
		}
		caller.voice.heard()
		caller.voice.presses("444")
		if _, rung := h.lines["bruno"]; !rung {
			t.Error("the new extension does not work")
		}
	})
}

func TestSpec_X12_ExtensionNotAnsweredNotifiesTheNumber(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		caller.voice.presses("202")
		h.lines["bruno"].does("180", ringing())
		h.forget()
		time.Sleep(31 * time.Second)
		h.sees(`
			bruno <- hang up
			carrier hears silence
			carrier hears greeting+beep`)
		caller.voice.heard()
		caller.voice.length = 5 * time.Second
		caller.does("BYE", bye())
		r := h.record()
		if r.Outcome != OutcomeVoicemail || r.Voicemail == nil || r.Voicemail.Length != 5*time.Second {
			t.Errorf("outcome %s, voicemail %+v", r.Outcome, r.Voicemail)
		}
		if len(r.Notified) != 2 || r.Notified[0] != "alice" || r.Notified[1] != "bruno" {
			t.Errorf("notified %v, want everybody of the number", r.Notified)
		}
	})
}

func TestSpec_V3_ShortMessageIsNone(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones = map[message.AOR]int{}
		caller := h.rings("0199001234")
		caller.voice.heard() // the welcome
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 200 [answer to carrier offer]
			carrier hears welcome
			carrier hears greeting+beep`)
		caller.voice.heard()
		caller.voice.length = 1900 * time.Millisecond
		caller.does("BYE", bye())
		if r := h.record(); r.Voicemail != nil || r.Outcome != OutcomeMissed || Missed(r) != NoAvailableAgent {
			t.Errorf("voicemail %+v, outcome %s, reason %s", r.Voicemail, r.Outcome, Missed(r))
		}
	})
}

func TestSpec_V4_VoicemailIsForEverybodyOfTheNumber(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones = map[message.AOR]int{}
		caller := h.rings("0199001234")
		caller.voice.heard()
		caller.voice.heard()
		caller.voice.length = time.Minute
		caller.voice.presses("#") // SPEC V2
		r := h.record()
		if r.Voicemail == nil || len(r.Voicemail.For) != 2 || r.EndedBy != "system" {
			t.Errorf("voicemail %+v, ended by %s", r.Voicemail, r.EndedBy)
		}
	})
}

func TestSpec_R20_UserWhoComesBackJoinsTheRinging(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones["bruno@tandem"] = 0
		h.rings("0199005678")
		if _, rung := h.lines["bruno"]; rung {
			t.Fatal("Bruno has no phone yet")
		}
		h.phones["bruno@tandem"] = 1
		h.sw.DeviceChanged("bruno@tandem", true)
		synctest.Wait()
		if _, rung := h.lines["bruno"]; !rung {
			t.Error("Bruno is back and does not ring")
		}
	})
}

func TestSpec_R24_NeverRingIsNotRung(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Users["alice"].NeverRing = true
		h.rings("0199005678")
		if _, rung := h.lines["alice"]; rung {
			t.Error("Alice is never to be rung")
		}
	})
}

func TestSpec_L17_RedirectToAnotherNumberIsOneCall(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Flows["support"].Nodes["hello"].Next["done"] = "move"
		h.snap.Flows["support"].Nodes["move"] = &flow.Node{ID: "move", Redirect: &flow.Redirect{Number: "sales"}}
		caller := h.rings("0199001234")
		h.forget()
		caller.voice.heard()
		h.sees(`
			carrier hears music looped
			alice <- INVITE alice from +33639980101 [offer to ?]
			bruno <- INVITE bruno from +33639980101 [offer to ?]`)
		h.lines["alice"].does("200", answer("alice answer"))
		caller.does("BYE", bye())
		if r := h.record(); r.Outcome != OutcomeAnswered || r.NumberID != "support" || r.Flow.ID != "support" {
			t.Errorf("the record is of %s, flow %s", r.NumberID, r.Flow.ID)
		}
	})
}

func TestNumbersThatRedirectToEachOtherEnd(t *testing.T) {
	inHouse(t, func(h *house) {
		for id, to := range map[flow.ID]NumberID{"support": "sales", "sales": "support"} {
			h.snap.Flows[id] = &flow.Flow{ID: id, Start: "r", Nodes: map[flow.NodeID]*flow.Node{"r": {ID: "r", Redirect: &flow.Redirect{Number: to}}}}
		}
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 482 (Q.850;cause=25)`)
	})
}

func TestRedirectOutsideTriesTrunksAndComesBack(t *testing.T) {
	inHouse(t, func(h *house) {
		f := h.snap.Flows["support"]
		f.Start = "out"
		f.Nodes["out"] = &flow.Node{ID: "out", Redirect: &flow.Redirect{External: "+33612345678", RingForSeconds: 20}}
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			trunk:main <- INVITE +33612345678 from +33199001234 [offer to ?]`)
		h.lines["trunk:main"].does("180", ringing())
		h.sees(`
			trunk:main -> 180
			carrier <- 180`)
		h.lines["trunk:main"].does("200", answer("mobile answer"))
		h.sees(`
			trunk:main -> 200
			carrier <- 200 [answer to carrier offer]
			bridge carrier = trunk:main`)
		if got := h.sw.TrunkCalls(); got["main"] != 2 {
			t.Errorf("calls on trunks: %v", got)
		}
		h.lines["trunk:main"].does("BYE", bye())
		if got := h.sw.TrunkCalls(); len(got) != 0 {
			t.Errorf("calls on trunks afterwards: %v", got)
		}
	})
}

// An address goes to the host of a trunk, and nowhere else.
func TestRedirectToASIPAddressGoesByTheTrunkOfItsHost(t *testing.T) {
	inHouse(t, func(h *house) {
		f := h.snap.Flows["support"]
		f.Start = "out"
		f.Nodes["out"] = &flow.Node{ID: "out", Redirect: &flow.Redirect{SIP: "sip:desk-7@pbx.example:5070;transport=udp", RingForSeconds: 20}}
		h.snap.Trunks["main"].Servers = []string{"sip:PBX.example:5070;transport=udp"}
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			trunk:main <- INVITE desk-7 from +33199001234 [offer to ?]`)
	})
	inHouse(t, func(h *house) {
		f := h.snap.Flows["support"]
		f.Start = "out"
		f.Nodes["out"] = &flow.Node{ID: "out", Redirect: &flow.Redirect{SIP: "sip:desk-7@elsewhere.example", RingForSeconds: 20}}
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 480 (Q.850;cause=19)`)
	})
}
