// Package opus speaks Opus (RFC 6716, RFC 7587) through the libopus of the system, which is loaded while the program runs. Where there is none,
// Load says so and nothing else changes: no part of it is in our binary, and no C compiler is needed.
//
// Everything runs at 8,000 samples a second, so that what comes from G.711 and goes to it is never resampled.
package opus

import (
	"errors"
	"fmt"
)

// The shape of our packets.
const (
	Rate       = 8000  // samples a second, of what goes in and comes out
	Clock      = 48000 // ticks a second on the wire, whatever the rate (RFC 7587 section 4.1)
	FrameSize  = 160   // samples of the 20 ms that we encode
	PacketSize = 400   // bytes that a packet of ours needs at most
	MostFrames = 6     // of 20 ms in one packet of a peer (RFC 6716 section 3.2.5)
)

// How we encode: a voice on the telephone. Forward error correction assumes some loss, since who chooses Opus has a bad network.
const (
	bitrate    = 16000
	complexity = 5
	assumeLoss = 10 // percent
)

// ErrAbsent says that there is no libopus on this machine.
var ErrAbsent = errors.New("opus: libopus.so.0 is not installed")

var (
	errSize   = errors.New("opus: a frame has 160 samples")
	errPacket = errors.New("opus: the packet is empty or too long")
)

// codecError is an error of the library.
type codecError int32

// Error is its meaning, from opus_defines.h.
func (e codecError) Error() string {
	words := map[codecError]string{
		-1: "bad argument", -2: "buffer too small", -3: "internal error", -4: "corrupted packet", -5: "not implemented", -6: "invalid state", -7: "out of memory",
	}
	if text, known := words[e]; known {
		return "opus: " + text
	}
	return fmt.Sprintf("opus: error %d", int32(e))
}

// Correction says whether a packet is asked for itself or for what it repeats of the one before it.
type Correction int

// The two.
const (
	Itself Correction = iota
	Before
)
