package web_test

import (
	"strings"
	"testing"

	"tandem/provisioning"
	"tandem/store"
)

// wanted is what the first person says.
func wanted(token string) map[string]any {
	return map[string]any{
		"token": token, "company": map[string]string{"name": "Boulangerie", "language": "fr", "country": "fr", "timezone": "Europe/Paris"},
		"admin": map[string]string{"name": "Anne", "email": "Anne@acme.test", "password": "correct horse battery"},
	}
}

// The first person makes their company and themselves with the link that the program printed: once, and nobody after them.
func TestTheFirstPersonSetsTheHouseUp(t *testing.T) {
	onBoth(t, "", func(h *house) {
		t := h.t
		nobody := h.showing()
		nobody.get("/api/v1/setup").want(200).shows("open", "true", "steps", "[]")
		nobody.post("/api/v1/setup", wanted("guess")).refused(401, "setup_link")
		path, err := h.desk.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, token, is := strings.Cut(path, "/setup#token=")
		if !is {
			t.Fatalf("the path is %s", path)
		}
		second := h.post("/api/v1/setup/link", nil).want(200).at("token")
		nobody.post("/api/v1/setup", wanted(token)).refused(401, "setup_link")
		weak := wanted(second)
		weak["admin"].(map[string]string)["password"] = "short"
		if f := nobody.post("/api/v1/setup", weak).refused(422, "password_short"); f.Location != "body.admin.password" {
			t.Errorf("the fault is at %s", f.Location)
		}
		nameless := wanted(second)
		nameless["company"].(map[string]string)["name"] = " "
		if f := nobody.post("/api/v1/setup", nameless).refused(422, "text_needed"); f.Location != "body.company.name" {
			t.Errorf("the fault is at %s", f.Location)
		}
		lost := wanted(second)
		lost["admin"].(map[string]string)["email"] = "nobody"
		if f := nobody.post("/api/v1/setup", lost).refused(422, "email_malformed"); f.Location != "body.admin.email" {
			t.Errorf("the fault is at %s", f.Location)
		}
		nobody.get("/api/v1/setup").shows("open", "true") // nothing half done
		made := nobody.post("/api/v1/setup", wanted(second)).want(200).shows("user.role", "owner", "user.email", "anne@acme.test")
		anne := h.showing(cookieOf(made.Cookies[0]))
		anne.get("/api/v1/me").want(200).shows("extension", "201", "account.name", "Boulangerie", "account.country", "FR", "account.timezone", "Europe/Paris")
		anne.get("/api/v1/setup").want(200).shows("open", "false", "steps.0.name", "carrier", "steps.0.done", "false", "steps.3.name", "people", "steps.3.done", "false")
		anne.post("/api/v1/users", map[string]string{"name": "Bob", "email": "bob@acme.test"}).want(201)
		anne.get("/api/v1/setup").shows("steps.3.done", "true")
		nobody.post("/api/v1/setup", wanted(second)).refused(401, "setup_link")
		h.post("/api/v1/setup/link", nil).refused(409, "setup_done")
		if path, err := h.desk.SetupLink(t.Context()); path != "" || err != nil {
			t.Errorf("a link when all is done: %q, %v", path, err)
		}
	})
}

// A company that a site file declared without an administrator is not made twice; of several nobody is the first.
func TestTheFirstPersonOfADeclaredCompany(t *testing.T) {
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, acme)
	as := people(h, provisioning.RoleAgent)
	h.showing(as[provisioning.RoleAgent]).post("/api/v1/setup/link", nil).refused(403, "forbidden")
	token := h.post("/api/v1/setup/link", nil).want(200).at("token")
	made := h.showing().post("/api/v1/setup", wanted(token)).want(200)
	h.showing(cookieOf(made.Cookies[0])).get("/api/v1/me").want(200).shows("extension", "202", "account.name", "Boulangerie")
	two := openHouse(t, store.Config{DataDir: t.TempDir()}, framedAcme+framedZeta)
	token = two.post("/api/v1/setup/link", nil).want(200).at("token")
	two.showing().post("/api/v1/setup", wanted(token)).refused(409, "setup_accounts")
}
