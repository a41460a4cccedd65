package routing

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

const odi = "sip:iscmark@scscf.example;lr;s=2;h=0;d=0;a=7369703a"

// cell is where the handset of the stories is.
const cell = "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=208990001"

// native lets Alice's handset dial, as an application server hears of it.
func (h *house) native(dialled string, change ...func(a *sip.Attempt)) *fakeLine {
	h.t.Helper()
	a := &sip.Attempt{
		CallID: "native-" + dialled + "@sip", Trunk: "core", Asked: "tel:" + dialled, RequestURI: message.Party{Scheme: "tel", User: dialled},
		To: message.Party{Scheme: "tel", User: dialled}, From: message.Party{Scheme: "sip", User: string(aliceDirect), Host: "ims.example"},
		Asserted: []message.Party{{Scheme: "sip", User: string(aliceDirect), Host: "ims.example"}, {Scheme: "tel", User: string(aliceDirect)}},
		Source:   netip.MustParseAddrPort("198.51.100.9:5060"), Network: transport.UDP, Offer: message.SDP([]byte("handset offer")), At: time.Now(),
		Route: []string{odi}, OwnRoute: "sip:tandem.example;lr", MaxForwards: 61,
		Head: originating("<sip:" + string(aliceDirect) + "@ims.example>;sescase=orig;regstate=reg"),
	}
	for _, f := range change {
		f(a)
	}
	return h.attempt("handset", a)
}

// originating is what a core says of a call that a subscriber dialled.
func originating(served string) dialog.Head {
	return said("P-Served-User", served, "P-Asserted-Identity", "<sip:"+string(aliceDirect)+"@ims.example>, <tel:"+string(aliceDirect)+">",
		"P-Access-Network-Info", cell, "P-Charging-Vector", `icid-value="abc"`, "P-Preferred-Identity", "<sip:+33639980777@ims.example>")
}

// plain joins the core as a plain trunk.
func (h *house) plain(change ...func(o *Operator)) {
	h.moba(func(o *Operator) {
		o.Attachment, o.OriginatingPrefix, o.ReturnPrefix = AttachTrunk, "9900", "9901"
		for _, f := range change {
			f(o)
		}
	})
	h.forget()
}

// presents lets the main trunk show direct numbers.
func (h *house) presents() {
	h.change(func(s *Snapshot) { s.Trunks["main"].PresentsDirect = true })
	h.forget()
}

func TestSpec_E4_ACallFromTheNativeDiallerShowsTheDirectNumber(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.presents()
		handset := h.native("0142685300", func(a *sip.Attempt) { // It claims to be somebody else.
			a.From = message.Party{Scheme: "sip", User: "+33100000000", Host: "liar.example", Display: "The Bank"}
		})
		h.sees(`
			handset -> INVITE 0142685300
			trunk:main <- INVITE +33142685300 from +33639980201 [offer to ?]`)
		d := h.lines["trunk:main"].dial
		if d.Asserted == nil || d.Asserted.User != string(aliceDirect) || d.From.Display != "" || len(d.Route) != 0 {
			t.Errorf("dialled %+v", d)
		}
		h.lines["trunk:main"].does("180", ringing())
		h.lines["trunk:main"].does("200", answer("carrier answer"))
		h.sees(`
			trunk:main -> 180
			handset <- 180
			trunk:main -> 200
			handset <- 200 [answer to handset offer]
			bridge handset = trunk:main`)
		if s := h.sw.UserStatus("alice"); s != UserInCall {
			t.Errorf("Alice is %s", s)
		}
		handset.does("BYE", bye())
		r := h.record()
		if r.Direction != Outbound || r.From != string(aliceDirect) || r.To != "+33142685300" || r.User != "alice" || r.NumberID != "direct" || r.Outcome != OutcomeAnswered {
			t.Errorf("the record is %+v", r)
		}
		if l := r.Legs[0]; l.Kind != "native" || l.Device != Native || l.User != "alice" || l.Trunk != "core" {
			t.Errorf("the handset's leg is %+v", l)
		}
	})
}

