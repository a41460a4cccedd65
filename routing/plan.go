package routing

import (
	"net"
	"slices"
	"strings"

	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/message"
)

// extensionDigits is the length of every extension (SPEC X1).
const extensionDigits = 3

// decision is what the plan says about an attempt.
//
//sumtype:decl
type decision interface{ decision() }

type (
	// runFlow lets the flow of a number of ours take the call.
	runFlow struct{ number *Number }
	// ringUser rings a user's devices.
	ringUser struct{ user *User }
	// ringTeam rings everybody of a team who is free, at once.
	ringTeam struct{ team *Team }
	// dialOut calls somebody outside through the first of these trunks that takes it.
	dialOut struct {
		digits    string // as a trunk in the same country takes them, for an emergency number; else empty
		to        E164
		show      E164 // the number that the person called sees
		showOf    NumberID
		hidden    bool // they see no number
		emergency bool
		trunks    []*Trunk
		back      *wayBack // where the trunks fail; nil: there is none
	}
	// announce tells who dials something in words.
	announce struct{ audio flow.AudioID }
	// reject refuses it, in words for who called.
	reject struct {
		status  int
		warning string
		code    string // of who asks by the API; empty: "refused"
		row     string // of the specification; empty: none
	}
)

func (runFlow) decision()  {}
func (ringUser) decision() {}
func (ringTeam) decision() {}
func (dialOut) decision()  {}
func (announce) decision() {}
func (reject) decision()   {}

// planTrunk decides about an attempt from a trunk. It reaches a number of ours or nothing: what comes from a carrier never goes back out to
// one, or strangers would call at the account's cost.
func planTrunk(s *Snapshot, t *Trunk, a *sip.Attempt) decision {
	n, asked := s.numberOf(a.RequestURI.User, t)
	if n == nil {
		// A trunk that registered may put our contact in the Request-URI, and the number in To.
		if byTo, e := s.numberOf(a.To.User, t); byTo != nil || asked == "" {
			n, asked = byTo, e
		}
	}
	if n == nil || (t.Account != "" && t.Account != n.Account) {
		what := string(asked)
		if what == "" {
			what = digitsOf(a.RequestURI.User)
		}
		return reject{status: statusNotFound, warning: "no number " + printable(what) + " on this system"}
	}
	if s.Accounts[n.Account] == nil {
		return reject{status: statusNotFound, warning: "no number " + string(n.E164) + " on this system"}
	}
	return runFlow{n}
}

// dialler is for whom something is dialled.
type dialler struct {
	account *Account
	show    *Number // what the person called sees; nil: there is nothing to show
	hidden  bool    // they asked that it be shown to nobody
	back    *wayBack
}

// planDialled decides about what somebody of the account dials, from a device or for a transfer. Emergency numbers come before every other
// rule (SPEC O4).
func (s *Switch) planDialled(snap *Snapshot, who dialler, dialled string) decision {
	account := who.account
	if account == nil {
		return reject{status: statusForbidden, warning: "the account of this device is gone"}
	}
	digits := digitsOf(dialled)
	if emergency(digits, account.Country) {
		return s.planEmergency(snap, who, digits)
	}
	if len(digits) == extensionDigits && isDigits(digits) {
		callee := snap.Users[account.Extensions[digits]]
		if callee == nil || callee.OutgoingOnly { // SPEC X11
			return reject{status: statusNotFound, warning: "no extension " + digits + " in this account", code: "extension_unknown"}
		}
		return ringUser{callee}
	}
	to, ok := ParseNumber(digits, account.Country)
	if !ok {
		return reject{status: statusForbidden, warning: printable(digits) + " is not a number: dial an extension of three digits, or a number with its country code", code: "number_invalid"}
	}
	if n := snap.Numbers[to]; n != nil && n.Account == account.ID {
		return runFlow{n}
	}
	if who.show == nil {
		return reject{status: statusForbidden, warning: "no number to show: give this user a caller ID, or the account a number", code: "no_caller_id"}
	}
	return s.planOutside(snap, who, to)
}

