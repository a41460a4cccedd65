package routing

import "time"

// CallInfo is a call in progress as others see it: made anew at each change, never changed.
type CallInfo struct {
	ID         CallID
	Number     int64
	Account    AccountID
	Direction  Direction
	Status     CallStatus
	From, To   string
	Anonymous  bool
	NumberID   NumberID
	Trunk      TrunkID
	Flow       FlowRef
	Node       string   // where in its flow it is; empty outside of one
	Users      []UserID // who is rung, or talks
	User       UserID   // who answered, or who called out
	Teams      []TeamID // that were rung
	Tags       []string // ids
	AssignedTo UserID
	Archived   bool
	StartedAt  time.Time
	AnsweredAt time.Time
	EndedAt    time.Time
	Outcome    Outcome // once ended
}

// CallStatus is where a call is, in the words of the API.
type CallStatus string

// The statuses.
const (
	CallInitiated CallStatus = "initiated"
	CallInFlow    CallStatus = "in_flow"
	CallQueued    CallStatus = "queued"
	CallRinging   CallStatus = "ringing"
	CallAnswered  CallStatus = "answered"
	CallHeld      CallStatus = "held"
	CallEnded     CallStatus = "ended"
)

// Watcher is told of each change of a call, in its order. CallChanged runs on the call's own goroutine: it must not block, nor call back.
type Watcher interface{ CallChanged(i *CallInfo) }

// publish shows others what the call is now.
func (c *call) publish() {
	i := &CallInfo{
		ID: c.id, Number: c.rec.Number, Account: c.account, Direction: c.rec.Direction, Status: c.status(),
		From: c.rec.From, To: c.rec.To, Anonymous: c.rec.Anonymous, NumberID: c.rec.NumberID, Trunk: c.rec.Trunk, Flow: c.rec.Flow,
		StartedAt: c.rec.StartedAt, AnsweredAt: c.rec.AnsweredAt, EndedAt: c.rec.EndedAt, Outcome: c.rec.Outcome,
		User: c.rec.User, Teams: c.rec.Teams, Tags: c.rec.Tags, AssignedTo: c.rec.AssignedTo, Archived: c.rec.Archived,
	}
	if c.flow != nil {
		i.Node = string(c.flow.machine.Node())
	}
	for _, l := range c.legs {
		if l.user != nil && l.state != legGone {
			i.Users = append(i.Users, l.user.ID)
		}
	}
	c.info.Store(i)
	if c.sw.watcher != nil {
		c.sw.watcher.CallChanged(i)
	}
}

func (c *call) status() CallStatus {
	switch c.stage {
	case planning:
		return CallInitiated
	case inFlow:
		switch {
		case c.ringing():
			return CallRinging
		case !c.rec.QueuedAt.IsZero():
			return CallQueued
		}
		return CallInFlow
	case alerting:
		return CallRinging
	case talking:
		for _, l := range [2]*leg{c.caller, c.callee} {
			if l != nil && l.holding() == onHold {
				return CallHeld
			}
		}
		return CallAnswered
	case over:
		return CallEnded
	}
	return CallInitiated
}

// ringing says whether anybody rings.
func (c *call) ringing() bool {
	for _, f := range c.forks {
		if f.live > 0 {
			return true
		}
	}
	return false
}
