package dtmf

import "math"

const halfWindow = window / 2

// bank measures the eight tones in a window of 15 ms, weighted so that what lies 200 Hz away is 40 dB down.
type bank struct {
	weight [halfWindow]float32       // from the middle outwards
	wave   [2][halfWindow][8]float32 // rows and columns: four weighted cosines, then four sines
	energy float32                   // what turns the power of a tone into its share of a hop's energy
	scale  float32                   // what turns the power of a tone into its mean square
	turn   [8]float64                // by how much each tone turns from one hop to the next, in radians
}

// hop is what is measured every 5 ms.
type hop struct {
	re, im, power [8]float32
	energy        float32 // weighted, all frequencies together
	lost          bool    // samples are missing in the window
}

func newBank() bank {
	var b bank
	var sum, squares float64
	for n := range halfWindow {
		t := float64(n) + 0.5
		w := 0.5 + 0.5*math.Cos(2*math.Pi*t/window)
		b.weight[n] = float32(w)
		sum += 2 * w
		squares += 2 * w * w
		for k, f := range frequencies() {
			sin, cos := math.Sincos(2 * math.Pi * f * t / (Rate / 2))
			b.wave[k/4][n][k%4] = float32(w * cos)
			b.wave[k/4][n][4+k%4] = float32(w * sin)
		}
	}
	for k, f := range frequencies() {
		b.turn[k] = 2 * math.Pi * f * block / (Rate / 2)
	}
	b.energy = float32(2 * squares / sum / sum)
	b.scale = float32(2 / sum / sum)
	return b
}

// measure fills a hop from the last window of samples.
func (b *bank) measure(h *hop, x *[window]float32) {
	var even, odd [halfWindow]float32
	var energy float32
	for n := range halfWindow {
		p, q, w := x[halfWindow+n], x[halfWindow-1-n], b.weight[n]
		even[n], odd[n] = p+q, p-q
		energy += w * w * (p*p + q*q)
	}
	h.energy = energy
	for g := range 2 {
		var r0, r1, r2, r3, i0, i1, i2, i3 float32
		wave := &b.wave[g]
		for n := range halfWindow {
			e, o, w := even[n], odd[n], &wave[n]
			r0 += e * w[0]
			r1 += e * w[1]
			r2 += e * w[2]
			r3 += e * w[3]
			i0 -= o * w[4]
			i1 -= o * w[5]
			i2 -= o * w[6]
			i3 -= o * w[7]
		}
		copy(h.re[4*g:], []float32{r0, r1, r2, r3})
		copy(h.im[4*g:], []float32{i0, i1, i2, i3})
	}
	for k := range h.power {
		h.power[k] = h.re[k]*h.re[k] + h.im[k]*h.im[k]
	}
}

// scallop is how much of a tone's power the bank shows when it lies so many hertz beside the tone looked for.
func scallop(off float64) float32 {
	x := off * window / (Rate / 2)
	if math.Abs(x) < 1e-3 {
		return 1
	}
	g := math.Sin(math.Pi*x) / (math.Pi * x) / (1 - x*x)
	return float32(g * g)
}
