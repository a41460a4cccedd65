package e2e

import (
	"regexp"
	"testing"

	"tandem/loadtest/softphone"
	"tandem/media/srtp"
)

// A phone that speaks G.722 alone calls one of A-law, and one whose voice is encrypted over TLS calls one of µ-law: each hears the other, and
// keys pass between them.
func TestPhonesOfDifferentCodecsAndSecrecyHearEachOther(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		for i, c := range []struct {
			caller, callee softphone.Config
			codec          string // of the caller's leg
		}{
			{softphone.Config{Formats: []string{"G722", "telephone-event"}}, softphone.Config{Formats: []string{"PCMA", "telephone-event"}}, "G722"},
			{softphone.Config{Network: "tls", Seal: srtp.AES128SHA80}, softphone.Config{Formats: []string{"PCMU", "telephone-event"}}, "PCMA"},
			{softphone.Config{}, softphone.Config{Network: "tls", Seal: srtp.AES256GCM}, "PCMA"},
		} {
			c.caller.Bind, c.caller.Who = o.host(), credentials("alice-desk")
			c.callee.Bind, c.callee.Who = o.host(), credentials("chloe-desk")
			alice, chloe := o.phoneAt(c.caller), o.phoneAt(c.callee)
			o.ok(alice.Register(o.ctx, 600))
			o.ok(chloe.Register(o.ctx, 600))
			call := o.call(alice, "203")
			rung := o.rings(chloe)
			rung.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, rung)
			call.Audio.Events(o.ctx, "42#")
			for len(rung.Audio.Keys()) < 3 && o.ctx.Err() == nil {
				rung.Audio.Wait(o.ctx, softphone.FrameTime) // what was sent may still be on its way
			}
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
			if got := rung.Audio.Keys(); got != "42#" {
				t.Errorf("the keys that came are %q", got)
			}
			if got := o.log(i + 1)[0]; len(got.Legs) == 0 || got.Legs[0].Codec != c.codec || got.Outcome != "answered" {
				t.Errorf("the record is %+v", got)
			}
			o.ok(alice.Register(o.ctx, 0))
			o.ok(chloe.Register(o.ctx, 0))
		}
		for _, c := range o.log(3) {
			out, err := o.run("calls", "show", c.ID, "--sip", "-c", o.dir+"/tandem.toml")
			o.ok(err)
			if regexp.MustCompile(`inline:[^.]`).MatchString(out) {
				t.Errorf("the ladder shows a key:\n%s", out)
			}
		}
	})
}
