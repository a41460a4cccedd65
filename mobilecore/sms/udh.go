package sms

import (
	"encoding/binary"
	"errors"
	"slices"
)

// ErrHeader is what ParseHeader says of a user data header that does not fit its length.
var ErrHeader = errors.New("user data header does not fit its length")

// The information elements that are understood (TS 23.040 section 9.2.3.24).
const (
	concat8  = 0x00
	ports8   = 0x04
	ports16  = 0x05
	concat16 = 0x08
)

// Element is an information element of a user data header.
type Element struct {
	ID   byte
	Data []byte // up to 255 octets
}

// Header is a user data header. Elements that are not understood are kept in their place.
type Header []Element

// Concat says which part of a message a segment is.
type Concat struct {
	Reference uint16
	Wide      bool // the reference has 16 bits
	Total     int  // 1 to 255
	Number    int  // 1 to Total
}

// Ports are application ports: a message with them is not for people to read.
type Ports struct{ Destination, Source uint16 }

// ParseHeader takes the header, which begins with its length, off user data.
func ParseHeader(userData []byte) (h Header, rest []byte, err error) {
	if len(userData) == 0 || int(userData[0]) >= len(userData) {
		return nil, nil, ErrHeader
	}
	end := 1 + int(userData[0])
	b, rest := userData[1:end], userData[end:]
	for len(b) > 0 {
		if len(b) < 2 || int(b[1]) > len(b)-2 {
			return nil, nil, ErrHeader
		}
		end = 2 + int(b[1])
		h = append(h, Element{ID: b[0], Data: slices.Clone(b[2:end])})
		b = b[end:]
	}
	return h, rest, nil
}

// Bytes is the header with its length; nil when it has no elements, or when they do not fit: together they take up to 255 octets, each with two more than its data.
func (h Header) Bytes() []byte {
	if len(h) == 0 {
		return nil
	}
	const most = 255
	b := []byte{0}
	for _, e := range h {
		if len(b)+1+len(e.Data) > most {
			return nil
		}
		b = append(b, e.ID, byte(len(e.Data))) //nolint:gosec // compared above
		b = append(b, e.Data...)
	}
	b[0] = byte(len(b) - 1) //nolint:gosec // compared above
	return b
}

// Concat finds which part of a message this is; ok is false when it is none. An element that says what cannot be is ignored, and of several the last one counts
// (TS 23.040 sections 9.2.3.24 and 9.2.3.24.1).
func (h Header) Concat() (c Concat, ok bool) {
	const narrow, wide = 3, 4
	for _, e := range h {
		var found Concat
		switch {
		case e.ID == concat8 && len(e.Data) == narrow:
			found = Concat{Reference: uint16(e.Data[0]), Total: int(e.Data[1]), Number: int(e.Data[2])}
		case e.ID == concat16 && len(e.Data) == wide:
			found = Concat{Reference: binary.BigEndian.Uint16(e.Data), Wide: true, Total: int(e.Data[2]), Number: int(e.Data[3])}
		}
		if found.Number >= 1 && found.Number <= found.Total {
			c, ok = found, true
		}
	}
	return c, ok
}

// Ports finds the application ports; ok is false when there are none.
func (h Header) Ports() (p Ports, ok bool) {
	const narrow, wide = 2, 4
	for _, e := range h {
		switch {
		case e.ID == ports8 && len(e.Data) == narrow:
			p, ok = Ports{Destination: uint16(e.Data[0]), Source: uint16(e.Data[1])}, true
		case e.ID == ports16 && len(e.Data) == wide:
			p, ok = Ports{Destination: binary.BigEndian.Uint16(e.Data), Source: binary.BigEndian.Uint16(e.Data[2:])}, true
		}
	}
	return p, ok
}

// Element is the information element that says so.
func (c Concat) Element() Element {
	total, number := byte(c.Total), byte(c.Number) //nolint:gosec // 1 to 255
	if c.Wide {
		return Element{ID: concat16, Data: []byte{byte(c.Reference >> 8), byte(c.Reference), total, number}} //nolint:gosec // two octets of sixteen bits
	}
	return Element{ID: concat8, Data: []byte{byte(c.Reference), total, number}} //nolint:gosec // the low octet counts
}
