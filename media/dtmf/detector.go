package dtmf

import (
	"math"
	"time"
)

// How a hop is judged. Powers are ratios.
const (
	hopsKept   = 16
	present    = 0.25 // of the strongest hop: half its amplitude, which a window shows where the tone begins and ends
	looseShare = 0.50 // of a hop's energy in the two tones, to look closer
	rise       = 1.5  // hops from the edge of a tone until a window lies inside it
	lookBack   = 4    // hops that a tone may have been rising before it stood out
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
	lower   [2 * window]float32 // what came before the high-pass
	lost    [3]bool             // of the blocks in x
	hops    [hopsKept]hop
	count   int // hops so far
	state   state
	row     int
	col     int
	first   int     // the candidate's first hop
	barrier int     // nothing before this hop belongs to it
	peak    float32 // its strongest
	start   float64 // in hops
	still   float64 // since when it has been silent, in hops
	level   float64
	events  [16]Event
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

// Feed takes the next samples, 160 of them for 20 ms, and returns what happened, oldest first. The slice is good until the next call; it has
// room for everything that 80 ms can bring.
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
	copy(d.x[:], d.x[block:])
	fresh := (*[block]float32)(d.x[window-block:])
	d.front.low(fresh, &d.rest)
	copy(d.lower[:], d.lower[block:])
	copy(d.lower[len(d.lower)-block:], fresh[:])
	d.front.high(fresh)
	h := d.at(d.count)
	if h.lost = d.lost[0] || d.lost[1] || d.lost[2]; !h.lost {
		d.bank.measure(h, &d.x)
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
	d.state, d.barrier = idle, d.count-1
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

// began finds when the candidate passed half its amplitude, going back from its first hop, and the first hop that lies inside it.
func (d *Detector) began() (start float64, inside int) {
	oldest := max(0, d.count-hopsKept+2, d.first-lookBack, d.barrier)
	n := max(d.first, oldest)
	for n > oldest && !d.at(n-1).lost && d.strength(n-1) >= present*d.peak {
		n--
	}
	for n < d.count && d.strength(n) < present*d.peak {
		n++
	}
	if n > 0 && d.at(n-1).lost {
		// Nobody knows how long it has been there: at least as long as this window.
		return float64(n) - rise, n
	}
	if n > oldest || n > 0 && d.strength(n-1) < present*d.peak {
		start = d.crossing(n)
	} else {
		start = float64(n)
	}
	return start, int(math.Ceil(start + rise - 0.1))
}

// strength is the power of the candidate's tones in a hop.
func (d *Detector) strength(n int) float32 { return d.at(n).power[d.row] + d.at(n).power[d.col] }

// confirm makes the candidate a key if it has lasted long enough up to a moment and is clean.
func (d *Detector) confirm(until float64) {
	start, inside := d.began()
	if until-start < d.limits.on || (d.opt.Letters == RefuseLetters && d.col == 7) {
		return
	}
	inside = max(inside, d.count-hopsKept+2)
	sure := d.gaps(inside) && d.clean(inside, patchy())
	for _, g := range grades() {
		sure = sure || d.clean(inside, g)
	}
	if sure {
		d.start, d.state = start, on
		d.tell(Began, until)
	}
}

// gaps says whether windows are missing since just before a hop.
func (d *Detector) gaps(since int) bool {
	for i := max(0, since-1); i < d.count; i++ {
		if d.at(i).lost {
			return true
		}
	}
	return false
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
