package routing

import (
	"log/slog"
	"time"

	"tandem/media"
	"tandem/mobilecore/ims"
	"tandem/routing/flow"
	"tandem/sip/message"
)

// means is how the users of a fork were asked for: it decides whether their handset rings with them.
type means int

// The ways.
const (
	byNumber    means = iota // a Ring-to of the number that was called
	byExtension              // their own three digits
	byTeam                   // as one of a team
)

func meansOf(why flow.RingWhy) means {
	switch why {
	case flow.RingByExtension:
		return byExtension
	case flow.RingByNode:
	}
	return byNumber
}

// reach is what of a user rings in a call beside their devices: the handset of one of their numbers (SPEC E6, E9).
type reach struct {
	number *Number // whose handset rings; nil: none does
	direct bool    // it is that number which was called: then the App does not ring (SPEC E6, E15)
}

// silences says whether a device does not ring, because the handset does.
func (r reach) silences(d *Device) bool { return r.direct && d.Kind == App }

// reachOf says which handset rings for a user: that of their direct number where it was called, and that of their first one where their extension was.
// Nobody's rings for a shared line or for a team.
func (c *call) reachOf(u *User, by means) reach {
	switch by {
	case byExtension:
		if len(u.Mobiles) > 0 && u.Mobiles[0].handsetOf(u.ID) {
			return reach{number: u.Mobiles[0]}
		}
	case byNumber:
		n := c.sw.numberByID(c.sw.dir.Snapshot(), c.line, c.account)
		if n != nil && n.Kind == Direct && n.handsetOf(u.ID) && !c.ringsTeam() {
			return reach{number: n, direct: true}
		}
	case byTeam:
	}
	return reach{}
}

// handsetOf says whether a number rings the handset of a user.
func (n *Number) handsetOf(u UserID) (rings bool) {
	return n.Mobile != nil && n.Mobile.Active && n.Mobile.User == u
}

// ringsTeam says whether the flow is at a node that rings a team.
func (c *call) ringsTeam() (team bool) {
	if c.flow == nil {
		return false
	}
	n := c.flow.flow.Nodes[c.flow.machine.Node()]
	return n != nil && n.RingTo != nil && n.RingTo.Team != ""
}

// HandsetState is what became of a handset in a call, for people (SPEC E11).
type HandsetState string

// The states.
const (
	HandsetOff         HandsetState = "off"         // known to be, or the core said so: off, or nowhere to be found
	HandsetUnreachable HandsetState = "unreachable" // the core did not answer, or could not
	HandsetBusy        HandsetState = "busy"
	HandsetNoAnswer    HandsetState = "no_answer"
	HandsetDeclined    HandsetState = "declined"
	HandsetDeflected   HandsetState = "deflected" // a machine answered for it
	HandsetNotTried    HandsetState = "not_tried" // there was no way to its core
)

// noteHandset is the type of the timeline's note; its Args are "state" and, with "deflected", "because".
const noteHandset = "handset"

// handset is one user's handset in a fork. It outlives its legs: a phone that is switched on while the others ring gets another one.
type handset struct {
	user     *User
	number   *Number
	operator *Operator
	leg      *leg // that rings or is asked; nil: none
	joined   bool // it rings since its phone was switched on: that happens once
	state    HandsetState
	because  ims.Sign // with HandsetDeflected

	// of the leg
	said  []string // the redirections that went with it
	watch ims.Watch
	sent  time.Time
	rang  time.Time // zero: it has not
}

// ringHandset calls a user's handset, as a leg of the fork, unless it is known to be off (SPEC E6).
func (c *call) ringHandset(f *fork, u *User, n *Number) {
	h := &handset{user: u, number: n}
	f.handset = h
	c.sw.handsets.await(n.E164, c)
	c.awaited = append(c.awaited, n.E164)
	if c.sw.handsets.off(n.E164, time.Now()) {
		c.handsetIs(h, nil, HandsetOff)
		return
	}
	c.dialHandset(f, h)
}

// usualHandsetRing is how long a handset rings where its operator does not say: shorter than any operator waits before it diverts.
const usualHandsetRing = 18 * time.Second

