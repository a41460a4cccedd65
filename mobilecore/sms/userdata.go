package sms

import "slices"

// UserData is what a TPDU says.
type UserData struct {
	DCS    byte   // data coding scheme (TS 23.038 section 4)
	Header Header // nil: none
	Octets []byte // behind the header: septets one to an octet where the scheme says so
}

// mostOctets is how many octets user data has at the most, its header counted.
const mostOctets = 140

// Scheme is what the data coding scheme says.
func (u UserData) Scheme() Scheme { return ParseScheme(u.DCS) }

// Chunk is the user data as Join takes it.
func (u UserData) Chunk() Chunk { return Chunk{Coding: u.Scheme().Coding, Octets: u.Octets} }

// Text is what it says by itself.
func (u UserData) Text() string { return Join(u.Chunk()) }

// isSeptets says whether the user data is packed septets, and its length counts them. Compressed text is octets.
func isSeptets(dcs byte) bool { return ParseScheme(dcs).Coding == GSM7 }

// UserDataOf is a segment as a TPDU has it.
func UserDataOf(m Message, s Segment) (UserData, error) {
	u := UserData{DCS: Scheme{Coding: m.Coding}.Byte(), Octets: s.Octets}
	if m.Coding == Latin1 {
		u.Octets, _ = EncodeGSM7(DecodeLatin1(s.Octets))
	}
	if s.Header == nil {
		return u, nil
	}
	h, _, err := ParseHeader(s.Header)
	u.Header = h
	return u, err
}

// flag is the bit of a TPDU's first octet that says that there is a header.
func (u UserData) flag() byte {
	if len(u.Header) > 0 {
		return headerFollows
	}
	return 0
}

// userData takes the length and the user data off a TPDU.
func (r *reader) userData(dcs byte, withHeader bool) UserData { //nolint:revive // flag-parameter: it is a bit of the wire
	u := UserData{DCS: dcs}
	length := int(r.octet())
	octets := length
	if isSeptets(dcs) {
		octets = (length*7 + 7) / 8
	}
	if octets > mostOctets && r.err == nil {
		r.err = ErrTooBig
	}
	b := r.next(octets)
	if r.err != nil {
		return u
	}
	header := 0
	if withHeader {
		h, rest, err := ParseHeader(b)
		if err != nil {
			r.err = err
			return u
		}
		u.Header, header = h, len(b)-len(rest)
	}
	if !isSeptets(dcs) {
		u.Octets = slices.Clone(b[header:])
		return u
	}
	fill := fillBits(header)
	u.Octets = Unpack(b[header:], length-(header*8+fill)/7, fill)
	return u
}

// appendTo writes the length and the user data.
func (u UserData) appendTo(b []byte) ([]byte, error) {
	header := u.Header.Bytes()
	if header == nil && len(u.Header) > 0 {
		return nil, ErrTooBig
	}
	length, rest := len(header)+len(u.Octets), u.Octets
	if isSeptets(u.DCS) {
		fill := fillBits(len(header))
		length, rest = (len(header)*8+fill)/7+len(u.Octets), Pack(u.Octets, fill)
	}
	if len(header)+len(rest) > mostOctets {
		return nil, ErrTooBig
	}
	b = append(b, byte(length)) //nolint:gosec // up to 160
	return append(append(b, header...), rest...), nil
}
