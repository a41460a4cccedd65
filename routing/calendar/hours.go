package calendar

import (
	"strings"
	"time"
)

// Hours are the times of the week at which something is open. No slots: never.
type Hours struct {
	Timezone string `json:"timezone"` // IANA name; empty: whoever asks gives another
	Slots    []Slot `json:"slots"`
}

// Slot is a span of the clock on some days of the week: 09:00:00 is inside of 09:00–18:00, 18:00:00 is outside (SPEC T3). One whose end is not after
// its beginning passes midnight and ends on the next day (SPEC T4); 00:00–24:00 is the whole day.
type Slot struct {
	Days []Day `json:"days"`
	From Clock `json:"from"`
	To   Clock `json:"to"`
}

// Day is a day of the week: "mon" to "sun".
type Day string

// The days of the week.
const (
	Monday    Day = "mon"
	Tuesday   Day = "tue"
	Wednesday Day = "wed"
	Thursday  Day = "thu"
	Friday    Day = "fri"
	Saturday  Day = "sat"
	Sunday    Day = "sun"
)

// Days lists the days of the week, from Monday.
func Days() []Day { return []Day{Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday} }

// number counts the days from Monday; -1 for what is no day.
func (d Day) number() int {
	switch d {
	case Monday:
		return 0
	case Tuesday:
		return 1
	case Wednesday:
		return 2
	case Thursday:
		return 3
	case Friday:
		return 4
	case Saturday:
		return 5
	case Sunday:
		return 6
	}
	return -1
}

// Clock is a time of the day to the minute, written "09:00"; "24:00" is the end of the day.
type Clock string

// minutes counts from midnight, 0 to 1440; -1 for what is no time of the day.
func (c Clock) minutes() int {
	if len(c) != 5 || c[2] != ':' {
		return -1
	}
	for _, i := range []int{0, 1, 3, 4} {
		if c[i] < '0' || c[i] > '9' {
			return -1
		}
	}
	h, m := int(c[0]-'0')*10+int(c[1]-'0'), int(c[3]-'0')*10+int(c[4]-'0')
	if m > 59 || h*60+m > dayMinutes {
		return -1
	}
	return h*60 + m
}

// Contains says whether a moment is inside; zone stands in where the hours have no time zone of their own, and UTC for one that nobody knows. Who asks
// often keeps the Week.
func (h Hours) Contains(at time.Time, zone string) Inside { return h.Week(zone).Contains(at) }

// Next is the first moment after at when Contains changes; zero: never within a year.
func (h Hours) Next(at time.Time, zone string) time.Time { return h.Week(zone).Next(at) }

// Contains says whether the slot is around a moment, by the wall clock of its location.
func (s Slot) Contains(at time.Time) Inside {
	now := minuteOf(at)
	for _, r := range s.runs() {
		if now >= r.from && now < r.to {
			return Within
		}
	}
	return Outside
}

// String writes the slot for people: "mon tue 09:00–18:00".
func (s Slot) String() string {
	words := make([]string, 0, len(s.Days)+1)
	for _, d := range s.Days {
		words = append(words, string(d))
	}
	return strings.Join(append(words, string(s.From)+"–"+string(s.To)), " ")
}

// Inside answers whether a moment is inside.
type Inside bool

// The two answers.
const (
	Within  Inside = true
	Outside Inside = false
)
