package routing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
)

// coreClass is what an attempt from a mobile core is.
type coreClass int

// The classes.
const (
	coreCalled    coreClass = iota + 1 // a number of ours is called
	coreCalls                          // a subscriber of ours calls
	coreReturning                      // a leg of ours that the core hands to us again
	coreEmergency                      // a subscriber calls for help
	coreForeign                        // nobody of ours: the core's own business
	coreLoop                           // it goes round
)

// coreCall is an attempt from a mobile core, as it was read.
type coreCall struct {
	class    coreClass
	operator *Operator
	trunk    *Trunk
	attempt  *sip.Attempt
	number   *Number // of the subscriber that it is about; nil: none of ours
	dialled  string  // with a subscriber who calls: the digits, without marks and codes
	hidden   bool    // they asked not to be shown
	coded    bool    // by a code before the number, which nobody after us needs to read
	verdict  ims.LoopVerdict
}

// operatorAt is the operator whose core a trunk leads to; nil: it is a carrier's.
func (s *Snapshot) operatorAt(t *Trunk) *Operator {
	var found *Operator
	for _, o := range s.Operators {
		if o.Trunk == t.ID && (found == nil || o.ID < found.ID) {
			found = o
		}
	}
	return found
}

// marked takes off the digits by which a core joined as a plain trunk marks a call of a subscriber.
func (o *Operator) marked(dialled string) (rest string, is bool) {
	if o.Attachment != AttachTrunk || o.OriginatingPrefix == "" {
		return dialled, false
	}
	rest, is = strings.CutPrefix(strings.TrimPrefix(dialled, "+"), strings.TrimPrefix(o.OriginatingPrefix, "+"))
	if !is {
		return dialled, false
	}
	return rest, is
}

// country is how a subscriber's national numbers are read.
func (o *Operator) country(t *Trunk) string { return cmp.Or(o.Country, t.Country, "FR") }

// readCore finds out what an attempt from a core is. Emergencies come before every other question.
func (s *Switch) readCore(snap *Snapshot, o *Operator, t *Trunk, a *sip.Attempt) coreCall {
	in := coreCall{class: coreForeign, operator: o, trunk: t, attempt: a, hidden: anonymous(a), dialled: a.RequestURI.User}
	direction, who := in.side(snap)
	s.counters.hearCall(o.ID, who.Case)
	in.number = s.subscriberOf(snap, who, &in)
	var code clirCode
	in.dialled, code = withoutCodes(digitsOf(in.dialled))
	in.hidden, in.coded = code.hides(in.hidden), code != clirNone
	switch {
	case urgent(in.dialled, o.country(t)):
		in.class = coreEmergency
		if in.number == nil { // A core need not say whom it serves of a call for help.
			in.number = s.subscriberOf(snap, ims.Served{Number: in.caller()}, &in)
		}
		return in
	case o.returned(a.RequestURI.User):
		in.class, in.verdict = coreLoop, ims.LoopVerdict{Kind: ims.Loop, Status: statusLoop, Why: "a handset's leg came back"}
		return in
	case in.number == nil && direction == ims.ToUser && s.callsOurs(snap, t, a):
		in.class = coreCalled
		return in
	case in.number == nil, in.diverted():
		return in
	}
	in.class = coreCalled
	if direction == ims.FromUser {
		in.class = coreCalls
	}
	in.judge(s, direction)
	return in
}

// hopsOf is the Max-Forwards of an attempt.
func hopsOf(a *sip.Attempt) int { return cmp.Or(a.MaxForwards, 70) }

// side says on which side of the call the subscriber is, and how the core names them.
func (in *coreCall) side(snap *Snapshot) (ims.Direction, ims.Served) {
	a := in.attempt
	if in.operator.Attachment == AttachISC {
		who, told := ims.ServedUser(a.Head, a.OwnRoute)
		direction := who.Case.Direction()
		if !told {
			direction = ims.ToUser
		}
		if who.Number == "" && direction == ims.FromUser {
			who.Number = in.caller()
		} else if who.Number == "" {
			who.Number = a.RequestURI.User
		}
		return direction, who
	}
	rest, marked := in.operator.marked(a.RequestURI.User)
	if marked {
		in.dialled = rest
		return ims.FromUser, ims.Served{Number: in.caller(), Case: ims.Originating}
	}
	if in.operator.OriginatingPrefix == "" && in.operator.serves(snap.subscriber(in.caller(), "", in)) {
		return ims.FromUser, ims.Served{Number: in.caller(), Case: ims.Originating}
	}
	return ims.ToUser, ims.Served{Number: a.RequestURI.User, Case: ims.Terminating}
}

// caller is who calls, as the core says: what it asserts, else From, which a gateway of a switch fills (RFC 3325 section 5).
func (in *coreCall) caller() string {
	for _, p := range in.attempt.Asserted {
		if p.User != "" {
			return p.User
		}
	}
	return in.attempt.From.User
}

// serves says whether a number's subscription is this operator's.
func (o *Operator) serves(n *Number) (does bool) {
	return n != nil && n.Mobile != nil && n.Mobile.Operator == o.ID
}

