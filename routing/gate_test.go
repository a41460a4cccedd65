package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// helplines are the numbers that French operators must carry (ARCEP decision 02-1179 as amended).
func helplines() []string {
	return []string{"112", "15", "17", "18", "114", "115", "119", "191", "196", "197", "116000", "116111", "116117"}
}

// besieged is a house in which everything stands against a call of Alice's.
func (h *house) besieged() {
	h.change(func(s *Snapshot) {
		alice := s.Users["alice"]
		alice.Availability, alice.NeverRing, alice.OutgoingOnly, alice.CallerID = SetUnavailable, true, true, ""
		for _, n := range s.Numbers {
			n.Users, n.Outbound = nil, nil
		}
		account := s.Accounts["acc"]
		account.Blocked = map[E164]struct{}{}
		for _, n := range helplines() {
			account.Extensions[n] = "bruno" // of an old import
			account.Blocked[E164(n)] = struct{}{}
		}
		for _, t := range s.Trunks {
			t.MaxCalls, t.PresentsDirect = 1, false
		}
	})
	h.sw.maxCalls = 1
	h.dials("bruno", "203") // Now it is full.
	for _, t := range []TrunkID{"main", "backup", "core"} {
		h.sw.board.take(h.sw.dir.Snapshot().Trunks[t], inward)
	}
	h.sw.draining.Store(true)
	h.forget()
}

// TestCore_A6_AHandsetsCallForHelpIsNeverTouched: it goes back into the core as it came, whatever else is set.
func TestCore_A6_AHandsetsCallForHelpIsNeverTouched(t *testing.T) {
	for _, number := range helplines() {
		t.Run(number, func(t *testing.T) {
			inMobileHouse(t, func(h *house) {
				h.besieged()
				handset := h.native(number, func(a *sip.Attempt) {
					a.Whole = &message.Body{Type: `multipart/mixed;boundary="x"`, Bytes: []byte("handset offer, and where it is")}
				})
				h.sees(fmt.Sprintf(`
					handset -> INVITE %s
					trunk:core <- INVITE %s from +33639980201 [handset offer, and where it is]`, number, number))
				core := h.lines["trunk:core"]
				d := core.dial
				if d.Asked != "tel:"+number || !slices.Equal(d.Route, []string{odi}) || d.MaxForwards != 60 || d.Offer.Type != `multipart/mixed;boundary="x"` || d.Private {
					t.Errorf("passed on %+v", d)
				}
				want := []string{"P-Access-Network-Info: " + cell, "P-Asserted-Identity: <sip:+33639980201@ims.example>", "P-Asserted-Identity: <tel:+33639980201>", `P-Charging-Vector: icid-value="abc"`}
				for _, w := range want {
					if !slices.ContainsFunc(d.Headers, func(f message.Field) bool { return f.Name+": "+f.Value == w }) {
						t.Errorf("%s is missing in %v", w, d.Headers)
					}
				}
				if header(&d, ims.AnchorHeader) != "" {
					t.Error("it is marked")
				}
				core.does("183", dialog.Progress{Status: 183, Body: message.SDP([]byte("far early"))})
				core.does("200", answer("far answer"))
				h.sees(`
					trunk:core -> 183
					handset <- 183 [far early]
					trunk:core -> 200
					handset <- 200 [far answer]`)
				time.Sleep(5 * time.Hour) // No longest call ends it.
				h.forget()
				handset.does("BYE", dialog.Ended{By: dialog.EndedByPeer, Reason: message.Reason{Protocol: "Q.850", Cause: 16}})
				h.sees(`
					handset -> BYE
					trunk:core <- hang up (Q.850;cause=16)`)
				time.Sleep(time.Second)
				h.ledger.mu.Lock()
				defer h.ledger.mu.Unlock()
				r := h.ledger.finished[len(h.ledger.finished)-1]
				flagged := slices.ContainsFunc(r.Timeline, func(it TimelineItem) bool { return it.Type == noteEmergency })
				if r.To != number || r.From != string(aliceDirect) || r.User != "alice" || r.Outcome != OutcomeAnswered || !flagged || len(r.Legs) != 2 || r.Legs[0].Device != Native {
					t.Errorf("the record is %+v", r)
				}
			})
		})
	}
}

