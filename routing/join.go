package routing

import (
	"errors"
	"time"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

// An attended transfer joins two calls of one phone: the party of the first hears the party of the second, and the phone leaves both (RFC
// 3891, RFC 5589 section 7). Each call keeps its goroutine, its record and its own party's leg; it lends the other that party's media.
//
//	A: customer ══ phone(1)        B: phone(2) ══ colleague
//	        handOver ─────────────────▶
//	        ◀───────────────── handed
//	A: customer ══ [B's party]     B: [A's party] ══ colleague      one goes: gone, and the other goes too

// handOver asks a call to leave the phone out, and to take the party of another call instead.
type handOver struct {
	phone message.Replaces // the phone's dialog in the call that is asked
	user  UserID           // who transfers: only their own leg is given away
	from  *call
	party voice
	shown string
}

// handed is the answer.
type handed struct {
	from  *call
	party voice // nil: it cannot be
	shown string
}

var errNotJoined = errors.New("the call to join has nobody to talk to")

// attended begins a transfer to the party of another call of the same user.
func (c *call) attended(l *leg, r dialog.Referred) {
	named, err := message.ParseReplaces(r.Replaces)
	if err != nil {
		_ = l.line.RefuseRefer(statusBadRequest) // It fails only when the peer has gone already.
		return
	}
	b := c.sw.byLine(named.CallID)
	if b == nil || b == c || b.account != c.account {
		_ = l.line.RefuseRefer(481) // It fails only when the peer has gone already.
		return
	}
	if l.line.AcceptRefer() != nil {
		return
	}
	stays := c.other(l)
	c.transfer = &transfer{by: l, user: l.user, refer: referAsked}
	ask := handOver{phone: named, user: l.user.ID, from: c, party: stays.voice, shown: c.shown(stays)}
	if !b.box.post(letter{own: ask}) {
		c.takeOver(handed{from: b})
	}
}

// giveAway lets the phone go and lends our other party to the call that asks.
func (c *call) giveAway(h handOver) {
	var phone *leg
	if l, match := c.named(h.phone); match == dialog.MatchConfirmed && l.user != nil && l.user.ID == h.user && l.state == legUp {
		phone = l
	}
	if phone == nil || c.stage != talking || c.transfer != nil || c.other(phone) == nil || c.other(phone).voice == nil {
		h.from.box.post(letter{own: handed{from: c}})
		return
	}
	stays := c.other(phone)
	c.replaceLeg(phone, h.from, h.party, h.shown)
	stays.voice.Unbridge()
	stays.voice.StopPlay()
	if !h.from.box.post(letter{own: handed{from: c, party: stays.voice, shown: c.shown(stays)}}) {
		c.end(causeOfQ850(q850Normal), "callee") // The other call ended meanwhile.
	}
}

// takeOver ends the transfer: our party talks to the one that the other call lent.
func (c *call) takeOver(h handed) {
	t := c.transfer
	if t == nil || c.stage == over {
		if h.party != nil {
			h.from.box.post(letter{own: gone{c}})
		}
		return
	}
	if h.party == nil {
		c.logTransfer(errNotJoined)
		c.callee, c.transfer = c.other(c.caller), nil
		t.report(481)
		c.note("unsuccessful_transfer", t.by, "text", errNotJoined.Error())
		return
	}
	t.report(statusOK)
	c.transfer = nil
	c.note("transferred", t.by, "to", h.shown)
	c.replaceLeg(t.by, h.from, h.party, h.shown)
	c.bridge()
}

// replaceLeg puts the party of another call where the phone was, and lets the phone go.
func (c *call) replaceLeg(phone *leg, lender *call, party voice, shown string) {
	now := time.Now()
	l := c.newLeg(legUp, now)
	l.lender, l.voice = lender, party
	l.rec.Kind, l.rec.AnsweredAt = "external", now
	if c.caller == phone {
		c.caller = c.callee
	}
	c.callee = l
	c.note("joined", l, "to", shown)
	phone.hangup(causeOfQ850(q850Normal).reason(), Cause{Q850: q850Normal, SIP: statusOK, Text: "Transferred"})
	c.publish()
}

// partnerGone ends the call whose other party was another call's, and has gone.
func (c *call) partnerGone(by *call) {
	for _, l := range c.legs {
		if l.lender == by {
			l.lender, l.voice = nil, nil
			l.gone(causeOfQ850(q850Normal))
			c.end(Cause{Q850: q850Normal, SIP: statusOK, Text: textOf(q850Normal)}, c.sideOf(l))
			return
		}
	}
}

// shown is how a party reads for people.
func (c *call) shown(l *leg) string {
	switch {
	case l.user != nil:
		return l.user.Extension
	case l == c.opener:
		return c.rec.From
	}
	return c.rec.To
}
