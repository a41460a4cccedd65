//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

const bakeryPassword = "correct horse battery staple"

// site is where the office's pages are.
func (o *office) site() string { return "http://" + o.net + ".1:8080" }

// passwords gives everybody of the office one, with which they sign in.
func (o *office) passwords() {
	o.t.Helper()
	var all struct {
		Data []struct{ ID, Email string }
	}
	o.read("/api/v1/users", &all)
	for _, u := range all.Data {
		o.patch("/api/v1/users/"+u.ID, fmt.Sprintf(`{"password": %q}`, bakeryPassword))
	}
}

func (o *office) patch(path, body string) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.ctx, http.MethodPatch, "http://tandem"+path, strings.NewReader(body))
	o.ok(err)
	req.Header.Set("Content-Type", "application/merge-patch+json")
	resp, err := o.socket().Do(req)
	o.ok(err)
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		o.t.Fatalf("PATCH %s: %s", path, resp.Status)
	}
}

// signedIn opens a page of the office as somebody.
func (o *office) signedIn(c *browser.Chromium, email, path string) *browser.Page {
	o.t.Helper()
	p := c.Page(o.site() + "/login?lang=en&to=" + path)
	p.Fill("E-mail address", email)
	p.Fill("Password", bakeryPassword)
	p.Click("button", "Sign in")
	p.Until("to be signed in", "!location.pathname.startsWith('/login')")
	return p
}

// axeSource is axe-core, of the pages' own packages.
func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skip("axe-core is not installed: run npm ci in web")
	}
	return string(b)
}

// barriers fails the test for what keeps people from using a page.
func barriers(t *testing.T, p *browser.Page, axe string) {
	t.Helper()
	for _, v := range p.Axe(axe) {
		t.Errorf("%s: %s", p.URL(), v)
	}
}

// A stranger gets the way in, in both languages and themes, and wrong passwords are told apart from nothing.
func TestASignInInTheBrowser(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	o := open(t, "", demoSite)
	o.passwords()
	c := browser.Start(t, browser.Options{})
	p := c.Page(o.site() + "/")
	p.See("Sign in")
	for _, look := range []string{"?lang=en&theme=light", "?lang=fr&theme=dark"} {
		p.Go(o.site() + "/login" + look)
		p.Until("the page", "document.querySelector('input')")
		barriers(t, p, axe)
	}
	p.Go(o.site() + "/login?lang=en")
	p.Fill("E-mail address", "alice@bakery.example")
	p.Fill("Password", "wrong")
	p.Click("button", "Sign in")
	p.See("is not right")
	p.Fill("Password", bakeryPassword)
	p.Press("\r")
	p.Until("to be signed in", "location.pathname === '/'")
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}
