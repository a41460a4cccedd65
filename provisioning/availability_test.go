package provisioning_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/calendar"
)

// bureau is an account with its first reasons, working hours, and Alice.
func bureau(t *testing.T, language string) (*provisioning.State, *provisioning.User) {
	t.Helper()
	st := &provisioning.State{}
	put := func(r provisioning.Record) {
		changes, err := st.Put(r)
		if err != nil {
			t.Fatalf("%s: %v", r.Ref().Name, err)
		}
		st = st.With(changes)
	}
	put(&provisioning.Account{ID: "acc_1", Name: "Bureau", Language: language, Country: "FR"})
	put(&provisioning.WorkingHours{ID: "hrs_1", Account: "acc_1", Name: "Day", Hours: calendar.Hours{
		Slots: []calendar.Slot{{Days: calendar.Days(), From: "08:00", To: "18:00"}},
	}})
	alice := &provisioning.User{
		ID: "usr_1", Account: "acc_1", Name: "Alice", Email: "alice@demo.local", Extension: "201", Availability: routing.SetAvailable,
		Settings: provisioning.UserSettings{Hours: "hrs_1"},
	}
	put(alice)
	return st, alice
}

// refusedWith fails the test where the error is no refusal with a code, a row and a location.
func refusedWith(t *testing.T, err error, code, row, location string) {
	t.Helper()
	all, is := errors.AsType[provisioning.Refusals](err)
	if !is || len(all) != 1 || all[0].Code != code || all[0].Row != row || all[0].Location != location {
		t.Errorf("got %v, want %s of %s at %s", err, code, row, location)
	}
}

func TestSpec_A2_EveryNewAccountHasFiveReasons(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"On a break", "Out for lunch", "In training", "Back office", "Other"},
		"fr": {"En pause", "En pause déjeuner", "En formation", "Back-office", "Autre"},
	} {
		st, _ := bureau(t, language)
		var got []string
		for _, r := range st.Reasons {
			got = append(got, r.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", language, got)
		}
	}
}

func TestSpec_A1_A2_A3_WhoSaysWhy(t *testing.T) {
	st, alice := bureau(t, "en")
	lunch := st.Reasons[1].ID
	const at = "body.reason_id"
	for _, c := range []struct {
		name                string
		want                provisioning.Availability
		code, row, location string
	}{
		{"a user without a reason", provisioning.Availability{Set: routing.SetUnavailable}, "reason_needed", "A2", at},
		{"an admin with one", provisioning.Availability{Set: routing.SetUnavailable, Reason: lunch, By: provisioning.Admin}, "reason_not_yours", "A3", at},
		{"a reason of nobody", provisioning.Availability{Set: routing.SetUnavailable, Reason: "rsn_9"}, "unknown", "", at},
		{"the product's own reason", provisioning.Availability{Set: routing.SetUnavailable, Reason: routing.ReasonNotAnswering}, "unknown", "", at},
		{"available with a reason", provisioning.Availability{Set: routing.SetAvailable, Reason: lunch}, "reason_without_unavailable", "A2", at},
		{"something else", provisioning.Availability{Set: "busy"}, "value_unknown", "", "body.availability"},
	} {
		if changes, err := st.SetAvailability(alice, c.want); len(changes) > 0 || err == nil {
			t.Errorf("%s: %v", c.name, changes)
		} else {
			refusedWith(t, err, c.code, c.row, c.location)
		}
	}
	set := func(want provisioning.Availability) *provisioning.User {
		u := st.Find(provisioning.KindUser, "usr_1").(*provisioning.User)
		changes, err := st.SetAvailability(u, want)
		if err != nil {
			t.Fatal(err)
		}
		st = st.With(changes)
		return st.Find(provisioning.KindUser, "usr_1").(*provisioning.User)
	}
	if u := set(provisioning.Availability{Set: routing.SetUnavailable, Reason: lunch}); u.Availability != routing.SetUnavailable || u.Settings.Reason != lunch {
		t.Errorf("at lunch: %+v", u)
	}
	if u := set(provisioning.Availability{Set: routing.SetUnavailable, By: provisioning.Admin}); u.Settings.Reason != lunch {
		t.Errorf("an admin takes the reason of an unavailable user away: %+v", u)
	}
	if _, err := st.Delete(provisioning.KindReason, string(lunch)); err == nil {
		t.Error("a reason goes while somebody has it")
	}
	if u := set(provisioning.Availability{Set: routing.SetAuto, By: provisioning.Admin}); u.Availability != routing.SetAuto || u.Settings.Reason != "" {
		t.Errorf("auto: %+v", u)
	}
	if _, err := st.Delete(provisioning.KindReason, string(lunch)); err != nil {
		t.Errorf("a reason that nobody has stays: %v", err)
	}
	if u := set(provisioning.Availability{Set: routing.SetUnavailable, By: provisioning.Admin}); u.Settings.Reason != "" {
		t.Errorf("set by an admin: %+v", u)
	}
}

