package calendar

import (
	"slices"
	"time"
)

// Dates are the days of one special date of an account (SPEC T7), and public holidays, if it names any.
type Dates struct {
	Spans    []Span    `json:"spans"`
	Holidays Holidays  `json:"holidays,omitempty"`
	Skip     []Holiday `json:"skip,omitempty"` // holidays that do not count
}

// Span is a run of time by the wall clock: whole days, or from one minute to another. To is inside for days ("2026-12-24" to "2026-12-25" is two
// days) and outside for minutes.
type Span struct {
	From Moment `json:"from"`
	To   Moment `json:"to"` // empty: the day of From
}

// Moment is "2026-12-24" or "2026-12-24T14:00".
type Moment string

// wall gives the beginning of the day or minute as if its clock were UTC, and how long the day or minute counted as an end lasts. The zone of the
// place does not matter: clocks are compared with clocks.
func (m Moment) wall() (at time.Time, day Inside, known bool) {
	if t, err := time.Parse("2006-01-02", string(m)); err == nil {
		return t, Within, true
	}
	t, err := time.Parse("2006-01-02T15:04", string(m))
	return t, Outside, err == nil
}

// bounds gives the first clock inside of a span and the first one outside.
func (s Span) bounds() (from, to time.Time, known bool) {
	from, _, known = s.From.wall()
	if !known {
		return from, to, false
	}
	if s.To == "" {
		y, m, d := from.Date()
		return from, time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC), true
	}
	to, day, known := s.To.wall()
	if day {
		to = to.AddDate(0, 0, 1)
	}
	return from, to, known
}

// Match says what made a moment part of special dates.
type Match struct {
	Span    Span    // where one of the spans did
	Holiday Holiday // where a public holiday did
}

// Contains says whether a moment, by the wall clock of a zone, is on one of the dates.
func (d Dates) Contains(at time.Time, zone string) Inside {
	_, inside := d.Find(at.In(Place(zone)))
	return inside
}

// Find says whether a moment, by the wall clock of its location, is on one of the dates, and on which.
func (d Dates) Find(at time.Time) (Match, Inside) {
	y, m, day := at.Date()
	h, minute, s := at.Clock()
	wall := time.Date(y, m, day, h, minute, s, at.Nanosecond(), time.UTC)
	for _, span := range d.Spans {
		from, to, known := span.bounds()
		if known && !wall.Before(from) && wall.Before(to) {
			return Match{Span: span}, Within
		}
	}
	for _, each := range d.Holidays.Year(y) {
		if each.Month == m && each.Day == day && !slices.Contains(d.Skip, each.Name) {
			return Match{Holiday: each.Name}, Within
		}
	}
	return Match{}, Outside
}

// Next is the first moment after at when Contains changes, by the wall clock of a zone; zero: never within two years.
func (d Dates) Next(at time.Time, zone string) time.Time {
	place := Place(zone)
	_, now := d.Find(at.In(place))
	var best time.Time
	for _, wall := range d.edges(at.In(place)) {
		y, m, day := wall.Date()
		h, minute, _ := wall.Clock()
		t := time.Date(y, m, day, h, minute, 0, 0, place)
		if !t.After(at) || !best.IsZero() && !t.Before(best) {
			continue
		}
		if _, inside := d.Find(t); inside != now {
			best = t
		}
	}
	return best
}

// edges lists the clocks at which a span or a holiday of this year and the two after begins or ends.
func (d Dates) edges(at time.Time) []time.Time {
	var all []time.Time
	for _, span := range d.Spans {
		if from, to, known := span.bounds(); known {
			all = append(all, from, to)
		}
	}
	for y := range 3 {
		for _, each := range d.Holidays.Year(at.Year() + y) {
			day := time.Date(at.Year()+y, each.Month, each.Day, 0, 0, 0, 0, time.UTC)
			all = append(all, day, day.AddDate(0, 0, 1))
		}
	}
	return all
}
