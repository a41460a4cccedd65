package routing

import (
	"log/slog"

	"tandem/media"
	"tandem/mobilecore/ims"
	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/message"
)

// inviteCore takes an attempt from a mobile core. The emergency gate is the first to see it.
func (s *Switch) inviteCore(snap *Snapshot, o *Operator, a *sip.Attempt, d door) {
	t := snap.Trunks[o.Trunk]
	in := s.readCore(snap, o, t, a)
	if in.class == coreEmergency {
		s.gate(snap, &in, d)
		return
	}
	if s.draining.Load() {
		d.refuse(statusNoService, "this server is going down", retryAfter) // At once: the core goes on without us (TS 29.228 annex B, DefaultHandling).
		return
	}
	switch in.class {
	case coreLoop:
		s.refuseTrunk(t, d, reject{status: in.verdict.Status, warning: "this call goes round: " + in.verdict.Why})
	case coreReturning:
		s.passReturning(&in, d)
	case coreForeign:
		s.passForeign(snap, &in, d)
	case coreCalls:
		s.inviteSubscriber(snap, &in, d)
	case coreCalled:
		if s.callsBack(&in) {
			s.callBack(&in, d)
			return
		}
		plan := planTrunk(snap, t, a)
		if in.number != nil {
			plan = runFlow{in.number}
		}
		s.inviteNumber(snap, t, incoming{a, d}, plan)
	case coreEmergency: // It has gone on already.
	}
}

// passReturning lets a leg of ours that the core hands to us again go on to where the core wants it, marked so that it does not come a third time.
func (s *Switch) passReturning(in *coreCall, d door) {
	call := in.passOn()
	mark := s.anchors.Sign(ims.Anchor{ID: in.verdict.Call, Hop: in.verdict.Hop, At: in.attempt.At, Served: string(in.number.E164)})
	if mark != "" {
		call.Headers = append(call.Headers, message.Field{Name: ims.AnchorHeader, Value: mark})
	}
	s.relay(onward{attempt: in.attempt, tries: []sip.Dial{call}, longest: s.maxDuration, handset: true}, d)
}

// passForeign lets the core go on with what is not ours. A plain trunk, which says nothing of where to, is told that there is no such number.
func (s *Switch) passForeign(snap *Snapshot, in *coreCall, d door) {
	if len(in.attempt.Route) > 0 {
		s.relay(onward{attempt: in.attempt, tries: []sip.Dial{in.passOn()}, longest: s.maxDuration}, d)
		return
	}
	if r, refused := planTrunk(snap, in.trunk, in.attempt).(reject); refused {
		s.refuseTrunk(in.trunk, d, r)
		return
	}
	s.refuseTrunk(in.trunk, d, reject{status: statusNotFound, warning: "no such subscriber on this system"})
}

// inviteSubscriber takes a call that somebody of ours dials on their handset: a call of theirs like any other (SPEC E4, E12).
func (s *Switch) inviteSubscriber(snap *Snapshot, in *coreCall, d door) {
	a, t := in.attempt, in.trunk
	u, account := snap.Users[in.number.Mobile.User], snap.Accounts[in.number.Account]
	if !s.seat(t, d) {
		return
	}
	plan := s.planSubscriber(snap, in)
	c := s.newCall(account, Internal)
	c.trunks = append(c.trunks, trunkSeat{t.ID, inward})
	c.dialled(u, in.dialled, plan)
	c.rec.Trunk, c.rec.Anonymous = t.ID, in.hidden
	l := c.newLeg(legArriving, a.At)
	l.user, l.trunk, l.source = u, t, sourceOf(a, t)
	l.rec.User, l.rec.Trunk, l.rec.Device, l.rec.Kind = u.ID, t.ID, Native, "native"
	l.access = ims.ReadAccess(a.Head)
	c.admit(a, d, plan)
}

// planSubscriber decides about what a subscriber dials: by the operator's short codes and dial context, and then as for any call of theirs.
func (s *Switch) planSubscriber(snap *Snapshot, in *coreCall) decision {
	account := snap.Accounts[in.number.Account]
	if in.operator.isShortCode(in.dialled) {
		return announce{"unavailable"} // Their messages are with us and not with the operator (SPEC E8).
	}
	dialled := in.dialled
	if len(dialled) != extensionDigits || !isDigits(dialled) {
		if e, ok := ParseNumber(dialled, in.operator.country(in.trunk)); ok {
			dialled = string(e)
		}
	}
	who := dialler{account: account, show: in.number, hidden: in.hidden, back: &wayBack{in: *in, show: in.number}}
	return s.planDialled(snap, who, dialled)
}

// ringBack lets the core carry a subscriber's call itself, as a leg of the fork.
func (c *call) ringBack(f *fork) {
	w := f.out.back
	t := w.in.trunk
	l := c.newLeg(legTrying, w.in.attempt.At)
	l.trunk, l.fork = t, f
	l.rec.Trunk, l.rec.Kind = t.ID, "trunk"
	l.source = endpoint{latch: media.LatchFixed, allow: t.MediaAllow}
	d, passage := w.dial(c.sw.anchors, c.id, w.in.attempt.At)
	if d.MaxForwards <= 0 {
		l.fork = nil
		l.gone(causeOfStatus(statusTooManyHops))
		return
	}
	c.sw.loops.Sent(passage, l.rec.StartedAt)
	c.dialLeg(l, d)
}

// announce plays one sound to the caller.
func (c *call) announce(a flow.AudioID) {
	c.runMachine(announcement(a), nil)
	c.startFlow()
}

// Message takes a MESSAGE of a mobile core. All of them go on as they came: one to 114 must, and what becomes of the others is not decided here.
func (s *Switch) Message(n *sip.Note) {
	t := s.dir.Snapshot().Trunks[TrunkID(n.Trunk)]
	if t == nil || s.dir.Snapshot().operatorAt(t) == nil {
		n.Refuse(405, "messages are not taken here")
		return
	}
	s.log.Debug("message passed on", slog.String("trunk", string(n.Trunk)))
	n.Pass()
}
