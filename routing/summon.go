package routing

import (
	"cmp"
	"strings"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/message"
)

// arrival is what an attempt said that the leg to a handset goes on with.
type arrival struct {
	trunk       TrunkID
	asked       string   // its Request-URI, as it came
	route       []string // the rest of its Route: a core's, with the id of the dialog that it keeps (TS 24.229 section 5.7.3)
	served      E164     // whose core waits for the call to come back along route; empty: nobody's
	maxForwards int
	charging    ims.Vector
	history     ims.History
}

// arrivalOf reads it. Only a core, and a carrier that is trusted to name callers, are believed to name the call for charging.
func (s *Snapshot) arrivalOf(a *sip.Attempt, t *Trunk, plan decision) arrival {
	in := arrival{trunk: TrunkID(a.Trunk), asked: a.Asked, route: a.Route, maxForwards: a.MaxForwards}
	if t == nil {
		return in
	}
	in.history = ims.ReadHistory(a.Head)
	if t.TrustPAI || s.operatorAt(t) != nil {
		in.charging, _ = ims.ReadVector(a.Head)
	}
	run, is := plan.(runFlow)
	if served, told := ims.ServedUser(a.Head, a.OwnRoute); is && told && served.Case.Direction() == ims.ToUser && len(a.Route) > 0 {
		in.served = run.number.E164
	}
	return in
}

// summons is an INVITE for a handset, as it goes into the core.
type summons struct {
	operator *Operator
	trunk    *Trunk
	number   E164
	call     string // our id, for the anchor
	icid     string // of a call that has none
	came     arrival
	from     message.Party
	caller   E164 // whom from shows; empty: nobody
	hidden   bool // the caller's number is for the core, and not for the handset
	history  ims.History
	at       time.Time
}

// summon makes the INVITE for a handset of this call.
func (c *call) summon(h *handset, t *Trunk, l *leg) summons {
	s := summons{
		operator: h.operator, trunk: t, number: h.number.E164, call: string(c.id), icid: string(l.rec.ID), came: c.came, at: h.sent, history: c.came.history,
	}
	s.caller, s.hidden = c.shownToCore()
	if s.caller != "" {
		s.from = message.Party{Scheme: "sip", User: t.dialFormat(s.caller)}
		if c.caller != nil {
			s.from.Display = c.caller.display()
		}
	}
	first := c.sw.numberByID(c.sw.dir.Snapshot(), c.rec.NumberID, c.account)
	if first != nil && first.ID != h.number.ID && c.hops > 1 { // Another number of ours sent the call here.
		s.history = append(ims.History{{URI: "sip:" + string(first.E164) + "@" + s.domain(), Number: string(first.E164), Cause: 302, Count: 1}}, s.history...)
	}
	h.said = s.said()
	return s
}

// shownToCore is the caller's number, as the handset may show it: a colleague's is the one that they show outside. Empty: there is none.
func (c *call) shownToCore() (shown E164, hidden bool) {
	if c.caller == nil { // Their own call, which they start here: the handset shows whom they call.
		if shown = E164(c.rec.To); !shown.valid() {
			return "", true
		}
		return shown, false
	}
	hidden = c.rec.Anonymous && c.caller == c.opener
	text := c.rec.From
	switch {
	case c.caller.user != nil:
		snap := c.sw.dir.Snapshot()
		n := c.sw.callerID(snap, c.caller.user)
		if own := c.sw.indexOf(snap).own[c.caller.user.ID]; own != nil && c.caller.rec.Device == Native {
			n = own // Whoever calls on their handset shows its number, whatever else they show elsewhere (SPEC E4).
		}
		if n == nil {
			return "", true
		}
		return n.E164, hidden
	case c.caller != c.opener:
		text = c.rec.To
	}
	if shown = E164(text); !shown.valid() {
		return "", true
	}
	return shown, hidden
}

// domain is of the core's public identities.
func (s *summons) domain() string {
	return cmp.Or(s.operator.Domain, s.trunk.Domain, "invalid")
}

// onward says whether the core waits for this call along the Route with which it sent it.
func (s *summons) onward() (waits bool) {
	return s.operator.Attachment == AttachISC && s.came.served == s.number && s.came.trunk == s.trunk.ID
}

