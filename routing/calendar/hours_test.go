package calendar_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tandem/routing/calendar"
)

const paris = "Europe/Paris"

func slot(from, to calendar.Clock, days ...calendar.Day) calendar.Slot {
	return calendar.Slot{Days: days, From: from, To: to}
}

func hours(slots ...calendar.Slot) calendar.Hours {
	return calendar.Hours{Timezone: paris, Slots: slots}
}

// clock is a moment as a clock in Paris shows it; 2026-11-20 is a Friday.
func clock(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, calendar.Place(paris))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSpec_T3_TheFirstSecondIsInsideAndTheLastIsOutside(t *testing.T) {
	h := hours(slot("09:00", "18:00", "fri"))
	for at, want := range map[string]calendar.Inside{
		"2026-11-20 08:59:59": false, "2026-11-20 09:00:00": true, "2026-11-20 17:59:59": true, "2026-11-20 18:00:00": false,
		"2026-11-19 12:00:00": false, "2026-11-21 12:00:00": false, "2026-11-27 12:00:00": true,
	} {
		if got := h.Contains(clock(t, at), ""); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
	if at := clock(t, "2026-11-20 18:00:00").Add(-1); !bool(h.Contains(at, "")) {
		t.Error("the last nanosecond is inside")
	}
}

func TestSpec_T4_ASlotPassesMidnight(t *testing.T) {
	h := hours(slot("22:00", "06:00", "fri", "sun"))
	for at, want := range map[string]calendar.Inside{
		"2026-11-20 21:59:59": false, "2026-11-20 22:00:00": true, "2026-11-21 00:00:00": true, "2026-11-21 05:59:59": true, "2026-11-21 06:00:00": false,
		"2026-11-20 03:00:00": false, "2026-11-21 22:30:00": false, "2026-11-22 23:00:00": true,
		"2026-11-23 05:00:00": true, // from Sunday into the next week
	} {
		if got := h.Contains(clock(t, at), ""); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
	whole := hours(slot("00:00", "24:00", "fri"))
	if !bool(whole.Contains(clock(t, "2026-11-20 00:00:00"), "")) || !bool(whole.Contains(clock(t, "2026-11-20 23:59:59"), "")) ||
		bool(whole.Contains(clock(t, "2026-11-21 00:00:00"), "")) {
		t.Error("00:00 to 24:00 is the whole day")
	}
	day := hours(slot("09:00", "09:00", "fri"))
	if !bool(day.Contains(clock(t, "2026-11-21 08:59:59"), "")) || bool(day.Contains(clock(t, "2026-11-21 09:00:00"), "")) {
		t.Error("a slot that ends when it begins takes a day")
	}
}

// transitions lists the moments at which a zone's clock jumps.
func transitions(place *time.Location, from, to time.Time) []time.Time {
	var all []time.Time
	for t := from.In(place); ; {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.After(to) {
			return all
		}
		all = append(all, end)
		t = end.In(place)
	}
}

func TestSpec_T5_SlotsFollowTheWallClock(t *testing.T) {
	place := calendar.Place(paris)
	jumps := transitions(place, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
	if len(jumps) != 10 {
		t.Fatalf("Paris changes its clock ten times from 2026 to 2030, not %d", len(jumps))
	}
	skipped := hours(slot("02:00", "03:00", calendar.Days()...)) // what the clock jumps over in spring, and shows twice in autumn
	morning := hours(slot("09:00", "18:00", calendar.Days()...))
	for _, jump := range jumps {
		begins := time.Date(jump.Year(), jump.Month(), jump.Day(), 0, 0, 0, 0, place)
		inside, open := time.Duration(0), time.Duration(0)
		for at := begins; at.Day() == begins.Day(); at = at.Add(time.Minute) {
			h, _, _ := at.Clock()
			if got, want := bool(skipped.Contains(at, "")), h == 2; got != want {
				t.Fatalf("%s: %v", at, got)
			}
			if skipped.Contains(at, "") {
				inside += time.Minute
			}
			if morning.Contains(at, "") {
				open += time.Minute
			}
		}
		want := time.Duration(0) // spring: never
		if jump.Month() == time.October {
			want = 2 * time.Hour // autumn: twice
		}
		if inside != want || open != 9*time.Hour {
			t.Errorf("on %s the slot 02:00–03:00 lasts %s and the day's work %s", begins.Format(time.DateOnly), inside, open)
		}
		if at := morning.Next(begins, ""); at.Format("15:04") != "09:00" || at.Day() != begins.Day() {
			t.Errorf("work begins at %s", at)
		}
	}
}

func TestNextIsWhenContainsChanges(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	clocks := []calendar.Clock{"00:00", "01:30", "02:00", "02:30", "03:00", "09:00", "12:15", "22:00", "24:00"}
	for range 60 {
		var h calendar.Hours
		h.Timezone = []string{paris, "America/New_York", "Pacific/Apia", "Asia/Kolkata", "UTC"}[dice.IntN(5)]
		for range 1 + dice.IntN(3) {
			h.Slots = append(h.Slots, slot(clocks[dice.IntN(8)], clocks[dice.IntN(9)], calendar.Days()[dice.IntN(7)], calendar.Days()[dice.IntN(7)]))
		}
		w := h.Week("")
		at := time.Date(2026, time.Month(3+7*dice.IntN(2)), 20, dice.IntN(24), dice.IntN(60), dice.IntN(60), dice.IntN(1e9), time.UTC)
		got, now := w.Next(at), w.Contains(at)
		var want time.Time
		for m := at.Truncate(time.Minute).Add(time.Minute); m.Sub(at) < 24*14*time.Hour; m = m.Add(time.Minute) {
			if w.Contains(m) != now {
				want = m
				break
			}
		}
		if !got.Equal(want) {
			t.Errorf("%+v after %s: %s, not %s", h, at, got, want)
		}
	}
	if at := hours().Next(time.Now(), ""); !at.IsZero() {
		t.Error("no slots never change")
	}
	if at := hours(slot("00:00", "24:00", calendar.Days()...)).Next(time.Now(), ""); !at.IsZero() {
		t.Error("always open never changes", at)
	}
}

func TestZoneOfWhoAsksStandsIn(t *testing.T) {
	at := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC) // 09:30 in Paris
	h := calendar.Hours{Slots: []calendar.Slot{slot("09:00", "18:00", "fri")}}
	for zone, want := range map[string]calendar.Inside{paris: true, "": false, "UTC": false, "Mars/Olympus": false, "Local": false, "Indian/Reunion": true} {
		if h.Contains(at, zone) != want {
			t.Errorf("in %q: %v", zone, !want)
		}
	}
	if bool(calendar.Week{}.Contains(at)) || !(calendar.Week{}).Next(at).IsZero() {
		t.Error("the zero week is never open")
	}
}

func TestHoursThatMakeNoSenseAreRefused(t *testing.T) {
	bad := calendar.Hours{Timezone: "Local", Slots: []calendar.Slot{
		slot("09:00", "18:00"), slot("9:00", "25:00", "monday", "tue", "tue"), slot("24:00", "01:60", "sun"), slot("09:00", "18:00", "mon"),
	}}
	var got []string
	for _, f := range bad.Check() {
		got = append(got, f.Path)
		if f.Text == "" {
			t.Error("a fault without a sentence at", f.Path)
		}
	}
	want := "timezone slots[0].days slots[1].days[0] slots[1].days[2] slots[1].from slots[1].to slots[2].to slots[2].from"
	if strings.Join(got, " ") != want {
		t.Errorf("faults are at %s", got)
	}
	if faults := hours(slot("22:00", "06:00", "fri", "sun")).Check(); len(faults) > 0 {
		t.Error(faults)
	}
	if faults := hours(make([]calendar.Slot, 201)...).Check(); len(faults) != 1 {
		t.Error(faults)
	}
}

func TestOverlapAndGaps(t *testing.T) {
	write := func(slots []calendar.Slot) string {
		var all []string
		for _, s := range slots {
			all = append(all, s.String())
		}
		return strings.Join(all, ", ")
	}
	work := []calendar.Slot{slot("09:00", "12:00", "mon", "tue"), slot("14:00", "18:00", "mon", "tue")}
	if got := write(calendar.Gaps(work)); got != "mon tue 12:00–14:00" {
		t.Error(got)
	}
	if got := write(calendar.Gaps([]calendar.Slot{slot("22:00", "06:00", "mon"), slot("09:00", "24:00", "tue")})); got != "tue 06:00–09:00" {
		t.Error(got)
	}
	if got := write(calendar.Overlap(work, []calendar.Slot{slot("11:00", "15:00", "mon"), slot("23:00", "10:00", "mon")})); got != "mon 11:00–12:00, mon 14:00–15:00, tue 09:00–10:00" {
		t.Error(got)
	}
	if got := calendar.Overlap(work, []calendar.Slot{slot("12:00", "14:00", "mon", "tue")}); got != nil {
		t.Error("slots that touch do not overlap:", got)
	}
}
