package routing

import "log/slog"

// connect bridges the caller with the leg that answered.
func (c *call) connect(l *leg, f *fork) {
	if f.via != "" {
		c.trunks = append(c.trunks, trunkSeat{f.via, outward}) // The place on the trunk is the call's now.
		f.via = ""
	}
	c.stopFlow()
	c.stopSound()
	c.callee = l
	if l.user != nil {
		c.sw.presence.talk(l.user.ID, c, l.rec.Device)
	}
	if !c.answerCaller() {
		return
	}
	c.stage = talking
	if c.rec.AnsweredAt.IsZero() {
		c.rec.AnsweredAt = l.rec.AnsweredAt
	}
	if c.rec.Direction == Inbound && l.user != nil {
		c.rec.User = l.user.ID // After a transfer the last of them counts (SPEC N2).
	}
	c.note("answered", l, "device", string(l.rec.Device))
	c.bridge()
	c.transferDone()
	c.publish()
}

// bridge lets caller and callee hear each other, or the one who was put on hold its music.
func (c *call) bridge() {
	a, b := c.caller, c.callee
	if c.stage != talking || a == nil || b == nil || a.voice == nil || b.voice == nil {
		return
	}
	if a.away() || b.away() {
		c.waitApart(a, b)
		return
	}
	if a.holding() == onHold || b.holding() == onHold {
		c.holdApart(a, b)
		return
	}
	if err := c.sw.studio.bridge(a.voice, b.voice); err != nil {
		c.sw.log.Error("call cannot be bridged", slog.String("call_id", string(c.id)), slog.Any("err", err))
		c.end(causeOfQ850(q850Incompatible), "system")
	}
}

// holdApart plays music to whoever waits; who holds hears nothing (SPEC C1).
func (c *call) holdApart(a, b *leg) {
	a.voice.Unbridge()
	b.voice.Unbridge()
	for _, l := range [2]*leg{a, b} {
		if l.holding() == onHold {
			l.voice.StopPlay()
		} else {
			c.holdMusic(l)
		}
	}
}

// holdState says whether a party has put the other one on hold.
type holdState int

const (
	notOnHold holdState = iota
	onHold
)

// holding is what this party, or its user by the API, has done with the other one.
func (l *leg) holding() holdState {
	if l.holds || l.heldBy != "" {
		return onHold
	}
	return notOnHold
}
