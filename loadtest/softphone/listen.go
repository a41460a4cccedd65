package softphone

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"
)

// Hears waits until a tone of hz is what is heard, for 200 ms on end from now on.
func (a *Audio) Hears(ctx context.Context, hz float64) error {
	return a.await(ctx, fmt.Sprintf("does not hear %.0f Hz", hz), a.now(), tone(hz))
}

// HearsNext waits for a tone as Hears does, but from where the one before it was heard, or from the beginning of the call: one that lasts for a second may be
// over when somebody begins to listen.
func (a *Audio) HearsNext(ctx context.Context, hz float64) error {
	a.mu.Lock()
	from := a.listened
	a.mu.Unlock()
	return a.await(ctx, fmt.Sprintf("does not hear %.0f Hz next", hz), from, tone(hz))
}

func tone(hz float64) func([]int16) bool {
	return func(last []int16) bool { return Sounds(last, hz) }
}

// Sounds says whether a tone is what is heard in a piece of a recording.
func Sounds(pcm []int16, hz float64) Heard { return loud(pcm) > audible && share(pcm, hz) > dominant }

// HearsSilence waits until nothing is heard for 200 ms on end while packets go on, or no packet comes for that long.
func (a *Audio) HearsSilence(ctx context.Context) error {
	return a.await(ctx, "does not hear silence", a.now(), func(last []int16) bool { return loud(last) <= audible })
}

// HearsSomething waits until there is anything to hear.
func (a *Audio) HearsSomething(ctx context.Context) error {
	return a.await(ctx, "hears nothing", a.now(), func(last []int16) bool { return loud(last) > audible })
}

// now is how many samples came so far.
func (a *Audio) now() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.forgotten + len(a.heard)
}

func (a *Audio) await(ctx context.Context, what string, from int, test func(last []int16) bool) error {
	for {
		a.mu.Lock()
		ok, changed := a.search(&from, test), a.changed
		a.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s but %s: %w", what, a.Describe(), context.Cause(ctx))
		}
	}
}

// search looks for 200 ms that pass, frame by frame from a sample on, and moves on to the first that it has not tried: who listens may come late. The caller holds
// the lock.
func (a *Audio) search(from *int, test func(last []int16) bool) bool {
	for *from = max(*from, a.forgotten); *from+window <= a.forgotten+len(a.heard); *from += samples {
		if at := *from - a.forgotten; test(a.heard[at : at+window]) {
			a.listened = *from + window
			return true
		}
	}
	return false
}

// Describe says what was heard last, for people.
func (a *Audio) Describe() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := a.heard[max(len(a.heard)-window, 0):]
	best, at := 0.0, 0.0
	for hz := 200.0; hz < 3400; hz += 10 {
		if s := share(last, hz); s > best {
			best, at = s, hz
		}
	}
	return fmt.Sprintf("%d packets, level %.0f, mostly %.0f Hz (%.0f %%)", a.packets, loud(last), at, best*100)
}

// Tone says whether the last 200 ms are that tone.
func (a *Audio) Tone(hz float64) Heard {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := a.heard[max(len(a.heard)-window, 0):]
	return len(last) == window && Sounds(last, hz)
}

// Overheard says how much of a tone somebody on the way could hear in the last 200 ms of an encrypted stream, as if it were plain A-law: 0 to 1. One who
// speaks in the clear gives 1.
func (a *Audio) Overheard(hz float64) float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sealed == nil {
		return 1
	}
	return share(a.raw[max(len(a.raw)-window, 0):], hz)
}

// Secrets are the keys of the call's media, of both sides, as SDP writes them: no log may have them.
func (a *Audio) Secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sealed == nil {
		return nil
	}
	return slices.Clone(a.sealed.seen)
}

// Heard says whether a sound was there.
type Heard = bool

// Keys are the RFC 4733 keys that came.
func (a *Audio) Keys() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keys.String()
}

// Stream says how whole the received stream was.
type Stream struct {
	Packets int
	Breaks  int // where sequence or timestamp did not follow
	SSRCs   int
	SSRC    uint32 // the last
	Sources map[netip.AddrPort]int
}

// Stream counts what came.
func (a *Audio) Stream() Stream {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Stream{Packets: a.packets, Breaks: a.breaks, SSRCs: len(a.ssrcs), Sources: maps.Clone(a.sources)}
	if len(a.ssrcs) > 0 {
		s.SSRC = a.ssrcs[len(a.ssrcs)-1]
	}
	return s
}

// Recording is what was heard, up to half a minute of it.
func (a *Audio) Recording() []int16 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]int16(nil), a.heard...)
}

// Wait lets that much time pass.
func (a *Audio) Wait(ctx context.Context, d time.Duration) { wait(ctx, d) }

func loud(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(max(len(pcm), 1)))
}

// share is the part of the energy that lies at hz (Goertzel over the whole window: 5 Hz wide).
func share(pcm []int16, hz float64) float64 {
	k := 2 * math.Cos(2*math.Pi*hz/rate)
	var s1, s2, total float64
	for _, v := range pcm {
		x := float64(v)
		s1, s2 = x+k*s1-s2, s1
		total += x * x
	}
	if total == 0 {
		return 0
	}
	power := s1*s1 + s2*s2 - k*s1*s2
	return 2 * power / (total * float64(len(pcm)))
}
