package web

import (
	"bufio"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// shells is an interface with every shell, a script, a chunk and the loader.
func shells() fstest.MapFS {
	page := func(script string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`<!doctype html><html lang="en"><head><title>Tandem</title><script type="module" src="/` + script + `"></script></head><body></body></html>`)}
	}
	script := &fstest.MapFile{Data: []byte(strings.Repeat("export {};\n", 100))}
	return fstest.MapFS{
		shellApp: page("app.js"), shellCTI: page("cti.js"), shellHandset: page("handset.js"), shellCRM: page("crm.js"),
		"app.js": script, "cti.js": script, "handset.js": script, "crm.js": script, "embed.js": script, "chunks/flow-4F7YQ2BM.js": script,
		"LICENSES.txt": {Data: []byte("MIT")},
	}
}

// openPages is a front desk with an interface that somebody works on.
func openPages(t *testing.T, ui fs.FS, cfg Config) string {
	t.Helper()
	o := newOffice()
	cfg.APIKey, cfg.UI, cfg.Log = testKey, ui, slog.New(slog.DiscardHandler)
	s, err := New(cfg, Rooms{Records: oneTrunk{}, Book: o, Switchboard: o, Trunks: o, Office: o, Directory: o, System: o})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler(Outside))
	t.Cleanup(srv.Close)
	return srv.URL
}

// obeys checks the headers that every page and file has.
func obeys(t *testing.T, path string, h http.Header) {
	t.Helper()
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src", "frame-ancestors", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s: the policy %q has no %s", path, policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "http:") {
		t.Errorf("%s: the policy lets too much in: %q", path, policy)
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Permissions-Policy"), "microphone=(self)") {
		t.Errorf("%s: %v", path, h)
	}
	if h.Get("X-Frame-Options") != "" {
		t.Errorf("%s: frame-ancestors rules, and X-Frame-Options speaks too", path)
	}
}

