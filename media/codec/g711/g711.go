// Package g711 is the telephone's own codec (ITU-T G.711): A-law and µ-law to and from 16-bit samples, and byte to byte between the two
// laws by the Recommendation's own tables. Both laws run at 8,000 samples a second, one byte a sample (RFC 3551 section 4.5.14).
//
// Samples are left-justified: the full scale of either law is the full scale of int16, so a sine that peaks at 32,767 has a level of
// +3.14 dBm0. No function allocates.
package g711

import "math/bits"

// The codes of silence: what either law sends for a sample of zero.
const (
	SilenceA byte = 0xD5
	SilenceU byte = 0xFF
)

const (
	signBit   = 0x80
	evenBits  = 0x55 // A-law sends every second bit inverted (G.711 section 3.2).
	muBias    = 33   // in the 14-bit scale; it makes every segment of µ-law begin at a power of two.
	muLargest = 8191 // 14 bits with the bias in it.
)

// EncodeALaw writes the A-law code of each sample to dst and returns how many it wrote: the shorter length of the two.
func EncodeALaw(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm))
	dst, pcm = dst[:n], pcm[:n]
	for i, s := range pcm {
		dst[i] = ALaw(s)
	}
	return n
}

// EncodeMuLaw writes the µ-law code of each sample to dst and returns how many it wrote: the shorter length of the two.
func EncodeMuLaw(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm))
	dst, pcm = dst[:n], pcm[:n]
	for i, s := range pcm {
		dst[i] = MuLaw(s)
	}
	return n
}

// DecodeALaw writes the sample of each A-law code to dst and returns how many it wrote: the shorter length of the two.
func DecodeALaw(dst []int16, codes []byte) int {
	n := min(len(dst), len(codes))
	dst, codes = dst[:n], codes[:n]
	for i, c := range codes {
		dst[i] = FromALaw(c)
	}
	return n
}

// DecodeMuLaw writes the sample of each µ-law code to dst and returns how many it wrote: the shorter length of the two.
func DecodeMuLaw(dst []int16, codes []byte) int {
	n := min(len(dst), len(codes))
	dst, codes = dst[:n], codes[:n]
	for i, c := range codes {
		dst[i] = FromMuLaw(c)
	}
	return n
}

// ALaw is the A-law code of a sample (G.711 table 1).
func ALaw(s int16) byte {
	neg := int(s) >> 15               // all ones for a negative sample
	m := (int(s) ^ neg) >> 4 & 0x7FF  // A-law has no zero, so -1 is as large as 0
	e := bits.Len16(uint16(m)>>5) & 7 // segment, less one, but 0 for both of the first
	if m > 15 {
		m = m>>e&15 | (e+1)<<4
	}
	return byte((m ^ evenBits ^ ^neg&signBit) & 0xFF)
}

// MuLaw is the µ-law code of a sample (G.711 table 2).
func MuLaw(s int16) byte {
	neg := int(s) >> 15 // all ones for a negative sample
	m := min((int(s)^neg-neg)>>2+muBias, muLargest)
	e := bits.Len16(uint16(m&muLargest)>>6) & 7 // segment
	return byte(^(m>>(e+1)&15 | e<<4 | neg&signBit) & 0xFF)
}

// FromALaw is the sample of an A-law code: the middle of its interval.
func FromALaw(c byte) int16 {
	c ^= evenBits
	v, e := int16(c&15)<<4+8, c>>4&7
	if e > 0 {
		v = (v + 0x100) << (e - 1)
	}
	if c&signBit == 0 {
		return -v
	}
	return v
}

// FromMuLaw is the sample of a µ-law code: the middle of its interval.
func FromMuLaw(c byte) int16 {
	c = ^c
	v := (int16(c&15)<<3+muBias<<2)<<(c>>4&7) - muBias<<2
	if c&signBit != 0 {
		return -v
	}
	return v
}
