package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"tandem/provisioning"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// Two companies, each with pages of others in which its phone may be.
const (
	framedAcme = `
[[accounts]]
name = "Acme"
allowed_origins = ["https://crm.acme.test", "https://desk.acme.test:8443"]
`
	framedZeta = `
[[accounts]]
name = "Zeta"
allowed_origins = ["https://zeta.test"]
`
)

// byHTTPS is the same house to which people come by https.
func (h *house) byHTTPS() *house {
	h.t.Helper()
	s, err := web.New(web.Config{
		APIKey: key, Encrypted: true, PublicURL: "https://phone.acme.test", RequestsPerMinute: 1_000_000, Log: slog.New(slog.DiscardHandler),
		UI: fstest.MapFS{"app.html": {Data: []byte("<html></html>")}, "cti.html": {Data: []byte("<html></html>")}},
	}, web.Rooms{
		Records: h.store, Book: h.store, Directory: h.store, Office: siteOffice{h.store}, Versions: h.store, Events: h.store, Marks: h.store, Notices: h.store, Sounds: h.store, Trunks: quiet{}, Webhooks: h.store, Keeper: h.store, Audit: h.store,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler(web.Outside))
	h.t.Cleanup(server.Close)
	next := *h
	next.url, next.desk, next.shows = server.URL, s, nil
	return &next
}

func cookieOf(c *http.Cookie) string { return "Cookie: " + c.Name + "=" + c.Value }

// A frame in a page of another site has cookies of its own: a window of ours signs in, and hands a code over that is good once.
func TestAPanelIsSignedInByAWindow(t *testing.T) {
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, framedAcme).byHTTPS()
	as := people(h, provisioning.RoleAgent)
	storetest.Apply(t, h.store, framedZeta)
	window := h.showing(as[provisioning.RoleAgent])
	code := window.post("/api/v1/session/handoff", nil).want(200).at("code")
	frame := h.showing()
	entered := frame.post("/api/v1/session/embedded", map[string]string{"code": code}).want(200).shows("user.email", "agent@acme.test")
	c := entered.Cookies[0]
	if c.Name != "__Host-tandem_cti" || c.SameSite != http.SameSiteNoneMode || !c.Secure || !c.HttpOnly || !c.Partitioned || c.Path != "/" {
		t.Errorf("the cookie of the frame: %s", c)
	}
	frame.post("/api/v1/session/embedded", map[string]string{"code": code}).refused(401, "handoff_over")
	frame.post("/api/v1/session/embedded", map[string]string{"code": "GUESS"}).refused(401, "handoff_over")
	frame.post("/api/v1/session/handoff", nil).refused(401, "unauthorized")
	panel := h.showing(cookieOf(c))
	panel.get("/api/v1/session").want(200).shows("user.role", "agent")
	panel.get("/api/v1/me/cti").want(200).shows("allowed_origins", `["https://crm.acme.test","https://desk.acme.test:8443"]`)
	panel.get("/api/v1/session", "Cookie: __Host-tandem_session=forged; "+strings.TrimPrefix(cookieOf(c), "Cookie: ")).want(200)
	out := panel.remove("/api/v1/session").want(204)
	if len(out.Cookies) != 2 || out.Cookies[1].Name != "__Host-tandem_cti" || !out.Cookies[1].Partitioned || out.Cookies[1].MaxAge >= 0 {
		t.Errorf("signed out, %v", out.Cookies)
	}
	direct := frame.post("/api/v1/session", map[string]any{"email": "agent@acme.test", "password": "correct horse battery", "embedded": true}).want(200)
	if c := direct.Cookies[0]; c.Name != "__Host-tandem_cti" || !c.Partitioned {
		t.Errorf("signed in within the frame: %s", c)
	}
}

// Another password ends what a code is good for; and on plain http there is the usual cookie alone.
func TestACodeFollowsItsPerson(t *testing.T) {
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, acme)
	as := people(h, provisioning.RoleAgent)
	me := h.showing(as[provisioning.RoleAgent])
	code := me.post("/api/v1/session/handoff", nil).want(200).at("code")
	entered := h.showing().post("/api/v1/session/embedded", map[string]string{"code": code}).want(200)
	if c := entered.Cookies[0]; c.Name != "tandem_session" || c.SameSite != http.SameSiteLaxMode || c.Partitioned {
		t.Errorf("on plain http: %s", c)
	}
	code = me.post("/api/v1/session/handoff", nil).want(200).at("code")
	me.put("/api/v1/me/password", map[string]string{"current_password": "correct horse battery", "password": "battery horse correct"}).want(204)
	h.showing().post("/api/v1/session/embedded", map[string]string{"code": code}).refused(401, "handoff_over")
	h.post("/api/v1/session/handoff", nil).refused(404, "not_a_person")
}

// The panel may be shown by the pages that an account allows; of whom is signed in nobody else's.
func TestThePanelIsFramedByWhomTheAccountAllows(t *testing.T) {
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, framedAcme).byHTTPS()
	as := people(h, provisioning.RoleAdmin)
	storetest.Apply(t, h.store, framedZeta)
	ancestors := func(who *house, path string) string {
		_, after, _ := strings.Cut(who.get(path, "Accept: text/html").Header.Get("Content-Security-Policy"), "frame-ancestors ")
		return after
	}
	stranger := h.showing()
	if got := ancestors(stranger, "/cti"); got != "'self' https://crm.acme.test https://desk.acme.test:8443 https://zeta.test" {
		t.Errorf("before anybody signs in: %s", got)
	}
	admin := h.showing(as[provisioning.RoleAdmin])
	admin.patch("/api/v1/settings", map[string]any{"allowed_origins": []string{"https://crm.acme.test/", "https://evil.test; script-src *"}}).refused(422, "origin_malformed")
	admin.patch("/api/v1/settings", map[string]any{"allowed_origins": []string{"HTTPS://New.Acme.test:443/"}}).want(200).shows("allowed_origins", `["https://new.acme.test"]`)
	if got := ancestors(admin, "/cti"); got != "'self' https://new.acme.test" {
		t.Errorf("for one of Acme: %s", got)
	}
	if got := ancestors(admin, "/dashboard"); got != "'self'" {
		t.Errorf("the Dashboard is framed by %s", got)
	}
	admin.patch("/api/v1/settings", map[string]any{"allowed_origins": nil}).want(200).shows("allowed_origins", `[]`)
}
