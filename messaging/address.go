package messaging

import (
	"log/slog"
	"strings"
)

// Address is a party of a message: a number in E.164 ("+33639980101"), a short code ("114", "36105"), or a name of up to 11 characters ("PARIS").
type Address string

// LogValue masks it: of a number the country and the last two digits stay.
func (a Address) LogValue() slog.Value {
	const shortest, head, tail = 7, 3, 2
	if len(a) < shortest {
		return slog.StringValue("••")
	}
	return slog.StringValue(string(a[:head]) + "••••" + string(a[len(a)-tail:]))
}

// AddressKind says what an address is.
type AddressKind int

// The kinds of address.
const (
	AddressName          AddressKind = iota // letters: nobody can answer it
	AddressInternational                    // E.164 with its plus
	AddressShort                            // digits without a plus
)

// Kind says what the address is.
func (a Address) Kind() AddressKind {
	digits, plus := strings.CutPrefix(string(a), "+")
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		return AddressName
	case plus:
		return AddressInternational
	}
	return AddressShort
}
