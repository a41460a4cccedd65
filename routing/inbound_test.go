package routing

import (
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

func TestSpec_O12_NumbersComeInEveryNationalForm(t *testing.T) {
	for _, form := range []string{"0199001234", "+33199001234", "0033199001234", "33199001234", "01 99 00 12 34", "+33199001234;npdi"} {
		t.Run(form, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.rings(form)
				h.sees("carrier -> INVITE " + form + `
					carrier <- 200 [answer to carrier offer]
					carrier hears welcome`)
			})
		})
	}
}

func TestNumberIsLookedForInToWhereTheRequestURIHasNone(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("line-7", func(a *sip.Attempt) { a.To.User = "0199001234" })
		h.sees(`
			carrier -> INVITE line-7
			carrier <- 200 [answer to carrier offer]
			carrier hears welcome`)
	})
}

func TestSpec_O13_UnknownNumberIsRefusedInWords(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199999999")
		h.sees(`
			carrier -> INVITE 0199999999
			carrier <- 404 no number +33199999999 on this system`)
		list := h.sw.Refusals("main")
		if len(list) != 1 || list[0].Status != 404 || list[0].Why != "no number +33199999999 on this system" {
			t.Errorf("the trunk's page says %+v", list)
		}
		if n := h.sw.Counters().Refused; n != 1 {
			t.Errorf("%d refused, want 1", n)
		}
	})
}

func TestTrunkOfAnotherAccountDoesNotReachANumber(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Trunks["main"].Account = "somebody else"
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 404 no number +33199001234 on this system`)
	})
}

func TestTrunkNeverReachesATrunk(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("+442079460000")
		h.sees(`
			carrier -> INVITE +442079460000
			carrier <- 404 no number +442079460000 on this system`)
	})
}

func TestSpec_D3_UnconfiguredNumberSaysSoAndIsLogged(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0639980008")
		h.sees(`
			carrier -> INVITE 0639980008
			carrier <- 200 [answer to carrier offer]
			carrier hears number_unconfigured`)
		caller.voice.heard()
		h.sees("carrier <- hang up (Q.850;cause=16)")
		if r := h.record(); r.NumberID != "new" || r.Outcome != OutcomeMissed {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestUnusableOfferIsRefusedBeforeAnybodyRings(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678", func(a *sip.Attempt) { a.Offer = message.SDP([]byte("bad offer")) })
		h.sees(`
			carrier -> INVITE 0199005678
			carrier <- 488 no codec in common`)
		if r := h.record(); r.Outcome != OutcomeFailed || r.Cause.SIP != 488 {
			t.Errorf("outcome %s, cause %+v", r.Outcome, r.Cause)
		}
	})
}

func TestNoMediaPortsLeftIs503(t *testing.T) {
	inHouse(t, func(h *house) {
		h.noPorts = true
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 503 no media ports left`)
	})
}

func TestSpec_Q5_CallerHearsRingingBeforeTheFirstSound(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Numbers["+33199001234"].RingBeforeAnswer = 4 * time.Second
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 180`)
		time.Sleep(4*time.Second - time.Millisecond)
		h.sees("")
		time.Sleep(time.Millisecond)
		h.sees(`
			carrier <- 200 [answer to carrier offer]
			carrier hears welcome`)
	})
}

func TestLateOfferIsHeardOnlyAfterItsAnswer(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234", func(a *sip.Attempt) { a.Offer = nil })
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 200 [offer to carrier]`)
		caller.does("ACK", dialog.Confirmed{Body: message.SDP([]byte("carrier answer"))})
		h.sees(`
			carrier -> ACK
			carrier hears welcome`)
	})
}

func TestLateOfferWithoutAnswerEndsTheCall(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234", func(a *sip.Attempt) { a.Offer = nil })
		h.forget()
		caller.does("ACK", dialog.Confirmed{})
		h.sees(`
			carrier -> ACK
			carrier <- hang up (Q.850;cause=88)`)
	})
}

func TestAnonymousCallerHasNoNumber(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678", func(a *sip.Attempt) {
			a.From, a.Private = message.Party{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}, true
		})
		alice := h.lines["alice"]
		if !alice.dial.Private || alice.dial.From.User != "anonymous" {
			t.Errorf("Alice sees %+v", alice.dial.From)
		}
		alice.does("200", answer("alice answer"))
		alice.does("BYE", bye())
		if r := h.record(); !r.Anonymous || r.From != "" {
			t.Errorf("the record says %q, anonymous %t", r.From, r.Anonymous)
		}
	})
}

func TestAssertedIdentityCountsOnlyFromATrunkThatIsTrusted(t *testing.T) {
	for trust, want := range map[string]string{"no": "+33639980101", "yes": "+33612345678"} {
		inHouse(t, func(h *house) {
			h.snap.Trunks["main"].TrustPAI = trust == "yes"
			caller := h.rings("0199001234", func(a *sip.Attempt) {
				a.Asserted = []message.Party{{Scheme: "tel", User: "+33612345678"}}
			})
			caller.does("BYE", bye())
			if r := h.record(); r.From != want {
				t.Errorf("trusted %s: from %q, want %q", trust, r.From, want)
			}
		})
	}
}

func TestMissingSoundIsPassedOver(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Flows["support"].Nodes["hello"].AudioMessage.Audio = "missing"
		h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 200 [answer to carrier offer]
			carrier hears jazz looped
			alice <- INVITE alice from +33639980101 [offer to ?]`)
	})
}

func TestTrunkAtItsLimitIs503(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Trunks["main"].MaxCalls = 1
		caller := h.rings("0199001234")
		h.forget()
		h.rings("0199001234")
		h.sees(`
			carrier/2 -> INVITE 0199001234
			carrier/2 <- 503 this trunk has as many calls as it may`)
		caller.does("BYE", bye())
		h.forget()
		h.rings("0199001234")
		h.sees(`
			carrier/3 -> INVITE 0199001234
			carrier/3 <- 200 [answer to carrier offer]
			carrier/3 hears welcome`)
	})
}

func TestSpec_F2_CallKeepsTheFlowThatItBeganWith(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		h.forget()
		next := *h.snap
		next.Flows = map[flow.ID]*flow.Flow{"support": {ID: "support", Version: 8, Start: "x", Nodes: map[flow.NodeID]*flow.Node{
			"x": {ID: "x", Hangup: &flow.Hangup{Audio: "closed"}},
		}}}
		h.snap = &next
		h.sw.Reload()
		caller.voice.heard()
		h.sees(`
			carrier hears jazz looped
			alice <- INVITE alice from +33639980101 [offer to ?]`)
		h.rings("0199001234")
		h.sees(`
			carrier/2 -> INVITE 0199001234
			carrier/2 <- 200 [answer to carrier offer]
			carrier/2 hears closed`)
	})
}
