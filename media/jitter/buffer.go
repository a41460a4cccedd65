// Package jitter holds packets until it is their turn to be heard. It has no clock and no goroutine: who plays says what time it is and
// asks for the next packet, each time that it needs one. What comes may last any time, and may pause.
package jitter

import "time"

// Limits.
const (
	slots = 64
	size  = 512 // bytes of a packet: 60 ms of 64 kbit/s and more

	least      = 20 * time.Millisecond // of what it waits
	first      = 40 * time.Millisecond // before it knows better
	most       = 200 * time.Millisecond
	starveMost = 100 * time.Millisecond // of sound made up for what does not come, until it waits for a new beginning
	jumpMost   = 2 * time.Second        // beyond which a timestamp says that the stream goes on elsewhere
	stepMost   = 120 * time.Millisecond // of one packet
	shrinkRest = 200 * time.Millisecond // between two frames that are left out
	growRest   = 60 * time.Millisecond  // and two that are put in
)

// Buffer is a jitter buffer for one stream. What it waits is what 95 of 100 packets of the last seconds needed; it grows at once when packets
// come late, and shrinks slowly when they do not, by a frame at a time, in silence where there is some. A peer whose clock runs faster or
// slower is followed by the same steps. Its owner locks it.
type Buffer struct {
	clock uint32 // ticks a second

	slot    [slots]packet
	held    int
	ssrc    uint32
	begun   bool // something came
	playing bool
	next    uint16 // to be played
	due     uint32 // its timestamp, if nothing pauses
	step    uint32 // how long a packet lasts
	waited  int    // turns made up for next, which may be late only
	moved   int64  // when a frame was put in or left out

	delay delays

	Late, Lost, Dropped, Grown uint64
}

// New makes one for a stream whose timestamps count so many ticks a second.
func New(clock uint32) *Buffer {
	return &Buffer{clock: clock, step: clock / 50, delay: newDelays(clock)}
}

type packet struct {
	used bool
	seq  uint16
	ts   uint32
	kind uint8
	n    int
	b    [size]byte
}

// Packet is one of the stream. Kind is the owner's; Ticks is how long it lasts, 0 where nobody knows.
type Packet struct {
	Ticks     uint32
	Seq       uint16
	Timestamp uint32
	SSRC      uint32
	Kind      uint8
	Payload   []byte
}

// Add takes a packet that came at now, in nanoseconds. One that comes after its turn is counted and lost; so is one that is longer than any voice.
func (j *Buffer) Add(p Packet, now int64) {
	if len(p.Payload) > size || len(p.Payload) == 0 {
		j.Dropped++
		return
	}
	ahead := int(int16(p.Seq - j.next)) //nolint:gosec // wraps on purpose
	if !j.begun || p.SSRC != j.ssrc || ahead >= slots || ahead < -slots || j.delay.jumped(p.Timestamp, now) {
		j.restart(&p)
		ahead = 0
	}
	late := j.delay.add(p.Timestamp, now)
	switch {
	case ahead < 0 && j.playing:
		j.Late++
		j.delay.lift(late)
		return
	case ahead < 0 && j.held > 0:
		j.next, j.due = p.Seq, p.Timestamp // not begun yet: it goes first
	case ahead < 0:
		j.Late++
		return
	}
	if p.Ticks > 0 && p.Ticks <= j.ticks(stepMost) {
		j.step = p.Ticks
	}
	j.keep(&p)
}

func (j *Buffer) keep(p *Packet) {
	s := &j.slot[p.Seq%slots]
	if s.used && s.seq == p.Seq {
		return
	}
	if !s.used {
		j.held++
	}
	s.used, s.seq, s.ts, s.kind = true, p.Seq, p.Timestamp, p.Kind
	s.n = copy(s.b[:], p.Payload)
}

func (j *Buffer) ticks(d time.Duration) uint32 {
	return uint32(int64(d) * int64(j.clock) / int64(time.Second) & 0xFFFFFFFF)
}

// restart forgets all: the stream goes on elsewhere.
func (j *Buffer) restart(p *Packet) {
	for i := range j.slot {
		j.slot[i].used, j.slot[i].n = false, 0
	}
	j.held, j.waited = 0, 0
	j.begun, j.playing = true, false
	j.ssrc, j.next, j.due = p.SSRC, p.Seq, p.Timestamp
	j.delay.reset()
}

