package e2e

import (
	"math"
	"net/netip"
	"testing"

	"tandem/loadtest/softphone"
)

// digitSite is the office with three carriers, tried in this order: one that sends and takes digits by INFO alone, one as most are, and one that knows tones alone.
func digitSite() string {
	return replace(callsSite(), `sources = ["{net}.2"]`, `sources = ["{net}.2"]
terms = { digits_in = "info", digits_out = "info" }`) + `
[[trunks]]
name = "usual"
sources = ["{net}.3"]
servers = ["sip:{net}.3:5060"]
country = "FR"
priority = 1
media_allow = ["127.0.0.0/8"]
[[trunks]]
name = "tones"
sources = ["{net}.200"]
servers = ["sip:{net}.200:5060"]
country = "FR"
priority = 2
media_allow = ["127.0.0.0/8"]
terms = { digits_in = "inband", digits_out = "inband" }
`
}

// threeCarriers opens them.
func (o *office) threeCarriers() (info, usual, tones *softphone.Phone) {
	o.t.Helper()
	at := func(host string) *softphone.Phone {
		return o.phoneAt(softphone.Config{Bind: netip.MustParseAddrPort(o.net + host + ":5060"), User: "+33639980101"})
	}
	return at(".2"), at(".3"), at(".200")
}

// Whatever way a carrier's digits come by, they choose in a menu and dial an extension while a message plays: by INFO in both its forms, and as tones that are
// listened for because the terms say so.
func TestSpec_X2_X3_X6_K3_DigitsComeByTheTermsOfATrunk(t *testing.T) {
	onBoth(t, digitSite(), func(o *office) {
		info, usual, tones := o.threeCarriers()
		david := o.phone("david-desk")
		for _, c := range []struct {
			carrier *softphone.Phone
			path    softphone.DigitPath
		}{{info, softphone.ByInfo}, {info, softphone.ByPlain}, {usual, softphone.ByEvent}, {tones, softphone.ByTone}} {
			menu := o.dial(c.carrier, numberMenu)
			o.hears(menu, hzMenu)
			menu.Press(o.ctx, c.path, "7")
			o.hears(menu, hzOther)
			o.ok(menu.Hangup(o.ctx))

			call := o.dial(c.carrier, numberMessage)
			o.hears(call, hzWelcome)
			call.Press(o.ctx, c.path, "204")
			rung := o.rings(david)
			rung.Answer()
			o.talk(call, rung)
			o.ok(rung.Hangup(o.ctx))
			o.ok(call.Ended(o.ctx))
		}
	})
}

// A call from one carrier to another: digits come by the one's way and go on by the other's, whole, and by no second way beside it.
func TestSpec_C3_DigitsGoOutByTheTermsOfATrunk(t *testing.T) {
	onBoth(t, digitSite(), func(o *office) {
		info, usual, tones := o.threeCarriers()
		way := []*softphone.Phone{info, usual, tones}
		for _, c := range []struct {
			from *softphone.Phone
			path softphone.DigitPath
			to   int
		}{{usual, softphone.ByEvent, 0}, {tones, softphone.ByTone, 1}, {info, softphone.ByInfo, 2}, {usual, softphone.ByEvent, 2}} {
			call := o.call(c.from, numberOut)
			for _, full := range way[:c.to] {
				refused, err := full.Incoming(o.ctx)
				o.ok(err)
				refused.Reject(503)
			}
			far := o.rings(way[c.to])
			far.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, far)
			call.Press(o.ctx, c.path, "17#")
			got := func() [3]string {
				return [3]string{far.InfoKeys(), far.Audio.Keys(), keysHeard(far.Audio.Recording())}
			}
			var want [3]string
			want[c.to] = "17#"
			for got() != want && o.ctx.Err() == nil {
				far.Audio.Wait(o.ctx, 10*softphone.FrameTime)
			}
			far.Audio.Wait(o.ctx, 10*softphone.FrameTime) // for what comes twice
			if came := got(); came != want {
				t.Errorf("from %s, by INFO, as events and as tones came %q, want %q", c.path, came, want)
			}
			o.ok(far.Hangup(o.ctx))
			o.ok(call.Ended(o.ctx))
		}
	})
}

// keysHeard reads keys out of sound by the pairs of frequencies of ITU-T Q.23: 40 ms that are little else but one of the low group and one of the high.
func keysHeard(pcm []int16) string {
	const block, keys = 320, "123A456B789C*0#D"
	var out []byte
	last := -1
	for ; len(pcm) >= block; pcm = pcm[block/2:] {
		row, r := strongest(pcm[:block], 697, 770, 852, 941)
		col, c := strongest(pcm[:block], 1209, 1336, 1477, 1633)
		key := 4*row + col
		if r < 0.3 || c < 0.3 || r+c < 0.8 {
			key = -1
		}
		if key >= 0 && key != last {
			out = append(out, keys[key])
		}
		last = key
	}
	return string(out)
}

// strongest says which of some frequencies has the most of the energy, and its share.
func strongest(pcm []int16, hz ...float64) (which int, share float64) {
	total := 1.0
	for _, v := range pcm {
		total += float64(v) * float64(v)
	}
	for i, f := range hz {
		var re, im float64
		for n, v := range pcm {
			s, c := math.Sincos(2 * math.Pi * f * float64(n) / 8000)
			re += float64(v) * c
			im += float64(v) * s
		}
		if x := 2 * (re*re + im*im) / (float64(len(pcm)) * total); x > share {
			which, share = i, x
		}
	}
	return which, share
}
