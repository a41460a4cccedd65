package dtmf

import (
	"math"
	"time"
)

// How a hop is judged. Powers are ratios.
const (
	hopsKept    = 16
	present     = 0.25 // of the strongest hop: half its amplitude, which a window shows where the tone begins and ends
	inside      = 0.80 // of the strongest hop: the window lies inside the tone
	looseShare  = 0.50 // of a hop's energy in the two tones, to look closer
	firmShare   = 0.85 // of a key's energy in the two tones
	steadyShare = 0.95 // of a tone's power that turns at one speed
)

// state is where a Detector stands.
//
//	idle → maybe → on ⇄ gap
//	  ↑______↓______________↓
type state int

const (
	idle  state = iota
	maybe       // two tones, not yet long enough to be sure
	on          // told as Began
	gap         // still for less than MinOff
)

// Detector listens to one stream for keys. It belongs to one goroutine and does not allocate.
type Detector struct {
	opt    Options
	limits limits
	front  front
	bank   bank

	rest    [blockIn]float32 // samples that do not fill a block yet
	filled  int
	x       [window]float32
	lost    [3]bool // of the blocks in x
	wide    [3]float32
	hops    [hopsKept]hop
	count   int // hops so far
	state   state
	row     int
	col     int
	first   int     // the candidate's first hop
	peak    float32 // its strongest
	start   float64 // in hops
	still   float64 // since when it has been silent, in hops
	level   float64
	events  [4]Event
	pending int
}

type limits struct {
	on, off        float64 // in hops
	twist, reverse float32
	floor          float32 // power in the bank
}

// NewDetector makes one.
func NewDetector(o Options) *Detector {
	o = o.withDefaults()
	d := &Detector{opt: o, front: newFront(), bank: newBank()}
	const hopTime = float64(blockIn) / Rate
	a := amplitude(o.Floor)
	d.limits = limits{
		on: o.MinOn.Seconds() / hopTime, off: o.MinOff.Seconds() / hopTime,
		twist: ratio(o.Twist), reverse: ratio(o.Reverse),
		floor: float32(a*a/2) / d.bank.scale / 2,
	}
	return d
}

// Feed takes the next samples, 160 of them for 20 ms, and returns what happened, oldest first. The slice is good until the next call.
func (d *Detector) Feed(pcm []int16, loss Loss) []Event {
	d.pending = 0
	for len(pcm) > 0 {
		n := min(len(pcm), blockIn-d.filled)
		for i, s := range pcm[:n] {
			d.rest[d.filled+i] = float32(s)
		}
		if loss == Lost {
			clear(d.rest[d.filled : d.filled+n])
			d.lost[2] = true
		}
		pcm = pcm[n:]
		if d.filled += n; d.filled == blockIn {
			d.filled = 0
			d.block()
		}
	}
	return d.events[:d.pending]
}

// block takes 5 ms in and judges the window that they complete.
func (d *Detector) block() {
	var wide float32
	for _, v := range d.rest {
		wide += v * v
	}
	copy(d.x[:], d.x[block:])
	fresh := (*[block]float32)(d.x[window-block:])
	d.front.low(fresh, &d.rest)
	d.front.high(fresh)
	d.wide[0], d.wide[1], d.wide[2] = d.wide[1], d.wide[2], wide
	h := d.at(d.count)
	if h.lost = d.lost[0] || d.lost[1] || d.lost[2]; !h.lost {
		d.bank.measure(h, &d.x)
		h.wide = d.wide[0] + d.wide[1] + d.wide[2]
		d.judge(h)
	}
	d.lost[0], d.lost[1], d.lost[2] = d.lost[1], d.lost[2], false
	d.count++
}

// at is a hop by its number; the last hopsKept are there.
func (d *Detector) at(n int) *hop { return &d.hops[n%hopsKept] }

// judge moves the state by one hop.
func (d *Detector) judge(h *hop) {
	row, col := strongest(h.power[:4]), 4+strongest(h.power[4:])
	same := row == d.row && col == d.col
	switch d.state {
	case idle:
		d.look(h, row, col)
	case maybe:
		if same && d.holds(h) {
			d.peak = max(d.peak, h.power[row]+h.power[col])
			d.confirm(float64(d.count))
			return
		}
		d.confirm(d.crossing(d.count))
		if d.state == on {
			d.state, d.still = gap, d.crossing(d.count)
			return
		}
		d.state = idle
		d.look(h, row, col)
	case on:
		if !same || !d.holds(h) {
			d.state, d.still = gap, d.crossing(d.count)
		}
	case gap:
		d.wait(h, row, col)
	}
}

// wait is a hop after a key that was on has gone still.
func (d *Detector) wait(h *hop, row, col int) {
	if row == d.row && col == d.col && d.holds(h) {
		if d.crossing(d.count)-d.still < d.limits.off || d.bridged() {
			d.state = on
			return
		}
	} else if float64(d.count)-d.still < d.limits.off {
		return
	}
	d.tell(Ended, d.still)
	d.state = idle
	d.look(h, row, col)
}

// bridged says whether the key went still only because frames are missing.
func (d *Detector) bridged() bool { return d.at(d.count-1).lost && float64(d.count-1)-d.still < 1 }