func TestCore_A7_WhereTheHandsetIsStaysInTheRecord(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.presents()
		h.native("0142685300").does("CANCEL", dialog.Cancelled{})
		d := h.lines["trunk:main"].dial
		for _, f := range d.Headers {
			if strings.Contains(f.Value, "208990001") || strings.HasPrefix(f.Name, "P-") {
				t.Errorf("%s: %s left by a carrier's trunk", f.Name, f.Value)
			}
		}
		i := slices.IndexFunc(h.record().Timeline, func(it TimelineItem) bool { return it.Type == noteAccess && it.Args["cell"] == "208990001" })
		if i < 0 {
			t.Error("the record does not say where the handset was")
		}
	})
}

func TestSpec_E4_BackInTheCoreTheDirectNumberStandsInEveryInstance(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.Breakout = BreakoutReturn })
		h.forget()
		h.native("0142685300", func(a *sip.Attempt) {
			a.From.User = "+33100000000"
			a.Head = said("P-Served-User", "<sip:+33639980201@ims.example>;sescase=orig;regstate=reg", "P-Asserted-Identity", "<sip:+33100000000@ims.example>, <tel:+33100000000>",
				"P-Access-Network-Info", cell, "P-Preferred-Identity", "<sip:+33100000000@ims.example>", "P-Charging-Vector", `icid-value="abc"`)
		})
		h.wants("trunk:core")
		d := h.lines["trunk:core"].dial
		if d.Asked != "tel:0142685300" || !slices.Equal(d.Route, []string{odi}) || d.MaxForwards != 60 || d.From.User != string(aliceDirect) {
			t.Errorf("dialled %+v", d)
		}
		asserted := 0
		for _, f := range d.Headers {
			if strings.Contains(f.Value, "+33100000000") {
				t.Errorf("%s still says %s", f.Name, f.Value)
			}
			if f.Name == "P-Asserted-Identity" && strings.Contains(f.Value, string(aliceDirect)) {
				asserted++
			}
		}
		if asserted != 2 || header(&d, "P-Access-Network-Info") != cell || !strings.Contains(header(&d, "P-Charging-Vector"), "abc") || header(&d, ims.AnchorHeader) == "" {
			t.Errorf("headers %+v", d.Headers)
		}
	})
}

