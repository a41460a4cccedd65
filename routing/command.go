package routing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tandem/routing/flow"
)

// Command is what the API asks of a call in progress.
//
//sumtype:decl
type Command interface{ command() }

type (
	// HangUp ends the call for everybody.
	HangUp struct{}
	// Decline stops every phone of a user that this call rings, as if they had declined on one of them (SPEC R18).
	Decline struct{ By UserID }
	// Hold lets the other party hear music until Unhold (SPEC C1). By is a user who is in the call.
	Hold struct{ By UserID }
	// Unhold takes the call back.
	Unhold struct{ By UserID }
	// SendDigits presses keys for a user who is in the call: the other party hears them (SPEC C3).
	SendDigits struct {
		By   UserID
		Keys string // 0-9 * # A-D
	}
	// Transfer hands the call on to an extension or a number, cold (SPEC C6, X13: the caller can dial nothing while it rings).
	Transfer struct {
		By   UserID // who is in the call, and leaves it; empty: the call is in its flow, and is taken out of it
		To   string // three digits, or a number as the account's users dial it; or empty, and one of
		User UserID
		Team TeamID
	}
	// Move takes a user's place in a call to another device of theirs, which is called and picks up by itself (SPEC C17).
	Move struct {
		By       UserID
		Device   DeviceID
		Instance string // of a browser: the one that is meant; empty: the one that registered last
	}
	// Redirect takes a call out of its flow, to another number; or, with To empty, to another flow, or to another node of the flow.
	Redirect struct {
		To   flow.Redirect
		Flow flow.ID     // empty: the present one
		Node flow.NodeID // empty: where the flow starts
	}
)

func (HangUp) command()     {}
func (Decline) command()    {}
func (Move) command()       {}
func (Hold) command()       {}
func (Unhold) command()     {}
func (SendDigits) command() {}
func (Transfer) command()   {}
func (Redirect) command()   {}

// ErrNoCall says that there is no such call any more.
var ErrNoCall = errors.New("no such call in progress")

// ErrNotInFlow says that no flow runs for the call.
var ErrNotInFlow = errors.New("no flow runs for this call")

// ErrRefused says that a command asks for what cannot be; its text says why.
var ErrRefused = errors.New("refused")

// Errors of a command that comes at the wrong moment.
var (
	ErrNotTalking   = errors.New("nobody is talking in this call")
	ErrNotTheirs    = errors.New("this user is not in the call")
	ErrTransferring = errors.New("this call is being transferred already")
	ErrMoving       = errors.New("this call is being moved already")
	ErrNoDevice     = errors.New("this user has no such device that is registered now")
	ErrNotReached   = errors.New("the target could not be reached") // The call is with who transferred it again.
)

