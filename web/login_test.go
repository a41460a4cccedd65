package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// people makes a user of each role, all with one password, and gives their cookies by role.
func people(h *house, roles ...provisioning.Role) map[provisioning.Role]string {
	h.t.Helper()
	password, err := provisioning.HashPassword("correct horse battery")
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[provisioning.Role]string{}
	for i, role := range roles {
		_, err := provisioning.Do(h.t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
			return st.Put(&provisioning.User{
				ID: routing.UserID(routing.NewID("usr", time.Now())), Account: st.Accounts[0].ID, Name: string(role), Email: string(role) + "@acme.test", Extension: fmt.Sprint(201 + i),
				Availability: "available", Password: password, Settings: provisioning.UserSettings{Role: role},
			})
		})
		if err != nil {
			h.t.Fatal(err)
		}
		cookies := h.showing().post("/api/v1/session", map[string]string{"email": strings.ToUpper(string(role)) + "@acme.test", "password": "correct horse battery"}).want(200).Cookies
		out[role] = "Cookie: " + cookies[0].Name + "=" + cookies[0].Value
	}
	return out
}

func TestPeopleSignInWithTheirPassword(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		as := people(h, provisioning.RoleAdmin, provisioning.RoleAgent)
		h.showing(as[provisioning.RoleAdmin]).get("/api/v1/session").want(200).shows("user.email", "admin@acme.test", "user.role", "admin", "key_id", "<nil>")
		h.showing(as[provisioning.RoleAdmin]).get("/api/v1/tags").want(200)
		h.showing(as[provisioning.RoleAgent]).post("/api/v1/site", "").refused(403, "forbidden")
		nobody := h.showing()
		wrong := nobody.post("/api/v1/session", map[string]string{"email": "admin@acme.test", "password": "wrong password!"})
		wrong.refused(401, "wrong_credentials")
		unknown := nobody.post("/api/v1/session", map[string]string{"email": "who@acme.test", "password": "wrong password!"})
		unknown.refused(401, "wrong_credentials")
		if wrong.at("detail") != unknown.at("detail") {
			t.Errorf("who exists is told: %q and %q", wrong.Text, unknown.Text)
		}
		gone := nobody.remove("/api/v1/session").want(204)
		if len(gone.Cookies) != 1 || gone.Cookies[0].MaxAge >= 0 {
			t.Errorf("signing out leaves the cookie: %v", gone.Cookies)
		}
	})
}

// Other rights, another password, or no user any more: the cookie is worth what the records say now, and nothing once a right was taken away.
func TestSessionFollowsItsUser(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		as := people(h, provisioning.RoleAdmin)
		me := h.showing(as[provisioning.RoleAdmin])
		change := func(f func(*provisioning.User)) {
			t.Helper()
			if _, err := provisioning.Do(t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
				u := *st.Users[0]
				f(&u)
				return st.Put(&u)
			}); err != nil {
				t.Fatal(err)
			}
		}
		change(func(u *provisioning.User) { u.Settings.Role = provisioning.RoleReadonly })
		me.get("/api/v1/session").refused(401, "unauthorized")
		change(func(u *provisioning.User) { u.Settings.Role = provisioning.RoleAdmin })
		me.get("/api/v1/session").want(200)
		change(func(u *provisioning.User) { u.Password = "pbkdf2-sha256$1$AAAA$AAAA" })
		me.get("/api/v1/session").refused(401, "unauthorized")
	})
}

func TestKeysOfTheRecords(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		shown, key, err := provisioning.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		put := func(f func(*provisioning.Key)) {
			t.Helper()
			if _, err := provisioning.Do(t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
				k := key
				k.ID, k.Account, k.Name, k.Created = "key_1", st.Accounts[0].ID, "reader", time.Now().Add(-time.Hour)
				f(&k)
				return st.Put(&k)
			}); err != nil {
				t.Fatal(err)
			}
		}
		put(func(k *provisioning.Key) { k.Scopes = []provisioning.Scope{provisioning.CallsRead, "messages:*"} })
		program := h.showing("Authorization: Bearer " + shown)
		program.get("/api/v1/session").want(200).shows("key_id", "key_1", "user", "<nil>")
		program.get("/api/v1/system/info").refused(403, "forbidden")
		if got := program.get("/api/v1/system/info", "Accept-Language: fr").at("detail"); got != "Il faut pour cela le droit system:read." {
			t.Errorf("in French: %s", got)
		}
		h.showing("Authorization: Bearer "+shown[:len(shown)-1]).get("/api/v1/session").refused(401, "unauthorized")
		put(func(k *provisioning.Key) {
			k.Scopes, k.Expires = []provisioning.Scope{provisioning.CallsRead}, time.Now().Add(-time.Second)
		})
		program.get("/api/v1/session").refused(401, "unauthorized")
	})
}
