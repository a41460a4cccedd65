package sim_test

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"tandem/sim"
	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// product is the other end of the carrier's line: it asks the line how it is, and calls over it.
type product struct {
	line chan sip.TrunkState
	came chan struct{}
}

func (p product) Invite(a *sip.Attempt) {
	p.came <- struct{}{}
	a.Refuse(486, "", 0)
}

func (p product) TrunkChanged(s sip.TrunkState) { p.line <- s }

func (product) DeviceChanged(message.AOR, sip.Registered) {}

// within waits for something that the other side does.
func within[T any](t *testing.T, what string, c <-chan T, is func(T) bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		select {
		case v := <-c:
			if is(v) {
				return
			}
		case <-deadline.C:
			t.Fatalf("this did not come: %s", what)
		}
	}
}

// The trunk is seen to go down and to come back, and customers get through only while it is up.
func TestLineGoesDownAndComesBack(t *testing.T) {
	p := product{line: make(chan sip.TrunkState, 100), came: make(chan struct{}, 100)}
	stack, err := sip.New(sip.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: netip.MustParseAddrPort("127.0.0.1:0")}}, Log: slog.New(slog.DiscardHandler),
	}, p)
	if err != nil {
		t.Fatal(err)
	}
	if err = stack.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Close(context.WithoutCancel(t.Context())) })
	world, err := sim.Start(t.Context(), sim.Config{
		Server: stack.Listeners()[0].Bind, Carrier: netip.MustParseAddrPort("127.0.0.2:0"), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { world.Close(context.WithoutCancel(t.Context())) })
	carrier := world.Carrier()
	stack.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{
		ID: "carrier", Sources: []netip.Prefix{netip.PrefixFrom(carrier.Addr(), 32)}, Servers: []string{"sip:" + carrier.String()},
		OptionsEvery: 100 * time.Millisecond,
	}}})
	up := func(s sip.TrunkState) bool { return s.Up && s.LastStatus == 200 }
	within(t, "the line answers", p.line, up)
	world.Call(t.Context(), "+33639980101", "+33199001234")
	within(t, "a customer's call", p.came, func(struct{}) bool { return true })

	world.SetLine(sim.LineDown)
	within(t, "the line is down", p.line, func(s sip.TrunkState) bool { return !s.Up && s.LastStatus == 503 })
	world.Call(t.Context(), "+33639980101", "+33199001234")

	world.SetLine(sim.LineUp)
	within(t, "the line is back", p.line, up)
	if len(p.came) > 0 {
		t.Error("a customer got through while the line was down")
	}
	world.Call(t.Context(), "+33639980101", "+33199001234")
	within(t, "a customer's call again", p.came, func(struct{}) bool { return true })
}
