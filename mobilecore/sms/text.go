package sms

import (
	"slices"
	"strings"
)

// Coding is the alphabet of user data.
type Coding string

// The codings.
const (
	GSM7   Coding = "gsm7"   // septets, here always one to an octet
	UCS2   Coding = "ucs2"   // UTF-16, high octet first
	Latin1 Coding = "latin1" // ISO 8859-1, which some centres take for GSM 7 bit
	Binary Coding = "binary" // no text
)

// Decode is the text of user data without its header; of Binary, and of what is no coding, there is none.
func Decode(c Coding, octets []byte) string {
	switch c {
	case GSM7:
		return DecodeGSM7(octets)
	case UCS2:
		return DecodeUCS2(octets)
	case Latin1:
		return DecodeLatin1(octets)
	case Binary:
	}
	return ""
}

// Chunk is the user data of one segment without its header. The zero value stands for one that is missing.
type Chunk struct {
	Coding Coding
	Octets []byte
}

// Join is the text of segments in their order. Neighbours of one coding are put together before they are decoded, so that a character survives which its sender
// cut in two.
func Join(chunks ...Chunk) string {
	var text strings.Builder
	for len(chunks) > 0 {
		n := 1
		for n < len(chunks) && chunks[n].Coding == chunks[0].Coding {
			n++
		}
		octets := chunks[0].Octets
		if n > 1 {
			octets = slices.Concat(octetsOf(chunks[:n])...)
		}
		text.WriteString(Decode(chunks[0].Coding, octets))
		chunks = chunks[n:]
	}
	return text.String()
}

func octetsOf(chunks []Chunk) [][]byte {
	all := make([][]byte, len(chunks))
	for i, c := range chunks {
		all[i] = c.Octets
	}
	return all
}
