package resample

import (
	"errors"
	"math"
	"testing"
)

func sine(rate int, hz, amplitude float64, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// level is how much of one frequency is there: its amplitude, and the amplitude of all the rest, leaving out the ends.
func level(pcm []int16, rate int, hz float64) (tone, rest float64) {
	pcm = pcm[len(pcm)/5 : len(pcm)*4/5]
	var re, im, all float64
	for i, s := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		re += float64(s) * cos
		im += float64(s) * sin
		all += float64(s) * float64(s)
	}
	n := float64(len(pcm))
	tone = 2 * math.Hypot(re, im) / n
	return tone, math.Sqrt(max(0, 2*(all/n-tone*tone/2)))
}

func dB(ratio float64) float64 { return 20 * math.Log10(ratio) }

func TestLoadedSoundKeepsSpeechAndLosesWhatWouldFold(t *testing.T) {
	for _, from := range []int{11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000} {
		for _, hz := range []float64{200, 1000, 2000, 3000, 3400, 3600} {
			out, err := All(sine(from, hz, 10000, from), from, 8000)
			if err != nil {
				t.Fatal(err)
			}
			if len(out) != 8000 {
				t.Fatalf("%d Hz: one second became %d samples", from, len(out))
			}
			tone, rest := level(out, 8000, hz)
			if d := dB(tone / 10000); math.Abs(d) > 0.1 {
				t.Errorf("%d Hz: %v Hz changed by %.2f dB", from, hz, d)
			}
			if d := dB(rest / tone); d > -60 {
				t.Errorf("%d Hz: %v Hz brings a noise of %.1f dB", from, hz, d)
			}
		}
		for _, hz := range []float64{4300, 5000} {
			out, err := All(sine(from, hz, 10000, from), from, 8000)
			if err != nil {
				t.Fatal(err)
			}
			if _, rest := level(out, 8000, 50); dB(rest/10000) > -60 {
				t.Errorf("%d Hz: %v Hz folds back at %.1f dB", from, hz, dB(rest/10000))
			}
		}
	}
}

func TestLoadedSoundIsNotDelayed(t *testing.T) {
	for _, from := range []int{16000, 22050, 44100, 48000} {
		pcm := make([]int16, from)
		for i := from/2 - from/200; i < from/2+from/200; i++ {
			pcm[i] = 8000
		}
		out, err := All(pcm, from, 8000)
		if err != nil {
			t.Fatal(err)
		}
		at, sum := 0.0, 0.0
		for i, s := range out {
			at += float64(i) * float64(s)
			sum += float64(s)
		}
		if middle := at / sum; math.Abs(middle-4000) > 1 {
			t.Errorf("from %d Hz: the middle is at sample %.1f, want 4000", from, middle)
		}
	}
}

func TestStreamGoesUpAndDownAgain(t *testing.T) {
	for _, rate := range []int{16000, 48000} {
		up, err := NewConverter(8000, rate, Live)
		if err != nil {
			t.Fatal(err)
		}
		down, err := NewConverter(rate, 8000, Live)
		if err != nil {
			t.Fatal(err)
		}
		in := sine(8000, 1000, 12000, 8000)
		wide, out := make([]int16, up.Len(160)), make([]int16, 0, 8001)
		for frame := range 50 {
			n := up.Convert(wide, in[frame*160:][:160])
			if n != rate/50 {
				t.Fatalf("20 ms became %d samples at %d Hz", n, rate)
			}
			back := make([]int16, down.Len(n))
			out = append(out, back[:down.Convert(back, wide[:n])]...)
		}
		tone, rest := level(out, 8000, 1000)
		if len(out) != 8000 || math.Abs(dB(tone/12000)) > 0.1 || dB(rest/tone) > -55 {
			t.Errorf("%d Hz: %d samples, %.2f dB, noise %.1f dB", rate, len(out), dB(tone/12000), dB(rest/tone))
		}
		if n := testing.AllocsPerRun(10, func() { up.Convert(wide, in[:160]) }); n != 0 {
			t.Errorf("%v allocations a frame", n)
		}
	}
}

func TestOddRatesAreRefused(t *testing.T) {
	for _, rate := range []int{0, -1, 7999, 48001, 44101} {
		if _, err := All([]int16{1}, rate, 8000); !errors.Is(err, ErrRate) {
			t.Errorf("%d Hz: %v", rate, err)
		}
	}
}

func BenchmarkFrame48To8(b *testing.B) {
	c, err := NewConverter(48000, 8000, Live)
	if err != nil {
		b.Fatal(err)
	}
	in, out := sine(48000, 1000, 10000, 960), make([]int16, 161)
	for b.Loop() {
		c.Convert(out, in)
	}
}
