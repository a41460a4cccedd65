package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

// Week is Hours made ready to be asked often: it costs no memory and no file to ask. It never changes. The zero value is never open.
type Week struct {
	place *time.Location
	open  []run // in order, neither overlapping nor touching
}

// run is a run of minutes of the week, counted from Monday 00:00: from inside, to outside.
type run struct{ from, to int }

// Week makes the hours ready. Slots that Check would refuse are left out.
func (h Hours) Week(zone string) Week {
	w := Week{place: Place(cmp.Or(h.Timezone, zone))}
	var all []run
	for _, s := range h.Slots {
		all = append(all, s.runs()...)
	}
	w.open = joined(all)
	return w
}

// runs lists the runs of a slot, none of which passes the end of the week.
func (s Slot) runs() []run {
	from, to := s.From.minutes(), s.To.minutes()
	if from < 0 || to < 0 || from == dayMinutes {
		return nil
	}
	if to <= from {
		to += dayMinutes
	}
	all := make([]run, 0, len(s.Days)+1)
	for _, d := range s.Days {
		n := d.number()
		if n < 0 {
			continue
		}
		r := run{n*dayMinutes + from, n*dayMinutes + to}
		if r.to > weekMinutes {
			all = append(all, run{0, r.to - weekMinutes})
			r.to = weekMinutes
		}
		all = append(all, r)
	}
	return all
}

// joined sorts runs and makes one of those that touch.
func joined(all []run) []run {
	slices.SortFunc(all, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	var out []run
	for _, r := range all {
		if last := len(out) - 1; last >= 0 && r.from <= out[last].to {
			out[last].to = max(out[last].to, r.to)
			continue
		}
		out = append(out, r)
	}
	return out
}

// minuteOf is the minute of the week that the wall clock of a moment's location shows.
func minuteOf(at time.Time) int {
	h, m, _ := at.Clock()
	return (int(at.Weekday())+6)%7*dayMinutes + h*60 + m
}

// Contains says whether a moment is inside, by the wall clock: an hour that is skipped in spring is never inside, one that is repeated in autumn is
// so twice (SPEC T5).
func (w Week) Contains(at time.Time) Inside {
	if w.place == nil {
		return Outside
	}
	return w.has(minuteOf(at.In(w.place)))
}

func (w Week) has(minute int) Inside {
	for _, r := range w.open {
		if minute < r.from {
			return Outside
		}
		if minute < r.to {
			return Within
		}
	}
	return Outside
}

// Next is the first moment after at when Contains changes; zero: never within a year.
func (w Week) Next(at time.Time) time.Time {
	if w.place == nil || len(w.open) == 0 {
		return time.Time{}
	}
	now, limit := w.Contains(at), at.AddDate(1, 0, 0)
	for t := at.In(w.place); !t.After(limit); {
		// Between two changes of the zone's offset the wall clock runs evenly.
		_, until := t.ZoneBounds()
		for range 2*len(w.open) + 2 {
			edge := w.edge(t)
			if !until.IsZero() && !edge.Before(until) {
				break
			}
			if w.Contains(edge) != now {
				return edge
			}
			t = edge
		}
		if until.IsZero() {
			return time.Time{}
		}
		if t = until.In(w.place); w.Contains(t) != now {
			return t
		}
	}
	return time.Time{}
}

// edge is the next moment after t at which a run begins or ends, if the offset stays.
func (w Week) edge(t time.Time) time.Time {
	best := weekMinutes
	now := minuteOf(t)
	for _, r := range w.open {
		for _, at := range [...]int{r.from, r.to} {
			if d := (at - now + weekMinutes) % weekMinutes; d > 0 {
				best = min(best, d)
			}
		}
	}
	into := time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	return t.Add(time.Duration(best)*time.Minute - into)
}

// slot writes a run that passes no midnight as a slot of its day.
func (r run) slot() Slot {
	day := r.from / dayMinutes
	return Slot{Days: []Day{Days()[day]}, From: clockOf(r.from - day*dayMinutes), To: clockOf(r.to - day*dayMinutes)}
}

func clockOf(minutes int) Clock {
	return Clock(fmt.Sprintf("%02d:%02d", minutes/60, minutes%60))
}
