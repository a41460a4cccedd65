package calendar_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing/calendar"
)

func TestSpec_T7_SpecialDatesAreDaysOrTimesSinglyOrInRanges(t *testing.T) {
	d := calendar.Dates{Spans: []calendar.Span{
		{From: "2026-12-24", To: "2026-12-25"}, {From: "2026-12-31T14:00", To: "2027-01-01T09:00"}, {From: "2026-11-20"}, {From: "2026-05-01T20:00"},
	}}
	for at, want := range map[string]calendar.Inside{
		"2026-12-23 23:59:59": false, "2026-12-24 00:00:00": true, "2026-12-25 23:59:59": true, "2026-12-26 00:00:00": false,
		"2026-12-31 13:59:59": false, "2026-12-31 14:00:00": true, "2027-01-01 08:59:59": true, "2027-01-01 09:00:00": false,
		"2026-11-20 00:00:00": true, "2026-11-20 23:59:59": true, "2026-11-21 00:00:00": false,
		"2026-05-01 19:59:59": false, "2026-05-01 23:59:59": true, "2026-05-02 00:00:00": false,
	} {
		if got := d.Contains(clock(t, at), paris); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
	at := time.Date(2026, 11, 19, 23, 30, 0, 0, time.UTC)
	if !bool(d.Contains(at, paris)) || bool(d.Contains(at, "UTC")) {
		t.Error("a day is one by the clock of the place")
	}
	if next := d.Next(clock(t, "2026-11-25 12:00:00"), paris); !next.Equal(clock(t, "2026-12-24 00:00:00")) {
		t.Error(next)
	}
	if next := d.Next(clock(t, "2026-12-24 12:00:00"), paris); !next.Equal(clock(t, "2026-12-26 00:00:00")) {
		t.Error(next)
	}
}

// The moons of the church are told by tables: these Sundays are known.
func TestEasterIsWhenItIs(t *testing.T) {
	for day := range strings.FieldsSeq("1818-03-22 1943-04-25 1954-04-18 1961-04-02 1981-04-19 1999-04-04 2000-04-23 2008-03-23 2011-04-24 2019-04-21 2024-03-31 " +
		"2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01 2030-04-21 2038-04-25 2049-04-18 2076-04-19 2100-03-28") {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		monday := at.AddDate(0, 0, 1)
		if !slices.ContainsFunc(calendar.France.Year(at.Year()), func(p calendar.PublicHoliday) bool {
			return p.Name == "easter_monday" && p.Date(at.Year()) == calendar.Moment(monday.Format(time.DateOnly))
		}) {
			t.Errorf("the day after %s is not Easter Monday", day)
		}
	}
	for year := 1600; year < 4000; year++ {
		if e := calendar.France.Year(year); len(e) != 11 {
			t.Fatalf("%d has %d holidays", year, len(e))
		}
	}
}

func TestSpec_T9_FrenchHolidaysAreReady(t *testing.T) {
	list := func(h calendar.Holidays, year int) string {
		var all []string
		for _, p := range h.Year(year) {
			all = append(all, string(p.Date(year))[5:])
			if p.English == "" || p.French == "" || p.Name == "" || h.Word(p.Name, "fr") != p.French || h.Word(p.Name, "en") != p.English {
				t.Errorf("%s: %+v", h, p)
			}
		}
		return strings.Join(all, " ")
	}
	const base = "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25" // of 2026
	own := map[string]string{
		"FR": "", "FR-PM": "", "FR-57": "04-03 12-26", "FR-67": "04-03 12-26", "FR-68": "04-03 12-26", "FR-971": "04-03 05-27 07-21",
		"FR-972": "04-03 05-22 07-21", "FR-973": "06-10", "FR-974": "12-20", "FR-976": "04-27", "FR-BL": "10-09", "FR-MF": "05-28",
		"FR-NC": "09-24", "FR-PF": "03-05 04-03 11-20", "FR-WF": "04-28 06-29 07-29",
	}
	for _, c := range calendar.Calendars() {
		days, there := own[string(c.ID)]
		if !there || c.English == "" || c.French == "" {
			t.Errorf("calendar %+v", c)
		}
		want := append(strings.Fields(base), strings.Fields(days)...)
		slices.Sort(want)
		if got := list(c.ID, 2026); got != strings.Join(want, " ") {
			t.Errorf("%s has %s, not %s", c.ID, got, want)
		}
	}
	if got := list("FR-PF", 2024); !strings.Contains(got, "06-29") || strings.Contains(got, "11-20") {
		t.Error("until 2024 Polynesia had another day:", got)
	}
	if len(calendar.Calendars()) != len(own) || calendar.Holidays("DE").Year(2026) != nil || calendar.Holidays("").Year(2026) != nil {
		t.Error("other calendars")
	}
	d := calendar.Dates{Holidays: "FR-67", Skip: []calendar.Holiday{"whit_monday"}}
	for at, want := range map[string]calendar.Inside{"2026-04-03 10:00:00": true, "2026-12-26 10:00:00": true, "2026-05-25 10:00:00": false, "2026-05-26 10:00:00": false} {
		if d.Contains(clock(t, at), paris) != want {
			t.Error(at)
		}
	}
	if next := d.Next(clock(t, "2026-12-27 12:00:00"), paris); !next.Equal(clock(t, "2027-01-01 00:00:00")) {
		t.Error(next)
	}
}

func TestDatesThatMakeNoSenseAreRefused(t *testing.T) {
	tests := []struct {
		dates calendar.Dates
		want  string
	}{
		{calendar.Dates{}, "spans"},
		{calendar.Dates{Holidays: "FR-99"}, "holidays"},
		{calendar.Dates{Holidays: "FR", Skip: []calendar.Holiday{"good_friday", "christmas"}}, "skip[0]"},
		{calendar.Dates{Spans: []calendar.Span{{From: "2026-02-30"}}}, "spans[0].from"},
		{calendar.Dates{Spans: []calendar.Span{{From: "2026-02-28", To: "28/02/2026"}}}, "spans[0].to"},
		{calendar.Dates{Spans: []calendar.Span{{From: "2026-02-28", To: "2026-02-27"}}}, "spans[0].to"},
		{calendar.Dates{Spans: []calendar.Span{{From: "2026-02-28T10:00", To: "2026-02-28T10:00"}}}, "spans[0].to"},
		{calendar.Dates{Spans: make([]calendar.Span, 201)}, "spans"},
		{calendar.Dates{Spans: []calendar.Span{{From: "2026-02-28T10:00", To: "2026-02-28"}}, Holidays: "FR"}, ""},
		{calendar.Dates{Holidays: "FR-PF", Skip: []calendar.Holiday{"autonomy_day", "matarii"}}, ""},
	}
	for _, tt := range tests {
		var got strings.Builder
		for _, f := range tt.dates.Check() {
			got.WriteString(f.Path)
		}
		if got.String() != tt.want {
			t.Errorf("%+v: %q, not %q", tt.dates, got.String(), tt.want)
		}
	}
}

func TestSpec_T8_ANumberHasTheZoneOfItsPrefix(t *testing.T) {
	for number, want := range map[string]string{
		"+33612345678": "Europe/Paris", "+33199001234": "Europe/Paris", "+262262123456": "Indian/Reunion", "+41446681800": "Europe/Zurich",
		"+32470123456": "Europe/Brussels", "+447911123456": "Europe/Guernsey", "+12125550100": "America/New_York", "+18005550100": "", "": "", "33612345678": "", "+": "", "+999": "", "+33x": "",
	} {
		if got := calendar.ZoneOfNumber(number); got != want {
			t.Errorf("%s: %q", number, got)
		}
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add("Europe/Paris", "mon", "09:00", "18:00", "2026-12-24", "2026-12-25T10:00", "FR-67", int64(1_795_000_000))
	f.Add("../etc", "", "24:00", "99:99", "x", "", "FR", int64(-1<<40))
	f.Fuzz(func(t *testing.T, zone, day, from, to, first, last, holidays string, at int64) {
		moment := time.Unix(at%(1<<38), 0)
		h := calendar.Hours{Timezone: zone, Slots: []calendar.Slot{slot(calendar.Clock(from), calendar.Clock(to), calendar.Day(day), "fri")}}
		_ = h.Check()
		w := h.Week(paris)
		if next := w.Next(moment); !next.IsZero() && (w.Contains(next) == w.Contains(moment) || !next.After(moment)) {
			t.Errorf("%+v does not change at %s", h, next)
		}
		d := calendar.Dates{Holidays: calendar.Holidays(holidays), Spans: []calendar.Span{{From: calendar.Moment(first), To: calendar.Moment(last)}}}
		_ = d.Check()
		_ = d.Contains(moment, zone)
		_ = d.Next(moment, zone)
	})
}

func BenchmarkWeekContains(b *testing.B) {
	w := hours(slot("09:00", "12:00", "mon", "tue", "wed", "thu", "fri"), slot("14:00", "18:00", "mon", "tue", "wed", "thu", "fri")).Week("")
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	for b.Loop() {
		_ = w.Contains(at)
	}
}
