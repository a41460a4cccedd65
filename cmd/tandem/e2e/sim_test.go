package e2e

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/media/prompt"
	"tandem/sim"
)

// world starts a carrier around a softphone that stands for the product.
func world(t *testing.T) (*sim.World, *softphone.Phone, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	product, err := softphone.New(ctx, softphone.Config{User: "product"})
	if err != nil {
		t.Fatal(err)
	}
	cfg := sim.Config{
		Server: product.Addr(), Carrier: netip.MustParseAddrPort("127.0.0.1:0"), Realm: "tandem", Seed: 1,
		Speech: []*prompt.Prompt{prompt.FromPCM("speech", samples(880, time.Second))}, Log: slog.New(slog.DiscardHandler),
	}
	w, err := sim.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(context.WithoutCancel(ctx)); product.Close() })
	product.Redirect(w.Carrier())
	return w, product, ctx
}

// Each magic callee does what its last three digits say.
func TestMagicCallees(t *testing.T) {
	_, product, ctx := world(t)
	for suffix, want := range map[string]int{"486": 486, "404": 404, "480": 480, "503": 503} {
		call, err := product.Dial("+33639980"+suffix, softphone.DialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := call.Refused(ctx)
		if err != nil || m.Status != want {
			t.Errorf("…%s: %d %v, want %d", suffix, m.Status, err, want)
		}
	}
	for suffix, hz := range map[string]float64{"200": 880, "440": 440} {
		call, err := product.Dial("+33639980"+suffix, softphone.DialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err = call.Answered(ctx); err != nil {
			t.Fatalf("…%s: %v", suffix, err)
		}
		if err = call.Audio.Hears(ctx, hz); err != nil {
			t.Errorf("…%s: %v", suffix, err)
		}
		if err = call.Hangup(ctx); err != nil {
			t.Errorf("…%s: %v", suffix, err)
		}
	}
}

// …600 says back what it hears; …920 hangs up by itself; …930 holds and comes back.
func TestMagicCalleesThatAct(t *testing.T) {
	_, product, ctx := world(t)
	echo, err := product.Dial("+33639980600", softphone.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err = echo.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	echo.Audio.Say(1300)
	if err = echo.Audio.Hears(ctx, 1300); err != nil {
		t.Errorf("…600: %v", err)
	}
	if err = echo.Hangup(ctx); err != nil {
		t.Errorf("…600: %v", err)
	}
	holds, err := product.Dial("+33639980930", softphone.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := product.Dial("+33639980920", softphone.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err = leaves.Ended(ctx); err != nil {
		t.Errorf("…920: %v", err)
	}
	for holds.Count("INVITE") < 2 && ctx.Err() == nil {
		holds.Audio.Wait(ctx, 50*time.Millisecond)
	}
	if n := holds.Count("INVITE"); n != 2 {
		t.Errorf("…930: %d re-INVITEs, want one to hold and one to come back", n)
	}
}

func TestEarlyMediaAndADigit(t *testing.T) {
	_, product, ctx := world(t)
	call, err := product.Dial("+33639980183", softphone.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err = call.Progress(ctx, 183); err != nil {
		t.Fatal(err)
	}
	if err = call.Audio.HearsNext(ctx, 425); err != nil {
		t.Error(err)
	}
	if err = call.Answered(ctx); err != nil {
		t.Error(err)
	}
	if err = call.Hangup(ctx); err != nil {
		t.Error(err)
	}
	call, err = product.Dial("+33639980700", softphone.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err = call.Answered(ctx); err != nil {
		t.Fatal(err)
	}
	for call.Audio.Keys() == "" && ctx.Err() == nil {
		call.Audio.Wait(ctx, 50*time.Millisecond)
	}
	if got := call.Audio.Keys(); got != "1" {
		t.Errorf("heard the keys %q, want 1", got)
	}
}

// A customer calls, listens, and can be talked to.
func TestACustomerCalls(t *testing.T) {
	w, product, ctx := world(t)
	w.Call(ctx, "+33639980101", "+33199001234")
	call, err := product.Incoming(ctx)
	if err != nil {
		t.Fatal(err)
	}
	call.Answer()
	if err = call.Audio.HearsNext(ctx, 880); err != nil {
		t.Error(err)
	}
	if err = call.Hangup(ctx); err != nil {
		t.Error(err)
	}
}
