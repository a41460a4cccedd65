package media

import (
	"math"
	"math/rand/v2"
	"time"
)

// hush is the noise that a sender asks for instead of its silence (RFC 3389). The worker owns it.
type hush struct {
	loud  int32 // the largest sample; 0: no noise was asked for
	since int64
}

const (
	// hushMost is how long it goes on without a word of the sender.
	hushMost = 30 * time.Second
	// hushFull is 0 dBov as a noise that is spread evenly: its root mean square is the largest sample by the square root of three.
	hushFull = 32767
)

// begin reads a payload: its first byte is the level, in dB below full scale. What it says of the spectrum may be left out (section 3).
func (h *hush) begin(payload []byte, now int64) {
	if len(payload) == 0 {
		return
	}
	level := float64(payload[0] & 0x7F)
	h.loud = int32(min(math.Sqrt(3)*hushFull*math.Pow(10, -level/20), hushFull))
	h.since = now
}

// end says that there is a voice again.
func (h *hush) end() { h.loud = 0 }

// on says whether there is a noise to make.
func (h *hush) on(now int64) bool { return h.loud > 0 && now-h.since < int64(hushMost) }

// fill makes it.
func (h *hush) fill(dst []int16) {
	if h.loud <= 0 {
		return
	}
	for i := range dst {
		dst[i] = int16(rand.Int32N(2*h.loud+1) - h.loud) //nolint:gosec // it is noise
	}
}
