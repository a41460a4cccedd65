package g711

// The two conversions below are tables 3 and 4 of G.711, which are not what decoding and encoding again gives: a few codes near the
// middle and at the top of the scale differ, and a path that goes µ-A-µ must be transparent to the extent the tables make it so.
// They map magnitudes, the loudest last; sign and the inversion of bits are put back around them. They are constants rather than
// arrays because a constant cannot be written to.
const (
	muToA = "\x00\x00\x01\x01\x02\x02\x03\x03\x04\x04\x05\x05\x06\x06\x07\x07" +
		"\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17" +
		"\x18\x1a\x1c\x1e\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29\x2a\x2b" +
		"\x2d\x2f\x30\x31\x32\x33\x34\x35\x36\x37\x38\x39\x3a\x3b\x3c\x3d" +
		"\x3f\x40\x41\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e" +
		"\x4f\x51\x52\x53\x54\x55\x56\x57\x58\x59\x5a\x5b\x5c\x5d\x5e\x5f" +
		"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f" +
		"\x70\x71\x72\x73\x74\x75\x76\x77\x78\x79\x7a\x7b\x7c\x7d\x7e\x7f"
	aToMu = "\x01\x03\x05\x07\x09\x0b\x0d\x0f\x10\x11\x12\x13\x14\x15\x16\x17" +
		"\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x20\x20\x21\x21\x22\x22\x23\x23" +
		"\x24\x25\x26\x27\x28\x29\x2a\x2b\x2c\x2d\x2e\x2f\x30\x30\x31\x31" +
		"\x32\x33\x34\x35\x36\x37\x38\x39\x3a\x3b\x3c\x3d\x3e\x3f\x40\x40" +
		"\x41\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e\x4f\x50" +
		"\x50\x51\x52\x53\x54\x55\x56\x57\x58\x59\x5a\x5b\x5c\x5d\x5e\x5f" +
		"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f" +
		"\x70\x71\x72\x73\x74\x75\x76\x77\x78\x79\x7a\x7b\x7c\x7d\x7e\x7f"
)

// ALawToMuLaw writes the µ-law code of each A-law code to dst (G.711 table 4) and returns how many it wrote: the shorter length of the
// two. dst and codes may be the same slice.
func ALawToMuLaw(dst, codes []byte) int {
	n := min(len(dst), len(codes))
	dst, codes = dst[:n], codes[:n]
	for i, c := range codes {
		dst[i] = MuFromA(c)
	}
	return n
}

// MuLawToALaw writes the A-law code of each µ-law code to dst (G.711 table 3) and returns how many it wrote: the shorter length of the
// two. dst and codes may be the same slice.
func MuLawToALaw(dst, codes []byte) int {
	n := min(len(dst), len(codes))
	dst, codes = dst[:n], codes[:n]
	for i, c := range codes {
		dst[i] = AFromMu(c)
	}
	return n
}

// MuFromA is the µ-law code of one A-law code (G.711 table 4).
func MuFromA(c byte) byte {
	return c&signBit | aToMu[(c^evenBits)&0x7F] ^ 0x7F
}

// AFromMu is the A-law code of one µ-law code (G.711 table 3).
func AFromMu(c byte) byte {
	return c&signBit | muToA[^c&0x7F] ^ evenBits
}
