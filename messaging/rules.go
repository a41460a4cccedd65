package messaging

import (
	"strings"
	"time"
	"unicode"

	"tandem/mobilecore/sms"
)

// rules decide upon a message. They know nothing but values.
type rules struct {
	table     Table
	emergency func(a Address, country string) bool
	normal    func(a Address, country string) Address
	newID     func(prefix string, at time.Time) string
}

// Limits of what a peer may call itself, and of what programs and people may write.
const (
	longestAddress = 21   // of a name or a number (TS 23.040 section 9.1.2.5: 20 digits), with its plus
	longestBody    = 1600 // characters (SPEC L23)
	defaultKeep    = 24 * time.Hour
)

// nobody is the peer of a message that does not say whom it is from.
const nobody Address = "unknown"

// address reads how somebody in a country wrote an address: numbers become E.164, short codes and names stay as they are.
func (r *rules) address(a Address, country string) Address {
	s := strings.TrimSpace(string(a))
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	if s == "" {
		return nobody
	}
	if strings.Trim(s, "+0123456789 -.()/\u00a0") != "" {
		return Address(clipped(s))
	}
	return Address(clipped(string(r.normal(Address(s), country))))
}

func clipped(s string) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), longestAddress)])
}

// content is what a message says.
type content struct {
	text     string
	encoding string
	segments int
	missing  int
	class    Class
	raw      *Body // what goes on unchanged where nothing else may
}

// contentOf reads an arrival that is whole, or a segment that is not to be joined.
func contentOf(a *Arrival) content {
	b := a.Body
	c := content{class: classOf(&b), segments: 1, encoding: string(b.Coding), raw: &b}
	if c.class != ClassOrdinary {
		return c
	}
	return withText(c, sms.Join(chunkOf(&b)))
}

// withText sets the text, and how it is counted. A NUL is no character that a database takes.
func withText(c content, text string) content {
	c.text = strings.ReplaceAll(text, "\x00", string(unicode.ReplacementChar))
	e := sms.Preview(c.text)
	c.encoding, c.segments = string(e.Encoding), max(c.segments, e.Segments)
	return c
}

// classOf tells texts from what is not for people to read.
func classOf(b *Body) Class {
	if b.Class == ClassOrdinary && b.Coding == CodingBinary {
		return ClassData
	}
	return b.Class
}

func chunkOf(b *Body) sms.Chunk {
	switch b.Coding {
	case CodingGSM7:
		return sms.Chunk{Coding: sms.GSM7, Octets: b.Octets}
	case CodingUCS2:
		return sms.Chunk{Coding: sms.UCS2, Octets: b.Octets}
	case CodingLatin1:
		return sms.Chunk{Coding: sms.Latin1, Octets: b.Octets}
	case CodingBinary:
	}
	return sms.Chunk{}
}
