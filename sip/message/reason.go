package message

import (
	"strconv"
	"strings"
)

// Reason says why a request was sent (RFC 3326 section 2). The zero Reason is "none given".
type Reason struct {
	Protocol string // "SIP" or "Q.850"
	Cause    int
	Text     string
}

// CompletedElsewhere is the Reason of the CANCEL that stops a phone because another answered (RFC 3326 section 3.1).
var CompletedElsewhere = Reason{Protocol: "SIP", Cause: 200, Text: "Call completed elsewhere"} //nolint:gochecknoglobals // a constant in all but name: Go has no constant structs

// ParseReason reads a Reason header value. Of several values it takes the first that it understands; with none it returns the zero
// Reason. A cause that is not a number from 0 to 999 is left 0.
func ParseReason(value string) Reason {
	for _, one := range splitQuoted(value, ',') {
		parts := splitQuoted(one, ';')
		r := Reason{Protocol: strings.TrimSpace(parts[0])}
		if !isToken(r.Protocol) {
			continue
		}
		for _, p := range parts[1:] {
			name, val, _ := strings.Cut(p, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "cause":
				if n, err := strconv.Atoi(strings.TrimSpace(val)); err == nil && n >= 0 && n <= 999 {
					r.Cause = n
				}
			case "text":
				r.Text = Clean(Unquote(strings.TrimSpace(val)))
			}
		}
		return r
	}
	return Reason{}
}

// String is the header value, fit to be sent; empty for the zero Reason.
func (r Reason) String() string {
	if r.Protocol == "" {
		return ""
	}
	s := token(r.Protocol) + ";cause=" + strconv.Itoa(r.Cause)
	if r.Text != "" {
		s += ";text=" + Quote(r.Text)
	}
	return s
}