// planOutside finds the trunks for a call out: those on which the number may be shown (SPEC E20), and the way back to the core that the call came from.
func (s *Switch) planOutside(snap *Snapshot, who dialler, to E164) decision {
	if !who.account.allowed(who.show) {
		return reject{status: statusForbidden, warning: "this number is not the account's to show", code: "caller_id_refused"}
	}
	d := dialOut{to: to, show: who.show.E164, showOf: who.show.ID, hidden: who.hidden}
	if who.back != nil {
		back := *who.back
		back.to, d.back = to, &back
	}
	if d.back == nil || d.back.in.operator.Breakout != BreakoutReturn {
		d.trunks = s.trunksShowing(snap, who.account.ID, who.show)
	}
	if d.back != nil { // What came by a core's trunk goes back by it in one way alone.
		d.trunks = slices.DeleteFunc(d.trunks, func(t *Trunk) bool { return snap.operatorAt(t) != nil })
		return d
	}
	if len(d.trunks) == 0 {
		return snap.notShown(who.account.ID, who.show)
	}
	return d
}

// planSIP finds the trunks that lead to the host of a SIP address: it is their domain, or the host of one of their servers. A call never goes to a host that no
// trunk names, whoever wrote the flow.
func (s *Switch) planSIP(snap *Snapshot, who dialler, address string) decision {
	if who.account == nil {
		return reject{status: statusForbidden, warning: "the account of this call is gone"}
	}
	user, host := splitSIP(address)
	d := dialOut{digits: user}
	if who.show != nil {
		d.show, d.showOf = who.show.E164, who.show.ID
	}
	there := slices.DeleteFunc(s.chooseTrunks(snap, who.account.ID), func(t *Trunk) bool { return !t.leadsTo(host) })
	d.trunks = slices.DeleteFunc(slices.Clone(there), func(t *Trunk) bool { return who.show != nil && !snap.mayShow(t, who.show) })
	if len(there) > 0 && len(d.trunks) == 0 {
		return snap.notShown(who.account.ID, who.show)
	}
	if user == "" || len(d.trunks) == 0 {
		return reject{status: statusNoService, warning: "no trunk leads to " + printable(host) + ": set one up with this domain or server", code: "no_trunk"}
	}
	return d
}

// splitSIP takes the user and the host of "sip:user@host:port;parameters".
func splitSIP(address string) (user, host string) {
	_, rest, _ := strings.Cut(address, ":")
	user, rest, _ = strings.Cut(rest, "@")
	if end := strings.IndexAny(rest, ";?"); end >= 0 {
		rest = rest[:end]
	}
	if h, _, err := net.SplitHostPort(rest); err == nil {
		return user, strings.ToLower(h)
	}
	return user, strings.ToLower(strings.Trim(rest, "[]"))
}

// leadsTo says whether a host is the trunk's domain, or one of its servers.
func (t *Trunk) leadsTo(host string) (does bool) {
	return strings.EqualFold(t.Domain, host) && host != "" || slices.ContainsFunc(t.Servers, func(server string) bool {
		_, rest, named := strings.Cut(server, "@")
		if !named {
			_, rest, _ = strings.Cut(server, ":")
		}
		_, there := splitSIP("sip:@" + rest)
		return there == host
	})
}

func (s *Switch) planEmergency(snap *Snapshot, who dialler, digits string) decision {
	d := dialOut{digits: digits, emergency: true, trunks: s.chooseEmergencyTrunks(snap, who.account.ID)}
	if who.show != nil {
		d.show, d.showOf = who.show.E164, who.show.ID
	}
	if len(d.trunks) == 0 {
		return reject{status: statusNoService, warning: "no trunk for emergency calls: set up a trunk with a server for this account", code: "no_trunk"}
	}
	return d
}

// assigned lists the users of a number's distribution, its teams' members included, each once.
func (s *Snapshot) assigned(n *Number) []UserID {
	if len(n.Teams) == 0 {
		return n.Users
	}
	all := slices.Clone(n.Users)
	for _, id := range n.Teams {
		if t := s.Teams[id]; t != nil {
			all = append(all, t.Users...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// printable cuts what a stranger sent to what can be put into a Warning and a log line.
func printable(s string) string {
	const most = 32
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		s = s[:most]
	}
	return s
}

// anonymous says whether the caller asked not to be named (RFC 3323 section 4.1.1.3).
func anonymous(a *sip.Attempt) bool {
	return a.Private || strings.EqualFold(a.From.User, "anonymous") || strings.EqualFold(a.From.Host, "anonymous.invalid")
}

// callerOf is who calls, as far as the trunk may say so (RFC 3325 section 5).
func callerOf(a *sip.Attempt, t *Trunk) message.Party {
	if t.TrustPAI && len(a.Asserted) > 0 {
		return a.Asserted[0]
	}
	return a.From
}
