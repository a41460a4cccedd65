package routing

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/ims"
	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

func TestSpec_E6_E15_TheHandsetRingsWithTheDesksAndTheAppDoesNot(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect)
		h.sees(`
			carrier -> INVITE +33639980201
			alice <- INVITE alice from +33639980101 [offer to ?]
			trunk:core <- INVITE +33639980201 from +33639980101 [offer to ?]
			carrier <- 180`)
		d := h.lines["trunk:core"].dial
		if d.Asked != "sip:+33639980201@ims.example;user=phone" || d.Asserted == nil || d.Private || len(d.Route) != 0 {
			t.Errorf("the handset's INVITE is %+v", d)
		}
		if !h.fits(header(&d, ims.AnchorHeader)) {
			t.Errorf("the anchor %q is not ours", header(&d, ims.AnchorHeader))
		}
		if header(&d, "P-Charging-Vector") == "" || header(&d, "Reject-Contact") == "" || header(&d, "P-Served-User") != "" {
			t.Errorf("headers %+v", d.Headers)
		}
	})
}

// fits says whether an anchor was signed by this house for Alice's number.
func (h *house) fits(value string) (ours bool) {
	_, verdict := h.sw.anchors.Read([]string{value}, aliceDirect)
	return verdict == ims.AnchorGenuine
}

func TestSpec_E6_WithoutAnActiveESIMTheAppRingsAndNoHandset(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) { s.Numbers[aliceDirect].Mobile.Active = false })
		h.rings(aliceDirect)
		h.wants("alice", "alice.app")
	})
}

func TestSpec_E15_TheAppRingsForOtherNumbers(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings("+33199005678") // a shared line that rings the team
		h.wants("alice", "alice.app", "bruno")
	})
}

func TestSpec_E6_AnExtensionRingsTheHandsetToo(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) { s.Users["bruno"].CallerID = "+33199005678" })
		h.dials("bruno", "201")
		h.wants("alice", "alice.app", "trunk:core")
		if d := h.lines["trunk:core"].dial; d.From.User != "+33199005678" || d.From.Display != "Bruno" || d.Private {
			t.Errorf("the handset shows %+v, want the number that Bruno shows outside", d.From)
		}
	})
}

func TestAnExtensionDialledInAFlowRingsTheHandset(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) { s.Users["alice"].Availability = SetUnavailable })
		caller := h.rings("+33199001234")
		caller.voice.presses("201")
		h.wants("trunk:core") // Alice is unavailable: her handset alone (SPEC E9)
	})
}

func TestSpec_E9_E12_E19_TheHandsetOfAnUnavailableUserRingsAndCounts(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.alice(func(u *User) { u.Availability, u.Reason = SetUnavailable, "lunch" })
		h.did("alice", "0s available", "0s unavailable:lunch")
		caller := h.rings(aliceDirect)
		h.wants("trunk:core")
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(3 * time.Second)
		core.does("200", takes())
		if d := h.sw.UserDesk("alice"); d.Status != UserInCall || d.Device != Native {
			t.Errorf("Alice's desk is %+v", d)
		}
		h.later(time.Minute)
		caller.does("BYE", bye())
		h.did("alice", "5s in_call", "1m5s unavailable:lunch") // SPEC E12
		r := h.record()
		if r.User != "alice" || r.Outcome != OutcomeAnswered {
			t.Errorf("the record is of %s, %s", r.User, r.Outcome) // SPEC E19
		}
		leg := r.Legs[1]
		if leg.Kind != "native" || leg.Device != Native || leg.Trunk != "core" || leg.AnsweredAt.IsZero() {
			t.Errorf("the handset's leg is %+v", leg)
		}
	})
}

func TestSpec_E9_AnExtensionOfAnUnavailableUserRingsTheHandset(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.alice(func(u *User) { u.Availability = SetUnavailable })
		h.dials("bruno", "201")
		h.wants("trunk:core")
	})
}

