package dtmf

import (
	"math"
	"math/rand/v2"

	"tandem/media/codec/g711"
)

// burst is one key as it is sent.
type burst struct {
	key       byte
	low, high float64 // dBm0
	offLow    float64 // frequency error, as a fraction
	offHigh   float64
	on, off   float64 // ms
}

// signal is a line with keys on it, summed in floating point and disturbed before it is rounded.
type signal struct {
	rng  *rand.Rand
	x    []float64
	sent []byte
}

func newSignal(seed uint64) *signal {
	return &signal{rng: rand.New(rand.NewPCG(seed, 7)), x: make([]float64, 400)}
}

func samples(ms float64) int { return int(math.Round(ms * Rate / 1000)) }

// key appends a burst with phases of chance, its pause, and a little more, so that the frames fall anywhere.
func (s *signal) key(b burst) {
	s.tone(b)
	s.x = append(s.x, make([]float64, samples(b.off)+s.rng.IntN(160))...)
	s.sent = append(s.sent, b.key)
}

// tone appends the burst alone.
func (s *signal) tone(b burst) {
	f1, f2 := Tones(b.key)
	f1, f2 = f1*(1+b.offLow), f2*(1+b.offHigh)
	p1, p2 := s.rng.Float64()*2*math.Pi, s.rng.Float64()*2*math.Pi
	a1, a2 := amplitude(b.low), amplitude(b.high)
	for i := range samples(b.on) {
		t := 2 * math.Pi * float64(i) / Rate
		s.x = append(s.x, a1*math.Sin(f1*t+p1)+a2*math.Sin(f2*t+p2))
	}
}

// noise adds white noise of so many dB under the power of both tones: the low one has -10 dBm0.
func (s *signal) noise(snr, high float64) {
	const low = -10
	power := (amplitude(low)*amplitude(low) + amplitude(high)*amplitude(high)) / 2
	dev := math.Sqrt(power * math.Pow(10, -snr/10))
	for i := range s.x {
		s.x[i] += dev * s.rng.NormFloat64()
	}
}

// hum adds steady tones under everything.
func (s *signal) hum(level float64, hz ...float64) {
	for _, f := range hz {
		a, p := amplitude(level), s.rng.Float64()*2*math.Pi
		for i := range s.x {
			s.x[i] += a * math.Sin(2*math.Pi*f*float64(i)/Rate+p)
		}
	}
}

// echo adds the signal once more, later and weaker.
func (s *signal) echo(ms, down float64) {
	g, n := math.Pow(10, -down/20), samples(ms)
	dry := append([]float64(nil), s.x...)
	for i := n; i < len(dry); i++ {
		s.x[i] += g * dry[i-n]
	}
}

// law is what a line does to samples.
type law struct {
	name  string
	trip  func(int16) int16
	codec func([]byte, []int16) int
}

func laws() []law {
	return []law{
		{"A", func(v int16) int16 { return g711.FromALaw(g711.ALaw(v)) }, g711.EncodeALaw},
		{"mu", func(v int16) int16 { return g711.FromMuLaw(g711.MuLaw(v)) }, g711.EncodeMuLaw},
	}
}

// line rounds with clipping and goes through G.711.
func (s *signal) line(l law) []int16 {
	pcm := make([]int16, len(s.x)+800)
	for i, v := range s.x {
		pcm[i] = l.trip(int16(max(math.MinInt16, min(math.MaxInt16, math.Round(v)))))
	}
	return pcm
}

// hear feeds whole frames and gives the keys that began; lost, if any, says for each frame whether it is missing.
func hear(o Options, pcm []int16, lost []Loss) []byte {
	var keys []byte
	d := NewDetector(o)
	for n := 0; n+160 <= len(pcm); n += 160 {
		loss := Received
		if n/160 < len(lost) {
			loss = lost[n/160]
		}
		for _, e := range d.Feed(pcm[n:n+160], loss) {
			if e.Change == Began {
				keys = append(keys, e.Key)
			}
		}
	}
	return keys
}

// common is the length of the longest common subsequence.
func common(a, b []byte) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			up := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return row[len(b)]
}
