package routing

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// opens lets Alice open a page, or load it anew: her device is a browser from here on.
func (h *house) opens(instance string) {
	h.t.Helper()
	const aor = message.AOR("alice@tandem")
	h.mu.Lock()
	h.phones[aor] = 0
	if h.pages == nil {
		h.pages = map[message.AOR][]sip.Contact{}
	}
	h.pages[aor] = append(h.pages[aor], sip.Contact{
		AOR: aor, Instance: instance, Since: time.Now(), Target: transport.Target{Network: transport.WSS, Addr: netip.MustParseAddrPort("192.0.2.8:50000")},
	})
	h.snap.Devices[string(aor)].Kind = Workspace
	h.mu.Unlock()
	h.sw.DeviceChanged(aor, true)
	h.sw.Arrived(aor)
	synctest.Wait()
}

// closes takes the page's connection away.
func (h *house) closes(line *fakeLine) {
	h.t.Helper()
	h.mu.Lock()
	delete(h.pages, "alice@tandem")
	h.mu.Unlock()
	h.sw.DeviceChanged("alice@tandem", false)
	line.does("page goes", dialog.Parted{})
}

// onPage is a call from outside in which Alice talks in her page.
func onPage(h *house) (caller, alice *fakeLine) {
	h.t.Helper()
	h.opens("one")
	caller, alice = talkingTo(h)
	if alice.voice.open.Kind != media.Browser || caller.voice.open.Kind != media.Plain {
		h.t.Fatal("the page has no browser's media")
	}
	return caller, alice
}

func autoAnswer(h *house, l *fakeLine) {
	h.t.Helper()
	want := message.Field{Name: "X-Resume", Value: string(h.sw.tableNow()[0].caller.rec.ID)}
	if l == nil || !l.dial.AutoAnswer || len(l.dial.Headers) != 1 || l.dial.Headers[0].Name != want.Name {
		h.t.Fatalf("not an INVITE to come back: %+v", l)
	}
}

func notes(r *CallRecord) (kinds []string) {
	for _, i := range r.Timeline {
		kinds = append(kinds, i.Type)
	}
	return kinds
}

func TestSpec_C16_APageThatIsLoadedAnewGoesOnWithItsCall(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := onPage(h)
		h.closes(alice)
		h.sees(`
			alice -> page goes
			unbridge carrier
			unbridge alice
			carrier hears soft_tone looped`)
		if got := h.sw.Suspended("alice"); len(got) != 1 || got[0].Call != h.sw.Calls()[0].ID {
			t.Fatalf("suspended: %+v", got)
		}
		time.Sleep(1500 * time.Millisecond)
		h.opens("one")
		h.sees(`alice/2 <- INVITE alice from +33639980101 [offer to ?]`)
		again := h.lines["alice/2"]
		autoAnswer(h, again)
		again.does("200", answer("alice answer"))
		h.sees(`
			alice/2 -> 200
			alice <- hang up (SIP;cause=200)
			bridge carrier = alice/2`)
		if len(h.sw.Suspended("alice")) != 0 || h.sw.UserStatus("alice") != UserInCall {
			t.Errorf("status %s", h.sw.UserStatus("alice"))
		}
		// What the old dialog still says changes nothing; what the new one says counts.
		alice.does("its end", dialog.Ended{By: dialog.EndedByUs})
		again.does("re-INVITE", offered("hold me"))
		again.does("BYE", bye())
		_ = caller
		r := h.record()
		if len(r.Legs) != 3 || r.Legs[1].User != "alice" || r.Legs[1].Kind != "webrtc" || r.Legs[1].Device != Workspace || r.Legs[1].PacketsIn != 100 || r.Legs[1].SIPCallID != "alice/2@sip" {
			t.Errorf("legs %+v", r.Legs)
		}
		i := slices.IndexFunc(r.Timeline, func(i TimelineItem) bool { return i.Type == noteResumed })
		if !slices.Contains(notes(r), noteSuspended) || i < 0 || r.Timeline[i].Args["seconds"] != "1.5" || r.Timeline[i].Leg != r.Legs[1].ID {
			t.Errorf("timeline %+v", r.Timeline)
		}
		if r.Outcome != OutcomeAnswered || r.EndedBy != "callee" {
			t.Errorf("%s by %s", r.Outcome, r.EndedBy)
		}
	})
}

func TestSpec_C16_AudioThatGoesOnIsNotInterrupted(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := onPage(h)
		alice.voice.talks.Store(true)
		h.closes(alice)
		time.Sleep(5 * time.Second)
		h.sees(`alice -> page goes`)
		alice.voice.talks.Store(false)
		time.Sleep(time.Second)
		h.sees(`
			unbridge carrier
			unbridge alice
			carrier hears soft_tone looped`)
		h.sw.tableNow()[0].box.post(letter{own: ordered{HangUp{}, make(chan error, 1)}})
		synctest.Wait()
		h.forget()
		if r := h.record(); r.EndedBy != "system" || len(r.Legs) != 3 {
			t.Errorf("%+v", r)
		}
	})
}

