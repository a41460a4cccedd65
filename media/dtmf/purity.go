package dtmf

import (
	"math"
	"math/cmplx"
)

// grade is how clean a candidate must be, and for how long. The dirtier it is, the longer it must stay so: what is left of speech after
// the cleanest is seldom steady for long.
type grade struct {
	hops   int     // windows inside the tone
	share  float32 // of the energy between 0.6 and 2 kHz in the two tones
	steady float64 // of a tone's power that turns at one speed
	drift  float64 // by how much the turn from hop to hop changes from the first half to the second, both tones taken together, in radians
	near   float64 // what part of the options' limits for twist and detuning is allowed
	voice  float32 // where no dial tone is but a voice's first harmonics are, at most so much, in parts of the two tones
}

// grades are without noise, with noise 10 dB under the tones, and with 7 dB.
func grades() [3]grade {
	return [3]grade{
		{hops: 4, share: 0.978, steady: 0.995, drift: 0.12, voice: 0.02, near: 1},
		{hops: 5, share: 0.950, steady: 0.992, drift: 0.20, voice: 0.04, near: 1},
		{hops: 7, share: 0.915, steady: 0.990, drift: 0.20, voice: 0.06, near: 0.75},
	}
}

// patchy is for a tone with frames missing: the window after a gap still rings with its edge, and there may be few others.
func patchy() grade {
	return grade{hops: 3, share: 0.93, steady: 0.99, drift: 0.20, voice: 0.04, near: 0.75}
}

// oneDrifts is by how much either tone may drift by itself, as a multiple of what both may together.
const oneDrifts = 1.15

// bothDetuned is by how much two tones may be off together, as a multiple of what one may be: no telephone is at the edge with both.
const bothDetuned = 1.65

// clean looks closely at the last hops inside the candidate: frequencies, twist, level, and that there is nothing else.
func (d *Detector) clean(inside int, g grade) bool {
	from, left := d.count, g.hops
	for left > 0 && from > inside {
		from--
		if !d.at(from).lost {
			left--
		}
	}
	if left > 0 {
		return false
	}
	low, high, energy := d.gather(from)
	f := frequencies()
	// Two harmonics of a voice drift together, each by its own share; what noise does to two tones has nothing in common.
	drift := (low.drift()*f[d.row] + high.drift()*f[d.col]) / math.Hypot(f[d.row], f[d.col])
	if low.steadiness() < g.steady || high.steadiness() < g.steady || math.Abs(drift) > g.drift {
		return false
	}
	if max(math.Abs(low.drift()), math.Abs(high.drift())) > oneDrifts*g.drift {
		return false
	}
	rows, cols := d.bank.off(low, d.row), d.bank.off(high, d.col)
	offRow, offCol := math.Abs(rows)/f[d.row], math.Abs(cols)/f[d.col]
	if allowed := d.opt.Detuning * g.near; max(offRow, offCol) > allowed || offRow+offCol > bothDetuned*allowed {
		return false
	}
	p, q := low.power/scallop(rows), high.power/scallop(cols)
	if p > q*ratio(d.opt.Twist*g.near) || q > p*ratio(d.opt.Reverse*g.near) || min(p, q) < 2*d.limits.floor*float32(g.hops) {
		return false
	}
	if (p+q)*d.bank.energy < g.share*energy || d.voice() > g.voice*(p+q)/float32(g.hops)*d.bank.scale {
		return false
	}
	mean := float64(d.bank.scale) / float64(g.hops) * 2 / 32767 / 32767
	d.level = fullScale + 5*math.Log10(float64(p)*mean) + 5*math.Log10(float64(q)*mean)
	return true
}

// gather sums what a grade looks at, from a hop to the one before the newest, whose end may lie outside the tone.
func (d *Detector) gather(from int) (low, high tone, energy float32) {
	for i := from; i < d.count; i++ {
		h, next := d.at(i), d.at(i+1)
		if h.lost {
			continue
		}
		energy += h.energy
		low.power += h.power[d.row]
		high.power += h.power[d.col]
		if i+1 < d.count && !next.lost {
			half := (2*i - from - d.count + 2) // below 0 in the first half, above in the second
			low.turn(h, next, d.row, half)
			high.turn(h, next, d.col, half)
		}
	}
	return low, high, energy
}

// voice is the mean square of what lies between 80 and 290 Hz and between 510 and 590 Hz, over the last 30 ms. Where some of those are
// missing it looks at the last 15 ms, and between 80 and 250 Hz.
func (d *Detector) voice() float32 {
	for i := range len(d.lower) / block {
		if d.at(d.count - i).lost {
			return weigh(d.lower[window:], 2, 3)
		}
	}
	return weigh(d.lower[:], 3, 4, 5, 6, 7, 8, 16, 17)
}

// weigh is the mean square in some bins of samples at 4 kHz, under a Hann window as long as they are.
func weigh(lower []float32, bins ...float64) float32 {
	n := float64(len(lower))
	sum := 0.0
	for _, bin := range bins {
		w, edge := newWave(bin*Rate/n), newWave(Rate/n)
		var re, im float64
		for _, v := range lower {
			edge.next()
			weighted := float64(v) * (0.5 - 0.5*edge.x)
			re += weighted * w.x
			im += weighted * w.y
			w.next()
		}
		sum += re*re + im*im
	}
	// A sine shows in three bins at once, which together hold 1.5 times its square.
	return float32(sum * 8 / n / n / 1.5)
}

// tone gathers one tone over several hops.
type tone struct {
	power  float32
	halves [2]complex128 // how it turns from hop to hop, in the first half and in the second
	middle complex128    // and between the two
	turned float64       // what halves and middle would be if it turned at one speed
}

// turn adds the step from one hop to the next; half is below 0 in the first half of the tone, 0 in its middle.
func (t *tone) turn(h, next *hop, k, half int) {
	step := complex(float64(next.re[k]), float64(next.im[k])) * complex(float64(h.re[k]), -float64(h.im[k]))
	switch {
	case half < 0:
		t.halves[0] += step
	case half > 0:
		t.halves[1] += step
	default:
		t.middle += step
	}
	t.turned += math.Sqrt(float64(h.power[k] * next.power[k]))
}

// steadiness is 1 for a tone that turns at one speed.
func (t *tone) steadiness() float64 {
	return cmplx.Abs(t.halves[0]+t.middle+t.halves[1]) / max(t.turned, math.SmallestNonzeroFloat64)
}

// drift is by how much it turns faster in the second half than in the first.
func (t *tone) drift() float64 { return cmplx.Phase(t.halves[1] * cmplx.Conj(t.halves[0])) }

// off is by how many hertz the tone lies beside the one looked for.
func (b *bank) off(t tone, k int) float64 {
	phase := cmplx.Phase(t.halves[0] + t.middle + t.halves[1])
	return math.Remainder(phase-b.turn[k], 2*math.Pi) * (Rate / 2) / (2 * math.Pi * block)
}