func TestASubscribersCallGoesBackToTheCoreWhenNoTrunkCanCarryIt(t *testing.T) {
	for name, fails := range map[string]func(h *house){
		"none may show it": func(*house) {},
		"all are down": func(h *house) {
			h.presents()
			h.sw.TrunkChanged(sip.TrunkState{ID: "main"})
			h.sw.TrunkChanged(sip.TrunkState{ID: "backup"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inMobileHouse(t, func(h *house) {
				fails(h)
				h.native("0142685300")
				h.wants("trunk:core")
			})
		})
	}
	t.Run("the trunk refuses", func(t *testing.T) {
		inMobileHouse(t, func(h *house) {
			h.presents()
			handset := h.native("0142685300")
			h.lines["trunk:main"].does("503", failure(503))
			h.wants("trunk:core", "trunk:main")
			h.lines["trunk:core"].does("503", failure(503))
			h.wants("trunk:core", "trunk:main") // It is not tried twice.
			if !handset.over {
				t.Error("the handset still waits")
			}
		})
	})
	t.Run("it rang", func(t *testing.T) {
		inMobileHouse(t, func(h *house) {
			h.presents()
			h.native("0142685300")
			h.lines["trunk:main"].does("180", ringing())
			h.lines["trunk:main"].does("503", failure(503))
			h.wants("trunk:main")
		})
	})
}

func TestASubscriberIsKnownInEveryFormThatCoresWrite(t *testing.T) {
	for served, known := range map[string]bool{
		"<sip:+33639980201@ims.example>;sescase=orig":                  true,
		"<tel:+33639980201>;sescase=orig;regstate=unreg":               true,
		"<sip:33639980201@ims.example>;sescase=orig":                   true,
		"<sip:0639980201@ims.example;user=phone>;sescase=orig":         true,
		"<tel:0639980201;phone-context=+33>;sescase=orig":              true,
		"<tel:639980201;phone-context=+33>;sescase=orig":               true,
		"<sip:208990000000201@ims.mnc099.mcc208.example>;sescase=orig": true,
		"<sip:+33639980202@ims.example>;sescase=orig":                  false,
		"<sip:alice@ims.example>;sescase=orig":                         false,
	} {
		t.Run(served, func(t *testing.T) {
			inMobileHouse(t, func(h *house) {
				h.presents()
				h.native("0142685300", func(a *sip.Attempt) { a.Head = originating(served) })
				if known {
					h.wants("trunk:main")
					return
				}
				h.wants("trunk:core") // Nobody of ours: the core goes on with it.
				if d := h.lines["trunk:core"].dial; !slices.Equal(d.Route, []string{odi}) || string(d.Offer.Bytes) != "handset offer" || d.Asked != "tel:0142685300" {
					t.Errorf("passed on %+v", d)
				}
				if n := len(h.sw.Calls()); n != 0 {
					t.Errorf("%d calls of ours", n)
				}
			})
		})
	}
}

func TestWhatASubscriberDialsIsReadInTheirContext(t *testing.T) {
	for dialled, want := range map[string]string{
		"0142685300": "+33142685300", "+33142685300": "+33142685300", "0033142685300": "+33142685300", "00442079460000": "+442079460000", "+442079460000": "+442079460000",
		"*31#0142685300": "+33142685300", "0142685300;phone-context=+33": "+33142685300",
	} {
		t.Run(dialled, func(t *testing.T) {
			inMobileHouse(t, func(h *house) {
				h.presents()
				h.native(dialled)
				d := h.lines["trunk:main"].dial
				if d.To.User != want || d.Private {
					t.Errorf("dialled %+v", d)
				}
			})
		})
	}
}

func TestASubscriberMayHideTheirNumber(t *testing.T) {
	for name, how := range map[string]func(a *sip.Attempt){
		"by code":         func(a *sip.Attempt) { a.RequestURI.User = "#31#0142685300" },
		"by subscription": func(a *sip.Attempt) { a.Private = true },
	} {
		t.Run(name, func(t *testing.T) {
			inMobileHouse(t, func(h *house) {
				h.presents()
				h.change(func(s *Snapshot) { s.Trunks["main"].TrustPAI = true }) // it keeps to itself who calls
				h.native("0142685300", how)
				if d := h.lines["trunk:main"].dial; !d.Private || d.To.User != "+33142685300" || d.Asserted.User != string(aliceDirect) {
					t.Errorf("dialled %+v", d)
				}
			})
			inMobileHouse(t, func(h *house) {
				h.native("0142685300", how)
				d := h.lines["trunk:core"].dial
				if !d.Private || strings.Contains(d.Asked, "#") || !slices.Equal(d.Route, []string{odi}) {
					t.Errorf("back in the core %+v", d)
				}
			})
		})
	}
	inMobileHouse(t, func(h *house) { // And show it for one call.
		h.presents()
		h.native("*31#0142685300", func(a *sip.Attempt) { a.Private = true })
		if d := h.lines["trunk:main"].dial; d.Private {
			t.Errorf("dialled %+v", d)
		}
	})
}

func TestASubscriberReachesColleaguesAndOurNumbers(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.native("202")
		h.sees(`
			handset -> INVITE 202
			bruno <- INVITE bruno from 201 [offer to ?]`)
	})
	inMobileHouse(t, func(h *house) {
		h.native("0199001234")
		h.sees(`
			handset -> INVITE 0199001234
			handset <- 200 [answer to handset offer]
			handset hears welcome`)
	})
}

