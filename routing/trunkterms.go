package routing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/media"
	"tandem/routing/peering"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// sounds puts into an opening what a trunk's terms say of media; codecs only where nobody has chosen any yet.
func (t *Trunk) sounds(o *media.Opening) {
	terms := &t.Terms
	if o.Formats == nil && (len(terms.Codecs) > 0 || terms.EventType != 0 || !terms.OffersEvents()) {
		o.Formats = t.formats()
	}
	o.Ptime = terms.Ptime
	if len(t.Servers) > 0 && strings.Contains(t.Servers[0], "[") { // an address of IPv6
		o.Family = media.FamilySix
	}
	switch terms.DigitsIn {
	case peering.DigitsEvent, peering.DigitsInfo:
		o.Inband = media.InbandNever
	case peering.DigitsInband:
		o.Inband = media.InbandAlways
	case peering.DigitsAuto, "":
	}
	switch terms.DigitsOut {
	case peering.DigitsInfo:
		o.Typing = media.TypesOwner
	case peering.DigitsInband:
		o.Typing = media.TypesTones
	case peering.DigitsAuto, peering.DigitsEvent, "":
	}
}

// formats are what is offered to a trunk, best first.
func (t *Trunk) formats() []media.Format {
	var out []media.Format
	for _, c := range t.Terms.Voices() {
		out = append(out, media.Format{Name: string(c)})
	}
	if t.Terms.OffersEvents() {
		out = append(out, media.Format{Name: "telephone-event", PayloadType: uint8(t.Terms.EventType & 0x7F), Fmtp: "0-15"})
	}
	return out
}

// typed sends a key to a party whose trunk takes digits by INFO (the body as everybody writes it: application/dtmf-relay).
func (c *call) typed(l *leg, k media.Typed) {
	if l.line == nil || l.state == legGone {
		return
	}
	_ = l.line.Info(keyByInfo(k)) // It fails only when the peer has gone already.
}

// keyByInfo is a key as INFO carries it.
func keyByInfo(k media.Typed) *message.Body {
	length := cmp.Or(k.Duration, digitLength).Milliseconds()
	body := "Signal=" + string(rune(k.Key)) + "\r\nDuration=" + strconv.FormatInt(length, 10) + "\r\n"
	return &message.Body{Type: "application/dtmf-relay", Bytes: []byte(body)}
}

// hearsEarly says whether what a far network plays before its answer is heard.
func (l *leg) hearsEarly() (does bool) {
	return l.trunk == nil || l.trunk.Terms.EarlyMedia != peering.EarlyIgnore
}

// cameAs is a number from a trunk, written by the trunk's rules for numbers that come in.
func (t *Trunk) cameAs(raw string) string {
	if len(t.Terms.PrefixIn) == 0 {
		return raw
	}
	written, _ := peering.Apply(t.Terms.PrefixIn, raw)
	return written
}

// calledFormat is a number that is called, as the trunk wants it.
func (t *Trunk) calledFormat(n E164) string {
	if written, rule := peering.Apply(t.Terms.PrefixOut, string(n)); rule >= 0 {
		return written
	}
	return t.dialFormat(n)
}

// shownFormats are how From and the asserted identity write the caller.
func (t *Trunk) shownFormats(n E164) (from, asserted string) {
	first := DialFormat(cmp.Or(t.Terms.FromFormat, peering.NumberFormat(t.Dial)))
	second := DialFormat(cmp.Or(t.Terms.AssertedFormat, peering.NumberFormat(first)))
	return t.formatted(n, first), t.formatted(n, second)
}

// goingOut is a call out, before a trunk's terms have a say.
type goingOut struct {
	called string // as the trunk takes it
	to     E164   // empty: called is no public number
	show   E164   // empty: nobody is named
	hidden bool
}

// outgoing is the INVITE of a call out by a trunk.
func (c *call) outgoing(t *Trunk, o goingOut) sip.Dial {
	d := trunkDial(t, o)
	facts := &peering.Facts{
		Caller: string(o.show), Called: cmp.Or(string(o.to), o.called), Trunk: t.Name, Account: string(c.account), Call: string(c.id),
		Header: func(name string) string { return c.heads[name] },
	}
	if o.hidden {
		facts.Caller = ""
	}
	d.Rewrite = t.rewriteOut(facts)
	return d
}

// trunkDial is an INVITE to a trunk as its terms have it, without what its header rules do.
func trunkDial(t *Trunk, o goingOut) sip.Dial {
	d := sip.Dial{Trunk: sip.TrunkID(t.ID), To: message.Party{Scheme: "sip", User: o.called}, Private: o.hidden}
	t.showTo(&d, o.show)
	return d
}

