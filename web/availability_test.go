package web_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// desks is a switchboard that follows what users set, and what the test lets them do.
type desks struct {
	directory routing.Directory

	mu    sync.Mutex
	doing map[routing.UserID]routing.UserDesk
	log   []routing.StatusChange
}

func (d *desks) UserDesk(u routing.UserID) routing.UserDesk {
	d.mu.Lock()
	defer d.mu.Unlock()
	if doing, busy := d.doing[u]; busy {
		return doing
	}
	if user := d.directory.Snapshot().Users[u]; user != nil && user.Availability == routing.SetUnavailable {
		return routing.UserDesk{Status: routing.UserUnavailable, Reason: user.Reason}
	}
	return routing.UserDesk{Status: routing.UserAvailable}
}

func (d *desks) EndWrapUp(u routing.UserID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch doing := d.doing[u]; {
	case doing.Status != routing.UserWrapUp:
		return routing.ErrNoWrapUp
	case len(doing.MustTag) > 0:
		return routing.ErrUntagged
	}
	delete(d.doing, u)
	return nil
}

func (d *desks) StatusHistory(_ context.Context, f provisioning.StatusFilter) ([]routing.StatusChange, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.log), func(s routing.StatusChange) bool { return s.User != f.User || !s.At.Before(f.Until) }), nil
}

func (d *desks) does(u string, doing routing.UserDesk) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.doing[routing.UserID(u)] = doing
}

// withDesks tells a story on each database, with a switchboard.
func withDesks(t *testing.T, story func(h *house, d *desks)) {
	t.Helper()
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			d := &desks{doing: map[routing.UserID]routing.UserDesk{}}
			h := openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, acme, func(r *web.Rooms) {
				d.directory, r.Desks, r.Statuses = r.Directory, d, d
			})
			story(h, d)
		})
	}
}

// userOf is the id of the person who is signed in.
func userOf(h *house) string { return h.get("/api/v1/session").want(200).at("user.id") }

func TestSpec_A1_A2_UsersSetTheirAvailability(t *testing.T) {
	withDesks(t, func(h *house, _ *desks) {
		alice := h.showing(people(h, provisioning.RoleAgent)[provisioning.RoleAgent])
		const at = "/api/v1/me/availability"
		reasons := alice.get("/api/v1/availability-reasons").want(200)
		if reasons.at("data.4.name") != "Autre" || reasons.at("data.5") != "<none>" {
			t.Errorf("the reasons are %s", reasons.Text)
		}
		lunch := reasons.at("data.1.id")
		if f := alice.put(at, map[string]string{"availability": "unavailable"}).refused(422, "reason_needed"); f.Location != "body.reason_id" || f.Row != "A2" {
			t.Errorf("the fault is %+v", f)
		}
		french := alice.put(at, map[string]string{"availability": "unavailable"}, "Accept-Language: fr")
		if !strings.Contains(french.Text, "Dites pourquoi") {
			t.Errorf("in French: %s", french.Text)
		}
		alice.put(at, map[string]string{"availability": "unavailable", "reason_id": lunch}).want(200).
			shows("availability", "unavailable", "status", "unavailable", "reason.id", lunch, "reason.name", "En pause déjeuner")
		alice.put(at, map[string]string{"availability": "auto", "reason_id": lunch}).refused(422, "reason_without_unavailable")
		alice.put(at, map[string]string{"availability": "auto"}).want(200).shows("availability", "auto", "status", "available", "reason", "<nil>")
		for _, bad := range []any{map[string]string{"availability": "busy"}, map[string]any{"availability": 1}, map[string]string{"availability": "auto", "why": "x"}, "{}", "null", "["} {
			if a := alice.put(at, bad); a.Status < 400 || a.Status > 499 {
				t.Errorf("%v: %d", bad, a.Status)
			}
		}
		h.put(at, map[string]string{"availability": "auto"}).refused(404, "not_a_person")
		h.showing().put(at, map[string]string{"availability": "auto"}).refused(401, "unauthorized")
	})
}