func TestSpec_E8_TheShortCodeOfAnOperatorsVoicemailStaysWithUs(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		h.moba(func(o *Operator) { o.ShortCodes = []string{"888", "123"} })
		h.forget()
		h.native("888")
		h.sees(`
			handset -> INVITE 888
			handset <- 200 [answer to handset offer]
			handset hears unavailable`)
	})
}

func TestAPlainTrunkTellsASubscribersCallByItsPrefixOrItsCaller(t *testing.T) {
	from := func(user string) func(a *sip.Attempt) { // As a gateway of a switch writes it: no plus, no assertion, no Route.
		return func(a *sip.Attempt) {
			a.From, a.Asserted, a.Route, a.OwnRoute, a.Head = message.Party{Scheme: "sip", User: user, Host: "msc.example"}, nil, nil, "", said()
			a.RequestURI.Scheme, a.Asked = "sip", "sip:"+a.RequestURI.User+"@tandem.example"
		}
	}
	inMobileHouse(t, func(h *house) {
		h.presents()
		h.plain()
		h.native("99000142685300", from("33639980201"))
		if d := h.lines["trunk:main"].dial; d.To.User != "+33142685300" || d.From.User != string(aliceDirect) {
			t.Errorf("dialled %+v", d)
		}
	})
	inMobileHouse(t, func(h *house) { // The same number without the mark is somebody who is called.
		h.presents()
		h.plain()
		h.native("0142685300", from("33639980201"))
		h.wants()
	})
	inMobileHouse(t, func(h *house) {
		h.presents()
		h.plain(func(o *Operator) { o.OriginatingPrefix = "" })
		h.native("0142685300", from("33639980201"))
		h.wants("trunk:main")
	})
	inMobileHouse(t, func(h *house) { // Back by the same trunk, marked.
		h.plain(func(o *Operator) { o.Breakout = BreakoutReturn })
		h.native("99000142685300", from("33639980201"))
		d := h.lines["trunk:core"].dial
		if d.To.User != "+33142685300" || d.From.User != string(aliceDirect) || d.Asked != "" || header(&d, ims.AnchorHeader) == "" {
			t.Errorf("dialled %+v", d)
		}
	})
	inMobileHouse(t, func(h *house) { // A stranger calls a subscriber.
		h.plain()
		h.native(string(aliceDirect), from("33142685300"))
		if !slices.Contains(h.rung(), "alice") {
			t.Errorf("rung: %v", h.rung())
		}
	})
	inMobileHouse(t, func(h *house) { // A handset's leg that comes back.
		h.plain()
		handset := h.native("990133639980201", from("33142685300"))
		h.wants()
		if !handset.over {
			t.Error("it is not refused")
		}
		h.sees(`
			handset -> INVITE 990133639980201
			handset <- 482 this call goes round: a handset's leg came back`)
	})
}

