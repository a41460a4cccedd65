package provisioning

import (
	"time"

	"tandem/routing"
)

// StatusSpan is a run of time in which a user had one status.
type StatusSpan struct {
	From, To time.Time
	Status   routing.UserStatus
	Reason   routing.ReasonID
	Device   routing.DeviceKind
	Call     routing.CallID
}

// StatusDay is what a user did on one day of a place. Its spans follow one on the other without a gap, from midnight to midnight or to now: on most days
// they sum to 24 h (SPEC A14), and to an hour more or less where the clock is put.
type StatusDay struct {
	Date  string // "2026-11-21"
	Spans []StatusSpan
}

// Days are the whole days of a place, or the part of them that has passed.
type Days struct {
	First, Last time.Time // any moment of the day, of its place
	Now         time.Time // nothing is known after it
}

// Span is the time from the first midnight to the end of the last day, or to now.
func (d Days) Span() (from, to time.Time) {
	from, to = midnight(d.First, 0), midnight(d.Last, 1)
	if d.Now.Before(to) {
		to = d.Now
	}
	return from, to
}

// midnight is the beginning of the day of a moment, or of one that many days later. Where the clock is put at midnight it is the first moment of the day.
func midnight(at time.Time, later int) time.Time {
	y, m, day := at.Date()
	t := time.Date(y, m, day+later, 0, 0, 0, 0, at.Location())
	if t.Day() != time.Date(y, m, day+later, 12, 0, 0, 0, at.Location()).Day() {
		_, next := t.ZoneBounds() // Midnight was skipped: the day begins when the clock was put.
		return next
	}
	return t
}

// StatusDays cuts one user's changes, in their order, into days. Before the first change they were offline: nobody kept anything of them.
func StatusDays(changes []routing.StatusChange, d Days) []StatusDay {
	from, to := d.Span()
	now := StatusSpan{Status: routing.UserOffline}
	var out []StatusDay
	i := 0
	for ; i < len(changes) && !changes[i].At.After(from); i++ {
		now = spanOf(&changes[i])
	}
	for begin := from; begin.Before(to); {
		end := midnight(begin, 1)
		if to.Before(end) {
			end = to
		}
		day := StatusDay{Date: begin.Format(time.DateOnly)}
		now.From = begin
		for ; i < len(changes) && changes[i].At.Before(end); i++ {
			next := spanOf(&changes[i])
			if next.Status == now.Status && next.Reason == now.Reason {
				continue // A start of the process, or a phone that came.
			}
			day.add(now, next.From)
			if next.From.Before(now.From) {
				next.From = now.From // The clock of the machine was put back.
			}
			now = next
		}
		day.add(now, end)
		out = append(out, day)
		begin = end
	}
	return out
}

// add ends a span; one that took no time leaves no trace.
func (d *StatusDay) add(s StatusSpan, end time.Time) {
	if s.To = end; s.From.Before(end) {
		d.Spans = append(d.Spans, s)
	}
}

func spanOf(c *routing.StatusChange) StatusSpan {
	return StatusSpan{From: c.At, Status: c.Status, Reason: c.Reason, Device: c.Device, Call: c.Call}
}
