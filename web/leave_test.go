package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tandem/provisioning"
)

const linesOfAlice = `
[[accounts]]
name = "Acme"

[[users]]
name = "Alice"
email = "alice@acme.test"
extension = "204"

[[users]]
name = "Bruno"
email = "bruno@acme.test"

[[teams]]
name = "Support"
users = ["alice@acme.test", "bruno@acme.test"]

[[teams]]
name = "Unrung"
users = ["alice@acme.test"]

[[flows]]
name = "Main"
start = "ring"
  [[flows.nodes]]
  id = "ring"
  type = "ring_to"
  config = { target = { team = "Support" }, ring_for_seconds = 30 }
  next = { unanswered = "end" }
  [[flows.nodes]]
  id = "end"
  type = "hangup"

[[numbers]]
e164 = "+33639980101"
kind = "direct"
users = ["alice@acme.test"]

[[numbers]]
e164 = "+33199001234"
flow = "Main"
users = ["alice@acme.test", "bruno@acme.test"]
teams = ["Support", "Unrung"]
`

func TestSpec_D21_ADirectNumberWaitsForANewUser(t *testing.T) {
	onBoth(t, linesOfAlice, func(h *house) {
		alice := h.get("/api/v1/users?q=alice").want(200).at("data.0.id")
		h.get("/api/v1/users/"+alice+"/numbers").want(200).shows("data.0.number", "+33199001234", "data.1.number", "+33639980101", "data.1.kind", "direct")
		h.remove("/api/v1/users/" + alice).want(204)

		snapshot := h.store.Snapshot()
		direct, shared := snapshot.Numbers["+33639980101"], snapshot.Numbers["+33199001234"]
		if direct.Kind != "direct" || len(direct.Users) != 0 || snapshot.Flows[direct.Flow] == nil {
			t.Errorf("the direct number is now %+v", direct)
		}
		if len(shared.Users) != 1 || len(shared.Teams) != 2 {
			t.Errorf("the shared line is now %+v", shared)
		}
		for _, team := range snapshot.Teams {
			for _, u := range team.Users {
				if string(u) == alice {
					t.Errorf("%s is still in the team %s", alice, team.Name)
				}
			}
		}
		var told strings.Builder
		page, err := h.store.Events(t.Context(), provisioning.EventFilter{Types: []string{provisioning.NumberWaits}})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			told.WriteString(e.Subject)
		}
		if told.String() != string(direct.ID) {
			t.Errorf("the admins are told of %q, want %s", told.String(), direct.ID)
		}
	})
}

func TestTeamThatAFlowRingsStays(t *testing.T) {
	onBoth(t, linesOfAlice, func(h *house) {
		ids := map[string]string{}
		var teams struct {
			Data []struct{ ID, Name string }
		}
		h.get("/api/v1/teams").want(200).into(&teams)
		for _, one := range teams.Data {
			ids[one.Name] = one.ID
		}
		if f := h.remove("/api/v1/teams/"+ids["Support"]).refused(409, "in_use"); !strings.Contains(f.Message, "the flow Main") {
			t.Errorf("it says %q", f.Message)
		}
		h.remove("/api/v1/teams/" + ids["Unrung"]).want(204)
		if n := h.store.Snapshot().Numbers["+33199001234"]; len(n.Teams) != 1 || string(n.Teams[0]) != ids["Support"] {
			t.Errorf("the shared line has the teams %v", n.Teams)
		}
	})
}

func TestTeamKeepsTheOrderOfItsUsers(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		a, b, c := hire(h, "Alice"), hire(h, "Bruno"), hire(h, "Chloe")
		order := func(ids ...string) string {
			raw, _ := json.Marshal(ids)
			return string(raw)
		}
		made := h.post("/api/v1/teams", map[string]any{"name": "Support", "user_ids": []string{c, a}, "must_tag": true}).want(201).shows("user_ids", order(c, a), "must_tag", "true")
		at := "/api/v1/teams/" + made.at("id")
		h.put(at+"/users/"+b, nil).want(200).shows("user_ids", order(c, a, b))
		h.put(at+"/users/"+b, nil).want(200).shows("user_ids", order(c, a, b))
		h.put(at+"/users/"+b+"?position=1", nil).want(200).shows("user_ids", order(b, c, a))
		h.remove(at+"/users/"+c).want(200).shows("user_ids", order(b, a))
		h.remove(at+"/users/"+c).refused(404, "not_found")
		h.put(at+"/users/usr_nobody", nil).refused(404, "not_found")
		h.patch(at, map[string]any{"user_ids": []string{a, a}}).refused(422, "twice")
		h.patch(at, map[string]any{"user_ids": []string{"usr_nobody"}}).refused(422, "unknown")
		h.patch(at, map[string]any{"name": "Ventes"}, "If-Match: "+made.Header.Get("ETag")).refused(412, "stale")
		h.get(at+"?expand=users").want(200).shows("user_ids", order(b, a), "users.0.name", "Bruno")
		h.post("/api/v1/teams", map[string]any{"name": "SUPPORT"}).refused(409, "name_taken")
		h.get("/api/v1/users/"+a+"?expand=teams").want(200).shows("teams.0.name", "Support")
	})
}

