package routing

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/message"
)

// The emergency gate: a subscriber's call for help that came to us goes on as it came, before any limit, rule or flow of ours has a say (SPEC O4, O5). Its core
// knows where the handset is, and we do not.

// gate passes an emergency call of a handset on, or asks the handset to call again as an emergency where the operator wants that.
func (s *Switch) gate(snap *Snapshot, in *coreCall, d door) {
	if in.number != nil {
		s.callbacks.called(in.number.E164, time.Now())
	}
	s.log.Info("emergency call of a handset", slog.String("trunk", string(in.trunk.ID)), slog.String("sip_call_id", in.attempt.CallID))
	if in.operator.Emergency == Emergency380 && in.operator.Attachment == AttachISC {
		d.instead(380, alternativeService(), message.Field{Name: "Contact", Value: "<urn:service:sos>"})
		return
	}
	account := in.account()
	tries := []sip.Dial{in.passOn()}
	for _, t := range s.chooseEmergencyTrunks(snap, account) {
		if t.Emergency && t.ID != in.trunk.ID && in.dialled != "" && isDigits(in.dialled) {
			tries = append(tries, in.passBy(t))
		}
	}
	r := onward{attempt: in.attempt, tries: tries, longest: emergencyLongest}
	if account != "" {
		r.keep = in.emergencyRecord(account)
	}
	s.relay(r, d)
}

// emergencyLongest ends only what has been forgotten.
const emergencyLongest = 24 * time.Hour

// account is whose call it is; empty: nobody's that we know.
func (in *coreCall) account() AccountID {
	switch {
	case in.number != nil:
		return in.number.Account
	case in.operator.Account != "":
		return in.operator.Account
	}
	return in.trunk.Account
}

// passOn is the INVITE as it goes back into its core: along its Route with everything that the core itself said; or by the same trunk with the digits that were
// dialled.
func (in *coreCall) passOn() sip.Dial {
	a := in.attempt
	d := sip.Dial{Trunk: sip.TrunkID(in.trunk.ID), To: a.To, From: a.From, MaxForwards: hopsOf(a) - 1, Offer: whole(a), Route: a.Route}
	d.Headers = carried(a)
	switch {
	case len(a.Route) > 0 || a.RequestURI.Scheme == "urn":
		d.Asked = a.Asked
	default:
		d.To = message.Party{Scheme: "sip", User: in.dialled}
	}
	return d
}

// passBy is the INVITE by a carrier's trunk that takes emergency calls: the digits and the number of who calls, and nothing else of what the core said.
func (in *coreCall) passBy(t *Trunk) sip.Dial {
	a := in.attempt
	d := sip.Dial{Trunk: sip.TrunkID(t.ID), To: message.Party{Scheme: "sip", User: in.dialled}, MaxForwards: hopsOf(a) - 1, Offer: a.Offer}
	d.From = message.Party{Scheme: "sip", User: in.caller()}
	if in.number != nil {
		d.From.User = t.dialFormat(in.number.E164)
	}
	show := d.From
	d.Asserted = &show
	return d
}

// whole is the body as it came.
func whole(a *sip.Attempt) *message.Body {
	if a.Whole != nil {
		return a.Whole
	}
	return a.Offer
}

// carried are the headers that a call takes back into the core it came from: what a core may be told again, and what it said of the call itself.
func carried(a *sip.Attempt) []message.Field {
	var list []message.Field
	for _, f := range ims.Passed(a.Head, ims.SideCore) {
		list = append(list, message.Field(f))
	}
	const most = 4096
	for _, name := range []string{"P-Asserted-Identity", "P-Charging-Vector", "P-Charging-Function-Addresses", "History-Info", "Diversion"} {
		for _, v := range a.Head.Values(name) {
			if len(v) <= most && message.Clean(v) == v {
				list = append(list, message.Field{Name: name, Value: v})
			}
		}
	}
	return list
}

// alternativeService tells a handset that what it dialled is an emergency (TS 24.229 section 7.6).
func alternativeService() *message.Body {
	return &message.Body{Type: "application/3gpp-ims+xml", Bytes: []byte(`<?xml version="1.0" encoding="UTF-8"?>` +
		`<ims-3gpp version="1"><alternative-service><type>emergency</type><reason>emergency number</reason></alternative-service></ims-3gpp>`)}
}

// callbackTime is how long the emergency services may call back (RFC 7090 section 1).
const callbackTime = 30 * time.Minute

// callbacks is who called for help a short while ago. A leaf lock; the zero value is ready.
type callbacks struct {
	mu sync.Mutex
	at map[E164]time.Time
}

