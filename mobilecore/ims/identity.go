package ims

import "strings"

// Identity is one identity that a core asserts.
type Identity struct {
	URI     string // as it came
	Number  string // its user part
	Context string // phone-context; empty: none
	Scheme  string // "sip", "sips" or "tel"
}

// Asserted reads P-Asserted-Identity: one identity, or the same person as a SIP and as a tel URI (RFC 3325 section 9.1).
func Asserted(h Headers) []Identity {
	var list []Identity
	values := h.Values("P-Asserted-Identity")
	for _, v := range values[:min(len(values), 4)] {
		if a, is := parseAddress(v); is {
			context, _ := a.uri.params.get("phone-context")
			list = append(list, Identity{a.uri.text, a.uri.user, context, a.uri.scheme})
		}
	}
	return list
}

// Present asserts one number in the place of every identity that came: where a SIP and a tel URI came, both are written with it, so that none of the caller's
// own is left to be shown. The number is E.164, and the domain that of the side it goes to.
func Present(came []Identity, number, domain string) []Field {
	if number == "" || !plain(number) || !plain(domain) {
		return nil
	}
	field := Field{"P-Asserted-Identity", "<sip:" + number + "@" + domain + ";user=phone>"}
	tel := Field{"P-Asserted-Identity", "<tel:" + number + ">"}
	sip := domain != ""
	both := false
	for _, i := range came {
		both = both || i.Scheme == "tel"
	}
	switch {
	case sip && both && strings.HasPrefix(number, "+"):
		return []Field{field, tel}
	case sip:
		return []Field{field}
	}
	return []Field{tel}
}