func TestTheLastOwnerStays(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		as := people(h, provisioning.RoleOwner, provisioning.RoleAdmin)
		owner, admin := h.showing(as[provisioning.RoleOwner]), h.showing(as[provisioning.RoleAdmin])
		at := "/api/v1/users/" + owner.get("/api/v1/me").want(200).at("id")
		other := "/api/v1/users/" + admin.get("/api/v1/me").want(200).at("id")
		h.remove(at).refused(409, "last_owner")
		owner.patch(at, map[string]any{"role": "admin"}).refused(409, "last_owner")
		for _, body := range []map[string]any{{"role": "agent"}, {"password": "taken over by an admin"}, {"email": "me@evil.test"}} {
			admin.patch(at, body).refused(403, "owners_only")
		}
		admin.remove(at).refused(403, "owners_only")
		admin.patch(other, map[string]any{"role": "owner"}).refused(403, "owners_only")
		owner.patch(other, map[string]any{"role": "owner"}).want(200)
		owner.patch(at, map[string]any{"role": "agent"}).want(200)
		owner.patch(at, map[string]any{"role": "owner"}).refused(403, "forbidden")
		admin.remove(at).want(204)
		owner.get("/api/v1/me").refused(401, "unauthorized")
	})
}

func TestDevicePasswordIsToldOnce(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		at := "/api/v1/users/" + hire(h, "Alice") + "/devices"
		made := h.post(at, map[string]any{"username": "alice.desk"}).want(201).shows("kind", "sip_phone", "aor", "alice.desk@tandem")
		password, id := made.at("password"), made.at("id")
		if len(password) < 20 {
			t.Errorf("the password is %q", password)
		}
		works := func(password string) bool {
			md5, sha := provisioning.HA1("alice.desk", "tandem", provisioning.Secret(password))
			d := h.store.Snapshot().Devices["alice.desk@tandem"]
			return d.HA1MD5 == string(md5) && d.HA1SHA256 == string(sha)
		}
		if !works(password) {
			t.Error("the password that was told is not the one that is kept")
		}
		list := h.get(at).want(200).shows("data.0.id", id, "data.0.password", "<none>")
		if strings.Contains(list.Text, password) {
			t.Error("the password is told again")
		}
		next := h.post(at+"/"+id+"/rotate-password", nil).want(200).at("password")
		if works(password) || !works(next) {
			t.Error("the old password works still, or the new one does not")
		}
		h.post(at, map[string]any{"username": "Alice.Desk"}).refused(409, "username_taken")
		h.post(at, map[string]any{"username": "a b"}).refused(422, "username_malformed")
		h.post(at, map[string]any{"kind": "fax"}).refused(422, "invalid_request")
		other := "/api/v1/users/" + hire(h, "Bruno") + "/devices/" + id
		h.remove(other).refused(404, "not_found")
		h.post(other+"/rotate-password", nil).refused(404, "not_found")
		h.remove(at + "/" + id).want(204)
		h.get(at).want(200).shows("data", "[]")
	})
}

func TestPersonSetsTheirPassword(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		as := people(h, provisioning.RoleAgent)
		agent := h.showing(as[provisioning.RoleAgent])
		set := func(current, next string) *answer {
			return agent.put("/api/v1/me/password", map[string]any{"current_password": current, "password": next})
		}
		set("wrong horse", "a new long password").refused(422, "password_wrong")
		set("correct horse battery", "short").refused(422, "password_short")
		nobody := h.showing()
		elsewhere := nobody.post("/api/v1/session", map[string]any{"email": "agent@acme.test", "password": "correct horse battery"}).want(200).Cookies[0]
		renewed := set("correct horse battery", "a new long password").want(204).Cookies
		h.showing("Cookie: "+elsewhere.Name+"="+elsewhere.Value).get("/api/v1/me").refused(401, "unauthorized")
		if len(renewed) != 1 || renewed[0].MaxAge < 3600 {
			h.t.Fatalf("who changed it gets %v", renewed)
		}
		h.showing("Cookie: " + renewed[0].Name + "=" + renewed[0].Value).get("/api/v1/me").want(200)
		nobody.post("/api/v1/session", map[string]any{"email": "agent@acme.test", "password": "correct horse battery"}).refused(401, "wrong_credentials")
		nobody.post("/api/v1/session", map[string]any{"email": "agent@acme.test", "password": "a new long password"}).want(200)
	})
}