func TestTheHandsetRingsForNoSharedLineAndNoTeam(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) {
			s.Flows["sales"].Nodes["ring"].RingTo = &flow.RingTo{Users: []UserID{"alice"}, RingForSeconds: 20}
		})
		h.rings("+33199005678")
		h.wants("alice", "alice.app")
		h.alice(func(u *User) { u.Availability = SetUnavailable })
		h.rings("+33199005678")
		h.wants("alice", "alice.app") // nobody more
	})
}

func TestTheHandsetFollowsCallWaitingAsEveryDevice(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(2 * time.Second)
		core.does("200", takes())
		h.rings(aliceDirect)
		h.wants("alice", "trunk:core") // she is in a call
	})
}

func TestSpec_E7_E10_FirstAnswerWinsAndTheOthersAreTold(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller := h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(time.Second)
		h.forget()
		h.lines["alice"].does("200", answer("alice answer"))
		h.sees(`
			alice -> 200
			trunk:core <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = alice`)
		caller.does("BYE", bye())
		r := h.record()
		if notes := handsetNotes(r); len(notes) != 0 {
			t.Errorf("handset notes %v: it was answered elsewhere", notes)
		}
		answered := slices.DeleteFunc(slices.Clone(r.Timeline), func(i TimelineItem) bool { return i.Type != "answered" })
		if len(answered) != 1 || answered[0].Args["device"] != string(SIPPhone) {
			t.Errorf("answered: %+v, want one with its device", answered)
		}
	})
}

func TestSpec_E7_TheHandsetWins(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(4 * time.Second)
		h.forget()
		core.does("200", takes())
		h.sees(`
			trunk:core -> 200
			alice <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = trunk:core`)
	})
}

func TestSpec_E18_TwoAnswersAtOnce(t *testing.T) {
	for _, gap := range []time.Duration{0, time.Millisecond, 150 * time.Millisecond, 299 * time.Millisecond} {
		for _, first := range []string{"alice", "trunk:core"} {
			inMobileHouse(t, func(h *house) {
				caller := h.rings(aliceDirect)
				h.later(2 * time.Second)
				h.lines["trunk:core"].does("180", paged())
				h.later(2 * time.Second)
				second := "trunk:core"
				if first == second {
					second = "alice"
				}
				h.lines[first].does("200", takes())
				h.later(gap)
				h.lines[second].over = false // Its 200 crosses our CANCEL: the dialog layer ends it with a BYE.
				h.forget()
				h.lines[second].does("200", takes())
				h.sees(second + " -> 200") // nothing else moves
				h.lines[second].does("BYE answered", dialog.Ended{By: dialog.EndedByUs})
				caller.does("BYE", bye())
				r := h.record()
				up := 0
				for _, l := range r.Legs[1:] {
					if !l.AnsweredAt.IsZero() {
						up++
					}
				}
				if up != 1 || r.Outcome != OutcomeAnswered || Missed(r) != NotMissed || len(r.Notified) != 0 || len(handsetNotes(r)) != 0 {
					t.Errorf("gap %v, %s first: %d answered, %s, missed %q, notified %v", gap, first, up, r.Outcome, Missed(r), r.Notified)
				}
			})
		}
	}
}

