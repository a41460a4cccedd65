package desk

import (
	"errors"
	"slices"
	"time"
)

// Status is what a user is doing, for people (SPEC A5).
type Status string

// The statuses. A user has exactly one at a time:
//
//	            a call rings          answered             hung up
//	available ──────────────▶ ringing ────────▶ in_call ────────────▶ after_call_work ──▶ as before
//	  ▲    ▲                                       ▲                  (wrap-up, a call to be tagged)
//	  │    └── phones, forwarding ──▶ offline ─────┤ (calls out)
//	  └─────── set so, or by hours ─▶ unavailable ─┘
const (
	Available     Status = "available"
	Ringing       Status = "ringing"
	InCall        Status = "in_call"
	AfterCallWork Status = "after_call_work"
	Unavailable   Status = "unavailable"
	Offline       Status = "offline"
)

// Reason says why a user is unavailable.
type Reason string

// OutsideHours is the reason of who follows working hours, outside of them (SPEC A1, A10).
const OutsideHours Reason = "outside_hours"

// Device is the kind of the device on which a user talks; empty: a phone outside.
type Device string

// Handset is the device that takes calls whether its user is available or not (SPEC E9).
const Handset Device = "native"

// Call names a call.
type Call string

// Rules are what a user and their account say about the desk.
type Rules struct {
	Set       Setting
	Reason    Reason        // with ByHand
	Hours     Hours         // with ByHours: now
	Turn      time.Time     // with ByHours: when Hours changes next; zero: never
	WrapUp    time.Duration // after a call; 0: none (SPEC A6)
	Grace     time.Duration // for which who has lost their last phone is not yet offline (SPEC A11)
	AwayAfter int           // unanswered offers in a row; 0: any number (SPEC A13)
	Forward   Forward       // SPEC A12
}

// Setting is what the user set (SPEC A1).
type Setting int

// What a user can set.
const (
	Open    Setting = iota // available
	ByHours                // available inside of working hours
	ByHand                 // unavailable
)

// Hours says where a moment is.
type Hours int

// Where a moment is.
const (
	Inside Hours = iota
	Outside
)

// Forward says whether the user's calls ring elsewhere too.
type Forward int

// Whether calls ring elsewhere.
const (
	Stays Forward = iota
	Forwards
)

// Desk is one user's. Whoever owns it calls one method at a time, with a clock that does not go back. Its zero value is the desk of somebody without a
// phone who set themselves available.
type Desk struct {
	rules    Rules
	phones   connection
	lost     time.Time // of the last phone; zero: the user has one, or is offline
	calls    []engaged
	wrapUp   time.Time // when it ends; zero: there is none
	untagged []Call    // that keep the user in after-call work (SPEC A9)
	after    Call      // the last one that ended in after-call work
	missed   int       // offers in a row
	idle     time.Time
	told     telling
}

// connection says whether the user has a phone, or had one a moment ago.
type connection int

const (
	gone connection = iota
	connected
)

// engaged is a call that the user is in.
type engaged struct {
	call   Call
	state  State
	device Device
	tagged bool
}

// telling is the status that was told last.
type telling struct {
	status Status
	reason Reason
}

// Errors of a wrap-up that cannot be ended.
var (
	// ErrNoWrapUp says that the user is in no after-call work.
	ErrNoWrapUp = errors.New("the user is not in after-call work")
	// ErrUntagged says that a call must be tagged first (SPEC A9).
	ErrUntagged = errors.New("a call must be tagged first")
)

// New is the desk of a user who has a phone, or not, at the moment when somebody begins to look.
func New(now time.Time, r Rules, phones Phones) Desk {
	d := Desk{rules: r, idle: now}
	if phones == Some {
		d.phones = connected
	}
	d.told.status, d.told.reason = d.Status()
	return d
}

// Phones says whether a user has a phone that follows availability.
type Phones int

// Whether there is a phone.
const (
	None Phones = iota
	Some
)

// Follow takes rules that changed, and the turn of the hours.
func (d *Desk) Follow(now time.Time, r Rules) Shift {
	if r.Set != d.rules.Set || r.Reason != d.rules.Reason {
		d.missed = 0
	}
	d.rules = r
	return d.settle(now)
}

// Connect takes that the user has a phone, or has lost the last one.
func (d *Desk) Connect(now time.Time, p Phones) Shift {
	switch {
	case p == None && d.phones == connected && d.lost.IsZero():
		d.lost = now
	case p == Some:
		d.lost = time.Time{}
		if d.phones == gone {
			d.phones = connected
			s := d.settle(now)
			s.Tells |= Connected
			return s
		}
	}
	return d.settle(now)
}

// Tick takes that time has passed.
func (d *Desk) Tick(now time.Time) Shift { return d.settle(now) }

// Wants is when Tick, or Follow with the rules of then, is due; zero: never.
func (d *Desk) Wants() time.Time {
	var first time.Time
	for _, t := range [...]time.Time{d.wrapUp, d.offlineAt(), d.turn()} {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func (d *Desk) turn() time.Time {
	if d.rules.Set == ByHours {
		return d.rules.Turn
	}
	return time.Time{}
}

func (d *Desk) offlineAt() time.Time {
	if d.lost.IsZero() {
		return time.Time{}
	}
	return d.lost.Add(d.rules.Grace)
}

// Status is what the user is doing: exactly one thing (SPEC A5). The reason is that of Unavailable.
func (d *Desk) Status() (Status, Reason) {
	switch {
	case d.Busy("") == Talking:
		return InCall, ""
	case d.wrapping():
		return AfterCallWork, ""
	case d.rules.Set == ByHand:
		return Unavailable, d.rules.Reason
	case d.rules.Set == ByHours && d.rules.Hours == Outside:
		return Unavailable, OutsideHours
	case d.Busy("") == Alerted:
		return Ringing, ""
	case d.phones == gone && d.rules.Forward == Stays:
		return Offline, ""
	}
	return Available, ""
}

func (d *Desk) wrapping() bool { return !d.wrapUp.IsZero() || len(d.untagged) > 0 }

// Where is the call that the status is about and, while the user talks, the device.
func (d *Desk) Where() (Call, Device) {
	switch status, _ := d.Status(); status {
	case InCall:
		i := slices.IndexFunc(d.calls, func(e engaged) bool { return e.state == Talking })
		return d.calls[i].call, d.calls[i].device
	case Ringing:
		return d.calls[0].call, ""
	case AfterCallWork:
		if len(d.untagged) > 0 {
			return d.untagged[0], ""
		}
		return d.after, ""
	case Available, Unavailable, Offline:
	}
	return "", ""
}

// HoursNow says where who follows working hours is; everybody else is always inside.
func (d *Desk) HoursNow() Hours {
	if d.rules.Set == ByHours {
		return d.rules.Hours
	}
	return Inside
}

// IdleSince is when the idle clock started (SPEC R17).
func (d *Desk) IdleSince() time.Time { return d.idle }

// WrapUpEnds is when the wrap-up ends by itself; zero: there is none, or a call must be tagged.
func (d *Desk) WrapUpEnds() time.Time {
	if len(d.untagged) > 0 {
		return time.Time{}
	}
	return d.wrapUp
}

// Untagged lists the calls that must be tagged (SPEC A9).
func (d *Desk) Untagged() []Call { return slices.Clone(d.untagged) }
