package web_test

import (
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
)

func TestSpec_T7_SpecialDatesAreNamedOnceForTheAccount(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/special-dates", map[string]any{
			"name": "Fermeture", "holidays": "FR-67", "skip": []string{"good_friday"},
			"spans": []map[string]any{{"from": "2026-12-24"}, {"from": "2026-08-01", "to": "2026-08-15"}, {"from": "2026-11-21T14:00", "to": "2026-11-21T16:30"}},
		}).want(201).shows("holidays", "FR-67", "skip.0", "good_friday", "spans.0.from", "2026-12-24", "spans.2.to", "2026-11-21T16:30")
		at := "/api/v1/special-dates/" + made.at("id")
		dates := h.store.Snapshot().Dates
		if len(dates) != 1 {
			t.Fatalf("the switchboard knows %d special dates", len(dates))
		}
		for _, d := range dates {
			inside := map[string]bool{
				"2026-12-24T23:59": true, "2026-08-15T12:00": true, "2026-11-21T14:00": true, "2026-11-21T16:30": false, "2026-12-26T08:00": true,
				"2026-04-03T08:00": false,
			}
			for wall, want := range inside {
				moment, err := time.ParseInLocation("2006-01-02T15:04", wall, paris(t))
				if err != nil {
					t.Fatal(err)
				}
				if got := d.Contains(moment, "Europe/Paris"); bool(got) != want {
					t.Errorf("%s: %v", wall, got)
				}
			}
		}
		changed := h.patch(at, map[string]any{"holidays": nil, "skip": []string{}}, "If-Match: "+made.Header.Get("ETag")).want(200)
		changed.shows("holidays", "<nil>", "spans.1.to", "2026-08-15")
		for location, body := range map[string]any{
			"body.spans[0].from": map[string]any{"name": "a", "spans": []map[string]any{{"from": "24/12/2026"}}},
			"body.spans[0].to":   map[string]any{"name": "a", "spans": []map[string]any{{"from": "2026-12-24", "to": "2026-12-23"}}},
			"body.holidays":      map[string]any{"name": "a", "holidays": "DE"},
			"body.skip[0]":       map[string]any{"name": "a", "holidays": "FR", "skip": []string{"good_friday"}},
			"body.spans":         map[string]any{"name": "a"},
		} {
			if f := h.post("/api/v1/special-dates", body).refused(422, "dates_malformed"); f.Location != location || f.Row != "T7" {
				t.Errorf("refused at %s by %s, want %s", f.Location, f.Row, location)
			}
		}
		h.post("/api/v1/special-dates", map[string]any{"name": "FERMETURE", "holidays": "FR"}).refused(409, "name_taken")
		h.remove(at).want(204)
	})
}

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestSpec_T9_FrenchHolidaysAreReady(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		h.get("/api/v1/special-dates/holidays?calendar=FR&year=2026", "Accept-Language: fr").want(200).shows(
			"data.0.date", "2026-01-01", "data.1.holiday", "easter_monday", "data.1.date", "2026-04-06", "data.1.name", "Lundi de Pâques",
		)
		alsace := h.get("/api/v1/special-dates/holidays?calendar=FR-67&year=2026").want(200)
		if !strings.Contains(alsace.Text, "2026-12-26") {
			t.Errorf("Alsace works on 26 December: %s", alsace.Text)
		}
		h.get("/api/v1/special-dates/holidays?calendar=XX").refused(422, "value_unknown")
		if text := h.get("/api/v1/special-dates/calendars").want(200).Text; !strings.Contains(text, "FR-974") {
			t.Errorf("the calendars are %s", text)
		}
	})
}

