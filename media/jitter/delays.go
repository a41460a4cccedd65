package jitter

import (
	"slices"
	"time"
)

// delays remembers how long packets took, each against the fastest of the last seconds: clocks of both ends need not agree.
type delays struct {
	clock uint32
	known bool
	base  uint32 // ticks of transit that all others are measured from
	since int64

	ring   [history]int64 // nanoseconds against base
	sorted [history]int64
	n      int // packets so far
	fast   int64
	aim    int64
	floor  int64 // what a packet that came late has asked for; it wears off
}

const (
	history   = 128 // packets: 2.5 s of 20 ms
	refresh   = 16  // packets between two looks at them
	easeAim   = int64(4 * time.Millisecond)
	easeFloor = int64(2 * time.Millisecond)
	margin    = int64(5 * time.Millisecond) // of who asks for packets by a clock of their own
)

func newDelays(clock uint32) delays { return delays{clock: clock, aim: int64(first)} }

// transit is when a packet came less when it was made, in nanoseconds from the first one.
func (d *delays) transit(ts uint32, now int64) int64 {
	return now - d.since - int64(int32(ts-d.base))*int64(time.Second)/int64(d.clock) //nolint:gosec // timestamps wrap
}

// jumped says that a timestamp cannot be of the same stream: the clock contradicts it.
func (d *delays) jumped(ts uint32, now int64) bool {
	if !d.known {
		return false
	}
	t := d.transit(ts, now) - d.fast
	return t > int64(jumpMost) || t < -int64(jumpMost)
}

// add takes a packet, and says by how much it came later than the fastest.
func (d *delays) add(ts uint32, now int64) int64 {
	if !d.known {
		d.known, d.base, d.since, d.n = true, ts, now, 0
		d.fast = 0
	}
	t := d.transit(ts, now)
	d.ring[d.n%history] = t
	d.n++
	d.fast = min(d.fast, t)
	if d.n%refresh == 0 {
		d.look()
		d.rebase(ts, now)
	}
	return t - d.fast
}

// look finds what 95 of 100 packets need.
func (d *delays) look() {
	all := d.sorted[:copy(d.sorted[:], d.ring[:min(d.n, history)])]
	slices.Sort(all)
	d.fast = all[0]
	want := all[len(all)*95/100] - all[0] + margin
	d.floor = max(d.floor-easeFloor, 0)
	d.aim = max(want, d.aim-easeAim)
}

// rebase keeps the differences of timestamps small, however long the call.
func (d *delays) rebase(ts uint32, now int64) {
	if d.n < history || d.n%(history*8) != 0 {
		return
	}
	shift := d.transit(ts, now)
	d.base, d.since = ts, now
	for i := range d.ring {
		d.ring[i] -= shift
	}
	d.fast -= shift
}

// lift takes that a packet came too late by that much.
func (d *delays) lift(late int64) { d.floor = max(d.floor, min(late+margin, int64(most))) }

// of is how long after the fastest packet could have been played one is, that is played now.
func (d *delays) of(ts uint32, now int64) int64 { return d.transit(ts, now) - d.fast }

// target is what of should be.
func (d *delays) target() int64 { return min(max(d.aim, d.floor, int64(least)), int64(most)) }

// reset forgets the packets; what was learned of the way is kept.
func (d *delays) reset() { d.known = false }
