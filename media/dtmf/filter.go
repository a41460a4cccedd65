package dtmf

// Sizes of the detector's steps. One block comes in at 8 kHz every 5 ms, and goes on at half that rate.
const (
	blockIn  = 40
	block    = blockIn / 2
	window   = 3 * block // 15 ms
	halfTaps = 14
)

// front takes the signal down to 4 kHz, without what lies above 2.3 kHz, and takes out what lies under the keys' tones: dial tones of 350
// to 450 Hz are weakened by 35 dB and more.
type front struct {
	taps [halfTaps]float32
	in   [2*halfTaps - 2 + blockIn]float32 // what is left of the last block, then the new one
	hp   [2]biquad
}

// biquad is a second-order section with zeros on the unit circle.
type biquad struct {
	gain, b1, a1, a2 float32
	s1, s2           float32
}

// newFront has the two designs in it. The low-pass is an equiripple filter of 28 taps, half of them kept because it is symmetrical: flat to
// 0.1 dB up to 1,690 Hz, -47 dB from 2,310 Hz. The high-pass is elliptic of the fourth order at 4 kHz: flat to 0.3 dB from 672 Hz.
func newFront() front {
	return front{
		taps: [halfTaps]float32{
			0.0065445, 0.0031294, -0.010042, -0.0081374, 0.0138899, 0.0120625, -0.024047,
			-0.0230518, 0.0362011, 0.0390594, -0.0637936, -0.082715, 0.1514826, 0.4445493,
		},
		hp: [2]biquad{
			{gain: 0.28401483, b1: -1.89686182, a1: -0.29370073, a2: 0.18703182},
			{gain: 1, b1: -1.54685475, a1: -0.95433710, a2: 0.78990776},
		},
	}
}

// low puts the next block into out at half the rate.
func (f *front) low(out *[block]float32, in *[blockIn]float32) {
	const kept = 2*halfTaps - 2
	copy(f.in[kept:], in[:])
	for i := range out {
		x := (*[2 * halfTaps]float32)(f.in[2*i:])
		var a, b float32
		for k := 0; k < halfTaps; k += 2 {
			a += f.taps[k] * (x[k] + x[2*halfTaps-1-k])
			b += f.taps[k+1] * (x[k+1] + x[2*halfTaps-2-k])
		}
		out[i] = a + b
	}
	copy(f.in[:kept], f.in[blockIn:])
}

// high takes the low frequencies out of a block at half the rate, in place.
func (f *front) high(x *[block]float32) {
	p, q := f.hp[0], f.hp[1]
	for i, v := range x {
		v *= p.gain
		y := v + p.s1
		p.s1 = p.b1*v - p.a1*y + p.s2
		p.s2 = v - p.a2*y
		z := y + q.s1
		q.s1 = q.b1*y - q.a1*z + q.s2
		q.s2 = y - q.a2*z
		x[i] = z
	}
	f.hp[0], f.hp[1] = p, q
}