func TestCore_A6_AnEmergencyServiceIsPassedOnWithItsName(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.native("112", func(a *sip.Attempt) {
			a.Asked, a.RequestURI = "urn:service:sos.fire", message.Party{Scheme: "urn", User: "service:sos.fire"}
			a.Head = said() // not even whom it is for
		})
		if d := h.lines["trunk:core"].dial; d.Asked != "urn:service:sos.fire" || !slices.Equal(d.Route, []string{odi}) {
			t.Errorf("passed on %+v", d)
		}
	})
}

func TestAnOperatorMayWantItsHandsetsToCallAgain(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.Emergency = Emergency380 })
		h.forget()
		h.native("18")
		h.sees(`
			handset -> INVITE 18
			handset <- 380 application/3gpp-ims+xml [{Contact <urn:service:sos>}]`)
	})
}

func TestSpec_O5_InAPlainTrunkACallForHelpGoesBackWithItsDigits(t *testing.T) {
	plain := func(a *sip.Attempt) {
		a.Asserted, a.Route, a.OwnRoute, a.Asked = nil, nil, "", "sip:x"
		a.From.User, a.Head = "33639980201", said("P-Access-Network-Info", cell)
	}
	for _, dialled := range []string{"990018", "18"} {
		inMobileHouse(t, func(h *house) {
			h.besieged()
			h.plain()
			h.native(dialled, plain)
			core := h.lines["trunk:core"]
			if core.dial.To.User != "18" || core.dial.From.User != "33639980201" || header(&core.dial, "P-Access-Network-Info") != cell {
				t.Fatalf("passed on %+v", core.dial)
			}
			core.does("503", failure(503)) // Its core cannot: then the trunk that carries emergency calls.
			d := h.lines["trunk:backup"].dial
			if d.To.User != "18" || d.From.User != "0639980201" || header(&d, "P-Access-Network-Info") != "" {
				t.Errorf("by the emergency trunk %+v", d)
			}
			h.lines["trunk:backup"].does("180", ringing())
			h.lines["trunk:backup"].does("200", answer("far answer"))
			h.lines["trunk:backup"].does("BYE", bye())
		})
	}
}

// TestSpec_O4_FromEveryDeviceACallForHelpLeavesUnchanged: browser, CTI, App and desk phone, whatever else is set.
func TestSpec_O4_FromEveryDeviceACallForHelpLeavesUnchanged(t *testing.T) {
	for _, kind := range []DeviceKind{Workspace, CTI, App, SIPPhone} {
		for _, number := range helplines() {
			t.Run(string(kind)+" "+number, func(t *testing.T) {
				inMobileHouse(t, func(h *house) {
					h.change(func(s *Snapshot) { s.Devices["alice@tandem"].Kind = kind })
					h.besieged()
					h.dials("alice", number)
					d := h.lines["trunk:backup"].dial // the one that carries the location
					if d.To.User != number || len(d.Route) != 0 || d.Asked != "" {
						t.Fatalf("dialled %+v; %v", d, h.rung())
					}
					h.lines["trunk:backup"].does("200", answer("far answer"))
					h.lines["trunk:backup"].does("BYE", bye())
				})
			})
		}
	}
}

