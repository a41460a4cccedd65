package routing

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// passes lets a subscriber of nobody here dial, whose core sends every call through us.
func (h *house) passes(change ...func(a *sip.Attempt)) (caller, core *fakeLine) {
	h.t.Helper()
	change = append([]func(a *sip.Attempt){func(a *sip.Attempt) {
		a.Head = said("P-Served-User", "<sip:+33639980999@ims.example>;sescase=orig;regstate=reg", "P-Access-Network-Info", cell, "Privacy", "id", "X-Other", "not ours to carry")
	}}, change...)
	caller = h.native("0142685300", change...)
	h.forget()
	return caller, h.lines["trunk:core"]
}

func body(text string) *message.Body { return message.SDP([]byte(text)) }

// A relay hides nothing of who answers and by which way: whoever guards the handset's leg behind it must see a deflection.
func TestARelaySaysWhatTheFarEndSays(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		_, core := h.passes()
		core.does("180", paged("History-Info", "<sip:voicemail@ims.example;cause=408>;index=1.1", "P-Access-Network-Info", cell))
		core.does("503", dialog.Failed{Status: 503, Head: said("Warning", `399 core "no"`, "X-Own", "y")})
		h.sees(`
			trunk:core -> 180
			handset <- carries History-Info: <sip:voicemail@ims.example;cause=408>;index=1.1
			handset <- 180
			trunk:core -> 503
			handset <- carries Warning: 399 core "no"
			handset <- 503`)
	})
}

func TestARelayPassesEveryBodyUntouched(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller, core := h.passes()
		if string(core.dial.Offer.Bytes) != "handset offer" || header(&core.dial, "P-Access-Network-Info") != cell || header(&core.dial, "Privacy") != "id" || header(&core.dial, "X-Other") != "" {
			t.Errorf("passed on %+v", core.dial)
		}
		core.does("180", ringing())
		core.does("183", dialog.Progress{Status: 183, Body: body("early")})
		core.does("181", dialog.Progress{Status: 181})
		core.does("200", answer("answer"))
		caller.does("ACK", dialog.Confirmed{})
		caller.does("re-INVITE", dialog.Offered{Body: body("hold")})
		core.does("200", dialog.OfferEnded{Status: 200, Body: body("held")})
		core.does("re-INVITE", dialog.Offered{})
		caller.does("200", dialog.OfferEnded{Status: 200, Body: body("counter")})
		core.does("ACK", dialog.OfferConfirmed{Body: body("agreed")})
		core.does("UPDATE", dialog.Offered{Body: body("video")})
		caller.does("488", dialog.OfferEnded{Status: 488})
		caller.does("INFO", dialog.InfoReceived{Body: &message.Body{Type: "application/x", Bytes: []byte("key")}})
		caller.does("REFER", dialog.Referred{})
		core.does("BYE", dialog.Ended{By: dialog.EndedByPeer, Reason: message.Reason{Protocol: "Q.850", Cause: 31}})
		h.sees(`
			trunk:core -> 180
			handset <- 180
			trunk:core -> 183
			handset <- 183 [early]
			trunk:core -> 181
			handset <- 181
			trunk:core -> 200
			handset <- 200 [answer]
			handset -> ACK
			handset -> re-INVITE
			trunk:core <- re-INVITE [hold]
			trunk:core -> 200
			handset <- 200 re-INVITE [held]
			trunk:core -> re-INVITE
			handset <- re-INVITE
			handset -> 200
			trunk:core <- 200 re-INVITE [counter]
			trunk:core -> ACK
			handset <- ACK [agreed]
			trunk:core -> UPDATE
			handset <- re-INVITE [video]
			handset -> 488
			trunk:core <- 488 re-INVITE
			handset -> INFO
			trunk:core <- INFO
			handset -> REFER
			handset <- 403 REFER
			trunk:core -> BYE
			handset <- hang up (Q.850;cause=31)`)
		if n := len(h.ledger.begun); n != 0 {
			t.Errorf("%d records of a call that is not ours", n)
		}
	})
}

func TestARelayPassesALateOffer(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller, core := h.passes(func(a *sip.Attempt) { a.Offer = nil })
		core.does("200", answer("far offer"))
		caller.does("ACK", dialog.Confirmed{Body: body("near answer")})
		caller.does("BYE", bye())
		h.sees(`
			trunk:core -> 200
			handset <- 200 [far offer]
			handset -> ACK
			trunk:core <- ACK [near answer]
			handset -> BYE
			trunk:core <- hang up`)
	})
}

func TestARelayPassesEndsWithTheirReason(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller, _ := h.passes()
		caller.does("CANCEL", dialog.Cancelled{Reason: message.CompletedElsewhere})
		h.sees(`
			handset -> CANCEL
			trunk:core <- hang up (SIP;cause=200)`)
	})
	inMobileHouse(t, func(h *house) {
		_, core := h.passes()
		core.does("486", dialog.Failed{Status: 486, Reason: message.Reason{Protocol: "Q.850", Cause: 17}})
		h.sees(`
			trunk:core -> 486
			handset <- 486 (Q.850;cause=17)`)
	})
	inMobileHouse(t, func(h *house) {
		h.dialErr = sip.ErrBadRoute
		h.native("0142685300", func(a *sip.Attempt) { a.Head = originating("<sip:+33639980999@ims.example>;sescase=orig") })
		h.sees(`
			handset -> INVITE 0142685300
			handset <- 503`)
	})
}