func TestSpec_O12_ContactsAreFoundByANumberInAnyForm(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		tag := h.post("/api/v1/tags", map[string]any{"name": "Client"}).want(201).at("id")
		made := h.post("/api/v1/contacts", map[string]any{
			"name": "Zoé Müller", "company": "Boulangerie", "numbers": []string{"06 39 98 01 01", "00 49 151 12345678"}, "emails": []string{"Zoe@Pain.test"},
			"tag_ids": []string{tag}, "vip": true,
		}).want(201).shows(
			"numbers.0.number", "+33639980101", "numbers.0.number_display", "06 39 98 01 01", "numbers.1.number", "+4915112345678", "emails.0", "zoe@pain.test",
			"vip", "true",
		)
		at := "/api/v1/contacts/" + made.at("id")
		for _, form := range []string{"0639980101", "%2B33639980101", "0033639980101", "06.39.98.01.01", "06%2039%2098%2001%2001"} {
			h.get("/api/v1/contacts/lookup?phone="+form).want(200).shows("id", made.at("id"))
		}
		h.get("/api/v1/contacts/lookup?phone=0639980102").refused(404, "not_found")
		h.get("/api/v1/contacts/lookup?phone=%20").refused(422, "number_malformed")
		for q, want := range map[string]string{
			"zoe": "Zoé Müller", "mull": "Zoé Müller", "boul": "Zoé Müller", "pain": "Zoé Müller", "0639980": "Zoé Müller", "zo%C3%A9%20b": "Zoé Müller", "x": "",
		} {
			if got := names(h.get("/api/v1/contacts/search?q=" + q).want(200)); got != want {
				t.Errorf("%s finds %q", q, got)
			}
		}
		h.get("/api/v1/contacts/search").refused(422, "invalid_request")

		taken := h.post("/api/v1/contacts", map[string]any{"name": "Other", "numbers": []string{"0199001234", "+33 6 39 98 01 01"}})
		if f := taken.refused(409, "contact_number_taken"); f.Location != "body.numbers[1]" {
			t.Errorf("refused at %s", f.Location)
		}
		for code, body := range map[string]any{
			"number_malformed": map[string]any{"name": "Other", "numbers": []string{"12"}}, "contact_empty": map[string]any{"note": "nobody"},
			"email_malformed": map[string]any{"name": "a", "emails": []string{"not one"}}, "unknown": map[string]any{"name": "a", "tag_ids": []string{"tag_none"}},
		} {
			h.post("/api/v1/contacts", body).refused(422, code)
		}
		h.remove("/api/v1/tags/"+tag).refused(409, "in_use")
		h.patch(at, map[string]any{"tag_ids": nil, "numbers": []string{"0199001234"}, "note": "two\nlines"}).want(200).shows(
			"numbers.0.number", "+33199001234", "tag_ids", "[]", "note", "two\nlines",
		)
		h.get("/api/v1/contacts?tag_id="+tag+"&count=true").want(200).shows("total_count", "0")
		h.remove("/api/v1/tags/" + tag).want(204)
		h.remove(at).want(204)
		h.get("/api/v1/contacts/lookup?phone=0199001234").refused(404, "not_found")
	})
}

func TestBlockList(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/block-list", map[string]any{"number": "06 39 98 09 99", "note": "insists"}).want(201).shows("number", "+33639980999")
		h.post("/api/v1/block-list", map[string]any{"number": "+33639980999"}).refused(409, "number_blocked")
		h.post("/api/v1/block-list", map[string]any{"number": "anonymous"}).refused(422, "number_malformed")
		for _, a := range h.store.Snapshot().Accounts {
			if _, blocked := a.Blocked["+33639980999"]; !blocked {
				t.Error("the switchboard does not know it")
			}
		}
		h.patch("/api/v1/block-list/"+made.at("id"), map[string]any{"note": ""}).want(200).shows("note", "")
		h.remove("/api/v1/block-list/" + made.at("id")).want(204)
	})
}

