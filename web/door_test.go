package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Every error is a problem with a stable code, a title in the reader's language, and the id of the request.
func TestProblems(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	o.bookDown = errors.New("password=geheim at /var/lib")
	for _, c := range []struct {
		path, code, title string
		status            int
		headers           []string
	}{
		{"/api/v1/calls/nobody", "not_found", "Introuvable", 404, []string{withKey, "Accept-Language: fr-FR,fr;q=0.9"}},
		{"/api/v1/nothing", "not_found", "Not found", 404, []string{withKey}},
		{"/api/v1/calls?limit=500", "invalid_request", "The request is not right", 422, []string{withKey}},
		{"/api/v1/calls?outcom=missed", "invalid_request", "The request is not right", 422, []string{withKey}},
		{"/api/v1/calls", "internal", "Internal error", 500, []string{withKey}},
		{"/api/v1/calls", "unauthorized", "Not signed in", 401, nil},
		{"/api/v1/calls", "unauthorized", "Not signed in", 401, []string{"Authorization: Bearer wrong"}},
		{"/api/v1/nothing", "unauthorized", "Not signed in", 401, nil},
		{"/api/v1/trunks/trk_9/status", "not_found", "Not found", 404, []string{withKey}},
	} {
		resp, text := ask(t, "GET", d.url+c.path, "", append(c.headers, "X-Request-Id: my-request")...)
		var p ProblemError
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Errorf("%s: %v in %s", c.path, err, text)
			continue
		}
		if resp.StatusCode != c.status || p.Status != c.status || p.Code != c.code || p.Title != c.title || p.RequestID != "my-request" {
			t.Errorf("%s: %s %s", c.path, resp.Status, text)
		}
		if ct := resp.Header.Get("Content-Type"); ct != "application/problem+json" {
			t.Errorf("%s: content type %q", c.path, ct)
		}
		if strings.Contains(text, "geheim") {
			t.Errorf("%s tells what it should not: %s", c.path, text)
		}
	}
}

func TestKeysAndSessions(t *testing.T) {
	d := open(t, newOffice())
	refused := 0
	d.OnRefused(func() { refused++ })
	info := d.url + "/api/v1/system/info"
	if resp, _ := ask(t, "GET", d.loc+"/api/v1/system/info", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("the control socket asks for a key: %s", resp.Status)
	}
	if resp, _ := ask(t, "GET", info, "", "Authorization: Basic dTp"+"wa190ZXN0XzAxMjM0NTY3ODlhYmNkZWY="); resp.StatusCode != http.StatusOK {
		t.Errorf("the key as a Basic password: %s", resp.Status)
	}
	if resp, _ := ask(t, "POST", d.url+"/enter", `{"key":"guess"}`, "Content-Type: application/json"); resp.StatusCode != http.StatusUnauthorized || refused != 1 {
		t.Errorf("a wrong key: %s, refused %d", resp.Status, refused)
	}
	for _, key := range []string{"one-click-key", testKey} {
		resp, _ := ask(t, "POST", d.url+"/enter", `{"key":"`+key+`"}`, "Content-Type: application/json")
		if len(resp.Cookies) != 1 {
			t.Fatalf("no session: %s", resp.Status)
		}
		c := resp.Cookies[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %s", c)
		}
		cookie := "Cookie: " + c.Name + "=" + c.Value
		if resp, _ := ask(t, "GET", info, "", cookie); resp.StatusCode != http.StatusOK {
			t.Errorf("with a session: %s", resp.Status)
		}
		if resp, _ := ask(t, "GET", info, "", cookie+"A"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("with a forged session: %s", resp.Status)
		}
		if resp, _ := ask(t, "GET", info, "", cookie, "Authorization: Bearer wrong"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("a wrong key beside a session: %s", resp.Status)
		}
		if resp, _ := ask(t, "POST", d.url+"/api/v1/site", "x", cookie, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); resp.StatusCode != http.StatusForbidden {
			t.Errorf("from another site: %s", resp.Status)
		}
	}
	var s sessions
	if err := s.open(t.Context(), &memory{}); err != nil {
		t.Fatal(err)
	}
	v := s.issue(sealed{until: begin, user: "usr_1"})
	if what, good := s.read(v, begin.Add(-time.Second)); good != rightKey || what.user != "usr_1" {
		t.Errorf("a session: %+v, %v", what, good)
	}
	if _, good := s.read(v, begin.Add(time.Second)); good == rightKey {
		t.Error("a session does not end when it should")
	}
}

