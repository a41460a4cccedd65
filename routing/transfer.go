package routing

import (
	"log/slog"

	"tandem/routing/flow"
	"tandem/sip/dialog"
)

// transfer is a call that one party hands on: the other one waits while somebody else rings.
type transfer struct {
	by    *leg  // who hands on; their leg may be gone meanwhile. nil: the API took the call out of its flow
	user  *User // who that is, for the way back (SPEC C7); nil with by
	refer referTold
}

// referTold says what a phone that sent REFER has been told.
type referTold int

const (
	referNone  referTold = iota // nothing: the transfer came by the API
	referAsked                  // it waits to hear
	referOver                   // it has heard the last word
)

// report tells the phone how the call goes that it asked for (RFC 3515 section 2.4.5).
func (t *transfer) report(status int) {
	if t.by == nil || t.refer != referAsked || t.by.line == nil || t.by.state == legGone {
		return
	}
	if status >= statusOK {
		t.refer = referOver
	}
	_ = t.by.line.ReportRefer(status) // It fails only when the phone has gone already.
}

// referred is a REFER of a party. Only users may transfer: a carrier that could would call at the account's cost.
func (c *call) referred(l *leg, r dialog.Referred) {
	switch {
	case l.user == nil || l.trunk != nil:
		_ = l.line.RefuseRefer(statusForbidden) // It fails only when the peer has gone already.
	case c.stage != talking || c.transfer != nil || c.other(l) == nil:
		_ = l.line.RefuseRefer(statusPending)
	case r.Replaces != "":
		c.attended(l, r)
	default:
		snap := c.sw.dir.Snapshot()
		plan := c.sw.planDialled(snap, c.sw.diallerOf(snap, l.user), r.To.User)
		if d, refused := plan.(reject); refused {
			c.note("transfer_refused", l, "text", d.warning)
			_ = l.line.RefuseRefer(d.status)
			return
		}
		if l.line.AcceptRefer() != nil {
			return
		}
		c.startTransfer(&transfer{by: l, user: l.user, refer: referAsked}, plan)
	}
}

// startTransfer rings the target for the party that stays, who hears ringing meanwhile (SPEC C6). From here on that party is the caller.
func (c *call) startTransfer(t *transfer, plan decision) {
	c.note("transfer_started", t.by)
	if t.by != nil {
		stays := c.other(t.by)
		stays.voice.Unbridge()
		c.caller, c.callee = stays, nil
		c.sound = sound{}
	} else if c.sound.on && !c.sound.play.Loop {
		c.stopSound() // A message belongs to the flow that was left, and ringing is heard instead; music may go on.
	}
	c.transfer = t
	c.stage = alerting
	switch p := plan.(type) {
	case ringUser:
		c.transferTo(byExtension, p.user)
	case ringTeam:
		users := make([]*User, 0, len(p.team.Users))
		for _, id := range p.team.Users {
			if u := c.sw.dir.Snapshot().Users[id]; u != nil && (t.user == nil || id != t.user.ID) {
				users = append(users, u)
			}
		}
		c.transferTo(byTeam, users...)
	case dialOut:
		c.callOutside(p, forTransfer, c.sw.ringTime)
	case runFlow: // The other number's flow takes over (SPEC C13, L17).
		c.transferDone()
		c.enterNumber(p.number)
	case announce: // Only a handset dials what is announced.
	case reject:
		c.transferFailed(causeOfStatus(p.status))
	}
}

// transferTo rings users for a transfer, those who are free.
func (c *call) transferTo(by means, users ...*User) {
	f := c.newFork(forTransfer, c.sw.ringTime)
	f.means = by
	for _, u := range users {
		if c.free(u, by) {
			c.ringUser(f, u)
		}
	}
	if f.live == 0 {
		f.worst = causeOfQ850(q850Absent)
		c.forkFailed(f)
		return
	}
	c.startRinging(f)
}

// transferDone lets go of who transferred, once the target has answered.
func (c *call) transferDone() {
	t := c.transfer
	if t == nil {
		return
	}
	c.transfer = nil
	t.report(statusOK)
	where := "inside"
	if c.callee != nil && c.callee != t.by && c.callee.user == nil {
		where = transferOutside
	}
	c.note("transferred", t.by, "where", where)
	if t.by == nil {
		return
	}
	t.by.hangup(causeOfQ850(q850Normal).reason(), Cause{Q850: q850Normal, SIP: statusOK, Text: "Transferred"})
}

// transferFailed gives the call back to who transferred it; when they have hung up they are rung, if they can be (SPEC C7).
func (c *call) transferFailed(why Cause) {
	t := c.transfer
	c.transfer = nil
	if t == nil || c.stage == over {
		return
	}
	c.note("unsuccessful_transfer", t.by, "text", why.Text)
	t.report(finalStatus(why))
	c.stopSound()
	if t.by == nil {
		c.end(why, "system")
		return
	}
	if t.by.state == legUp {
		c.callee = t.by
		c.stage = talking
		c.bridge()
		c.publish()
		return
	}
	u := c.sw.dir.Snapshot().Users[t.user.ID]
	if u == nil || c.sw.statusOf(u, c.sw.presence.state(u.ID, c), c.reachOf(u, byNumber)) != flow.Available {
		c.end(why, "system")
		return
	}
	f := c.newFork(forReturn, c.sw.ringTime)
	c.ringUser(f, u)
	if f.live == 0 {
		f.worst = why
		c.forkFailed(f)
		return
	}
	c.startRinging(f)
}

// logTransfer tells the operator that a join failed.
func (c *call) logTransfer(err error) {
	c.sw.log.Warn("transfer failed", slog.String("call_id", string(c.id)), slog.Any("err", err))
}