func TestAPageThatDoesNotComeBackEndsItsCall(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := onPage(h)
		h.closes(alice)
		h.forget()
		time.Sleep(comeBackWithin - time.Millisecond)
		h.sees("")
		time.Sleep(2 * time.Millisecond)
		h.sees(`
			alice <- hang up
			carrier <- hang up (Q.850;cause=27)`)
		if r := h.record(); r.Outcome != OutcomeAnswered || r.EndedBy != "callee" || len(h.sw.Suspended("alice")) != 0 {
			t.Errorf("%s by %s", r.Outcome, r.EndedBy)
		}
	})
}

func TestTheOtherMayHangUpWhileAPageIsAway(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := onPage(h)
		h.closes(alice)
		h.opens("one")
		h.forget()
		caller.does("BYE", bye())
		h.sees(`
			carrier -> BYE
			alice/2 <- hang up
			alice <- hang up (Q.850;cause=16)`)
		h.lines["alice/2"].does("487", failure(487))
		if r := h.record(); r.EndedBy != "caller" || len(r.Legs) != 3 || len(h.sw.Suspended("alice")) != 0 {
			t.Errorf("%+v", r.Legs)
		}
	})
}

func TestWhoCallsFromAPageComesBackToo(t *testing.T) {
	inHouse(t, func(h *house) {
		h.opens("one")
		page := h.attempt("alice.page", &sip.Attempt{
			CallID: "page@sip", Device: "alice@tandem", RequestURI: message.Party{Scheme: "sip", User: "202"}, From: message.Party{Scheme: "sip", User: "alice"},
			Source: netip.MustParseAddrPort("192.0.2.8:50000"), Network: transport.WSS, Instance: "one", Offer: message.SDP([]byte("page offer")), At: time.Now(),
		})
		h.lines["bruno"].does("200", answer("bruno answer"))
		h.closes(page)
		h.forget()
		h.opens("one")
		h.sees(`alice <- INVITE alice from 202 [offer to ?]`)
		h.lines["alice"].does("200", answer("alice answer"))
		h.lines["alice"].does("BYE", bye())
		if r := h.record(); len(r.Legs) != 2 || r.Legs[0].Kind != "webrtc" || r.EndedBy != "caller" {
			t.Errorf("%+v", r.Legs)
		}
	})
}

func TestOnlyThePageThatLeftOrANewOneComesBack(t *testing.T) {
	inHouse(t, func(h *house) {
		h.opens("office")
		caller := h.rings("0199005678")
		h.lines["alice"].does("200", answer("alice answer"))
		h.opens("home") // open all the time
		h.mu.Lock()
		h.pages["alice@tandem"] = h.pages["alice@tandem"][1:]
		h.mu.Unlock()
		time.Sleep(time.Second)
		h.forget()
		h.lines["alice"].does("page goes", dialog.Parted{})
		h.forget()
		h.sw.Arrived("alice@tandem") // it registers again, as from time to time
		h.sees("")
		time.Sleep(time.Second)
		h.opens("telephone box")
		h.sees(`alice/2 <- INVITE alice from +33639980101 [offer to ?]`)
		h.lines["alice/2"].does("480", failure(480)) // it had no microphone
		h.sees(`alice/2 -> 480`)
		time.Sleep(time.Second)
		h.opens("office")
		h.sees(`alice/3 <- INVITE alice from +33639980101 [offer to ?]`)
		caller.does("BYE", bye())
		if r := h.record(); len(r.Legs) != 3 {
			t.Errorf("%+v", r.Legs)
		}
	})
}

