package g722

// Mode says how many bits of a code are speech (section 1.2): the lowest ones may carry data instead, and then are not listened to.
type Mode int

// The modes.
const (
	Mode64 Mode = iota // all eight: 64 kbit/s, which RTP always has
	Mode56             // seven
	Mode48             // six
)

// Decoder makes the samples of one stream. Its owner locks it.
type Decoder struct {
	pair

	mode Mode
	past [2*tapsHalf - 2 + FrameSize]int32
}

// NewDecoder makes one at rest.
func NewDecoder(m Mode) *Decoder { return &Decoder{pair: newPair(), mode: m} }

// Decode writes two samples for every code and returns how many it wrote: as many pairs as fit in dst.
func (d *Decoder) Decode(dst []int16, codes []byte) int {
	n := min(len(dst)/2, len(codes))
	dst, codes = dst[:2*n], codes[:n]
	for len(codes) > 0 {
		k := min(len(codes), FrameSize/2)
		d.block(dst[:2*k], codes[:k])
		dst, codes = dst[2*k:], codes[k:]
	}
	return 2 * n
}

func (d *Decoder) block(dst []int16, codes []byte) {
	const kept = 2*tapsHalf - 2
	for i, c := range codes {
		lower, higher := d.bands(c)
		d.past[kept+2*i], d.past[kept+2*i+1] = lower+higher, lower-higher
	}
	for i := range codes {
		dst[2*i], dst[2*i+1] = d.join(d.past[2*i:][:2*tapsHalf])
	}
	copy(d.past[:kept], d.past[len(dst):])
}

// bands rebuilds the two bands of a code (section 4).
func (d *Decoder) bands(code byte) (lower, higher int32) {
	low, high := code&0x3F, code>>6
	value := d.t.value6[low]
	switch d.mode {
	case Mode64:
	case Mode56:
		value = d.t.value5[low>>1]
	case Mode48:
		value = d.t.value4[low>>2]
	}
	lower = limit(d.low.signal + d.low.step*value>>15)
	higher = limit(d.high.signal + d.high.step*d.t.value2[high]>>15)
	d.low.low(d.t, low>>2)
	d.high.high(d.t, high)
	return lower, higher
}

// limit keeps a band within 15 bits (section 4.3).
func limit(v int32) int32 { return max(min(v, 16383), -16384) }

// join is the receiving filter (section 4.4).
func (d *Decoder) join(x []int32) (first, second int16) {
	var odd, even int32
	f := &d.t.mirror
	for i := range f {
		even += x[2*i] * f[i]
		odd += x[2*i+1] * f[tapsHalf-1-i]
	}
	return int16(saturate(odd >> 11)), int16(saturate(even >> 11)) //nolint:gosec // saturated
}
