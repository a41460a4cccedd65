package g722

// Encoder makes the codes of one stream. Its owner locks it.
type Encoder struct {
	pair

	past [2*tapsHalf - 2 + FrameSize]int32 // the samples that the filter still needs, then those of one call
}

// NewEncoder makes one at rest.
func NewEncoder() *Encoder { return &Encoder{pair: newPair()} }

// Encode writes one code for every two samples and returns how many it wrote: as many as fit in dst. A last odd sample is left out.
func (e *Encoder) Encode(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm)/2)
	dst, pcm = dst[:n], pcm[:2*n]
	for len(dst) > 0 {
		k := min(len(dst), FrameSize/2)
		e.block(dst[:k], pcm[:2*k])
		dst, pcm = dst[k:], pcm[2*k:]
	}
	return n
}

func (e *Encoder) block(dst []byte, pcm []int16) {
	const kept = 2*tapsHalf - 2
	for i, v := range pcm {
		e.past[kept+i] = int32(v)
	}
	for i := range dst {
		lower, higher := e.split(e.past[2*i:][:2*tapsHalf])
		dst[i] = e.code(lower, higher)
	}
	copy(e.past[:kept], e.past[len(pcm):])
}

// split is the transmitting filter (section 3.1): the two bands, at half the rate each.
func (e *Encoder) split(x []int32) (lower, higher int32) {
	var odd, even int32
	f := &e.t.mirror
	for i := range f {
		odd += x[2*i] * f[i]
		even += x[2*i+1] * f[tapsHalf-1-i]
	}
	return (even + odd) >> 14, (even - odd) >> 14
}

// code quantizes what the predictors did not foresee (sections 3.2 and 3.3).
func (e *Encoder) code(lower, higher int32) byte {
	low := e.quantize(saturate(lower - e.low.signal))
	e.low.low(e.t, low>>2)
	high := e.sign(saturate(higher - e.high.signal))
	e.high.high(e.t, high)
	return high<<6 | low
}

// quantize gives the 6 bits of the lower band.
func (e *Encoder) quantize(difference int32) uint8 {
	size := difference ^ difference>>31
	step, i := e.low.step, 1
	for i < len(e.t.steps) && size >= e.t.steps[i]*step>>12 {
		i++
	}
	if difference < 0 {
		return e.t.negative[i-1]
	}
	return e.t.positive[i-1]
}

// sign gives the 2 bits of the higher band.
func (e *Encoder) sign(difference int32) uint8 {
	large := difference^difference>>31 >= 564*e.high.step>>12
	switch {
	case difference < 0 && large:
		return 0
	case difference < 0:
		return 1
	case large:
		return 2
	}
	return 3
}
