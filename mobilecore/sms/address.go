package sms

import (
	"errors"
	"strings"
)

// What parsing says of octets that are no unit.
var (
	ErrShort   = errors.New("it ends too early")
	ErrInvalid = errors.New("a field has a value that cannot be")
	ErrKind    = errors.New("its kind is reserved")
	ErrTooBig  = errors.New("a field is longer than it may be")
)

// NumberType says how a number is written (TS 23.040 section 9.1.2.5).
type NumberType byte

// The types of number.
const (
	Unknown       NumberType = iota // as dialled
	International                   // E.164 without its plus
	National
	NetworkSpecific
	Dedicated
	Alphanumeric // a name of up to 11 characters
	Abbreviated
	Reserved
)

// NumberPlan says what a number is one of.
type NumberPlan byte

// The plans that are met.
const (
	PlanUnknown NumberPlan = 0
	PlanPhone   NumberPlan = 1 // E.164
	PlanLand    NumberPlan = 6 // E.212: an IMSI
	PlanPrivate NumberPlan = 9
)

// Address is a party in a TPDU or an RP message. The zero value is none.
type Address struct {
	Type NumberType
	Plan NumberPlan
	Text string // digits, '*', '#', 'a', 'b' and 'c'; a name with Alphanumeric
}

// AddressOf is the address of a number with a plus, of one as it is dialled, or of a name.
func AddressOf(text string) Address {
	digits, plus := strings.CutPrefix(text, "+")
	switch {
	case plus:
		return Address{International, PlanPhone, digits}
	case strings.Trim(digits, semiOctets) == "":
		return Address{Unknown, PlanPhone, digits}
	}
	return Address{Alphanumeric, PlanUnknown, text}
}

// String is the number, with its plus if it has one, or the name.
func (a Address) String() string {
	if a.Type == International && a.Text != "" {
		return "+" + a.Text
	}
	return a.Text
}

// semiOctets are what a semi-octet stands for; 15 fills the last octet up.
const semiOctets = "0123456789*#abc"

// filler is the semi-octet that is no digit.
const filler = 0xf

// digitsOf reads up to n semi-octets; it stops at the first filler.
func digitsOf(b []byte, n int) string {
	var text strings.Builder
	for i := range min(n, 2*len(b)) {
		d := b[i/2] >> (4 * (i % 2)) & 0xf
		if d == filler {
			break
		}
		text.WriteByte(semiOctets[d])
	}
	return text.String()
}

// appendDigits writes digits as semi-octets.
func appendDigits(b []byte, digits string) ([]byte, error) {
	for i := range len(digits) {
		d := strings.IndexByte(semiOctets, digits[i])
		switch {
		case d < 0:
			return nil, ErrInvalid
		case i%2 == 0:
			b = append(b, filler<<4|byte(d)) //nolint:gosec // a place in semiOctets
		default:
			b[len(b)-1] = b[len(b)-1]&0xf | byte(d)<<4 //nolint:gosec // a place in semiOctets
		}
	}
	return b, nil
}

// kind is the octet of type and plan.
func (a Address) kind() byte { return 0x80 | byte(a.Type&7)<<4 | byte(a.Plan&0xf) }

func kindOf(b byte) Address {
	return Address{Type: NumberType(b >> 4 & 7), Plan: NumberPlan(b & 0xf)}
}

// mostDigits is how many semi-octets an address in a TPDU has at the most.
const mostDigits = 20

// parseAddress takes an address off a TPDU (TS 23.040 section 9.1.2.5): its length counts semi-octets.
func parseAddress(b []byte) (a Address, rest []byte, err error) {
	const head = 2
	if len(b) < head {
		return Address{}, nil, ErrShort
	}
	n := int(b[0])
	octets := (n + 1) / 2
	switch {
	case n > mostDigits:
		return Address{}, nil, ErrTooBig
	case len(b) < head+octets:
		return Address{}, nil, ErrShort
	}
	a, value := kindOf(b[1]), b[head:head+octets]
	if a.Type == Alphanumeric {
		a.Text = DecodeGSM7(Unpack(value, n*4/7, 0))
	} else {
		a.Text = digitsOf(value, n)
	}
	return a, b[head+octets:], nil
}

// appendTo writes the address as a TPDU has it.
func (a Address) appendTo(b []byte) ([]byte, error) {
	if a.Type != Alphanumeric {
		if len(a.Text) > mostDigits {
			return nil, ErrTooBig
		}
		return appendDigits(append(b, byte(len(a.Text)), a.kind()), a.Text) //nolint:gosec // compared above
	}
	septets, missing := EncodeGSM7(a.Text)
	length := (len(septets)*7 + 3) / 4
	switch {
	case missing != nil:
		return nil, ErrInvalid
	case length > mostDigits:
		return nil, ErrTooBig
	}
	return append(append(b, byte(length), a.kind()), Pack(septets, 0)...), nil
}

// parseRPAddress takes an address off an RP message (TS 24.011 section 8.2.5.1): its length counts octets, that of type and plan too; none has length 0.
func parseRPAddress(b []byte) (a Address, rest []byte, err error) {
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return Address{}, nil, ErrShort
	}
	end := 1 + int(b[0])
	value, rest := b[1:end], b[end:]
	switch {
	case len(value) == 0:
		return Address{}, rest, nil
	case len(value) > 1+mostDigits/2:
		return Address{}, nil, ErrTooBig
	}
	a = kindOf(value[0])
	a.Text = digitsOf(value[1:], mostDigits)
	return a, rest, nil
}

// appendRP writes the address as an RP message has it: one without digits as none.
func (a Address) appendRP(b []byte) ([]byte, error) {
	switch {
	case a.Text == "":
		return append(b, 0), nil
	case len(a.Text) > mostDigits:
		return nil, ErrTooBig
	}
	return appendDigits(append(b, byte(1+(len(a.Text)+1)/2), a.kind()), a.Text) //nolint:gosec // compared above
}