// Do hands a command to a call and waits until the call has taken it. An error says in words why it could not be.
func (s *Switch) Do(ctx context.Context, id CallID, cmd Command) error {
	c := s.find(id)
	if c == nil {
		return ErrNoCall
	}
	done := make(chan error, 1) // The call never waits for who asked.
	if err := c.box.ask(letter{own: ordered{cmd, done}}); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-c.gone:
		select {
		case err := <-done: // It obeyed, and that was its end.
			return err
		default:
			return ErrNoCall
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// obey does what the API asks.
func (c *call) obey(cmd Command) error {
	if l, labels := cmd.(Label); labels {
		return c.label(l)
	}
	if c.stage == over {
		return ErrNoCall
	}
	switch cmd := cmd.(type) {
	case HangUp:
		c.end(Cause{Q850: q850Normal, SIP: statusOK, Text: "Ended by the API"}, "system")
	case Decline:
		return c.declineFor(cmd.By)
	case Hold:
		return c.withLeg(cmd.By, func(l *leg) { c.setHold(l, cmd.By) })
	case Unhold:
		return c.withLeg(cmd.By, func(l *leg) { c.setHold(l, "") })
	case SendDigits:
		return c.withLeg(cmd.By, func(l *leg) { c.sendDigits(l, cmd.Keys) })
	case Transfer:
		return c.transferCold(cmd)
	case Move:
		return c.move(cmd)
	case Redirect:
		return c.redirected(cmd)
	case Label: // It was done above: it is for calls that are over, too.
	}
	return nil
}

// withLeg does something with the leg of a user who talks.
func (c *call) withLeg(u UserID, f func(l *leg)) error {
	if c.stage != talking {
		return ErrNotTalking
	}
	for _, l := range [2]*leg{c.caller, c.callee} {
		if l.user != nil && l.user.ID == u {
			f(l)
			return nil
		}
	}
	return ErrNotTheirs
}

const digitLength = 100 * time.Millisecond

// sendDigits presses keys for a party. The timeline says how many, and not which: they may be a card's.
func (c *call) sendDigits(by *leg, keys string) {
	to := c.other(by)
	if to == nil || to.voice == nil {
		return
	}
	c.note("dtmf", by, "count", strconv.Itoa(len(keys)))
	for i := range len(keys) {
		to.voice.SendDigit(keys[i], digitLength)
	}
}

// redirected takes the call out of where it is in its flow.
func (c *call) redirected(r Redirect) error {
	if c.stage != inFlow || c.flow == nil {
		return ErrNotInFlow
	}
	if r.To != (flow.Redirect{}) {
		plan := c.planRedirect(r.To)
		if err := refused(plan); err != nil {
			return err
		}
		c.takeOut(plan)
		return nil
	}
	f := c.flow.flow
	if r.Flow != "" && r.Flow != f.ID {
		if f = c.sw.dir.Snapshot().Flows[r.Flow]; f == nil {
			return fmt.Errorf("%w: no flow %s is published", ErrRefused, printable(string(r.Flow)))
		}
	}
	if r.Node != "" {
		if f.Nodes[r.Node] == nil {
			return fmt.Errorf("%w: the flow has no node %s", ErrRefused, printable(string(r.Node)))
		}
		from := *f
		from.Start = r.Node
		f = &from
	}
	c.jump(f)
	return nil
}

// jump lets another flow, or another part of it, take the caller.
func (c *call) jump(f *flow.Flow) {
	c.stopRings()
	c.stopSound()
	n := c.sw.numberByID(c.sw.dir.Snapshot(), c.rec.NumberID, c.account)
	c.runMachine(f, n)
	c.note(noteFlowEntered, nil, "flow", string(f.ID), "version", strconv.Itoa(f.Version))
	c.startFlow()
}

// planTransfer decides where a call is handed on to.
func (c *call) planTransfer(snap *Snapshot, who dialler, t Transfer) decision {
	switch {
	case t.User != "":
		u := snap.Users[t.User]
		if u == nil || u.Account != c.account || u.OutgoingOnly {
			return reject{status: statusNotFound, warning: "no such user takes calls in this account"}
		}
		return ringUser{u}
	case t.Team != "":
		team := snap.Teams[t.Team]
		if team == nil || team.Account != c.account {
			return reject{status: statusNotFound, warning: "no such team in this account"}
		}
		return ringTeam{team}
	}
	return c.sw.planDialled(snap, who, t.To)
}

// transferCold hands the call on: who hands on leaves at once. Without a user the call is taken out of its flow (SPEC X13).
func (c *call) transferCold(t Transfer) error {
	snap := c.sw.dir.Snapshot()
	switch {
	case c.transfer != nil:
		return ErrTransferring
	case t.By == "" && c.stage != inFlow:
		return ErrNotInFlow
	case t.By == "":
		plan := c.planTransfer(snap, dialler{account: snap.Accounts[c.account], show: c.sw.numberByID(snap, c.rec.NumberID, c.account)}, t)
		if err := refused(plan); err != nil {
			return err
		}
		c.takeOut(plan)
		return nil
	}
	var err error
	return errors.Join(c.withLeg(t.By, func(l *leg) { err = c.transferFrom(l, t) }), err)
}

// takeOut takes a call out of its flow, to somewhere else.
func (c *call) takeOut(plan decision) {
	c.stopRings()
	c.stopFlow()
	c.startTransfer(&transfer{}, plan)
}

// transferFrom hands the call on for the user of a leg.
func (c *call) transferFrom(l *leg, to Transfer) error {
	snap := c.sw.dir.Snapshot()
	plan := c.planTransfer(snap, c.sw.diallerOf(snap, l.user), to)
	if err := refused(plan); err != nil {
		return err
	}
	c.startTransfer(&transfer{by: l, user: l.user}, plan)
	if c.stage == talking && c.callee == l {
		return ErrNotReached // The call is theirs again.
	}
	l.hangup(causeOfQ850(q850Normal).reason(), Cause{Q850: q850Normal, SIP: statusOK, Text: "Transferred"})
	return nil
}

// refused is a decision against what was asked, as an error for who asked.
func refused(d decision) error {
	if r, ok := d.(reject); ok {
		return fmt.Errorf("%w: %s", ErrRefused, r.warning)
	}
	return nil
}

// stopRings takes back everything that rings.
func (c *call) stopRings() {
	for len(c.forks) > 0 {
		f := c.forks[0]
		c.forks = c.forks[1:]
		c.giveTrunk(f)
		c.cancelFork(f, causeOfQ850(q850NoAnswer))
	}
}
