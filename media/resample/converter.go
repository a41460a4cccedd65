package resample

import (
	"errors"
	"fmt"
	"math"
)

// Limits of a conversion: rates in samples a second, and how finely two rates may interleave (the phases of the filter).
const (
	MinRate   = 8000
	MaxRate   = 48000
	maxPhases = 640
)

// ErrRate says that a rate is outside 8 to 48 kHz, or that the two rates have no small common measure.
var ErrRate = errors.New("sample rate not supported")

// Quality is how long the filter is, and so how steep.
type Quality int

// The qualities. The filter of Live spans 16 samples of the lower rate, delays by 8 of them and falls by 70 dB between 0.40 and 0.60
// of it; that of Long spans 96, for sounds that are converted once, and its fall begins at 0.46.
const (
	Live Quality = iota + 1
	Long
)

// Converter changes the rate of one stream. It belongs to one goroutine; Convert does not allocate.
type Converter struct {
	up, down int
	taps     int       // of one phase
	filter   []float32 // phase by phase, each reversed, so that a phase is a dot product with the history
	history  []float32 // the last taps-1 samples, then room for those of one call
	phase    int       // where the next output lies between two input samples, in 1/up
}

// NewConverter makes one for two rates in samples a second.
func NewConverter(from, to int, q Quality) (*Converter, error) {
	if from < MinRate || from > MaxRate || to < MinRate || to > MaxRate {
		return nil, fmt.Errorf("%w: from %d to %d, want %d to %d", ErrRate, from, to, MinRate, MaxRate)
	}
	g := gcd(from, to)
	c := &Converter{up: to / g, down: from / g}
	if c.up > maxPhases {
		return nil, fmt.Errorf("%w: %d and %d have no small common measure", ErrRate, from, to)
	}
	span, edge, beta := 16.0, 0.5, 5.6
	if q == Long {
		span, edge, beta = 96, 0.485, 7.0
	}
	lower := float64(min(from, to)) / float64(from) // of the input's rate
	c.taps = int(math.Ceil(span/lower/2)) * 2
	c.filter = design(c.up, c.taps, lower*edge*2, beta)
	c.history = make([]float32, c.taps-1, c.taps-1+MaxRate/50)
	return c, nil
}

// Len is the most samples that Convert can make of n.
func (c *Converter) Len(n int) int { return n*c.up/c.down + 1 }

// Delay is by how many samples of the input the output lags.
func (c *Converter) Delay() int { return c.taps / 2 }

// Convert takes the next samples and returns how many it wrote. dst must have room for Len(len(src)); src may have up to 20 ms at the
// highest rate without allocation.
func (c *Converter) Convert(dst, src []int16) int {
	for _, s := range src {
		c.history = append(c.history, float32(s))
	}
	n, at := 0, c.phase
	for end := len(src) * c.up; at < end; at += c.down {
		first, phase := at/c.up, at%c.up
		dst[n] = clip(dot(c.filter[phase*c.taps:][:c.taps], c.history[first:]))
		n++
	}
	c.phase = at - len(src)*c.up
	kept := copy(c.history, c.history[len(src):])
	c.history = c.history[:kept]
	return n
}

// All converts a whole sound: as long as it was, and not delayed.
func All(pcm []int16, from, to int) ([]int16, error) {
	if from == to {
		return pcm, nil
	}
	c, err := NewConverter(from, to, Long)
	if err != nil {
		return nil, err
	}
	const block = MaxRate / 50
	want := int((int64(len(pcm))*int64(c.up) + int64(c.down) - 1) / int64(c.down))
	skip := c.Delay() * c.up / c.down
	out := make([]int16, 0, want+skip+c.Len(block))
	tail := make([]int16, c.Delay()+block)
	for _, part := range [][]int16{pcm, tail} {
		for len(part) > 0 && len(out) < want+skip {
			n := min(block, len(part))
			out = out[:len(out)+c.Convert(out[len(out):cap(out)], part[:n])]
			part = part[n:]
		}
	}
	return out[skip:min(len(out), skip+want)], nil
}

// design makes a sinc filter under a Kaiser window: cutoff in units of half the input's rate, split in phases of one output position each.
func design(phases, taps int, cutoff, beta float64) []float32 {
	f := make([]float32, phases*taps)
	half := float64(taps) / 2
	for p := range phases {
		sum, row := 0.0, make([]float64, taps)
		for i := range row {
			// The last tap of a row meets the newest sample; the output lies half a filter before it, plus the phase.
			x := float64(i) - half + 1 - float64(p)/float64(phases)
			if math.Abs(x) <= half {
				row[i] = sinc(cutoff*x) * bessel(beta*math.Sqrt(1-x*x/half/half))
			}
			sum += row[i]
		}
		for i, v := range row {
			f[p*taps+i] = float32(v / sum) // the same gain in every phase, so that no phase can be heard as a tone
		}
	}
	return f
}

func dot(f, x []float32) float32 {
	x = x[:len(f)]
	var a, b float32
	for i := 0; i+1 < len(f); i += 2 {
		a += f[i] * x[i]
		b += f[i+1] * x[i+1]
	}
	return a + b
}

func clip(v float32) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(v)))))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel is the modified Bessel function of the first kind and order zero, by its series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x / 2 / k * (x / 2 / k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
