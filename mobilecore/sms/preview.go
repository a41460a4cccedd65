package sms

import (
	"strings"
	"unicode/utf8"
)

// Estimate is what a text will take when it is sent (SPEC L22).
type Estimate struct {
	Encoding   Coding // GSM7 or UCS2
	Segments   int    // 1 or more; above 255 it cannot be sent
	Characters int    // of the text
	Units      int    // that they take in all: septets, or UTF-16 units
	Left       int    // units that are free in the last segment
	Room       int    // units of each segment: 160 or 153, 70 or 67
	Forcing    []rune // the characters that GSM7 does not have, each once in the order of the text
}

// Preview says what a text will take. What is not UTF-8 counts as U+FFFD.
func Preview(text string) Estimate {
	text = strings.ToValidUTF8(text, "\ufffd")
	e := Estimate{Encoding: GSM7, Characters: utf8.RuneCountInString(text)}
	if _, e.Forcing = EncodeGSM7(text); e.Forcing != nil {
		e.Encoding = UCS2
	}
	r := ruler{e.Encoding}
	alone, each := room(e.Encoding, LongUDH8)
	pieces := cut(text, r, alone, each)
	e.Segments, e.Units, e.Room = len(pieces), r.units(text), alone
	if len(pieces) > 1 {
		e.Room = each
	}
	e.Left = e.Room - r.units(pieces[len(pieces)-1])
	return e
}
