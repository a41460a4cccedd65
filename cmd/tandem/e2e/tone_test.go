//go:build !race

package e2e

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"
)

// writeTone writes two seconds of a tone as a WAV file of 48 kHz, whole waves of it, so that it can be heard over and over without a click.
func writeTone(t *testing.T, path string, hz float64) {
	t.Helper()
	const rate, seconds = 48000, 2
	var b bytes.Buffer
	b.WriteString("RIFF")
	le := func(v any) {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	le(uint32(36 + 2*rate*seconds))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		le(v)
	}
	b.WriteString("data")
	le(uint32(2 * rate * seconds))
	for i := range rate * seconds {
		le(int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/rate)))
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// until waits for something that nobody tells of.
func (r *showroom) until(what string, ok func() bool) {
	r.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-end.C:
			r.t.Fatalf("waited %v for %s", patience, what)
		case <-tick.C:
		}
	}
}