// Step is how long a packet of the stream lasts.
func (j *Buffer) Step() time.Duration {
	return time.Duration(j.step) * time.Second / time.Duration(j.clock)
}

// Turn is what is to be heard now.
type Turn int

// The turns.
const (
	Nothing Turn = iota // the stream has not begun, or pauses: nothing is made up
	Heard               // the packet
	Missing             // it is lost, or a frame is put in; what is given is the packet after it, if that has come, which may repeat it
	Pause               // the sender said nothing for as long as a packet lasts, and goes on later
)

// Sound says whether what was played last could be heard: where it could not, nobody hears that a frame is left out.
type Sound int

// The sounds.
const (
	Loud Sound = iota
	Quiet
)

// Pop gives the next packet, which is played at now. Its payload is valid until the next call.
func (j *Buffer) Pop(now int64, s Sound) (Turn, Packet) {
	if !j.playing && !j.begin(now) {
		return Nothing, Packet{}
	}
	for j.held > 0 {
		p := &j.slot[j.next%slots]
		if !p.used || p.seq != j.next {
			if j.pass() {
				return Missing, j.after()
			}
			continue
		}
		if gap := int32(p.ts - j.due); gap >= int32(j.step) { //nolint:gosec // wraps on purpose
			j.due += j.step
			return Pause, Packet{}
		}
		switch j.adapt(p.ts, now, s) {
		case grow:
			return Missing, Packet{}
		case shrink:
			j.take(p)
			j.Dropped++
			continue
		case stay:
		}
		return Heard, j.take(p)
	}
	return j.starve()
}

// begin says whether the first packet has waited long enough.
func (j *Buffer) begin(now int64) bool {
	if j.held == 0 {
		return false
	}
	for !j.here(j.next) {
		j.next++
	}
	p := &j.slot[j.next%slots]
	if j.delay.of(p.ts, now) < j.delay.target() {
		return false
	}
	j.playing, j.waited, j.due = true, 0, p.ts
	return true
}

// take gives a packet and goes on to the next.
func (j *Buffer) take(p *packet) Packet {
	p.used = false
	j.held--
	j.next++
	j.waited = 0
	j.due = p.ts + j.step
	return Packet{Seq: p.seq, Timestamp: p.ts, SSRC: j.ssrc, Kind: p.kind, Payload: p.b[:p.n]}
}

// pass gives a packet up that is lost, since a later one has come; it says whether something is to be made up for it, which may have been done
// while it was waited for.
func (j *Buffer) pass() bool {
	j.next++
	j.due += j.step
	j.Lost++
	if j.waited > 0 {
		j.waited--
		return false
	}
	return true
}

// after is the packet that comes now, if it is here.
func (j *Buffer) after() Packet {
	if !j.here(j.next) {
		return Packet{}
	}
	p := &j.slot[j.next%slots]
	return Packet{Seq: p.seq, Timestamp: p.ts, SSRC: j.ssrc, Kind: p.kind, Payload: p.b[:p.n]}
}

func (j *Buffer) here(seq uint16) bool {
	p := &j.slot[seq%slots]
	return p.used && p.seq == seq
}

// starve is a turn with nothing there: its number is kept, since it may be late only.
func (j *Buffer) starve() (Turn, Packet) {
	j.waited++
	if uint32(j.waited)*j.step > j.ticks(starveMost) { //nolint:gosec // a few
		j.playing, j.waited = false, 0
		return Nothing, Packet{}
	}
	return Missing, Packet{}
}

// change is what is done to how long packets wait.
type change int

const (
	stay change = iota
	grow
	shrink
)

// adapt compares how long the packet has waited, counted from the fastest that came, with what is aimed at.
func (j *Buffer) adapt(ts uint32, now int64, s Sound) change {
	aim, have := j.delay.target(), j.delay.of(ts, now)
	step := int64(j.Step())
	rest := now - j.moved
	switch {
	case have+step/2 < aim && rest >= int64(growRest):
		j.moved = now
		j.Grown++
		return grow
	case have < aim+3*step/2 || rest < int64(shrinkRest) || !j.here(j.next+1):
		return stay
	case s == Loud && have < aim+4*step && rest < 5*int64(shrinkRest):
		return stay
	}
	j.moved = now
	return shrink
}
