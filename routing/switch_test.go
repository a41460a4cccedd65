package routing

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

func TestDrainRefusesNewCallsAndWaitsForTheOthers(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		h.forget()
		drained := make(chan error, 1)
		go func() { drained <- h.sw.Drain(h.t.Context()) }()
		synctest.Wait()
		h.rings("0199001234")
		h.sees(`
			wire drains
			carrier/2 -> INVITE 0199001234
			carrier/2 <- 503 this server is going down`)
		select {
		case <-drained:
			t.Fatal("drained with a call in progress")
		default:
		}
		caller.does("BYE", bye())
		time.Sleep(time.Second)
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
}

func TestDrainGivesUpWhenItsTimeIsOver(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199001234")
		ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
		defer cancel()
		if err := h.sw.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("drain says %v", err)
		}
	})
}

func TestCloseEndsEveryCallWithItsRecord(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199001234")
		h.forget()
		if err := h.sw.Close(h.t.Context()); err != nil {
			t.Fatal(err)
		}
		h.sees("carrier <- hang up (Q.850;cause=27)")
		if len(h.ledger.finished) != 1 || h.ledger.finished[0].EndedBy != "system" {
			t.Errorf("records: %+v", h.ledger.finished)
		}
	})
}

// broken panics when it is asked for its state.
type broken struct{ *fakeVoice }

func (broken) HeldByPeer() bool { panic("out of order") }

func TestPanicEndsItsCallAndNoOther(t *testing.T) {
	inHouse(t, func(h *house) {
		_, alice := talkingTo(h)
		other := h.dials("chloe", "+33612345678")
		h.lines["trunk:main"].does("200", answer("mobile answer"))
		h.forget()
		for _, c := range h.sw.tableNow() {
			if l := c.leg(1); l.user != nil && l.user.ID == "alice" {
				l.voice = broken{l.voice.(*fakeVoice)}
			}
		}
		alice.does("re-INVITE", offered("hold"))
		h.sees(`
			alice -> re-INVITE
			alice <- 200 re-INVITE [answer to hold]
			carrier <- hang up (Q.850;cause=41)
			alice <- hang up (Q.850;cause=41)`)
		if got := h.sw.Counters().Panics; got != 1 {
			t.Errorf("%d panics counted", got)
		}
		if live := h.sw.Calls(); len(live) != 1 || live[0].Direction != Outbound {
			t.Errorf("in progress: %+v", live)
		}
		other.does("BYE", bye())
		if n := len(h.records()); n != 2 {
			t.Errorf("%d records", n)
		}
	})
}

func TestCallThatIsHopelesslyBehindEnds(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		h.forget()
		c := h.sw.tableNow()[0]
		c.box.mu.Lock() // The goroutine cannot take anything while the wire floods it.
		for range mailboxSize {
			c.box.waiting = append(c.box.waiting, letter{wire: happened{ref: caller.ref}})
		}
		c.box.mu.Unlock()
		if caller.sink.Post(happened{ref: caller.ref}) {
			t.Error("a full mailbox takes more")
		}
		h.sees("carrier <- hang up (Q.850;cause=42)")
		if got := h.sw.Counters().Overruns; got != 1 {
			t.Errorf("%d overruns counted", got)
		}
	})
}

func TestStatusChangesDoNotFillAMailbox(t *testing.T) {
	m := newMailbox()
	for range 10 * mailboxSize {
		m.postChange("alice")
		m.postChange("bruno")
	}
	letters, burst := m.take()
	if len(letters) != 2 || burst {
		t.Errorf("%d letters, burst %t; want one of each user", len(letters), burst)
	}
}

func TestPeersAreWhatTheWireMustKnow(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Devices["Alice@Tandem"] = &Device{ID: "x", User: "alice", AOR: "Alice@Tandem", Username: "alice", HA1MD5: "abc"}
		h.snap.Trunks["main"].Sources = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
		h.sw.Reload()
		if len(h.peers.Trunks) != 2 || len(h.peers.Devices) != 5 {
			t.Fatalf("%d trunks, %d devices", len(h.peers.Trunks), len(h.peers.Devices))
		}
		for _, d := range h.peers.Devices {
			if string(d.AOR) != strings.ToLower(string(d.AOR)) {
				t.Errorf("%s is not in small letters", d.AOR)
			}
		}
	})
}

func TestCountersAddUp(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, _ := talkingTo(h)
		if n := h.sw.Counters().Active[Inbound]; n != 1 {
			t.Errorf("%d active", n)
		}
		caller.does("BYE", bye())
		h.records()
		time.Sleep(time.Minute)
		c := h.sw.Counters()
		if c.Active[Inbound] != 0 || c.Total[Inbound][OutcomeAnswered] != 1 {
			t.Errorf("counters: %+v", c)
		}
		var setups uint64
		for _, n := range c.Setup[Inbound].Counts {
			setups += n
		}
		if setups != 1 {
			t.Errorf("%d set-up times, want 1", setups)
		}
	})
}

