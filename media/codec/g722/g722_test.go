package g722

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sine is a tone of half of full scale.
func sine(hz float64) []int16 {
	pcm := make([]int16, Rate)
	for i := range pcm {
		pcm[i] = int16(16000 * math.Sin(2*math.Pi*hz*float64(i)/Rate))
	}
	return pcm
}

// sounds are of every kind: tones of both bands, loud noise, steps, and what a telephone makes of silence.
func sounds() map[string][]int16 {
	dice := rand.New(rand.NewPCG(7, 22))
	noise, quiet, steps := make([]int16, Rate), make([]int16, Rate), make([]int16, Rate)
	for i := range noise {
		noise[i] = int16(dice.IntN(65536) - 32768)
		quiet[i] = int16(dice.IntN(9) - 4)
		steps[i] = int16(1-i/500%2*2) * 30000
	}
	return map[string][]int16{
		"1 kHz": sine(1000), "3.9 kHz": sine(3900), "6 kHz": sine(6000), "noise": noise, "quiet": quiet, "steps": steps,
		"nothing": make([]int16, Rate),
	}
}

// snr compares what came out with what went in, delayed by what the filters take, in dB.
func snr(in, out []int16) float64 {
	const delay = 22
	var signal, noise float64
	for i := Rate / 10; i < len(in)-delay; i++ {
		d := float64(out[i+delay]) - float64(in[i])
		signal += float64(in[i]) * float64(in[i])
		noise += d * d
	}
	return 10 * math.Log10(signal/noise)
}

func TestATonePassesAsGoodAsTheModePromises(t *testing.T) {
	for _, c := range []struct {
		hz    float64
		mode  Mode
		least float64
	}{
		{300, Mode64, 30},
		{1000, Mode64, 30},
		{3000, Mode64, 30},
		{5000, Mode64, 14},
		{6500, Mode64, 12},
		{1000, Mode56, 25},
		{1000, Mode48, 20},
	} {
		in := sine(c.hz)
		codes, out := make([]byte, Rate/2), make([]int16, Rate)
		if n := NewEncoder().Encode(codes, in); n != Rate/2 {
			t.Fatalf("%d codes", n)
		}
		if n := NewDecoder(c.mode).Decode(out, codes); n != Rate {
			t.Fatalf("%d samples", n)
		}
		if db := snr(in, out); db < c.least {
			t.Errorf("%v Hz in mode %d: %.1f dB, want %v", c.hz, c.mode, db, c.least)
		}
	}
}

func TestAnyLengthOfCallGivesTheSameStream(t *testing.T) {
	in := sounds()["noise"]
	whole := make([]byte, len(in)/2)
	NewEncoder().Encode(whole, in)
	e, parts := NewEncoder(), []byte{}
	for _, n := range []int{2, 320, 640, 1000, 14, 480} {
		b := make([]byte, n/2)
		e.Encode(b, in[2*len(parts):][:n])
		parts = append(parts, b...)
	}
	for i := range parts {
		if parts[i] != whole[i] {
			t.Fatalf("code %d depends on how many come at once", i)
		}
	}
	if n := NewEncoder().Encode(make([]byte, 4), make([]int16, 7)); n != 3 {
		t.Errorf("%d codes of seven samples", n)
	}
	if n := NewDecoder(Mode64).Decode(make([]int16, 5), make([]byte, 9)); n != 4 {
		t.Errorf("%d samples in room for five", n)
	}
}

func TestNothingAllocates(t *testing.T) {
	e, d := NewEncoder(), NewDecoder(Mode64)
	pcm, codes := make([]int16, FrameSize), make([]byte, FrameSize/2)
	if n := testing.AllocsPerRun(10, func() { e.Encode(codes, pcm); d.Decode(pcm, codes) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// FuzzDecode decodes what anybody sends, and what comes out can be encoded again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x00, 0xFF, 0x80, 0x7F, 0x3F})
	f.Add(make([]byte, 160))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []Mode{Mode64, Mode56, Mode48} {
			d, out := NewDecoder(m), make([]int16, 2*len(b))
			if n := d.Decode(out, b); n != len(out) {
				t.Fatalf("%d samples of %d codes", n, len(b))
			}
			if d.low.step <= 0 || d.high.step <= 0 || d.low.log > mostLow || d.high.log > mostHigh {
				t.Fatalf("the steps are %d and %d", d.low.step, d.high.step)
			}
			codes := make([]byte, len(b))
			if n := NewEncoder().Encode(codes, out); n != len(b) {
				t.Fatalf("%d codes of %d", n, len(b))
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e, in, out := NewEncoder(), sounds()["noise"], make([]byte, FrameSize/2)
	b.ReportAllocs()
	for i := 0; b.Loop(); i = (i + FrameSize) % (Rate - FrameSize) {
		e.Encode(out, in[i:i+FrameSize])
	}
}

func BenchmarkDecode(b *testing.B) {
	in, codes, out := sounds()["noise"], make([]byte, Rate/2), make([]int16, FrameSize)
	NewEncoder().Encode(codes, in)
	d := NewDecoder(Mode64)
	b.ReportAllocs()
	for i := 0; b.Loop(); i = (i + FrameSize/2) % (Rate/2 - FrameSize/2) {
		d.Decode(out, codes[i:i+FrameSize/2])
	}
}
