package media

import (
	"net/netip"
	"testing"
	"time"
)

// watched is a party who is listened to, a second at a time.
type watched struct {
	hearer

	l    listened
	now  int64
	told []AudioChanged
}

// passes lets seconds go by; each does what comes in it.
func (w *watched) passes(seconds int, each func()) {
	for range seconds {
		w.now += int64(time.Second)
		each()
		if e, is := w.look(&w.l, w.now); is {
			w.told = append(w.told, e)
		}
	}
}

func TestWhyAPartyIsNotHeard(t *testing.T) {
	nothing := func(*watched) {}
	voice := func(w *watched) { w.l.packet, w.l.doubts.sound, w.l.doubts.noise = w.now, true, false }
	for _, c := range []struct {
		name  string
		begin func(*watched)
		each  func(*watched)
		want  Fault
		after time.Duration
	}{
		{"no packet", nothing, nothing, FaultNothing, 4 * time.Second},
		{"from elsewhere", nothing, func(w *watched) { w.l.doubts.elsewhere(netip.MustParseAddrPort("192.0.2.9:4000")) }, FaultElsewhere, 4 * time.Second},
		{"another codec", nothing, func(w *watched) { w.l.doubts.unknown(18) }, FaultFormat, 4 * time.Second},
		{"no RTP", nothing, func(w *watched) { w.l.doubts.broken++ }, FaultBroken, 4 * time.Second},
		{"wrong keys", nothing, func(w *watched) { w.l.doubts.sealed += 50 }, FaultKeys, 4 * time.Second},
		{"a page that is not reached", func(w *watched) { w.l.page = true }, nothing, FaultPath, 4 * time.Second},
		{"a page that is, and is mute", func(w *watched) { w.l.page, w.l.path = true, PathUp }, nothing, FaultNothing, 4 * time.Second},
		{"audio that stopped", voice, nothing, FaultStopped, 10 * time.Second},
		{"a microphone that is off", nothing, func(w *watched) { w.l.packet = w.now }, FaultSilence, 20 * time.Second},
		{"noise until then", func(w *watched) { w.l.packet, w.l.doubts.noise = w.now, true }, nothing, FaultStopped, 60 * time.Second},
		{"a talker", nothing, voice, FaultNone, 0},
		{"a listener who says noise now and then", nothing, func(w *watched) {
			if w.now/int64(time.Second)%9 == 0 {
				w.l.packet, w.l.doubts.noise = w.now, true
			}
			if w.now < int64(time.Hour+10*time.Second) {
				voice(w)
			}
		}, FaultNone, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watched{now: int64(time.Hour)}
			w.look(&w.l, w.now)
			w.now++
			c.begin(w)
			w.passes(65, func() { c.each(w) })
			if c.want == FaultNone {
				if len(w.told) != 0 {
					t.Fatalf("told: %+v", w.told)
				}
				return
			}
			if len(w.told) != 1 || w.told[0].Fault != c.want || w.told[0].For < c.after-time.Second || w.told[0].For > c.after+time.Second {
				t.Fatalf("told: %+v, want %s after %s", w.told, c.want, c.after)
			}
			w.passes(2, func() { voice(w) })
			if last := w.told[len(w.told)-1]; len(w.told) != 2 || last.Fault != FaultNone || last.For < 50*time.Second-c.after {
				t.Errorf("told in the end: %+v", w.told)
			}
		})
	}
}
