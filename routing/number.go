package routing

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"tandem/sip/message"
)

// E.164 section 6.1: 15 digits at most; the shortest public numbers in use have 7 with their country code.
const (
	shortestE164 = 7
	longestE164  = 15
)

// ParseNumber reads a number as somebody in country dials it: "+33…", "0033…" and "01…" are one number (SPEC O12). It says nothing about
// whether the number is in use. ok is false for what is no public number.
func ParseNumber(dialled, country string) (n E164, ok bool) {
	s := digitsOf(dialled)
	if e := E164(s); e.valid() && country == "" {
		return e, true
	}
	p, err := phonenumbers.Parse(s, country)
	if err != nil || !phonenumbers.IsPossibleNumber(p) {
		if e := E164(s); e.valid() {
			return e, true
		}
		return "", false
	}
	e := E164(phonenumbers.Format(p, phonenumbers.E164))
	return e, e.valid()
}

// valid says whether n has the shape of an E.164 number.
func (n E164) valid() bool {
	if len(n) < shortestE164+1 || len(n) > longestE164+1 || n[0] != '+' || n[1] == '0' {
		return false
	}
	return isDigits(string(n[1:]))
}

// digitsOf strips what people and peers put around a number: a scheme, separators, and the parameters of RFC 4694 and RFC 3966.
func digitsOf(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s = strings.TrimPrefix(s, "tel:")
	clean := func(r rune) rune {
		switch r {
		case ' ', '-', '.', '(', ')', '/', '\u00a0':
			return -1
		}
		return r
	}
	if strings.ContainsAny(s, " -.()/\u00a0") {
		s = strings.Map(clean, s)
	}
	return s
}

// isDigits says whether s holds digits and nothing else, and at least one.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// dialFormat writes n as the trunk wants it.
func (t *Trunk) dialFormat(n E164) string { return t.formatted(n, t.Dial) }

// formatted writes n in a format.
func (t *Trunk) formatted(n E164, format DialFormat) string {
	bare := strings.TrimPrefix(string(n), "+")
	switch format {
	case DialDouble0:
		return "00" + bare
	case DialBare:
		return bare
	case DialNational:
		code := phonenumbers.GetCountryCodeForRegion(t.Country)
		p, err := phonenumbers.Parse(string(n), "")
		if err != nil || int(p.GetCountryCode()) != code {
			return "00" + bare
		}
		return phonenumbers.GetNddPrefixForRegion(t.Country, true) + phonenumbers.GetNationalSignificantNumber(p)
	case DialPlus:
		return string(n)
	}
	return string(n)
}

// numberOf finds the number of ours that a trunk calls. What matches as it stands is not parsed: that is the usual case.
func (s *Snapshot) numberOf(dialled string, t *Trunk) (*Number, E164) {
	raw := t.cameAs(digitsOf(dialled))
	if n := s.Numbers[E164(raw)]; n != nil {
		return n, n.E164
	}
	if t.Dial == DialBare && isDigits(raw) {
		if n := s.Numbers[E164("+"+raw)]; n != nil {
			return n, n.E164
		}
	}
	e, ok := ParseNumber(raw, t.Country)
	if !ok {
		e = ""
	}
	if n := s.Numbers[e]; n != nil {
		return n, e
	}
	// Some peers send the country code without any prefix, whatever they were told.
	if n := s.Numbers[E164("+"+raw)]; n != nil {
		return n, n.E164
	}
	return nil, e
}

// partyNumber reads the number of a party that a trunk names; what is no public number comes back as it was, for people to read.
func partyNumber(p message.Party, t *Trunk) string {
	raw := t.cameAs(digitsOf(p.User))
	if e := E164(raw); e.valid() {
		return raw
	}
	if t.Dial == DialBare && E164("+"+raw).valid() {
		return "+" + raw
	}
	if e, ok := ParseNumber(raw, t.Country); ok {
		return string(e)
	}
	return raw
}
