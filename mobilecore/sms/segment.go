package sms

import (
	"errors"
	"unicode"
	"unicode/utf8"
)

// What Plan says of a text that cannot be sent.
var (
	ErrNotText = errors.New("text is not UTF-8")
	ErrTooLong = errors.New("text takes more than 255 segments")
)

// Long says how the segments of a long message are told from others.
type Long int

// The ways of a long message.
const (
	LongUDH8    Long = iota // a user data header with a reference of 8 bits
	LongUDH16               // one of 16 bits
	LongSAR                 // the segments have no header; who sends them says it beside (SMPP's sar_ TLVs). They are as short as with LongUDH8
	LongPayload             // one segment, however long
)

// Options say how a message is to be made. The zero value makes GSM7 where it can, and headers with 8 bits.
type Options struct {
	Reference uint16 // that all segments share; of LongUDH8 the low octet counts
	Long      Long
	Standard  Coding // what a text in GSM7 is written in: GSM7 or "", or Latin1, where it is in both
}

// Message is a text as it is sent.
type Message struct {
	Coding   Coding
	Segments []Segment // one at least
}

// Segment is a part of a message, or all of it.
type Segment struct {
	Header []byte // user data header with its length octet; nil: none
	Octets []byte // user data behind it: septets one to an octet, UTF-16, or ISO 8859-1
	Concat Concat // zero: it is all
}

// UserData is the header and what follows it, as SMPP has it in a short_message.
func (s Segment) UserData() []byte { return append(append([]byte(nil), s.Header...), s.Octets...) }

// Encoding is "gsm7" or "ucs2": what a message is counted as.
func (m Message) Encoding() Coding {
	if m.Coding == UCS2 {
		return UCS2
	}
	return GSM7
}

// The units of user data in a segment: septets, or UTF-16 units (TS 23.040 section 9.2.3.24.1).
const (
	septetsAlone, unitsAlone   = 160, 70
	septetsNarrow, unitsNarrow = 153, 67
	septetsWide, unitsWide     = 152, 66
	mostSegments               = 255
)

// room is how many units the only segment of a message has, and one of several.
func room(c Coding, l Long) (alone, each int) {
	switch {
	case l == LongPayload:
		const noEnd = 1 << 30
		return noEnd, noEnd
	case c == UCS2 && l == LongUDH16:
		return unitsAlone, unitsWide
	case c == UCS2:
		return unitsAlone, unitsNarrow
	case l == LongUDH16:
		return septetsAlone, septetsWide
	}
	return septetsAlone, septetsNarrow
}

// Plan makes the segments of a text. It never cuts a character in two, and cuts one that is made of several (an emoji with its modifiers, a letter with its accents)
// only where it is longer than a segment. It fails with ErrNotText or ErrTooLong.
func Plan(text string, o Options) (Message, error) {
	if !utf8.ValidString(text) {
		return Message{}, ErrNotText
	}
	coding := codingOf(text, o.Standard)
	alone, each := room(coding, o.Long)
	pieces := cut(text, ruler{coding}, alone, each)
	if len(pieces) > mostSegments {
		return Message{}, ErrTooLong
	}
	m := Message{Coding: coding, Segments: make([]Segment, len(pieces))}
	for i, p := range pieces {
		s := Segment{Octets: encode(coding, p)}
		if len(pieces) > 1 {
			s.Concat = Concat{Reference: o.Reference, Wide: o.Long != LongUDH8, Total: len(pieces), Number: i + 1}
			if o.Long == LongUDH8 {
				s.Concat.Reference &= 0xff
			}
			if o.Long == LongUDH8 || o.Long == LongUDH16 {
				s.Header = Header{s.Concat.Element()}.Bytes()
			}
		}
		m.Segments[i] = s
	}
	return m, nil
}

// codingOf is the narrowest coding that has all characters of a text.
func codingOf(text string, standard Coding) Coding {
	if _, missing := EncodeGSM7(text); missing != nil {
		return UCS2
	}
	if standard == Latin1 {
		if _, ok := EncodeLatin1(text); ok {
			return Latin1
		}
		return UCS2 // the other has no name for GSM7
	}
	return GSM7
}

func encode(c Coding, text string) []byte {
	switch c {
	case UCS2:
		return EncodeUCS2(text)
	case Latin1:
		octets, _ := EncodeLatin1(text)
		return octets
	case GSM7, Binary:
	}
	octets, _ := EncodeGSM7(text)
	return octets
}

// ruler measures text in the units of a coding; Latin1 is measured as what the other makes of it, GSM7.
type ruler struct{ coding Coding }

func (r ruler) units(text string) int {
	n := 0
	var room [4]byte
	for _, c := range text {
		if r.coding == UCS2 {
			n += len(AppendUCS2(room[:0], c)) / 2
			continue
		}
		n += len(AppendGSM7(room[:0], c))
	}
	return n
}

// cut makes pieces of a text: one if it has room alone, else as many as it takes with so many units each.
func cut(text string, r ruler, alone, each int) []string {
	if r.units(text) <= alone {
		return []string{text}
	}
	var pieces []string
	begin, used := 0, 0
	for at := 0; at < len(text); {
		size := cluster(text[at:])
		n := r.units(text[at : at+size])
		if n > each { // it has room nowhere: each of its characters by itself
			_, size = utf8.DecodeRuneInString(text[at:])
			n = r.units(text[at : at+size])
		}
		if used+n > each {
			pieces = append(pieces, text[begin:at])
			begin, used = at, 0
		}
		at, used = at+size, used+n
	}
	return append(pieces, text[begin:])
}

// cluster is how many octets of a text are its first character as people see it: near enough to Unicode's annex 29 for where a message is cut.
func cluster(text string) int {
	const longest = 512 // it is longer than any segment then
	first, size := utf8.DecodeRuneInString(text)
	flags := 0 // letters of a flag so far
	if isFlagLetter(first) {
		flags = 1
	}
	for before := first; size < len(text) && size < longest; {
		r, n := utf8.DecodeRuneInString(text[size:])
		switch {
		case before == joiner || isAttached(r) || before == '\r' && r == '\n':
		case flags == 1 && isFlagLetter(r):
			flags++
		default:
			return size
		}
		before, size = r, size+n
	}
	return size
}

const joiner = '\u200d'

func isFlagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// isAttached says whether a character belongs to the one before: accents, variation selectors, shades of skin, letters of a region's flag, the joiner.
func isAttached(r rune) bool {
	return r == joiner || r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0020 && r <= 0xe007f || r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc)
}
