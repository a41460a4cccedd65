package ims

import "strings"

// SessionCase says for whom and how a core asks us; its values are those of the filter criteria (TS 29.228 annex B).
type SessionCase int

// The session cases.
const (
	Originating             SessionCase = iota // the served user calls
	Terminating                                // the served user is called
	TerminatingUnregistered                    // is called, and no phone is registered
	OriginatingUnregistered                    // calls without being registered
	OriginatingCDIV                            // a call to the served user was diverted, and leaves in their name (RFC 8498)
)

// String is the case as logs say it.
func (c SessionCase) String() string {
	switch c {
	case Originating:
		return "originating"
	case Terminating:
		return "terminating"
	case TerminatingUnregistered:
		return "terminating unregistered"
	case OriginatingUnregistered:
		return "originating unregistered"
	case OriginatingCDIV:
		return "originating after diversion"
	}
	return "unknown"
}

// Direction is the side of the call that the served user is on.
func (c SessionCase) Direction() Direction {
	switch c {
	case Originating, OriginatingUnregistered, OriginatingCDIV:
		return FromUser
	case Terminating, TerminatingUnregistered:
		return ToUser
	}
	return ToUser
}

// Direction is the side of a call that a served user is on.
type Direction int

// The directions.
const (
	ToUser Direction = iota
	FromUser
)

// Served is the user whom a core asks us to serve in this request.
type Served struct {
	URI        string // as it came; empty: the core named nobody, and the served user is the caller or the Request-URI, by Case
	Number     string // its user part as given: "+33612345678", "33612345678" or "0612345678"
	Context    string // phone-context of it (RFC 3966 section 3), "+33"; empty: none
	Case       SessionCase
	Registered Registered
}

// Registered says whether the core holds a registration of the served user.
type Registered int

// What is known of the registration.
const (
	RegistrationUnknown Registered = iota
	IsRegistered
	NotRegistered
)

// ServedUser reads who is served. The session case is, in this order of trust, the sescase of P-Served-User (RFC 5502 section 6, RFC 8498 section 4), "orig" or "term"
// among the header parameters of our own Route entry, the same in its URI, and terminating. A P-Served-User that cannot be read serves nobody. False says that
// the core told nothing at all: it is no application server's request.
func ServedUser(h Headers, ownRoute string) (Served, bool) {
	s, told := readServed(h.Values("P-Served-User"))
	if told == toldCase {
		return s, true
	}
	direction, found := routeDirection(ownRoute)
	s.Case = caseOf(direction, s.Registered)
	return s, found || told == toldUser
}

type told int

const (
	toldNothing told = iota
	toldUser         // and not the case
	toldCase
)

// readServed reads the first value. Two of them contradict each other, whoever wrote the second: then neither is believed.
func readServed(values []string) (Served, told) {
	if len(values) != 1 {
		return Served{Case: Terminating}, toldNothing
	}
	a, is := parseAddress(values[0])
	if !is || a.uri.user == "" {
		return Served{Case: Terminating}, toldNothing
	}
	s := Served{URI: a.uri.text, Number: a.uri.user}
	s.Context, _ = a.uri.params.get("phone-context")
	switch state, _ := a.params.get("regstate"); strings.ToLower(state) {
	case "reg":
		s.Registered = IsRegistered
	case "unreg":
		s.Registered = NotRegistered
	}
	sescase, _ := a.params.get("sescase")
	switch {
	case a.params.has("orig-cdiv"):
		s.Case = OriginatingCDIV
	case strings.EqualFold(sescase, "orig"):
		s.Case = caseOf(FromUser, s.Registered)
	case strings.EqualFold(sescase, "term"):
		s.Case = caseOf(ToUser, s.Registered)
	default:
		return s, toldUser
	}
	return s, toldCase
}

// routeDirection reads what a core puts into our own Route entry: the header's parameters before those of the URI.
func routeDirection(route string) (Direction, bool) {
	a, is := parseAddress(route)
	if !is {
		return ToUser, false
	}
	for _, list := range []params{a.params, a.uri.params} {
		switch {
		case list.has("orig"):
			return FromUser, true
		case list.has("term"):
			return ToUser, true
		}
	}
	return ToUser, false
}

func caseOf(d Direction, r Registered) SessionCase {
	switch {
	case d == FromUser && r == NotRegistered:
		return OriginatingUnregistered
	case d == FromUser:
		return Originating
	case r == NotRegistered:
		return TerminatingUnregistered
	}
	return Terminating
}
