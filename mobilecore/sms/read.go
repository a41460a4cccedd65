package sms

import (
	"slices"
	"time"
)

// reader takes fields off octets. After the first that is not there, err is set and all others are zero.
type reader struct {
	b   []byte
	err error
}

// next takes n octets.
func (r *reader) next(n int) []byte {
	if r.err == nil && len(r.b) < n {
		r.err = ErrShort
	}
	if r.err != nil {
		return make([]byte, n)
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) octet() byte { return r.next(1)[0] }

func (r *reader) stamp() time.Time { return parseStamp(r.next(stampLength)) }

func (r *reader) address() Address {
	if r.err != nil {
		return Address{}
	}
	a, rest, err := parseAddress(r.b)
	r.b, r.err = rest, err
	return a
}

func (r *reader) rpAddress() Address {
	if r.err != nil {
		return Address{}
	}
	a, rest, err := parseRPAddress(r.b)
	r.b, r.err = rest, err
	return a
}

// validity takes what a format says.
func (r *reader) validity(format byte) Validity {
	switch format {
	case validityRelative:
		return Validity{For: relativeOf(r.octet())}
	case validityAbsolute:
		return Validity{Until: r.stamp()}
	case validityEnhanced:
		return Validity{Enhanced: slices.Clone(r.next(stampLength))}
	}
	return Validity{}
}
