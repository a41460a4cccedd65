package e2e

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The office's sounds are tones, so that a test knows what is playing by its frequency.
const (
	hzWelcome     = 500.0
	hzMenu        = 600.0
	hzMusic       = 700.0
	hzUnavailable = 800.0
	hzUnknown     = 900.0
	hzGreeting    = 1000.0
	hzWrongKey    = 1100.0
	hzOther       = 400.0
	hzRingback    = 440.0 // the product's own: France rings with it
)

func sounds(t *testing.T, dir string) {
	t.Helper()
	for name, s := range map[string]struct {
		hz float64
		d  time.Duration
	}{
		"welcome": {hzWelcome, 4 * time.Second}, "menu": {hzMenu, 2 * time.Second}, "music": {hzMusic, 10 * time.Second},
		"unavailable": {hzUnavailable, 800 * time.Millisecond}, "extension_unknown": {hzUnknown, 800 * time.Millisecond},
		"greeting": {hzGreeting, 800 * time.Millisecond}, "wrong_key": {hzWrongKey, 1800 * time.Millisecond},
		"other": {hzOther, time.Second},
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".wav"), wav(s.hz, s.d), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// samples is a tone at 8 kHz.
func samples(hz float64, d time.Duration) []int16 {
	pcm := make([]int16, int(d.Seconds()*8000))
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return pcm
}

// wav is a tone at 8 kHz, 16 bits.
func wav(hz float64, d time.Duration) []byte {
	pcm := samples(hz, d)
	var b bytes.Buffer
	b.WriteString("RIFF")
	le := binary.LittleEndian
	b.Write(le.AppendUint32(nil, uint32(36+2*len(pcm))))
	b.WriteString("WAVEfmt ")
	b.Write([]byte{16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0})
	b.WriteString("data")
	b.Write(le.AppendUint32(nil, uint32(2*len(pcm))))
	for _, v := range pcm {
		b.Write(le.AppendUint16(nil, uint16(v)))
	}
	return b.Bytes()
}
