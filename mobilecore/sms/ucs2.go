package sms

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUCS2 appends a character in UTF-16, high octet first: two octets, or four for a character beyond U+FFFF.
func AppendUCS2(b []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return append(b, byte(high>>8), byte(high), byte(low>>8), byte(low)) //nolint:gosec // two octets of sixteen bits
	}
	return append(b, byte(r>>8), byte(r)) //nolint:gosec // two octets of sixteen bits
}

// EncodeUCS2 is a text in UTF-16, high octet first. What is not UTF-8 is written as U+FFFD.
func EncodeUCS2(text string) []byte {
	b := make([]byte, 0, 2*len(text))
	for _, r := range text {
		b = AppendUCS2(b, r)
	}
	return b
}

// DecodeUCS2 is the text of UTF-16, high octet first. A surrogate alone, and an octet at the end that has no other, are read as U+FFFD.
func DecodeUCS2(octets []byte) string {
	units := make([]uint16, 0, len(octets)/2+1)
	for i := 0; i+1 < len(octets); i += 2 {
		units = append(units, uint16(octets[i])<<8|uint16(octets[i+1]))
	}
	if len(octets)%2 == 1 {
		units = append(units, utf8.RuneError)
	}
	return string(utf16.Decode(units))
}

// EncodeLatin1 is a text in ISO 8859-1; ok is false when it has characters that this does not.
func EncodeLatin1(text string) (octets []byte, ok bool) {
	octets = make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		octets = append(octets, byte(r)) //nolint:gosec // compared above
	}
	return octets, true
}

// DecodeLatin1 is the text of ISO 8859-1.
func DecodeLatin1(octets []byte) string {
	text := make([]rune, len(octets))
	for i, b := range octets {
		text[i] = rune(b)
	}
	return string(text)
}
