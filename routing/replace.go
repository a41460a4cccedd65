package routing

import (
	"strings"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// A guest is an attempt that is to take the place of a leg in a call that there is already (INVITE with Replaces, RFC 3891): a phone picks up what rings
// elsewhere, or takes over what another phone talks in. It is answered at once, and the leg whose place it has taken is let go.

// guest is such an attempt, as its call hears of it.
type guest struct {
	attempt *sip.Attempt
	from    origin
	line    line
	ref     int // by which its events are known: the call counts its own legs, and is not asked
}

func (*guest) own() {}

// firstGuest is above every ref that a call gives to a leg of its own.
const firstGuest = 1 << 20

// inviteInstead takes an attempt that names the dialog whose place it wants. Who may have it, and whether it is to be had, the call itself decides.
func (s *Switch) inviteInstead(from origin, a *sip.Attempt, d door) {
	c := s.byLine(a.Replaces.CallID)
	if c == nil || from.user != nil && from.user.Account != c.account {
		d.refuse(statusNoSuchDialog, "no such dialog here", 0)
		return
	}
	g := &guest{attempt: a, from: from, ref: firstGuest + int(c.guests.Add(1))}
	g.line = d.accept(wireBox{c.box}, dialog.Ref(g.ref))
	if !c.box.post(letter{own: g}) {
		g.refuse(statusNoSuchDialog, "that call is over")
	}
}

// statusNoSuchDialog answers what names a dialog that is not there (RFC 3261 section 21.4.19).
const statusNoSuchDialog = 481

func (g *guest) refuse(status int, warning string) {
	_ = g.line.Reject(status, message.Reason{}, warning) // It fails only when they have given up already.
}

// named finds the leg whose dialog a Replaces names.
func (c *call) named(r message.Replaces) (*leg, dialog.Match) {
	for _, l := range c.legs {
		if l.line == nil || l.isHeir() {
			continue
		}
		if m := l.line.Matches(r); m != dialog.MatchNone {
			return l, m
		}
	}
	return nil, dialog.MatchNone
}

// mayBecome says whether an attempt is trusted to take a leg's place: a colleague that of a user, a trunk only its own. Whoever names a dialog has been told of it
// by one of its ends: its tags cannot be guessed.
func (l *leg) mayBecome(o origin) (may bool) {
	if o.trunk != nil {
		return l.trunk != nil && l.trunk.ID == o.trunk.ID && l.user == nil
	}
	return l.user != nil && l.trunk == nil && l.user.Account == o.user.Account
}

// welcome lets a guest in, or says why not (RFC 3891 section 3).
func (c *call) welcome(g *guest) {
	r := *g.attempt.Replaces
	old, match := c.named(r)
	switch {
	case match == dialog.MatchNone:
		g.refuse(statusNoSuchDialog, "no such dialog here")
	case match == dialog.MatchOver || old.state == legGone:
		g.refuse(statusDecline, "that call is over")
	case match == dialog.MatchConfirmed && r.EarlyOnly:
		g.refuse(statusBusy, "that call has been answered")
	case !old.mayBecome(g.from):
		g.refuse(statusForbidden, "this call is not yours to take")
	case match == dialog.MatchEarly && (old.fork == nil || old.fork.why == forOpener || old.state == legAsked):
		g.refuse(statusPending, "somebody else is taking this call")
	case match == dialog.MatchConfirmed && (c.stage != talking || c.transfer != nil || c.other(old) == nil):
		g.refuse(statusPending, "this call is changing hands already")
	default:
		c.letIn(old, g)
	}
}

// letIn answers a guest and gives it the place of a leg.
func (c *call) letIn(old *leg, g *guest) {
	l := c.seatGuest(g)
	if err := l.openVoice(formatsFor(c.other(old), l.trunk)); err != nil {
		l.gone(causeOfStatus(statusNoService))
		g.refuse(statusNoService, "no media ports left")
		return
	}
	sdp, err := l.describe()
	if err != nil {
		status, warning := refusalOf(err)
		l.gone(causeOfStatus(status))
		g.refuse(status, warning)
		return
	}
	if l.line.Answer(message.SDP(sdp)) != nil { // They have given up already.
		l.gone(causeOfQ850(q850Normal))
		return
	}
	if f := old.fork; f != nil {
		c.won(l, f)
		return
	}
	l.state, l.rec.AnsweredAt = legUp, time.Now()
	c.swap(old, l)
}

// seatGuest makes the leg of a guest.
func (c *call) seatGuest(g *guest) *leg {
	a, from := g.attempt, g.from
	l := c.newLeg(legArriving, a.At)
	l.guest, l.line = g.ref, g.line
	l.user, l.device, l.trunk, l.source = from.user, from.device, from.trunk, sourceOf(a, from.trunk)
	l.rec.SIPCallID, l.rec.Kind = a.CallID, "trunk"
	if from.trunk != nil {
		l.rec.Trunk = from.trunk.ID
	}
	if from.user != nil {
		l.rec.User, l.rec.Device, l.rec.Kind = from.user.ID, from.device.Kind, kindOf(from.device.Kind, a.Network)
		if overWeb(a.Network) {
			l.page = &page{aor: message.AOR(strings.ToLower(from.device.AOR)), instance: a.Instance}
		}
	}
	if a.Offer != nil {
		l.offer = a.Offer.Bytes
	}
	c.sw.index(l.rec.SIPCallID, c)
	return l
}

// swap puts an answered leg where another one was, which is let go.
func (c *call) swap(old, l *leg) {
	if c.caller == old {
		c.caller = l
	} else {
		c.callee = l
	}
	if c.opener == old {
		c.opener = l
	}
	if l.user != nil {
		c.sw.presence.talk(l.user.ID, c, l.rec.Device)
		if c.rec.Direction == Inbound {
			c.rec.User = l.user.ID // The last of them counts (SPEC N2).
		}
	}
	c.note("transferred", old, "to", c.shown(l))
	old.hangup(causeOfQ850(q850Normal).reason(), Cause{Q850: q850Normal, SIP: statusOK, Text: "Replaced"})
	c.bridge()
	c.publish()
}