// look begins a candidate where two tones stand out.
func (d *Detector) look(h *hop, row, col int) {
	p, q := h.power[row], h.power[col]
	if p < d.limits.floor || q < d.limits.floor || (p+q)*d.bank.energy < looseShare*h.energy {
		return
	}
	if p > q*d.limits.twist*4 || q > p*d.limits.reverse*4 {
		return
	}
	d.state, d.row, d.col, d.first, d.peak = maybe, row, col, d.count, p+q
}

// holds says whether the key's tones are still there.
func (d *Detector) holds(h *hop) bool {
	p := h.power[d.row] + h.power[d.col]
	return p >= present*d.peak && p*d.bank.energy >= looseShare/2*h.energy
}

// crossing is when the key's tones passed half their amplitude between the hop before n and n, in hops.
func (d *Detector) crossing(n int) float64 {
	a, b := d.at(n-1), d.at(n)
	if a.lost {
		return float64(n)
	}
	half := math.Sqrt(present * float64(d.peak))
	from := math.Sqrt(float64(a.power[d.row] + a.power[d.col]))
	to := math.Sqrt(float64(b.power[d.row] + b.power[d.col]))
	if (from < half) == (to < half) {
		return float64(n)
	}
	return float64(n-1) + (half-from)/(to-from)
}

// began finds where the candidate passed half its amplitude, going back from its first hop.
func (d *Detector) began() float64 {
	oldest := max(0, d.count-hopsKept+1)
	n := max(d.first, oldest)
	for ; n > oldest; n-- {
		before := d.at(n - 1)
		if before.lost || before.power[d.row]+before.power[d.col] < present*d.peak {
			break
		}
	}
	for n < d.count && d.at(n).power[d.row]+d.at(n).power[d.col] < present*d.peak {
		n++
	}
	if n == oldest {
		return float64(n)
	}
	return d.crossing(n)
}

// confirm makes the candidate a key if it has lasted long enough up to a moment and is clean.
func (d *Detector) confirm(until float64) {
	start := d.began()
	if until-start < d.limits.on || !d.clean() {
		return
	}
	if d.opt.Letters == RefuseLetters && d.col == 7 {
		return
	}
	d.start, d.state = start, on
	d.tell(Began, until)
}

// clean looks closely at the hops inside the candidate: frequencies, twist, level, and that there is nothing else.
func (d *Detector) clean() bool {
	var low, high tone
	var energy float32
	n := 0
	for i := max(d.first, d.count-hopsKept+1); i <= d.count; i++ {
		h := d.at(i)
		if h.lost || h.power[d.row]+h.power[d.col] < inside*d.peak {
			continue
		}
		n++
		energy += h.energy
		low.add(d.at(i-1), h, d.row)
		high.add(d.at(i-1), h, d.col)
	}
	if n < 3 {
		return false
	}
	p, okLow := low.power(d.bank.turn[d.row], frequencies()[d.row], d.opt.Detuning)
	q, okHigh := high.power(d.bank.turn[d.col], frequencies()[d.col], d.opt.Detuning)
	if !okLow || !okHigh || p > q*d.limits.twist || q > p*d.limits.reverse || min(p, q) < 2*d.limits.floor*float32(n) {
		return false
	}
	if (p+q)*d.bank.energy < firmShare*energy {
		return false
	}
	mean := float64(d.bank.scale) / float64(n) * 2 / 32767 / 32767
	d.level = fullScale + 5*math.Log10(float64(p)*mean) + 5*math.Log10(float64(q)*mean)
	return true
}

// tell appends an event.
func (d *Detector) tell(c Change, until float64) {
	// A hop's number is that of its window's last block; the filters delay by about as much as a block is long.
	const ms = 1000 * blockIn / Rate
	at := func(hops float64) time.Duration { return time.Duration(max(0, hops*ms) * float64(time.Millisecond)) }
	if d.pending == len(d.events) {
		return
	}
	d.events[d.pending] = Event{
		Change: c, Key: Keys[d.row*4+d.col-4], Start: at(d.start - 1.5), Duration: at(until - d.start), Level: d.level,
	}
	d.pending++
}

func strongest(p []float32) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}

// tone gathers one tone over several hops.
type tone struct {
	re, im float64 // how it turns from hop to hop
	turned float64 // the powers that this is made of
	sum    float32
}

func (t *tone) add(before, h *hop, k int) {
	t.sum += h.power[k]
	if before.lost {
		return
	}
	ar, ai, br, bi := float64(before.re[k]), float64(before.im[k]), float64(h.re[k]), float64(h.im[k])
	t.re += br*ar + bi*ai
	t.im += bi*ar - br*ai
	t.turned += math.Sqrt(float64(before.power[k] * h.power[k]))
}

// power is the tone's true power, and whether it is steady and near enough to its frequency.
func (t *tone) power(turn, hz, detuning float64) (power float32, fits bool) {
	off := math.Remainder(math.Atan2(t.im, t.re)-turn, 2*math.Pi) * (Rate / 2) / (2 * math.Pi * block)
	steady := t.re*t.re+t.im*t.im >= steadyShare*t.turned*t.turned
	return t.sum / scallop(off), steady && math.Abs(off) <= hz*detuning
}
