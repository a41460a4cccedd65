package calendar

import "time"

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

// Clock is a time of the day to the minute, written "09:00"; "24:00" is the end of the day.
type Clock string

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

// Holidays names a calendar of public holidays: "FR", or "FR-" and the territory whose own holidays come on top (SPEC T9).
type Holidays string

// Holiday names one public holiday of a calendar, such as "christmas" or "good_friday".
type Holiday string

// Contains says whether a moment is inside; zone stands in where the hours have no time zone of their own, and UTC for one that nobody knows.
func (h Hours) Contains(at time.Time, zone string) Inside { return Outside }

// Next is the first moment after at when Contains changes; zero: never within a year.
func (h Hours) Next(at time.Time, zone string) time.Time { return time.Time{} }

// Contains says whether a moment, by the wall clock of a zone, is on one of the dates.
func (d Dates) Contains(at time.Time, zone string) Inside { return Outside }

// Inside answers whether a moment is inside.
type Inside bool

// The two answers.
const (
	Within  Inside = true
	Outside Inside = false
)