// subscriberOf finds the number whose subscription the core means, of this operator alone: nobody speaks for another's.
func (s *Switch) subscriberOf(snap *Snapshot, who ims.Served, in *coreCall) *Number {
	n := snap.subscriber(who.Number, who.Context, in)
	if n == nil {
		n = s.indexOf(snap).imsi[who.Number]
	}
	if !in.operator.serves(n) || snap.Users[n.Mobile.User] == nil || snap.Accounts[n.Account] == nil {
		return nil
	}
	return n
}

// subscriber reads a number in any of the forms that cores write: with its country code, with or without "+", national, or within a context (RFC 3966 section 5.1.5).
func (s *Snapshot) subscriber(number, context string, in *coreCall) *Number {
	as := Trunk{Country: in.operator.country(in.trunk), Dial: in.trunk.Dial}
	if n, _ := s.numberOf(number, &as); n != nil {
		return n
	}
	if strings.HasPrefix(context, "+") {
		return s.Numbers[E164(context+strings.TrimLeft(digitsOf(number), "0"))]
	}
	return nil
}

// callsOurs says whether the attempt is for a number of ours that has no subscription: a core may carry calls to those too.
func (s *Switch) callsOurs(snap *Snapshot, t *Trunk, a *sip.Attempt) (does bool) {
	_, does = planTrunk(snap, t, a).(runFlow)
	return does
}

// returned says whether digits are those with which we ask the core for a handset alone.
func (o *Operator) returned(dialled string) (is bool) {
	return o.Attachment == AttachTrunk && o.ReturnPrefix != "" && strings.HasPrefix(strings.TrimPrefix(dialled, "+"), strings.TrimPrefix(o.ReturnPrefix, "+"))
}

// diverted says whether the call leaves in the subscriber's name because the core itself diverted it (RFC 8498): it is none of ours to decide.
func (in *coreCall) diverted() (is bool) {
	if in.operator.Attachment != AttachISC {
		return false
	}
	who, told := ims.ServedUser(in.attempt.Head, in.attempt.OwnRoute)
	return told && who.Case == ims.OriginatingCDIV
}

// judge lets the loop rules have their say.
func (in *coreCall) judge(s *Switch, direction ims.Direction) {
	a, served := in.attempt, string(in.number.E164)
	arrival := ims.Arrival{
		Passage:     ims.Passage{Served: served, Other: in.other(direction), Direction: direction},
		History:     ims.ReadHistory(a.Head),
		MaxForwards: hopsOf(a),
	}
	if v, is := ims.ReadVector(a.Head); is {
		arrival.ICID = v.ICID
	}
	arrival.Anchor, arrival.Verdict = s.anchors.Read(a.Head.Values(ims.AnchorHeader), served)
	if direction == ims.ToUser {
		arrival.Same = func(number string) bool { return sameNumber(number, in.number.E164, in.operator.country(in.trunk)) }
	}
	in.verdict = s.loops.Judge(arrival, time.Now())
	switch in.verdict.Kind {
	case ims.Fresh:
	case ims.Returning:
		s.counters.cameBack(in.operator.ID, arrival.Verdict)
		in.class = coreReturning
		if in.operator.Attachment == AttachTrunk || len(a.Route) == 0 {
			in.class = coreLoop // There is nowhere to pass it on to but back to where it came from.
			in.verdict.Status = statusLoop
		}
	case ims.Loop:
		in.class = coreLoop
	}
}

// other is the party that the subscriber talks to, in one form for both ways.
func (in *coreCall) other(direction ims.Direction) string {
	if direction == ims.FromUser {
		return otherParty(in.dialled, in.operator.country(in.trunk))
	}
	if in.hidden {
		return ""
	}
	return otherParty(in.caller(), in.operator.country(in.trunk))
}

// otherParty is a number as loops are known by it: E.164, or nothing where it is none.
func otherParty(number, country string) string {
	digits := digitsOf(number)
	if e := E164(digits); e.valid() {
		return digits
	}
	if e, ok := ParseNumber(digits, country); ok {
		return string(e)
	}
	if e := E164("+" + digits); e.valid() {
		return string(e)
	}
	return ""
}

// clirCode says what the codes before a number want (TS 22.030 section 6.5.2: CLIR, service code 31).
type clirCode int

const (
	clirNone clirCode = iota
	clirHide          // #31#
	clirShow          // *31#
)

// hides says whether the caller is hidden, given what the network said.
func (c clirCode) hides(network bool) (hidden bool) {
	switch c {
	case clirHide:
		return true
	case clirShow:
		return false
	case clirNone:
	}
	return network
}

// withoutCodes takes off the codes by which a subscriber hides or shows their number for one call.
func withoutCodes(digits string) (string, clirCode) {
	if rest, is := strings.CutPrefix(digits, "#31#"); is {
		return rest, clirHide
	}
	if rest, is := strings.CutPrefix(digits, "*31#"); is {
		return rest, clirShow
	}
	return digits, clirNone
}

// isShortCode says whether a subscriber dialled the operator's voicemail.
func (o *Operator) isShortCode(dialled string) (is bool) {
	return slices.Contains(o.ShortCodes, dialled)
}