func TestSpec_A3_AnAdminSetsTheStateAndNotTheReason(t *testing.T) {
	withDesks(t, func(h *house, _ *desks) {
		as := people(h, provisioning.RoleAdmin, provisioning.RoleAgent)
		admin, agent := h.showing(as[provisioning.RoleAdmin]), h.showing(as[provisioning.RoleAgent])
		id := userOf(agent)
		at := "/api/v1/users/" + id + "/availability"
		lunch := h.get("/api/v1/availability-reasons").at("data.1.id")
		if f := admin.put(at, map[string]string{"availability": "unavailable", "reason_id": lunch}).refused(422, "reason_not_yours"); f.Row != "A3" {
			t.Errorf("the fault is %+v", f)
		}
		before := admin.get(at).want(200).shows("availability", "available", "status", "available", "user_id", id)
		etag := before.Header.Get("ETag")
		admin.put(at, map[string]string{"availability": "unavailable"}, "If-Match: "+etag).want(200).shows("status", "unavailable", "reason", "<nil>")
		admin.put(at, map[string]string{"availability": "auto"}, "If-Match: "+etag).refused(412, "stale")
		h.put(at, map[string]string{"availability": "available"}).want(200) // a program
		agent.put(at, map[string]string{"availability": "auto"}).refused(403, "forbidden")
		agent.get(at).want(200).shows("availability", "available")
		own := "/api/v1/users/" + userOf(admin) + "/availability"
		admin.put(own, map[string]string{"availability": "unavailable"}).refused(422, "reason_needed") // An admin is a user too.
		admin.put(own, map[string]string{"availability": "unavailable", "reason_id": lunch}).want(200).shows("reason.id", lunch)
		admin.put("/api/v1/users/usr_none/availability", map[string]string{"availability": "auto"}).refused(404, "not_found")
	})
}

func TestSpec_A5_WhatEverybodyIsDoing(t *testing.T) {
	withDesks(t, func(h *house, d *desks) {
		as := people(h, provisioning.RoleAdmin, provisioning.RoleAgent)
		id := userOf(h.showing(as[provisioning.RoleAgent]))
		d.does(id, routing.UserDesk{Status: routing.UserInCall, Device: routing.CTI, Call: "call_1"})
		h.get("/api/v1/users/"+id+"/availability").want(200).shows("status", "in_call", "device", "cti", "call_id", "call_1", "wrap_up", "<nil>")
		all := h.get("/api/v1/users/availabilities").want(200)
		if all.at("data.1.status") != "in_call" || all.at("data.0.status") != "available" || all.at("data.2") != "<none>" {
			t.Errorf("everybody: %s", all.Text)
		}
		d.does(id, routing.UserDesk{Status: routing.UserUnavailable, Reason: routing.ReasonOutsideHours})
		h.get("/api/v1/users/"+id+"/availability", "Accept-Language: fr").shows("reason.id", "outside_hours", "reason.name", "Hors des heures de travail")
	})
}

func TestSpec_A6_A9_WrapUpIsEndedEarlyUnlessACallMustBeTagged(t *testing.T) {
	withDesks(t, func(h *house, d *desks) {
		as := people(h, provisioning.RoleAgent)
		agent := h.showing(as[provisioning.RoleAgent])
		id := userOf(agent)
		const at = "/api/v1/me/wrap-up/end"
		if f := agent.post(at, nil).refused(409, "no_wrap_up"); f.Row != "A6" {
			t.Errorf("the fault is %+v", f)
		}
		ends := time.Now().Add(time.Minute)
		d.does(id, routing.UserDesk{Status: routing.UserWrapUp, Call: "call_1", WrapUpEnds: ends})
		h.get("/api/v1/users/"+id+"/availability").shows("status", "after_call_work", "wrap_up.ends_at", ends.UTC().Format("2006-01-02T15:04:05.000Z"), "wrap_up.must_tag", "[]")
		agent.post(at, nil).want(200).shows("status", "available", "wrap_up", "<nil>")
		d.does(id, routing.UserDesk{Status: routing.UserWrapUp, Call: "call_2", MustTag: []routing.CallID{"call_2"}})
		if f := h.post("/api/v1/users/"+id+"/wrap-up/end", nil).refused(409, "call_untagged"); !strings.Contains(f.Message, "call_2") || f.Row != "A9" {
			t.Errorf("the fault is %+v", f)
		}
		h.post("/api/v1/users/usr_none/wrap-up/end", nil).refused(404, "not_found")
	})
}

