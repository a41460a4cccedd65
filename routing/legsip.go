package routing

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// target is one place where a user can be rung.
type target struct {
	device  *Device
	contact sip.Contact
}

// ringContact calls one binding of a user's device, as a leg of the fork.
func (c *call) ringContact(f *fork, u *User, t target) {
	l := c.newLeg(legTrying, time.Now())
	l.user, l.fork = u, f
	l.rec.User, l.rec.Device = u.ID, t.device.Kind
	l.rec.Kind = kindOf(t.device.Kind, t.contact.Target.Network)
	l.device, l.page = t.device, pageOf(&t.contact)
	l.source = endpoint{addr: t.contact.Target.Addr.Addr().Unmap(), latch: media.LatchNAT, sealed: t.contact.Target.Network == transport.TLS}
	_, realm, _ := strings.Cut(string(t.contact.AOR), "@")
	user, _, _ := strings.Cut(string(t.contact.AOR), "@")
	d := sip.Dial{
		Contact: t.contact,
		To:      message.Party{Scheme: "sip", User: user, Host: realm, Display: u.Name},
		From:    c.shownTo(realm),
		Private: c.rec.Anonymous,
	}
	c.dialLeg(l, d)
}

// shownTo is the caller as a user's device shows it. Who is transferred keeps their own number (SPEC C10).
func (c *call) shownTo(realm string) message.Party {
	if c.caller == nil { // The caller's own devices ring first: they show who is going to be called.
		return message.Party{Scheme: "sip", User: c.rec.To, Host: realm, Display: c.toDisplay}
	}
	who := c.rec.From
	if c.caller != c.opener {
		who = c.rec.To
	}
	if c.rec.Anonymous && c.caller == c.opener {
		return message.Party{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid", Display: "Anonymous"}
	}
	return message.Party{Scheme: "sip", User: who, Host: realm, Display: c.caller.display()}
}

// display is the name of a party, where one is known.
func (l *leg) display() string {
	if l.user != nil {
		return l.user.Name
	}
	return l.call.fromDisplay
}

// kindOf is the leg's kind as the API has it.
func kindOf(k DeviceKind, n transport.Network) string {
	switch {
	case k == Native:
		return "native"
	case n == transport.WS || n == transport.WSS:
		return "webrtc"
	}
	return "sip"
}

// ringTrunk calls a number outside by a trunk, as a leg of the fork.
func (c *call) ringTrunk(f *fork, t *Trunk) {
	l := c.newLeg(legTrying, time.Now())
	l.trunk, l.fork = t, f
	l.rec.Trunk, l.rec.Kind = t.ID, "trunk"
	l.source = endpoint{latch: media.LatchFixed, allow: t.MediaAllow}
	if c.came.maxForwards == 1 && !f.out.emergency { // The next hop would have to refuse it: the call goes round.
		l.fork = nil
		l.gone(causeOfStatus(statusTooManyHops))
		return
	}
	to := f.out.digits
	if to == "" {
		to = t.calledFormat(f.out.to)
	}
	d := c.outgoing(t, goingOut{called: to, to: f.out.to, show: f.out.show, hidden: f.out.hidden})
	d.MaxForwards = max(c.came.maxForwards-1, 0)
	if f.why == forRedirect {
		c.sentOn(&d, t, c.calledNumber(), redirectedAnswered)
	}
	c.intoCore(&d, t, f.out)
	c.dialLeg(l, d)
}

// dialLeg sends the INVITE with our offer. A leg that cannot even be tried is gone at once, and its fork is one try poorer.
func (c *call) dialLeg(l *leg, d sip.Dial) {
	ln, err := c.invite(l, d)
	if err != nil {
		c.sw.log.Warn("leg cannot be dialled", slog.String("call_id", string(c.id)), slog.String("leg_id", string(l.rec.ID)), slog.Any("err", err))
		l.fork = nil
		l.gone(causeOfQ850(q850Temporary))
		return
	}
	l.line = ln
	l.rec.SIPCallID = ln.CallID()
	c.sw.index(l.rec.SIPCallID, c)
	l.fork.live++
}

func (c *call) invite(l *leg, d sip.Dial) (line, error) {
	if err := l.openVoice(formatsFor(c.caller, l.trunk)); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	sdp, err := l.voice.Offer(media.SendRecv)
	if err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	d.Offer = message.SDP(sdp)
	return c.sw.wire.dial(d, wireBox{c.box}, dialog.Ref(l.ref))
}

// sourceOf is the endpoint of an attempt.
func sourceOf(a *sip.Attempt, t *Trunk) endpoint {
	addr := a.Source.Addr().Unmap()
	if t != nil {
		return endpoint{addr: addr, latch: media.LatchFixed, allow: t.MediaAllow, sealed: a.Network == transport.TLS}
	}
	return endpoint{addr: addr, latch: media.LatchNAT, sealed: a.Network == transport.TLS}
}
