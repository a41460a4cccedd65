package sms

import (
	"slices"
	"unicode/utf8"
)

// escape leads to the extension table; alone, or twice, it stands for a space (TS 23.038 section 6.2.1.1).
const escape = 0x1b

// basic is the GSM 7 bit default alphabet in the order of its codes (TS 23.038 section 6.2.1).
const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" + " !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§" + "¿abcdefghijklmnopqrstuvwxyzäöñüà"

// extended is the extension table: each character is followed by its code.
const extended = "\f\x0a^\x14{\x28}\x29\\\x2f[\x3c~\x3d]\x3e|\x40€\x65"

// AppendGSM7 appends the septets of a character, one to an octet: two for a character of the extension table. It appends none for a character that the alphabet
// does not have.
func AppendGSM7(b []byte, r rune) []byte {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= ' ' && r <= '?' && r != '$':
		return append(b, byte(r)) //nolint:gosec // below 0x80
	case r == escape:
		return b // it is no character
	}
	code := byte(0)
	for _, c := range basic {
		if c == r {
			return append(b, code)
		}
		code++
	}
	wanted := true // every other character of the table is one, those between are codes
	for i, c := range extended {
		if wanted && c == r {
			return append(b, escape, extended[i+utf8.RuneLen(c)])
		}
		wanted = !wanted
	}
	return b
}

// EncodeGSM7 is a text in septets, one to an octet, or the characters that the alphabet does not have, each once in the order of the text.
func EncodeGSM7(text string) (septets []byte, missing []rune) {
	septets = make([]byte, 0, len(text))
	for _, r := range text {
		n := len(septets)
		septets = AppendGSM7(septets, r)
		if len(septets) == n {
			missing = appendOnce(missing, r)
		}
	}
	if missing != nil {
		return nil, missing
	}
	return septets, nil
}

// appendOnce bounds what it keeps: a text in another script has no more than a few hundred different characters that anybody wants to read of.
func appendOnce(all []rune, r rune) []rune {
	const most = 256
	if len(all) >= most || slices.Contains(all, r) {
		return all
	}
	return append(all, r)
}

// DecodeGSM7 is the text of septets, one to an octet. What the extension table does not have is read as of the basic one, an escape that leads nowhere as a space,
// and an octet with its high bit set as U+FFFD.
func DecodeGSM7(septets []byte) string {
	table := []rune(basic)
	text := make([]byte, 0, len(septets)+len(septets)/4)
	for i := 0; i < len(septets); i++ {
		s := septets[i]
		switch {
		case s >= 0x80:
			text = utf8.AppendRune(text, utf8.RuneError)
		case s != escape:
			text = utf8.AppendRune(text, table[s])
		case i+1 >= len(septets) || septets[i+1] == escape || septets[i+1] >= 0x80:
			text = append(text, ' ')
			if i+1 < len(septets) && septets[i+1] == escape {
				i++
			}
		default:
			i++
			text = utf8.AppendRune(text, extension(septets[i], table))
		}
	}
	return string(text)
}

// extension is the character of the extension table with a code.
func extension(code byte, table []rune) rune {
	at, before := 0, rune(0)
	for _, c := range extended {
		if at%2 == 1 && c == rune(code) {
			return before
		}
		at, before = at+1, c
	}
	return table[code]
}

// Pack puts septets together, after fill bits that bring them to where a septet begins behind a user data header (TS 23.040 section 9.2.3.24).
func Pack(septets []byte, fill int) []byte {
	packed := make([]byte, (len(septets)*7+fill+7)/8)
	bit := fill
	for _, s := range septets {
		v := uint16(s&0x7f) << (bit % 8)
		packed[bit/8] |= byte(v) //nolint:gosec // the high octet follows
		if high := byte(v >> 8); high != 0 {
			packed[bit/8+1] |= high
		}
		bit += 7
	}
	return packed
}

// Unpack takes n septets apart that begin after fill bits; it returns as many as there are.
func Unpack(packed []byte, n, fill int) []byte {
	n = max(0, min(n, (len(packed)*8-fill)/7))
	septets := make([]byte, n)
	for i := range septets {
		bit := fill + 7*i
		v := uint16(packed[bit/8])
		if bit/8+1 < len(packed) {
			v |= uint16(packed[bit/8+1]) << 8
		}
		septets[i] = byte(v>>(bit%8)) & 0x7f //nolint:gosec // seven bits are kept
	}
	return septets
}

// fillBits is how many bits bring septets behind a header of so many octets, its length octet counted, to where one begins.
func fillBits(header int) int { return (7 - header*8%7) % 7 }
