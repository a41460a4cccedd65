package routing

import (
	"slices"
	"time"

	"tandem/media"
	"tandem/routing/desk"
)

// ringForward calls the number that a user's calls are forwarded to (SPEC A12), by the first trunk that has room. Whoever has that phone sees the number
// that was called, since a carrier shows no other. A number of ours is not called: it would come back to the user who is rung. Nothing keeps the other
// network's voicemail from answering.
func (c *call) ringForward(f *fork, u *User) {
	snap := c.sw.dir.Snapshot()
	show := c.sw.numberByID(snap, c.rec.NumberID, c.account)
	if show == nil {
		show = c.sw.callerID(snap, u)
	}
	if show == nil || snap.Numbers[u.ForwardTo] != nil {
		return
	}
	for _, t := range c.sw.trunksShowing(snap, c.account, show) {
		if !c.sw.board.take(t, outward) {
			continue
		}
		l := c.newLeg(legTrying, time.Now())
		l.user, l.trunk, l.via, l.fork = u, t, t.ID, f
		l.rec.User, l.rec.Trunk, l.rec.Kind = u.ID, t.ID, "external"
		l.source = endpoint{latch: media.LatchFixed, allow: t.MediaAllow}
		d := c.outgoing(t, goingOut{called: t.calledFormat(u.ForwardTo), to: u.ForwardTo, show: show.E164})
		c.sentOn(&d, t, show.E164, redirectedAlways)
		c.dialLeg(l, d)
		if l.state != legGone {
			return
		}
	}
}

// missedBy counts the users whose phones rang for their time, and who did nothing (SPEC A13).
func (c *call) missedBy(f *fork) {
	var done []UserID
	for _, l := range c.legs {
		if l.fork == f && l.user != nil && !l.rec.RingingAt.IsZero() && !slices.Contains(done, l.user.ID) {
			done = append(done, l.user.ID)
			c.sw.presence.miss(l.user.ID, c)
		}
	}
}

// gaveUp counts a user whose last phone rang until it gave up by itself.
func (c *call) gaveUp(f *fork, l *leg, why Cause) {
	if l.user == nil || l.rec.RingingAt.IsZero() || (why.SIP != statusUnavailable && why.SIP != statusTimeout) {
		return
	}
	for _, o := range c.legs {
		if o.fork == f && o.user != nil && o.user.ID == l.user.ID {
			return
		}
	}
	c.sw.presence.miss(l.user.ID, c)
}

// freeUser lets other calls have the user again, unless another of their devices is still in this one.
func (c *call) freeUser(u UserID) {
	for _, l := range c.legs {
		if l.user != nil && l.user.ID == u && l.state != legGone {
			return
		}
	}
	c.sw.presence.leave(u, c, c.workAfter(u))
}

// workAfter says what follows this call for a user who talked in it.
func (c *call) workAfter(u UserID) desk.After {
	if c.rec.AnsweredAt.IsZero() {
		return desk.Nothing
	}
	snap := c.sw.dir.Snapshot()
	if n := c.sw.numberByID(snap, c.rec.NumberID, c.account); n != nil && n.MustTag {
		return desk.WorkTags
	}
	for _, id := range c.rec.Teams {
		if t := snap.Teams[id]; t != nil && t.MustTag && slices.Contains(t.Users, u) {
			return desk.WorkTags
		}
	}
	return desk.Work
}