// Every page that there is, and every file that was built in, comes with the headers that keep others out, and with nothing that they would refuse.
func TestEveryPageAndFileObeysThePolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|<style|\son[a-z]+=|javascript:|\sstyle=`)
	built := open(t, newOffice())
	paths := []string{"/", "/enter", "/docs", "/login", "/setup", "/dashboard", "/dashboard/numbers/num_1", "/inbox/x", "/settings", "/cti", "/cti/login", "/nowhere", "/healthz", "/openapi.yaml", "/api/v1/calls", "/licenses", "/app.html", "/crm", "/handset"}
	for _, name := range built.pages.own.Names() {
		paths = append(paths, "/page/"+name)
	}
	for _, name := range built.pages.ui.Names() {
		paths = append(paths, "/"+name)
	}
	if len(paths) < 30 {
		t.Fatalf("only %d paths", len(paths))
	}
	other := openPages(t, shells(), Config{Demo: true})
	for _, base := range []string{built.url, other} {
		for _, path := range paths {
			resp, text := ask(t, "GET", base+path, "", "Accept: text/html")
			obeys(t, path, resp.Header)
			if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && inline.MatchString(text) {
				t.Errorf("%s: something is written into the page itself: %s", path, inline.FindString(text))
			}
		}
	}
}

// Each address shows its shell; what is no page is told of as such, and the demonstration's pages are in the demonstration alone.
func TestPagesAreServed(t *testing.T) {
	demo, plain := openPages(t, shells(), Config{Demo: true}), openPages(t, shells(), Config{})
	html := "Accept: text/html,*/*"
	for _, c := range []struct {
		base, path, script string
		status             int
	}{
		{plain, "/", "app.js", 200},
		{plain, "/inbox/conversations/cnv_1", "app.js", 200},
		{plain, "/people", "app.js", 200},
		{plain, "/calls/call_1", "app.js", 200},
		{plain, "/settings/profile", "app.js", 200},
		{plain, "/dashboard", "app.js", 200},
		{plain, "/dashboard/numbers/num_1/teams", "app.js", 200},
		{plain, "/login", "app.js", 200},
		{plain, "/setup", "app.js", 200},
		{plain, "/cti", "cti.js", 200},
		{plain, "/cti/login", "cti.js", 200},
		{plain, "/no-such-page", "app.js", 404},
		{plain, "/crm", "app.js", 404},
		{plain, "/handset.js", "app.js", 404},
		{plain, "/app.html", "app.js", 404},
		{plain, "/page/docs.html", "app.js", 404},
		{plain, "/../server.go", "app.js", 404},
		{demo, "/crm", "crm.js", 200},
		{demo, "/handset", "handset.js", 200},
	} {
		resp, text := ask(t, "GET", c.base+c.path, "", html)
		if resp.StatusCode != c.status || !strings.Contains(text, `src="/`+c.script+`"`) || resp.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %s %s", c.path, resp.Status, text)
		}
	}
	if resp, text := ask(t, "GET", plain+"/no-such-page", "", "Accept: */*"); resp.StatusCode != http.StatusNotFound || !strings.Contains(text, `"code":"not_found"`) {
		t.Errorf("a program that asks for nothing: %s %s", resp.Status, text)
	}
	if resp, text := ask(t, "POST", plain+"/inbox", "x", html); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("posted to a page: %s %s", resp.Status, text)
	}
	if resp, _ := ask(t, "HEAD", plain+"/dashboard", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %s", resp.Status)
	}
}

// Files are kept for good where their name says what is in them; the loader may be taken by pages of others.
func TestFilesOfTheInterface(t *testing.T) {
	base := openPages(t, shells(), Config{})
	for path, want := range map[string]struct{ kind, cache string }{
		"/app.js":                   {"text/javascript; charset=utf-8", "no-cache"},
		"/chunks/flow-4F7YQ2BM.js":  {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/licenses":                 {"text/plain; charset=utf-8", "no-cache"},
		"/page/docs.js":             {"text/javascript; charset=utf-8", "no-cache"},
		"/page/i18n/fr.json":        {"application/json", "no-cache"},
		"/page/icon.svg":            {"image/svg+xml", "no-cache"},
		"/embed.js":                 {"text/javascript; charset=utf-8", "no-cache"},
		"/healthz":                  {"text/plain; charset=utf-8", ""},
		"/api/v1/no-such-operation": {"application/problem+json", "no-store"},
	} {
		resp, _ := ask(t, "GET", base+path, "")
		if resp.Header.Get("Content-Type") != want.kind || resp.Header.Get("Cache-Control") != want.cache {
			t.Errorf("%s: %s %v", path, resp.Status, resp.Header)
		}
		open := resp.Header.Get("Cross-Origin-Resource-Policy") == "cross-origin" && resp.Header.Get("Access-Control-Allow-Origin") == "*"
		if open != (path == "/embed.js") {
			t.Errorf("%s: open to pages of others: %v", path, open)
		}
		if etag := resp.Header.Get("ETag"); etag != "" {
			if again, text := ask(t, "GET", base+path, "", "If-None-Match: "+etag); again.StatusCode != http.StatusNotModified || text != "" {
				t.Errorf("%s: asked whether it changed: %s", path, again.Status)
			}
		}
	}
}

// The panel is the one page that others may frame; the window in which one signs in for it stays known to it.
func TestFramesAndWindows(t *testing.T) {
	base := openPages(t, shells(), Config{PublicURL: "https://phone.example.fr/"})
	for path, want := range map[string]struct{ ancestors, opener, resource string }{
		"/":          {"frame-ancestors 'self'", "same-origin", "same-origin"},
		"/dashboard": {"frame-ancestors 'self'", "same-origin", "same-origin"},
		"/cti":       {"frame-ancestors 'self'", "same-origin", "cross-origin"},
		"/cti/login": {"frame-ancestors 'none'", "unsafe-none", "same-origin"},
	} {
		resp, _ := ask(t, "GET", base+path, "")
		h := resp.Header
		if !strings.HasSuffix(h.Get("Content-Security-Policy"), want.ancestors) || h.Get("Cross-Origin-Opener-Policy") != want.opener || h.Get("Cross-Origin-Resource-Policy") != want.resource {
			t.Errorf("%s: %v", path, h)
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "connect-src 'self' wss://phone.example.fr;") {
			t.Errorf("%s: our own socket is not allowed: %v", path, h)
		}
	}
}

// Whoever works on the interface sees what they wrote, and their page reloads by itself.
func TestPagesReloadWhileSomebodyWorksOnThem(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("app.html", "<html><head></head></html>")
	write("app.js", "1;")
	base := openPages(t, os.DirFS(dir), Config{})
	if _, text := ask(t, "GET", base+"/", ""); !strings.Contains(text, `src="/dev/reload.js"`) {
		t.Error("the page does not listen")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/dev/reload", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for heard := false; !heard && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "retry:") {
			write("app.js", "12;")
		}
		heard = lines.Text() == "event: reload"
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	if _, text := ask(t, "GET", base+"/app.js", ""); text != "12;" {
		t.Errorf("the file is as it was: %s", text)
	}
	built := open(t, newOffice())
	if resp, text := ask(t, "GET", built.url+"/dev/reload", "", "Accept: text/event-stream"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("pages reload where nobody works on them: %s %s", resp.Status, text)
	}
}
