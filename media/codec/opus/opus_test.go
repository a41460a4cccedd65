package opus

import (
	"errors"
	"math"
	"testing"
)

func load(tb testing.TB) *Library {
	tb.Helper()
	l, err := Load()
	if errors.Is(err, ErrAbsent) {
		tb.Skip("libopus0 is not installed")
	}
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func tone(n int) []int16 {
	const hz = 440
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/Rate))
	}
	return pcm
}

// share is the part of the power at a frequency (Goertzel).
func share(pcm []int16) float64 {
	const hz = 440.0
	c := 2 * math.Cos(2*math.Pi*hz/Rate)
	var a, b, all float64
	for _, v := range pcm {
		a, b = float64(v)+c*a-b, a
		all += float64(v) * float64(v)
	}
	if all == 0 {
		return 0
	}
	return (a*a + b*b - c*a*b) * 2 / float64(len(pcm)) / all
}

func TestAToneComesBackSmallerAndWhatIsLostIsMadeUp(t *testing.T) {
	l := load(t)
	e, err := l.Encoder()
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Decoder()
	if err != nil {
		t.Fatal(err)
	}
	in, out := tone(100*FrameSize), []int16{}
	size := 0
	var packets [][]byte
	for i := 0; i < len(in); i += FrameSize {
		b := make([]byte, PacketSize)
		n, errEnc := e.Encode(b, in[i:i+FrameSize])
		if errEnc != nil {
			t.Fatal(errEnc)
		}
		size += n
		packets = append(packets, b[:n])
	}
	var pcm [MostFrames * FrameSize]int16
	for i, b := range packets {
		var n int
		switch i % 10 {
		case 7: // lost, but the next one repeats it
			n, err = d.Decode(pcm[:FrameSize], packets[i+1], Before)
		case 3: // lost
			n, err = d.Conceal(pcm[:FrameSize])
		default:
			n, err = d.Decode(pcm[:], b, Itself)
		}
		if err != nil || n != FrameSize {
			t.Fatalf("packet %d: %d samples, %v", i, n, err)
		}
		out = append(out, pcm[:n]...)
	}
	good := 0
	for i := 0; i < len(out); i += FrameSize {
		if share(out[i:i+FrameSize]) > 0.5 {
			good++
		}
	}
	if good < 85 {
		t.Errorf("the tone is in %d of 100 frames", good)
	}
	if size > 100*60 {
		t.Errorf("%d bytes for two seconds", size)
	}
	if _, err = e.Encode(make([]byte, 10), in[:80]); err == nil {
		t.Error("half a frame is taken")
	}
	if _, err = d.Decode(pcm[:], nil, Itself); err == nil {
		t.Error("nothing is decoded")
	}
}

// FuzzDecode reads packets of anybody.
func FuzzDecode(f *testing.F) {
	l := load(f)
	e, err := l.Encoder()
	if err != nil {
		f.Fatal(err)
	}
	b := make([]byte, PacketSize)
	n, err := e.Encode(b, tone(FrameSize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:n])
	f.Add([]byte{0xFF, 0xFF, 0x3F})
	d, err := l.Decoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var pcm [MostFrames * FrameSize]int16
		if n, err := d.Decode(pcm[:], b, Itself); err == nil && (n <= 0 || n > len(pcm)) {
			t.Errorf("%d samples", n)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e, err := load(b).Encoder()
	if err != nil {
		b.Fatal(err)
	}
	pcm, out := tone(FrameSize), make([]byte, PacketSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(out, pcm); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	l := load(b)
	e, _ := l.Encoder()
	d, err := l.Decoder()
	if err != nil {
		b.Fatal(err)
	}
	out := make([]byte, PacketSize)
	n, _ := e.Encode(out, tone(FrameSize))
	var pcm [MostFrames * FrameSize]int16
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decode(pcm[:], out[:n], Itself); err != nil {
			b.Fatal(err)
		}
	}
}
