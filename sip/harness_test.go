package sip_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/resolve/resolvetest"
	"tandem/sip/transport"
)

// patience is how long what must come is waited for; what must not come is waited for in vain for much less.
const patience = 30 * time.Second

// house is a Stack on loopback with an owner for all its legs.
type house struct {
	*sip.Stack

	t        testing.TB
	attempts chan *sip.Attempt
	trunks   chan sip.TrunkState
	devices  chan string
	owner    *owner
	refuse   func(*sip.Attempt) // where set, decides instead of the owner
}

// owner is the goroutine that owns the legs, as a call does.
type owner struct {
	mailbox  chan dialog.Event
	commands chan func()
	signals  chan told
	legs     []*dialog.Leg
	done     chan struct{}
}

type told struct {
	ref    dialog.Ref
	signal dialog.Signal
}

func (o *owner) Post(e dialog.Event) bool {
	select {
	case o.mailbox <- e:
		return true
	case <-o.done:
		return false
	}
}

func (o *owner) run(ctx context.Context) {
	defer close(o.done)
	for {
		select {
		case e := <-o.mailbox:
			for _, s := range o.legs[e.Of()].Step(e) {
				o.signals <- told{e.Of(), s}
			}
		case f := <-o.commands:
			f()
		case <-ctx.Done():
			return
		}
	}
}

// do runs a command on the owner's goroutine and waits for it.
func (o *owner) do(f func()) {
	done := make(chan struct{})
	o.commands <- func() { f(); close(done) }
	<-done
}

// adopt makes a leg under the next ref.
func (o *owner) adopt(leg func(ref dialog.Ref) *dialog.Leg) (ref dialog.Ref) {
	o.do(func() {
		ref = dialog.Ref(len(o.legs))
		o.legs = append(o.legs, nil)
		o.legs[ref] = leg(ref)
	})
	return ref
}

func (h *house) Invite(a *sip.Attempt) {
	if h.refuse != nil {
		h.refuse(a)
		return
	}
	h.owner.adopt(func(ref dialog.Ref) *dialog.Leg { return a.Accept(h.owner, ref) })
	h.attempts <- a
}
func (h *house) TrunkChanged(s sip.TrunkState) { h.trunks <- s }
func (h *house) DeviceChanged(aor message.AOR, r sip.Registered) {
	h.devices <- fmt.Sprint(aor, " ", bool(r))
}

// open starts a house that listens on UDP and TCP at 127.0.0.1.
func open(tb testing.TB, change ...func(*sip.Config)) *house {
	tb.Helper()
	h := &house{
		t: tb, attempts: make(chan *sip.Attempt, 1000), trunks: make(chan sip.TrunkState, 1000), devices: make(chan string, 1000),
		owner: &owner{
			mailbox: make(chan dialog.Event, 1000), commands: make(chan func()), signals: make(chan told, 10000), done: make(chan struct{}),
		},
	}
	local := netip.MustParseAddrPort("127.0.0.1:0")
	cfg := sip.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: local}, {Network: transport.TCP, Bind: local}},
		Realm:     "example.test", Log: slog.New(slog.DiscardHandler),
		Limits: transport.Limits{Rate: 1e6, Burst: 1e6},
	}
	for _, c := range change {
		c(&cfg)
	}
	if cfg.DNS == nil { // no name server outside of the test is asked
		cfg.DNS = []netip.AddrPort{resolvetest.Start(tb, "").At}
	}
	var err error
	if h.Stack, err = sip.New(cfg, h); err != nil {
		tb.Fatal(err)
	}
	if err := h.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go h.owner.run(ctx)
	tb.Cleanup(func() {
		stop, done := context.WithTimeout(context.Background(), patience)
		defer done()
		if err := h.Close(stop); err != nil {
			tb.Error(err)
		}
		cancel()
		<-h.owner.done
	})
	return h
}

// at is where the house listens.
func (h *house) at(n transport.Network) netip.AddrPort {
	for _, l := range h.Listeners() {
		if l.Network == n {
			return l.Bind
		}
	}
	h.t.Fatal("no listener")
	return netip.AddrPort{}
}

// near is where the house listens for a peer: at an address of the same family.
func (h *house) near(n transport.Network, peer netip.Addr) netip.AddrPort {
	for _, l := range h.Listeners() {
		if l.Network == n && l.Bind.Addr().Is4() == peer.Is4() {
			return l.Bind
		}
	}
	h.t.Fatal("no listener of that family")
	return netip.AddrPort{}
}

// attempt waits for the next one.
func (h *house) attempt() *sip.Attempt {
	h.t.Helper()
	select {
	case a := <-h.attempts:
		return a
	case <-time.After(patience):
		h.t.Fatal("no attempt")
		return nil
	}
}

// leg runs a command on a leg.
func (h *house) leg(ref dialog.Ref, f func(*dialog.Leg) error) {
	h.t.Helper()
	var err error
	h.owner.do(func() { err = f(h.owner.legs[ref]) })
	if err != nil {
		h.t.Fatal(err)
	}
}

// signal waits for the next signal, which has to be of that type.
func signal[S dialog.Signal](h *house) S {
	h.t.Helper()
	select {
	case got := <-h.owner.signals:
		s, ok := got.signal.(S)
		if !ok {
			h.t.Fatalf("signal %T %+v, want %T", got.signal, got.signal, s)
		}
		return s
	case <-time.After(patience):
		var s S
		h.t.Fatalf("no signal, want %T", s)
		return s
	}
}

// over waits until a leg has nothing left on the wire.
func (h *house) over(ref dialog.Ref) {
	h.t.Helper()
	for range patience / (10 * time.Millisecond) {
		var over bool
		h.owner.do(func() { over = h.owner.legs[ref].Over() })
		if over {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatal("the leg is not over")
}

// dial sends an INVITE.
func (h *house) dial(d sip.Dial) dialog.Ref {
	h.t.Helper()
	var err error
	ref := h.owner.adopt(func(ref dialog.Ref) *dialog.Leg {
		var l *dialog.Leg
		l, err = h.Dial(d, h.owner, ref)
		return l
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ref
}

func parsePrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func parseAddrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