func TestSpec_E20_ADirectNumberIsShownOnlyWhereItsOperatorAuthorisedIt(t *testing.T) {
	refused := "alice.phone <- 403 no trunk may show a direct number: set direct_numbers on a trunk whose operator authorised it"
	calls := func(h *house) {
		h.change(func(s *Snapshot) { s.Users["alice"].CallerID = aliceDirect })
		h.forget()
		h.dials("alice", "0142685300")
	}
	noCore := func(h *house) {
		h.change(func(s *Snapshot) { s.Trunks["core"].Servers = nil })
	}
	inMobileHouse(t, func(h *house) {
		noCore(h)
		calls(h)
		h.sees("alice.phone -> INVITE 0142685300\n" + refused)
		_, err := h.sw.Originate(Start{User: "alice", To: "0142685300", Show: "direct"})
		e, is := errors.AsType[*StartError](err)
		if !is || e.Code != "direct_number_no_trunk" || e.Row != "E20" || !strings.Contains(e.Text, "direct_numbers") {
			t.Errorf("started: %v", err)
		}
	})
	inMobileHouse(t, func(h *house) { // By default its own core carries it.
		calls(h)
		h.wants("trunk:core")
		d := h.lines["trunk:core"].dial
		if d.Asked != "sip:+33142685300@ims.example;user=phone" || !slices.Equal(d.Route, []string{"sip:core.example;lr;orig"}) || d.Asserted.User != string(aliceDirect) ||
			header(&d, "P-Served-User") != "<sip:+33639980201@ims.example>;sescase=orig;regstate=reg" || header(&d, ims.AnchorHeader) == "" {
			t.Errorf("dialled %+v", d)
		}
	})
	inMobileHouse(t, func(h *house) {
		noCore(h)
		h.presents()
		calls(h)
		h.wants("trunk:main")
	})
	inMobileHouse(t, func(h *house) { // The one that may is down: that is another trouble.
		noCore(h)
		h.presents()
		h.sw.TrunkChanged(sip.TrunkState{ID: "main"})
		calls(h)
		h.sees("alice.phone -> INVITE 0142685300\nalice.phone <- 503 no trunk can carry this call: check that a trunk with a server is set up for this account, and that it is up")
	})
	inMobileHouse(t, func(h *house) { // A shared line goes where it went, and never into the core.
		h.dials("alice", "0142685300") // her own choice is the shared line
		h.wants("trunk:main")
	})
}

func TestSpec_E20_ForwardsAndRedirectionsShowADirectNumberNoWider(t *testing.T) {
	redirects := func(h *house) {
		h.change(func(s *Snapshot) {
			s.Trunks["core"].Servers = nil
			s.Users["alice"].ForwardTo = "+33611223344"
			s.Users["alice"].Mobiles = nil
		})
		h.forget()
		h.rings(string(aliceDirect))
	}
	inMobileHouse(t, func(h *house) {
		redirects(h)
		if slices.ContainsFunc(h.rung(), func(n string) bool { return strings.HasPrefix(n, "trunk:main") }) {
			t.Errorf("rung: %v", h.rung())
		}
	})
	inMobileHouse(t, func(h *house) {
		h.presents()
		redirects(h)
		if !slices.Contains(h.rung(), "trunk:main") {
			t.Errorf("rung: %v", h.rung())
		}
	})
}

func TestCore_A7_ANumberOutsideTheAccountsListIsRefused(t *testing.T) {
	inMobileHouse(t, func(h *house) {
		stranger := &Number{ID: "other", Account: "other", E164: "+33639980900", Kind: Direct}
		h.change(func(s *Snapshot) { s.Numbers[stranger.E164] = stranger })
		snap := h.sw.dir.Snapshot()
		for name, show := range map[string]*Number{"another account's": stranger, "not set up": snap.Numbers["+33639980008"]} {
			r, is := h.sw.planDialled(snap, dialler{account: snap.Accounts["acc"], show: show}, "0142685300").(reject)
			if !is || r.status != 403 || r.code != "caller_id_refused" {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if _, err := h.sw.Originate(Start{User: "alice", To: "0142685300", Show: "other"}); err == nil {
			t.Error("it is shown by the API")
		}
	})
}

func TestACallOutTakesOneOfTheHopsItCameWith(t *testing.T) {
	for came, want := range map[int]int{0: 0, 70: 69, 2: 1} {
		inMobileHouse(t, func(h *house) {
			h.presents()
			h.native("0142685300", func(a *sip.Attempt) { a.MaxForwards = came })
			if d := h.lines["trunk:main"].dial; d.MaxForwards != want {
				t.Errorf("with %d it goes out with %d, want %d", came, d.MaxForwards, want)
			}
		})
	}
	inMobileHouse(t, func(h *house) {
		h.presents()
		h.native("0142685300", func(a *sip.Attempt) { a.MaxForwards = 1 })
		h.wants()
	})
}
