package routing

import (
	"time"

	"tandem/routing/desk"
	"tandem/routing/flow"
)

// callUser rings the devices of a user whose extension a colleague dialled (SPEC X15).
func (c *call) callUser(u *User) {
	if c.caller.user != nil && c.caller.user.ID == u.ID {
		c.refuseCaller(reject{status: statusBusy, warning: "this is your own extension"})
		return
	}
	c.stage = alerting
	f := c.newFork(forPlan, c.sw.ringTime)
	f.means = byExtension
	if c.free(u, f.means) {
		c.ringUser(f, u)
	}
	if f.live == 0 {
		c.forks = c.forks[:len(c.forks)-1]
		c.notReached(u)
		return
	}
	c.startRinging(f)
}

// free says whether a user can be rung now by somebody who wants them (SPEC R3, X10, X23, C9).
func (c *call) free(u *User, by means) (free bool) {
	switch c.sw.statusOf(u, c.sw.presence.state(u.ID, c), c.reachOf(u, by)) {
	case flow.Available, flow.BusyCallWaiting:
		return true
	case flow.Busy, flow.Unavailable:
	}
	return false
}

// notReached answers for a user who cannot be rung: their voicemail where they have one (SPEC X24), else a status that says why.
func (c *call) notReached(u *User) {
	if u.Voicemail != nil {
		c.takeMessage(u)
		return
	}
	if c.sw.presence.state(u.ID, c) != desk.Free {
		c.refuseCaller(reject{status: statusBusy, warning: "this user is in a call"})
		return
	}
	c.refuseCaller(reject{status: statusUnavailable, warning: "this user is not available"})
}

// takeMessage lets the caller leave a message for a user.
func (c *call) takeMessage(u *User) {
	c.voicemailFor = []UserID{u.ID}
	c.runMachine(voicemailOf(u.Voicemail), nil)
	c.startFlow()
}

// newFork begins a fork of the switchboard's own.
func (c *call) newFork(why forkWhy, ring time.Duration) *fork {
	c.plays++ // One count serves for every id that is ours.
	f := &fork{id: -c.plays, why: why, ring: ring}
	c.forks = append(c.forks, f)
	return f
}

// startRinging lets the fork ring for its time.
func (c *call) startRinging(f *fork) {
	if f.ring > 0 {
		c.after(clockNoAnswer, f.id, f.ring)
	}
	if c.caller != nil && c.caller.state == legUp {
		c.ringback()
	}
	c.publish()
}

// callOutside calls a number outside by the first trunk that takes it. ring zero leaves the end of ringing to the other network.
func (c *call) callOutside(d dialOut, why forkWhy, ring time.Duration) {
	if why == forPlan {
		c.stage = alerting
	}
	f := c.newFork(why, ring)
	f.out, f.left = d, d.trunks
	if !c.nextTrunk(f) {
		f.worst = causeOfStatus(statusNoService)
		c.forkFailed(f)
		return
	}
	c.startRinging(f)
}

// nextTrunk tries the next trunk that has room. False: there is none left.
func (c *call) nextTrunk(f *fork) bool {
	c.giveTrunk(f)
	for len(f.left) > 0 {
		t := f.left[0]
		f.left = f.left[1:]
		if c.sw.board.take(t, outward) {
			f.via = t.ID
		} else if !f.out.emergency {
			continue
		}
		before := f.live
		c.ringTrunk(f, t)
		if f.live > before {
			c.rec.Trunk = t.ID
			return true
		}
		c.giveTrunk(f)
	}
	return c.goBack(f)
}

// goBack lets the core carry the call itself that it sent, once. False: it did not come from one, or has been there.
func (c *call) goBack(f *fork) (gone bool) {
	if f.out.back == nil {
		return false
	}
	before := f.live
	c.ringBack(f)
	f.out.back = nil
	return f.live > before
}

// giveTrunk gives a fork's place on a trunk back.
func (c *call) giveTrunk(f *fork) {
	if f.via != "" {
		c.sw.board.give(trunkSeat{f.via, outward})
		f.via = ""
	}
}

// planFailed is a dialled call that nobody took.
func (c *call) planFailed(f *fork) {
	if u := c.triedUser(f); u != nil && u.Voicemail != nil && c.caller.state != legGone {
		c.takeMessage(u)
		return
	}
	if c.caller.state == legUp {
		c.explain(f.cause()) // Who was called first hears why; a phone that called shows the status.
		return
	}
	c.end(f.cause(), "callee")
}

// triedUser is the one user of a fork for an extension.
func (c *call) triedUser(f *fork) *User {
	if len(f.users) != 1 {
		return nil
	}
	return c.sw.dir.Snapshot().Users[f.users[0]]
}