func TestSettingsOfTheAccount(t *testing.T) {
	onBoth(t, acme+"\n[[accounts]]\nname = \"Other\"\n", func(h *house) {
		h.get("/api/v1/settings").refused(422, "account_needed")
		as := people(h, provisioning.RoleAdmin, provisioning.RoleAgent)
		admin := h.showing(as[provisioning.RoleAdmin])
		was := admin.get("/api/v1/settings").want(200).shows("timezone", "Europe/Paris", "offline_after_seconds", "10", "away_after_missed", "0")
		admin.patch("/api/v1/settings", map[string]any{"timezone": "Indian/Reunion", "away_after_missed": 3, "offline_after_seconds": 2.5, "language": "en"},
			"If-Match: "+was.Header.Get("ETag")).
			want(200).shows("timezone", "Indian/Reunion", "away_after_missed", "3", "offline_after_seconds", "2.5", "language", "en")
		admin.patch("/api/v1/settings", map[string]any{"timezone": nil}, "If-Match: "+was.Header.Get("ETag")).refused(412, "stale")
		for code, body := range map[string]any{
			"timezone_unknown": map[string]any{"timezone": "Mars/Olympus"}, "country_malformed": map[string]any{"country": "fr"},
			"value_unknown": map[string]any{"language": "de"}, "out_of_range": map[string]any{"offline_after_seconds": 1e9}, "text_needed": map[string]any{"name": nil},
		} {
			admin.patch("/api/v1/settings", body).refused(422, code)
		}
		other := "Other"
		if was.at("name") == other {
			other = "Acme"
		}
		admin.patch("/api/v1/settings", map[string]any{"name": other}).refused(409, "name_taken")
		h.showing(as[provisioning.RoleAgent]).patch("/api/v1/settings", map[string]any{"name": "Mine"}).refused(403, "forbidden")
	})
}

func TestKeyIsToldOnceAndOpensWhatItMay(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/api-keys", map[string]any{"name": "CRM", "scopes": []string{"contacts:*", "users:read"}}).want(201)
		shown := made.at("key")
		if !strings.HasPrefix(shown, "pk_live_") || len(shown) != len("pk_live_")+43 {
			t.Errorf("the key is %q", shown)
		}
		at := "/api/v1/api-keys/" + made.at("id")
		for _, a := range []*answer{h.get(at).want(200).shows("hint", shown[:12], "key", "<none>"), h.get("/api/v1/api-keys").want(200)} {
			if strings.Contains(a.Text, shown) {
				t.Error("the key is told again")
			}
		}
		h.get(at).want(200).shows("last_used_at", "<nil>")
		crm := h.showing("Authorization: Bearer " + shown)
		crm.post("/api/v1/contacts", map[string]any{"name": "Zoé"}).want(201)
		crm.get("/api/v1/users").want(200)
		if used := h.get(at).want(200).at("last_used_at"); len(used) < 20 {
			t.Errorf("it was last used at %s", used)
		}
		crm.post("/api/v1/users", map[string]any{"name": "a", "email": "a@b.c"}).refused(403, "forbidden")
		crm.post("/api/v1/api-keys", map[string]any{"name": "x", "scopes": []string{"users:*"}}).refused(403, "forbidden")

		h.patch(at, map[string]any{"scopes": []string{"users:read"}}).want(200).shows("scopes.0", "users:read")
		crm.get("/api/v1/contacts").refused(403, "forbidden")
		h.patch(at, map[string]any{"expires_at": "2020-01-01T00:00:00Z"}).want(200)
		crm.get("/api/v1/users").refused(401, "unauthorized")
		h.patch(at, map[string]any{"expires_at": nil}).want(200).shows("expires_at", "<nil>")
		crm.get("/api/v1/users").want(200)
		for code, body := range map[string]any{
			"scopes_needed": map[string]any{"name": "a", "scopes": []string{}}, "scope_unknown": map[string]any{"name": "a", "scopes": []string{"own"}},
			"expired": map[string]any{"name": "a", "scopes": []string{"users:read"}, "expires_at": "2020-01-01T00:00:00Z"},
			"twice":   map[string]any{"name": "a", "scopes": []string{"users:read", "users:read"}},
			"unknown": map[string]any{"name": "a", "scopes": []string{"users:read"}, "team_ids": []string{"team_none"}},
		} {
			h.post("/api/v1/api-keys", body).refused(422, code)
		}
		h.post("/api/v1/api-keys", map[string]any{"name": "crm", "scopes": []string{"users:read"}}).refused(409, "name_taken")

		some := h.post("/api/v1/api-keys", map[string]any{"name": "Some", "scopes": []string{"system:*"}}).want(201).at("key")
		few := h.showing("Authorization: Bearer " + some)
		few.post("/api/v1/api-keys", map[string]any{"name": "more", "scopes": []string{"users:write"}}).refused(403, "scope_not_held")
		few.post("/api/v1/api-keys", map[string]any{"name": "less", "scopes": []string{"system:read"}}).want(201)

		h.remove(at).want(204)
		crm.get("/api/v1/users").refused(401, "unauthorized")
	})
}
