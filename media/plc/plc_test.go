package plc

import (
	"math"
	"testing"
)

func tone(rate int, hz float64, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		at := 2 * math.Pi * hz * float64(i) / float64(rate)
		pcm[i] = int16(6000*math.Sin(at) + 3000*math.Sin(3*at+1))
	}
	return pcm
}

func power(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(pcm))
}

// A voiced sound is periodic: what is made up for 20 ms of it must be like what was lost, where silence would be all error.
func TestALostFrameOfAVoiceSoundsLikeIt(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for _, hz := range []float64{90, 130, 180} {
			c, frame := New(rate), rate/50
			in := tone(rate, hz, 20*frame)
			for i := 0; i < 10*frame; i += frame {
				c.Heard(append([]int16(nil), in[i:i+frame]...))
			}
			out := make([]int16, frame)
			c.Lost(out)
			wrong := make([]int16, frame)
			for i := range wrong {
				wrong[i] = out[i] - in[10*frame+i]
			}
			if db := 10 * math.Log10(power(in[10*frame:11*frame])/power(wrong)); db < 6 {
				t.Errorf("%v Hz at %d: what is made up is %.1f dB away from what was lost", hz, rate, db)
			}
		}
	}
}

func TestALongLossFadesToSilenceAndComesBackWithoutAStep(t *testing.T) {
	const rate, frame = 8000, 160
	c := New(rate)
	in := tone(rate, 125, 40*frame)
	for i := 0; i < 10*frame; i += frame {
		c.Heard(append([]int16(nil), in[i:i+frame]...))
	}
	last, out := math.Inf(1), make([]int16, frame)
	for i := range 5 {
		c.Lost(out)
		now := power(out)
		if now > last*1.01 {
			t.Errorf("frame %d is louder than the one before", i)
		}
		last = now
	}
	if last != 0 || c.Made() != 100 {
		t.Errorf("after %d ms there is still power %v", c.Made(), last)
	}
	back := append([]int16(nil), in[15*frame:16*frame]...)
	c.Heard(back)
	if d := int(back[0]); d > 500 || d < -500 {
		t.Errorf("it comes back with a step of %d", d)
	}
	if back[100] != in[15*frame+100] {
		t.Error("what is heard again is changed for longer than the blend")
	}
}

func TestNothingAllocates(t *testing.T) {
	c, pcm := New(16000), make([]int16, 320)
	if n := testing.AllocsPerRun(20, func() { c.Heard(pcm); c.Lost(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzConceal(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 90}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, lost uint8) {
		for _, rate := range []int{8000, 16000} {
			c, pcm := New(rate), make([]int16, rate/50)
			for i := range pcm {
				if len(b) > 0 {
					pcm[i] = int16(b[i%len(b)])<<8 | int16(b[(i*7)%len(b)])
				}
			}
			c.Heard(pcm)
			for range lost % 8 {
				c.Lost(pcm)
			}
			c.Heard(pcm[:3])
			if c.Made() != 0 {
				t.Error("what was heard does not end the loss")
			}
		}
	})
}

func BenchmarkLost(b *testing.B) {
	c, pcm := New(8000), tone(8000, 120, 160)
	for b.Loop() {
		c.Heard(pcm)
		c.Lost(pcm)
	}
}