// audience counts what it is told.
type audience struct {
	changes atomic.Int64
	last    atomic.Pointer[CallInfo]
}

func (a *audience) CallChanged(i *CallInfo) {
	a.changes.Add(1)
	a.last.Store(i)
}

func TestWatcherSeesACallToItsEnd(t *testing.T) {
	inHouse(t, func(h *house) {
		a := &audience{}
		h.sw.watcher = a
		caller, _ := talkingTo(h)
		if got := a.last.Load(); got.Status != CallAnswered || len(got.Users) != 1 {
			t.Errorf("it sees %+v", got)
		}
		caller.does("BYE", bye())
		if got := a.last.Load(); got.Status != CallEnded || got.Outcome != OutcomeAnswered {
			t.Errorf("it sees %+v", got)
		}
	})
}

func TestWireThatNeverComesToRestIsGivenUp(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		caller.does("BYE", bye())
		alice.over = false // Its BYE is never answered.
		if n := len(h.records()); n != 1 {
			t.Fatalf("%d records", n)
		}
		time.Sleep(time.Minute)
		if n := len(h.sw.tableNow()); n != 0 {
			t.Errorf("%d calls are left", n)
		}
	})
}

func TestDeviceWithoutWireIsNotDialled(t *testing.T) {
	inHouse(t, func(h *house) {
		h.dialErr = errors.New("cannot be sent")
		h.rings("0199005678")
		h.sees(`
			carrier -> INVITE 0199005678
			carrier <- 200 [answer to carrier offer]
			carrier hears no_answer`)
	})
}

func TestSwitchNeedsItsNeighbours(t *testing.T) {
	if _, err := NewSwitch(Config{}); err == nil {
		t.Error("a switchboard without media starts")
	}
	if _, err := newSwitch(Config{}, nil); err == nil {
		t.Error("a switchboard without directory starts")
	}
}

func TestNumbersAreMaskedInTheLog(t *testing.T) {
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("x", slog.Any("number", E164("+33639980101")), slog.String("err", maskDigits("no number +33639980101 on this system")))
	if strings.Contains(out.String(), "3998010") {
		t.Error(out.String())
	}
}

func TestTrunkChangeOfAnUnknownTrunkIsHarmless(t *testing.T) {
	inHouse(t, func(h *house) {
		h.sw.TrunkChanged(sip.TrunkState{ID: "nobody", Up: true})
		h.sw.DeviceChanged("nobody@tandem", true)
		h.rings("0199001234").does("BYE", dialog.Ended{By: dialog.EndedByTimeout})
		if r := h.record(); r.Cause.SIP != statusTimeout {
			t.Errorf("cause %+v", r.Cause)
		}
	})
}

func TestEventsOfLegsThatAreNoneAreHarmless(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199001234")
		caller.sink.Post(happened{ref: 77, signals: []dialog.Signal{bye()}})
		caller.voice.open.Sink.Post(media.PlayEnded{Leg: -1})
		synctest.Wait()
		if n := len(h.sw.Calls()); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestMachineThatIsBehindShedsNewCallsButNoEmergency(t *testing.T) {
	inHouse(t, func(h *house) {
		h.ledger.stuck = make(chan struct{})
		for range mostStarting + 1 {
			h.rings("0199001234")
		}
		h.forget()
		h.attempt("late", &sip.Attempt{
			CallID: "late", Trunk: "main", RequestURI: message.Party{User: "0199001234"}, Source: netip.MustParseAddrPort("198.51.100.1:5060"),
		})
		h.dials("alice", "202")
		h.dials("alice", "112")
		h.sees(`
			late -> INVITE 0199001234
			late <- 503 this server has as many calls as it can take
			alice.phone -> INVITE 202
			alice.phone <- 503 this server has as many calls as it can take
			alice.phone/2 -> INVITE 112`)
		close(h.ledger.stuck)
		synctest.Wait()
		if _, called := h.lines["trunk:backup"]; !called {
			t.Error("the emergency call did not go out")
		}
	})
}

func TestMessageThatIsBeingLeftIsKeptWhenTheProcessEnds(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones = nil
		caller := h.rings("0199001234")
		caller.voice.heard()
		caller.voice.heard()
		caller.voice.length = 5 * time.Second
		if err := h.sw.Close(h.t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := h.ledger.finished[0]; r.Voicemail == nil || r.Outcome != OutcomeVoicemail {
			t.Errorf("voicemail %+v, outcome %s", r.Voicemail, r.Outcome)
		}
	})
}