func TestSpec_E13_ACoreThatRefusesOrIsSilentLosesNoCall(t *testing.T) {
	for name, fail := range map[string]func(h *house, core *fakeLine){
		"503":       func(_ *house, core *fakeLine) { core.does("503", refuses(503, "")) },
		"403":       func(_ *house, core *fakeLine) { core.does("403", refuses(403, "")) },
		"no server": func(_ *house, core *fakeLine) { core.does("503 of our own", dialog.Failed{Status: 503}) },
		"silent":    func(h *house, _ *fakeLine) { h.later(19 * time.Second) },
	} {
		inMobileHouse(t, func(h *house) {
			caller := h.rings(aliceDirect)
			core := h.lines["trunk:core"]
			h.lines["alice"].does("180", ringing())
			fail(h, core)
			if name == "silent" && !core.over {
				t.Error("a silent core is not given up after the leg's time")
			}
			if caller.over || h.lines["alice"].over {
				t.Fatalf("%s: the call is lost", name)
			}
			h.lines["alice"].does("200", answer("alice answer"))
			caller.does("BYE", bye())
			if r := h.record(); r.Outcome != OutcomeAnswered || !slices.Equal(handsetNotes(r), []string{"unreachable"}) {
				t.Errorf("%s: %s, handset %v", name, r.Outcome, handsetNotes(r))
			}
		})
	}
	inMobileHouse(t, func(h *house) { // The operator is gone from the records.
		h.change(func(s *Snapshot) { s.Operators = nil })
		h.rings(aliceDirect)
		h.wants("alice")
	})
}

func TestTheHandsetStopsBeforeTheOperatorDiverts(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.HandsetRing = 12 * time.Second })
		caller := h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.forget()
		h.later(9999 * time.Millisecond)
		h.sees("")
		h.later(time.Millisecond)
		if !core.over || h.lines["alice"].over {
			t.Fatal("the handset rings on, or the desk does not")
		}
		caller.does("CANCEL", dialog.Cancelled{})
		if r := h.record(); !slices.Equal(handsetNotes(r), []string{"no_answer"}) {
			t.Errorf("handset %v", handsetNotes(r))
		}
	})
}

func TestSpec_E11_AMissedCallIsOneAndSaysWhatBecameOfTheHandset(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller := h.rings(aliceDirect)
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged())
		h.later(10 * time.Second)
		h.forget()
		caller.does("CANCEL", dialog.Cancelled{})
		h.sees(`
			carrier -> CANCEL
			alice <- hang up (Q.850;cause=16)
			trunk:core <- hang up (Q.850;cause=16)`) // no word of another device: the handset lists it as missed
		r := h.record()
		if r.Outcome != OutcomeMissed || Missed(r) != AgentsDidNotAnswer || !slices.Equal(r.Notified, []UserID{"alice"}) {
			t.Errorf("%s, %s, notified %v", r.Outcome, Missed(r), r.Notified)
		}
		e := Explain(r)
		if len(e.Users) != 1 || e.Users[0].Handset != HandsetNoAnswer {
			t.Errorf("the explanation is %+v", e.Users)
		}
	})
}

func TestSpec_E11_TheExplanationNamesEachStateOfTheHandset(t *testing.T) {
	for state, story := range map[string]func(h *house, core *fakeLine){
		"busy":        func(_ *house, core *fakeLine) { core.does("486", refuses(486, "Q.850;cause=17")) },
		"off":         func(_ *house, core *fakeLine) { core.does("480", refuses(480, "Q.850;cause=18")) },
		"unreachable": func(_ *house, core *fakeLine) { core.does("503", refuses(503, "")) },
		"deflected":   func(_ *house, core *fakeLine) { core.does("181", dialog.Progress{Status: 181, Head: said()}) },
		"declined": func(h *house, core *fakeLine) {
			h.later(time.Second)
			core.does("180", paged())
			h.later(time.Second / 2)
			core.does("603", refuses(603, ""))
		},
	} {
		inMobileHouse(t, func(h *house) {
			caller := h.rings(aliceDirect)
			story(h, h.lines["trunk:core"])
			h.later(11 * time.Second)
			if caller.over {
				t.Fatalf("%s: the call is over", state)
			}
			caller.does("CANCEL", dialog.Cancelled{})
			if e := Explain(h.record()); len(e.Users) != 1 || string(e.Users[0].Handset) != state {
				t.Errorf("%s: explained as %+v", state, e.Users)
			}
		})
	}
}

