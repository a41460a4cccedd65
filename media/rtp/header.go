package rtp

import (
	"encoding/binary"
	"errors"
	"time"
)

// HeaderSize is the length in bytes of the header of every packet that we send: no CSRC, no extension (RFC 3550 section 5.1).
const HeaderSize = 12

// Rate is the clock of every stream here: 8,000 ticks a second, as G.711 and its telephone-event have it.
const Rate = 8000

// FrameTicks is the length of one 20 ms packet in ticks, and of its G.711 payload in bytes.
const FrameTicks = 160

// Frame is the length of one packet that we make.
const Frame = 20 * time.Millisecond

// What can be wrong with a packet.
var (
	errShort   = errors.New("rtp: shorter than its header")
	errVersion = errors.New("rtp: version is not 2")
	errPadding = errors.New("rtp: padding is longer than the payload")
)

// Header is what matters of a packet's header.
type Header struct {
	PayloadType uint8
	Marker      bool
	Seq         uint16
	Timestamp   uint32
	SSRC        uint32

	start, end int // of the payload in the packet
}

// Parse reads the header of a packet. It fails when the version is not 2, or when CSRCs, extension or padding do not fit.
func Parse(b []byte) (Header, error) {
	if len(b) < HeaderSize {
		return Header{}, errShort
	}
	if b[0]>>6 != 2 {
		return Header{}, errVersion
	}
	h := Header{
		PayloadType: b[1] & 0x7F,
		Marker:      b[1]&0x80 != 0,
		Seq:         binary.BigEndian.Uint16(b[2:]),
		Timestamp:   binary.BigEndian.Uint32(b[4:]),
		SSRC:        binary.BigEndian.Uint32(b[8:]),
		start:       HeaderSize + 4*int(b[0]&0x0F),
		end:         len(b),
	}
	if b[0]&0x10 != 0 {
		if len(b) < h.start+4 {
			return Header{}, errShort
		}
		h.start += 4 + 4*int(binary.BigEndian.Uint16(b[h.start+2:]))
	}
	if h.start > len(b) {
		return Header{}, errShort
	}
	if b[0]&0x20 != 0 {
		h.end -= int(b[len(b)-1])
		if h.end < h.start || h.end == len(b) {
			return Header{}, errPadding
		}
	}
	return h, nil
}

// Payload is the packet's payload, without its padding.
func (h *Header) Payload(b []byte) []byte { return b[h.start:h.end] }

// IsControl says that bytes on an RTP port are RTCP sent there all the same (RFC 5761 section 4).
func IsControl(b []byte) bool { return len(b) >= 2 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223 }

// Mark is how a packet is stamped before it leaves.
type Mark struct {
	PayloadType uint8
	Marker      bool
	Seq         uint16
	Timestamp   uint32
	SSRC        uint32
}

// Put writes the header to the first twelve bytes of b.
func (m Mark) Put(b []byte) {
	b[0] = 0x80
	b[1] = m.PayloadType & 0x7F
	if m.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], m.Seq)
	binary.BigEndian.PutUint32(b[4:], m.Timestamp)
	binary.BigEndian.PutUint32(b[8:], m.SSRC)
}

// Patch stamps a received packet for another leg, in place, and returns what is to be sent. CSRCs, extensions and padding were agreed
// with nobody on the other side, so they stay behind.
func (m Mark) Patch(b []byte, h *Header) []byte {
	out := b[h.start-HeaderSize : h.end]
	m.Put(out)
	return out
}

// seqAhead is how far a sequence number is ahead of another; the numbers wrap.
func seqAhead(a, b uint16) int { return int(int16(a - b)) } //nolint:gosec // wraps on purpose

// ticksAhead is how far a timestamp is ahead of another; timestamps wrap.
func ticksAhead(a, b uint32) int { return int(int32(a - b)) } //nolint:gosec // wraps on purpose
