package calendar

import (
	"fmt"
	"slices"
)

// Fault is one thing that is wrong with hours or dates.
type Fault struct {
	Path string // "slots[1].from"
	Text string // a sentence that says what to do
}

// mostSlots is how many slots or spans one record may have.
const mostSlots = 200

// Check says what is wrong with the hours.
func (h Hours) Check() []Fault {
	var all []Fault
	if h.Timezone != "" && !KnownZone(h.Timezone) {
		all = append(all, Fault{"timezone", fmt.Sprintf("there is no time zone %.64q: write one such as Europe/Paris", h.Timezone)})
	}
	return append(all, CheckSlots("slots", h.Slots)...)
}

// CheckSlots says what is wrong with slots; their paths begin with path.
func CheckSlots(path string, slots []Slot) []Fault {
	if len(slots) > mostSlots {
		return []Fault{{path, fmt.Sprintf("give at most %d slots", mostSlots)}}
	}
	var all []Fault
	for i, s := range slots {
		for _, f := range s.Check() {
			all = append(all, Fault{fmt.Sprintf("%s[%d].%s", path, i, f.Path), f.Text})
		}
	}
	return all
}

// Check says what is wrong with the slot.
func (s Slot) Check() []Fault {
	var all []Fault
	if len(s.Days) == 0 {
		all = append(all, Fault{"days", "name at least one day: mon, tue, wed, thu, fri, sat or sun"})
	}
	for i, d := range s.Days {
		switch {
		case d.number() < 0:
			all = append(all, Fault{fmt.Sprintf("days[%d]", i), fmt.Sprintf("%.20q is no day: write mon, tue, wed, thu, fri, sat or sun", string(d))})
		case slices.Contains(s.Days[:i], d):
			all = append(all, Fault{fmt.Sprintf("days[%d]", i), string(d) + " is there twice: keep one"})
		}
		if len(all) > 10 {
			return all
		}
	}
	for _, c := range []struct {
		key string
		at  Clock
	}{{"from", s.From}, {"to", s.To}} {
		if c.at.minutes() < 0 {
			all = append(all, Fault{c.key, fmt.Sprintf("%.20q is no time of the day: write it as 09:00", string(c.at))})
		}
	}
	if s.From == "24:00" {
		all = append(all, Fault{"from", "a slot cannot begin at 24:00: write 00:00 and the next day"})
	}
	return all
}

// Check says what is wrong with the dates.
func (d Dates) Check() []Fault {
	if len(d.Spans) > mostSlots {
		return []Fault{{"spans", fmt.Sprintf("give at most %d spans", mostSlots)}}
	}
	var all []Fault
	for i, s := range d.Spans {
		for _, f := range s.check() {
			all = append(all, Fault{fmt.Sprintf("spans[%d].%s", i, f.Path), f.Text})
		}
	}
	if d.Holidays != "" && !bool(d.Holidays.Known()) {
		all = append(all, Fault{"holidays", fmt.Sprintf("there is no calendar of holidays %.20q: write FR, or one such as FR-67 or FR-971", string(d.Holidays))})
		return all
	}
	for i, skip := range d.Skip {
		if !d.Holidays.has(skip) {
			all = append(all, Fault{fmt.Sprintf("skip[%d]", i), fmt.Sprintf("the calendar has no holiday %.40q", string(skip))})
		}
	}
	if len(d.Spans) == 0 && d.Holidays == "" {
		all = append(all, Fault{"spans", "give at least one day, or a calendar of holidays"})
	}
	return all[:min(len(all), 50)]
}

// has looks for a holiday in two years: one calendar changed between them.
func (h Holidays) has(name Holiday) bool {
	named := func(p PublicHoliday) bool { return p.Name == name }
	return slices.ContainsFunc(h.Year(2024), named) || slices.ContainsFunc(h.Year(2025), named)
}

func (s Span) check() []Fault {
	var all []Fault
	if _, _, known := s.From.wall(); !known {
		all = append(all, Fault{"from", notAMoment(s.From)})
	}
	if s.To == "" {
		return all
	}
	if _, _, known := s.To.wall(); !known {
		all = append(all, Fault{"to", notAMoment(s.To)})
	}
	if from, to, known := s.bounds(); known && !from.Before(to) {
		all = append(all, Fault{"to", "the end must come after the beginning"})
	}
	return all
}

func notAMoment(m Moment) string {
	return fmt.Sprintf("%.30q is no date: write it as 2026-12-24, or 2026-12-24T14:00", string(m))
}