func TestAPageThatGoesBeforeItAnswersJustStopsRinging(t *testing.T) {
	inHouse(t, func(h *house) {
		h.opens("one")
		h.rings("0199005678")
		h.lines["alice"].does("180", ringing())
		h.forget()
		h.closes(h.lines["alice"])
		h.lines["alice"].does("flow gone", failure(503))
		if got := h.sw.Suspended("alice"); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestAudioThatIsLostMayComeBackByItself(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := onPage(h)
		path := func(is media.PathState) {
			alice.voice.post(media.PathChanged{Leg: alice.voice.open.Ref, State: is})
			synctest.Wait()
		}
		path(media.PathLost)
		h.sees(`
			unbridge carrier
			unbridge alice
			carrier hears soft_tone looped`)
		time.Sleep(comeBackWithin - time.Second)
		path(media.PathUp)
		h.sees(`bridge carrier = alice`)
		time.Sleep(2 * comeBackWithin)
		h.sees("")
		path(media.PathLost)
		h.forget()
		time.Sleep(comeBackWithin + time.Second)
		h.sees(`
			alice <- hang up
			carrier <- hang up (Q.850;cause=27)`)
		h.record()
	})
}

func TestSpec_C17_ACallMovesToAnotherDeviceOfTheUser(t *testing.T) {
	inHouse(t, func(h *house) {
		desk := &Device{ID: "desk", User: "alice", Kind: SIPPhone, AOR: "alice-desk@tandem"}
		h.snap.Devices[desk.AOR] = desk
		h.snap.Users["alice"].Devices = append(h.snap.Users["alice"].Devices, desk)
		_, alice := onPage(h)
		id := h.sw.Calls()[0].ID
		move := func(to DeviceID, instance string) error {
			return h.sw.Do(h.t.Context(), id, Move{By: "alice", Device: to, Instance: instance})
		}
		if err := move("desk", ""); !errors.Is(err, ErrNoDevice) {
			t.Fatal(err)
		}
		h.phones["alice-desk@tandem"] = 1
		if err := move("desk", ""); err != nil {
			t.Fatal(err)
		}
		if err := move("desk", ""); !errors.Is(err, ErrMoving) {
			t.Fatal(err)
		}
		h.sees(`alice-desk <- INVITE alice-desk from +33639980101 [offer to ?]`)
		phone := h.lines["alice-desk"]
		autoAnswer(h, phone)
		phone.does("180", ringing())
		phone.does("200", answer("desk answer"))
		h.sees(`
			alice-desk -> 180
			alice-desk -> 200
			alice <- hang up (SIP;cause=200)
			bridge carrier = alice-desk`)
		if err := h.sw.Do(h.t.Context(), id, Move{By: "bruno", Device: "desk"}); !errors.Is(err, ErrNotTheirs) {
			t.Fatal(err)
		}
		// And back, to the page that asks; it does not pick up, and the call stays where it is.
		own := h.snap.Devices["alice@tandem"].ID
		if err := move(own, "two"); !errors.Is(err, ErrNoDevice) {
			t.Fatal(err)
		}
		if err := move(own, "ONE"); err != nil {
			t.Fatal(err)
		}
		h.sees(`alice/2 <- INVITE alice from +33639980101 [offer to ?]`)
		time.Sleep(pickUpWithin)
		h.sees(`alice/2 <- hang up`)
		h.lines["alice/2"].does("487", failure(487))
		alice.does("its end", dialog.Ended{By: dialog.EndedByUs})
		phone.does("BYE", bye())
		r := h.record()
		if len(r.Legs) != 3 || r.Legs[1].Device != SIPPhone || r.Legs[1].Kind != "sip" || !slices.Contains(notes(r), noteMoved) {
			t.Errorf("%+v %v", r.Legs, notes(r))
		}
	})
}

func TestSpec_O1_APageChoosesTheNumberThatItShows(t *testing.T) {
	inHouse(t, func(h *house) {
		h.opens("one")
		call := func(change func(a *sip.Attempt)) *fakeLine {
			a := &sip.Attempt{
				CallID: "page@sip", Device: "alice@tandem", RequestURI: message.Party{Scheme: "sip", User: "0639980102"}, From: message.Party{Scheme: "sip", User: "alice"},
				Source: netip.MustParseAddrPort("192.0.2.8:50000"), Network: transport.WSS, Instance: "one", Offer: message.SDP([]byte("page offer")), At: time.Now(),
			}
			change(a)
			return h.attempt("alice.page", a)
		}
		shown := func() string {
			for name, l := range h.lines {
				if len(name) > 6 && name[:6] == "trunk:" {
					delete(h.lines, name)
					return l.dial.Asserted.User
				}
			}
			return ""
		}
		for name, c := range map[string]struct {
			set  func(a *sip.Attempt)
			want string
		}{
			"her choice":        {func(*sip.Attempt) {}, "+33199001234"},
			"another":           {func(a *sip.Attempt) { a.Number = "sales" }, "+33199005678"},
			"another by number": {func(a *sip.Attempt) { a.Preferred = []message.Party{{User: "+33199005678"}} }, "+33199005678"},
			"her own name":      {func(a *sip.Attempt) { a.Preferred = []message.Party{{User: "alice"}} }, "+33199001234"},
			"nobody's":          {func(a *sip.Attempt) { a.Number = "num_x" }, ""},
			"somebody's":        {func(a *sip.Attempt) { a.Preferred = []message.Party{{User: "+33199990000"}} }, ""},
		} {
			h.forget()
			l := call(c.set)
			got := shown()
			if got != c.want || (c.want == "") != l.over {
				t.Errorf("%s: shown %q, want %q", name, got, c.want)
			}
			if !l.over {
				l.does("CANCEL", dialog.Cancelled{})
			}
			time.Sleep(time.Minute)
		}
	})
}
