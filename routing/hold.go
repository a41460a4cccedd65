package routing

import (
	"tandem/media"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

const sdpType = "application/sdp"

// offered is a re-INVITE or UPDATE: hold, a new address, or a question for our offer. An UPDATE may come before the answer.
func (c *call) offered(l *leg, s dialog.Offered) {
	body := s.Body
	if l.voice == nil || c.stage == over {
		_ = l.line.RefuseOffer(481, "the call is over") // It fails only when the peer has gone already.
		return
	}
	if body != nil && body.Type != sdpType {
		_ = l.line.RefuseOffer(415, "only "+sdpType+" is understood here")
		return
	}
	var (
		sdp []byte
		err error
	)
	if body == nil {
		sdp, err = l.voice.Offer(media.SendRecv)
	} else {
		sdp, err = l.voice.Answer(body.Bytes)
	}
	if err != nil {
		status, warning := refusalOf(err)
		_ = l.line.RefuseOffer(status, warning)
		return
	}
	if l.line.AnswerOffer(message.SDP(sdp)) != nil {
		return
	}
	switch {
	case body == nil:
	case l.fork != nil && l.state != legUp: // Its last word counts: what a 2xx without one stands for.
		l.early, l.answer, l.branch = true, body.Bytes, s.Tag
		c.bridgeEarly(l)
	default:
		c.holdChanged(l)
	}
}

// offerConfirmed is the answer to the offer that we made in the 2xx of a re-INVITE without one.
func (c *call) offerConfirmed(l *leg, body *message.Body) {
	if l.voice == nil || body == nil || c.stage == over {
		return
	}
	if l.voice.Accept(body.Bytes) != nil {
		l.voice.Abandon() // The session stays as it was (RFC 3261 section 14.1).
		return
	}
	c.holdChanged(l)
}

// offerEnded is the outcome of a re-INVITE of ours.
func (c *call) offerEnded(l *leg, e dialog.OfferEnded) {
	if l.voice == nil || c.stage == over {
		return
	}
	if e.Body == nil || l.voice.Accept(e.Body.Bytes) != nil {
		l.voice.Abandon()
		return
	}
	c.holdChanged(l)
}

// refreshed takes a new answer to an offer that had changed nothing. Media takes one answer an offer: it is offered the same again.
func (c *call) refreshed(l *leg, body *message.Body) {
	if l.voice == nil || c.stage == over {
		return
	}
	if _, err := l.voice.Offer(media.SendRecv); err != nil {
		return
	}
	c.offerEnded(l, dialog.OfferEnded{Status: statusOK, Body: body})
}

// holdChanged looks whether a party put the other on hold or took it back. The two are bridged anew in any case: the formats may have changed.
func (c *call) holdChanged(l *leg) {
	was := l.holding()
	l.holds = l.voice.HeldByPeer()
	if l != c.caller && l != c.callee {
		return
	}
	c.tellHold(l, was)
	c.bridge()
}

// setHold is hold by the API: the user's phone is not asked.
func (c *call) setHold(l *leg, by UserID) {
	was := l.holding()
	l.heldBy = by
	c.tellHold(l, was)
	c.bridge()
}

func (c *call) tellHold(l *leg, was holdState) {
	is := l.holding()
	if is == was {
		return
	}
	if is == onHold {
		c.note("hold", l)
	} else {
		c.note("unhold", l)
	}
	c.publish()
}

// infoReceived takes the body of an INFO: media makes a digit of it, where it holds one (SPEC X6).
func (c *call) infoReceived(l *leg, body *message.Body) {
	if body != nil && l.voice != nil && c.stage != over {
		l.voice.Info(body.Type, body.Bytes)
	}
}