// Without a key nobody gets in from outside, not even with an empty one.
func TestNoKeyMeansNobody(t *testing.T) {
	o := newOffice()
	s, err := New(Config{Log: slog.New(slog.DiscardHandler)}, Rooms{Book: o, Switchboard: o, Trunks: o, Office: o, Directory: o, System: o})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler(Outside))
	defer srv.Close()
	for _, auth := range []string{"Bearer ", "Bearer", "Basic Og=="} {
		if resp, text := ask(t, "GET", srv.URL+"/api/v1/calls", "", "Authorization: "+auth); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "http.api_key") {
			t.Errorf("%q: %s %s", auth, resp.Status, text)
		}
	}
	if resp, _ := ask(t, "POST", srv.URL+"/enter", `{"key":""}`, "Content-Type: application/json"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed in with nothing: %s", resp.Status)
	}
}

func TestHealth(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	if resp, text := ask(t, "GET", d.url+"/healthz", ""); resp.StatusCode != http.StatusOK || text != "ok\n" {
		t.Errorf("healthz: %s %q", resp.Status, text)
	}
	if resp, _ := ask(t, "GET", d.url+"/readyz", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("readyz: %s", resp.Status)
	}
	o.unready = errors.New("disk full")
	if resp, text := ask(t, "GET", d.url+"/readyz", ""); resp.StatusCode != http.StatusServiceUnavailable || text != "not ready\n" {
		t.Errorf("readyz: %s %q", resp.Status, text)
	}
	resp, text := ask(t, "GET", d.url+"/readyz?verbose", "")
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `{"name":"database","ok":false,"text":"disk full"}`) || !strings.Contains(text, `"up":true`) {
		t.Errorf("readyz?verbose: %s %s", resp.Status, text)
	}
}

func TestARequestIDThatIsNoneIsNotEchoed(t *testing.T) {
	d := open(t, newOffice())
	if resp, _ := ask(t, "GET", d.url+"/healthz", "", "X-Request-Id: a b\tc"); resp.Header.Get("X-Request-Id") == "a b\tc" {
		t.Error("a request id that is none is echoed")
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	d := open(t, newOffice())
	resp, text := ask(t, "POST", d.url+"/api/v1/site", strings.Repeat("#", maxBody+1), withKey)
	if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, `"code":"too_large"`) {
		t.Errorf("%s %s", resp.Status, text)
	}
}

func TestOpenAPIDescribesEveryCall(t *testing.T) {
	d := open(t, newOffice())
	resp, text := ask(t, "GET", d.url+"/openapi.json", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil || resp.StatusCode != http.StatusOK || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	for _, p := range []string{"/api/v1/calls", "/api/v1/calls/live", "/api/v1/calls/{id}", "/api/v1/calls/{id}/timeline", "/api/v1/calls/{id}/legs", "/api/v1/calls/{id}/sip", "/api/v1/calls/{id}/sip.txt", "/api/v1/trunks", "/api/v1/trunks/{id}/status", "/api/v1/site", "/api/v1/system/info"} {
		if _, has := doc.Paths[p]; !has {
			t.Errorf("%s is not described", p)
		}
	}
	if resp, text := ask(t, "GET", d.url+"/docs", ""); resp.StatusCode != http.StatusOK || strings.Contains(text, "http:") || strings.Contains(text, "https:") {
		t.Errorf("/docs, which needs nothing from outside: %s %s", resp.Status, text)
	}
	if resp, text := ask(t, "GET", d.url+"/docs/codes.json", "", "Accept-Language: fr"); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"rate_limited"`) || !strings.Contains(text, "limite par minute") {
		t.Errorf("codes: %s %s", resp.Status, text)
	}
}