func TestInTrunkAttachmentTheReturnPrefixRingsTheHandset(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.Attachment, o.ReturnPrefix = AttachTrunk, "77" })
		h.rings(aliceDirect)
		d := h.lines["trunk:core"].dial
		if d.To.User != "7733639980201" || d.Asked != "" || !h.fits(header(&d, ims.AnchorHeader)) {
			t.Errorf("dialled %+v", d)
		}
		// What the core says of the prefixed number is about the handset, and betrays nobody.
		core := h.lines["trunk:core"]
		h.later(2 * time.Second)
		core.does("180", paged("P-Asserted-Identity", "<sip:7733639980201@core.example>"))
		h.later(2 * time.Second)
		core.does("200", takes("P-Asserted-Identity", "<tel:0639980201>"))
		if core.over {
			t.Error("the handset is taken for a machine")
		}
	})
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.Attachment = AttachTrunk })
		h.rings(aliceDirect)
		if d := h.lines["trunk:core"].dial; d.To.User != aliceDirect {
			t.Errorf("dialled %+v", d.To)
		}
	})
}

func TestACallThatCameFromTheCoreGoesOnAlongItsRoute(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		route := []string{"sip:iscmark@scscf.example;lr;s=2;h=0;d=0;a=7369703a"}
		h.rings(aliceDirect, func(a *sip.Attempt) {
			a.Trunk, a.Asked, a.Route, a.OwnRoute = "core", "tel:+33639980201", route, "<sip:tandem.example;lr;term>"
			a.MaxForwards = 61
			a.Head = said("P-Served-User", "<sip:+33639980201@ims.example>;sescase=term;regstate=reg", "P-Charging-Vector", `icid-value="abc";orig-ioi=other.example`,
				"P-Access-Network-Info", "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=208990001")
		})
		d := h.lines["trunk:core"].dial
		if d.Asked != "tel:+33639980201" || !slices.Equal(d.Route, route) || d.MaxForwards != 60 {
			t.Errorf("dialled %+v", d)
		}
		if got := header(&d, "P-Charging-Vector"); got != `icid-value="abc";orig-ioi="ims.example"` {
			t.Errorf("P-Charging-Vector %s", got)
		}
		for _, name := range []string{"P-Access-Network-Info", "P-Served-User", "P-Visited-Network-ID"} {
			if header(&d, name) != "" {
				t.Errorf("%s went with it", name)
			}
		}
	})
}

func TestAnOnNetCallersRouteIsNotTheHandsets(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.rings(aliceDirect, func(a *sip.Attempt) {
			a.Trunk, a.Asked, a.Route = "core", "tel:+33639980201", []string{"sip:odi-of-the-caller@scscf.example;lr"}
			a.Head = said("P-Served-User", "<sip:+33639980999@ims.example>;sescase=orig;regstate=reg")
		})
		// They call by themselves: the core goes on with it, and with Alice's number it comes again.
		if d := h.lines["trunk:core"].dial; d.Asked != "tel:+33639980201" || d.Offer == nil || string(d.Offer.Bytes) != "carrier offer" || header(&d, ims.AnchorHeader) != "" {
			t.Errorf("dialled %+v", d)
		}
	})
}

func TestPrivacyOfTheCallerIsKept(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) { s.Trunks["main"].TrustPAI = true })
		h.rings(aliceDirect, func(a *sip.Attempt) {
			a.From = message.Party{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
			a.Private, a.Asserted = true, []message.Party{{Scheme: "sip", User: "+33639980101", Host: "carrier.example"}}
		})
		if d := h.lines["trunk:core"].dial; !d.Private || d.Asserted == nil || d.Asserted.User != "+33639980101" {
			t.Errorf("dialled %+v", d)
		}
	})
	inMobileHouse(t, func(h *house) { // A carrier that is not trusted names nobody.
		h.rings(aliceDirect, func(a *sip.Attempt) {
			a.From, a.Private = message.Party{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}, true
		})
		if d := h.lines["trunk:core"].dial; !d.Private || d.Asserted != nil {
			t.Errorf("dialled %+v", d)
		}
	})
}