func TestSpec_A14_N11_TheHistoryOfADay(t *testing.T) {
	withDesks(t, func(h *house, d *desks) {
		id := userOf(h.showing(people(h, provisioning.RoleAgent)[provisioning.RoleAgent]))
		midnight := time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC)
		add := func(after time.Duration, status routing.UserStatus, reason routing.ReasonID) {
			d.log = append(d.log, routing.StatusChange{User: routing.UserID(id), At: midnight.Add(after), Status: status, Reason: reason})
		}
		add(8*time.Hour, routing.UserAvailable, "")
		add(9*time.Hour, routing.UserRinging, "")
		add(9*time.Hour+5*time.Second, routing.UserInCall, "")
		add(10*time.Hour, routing.UserUnavailable, routing.ReasonNotAnswering)
		at := "/api/v1/users/" + id + "/status-history"
		h.get(at+"?from=2025-11-20&to=2025-11-21&timezone=UTC").want(200).shows(
			"timezone", "UTC", "data.0.date", "2025-11-20", "data.0.seconds", "86400", "data.1.seconds", "86400",
			"data.0.totals", `{"available":3600,"in_call":3595,"offline":28800,"ringing":5,"unavailable":50400}`,
			"data.0.intervals.4.reason.name", "Not answering", "data.1.totals", `{"unavailable":86400}`, "data.2", "<none>",
		)
		h.get(at+"?from=2025-11-20").want(200).shows("timezone", "Europe/Paris", "data.0.intervals.0.from", "2025-11-19T23:00:00.000Z", "data.0.seconds", "86400")
		h.get(at).want(200).shows("data.1", "<none>")
		for _, bad := range []struct {
			query, code, location string
		}{
			{"?from=yesterday", "invalid_request", ""},
			{"?from=2025-02-30", "invalid_request", ""},
			{"?from=2025-11-20&to=2025-11-19", "days_out_of_range", "query.to"},
			{"?from=2025-01-01&to=2025-11-19", "days_out_of_range", "query.to"},
			{"?timezone=Mars/Olympus", "timezone_unknown", "query.timezone"},
			{"?until=now", "invalid_request", ""},
		} {
			if f := h.get(at+bad.query).refused(422, bad.code); bad.location != "" && f.Location != bad.location {
				t.Errorf("%s: the fault is at %s", bad.query, f.Location)
			}
		}
		h.get("/api/v1/users/usr_none/status-history").refused(404, "not_found")
	})
}

func TestReasonsAndWorkingHoursAreMadeChangedAndDeleted(t *testing.T) {
	withDesks(t, func(h *house, _ *desks) {
		made := h.post("/api/v1/availability-reasons", map[string]string{"name": "Jury"}).want(201).shows("name", "Jury")
		at := "/api/v1/availability-reasons/" + made.at("id")
		h.post("/api/v1/availability-reasons", map[string]string{"name": "jury"}).refused(409, "name_taken")
		h.patch(at, `{"name": "Jury duty"}`).want(200).shows("name", "Jury duty")
		alice := h.showing(people(h, provisioning.RoleAgent)[provisioning.RoleAgent])
		alice.put("/api/v1/me/availability", map[string]string{"availability": "unavailable", "reason_id": made.at("id")}).want(200)
		h.remove(at).refused(409, "in_use")
		alice.put("/api/v1/me/availability", map[string]string{"availability": "auto"}).want(200)
		h.remove(at).want(204)
		alice.post("/api/v1/availability-reasons", map[string]string{"name": "Mine"}).refused(403, "forbidden")

		week := map[string]any{"name": "Day", "timezone": "Europe/Paris", "slots": []any{map[string]any{"days": []string{"mon", "tue"}, "from": "09:00", "to": "18:00"}}}
		hours := h.post("/api/v1/working-hours", week).want(201).shows("slots.0.days", `["mon","tue"]`, "slots.0.to", "18:00")
		at = "/api/v1/working-hours/" + hours.at("id")
		h.patch(at, `{"timezone": null, "slots": []}`).want(200).shows("timezone", "", "slots", "[]")
		for _, bad := range []string{
			`{"slots": [{"days": ["monday"], "from": "09:00", "to": "18:00"}]}`, `{"slots": [{"days": [], "from": "09:00", "to": "18:00"}]}`,
			`{"slots": [{"days": ["mon"], "from": "9", "to": "18:00"}]}`, `{"timezone": "Paris"}`,
		} {
			if f := h.patch(at, bad).refused(422, "hours_malformed"); !strings.HasPrefix(f.Location, "body.") {
				t.Errorf("%s: the fault is at %q", bad, f.Location)
			}
		}
		h.remove(at).want(204)
	})
}
