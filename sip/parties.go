package sip

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// maxParties is how many values of one header are read.
const maxParties = 20

// parties reads all values of a header whose values are name-addr or addr-spec. What cannot be read is left out.
func parties(m gosip.Message, name string) []message.Party {
	var list []message.Party
	for _, h := range m.GetHeaders(name) {
		for _, v := range splitList(h.Value(), ',') {
			if len(list) == maxParties {
				return list
			}
			var u gosip.Uri
			var params gosip.HeaderParams
			display, err := gosip.ParseAddressValue(v, &u, &params)
			if err == nil && !u.Wildcard {
				list = append(list, message.PartyOf(display, u))
			}
		}
	}
	return list
}

// splitList cuts at a separator outside quotes and angle brackets, and drops blanks and empty parts.
func splitList(s string, sep byte) []string {
	var list []string
	start, quoted, angle := 0, false, false
	add := func(part string) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == sep && !angle:
			add(s[start:i])
			start = i + 1
		}
	}
	add(s[start:])
	return list
}