func TestACallWithoutHopsLeftDoesNotGoIntoTheCore(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		caller := h.rings(aliceDirect, func(a *sip.Attempt) { a.MaxForwards = 1 })
		h.wants("alice")
		caller.does("CANCEL", dialog.Cancelled{})
		if r := h.record(); !slices.Equal(handsetNotes(r), []string{"not_tried"}) {
			t.Errorf("handset %v", handsetNotes(r))
		}
	})
}

func TestHandsetLegsGiveTheirPlaceOnTheTrunkBack(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.change(func(s *Snapshot) { s.Trunks["core"].MaxCalls = 1 })
		caller := h.rings(aliceDirect)
		h.dials("bruno", "203")
		if got := h.sw.TrunkCalls()["core"]; got != 1 {
			t.Errorf("%d places are taken", got)
		}
		caller.does("CANCEL", dialog.Cancelled{})
		h.later(time.Second)
		if got := h.sw.TrunkCalls()["core"]; got != 0 {
			t.Errorf("%d places are taken at the end", got)
		}
		if n := len(h.sw.handsets.waiting); n != 0 {
			t.Errorf("%d handsets are awaited by nobody", n)
		}
		synctest.Wait()
	})
}

func TestASecondCallOfTheSameCallerIsNotTakenForTheFirst(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		fromCore := func(icid string) func(a *sip.Attempt) {
			return func(a *sip.Attempt) {
				a.Trunk, a.Asked, a.Route, a.OwnRoute = "core", "tel:+33639980201", []string{"sip:odi@scscf.example;lr"}, "<sip:tandem.example;lr>"
				a.Head = said("P-Served-User", "<sip:+33639980201@ims.example>;sescase=term;regstate=reg", "P-Charging-Vector", "icid-value="+icid)
			}
		}
		h.rings(aliceDirect, fromCore("one"))
		same := ims.Arrival{Passage: ims.Passage{Served: aliceDirect, Other: "+33639980101", Direction: ims.ToUser, ICID: "two"}, MaxForwards: 70}
		if v := h.sw.loops.Judge(same, time.Now()); v.Kind != ims.Fresh {
			t.Errorf("another call of the caller is %+v", v)
		}
		same.ICID = "one"
		if v := h.sw.loops.Judge(same, time.Now()); v.Kind != ims.Returning {
			t.Errorf("the same call is %+v", v)
		}
	})
}

func TestAColleaguesHandsetShowsItsDirectNumberUnlessItHides(t *testing.T) {
	for _, hides := range []bool{false, true} {
		inMobileHouse(t, func(h *house) {
			h.change(func(s *Snapshot) {
				bruno := s.Users["bruno"]
				n := &Number{
					ID: "bruno_direct", Account: "acc", E164: "+33639980302", Kind: Direct, Flow: "direct", Users: []UserID{"bruno"},
					Mobile: &Mobile{Operator: "moba", User: "bruno", IMSI: "208990000000302", Active: true},
				}
				s.Numbers[n.E164] = n
				bruno.Mobiles = append(bruno.Mobiles, n)
			})
			h.rings("201", func(a *sip.Attempt) {
				a.Trunk, a.Asked, a.Route, a.OwnRoute, a.Private = "core", "tel:201", []string{"sip:odi@scscf.example;lr"}, "<sip:tandem.example;lr;orig>", hides
				a.Asserted = []message.Party{{Scheme: "sip", User: "+33639980302", Host: "ims.example"}}
				a.Head = said("P-Served-User", "<sip:+33639980302@ims.example>;sescase=orig;regstate=reg")
			})
			l := h.lines["trunk:core"]
			if l == nil {
				t.Fatalf("Alice's handset does not ring: %v", h.rung())
			}
			if d := l.dial; d.From.User != "+33639980302" || d.Private != hides || len(d.Route) != 0 {
				t.Errorf("hides %v: Alice sees %s, private %v, by %v", hides, d.From.User, d.Private, d.Route)
			}
		})
	}
}
