package routing

import (
	"tandem/media"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// earlyMedia lets a caller who is not answered yet hear what the far network plays. The first leg that sends any owns it; later ones only ring. Behind one leg
// the far network may fork: of its branches the one is heard that spoke last.
func (c *call) earlyMedia(l *leg, p dialog.Progress) bool {
	if l.early {
		c.hearBranch(l, p)
		return true
	}
	body := p.Body
	if c.caller.state != legArriving || c.caller.offer == nil || c.caller.early || c.transfer != nil {
		return false
	}
	if err := l.voice.Accept(body.Bytes); err != nil {
		return false
	}
	l.early, l.answer, l.branch = true, body.Bytes, p.Tag
	sdp, err := c.caller.describe()
	if err != nil {
		return false
	}
	if c.caller.line.Ring(183, message.SDP(sdp)) != nil {
		return false
	}
	c.caller.early = true
	return c.sw.studio.bridge(c.caller.voice, l.voice) == nil
}

// hearBranch turns to another early dialog of a leg, or to where one has moved. Media takes one answer an offer: it is offered the same again.
func (c *call) hearBranch(l *leg, p dialog.Progress) {
	if p.Tag == l.branch && string(l.answer) == string(p.Body.Bytes) {
		return
	}
	if _, err := l.voice.Offer(media.SendRecv); err != nil {
		return
	}
	if l.voice.Accept(p.Body.Bytes) != nil {
		l.voice.Abandon() // The one that was heard goes on.
		return
	}
	l.answer, l.branch = p.Body.Bytes, p.Tag
	c.bridgeEarly(l)
}

// bridgeEarly lets a caller who is not answered hear a leg.
func (c *call) bridgeEarly(l *leg) {
	if c.caller != nil && c.caller.early && c.caller.voice != nil && c.caller.state == legArriving {
		_ = c.sw.studio.bridge(c.caller.voice, l.voice) // Where it cannot be, nothing is heard before the answer.
	}
}