func TestTheEmergencyServicesCallBackThroughDoNotDisturb(t *testing.T) {
	away := func(h *house) {
		h.change(func(s *Snapshot) {
			s.Users["alice"].Availability, s.Users["alice"].NeverRing = SetUnavailable, true
		})
		h.forget()
	}
	called := func(caller string, marks ...string) func(a *sip.Attempt) {
		return func(a *sip.Attempt) {
			a.From, a.Asserted = message.Party{Scheme: "sip", User: caller, Host: "psap.example"}, nil
			a.Head = said(append([]string{"P-Served-User", "<sip:+33639980201@ims.example>;sescase=term;regstate=reg"}, marks...)...)
		}
	}
	relayed := func(h *house) bool {
		l := h.lines["trunk:core"]
		return l != nil && string(l.dial.Offer.Bytes) == "handset offer" && slices.Equal(l.dial.Route, []string{odi})
	}
	inMobileHouse(t, func(h *house) {
		away(h)
		h.native(string(aliceDirect), called("+33142685300", "Priority", "psap-callback"))
		if !relayed(h) || header(&h.lines["trunk:core"].dial, "Priority") != "psap-callback" {
			t.Errorf("rung: %v", h.rung())
		}
	})
	for minutes, rings := range map[int]bool{29: true, 31: false} {
		wait := time.Duration(minutes) * time.Minute
		inMobileHouse(t, func(h *house) {
			h.native("112").does("CANCEL", dialog.Cancelled{})
			time.Sleep(wait)
			h.lines = map[string]*fakeLine{}
			h.named = map[string]int{}
			away(h)
			h.native(string(aliceDirect), called("112"))
			if relayed(h) != rings {
				t.Errorf("after %v it rings: %v", wait, relayed(h))
			}
		})
	}
	for called, rings := range map[bool]bool{true: true, false: false} { // By a carrier, who is believed only then.
		inMobileHouse(t, func(h *house) {
			if called {
				h.dials("alice", "18").does("CANCEL", dialog.Cancelled{})
				h.lines, h.named = map[string]*fakeLine{}, map[string]int{}
			}
			away(h)
			h.rings(string(aliceDirect), func(a *sip.Attempt) { a.Head = said("Priority", "psap-callback") })
			l := h.lines["trunk:core"]
			if got := l != nil && string(l.dial.Offer.Bytes) == "carrier offer" && l.dial.Asked == "sip:+33639980201@ims.example;user=phone" && header(&l.dial, ims.AnchorHeader) != ""; got != rings {
				t.Errorf("after a call for help %v: rung %v", called, h.rung())
			}
		})
	}
	inMobileHouse(t, func(h *house) { // A plain trunk rings the handset by its prefix.
		away(h)
		h.plain()
		h.native(string(aliceDirect), called("+33142685300", "Priority", "psap-callback"), func(a *sip.Attempt) { a.Route = nil })
		if d := h.lines["trunk:core"].dial; d.To.User != "990133639980201" || header(&d, ims.AnchorHeader) == "" {
			t.Errorf("dialled %+v", d)
		}
	})
}

func TestWhatIsUrgentIsKnownBeforeAnythingElse(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.plain()
		for user, want := range map[string]bool{
			"112": true, "116111": true, "service:sos": true, "service:sos.police": true, "990018": true, "#31#112": true, "9900#31#112": true,
			"0142685300": false, "99000142685300": false, "service:counseling": false, "": false, "1120": false, "service:sosx": false,
		} {
			if h.sw.Urgent(user) != want {
				t.Errorf("%q is urgent: %v", user, !want)
			}
		}
	})
}

func TestTheTableOfCallbacksIsBounded(t *testing.T) {
	var b callbacks
	now := time.Now()
	for i := range 3 * mostCallbacks {
		b.called(E164(fmt.Sprint("+336", i)), now)
	}
	if len(b.at) > mostCallbacks {
		t.Errorf("%d entries", len(b.at))
	}
	b.called("+33700000000", now.Add(time.Hour))
	if !b.awaited("+33700000000", now.Add(time.Hour)) || len(b.at) != 1 {
		t.Errorf("%d entries after an hour", len(b.at))
	}
	if strings.TrimSpace(string(alternativeService().Bytes)) == "" {
		t.Error("nothing says why a handset should call again")
	}
}