// dialHandset sends the INVITE into the core.
func (c *call) dialHandset(f *fork, h *handset) {
	snap := c.sw.dir.Snapshot()
	h.operator = snap.Operators[h.number.Mobile.Operator]
	var t *Trunk
	if h.operator != nil {
		t = snap.Trunks[h.operator.Trunk]
	}
	if t == nil || !c.sw.board.take(t, outward) {
		c.handsetIs(h, nil, HandsetNotTried)
		return
	}
	l := c.newLeg(legTrying, time.Now())
	l.user, l.trunk, l.via, l.fork, l.handset = h.user, t, t.ID, f, h
	l.rec.User, l.rec.Trunk, l.rec.Kind, l.rec.Device = h.user.ID, t.ID, "native", Native
	l.source = endpoint{latch: media.LatchFixed, allow: t.MediaAllow}
	h.leg, h.state, h.sent, h.rang = l, "", time.Now(), time.Time{}
	s := c.summon(h, t, l)
	if s.hops() <= 0 {
		l.fork, h.state = nil, HandsetNotTried
		l.gone(causeOfStatus(statusTooManyHops))
		return
	}
	d := s.dial(c.sw.anchors)
	h.watch = ims.Watch{Handset: s.expected()}
	c.sw.loops.Sent(s.passage(), h.sent)
	c.dialLeg(l, d)
	if l.state == legGone {
		return
	}
	ring := h.operator.HandsetRing
	if ring <= 0 {
		ring = usualHandsetRing
	}
	c.after(clockHandset, l.ref, ring)
}

// handsetIs notes what became of a handset, once for each leg.
func (c *call) handsetIs(h *handset, l *leg, is HandsetState) {
	h.state = is
	item := TimelineItem{Type: noteHandset, User: h.user.ID, Args: map[string]string{"state": string(is)}}
	if l != nil {
		item.Leg = l.rec.ID
	}
	if is == HandsetDeflected {
		item.Args["because"] = string(h.because)
	}
	c.addItem(item)
}

// handsetOver takes that the leg to a handset has ended, however.
func (c *call) handsetOver(l *leg) {
	h := l.handset
	c.clocks.stop(clockHandset, l.ref)
	c.clocks.stop(clockProof, l.ref)
	if h.leg != l {
		return
	}
	h.leg = nil
	gaveUp := l.rec.Cause.SIP == statusUnavailable || l.rec.Cause.SIP == statusTerminated // the time was over, or the caller left
	switch {
	case !l.rec.AnsweredAt.IsZero():
	case h.state != "":
		c.handsetIs(h, l, h.state)
	case gaveUp:
		c.handsetIs(h, l, HandsetNoAnswer)
	}
}

// handsetRangOut ends a handset's leg before its operator would divert it. A core that never said anything is given up (SPEC E13).
func (c *call) handsetRangOut(l *leg) {
	if l == nil || l.fork == nil || l.state == legGone {
		return
	}
	h, why := l.handset, causeOfQ850(q850NoAnswer)
	if h.rang.IsZero() {
		h.state, why = HandsetUnreachable, causeOfQ850(q850NoResponse)
		c.sw.handsets.failed(h.number.E164, time.Now())
	}
	l.hangup(message.Reason{}, why) // Without a word of another device: the phone shows a missed call (SPEC E11).
	c.lostTry(l, why)
}

// handsetFailed takes the core's final failure: what it means decides, not its status (SPEC E13, R18).
func (c *call) handsetFailed(l *leg, status int, head ims.Headers) {
	h := l.handset
	rang := h.watch.Rang()
	q850 := ims.CauseFrom(status, head, h.operator.quirks())
	why := causeOfQ850(q850)
	declined := false
	switch ims.Classify(status, q850, rang) {
	case ims.EndingBusy:
		h.state, why = HandsetBusy, causeOfQ850(q850Busy)
	case ims.EndingDeclined:
		h.state, why, declined = HandsetDeclined, causeOfStatus(statusDecline), true
	case ims.EndingUnreachable:
		h.state, why.SIP = HandsetOff, statusUnavailable
		c.sw.handsets.failed(h.number.E164, time.Now())
	case ims.EndingCore, ims.EndingUnknown:
		h.state, why.SIP = HandsetUnreachable, statusUnavailable // Whatever ails a core says nothing about the call.
	case ims.EndingNoAnswer, ims.EndingCancelled:
		why = causeOfQ850(q850NoAnswer)
	}
	l.gone(why)
	f := l.fork
	if c.stage == over || f == nil {
		return
	}
	c.sw.log.Info("handset not reached", slog.String("call_id", string(c.id)), slog.String("leg_id", string(l.rec.ID)),
		slog.Int("status", status), slog.Int("cause", q850))
	if declined && h.operator.declines(time.Since(h.rang), rang) == DeclineEverywhere {
		c.userDeclined(f, h.user.ID)
	}
	c.lostTry(l, why)
}

// aPersonSaidNo is how long a phone must have rung before its decline can be a person's.
const aPersonSaidNo = time.Second

// declines says whom a decline after this much ringing speaks for.
func (o *Operator) declines(rang time.Duration, alerting ims.Alerting) DeclineScope {
	if o.Decline == DeclineDevice || alerting == ims.NotAlerted || rang <= aPersonSaidNo {
		return DeclineDevice
	}
	return DeclineEverywhere
}

// quirks are the operator's in the words of the core's protocols.
func (o *Operator) quirks() []ims.Quirk {
	list := make([]ims.Quirk, len(o.Quirks))
	for i, q := range o.Quirks {
		list[i] = ims.Quirk(q)
	}
	return list
}
