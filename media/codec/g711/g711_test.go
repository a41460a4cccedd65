package g711

import (
	"bytes"
	"encoding/binary"
	"math"
	"os/exec"
	"testing"
)

// everySample is each value of int16, lowest first.
func everySample() []int16 {
	pcm := make([]int16, 0, 1<<16)
	for v := math.MinInt16; v <= math.MaxInt16; v++ {
		pcm = append(pcm, int16(v))
	}
	return pcm
}

func everyCode() []byte {
	codes := make([]byte, 256)
	for i := range codes {
		codes[i] = byte(i)
	}
	return codes
}

// sox converts raw samples with another program's tables.
func sox(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("sox")
	if err != nil {
		t.Skip("needs the Debian package sox")
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-V1", "-D"}, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run sox: %v", err)
	}
	return out
}

func toBytes(t *testing.T, pcm []int16) []byte {
	t.Helper()
	b, err := binary.Append(nil, binary.LittleEndian, pcm)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryCodeDecodesAsSoxDoes(t *testing.T) {
	for _, law := range []struct {
		name   string
		decode func([]int16, []byte) int
	}{{"a-law", DecodeALaw}, {"mu-law", DecodeMuLaw}} {
		want := sox(t, everyCode(), "-t", "raw", "-r", "8000", "-c", "1", "-b", "8", "-e", law.name, "-", "-t", "raw", "-e", "signed", "-b", "16", "-")
		got := make([]int16, 256)
		if n := law.decode(got, everyCode()); n != 256 {
			t.Fatalf("%s: decoded %d of 256 codes", law.name, n)
		}
		if !bytes.Equal(toBytes(t, got), want) {
			t.Errorf("%s: the samples differ from sox", law.name)
		}
	}
}

// Sox rounds to the law's own grid (13 bits for A, 14 for µ) before it encodes; so do we here, and then every sample must agree.
func TestEverySampleEncodesAsSoxDoes(t *testing.T) {
	for _, law := range []struct {
		name   string
		encode func([]byte, []int16) int
		step   int
	}{{"a-law", EncodeALaw, 8}, {"mu-law", EncodeMuLaw, 4}} {
		pcm := everySample()
		want := sox(t, toBytes(t, pcm), "-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-", "-t", "raw", "-e", law.name, "-b", "8", "-")
		for i, s := range pcm {
			grid := (int(s) + law.step/2) &^ (law.step - 1)
			pcm[i] = int16(min(grid, math.MaxInt16+1-law.step))
		}
		got := make([]byte, len(pcm))
		law.encode(got, pcm)
		if len(want) != len(got) {
			t.Fatalf("%s: sox made %d codes of %d", law.name, len(want), len(got))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%s: sample %d is %#x, sox has %#x", law.name, pcm[i], got[i], want[i])
			}
		}
	}
}

func TestEncodingKeepsTheOrderOfSamplesAndEveryCode(t *testing.T) {
	for _, law := range []struct {
		name   string
		encode func(int16) byte
		decode func(byte) int16
	}{{"a-law", ALaw, FromALaw}, {"mu-law", MuLaw, FromMuLaw}} {
		last := math.MinInt
		for _, s := range everySample() {
			v := int(law.decode(law.encode(s)))
			if v < last {
				t.Fatalf("%s: sample %d comes out as %d, below the %d of the one before", law.name, s, v, last)
			}
			last = v
			// The widest interval of either law is 1/32 of full scale.
			if d := v - int(s); d > 644 || d < -644 {
				t.Fatalf("%s: sample %d comes out as %d", law.name, s, v)
			}
		}
		for c := range 256 {
			s := law.decode(byte(c))
			if again := law.encode(s); again != byte(c) && s != 0 { // µ-law has two zeros
				t.Errorf("%s: code %#x decodes to %d, which encodes to %#x", law.name, c, s, again)
			}
		}
	}
}

// The bytes that a chain of conversions may change are those that G.711 itself says: 16 of the 256 codes of A-law (where two steps of A
// share one of µ) and 16 of µ-law in each half, and never by more than one step.
func TestLawsConvertByTheTablesOfG711(t *testing.T) {
	a, u := everyCode(), everyCode()
	ALawToMuLaw(a, a)
	MuLawToALaw(a, a)
	MuLawToALaw(u, u)
	ALawToMuLaw(u, u)
	changedA, changedU := 0, 0
	for c := range 256 {
		if a[c] != byte(c) {
			changedA++
			if d := int(a[c]^evenBits) - (c ^ evenBits); d != 1 && d != -1 {
				t.Errorf("A-law %#x became %#x", c, a[c])
			}
		}
		if u[c] != byte(c) {
			changedU++
			if d := int(u[c]) - c; d != 1 && d != -1 {
				t.Errorf("mu-law %#x became %#x", c, u[c])
			}
		}
	}
	t.Logf("changed by going round: %d codes of A-law, %d of mu-law", changedA, changedU)
	for _, p := range []struct{ mu, a byte }{
		{0xFF, 0xD5}, {0x7F, 0x55}, // silence
		{0x80, 0xAA}, {0x00, 0x2A}, // full scale
		{0xFF - 80, 0xD5 ^ 79}, {0xFF - 81, 0xD5 ^ 81}, // table 3 leaves out one output of A-law here
		{0xFF - 33, 0xD5 ^ 26}, {0xFF - 63, 0xD5 ^ 61},
	} {
		if got := AFromMu(p.mu); got != p.a {
			t.Errorf("mu-law %#x is A-law %#x, want %#x", p.mu, got, p.a)
		}
	}
	for _, p := range []struct{ a, mu byte }{{0xD5 ^ 79, 0xFF - 80}, {0xD5 ^ 80, 0xFF - 80}, {0xD5, 0xFE}, {0xD5 ^ 25, 0xFF - 32}} {
		if got := MuFromA(p.a); got != p.mu {
			t.Errorf("A-law %#x is mu-law %#x, want %#x", p.a, got, p.mu)
		}
	}
}

func TestShorterSideRules(t *testing.T) {
	if n := EncodeALaw(make([]byte, 3), make([]int16, 5)); n != 3 {
		t.Errorf("encoded %d, want 3", n)
	}
	if n := DecodeMuLaw(make([]int16, 5), make([]byte, 2)); n != 2 {
		t.Errorf("decoded %d, want 2", n)
	}
	if ALaw(0) != SilenceA || MuLaw(0) != SilenceU {
		t.Error("silence has another code")
	}
}

func TestNothingAllocates(t *testing.T) {
	pcm, code := make([]int16, 160), make([]byte, 160)
	if n := testing.AllocsPerRun(10, func() {
		EncodeALaw(code, pcm)
		DecodeALaw(pcm, code)
		EncodeMuLaw(code, pcm)
		DecodeMuLaw(pcm, code)
		ALawToMuLaw(code, code)
		MuLawToALaw(code, code)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	pcm, code := make([]int16, 160), make([]byte, 160)
	for i := range pcm {
		pcm[i] = int16(i*397 - 30000)
	}
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"EncodeALaw", func() { EncodeALaw(code, pcm) }},
		{"EncodeMuLaw", func() { EncodeMuLaw(code, pcm) }},
		{"DecodeALaw", func() { DecodeALaw(pcm, code) }},
		{"DecodeMuLaw", func() { DecodeMuLaw(pcm, code) }},
		{"ALawToMuLaw", func() { ALawToMuLaw(code, code) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.run()
			}
		})
	}
}
