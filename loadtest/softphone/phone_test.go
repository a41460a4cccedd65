package softphone

import (
	"context"
	"testing"
	"time"
)

func pair(t *testing.T, formats ...string) (a, b *Phone) {
	t.Helper()
	b, err := New(t.Context(), Config{User: "bob", Formats: formats})
	if err != nil {
		t.Fatal(err)
	}
	a, err = New(t.Context(), Config{User: "alice", Server: b.Addr(), Formats: formats})
	if err != nil {
		t.Fatal(err)
	}
	b.cfg.Server = a.Addr()
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// Two phones with nothing between them: what the one says the other hears, keys included; so what a test hears later is the product's doing.
func TestTwoPhonesTalk(t *testing.T) {
	for _, law := range []string{"PCMA", "PCMU"} {
		t.Run(law, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			a, b := pair(t, law, "telephone-event")
			call, err := a.Dial("bob", DialOptions{})
			if err != nil {
				t.Fatal(err)
			}
			rung, err := b.Incoming(ctx)
			if err != nil {
				t.Fatal(err)
			}
			rung.Ring()
			if err := call.Progress(ctx, 180); err != nil {
				t.Fatal(err)
			}
			rung.Answer()
			if err := call.Answered(ctx); err != nil {
				t.Fatal(err)
			}
			call.Audio.Say(500)
			rung.Audio.Say(900)
			if err := rung.Audio.Hears(ctx, 500); err != nil {
				t.Error(err)
			}
			if err := call.Audio.Hears(ctx, 900); err != nil {
				t.Error(err)
			}
			if call.Audio.Tone(500) {
				t.Error("hears its own tone")
			}
			call.Press(ctx, ByEvent, "204#")
			for rung.Audio.Keys() != "204#" && ctx.Err() == nil { // the last is still on its way
				rung.Audio.Wait(ctx, frameTime)
			}
			if err := call.Hangup(ctx); err != nil {
				t.Fatal(err)
			}
			if got := rung.Audio.Keys(); got != "204#" {
				t.Errorf("keys heard: %q, want 204#", got)
			}
			if s := rung.Audio.Stream(); s.Breaks != 0 || s.SSRCs != 1 {
				t.Errorf("stream: %+v, want no break and one SSRC", s)
			}
		})
	}
}

func TestACancelledCallIsTold(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, b := pair(t)
	call, err := a.Dial("bob", DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rung, err := b.Incoming(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rung.Ring()
	if err = call.Cancel(ctx, "Reason: SIP;cause=200"); err != nil {
		t.Fatal(err)
	}
	m, err := rung.Got(ctx, "CANCEL")
	if err != nil || m.Get("Reason") != "SIP;cause=200" {
		t.Errorf("CANCEL with Reason %q (%v)", m.Get("Reason"), err)
	}
	if got := call.Final().Status; got != 487 {
		t.Errorf("the INVITE ended with %d, want 487", got)
	}
}

// The laws are those of G.711: every code decodes to a value that encodes to it again, and the extremes are the standard's.
func TestLawsAreTheStandards(t *testing.T) {
	for _, l := range []law{aLaw{}, muLaw{}} {
		for c := range 256 {
			v := l.decode(byte(c))
			if got := l.encode(v); got != byte(c) && v != 0 {
				t.Errorf("%T: code %02x decodes to %d, which encodes to %02x", l, c, v, got)
			}
		}
	}
	for code, want := range map[byte]int16{0xd5: 8, 0x55: -8, 0xaa: 32256, 0x2a: -32256} {
		if got := (aLaw{}).decode(code); got != want {
			t.Errorf("A-law %02x is %d, want %d", code, got, want)
		}
	}
	for code, want := range map[byte]int16{0xff: 0, 0x80: 32124, 0x00: -32124} {
		if got := (muLaw{}).decode(code); got != want {
			t.Errorf("µ-law %02x is %d, want %d", code, got, want)
		}
	}
}