// rewriteOut is what is done to the headers of an INVITE to a trunk; nil: nothing is.
func (t *Trunk) rewriteOut(facts *peering.Facts) func([]message.Field) []message.Field {
	identity := t.identityRules()
	if len(identity) == 0 && len(t.Terms.HeadersOut) == 0 {
		return nil
	}
	return func(fields []message.Field) []message.Field {
		out := peering.Rewrite(identity, toPeering(fields), facts)
		if t.Terms.Identity == peering.IdentityParty {
			out = asParty(out)
		}
		return fromPeering(peering.Rewrite(t.Terms.HeadersOut, out, facts))
	}
}

// identityRules let the caller be named as the trunk wants it.
func (t *Trunk) identityRules() []peering.HeaderRule {
	const asserted = "P-Asserted-Identity"
	switch t.Terms.Identity {
	case peering.IdentityPreferred:
		return []peering.HeaderRule{{Do: peering.HeaderRename, Header: asserted, To: "P-Preferred-Identity"}}
	case peering.IdentityParty:
		return []peering.HeaderRule{{Do: peering.HeaderRename, Header: asserted, To: remoteParty}}
	case peering.IdentityNone:
		return []peering.HeaderRule{{Do: peering.HeaderRemove, Header: asserted}}
	case peering.IdentityAsserted, "":
	}
	return nil
}

const remoteParty = "Remote-Party-ID"

// asParty says in Remote-Party-ID itself who it is and whether it may be shown, as it has no Privacy beside it.
func asParty(fields []peering.Field) []peering.Field {
	privacy := "off"
	if slices.ContainsFunc(fields, func(f peering.Field) bool { return f.Name == "Privacy" }) {
		privacy = "full"
	}
	for i := range fields {
		if fields[i].Name == remoteParty {
			fields[i].Value += ";party=calling;privacy=" + privacy + ";screen=yes"
		}
	}
	return fields
}

// rewriteIn does to what a trunk sent what its rules say, before anybody reads it.
func (t *Trunk) rewriteIn(a *sip.Attempt) {
	if len(t.Terms.HeadersIn) == 0 {
		return
	}
	caller := partyNumber(a.From, t)
	a.Rewrite(func(fields []message.Field) []message.Field {
		return fromPeering(peering.Rewrite(t.Terms.HeadersIn, toPeering(fields), &peering.Facts{
			Caller: caller, Called: t.cameAs(digitsOf(a.RequestURI.User)), Trunk: t.Name, Account: string(t.Account),
			Header: func(name string) string { return first(a.Head.Values(name)) },
		}))
	})
}

// headsFor keeps of a caller's request the headers that some trunk's rules hand on.
func (s *Snapshot) headsFor(a *sip.Attempt) map[string]string {
	var out map[string]string
	for _, t := range s.Trunks {
		for _, name := range t.Terms.HandsOn() {
			if v := first(a.Head.Values(name)); v != "" {
				if out == nil {
					out = map[string]string{}
				}
				out[name] = v
			}
		}
	}
	return out
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func toPeering(fields []message.Field) []peering.Field {
	out := make([]peering.Field, len(fields))
	for i, f := range fields {
		out[i] = peering.Field(f)
	}
	return out
}

func fromPeering(fields []peering.Field) []message.Field {
	out := make([]message.Field, len(fields))
	for i, f := range fields {
		out[i] = message.Field(f)
	}
	return out
}

// Reading is a number that a trunk sent, as it is understood.
type Reading struct {
	Number E164 // empty: it is no public number
	Rule   int  // of the terms' PrefixIn; -1: none
}

// Reads says how a number that the trunk sends is understood.
func (t *Trunk) Reads(dialled string) Reading {
	raw, rule := peering.Apply(t.Terms.PrefixIn, digitsOf(dialled))
	r := Reading{Rule: rule}
	if n := E164(partyNumber(message.Party{User: dialled}, t)); n.valid() {
		r.Number = n
	} else if n := E164("+" + raw); n.valid() && t.Dial == DialBare {
		r.Number = n
	}
	return r
}

// Writing is a number, as a trunk is given it.
type Writing struct {
	Called, From, Asserted string
	Rule                   int // of the terms' PrefixOut; -1: none
}

// Writes says how the trunk is given a number: one that is called, and one that calls.
func (t *Trunk) Writes(n E164) Writing {
	_, rule := peering.Apply(t.Terms.PrefixOut, string(n))
	w := Writing{Called: t.calledFormat(n), Rule: rule}
	w.From, w.Asserted = t.shownFormats(n)
	return w
}

// refresh is the session timer of a trunk's calls (RFC 4028).
func (t *Trunk) refresh() dialog.Refresh {
	if t.Terms.Timer == peering.PolicyOff {
		return dialog.Refresh{Every: -1}
	}
	return dialog.Refresh{Every: time.Duration(t.Terms.TimerSeconds) * time.Second}
}

// reliable is how its provisional responses are to come (RFC 3262).
func (t *Trunk) reliable() dialog.Reliable {
	switch t.Terms.Reliable {
	case peering.PolicyOff:
		return dialog.ReliableOff
	case peering.PolicyRequired:
		return dialog.ReliableRequired
	case peering.PolicySupported, "":
	}
	return dialog.ReliableOffered
}
