package desk

import "time"

// Shift is what a step has changed; its zero value is nothing.
type Shift struct {
	At     time.Time
	Status Status
	Reason Reason // with Unavailable
	Call   Call   // with Ringing, InCall and AfterCallWork
	Device Device // with InCall
	Tells  Tells
	Away   bool // the user is to be made unavailable, because they do not answer (SPEC A13)
}

// Tells is a set of events.
type Tells uint8

// The events of a shift, in the order in which they are told.
const (
	Connected    Tells = 1 << iota // user.connected
	Disconnected                   // user.disconnected
	WrapUpEnded                    // user.wrap_up_ended
	StatusNow                      // user.availability_changed
	WrapUpBegan                    // user.wrap_up_started
)

// Types names the events as the API does (API.md section 5), in order.
func (t Tells) Types() []string {
	var out []string
	for i, name := range [...]string{
		"user.connected", "user.disconnected", "user.wrap_up_ended", "user.availability_changed", "user.wrap_up_started",
	} {
		if t&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// settle lets run out what has run out, and tells what is different from what was told last.
func (d *Desk) settle(now time.Time) Shift {
	var s Shift
	if !d.wrapUp.IsZero() && !now.Before(d.wrapUp) {
		d.wrapUp = time.Time{}
	}
	if at := d.offlineAt(); !at.IsZero() && !now.Before(at) {
		d.phones, d.lost = gone, time.Time{}
		s.Tells |= Disconnected
	}
	before := d.told
	d.told.status, d.told.reason = d.Status()
	if d.told != before {
		s.Tells |= StatusNow
		if before.status == AfterCallWork {
			s.Tells |= WrapUpEnded
		}
		if d.told.status == AfterCallWork {
			s.Tells |= WrapUpBegan
		}
		if d.told.status == Available && before.status != Ringing {
			d.idle = now // SPEC R17
		}
	}
	s.At, s.Status, s.Reason = now, d.told.status, d.told.reason
	s.Call, s.Device = d.Where()
	return s
}