// hops is what is left of Max-Forwards.
func (s *summons) hops() int {
	const usual = 70
	if s.came.maxForwards == 0 {
		return usual
	}
	return s.came.maxForwards - 1
}

// target is the Request-URI, where it is not made of the number as a plain trunk wants it.
func (s *summons) target() string {
	switch {
	case s.onward():
		return s.came.asked
	case s.operator.Attachment == AttachISC:
		return "sip:" + string(s.number) + "@" + s.domain() + ";user=phone"
	}
	return ""
}

// called is the number as the core is asked for it: with the prefix that rings the handset and nothing else, where there is one.
func (s *summons) called() string {
	if s.operator.Attachment == AttachTrunk && s.operator.ReturnPrefix != "" {
		return s.operator.ReturnPrefix + strings.TrimPrefix(s.trunk.dialFormat(s.number), "+")
	}
	return s.trunk.dialFormat(s.number)
}

// vector is the charging vector: the caller's, or one for a call that begins with us.
func (s *summons) vector() ims.Vector {
	v := s.came.charging
	if v.ICID == "" {
		v = ims.Vector{ICID: s.icid}
	}
	return v.Onward(s.trunk.Domain)
}

// redirections are the headers that say who sent the call on (RFC 7544).
func (s *summons) redirections() []ims.Field {
	how := ims.WriteNothing
	switch s.operator.WriteHistory {
	case WriteDiversion:
		how = ims.WriteDiversion
	case WriteHistoryInfo:
		how = ims.WriteHistoryInfo
	case WriteBoth:
		how = ims.WriteBoth
	case WriteNone:
	}
	return s.history.Fields(how, cmp.Or(s.target(), "sip:"+string(s.number)+"@"+s.domain()))
}

// said are the entries of History-Info that go with it.
func (s *summons) said() []string {
	var list []string
	for _, f := range s.redirections() {
		if f.Name == "History-Info" {
			list = append(list, entryURI(f.Value))
		}
	}
	return list
}

// dial is the INVITE. Nothing that the caller's side said goes with it but what is named here: not where they are (P-Access-Network-Info), nor whom another
// request served.
func (s *summons) dial(key ims.AnchorKey) sip.Dial {
	d := sip.Dial{
		Trunk: sip.TrunkID(s.trunk.ID), To: message.Party{Scheme: "sip", User: s.called()}, From: s.from, Private: s.hidden,
		MaxForwards: s.hops(), Asked: s.target(),
	}
	if s.caller != "" {
		as := s.from
		d.Asserted = &as
	}
	if s.onward() {
		d.Route = s.came.route
	}
	add := func(list ...ims.Field) {
		for _, f := range list {
			d.Headers = append(d.Headers, message.Field(f))
		}
	}
	if mark := key.Sign(ims.Anchor{ID: s.call, Hop: 1, At: s.at, Served: string(s.number)}); mark != "" {
		add(ims.Field{Name: ims.AnchorHeader, Value: mark})
	}
	if f, is := s.vector().Field(); is {
		add(f)
	}
	add(s.redirections()...)
	add(ims.HandsetFields()...)
	return d
}

// passage is the INVITE as it is known again if the core hands it back without our mark. A core that gave the call its charging identifier keeps it: then a
// second call of the same caller is not taken for this one.
func (s *summons) passage() ims.Passage {
	p := ims.Passage{Served: string(s.number), Direction: ims.ToUser, ICID: s.vector().ICID, Call: s.call}
	switch {
	case s.onward() && s.came.charging.ICID != "":
		p.Other = s.call
	case !s.hidden:
		p.Other = string(s.caller)
	}
	return p
}

// expected is what the replies of the handset look like.
func (s *summons) expected() ims.Handset {
	prefix, country, number := s.operator.ReturnPrefix, cmp.Or(s.operator.Country, s.trunk.Country), s.number
	return ims.Handset{
		MediaServers: s.operator.MediaServers, NoReply: s.operator.NoReplyTimer,
		Same: func(text string) bool {
			return sameNumber(text, number, country) || sameNumber(strings.TrimPrefix(text, prefix), number, country)
		},
	}
}

// sameNumber says whether a peer's way to write a number means this one.
func sameNumber(text string, n E164, country string) (same bool) {
	raw := digitsOf(text)
	if raw == string(n) || "+"+raw == string(n) {
		return true
	}
	e, ok := ParseNumber(raw, country)
	return ok && e == n
}
