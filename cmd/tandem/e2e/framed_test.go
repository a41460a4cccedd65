//go:build !race

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// inTheFrame signs somebody in as the panel does in a frame, and says so to the page around it.
const inTheFrame = `<!doctype html><title>Sign in</title><script>
fetch('/api/v1/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({email: 'alice@bakery.example', password: %q, embedded: true})})
	.then((r) => parent.postMessage({signedIn: r.status}, '*'));
</script>`

// front is what stands before an office with https: it counts which cookies come with the panel's own question of who is signed in.
type front struct {
	*httptest.Server

	panel, usual, plain atomic.Int64 // the panel's own cookie, the usual one, and one of no site in particular
}

// frontOf puts https before an office.
func frontOf(o *office) *front {
	to, err := url.Parse(o.site())
	o.ok(err)
	f := &front{}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/in-the-frame" {
			http.SetCookie(w, &http.Cookie{Name: "plain", Value: "1", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprintf(w, inTheFrame, bakeryPassword)
			return
		}
		if r.Method == http.MethodGet && r.URL.Path == "/api/v1/session" {
			for name, n := range map[string]*atomic.Int64{"__Host-tandem_cti": &f.panel, "__Host-tandem_session": &f.usual, "plain": &f.plain} {
				if _, err := r.Cookie(name); err == nil {
					n.Add(1)
				}
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	o.t.Cleanup(f.Close)
	return f
}

// In a page of another site by https, with the cookies of third parties blocked, the panel is signed in after a reload by the cookie that is its own there; another site's page has its own
// partition, in which nobody is signed in.
func TestThePanelStaysSignedInInAPageOfAnotherSite(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	o.passwords()
	f := frontOf(o)
	scripts := map[string]string{"/": levelOne, "/everywhere.js": everywhere(t)}
	crm := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		}
		_, _ = fmt.Fprint(w, scripts[r.URL.Path])
	}))
	t.Cleanup(crm.Close)
	named := func(name string, s *httptest.Server) string {
		_, port, err := net.SplitHostPort(s.Listener.Addr().String())
		o.ok(err)
		return "https://" + name + ":" + port
	}
	phone, theirs, others := named("phone.local", f.Server), named("crm.test", crm), named("desk.test", crm)
	o.patch("/api/v1/settings", fmt.Sprintf(`{"allowed_origins": [%q, %q]}`, theirs, others))
	o.stop(syscall.SIGTERM)
	path := filepath.Join(o.dir, "tandem.toml")
	config, err := os.ReadFile(path)
	o.ok(err)
	o.ok(os.WriteFile(path, append(fmt.Appendf(nil, "public_url = %q\n", phone), config...), 0o600))
	o.serve()

	c := browser.Start(t, browser.Options{
		Hosts: map[string]string{"phone.local": "127.0.0.1", "crm.test": "127.0.0.1", "desk.test": "127.0.0.1"}, Strict: true,
	})
	at := "/?at=" + url.QueryEscape(phone)
	p := c.Page(theirs + at)
	p.Until("to be signed in in the frame", fmt.Sprintf(`new Promise((done) => {
		addEventListener('message', (e) => e.data.signedIn && done(e.data.signedIn === 200));
		document.body.append(Object.assign(document.createElement('iframe'), {src: %q}));
	})`, phone+"/in-the-frame"))
	for range 2 {
		p.Reload()
		p.Until("onLogin", "last('login')?.user.email === 'alice@bakery.example'")
	}
	if f.panel.Load() < 2 || f.usual.Load() != 0 || f.plain.Load() != 0 {
		t.Errorf("cookies: the panel's own %d times, the usual one %d, one without a partition %d", f.panel.Load(), f.usual.Load(), f.plain.Load())
	}
	p.Close() // it asks no more
	before := f.panel.Load()
	q := c.Page(others + at)
	q.Until("the panel", "document.querySelector('iframe')")
	q.Until("nobody to be signed in", "new Promise((done) => workspace.isLoggedIn((yes) => done(!yes)))")
	if f.panel.Load() != before {
		t.Error("another site's page has the cookie of the first one")
	}
}
