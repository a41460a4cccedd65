package desk

import (
	"slices"
	"time"
)

// State is what a user does in calls.
type State int

// What a user does in calls.
const (
	Free State = iota
	Alerted
	Talking
	Wrapping // in after-call work
)

// Busy is what the user does in calls other than one; an empty one leaves none out.
func (d *Desk) Busy(but Call) State {
	s := Free
	for i := range d.calls {
		switch e := &d.calls[i]; {
		case e.call == but && but != "":
		case e.state == Talking:
			return Talking
		default:
			s = Alerted
		}
	}
	if s == Free && d.wrapping() {
		return Wrapping
	}
	return s
}

// Second says whether the user takes a second call (SPEC X23).
type Second int

// Whether a second call is taken.
const (
	OneCall Second = iota
	SecondCall
)

// Taken says whether a call got the user.
type Taken bool

// Offer takes the user for a call that wants to ring, if nobody else has them: one call at a time (SPEC R22), and none during after-call work (SPEC A7). A
// user who talks and takes a second call is offered one more.
func (d *Desk) Offer(now time.Time, c Call, second Second) (Shift, Taken) {
	for i := range d.calls {
		e := &d.calls[i]
		if e.call == c {
			return Shift{}, true
		}
		if e.state != Talking || second == OneCall || len(d.calls) > 1 {
			return Shift{}, false
		}
	}
	if d.wrapping() {
		return Shift{}, false
	}
	d.calls = append(d.calls, engaged{call: c, state: Alerted})
	return d.settle(now), true
}

// Talk takes that the user is in the call now, on a device. A call out ends the wrap-up of the one before.
func (d *Desk) Talk(now time.Time, c Call, on Device) Shift {
	d.missed, d.wrapUp = 0, time.Time{}
	i := d.find(c)
	if i < 0 {
		d.calls = append(d.calls, engaged{call: c})
		i = len(d.calls) - 1
	}
	d.calls[i].state, d.calls[i].device = Talking, on
	return d.settle(now)
}

func (d *Desk) find(c Call) int {
	return slices.IndexFunc(d.calls, func(e engaged) bool { return e.call == c })
}

// After says what follows a call.
type After int

// What follows a call.
const (
	Nothing  After = iota // nobody talked in it
	Work                  // the wrap-up, where the user has one
	WorkTags              // and it must be tagged (SPEC A9)
)

// Leave takes that the user is no longer in the call. The idle clock starts again only where they were more than rung (SPEC R17).
func (d *Desk) Leave(now time.Time, c Call, what After) Shift {
	i := d.find(c)
	if i < 0 {
		return Shift{}
	}
	e := d.calls[i]
	d.calls = slices.Delete(d.calls, i, i+1)
	if e.state == Talking {
		d.idle = now
		d.startWork(now, e, what)
	}
	return d.settle(now)
}

// startWork begins the after-call work. What an unavailable user took on the handset has none: they are unavailable again (SPEC E12).
func (d *Desk) startWork(now time.Time, e engaged, what After) {
	if what == Nothing || (e.device == Handset && d.closed()) {
		return
	}
	if what == WorkTags && !e.tagged {
		d.untagged = append(d.untagged, e.call)
	}
	if d.rules.WrapUp > 0 {
		d.wrapUp = now.Add(d.rules.WrapUp)
	}
	if d.wrapping() {
		d.after = e.call
	}
}

// closed says that the user is unavailable, whatever they do at the moment.
func (d *Desk) closed() bool {
	return d.rules.Set == ByHand || (d.rules.Set == ByHours && d.rules.Hours == Outside)
}

// Tag takes that a call was tagged, while it lasts (SPEC A8) or afterwards (SPEC A9).
func (d *Desk) Tag(now time.Time, c Call) Shift {
	if i := d.find(c); i >= 0 {
		d.calls[i].tagged = true
	}
	i := slices.Index(d.untagged, c)
	if i < 0 {
		return Shift{}
	}
	d.untagged = slices.Delete(d.untagged, i, i+1)
	return d.settle(now)
}

// EndWrapUp takes that the user is done before the time. It fails with ErrNoWrapUp and ErrUntagged.
func (d *Desk) EndWrapUp(now time.Time) (Shift, error) {
	switch {
	case len(d.untagged) > 0:
		return Shift{}, ErrUntagged
	case d.wrapUp.IsZero() || d.Busy("") == Talking:
		return Shift{}, ErrNoWrapUp
	}
	d.wrapUp = time.Time{}
	return d.settle(now), nil
}

// Miss takes that the user was offered a call, and did nothing until its time to ring was over. Too many in a row, and they are away (SPEC A13).
func (d *Desk) Miss(now time.Time) Shift {
	d.missed++
	s := d.settle(now)
	if d.rules.AwayAfter > 0 && d.missed >= d.rules.AwayAfter && !d.closed() {
		s.Away = true
	}
	return s
}

// Decline takes that the user said no: somebody is there.
func (d *Desk) Decline() { d.missed = 0 }