// mostCallbacks bounds the table: beyond it the old are forgotten at once.
const mostCallbacks = 4096

// called notes that a number called for help.
func (b *callbacks) called(n E164, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at == nil {
		b.at = map[E164]time.Time{}
	}
	if len(b.at) >= mostCallbacks {
		for old, at := range b.at {
			if now.Sub(at) > callbackTime {
				delete(b.at, old)
			}
		}
	}
	if len(b.at) < mostCallbacks {
		b.at[n] = now
	}
}

// awaited says whether a number called for help a short while ago.
func (b *callbacks) awaited(n E164, now time.Time) (is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, known := b.at[n]
	return known && now.Sub(at) <= callbackTime
}

// callsBack says whether the emergency services call a subscriber back: the core marks it so (RFC 7090 section 4), or an emergency number calls who has just
// called for help.
func (s *Switch) callsBack(in *coreCall) (does bool) {
	if in.number == nil {
		return false
	}
	if slices.Contains(in.attempt.Head.Values("Priority"), "psap-callback") {
		return true
	}
	return emergency(digitsOf(in.caller()), in.operator.country(in.trunk)) && s.callbacks.awaited(in.number.E164, time.Now())
}

// callBack rings the handset and nothing else, whatever its user has set.
func (s *Switch) callBack(in *coreCall, d door) {
	call := in.passOn()
	if len(in.attempt.Route) == 0 {
		o := in.operator
		call.To = message.Party{Scheme: "sip", User: in.trunk.dialFormat(in.number.E164)}
		switch {
		case o.Attachment == AttachISC:
			domain := cmp.Or(o.Domain, in.trunk.Domain, "invalid")
			call.To.User, call.To.Host = string(in.number.E164), domain
			call.Asked = "sip:" + call.To.User + "@" + domain + ";user=phone"
		case o.ReturnPrefix != "":
			call.To.User = o.ReturnPrefix + trimPlus(call.To.User)
		}
		id := NewID("call", time.Now())
		if mark := s.anchors.Sign(ims.Anchor{ID: id, Hop: 1, At: time.Now(), Served: string(in.number.E164)}); mark != "" {
			call.Headers = append(call.Headers, message.Field{Name: ims.AnchorHeader, Value: mark})
		}
		s.loops.Sent(ims.Passage{Served: string(in.number.E164), Other: in.other(ims.ToUser), Direction: ims.ToUser, Call: id}, time.Now())
	}
	s.log.Info("emergency services call back", slog.String("trunk", string(in.trunk.ID)), slog.Any("number", in.number.E164))
	s.relay(onward{attempt: in.attempt, tries: []sip.Dial{call}, longest: emergencyLongest}, d)
}

// noteUrgent flags a call for help from a device of ours, and lets the emergency services reach its user for a while.
func (c *call) noteUrgent(d dialOut) {
	if !d.emergency {
		return
	}
	c.note(noteEmergency, c.caller)
	if d.show != "" {
		c.sw.callbacks.called(d.show, time.Now())
	}
	for _, n := range c.caller.user.mobiles() {
		c.sw.callbacks.called(n.E164, time.Now())
	}
}

// mobiles are the numbers that ring the user's handset; of nobody, none.
func (u *User) mobiles() []*Number {
	if u == nil {
		return nil
	}
	return u.Mobiles
}

// callsBackOutside says whether the emergency services call a subscriber back by a carrier, who may mark a call as theirs only after the subscriber called for
// help; and how the handset is rung.
func (s *Switch) callsBackOutside(snap *Snapshot, t *Trunk, a *sip.Attempt) (in coreCall, does bool) {
	run, is := planTrunk(snap, t, a).(runFlow)
	if !is || run.number.Mobile == nil || !run.number.Mobile.Active || !s.callbacks.awaited(run.number.E164, time.Now()) {
		return in, false
	}
	o := snap.Operators[run.number.Mobile.Operator]
	if o == nil || snap.Trunks[o.Trunk] == nil {
		return in, false
	}
	plain := sip.Attempt{
		CallID: a.CallID, From: a.From, To: a.To, Asserted: a.Asserted, Offer: a.Offer, Whole: a.Whole, MaxForwards: a.MaxForwards, At: a.At,
		RequestURI: a.RequestURI, Private: a.Private,
	}
	in = coreCall{operator: o, trunk: snap.Trunks[o.Trunk], attempt: &plain, number: run.number, hidden: anonymous(a)}
	marked := slices.Contains(a.Head.Values("Priority"), "psap-callback")
	return in, marked || emergency(digitsOf(callerOf(a, t).User), o.country(in.trunk))
}
