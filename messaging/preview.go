package messaging

import "tandem/mobilecore/sms"

// LongestBody is how many characters (code points) a message may have that is sent (SPEC L23).
const LongestBody = 1600

// Composition is what a text takes when it is sent (SPEC L22).
type Composition struct {
	Encoding   string // "gsm7" or "ucs2"
	Segments   int    // 1 or more
	Characters int    // of the text
	Units      int    // that they take: septets of gsm7, UTF-16 units of ucs2
	Left       int    // units that are free in the last segment
	Room       int    // units of each segment
	Forcing    []rune // the characters that make it ucs2, each once, in the order of the text
}

// Preview says what a text takes.
func Preview(body string) Composition {
	e := sms.Preview(body)
	encoding := CodingGSM7
	if e.Encoding != sms.GSM7 {
		encoding = CodingUCS2
	}
	return Composition{
		Encoding: string(encoding), Segments: e.Segments, Characters: e.Characters, Units: e.Units, Left: e.Left, Room: e.Room, Forcing: e.Forcing,
	}
}