func TestARelayIsWaitedForWhileDrainingAndEndedByClose(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller, core := h.passes()
		core.does("200", answer("answer"))
		drained := make(chan error, 1)
		go func() { drained <- h.sw.Drain(h.t.Context()) }()
		synctest.Wait()
		select {
		case <-drained:
			t.Fatal("it is not waited for")
		default:
		}
		caller.does("BYE", bye())
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
	inMobileHouse(t, func(h *house) {
		_, core := h.passes()
		core.does("200", answer("answer"))
		ctx, cancel := context.WithTimeout(h.t.Context(), time.Second)
		defer cancel()
		if err := h.sw.Close(ctx); err != nil {
			t.Error(err)
		}
		if !core.over {
			t.Error("its leg goes on")
		}
	})
}

func TestARelayNobodyEndsIsEnded(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller, core := h.passes()
		core.does("200", answer("answer"))
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if !caller.over || !core.over || h.sw.relays != 0 {
			t.Error("it goes on for ever")
		}
	})
}

func TestARelayWithoutHopsLeftIsRefused(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.native("112", func(a *sip.Attempt) { a.MaxForwards = 1 })
		h.sees(`
			handset -> INVITE 112
			handset <- 483 this call goes round`)
	})
}

// TestCore_A5_AHandsetsLegThatComesBackIsPassedOnOnce: by its mark, and by who talks to whom where the core removed the mark.
func TestCore_A5_AHandsetsLegThatComesBackIsPassedOnOnce(t *testing.T) {
	for name, marked := range map[string]bool{"marked": true, "stripped": false} {
		t.Run(name, func(t *testing.T) {
			inMobileHouse(t, func(h *house) {
				h.rings(string(aliceDirect))
				leg := h.lines["trunk:core"].dial // the handset's, on its way into the core
				back := func(a *sip.Attempt) {
					pairs := []string{"P-Served-User", "<sip:+33639980201@ims.example>;sescase=term;regstate=reg"}
					if marked {
						pairs = append(pairs, ims.AnchorHeader, header(&leg, ims.AnchorHeader))
					}
					a.Head, a.From, a.Asserted = said(pairs...), leg.From, []message.Party{*leg.Asserted}
				}
				h.native(string(aliceDirect), back)
				on := h.lines["trunk:core/2"]
				if on == nil || !slices.Equal(on.dial.Route, []string{odi}) || string(on.dial.Offer.Bytes) != "handset offer" {
					t.Fatalf("rung: %v", h.rung())
				}
				if n := len(h.sw.Calls()); n != 1 {
					t.Errorf("%d calls", n)
				}
				if mark := header(&on.dial, ims.AnchorHeader); mark == "" || mark == header(&leg, ims.AnchorHeader) {
					t.Errorf("marked %q", mark)
				}
				leg = on.dial
				leg.Asserted = &message.Party{Scheme: "sip", User: "+33639980101"}
				h.forget()
				again := h.native(string(aliceDirect), back)
				if !again.over || h.lines["trunk:core/3"] != nil {
					t.Errorf("it goes round: %v", h.rung())
				}
			})
		})
	}
}

func TestWhatTheCoreDivertedIsNotOurs(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.native("0142685300", func(a *sip.Attempt) { a.Head = said("P-Served-User", "<sip:+33639980201@ims.example>;orig-cdiv") })
		if d := h.lines["trunk:core"].dial; !slices.Equal(d.Route, []string{odi}) || string(d.Offer.Bytes) != "handset offer" {
			t.Errorf("dialled %+v", d)
		}
	})
}

func TestTheCoreCallsANumberOfOursInEverySessionCase(t *testing.T) {
	for _, who := range []string{"<sip:+33639980201@ims.example>;sescase=term;regstate=reg", "<sip:+33639980201@ims.example>;sescase=term;regstate=unreg", "<tel:0639980201>"} {
		inMobileHouse(t, func(h *house) {
			h.native("0639980201", func(a *sip.Attempt) {
				a.From, a.Asserted = message.Party{Scheme: "sip", User: "+33142685300", Host: "x"}, nil
				a.Head = said("P-Served-User", who)
			})
			if !slices.Contains(h.rung(), "alice") || !slices.Contains(h.rung(), "trunk:core") {
				t.Errorf("%s: rung: %v", who, h.rung())
			}
		})
	}
	inMobileHouse(t, func(h *house) { // A shared line, by the same core.
		h.native("0199001234", func(a *sip.Attempt) {
			a.Head = said("P-Served-User", "<sip:+33199001234@ims.example>;sescase=term")
		})
		h.sees(`
			handset -> INVITE 0199001234
			handset <- 200 [answer to handset offer]
			handset hears welcome`)
	})
}

// TestHostileAttemptsFromACoreAreRefusedOrPassedOn: never a panic, never a call of ours.
func TestHostileAttemptsFromACoreAreRefusedOrPassedOn(t *testing.T) {
	for _, served := range []string{"", "<", "<sip:>", "<sip:@>;sescase=orig", "<tel:>;sescase=term", "<sip:\xff@x>;sescase=orig", `"<sip:+33639980201@x>;sescase=orig`} {
		for _, dialled := range []string{"", "+", "*31#", "#31#", "999999999999999999999999", "a@b"} {
			inMobileHouse(t, func(h *house) {
				h.presents()
				line := h.native(dialled, func(a *sip.Attempt) {
					a.Head, a.Asserted, a.From = said("P-Served-User", served), nil, message.Party{}
				})
				if n := len(h.sw.Calls()); n != 0 {
					t.Errorf("%q dials %q: %d calls", served, dialled, n)
				}
				if len(h.rung()) == 0 && !line.over {
					t.Errorf("%q dials %q: neither refused nor passed on", served, dialled)
				}
			})
		}
	}
}