func TestSpec_A13_NotAnsweringIsAChangeOfTheRecords(t *testing.T) {
	st, _ := bureau(t, "en")
	changes, err := st.NotAnswering("usr_1")
	if err != nil || len(changes) != 1 || len(changes[0].Fields) != 2 {
		t.Fatalf("%v, %v", changes, err)
	}
	st = st.With(changes)
	if u := st.Users[0]; u.Availability != routing.SetUnavailable || u.Settings.Reason != routing.ReasonNotAnswering {
		t.Errorf("Alice: %+v", u)
	}
	for _, id := range []routing.UserID{"usr_1", "usr_9"} {
		if changes, err = st.NotAnswering(id); err != nil || len(changes) > 0 {
			t.Errorf("%s again: %v, %v", id, changes, err)
		}
	}
	renamed := *st.Users[0]
	renamed.Name = "Alicia"
	if _, err = st.Put(&renamed); err != nil {
		t.Errorf("who does not answer cannot be changed: %v", err)
	}
}

func TestSpec_A1_WorkingHoursHaveRules(t *testing.T) {
	st, _ := bureau(t, "en")
	bad := &provisioning.WorkingHours{ID: "hrs_2", Account: "acc_1", Name: "Night", Hours: calendar.Hours{
		Slots: []calendar.Slot{{Days: []calendar.Day{"mon"}, From: "25:00", To: "06:00"}},
	}}
	_, err := st.Put(bad)
	refusedWith(t, err, "hours_malformed", "", "body.slots[0].from")
	if _, err = st.Delete(provisioning.KindHours, "hrs_1"); err == nil {
		t.Error("hours go while somebody follows them")
	}
}

// shift is a change of Alice's status.
func shift(at time.Time, status routing.UserStatus) routing.StatusChange {
	return routing.StatusChange{Account: "acc_1", User: "usr_1", At: at, Status: status}
}

func TestSpec_A14_TheTimesOfEachDaySumTo24Hours(t *testing.T) {
	paris := calendar.Place("Europe/Paris")
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, paris)
	changes := []routing.StatusChange{
		shift(noon.Add(-30*time.Hour), routing.UserAvailable), // what she was doing when the first day began
		shift(noon, routing.UserRinging), shift(noon.Add(5*time.Second), routing.UserInCall), shift(noon.Add(65*time.Second), routing.UserAvailable),
		shift(noon.Add(2*time.Hour), routing.UserAvailable), // a phone came
		shift(noon.Add(20*time.Hour), routing.UserOffline),  // the process started again, on the next day
		shift(noon.Add(20*time.Hour+time.Minute), routing.UserAvailable),
	}
	days := provisioning.StatusDays(changes, provisioning.Days{First: noon, Last: noon.AddDate(0, 0, 1), Now: noon.AddDate(0, 0, 9)})
	if len(days) != 2 || days[0].Date != "2026-11-20" || len(days[0].Spans) != 4 || len(days[1].Spans) != 3 {
		t.Fatalf("%d days: %+v", len(days), days)
	}
	for _, d := range days {
		whole(t, d, 24*time.Hour)
	}
	if s := days[1].Spans[0]; s.Status != routing.UserAvailable || s.To.Sub(s.From) != 8*time.Hour {
		t.Errorf("the second day begins with %+v", s)
	}
}

// whole fails the test where the spans of a day leave a gap, or do not sum.
func whole(t *testing.T, d provisioning.StatusDay, want time.Duration) {
	t.Helper()
	sum := time.Duration(0)
	for i, s := range d.Spans {
		if i > 0 && !s.From.Equal(d.Spans[i-1].To) {
			t.Errorf("%s: a gap before %v", d.Date, s.From)
		}
		sum += s.To.Sub(s.From)
	}
	if sum != want {
		t.Errorf("%s sums to %v, want %v", d.Date, sum, want)
	}
}

func TestSpec_A14_DaysOnWhichTheClockIsPut(t *testing.T) {
	for _, c := range []struct {
		zone, day string
		want      time.Duration
	}{
		{"Europe/Paris", "2026-03-29", 23 * time.Hour},
		{"Europe/Paris", "2026-10-25", 25 * time.Hour},
		{"America/Sao_Paulo", "2018-11-04", 23 * time.Hour}, // Midnight was skipped.
		{"Africa/Cairo", "2026-04-24", 23 * time.Hour},
		{"America/Havana", "2026-11-01", 25 * time.Hour}, // Midnight came twice.
		{"Pacific/Apia", "2011-12-31", 24 * time.Hour},   // The day before never was.
	} {
		day, err := time.ParseInLocation(time.DateOnly, c.day, calendar.Place(c.zone))
		if err != nil {
			t.Fatal(err)
		}
		first := day.Add(12 * time.Hour)
		days := provisioning.StatusDays(nil, provisioning.Days{First: first, Last: first, Now: first.AddDate(1, 0, 0)})
		if len(days) != 1 || days[0].Date != c.day || days[0].Spans[0].Status != routing.UserOffline {
			t.Fatalf("%s %s: %+v", c.zone, c.day, days)
		}
		whole(t, days[0], c.want)
	}
}

func TestSpec_A14_TodayEndsNow(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	days := provisioning.StatusDays([]routing.StatusChange{shift(now.Add(-time.Hour), routing.UserAvailable)}, provisioning.Days{First: now, Last: now.AddDate(0, 0, 3), Now: now})
	if len(days) != 1 || len(days[0].Spans) != 2 {
		t.Fatalf("%+v", days)
	}
	whole(t, days[0], 9*time.Hour+30*time.Minute)
}
