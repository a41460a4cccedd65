// Package g722 is the telephone's wideband codec (ITU-T G.722): 16,000 samples a second in 64 kbit/s, by two sub-bands of adaptive
// differential coding. One code is two samples. On the wire its clock says 8,000 all the same (RFC 3551 section 4.5.2).
//
// Samples are 16 bits, of which the Recommendation's 14 are the upper ones. All arithmetic is in integers, as the Recommendation has it:
// what one implementation makes of a stream is what another makes of it, bit by bit. Nothing here allocates after the constructors.
package g722

// The shape of a stream.
const (
	Rate      = 16000 // samples a second
	FrameSize = 320   // samples of 20 ms, which are 160 codes
)

// tapsHalf is half the length of the filter that splits a signal in two bands, and joins them again.
const tapsHalf = 12

// tables are what the Recommendation fixes. They are made once for each stream, since a table that all share could be written to.
type tables struct {
	mirror [tapsHalf]int32 // the quadrature mirror filter (table 11), its even half; the odd one is the same backwards

	steps    [30]int32 // decision levels of 6 bits (table 14)
	negative [30]uint8 // codes of what is below zero, by interval (table 14)
	positive [30]uint8
	value6   [64]int32 // quantized differences of 6, 5, 4 and 2 bits (tables 16 to 19)
	value5   [32]int32
	value4   [16]int32
	value2   [4]int32

	scaleLow  [16]int32 // by how much the logarithm of the step changes (tables 17 and 20)
	scaleHigh [4]int32
	power     [32]int32 // powers of two by 1/32 (table 18)
}

func newTables() *tables {
	t := &tables{
		mirror: [...]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11},
		steps: [...]int32{
			0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612,
			1765, 1980, 2195, 2557, 2919,
		},
		value6: [...]int32{
			-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
			-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
			24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
			4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
		},
		value5: [...]int32{
			-280, -280, -23352, -17560, -14120, -11664, -9752, -8184, -6864, -5712, -4696, -3784, -2960, -2208, -1520, -880,
			23352, 17560, 14120, 11664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880, 280, -280,
		},
		value4: [...]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0},
		value2: [...]int32{-7408, -1616, 7408, 1616},
		scaleLow: [...]int32{
			-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
		},
		scaleHigh: [...]int32{798, -214, 798, -214},
		power: [...]int32{
			2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
			2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
		},
	}
	// The codes of the intervals run downwards from 61, above zero, and from 31 below it, where the two innermost are 63 and 62.
	for i := range t.steps {
		t.positive[i] = uint8(61 - i)
		t.negative[i] = uint8(max(33-i, 0))
	}
	t.negative[0], t.negative[1] = 63, 62
	return t
}

// What the logarithm of a step may be, at most.
const (
	mostLow  = 18432
	mostHigh = 22528
)

// saturate keeps a sum within 16 bits.
func saturate(v int32) int32 { return max(min(v, 32767), -32768) }

// band is one sub-band: its adaptive predictor and the size of its quantizer's step. The same runs at both ends.
type band struct {
	signal int32 // what is predicted, of both predictors
	zeros  int32 // of the one of zeros alone

	differences [7]int32 // the last ones that were quantized; 0 is the newest
	coefficient [7]int32 // of the predictor of zeros, from 1
	rebuilt     [3]int32 // the last signals as the far end has them
	partial     [3]int32
	pole        [3]int32 // the two coefficients of the predictor of poles, from 1

	log  int32 // of the step
	step int32
}

// adapt takes a quantized difference into the predictors (section 3.6) and predicts what comes next.
func (b *band) adapt(difference int32) {
	b.differences[0] = difference
	b.rebuilt[0] = saturate(b.signal + difference)
	b.partial[0] = saturate(b.zeros + difference)
	first, second := b.poles()
	b.learnZeros(difference)
	b.pole[1], b.pole[2] = first, second
	b.rebuilt[2], b.rebuilt[1] = b.rebuilt[1], b.rebuilt[0]
	b.partial[2], b.partial[1] = b.partial[1], b.partial[0]
	b.predict()
}

// poles gives the next coefficients of the predictor of poles (sections 3.6.3 and 3.6.4).
func (b *band) poles() (first, second int32) {
	same1 := b.partial[0]>>15 == b.partial[1]>>15
	same2 := b.partial[0]>>15 == b.partial[2]>>15
	pull := saturate(b.pole[1] << 2)
	if same1 {
		pull = min(-pull, 32767)
	}
	second = -128
	if same2 {
		second = 128
	}
	second += pull>>7 + b.pole[2]*32512>>15
	second = max(min(second, 12288), -12288)

	first = -192
	if same1 {
		first = 192
	}
	first = saturate(first + b.pole[1]*32640>>15)
	most := saturate(15360 - second)
	return max(min(first, most), -most), second
}

// learnZeros moves the coefficients of the predictor of zeros (section 3.6.2), and its past by one.
func (b *band) learnZeros(difference int32) {
	pull := int32(128)
	if difference == 0 {
		pull = 0
	}
	sign := difference >> 15
	for i := 6; i > 0; i-- {
		move := -pull
		if b.differences[i]>>15 == sign {
			move = pull
		}
		b.coefficient[i] = saturate(move + b.coefficient[i]*32640>>15)
		b.differences[i] = b.differences[i-1]
	}
}

func (b *band) predict() {
	sum := int32(0)
	for i := 6; i > 0; i-- {
		sum += b.coefficient[i] * saturate(2*b.differences[i]) >> 15
	}
	b.zeros = saturate(sum)
	poles := b.pole[1]*saturate(2*b.rebuilt[1])>>15 + b.pole[2]*saturate(2*b.rebuilt[2])>>15
	b.signal = saturate(saturate(poles) + b.zeros)
}

// scale moves the step (section 3.5): shift is how many bits the whole part of its logarithm is away from the size.
func (b *band) scale(t *tables, change, most, shift int32) {
	b.log = max(min(b.log*127>>7+change, most), 0)
	size := t.power[b.log>>6&31]
	if down := shift - b.log>>11; down >= 0 {
		size >>= down
	} else {
		size <<= -down
	}
	b.step = size << 2
}

// low and high take the code of a sub-band into its state; both ends do the same, on the four upper bits of the lower band.
func (b *band) low(t *tables, code4 uint8) {
	difference := b.step * t.value4[code4] >> 15
	b.scale(t, t.scaleLow[code4], mostLow, 8)
	b.adapt(difference)
}

func (b *band) high(t *tables, code2 uint8) {
	difference := b.step * t.value2[code2] >> 15
	b.scale(t, t.scaleHigh[code2], mostHigh, 10)
	b.adapt(difference)
}

// pair are the two sub-bands at rest.
type pair struct {
	t         *tables
	low, high band
}

func newPair() pair { return pair{t: newTables(), low: band{step: 32}, high: band{step: 8}} }
