package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
	"tandem/store/storetest"
)

const (
	patience = 30 * time.Second // for anything that must happen; what must not happen is checked by what came instead
	sipPort  = 5060
)

// street numbers the offices of this run, so that each has addresses of its own and tests can run side by side.
var street atomic.Uint32

// office is a running program with its site, and the world around it.
type office struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // the test's own: an office lives as long as its test
	dir  string
	net  string // "127.10.3": .1 is the program, .2 the carrier, .3 and up the phones
	db   string
	cmd  *exec.Cmd
	logs *said
	next int

	trusted *tls.Config // what a phone must trust to speak TLS with it
	done    chan struct{}
}

// onBoth runs a story on each database, beside others. Under the race detector SQLite will do: what differs is within the store, whose own tests run on both there too.
func onBoth(t *testing.T, site string, story func(o *office)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		story(open(t, "", site))
	})
	if raceEnabled {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		story(open(t, storetest.Postgres(t), site))
	})
}

// onEach runs a story on each database, alone: for one that sets the environment.
func onEach(t *testing.T, site string, story func(o *office)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(open(t, "", site)) })
	if raceEnabled {
		return
	}
	t.Run("postgres", func(t *testing.T) { story(open(t, storetest.Postgres(t), site)) })
}

// open applies the site and starts the program.
func open(t *testing.T, db, site string) *office {
	t.Helper()
	most := 10 * patience // of a whole story, with neighbours that keep the machine busy
	if len(long) > 0 {
		most = 6 * time.Hour
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), most, fmt.Errorf("the test took longer than %v", most))
	n := street.Add(1)
	o := &office{
		t: t, ctx: ctx, dir: t.TempDir(), db: db, next: 3,
		net: fmt.Sprintf("127.%d.%d", 100+(os.Getpid()+int(n)/250)%120, n%250), // 127.66 and 127.77 are those of other tests
	}
	sounds(t, o.dir)
	o.trusted = certificate(t, o.dir, o.net+".1")
	o.write("tandem.toml", fmt.Sprintf(`
data_dir = %q
drain_timeout = "60s"
[http]
listen = "%[3]s.1:8080"
[database]
url = %[2]q
[sip]
udp = "%[3]s.1:5060"
tcp = "%[3]s.1:5060"
tls = "%[3]s.1:5061"
tls_cert = %[4]q
tls_key = %[5]q
[media]
bind = "%[3]s.1"
[mobile]
diameter = "%[3]s.1:3868"
nchf = "%[3]s.1:8000"
[messages]
smpp = "%[3]s.1:2775"
[log]
level = "debug"
format = "json"
[observe]
metrics = ""
`, filepath.Join(o.dir, "data"), db, o.net, filepath.Join(o.dir, "cert.pem"), filepath.Join(o.dir, "key.pem")))
	o.apply(site)
	o.serve()
	t.Cleanup(func() {
		cancel()
		o.stop(syscall.SIGKILL)
		if t.Failed() {
			t.Logf("the program said:\n%s", tail(o.logs.String(), 12000))
		}
	})
	return o
}

func (o *office) write(name, content string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), []byte(content), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// run runs a command of the program.
func (o *office) run(args ...string) (string, error) {
	out, err := exec.CommandContext(o.ctx, program, args...).CombinedOutput()
	return string(out), err
}

// apply declares a site; {net} in it is this office's network.
func (o *office) apply(site string) {
	o.t.Helper()
	o.write("site.toml", strings.ReplaceAll(site, "{net}", o.net))
	if out, err := o.run("apply", "-c", filepath.Join(o.dir, "tandem.toml"), filepath.Join(o.dir, "site.toml")); err != nil {
		o.t.Fatalf("apply: %v\n%s", err, out)
	}
}

// serve starts the program and waits until it is ready.
func (o *office) serve() {
	o.t.Helper()
	o.logs, o.done = &said{}, make(chan struct{})
	o.cmd = exec.CommandContext(context.WithoutCancel(o.ctx), program, "serve", "-c", filepath.Join(o.dir, "tandem.toml"))
	o.cmd.Stdout, o.cmd.Stderr = o.logs, o.logs
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	go func() {
		_ = o.cmd.Wait()
		close(o.done)
	}()
	for {
		if resp, err := o.get("/readyz"); err == nil && resp.StatusCode == http.StatusOK {
			_ = resp.Body.Close()
			return
		}
		select {
		case <-o.done:
			o.t.Fatalf("the program ended:\n%s", o.logs)
		case <-o.ctx.Done():
			o.t.Fatalf("the program is not ready: %v\n%s", context.Cause(o.ctx), o.logs)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop sends a signal and waits for the end.
func (o *office) stop(sig syscall.Signal) {
	_ = o.cmd.Process.Signal(sig)
	select {
	case <-o.done:
	case <-time.After(3 * patience): // it drains first
		_ = o.cmd.Process.Kill()
		<-o.done
		o.t.Error("the program did not end")
	}
}

// get asks the API over the control socket.
func (o *office) get(path string) (*http.Response, error) {
	return o.ask(http.MethodGet, path, nil)
}

// post tells the API something, as JSON, and wants it accepted.
func (o *office) post(path, body string) {
	o.t.Helper()
	resp, err := o.ask(http.MethodPost, path, strings.NewReader(body))
	o.ok(err)
	defer resp.Body.Close()
	if told, _ := io.ReadAll(resp.Body); resp.StatusCode/100 != 2 {
		o.t.Fatalf("POST %s: %d %s", path, resp.StatusCode, told)
	}
}

func (o *office) ask(method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(o.ctx, method, "http://tandem"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return o.socket().Do(req)
}

// socket speaks with the control socket.
func (o *office) socket() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(o.dir, "data", "tandem.sock"))
		},
	}}
}

// live gives the id of the only call in progress.
func (o *office) live() string {
	o.t.Helper()
	var page struct{ Data []logged }
	o.read("/api/v1/calls/live", &page)
	if len(page.Data) != 1 {
		o.t.Fatalf("%d calls in progress, want one", len(page.Data))
	}
	return page.Data[0].ID
}

// read asks for JSON.
func (o *office) read(path string, into any) {
	o.t.Helper()
	resp, err := o.get(path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		o.t.Fatalf("GET %s: %d %s %v", path, resp.StatusCode, b, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		o.t.Fatalf("GET %s: %v in %s", path, err, b)
	}
}

// server is where the program's SIP is.
func (o *office) server() netip.AddrPort { return netip.MustParseAddrPort(o.net + ".1:5060") }

// host gives an address of this office's network that nobody has yet.
func (o *office) host() netip.AddrPort {
	o.next++
	return netip.MustParseAddrPort(fmt.Sprintf("%s.%d:0", o.net, o.next))
}

// carrier opens the carrier's side of the trunk.
func (o *office) carrier(formats ...string) *softphone.Phone {
	o.t.Helper()
	return o.phoneAt(softphone.Config{
		Bind: netip.MustParseAddrPort(o.net + ".2:0"), User: "+33639980101", Formats: formats,
	})
}

func (o *office) phoneAt(cfg softphone.Config) *softphone.Phone {
	o.t.Helper()
	cfg.Server = o.server()
	if cfg.Network == "tls" {
		cfg.Server = netip.AddrPortFrom(cfg.Server.Addr(), cfg.Server.Port()+1)
		cfg.TLS = o.trusted
	}
	p, err := softphone.New(o.ctx, cfg)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(p.Close)
	return p
}

// phone registers a device of the site: its password is its name with "-secret".
func (o *office) phone(username string) *softphone.Phone {
	o.t.Helper()
	p := o.phoneAt(softphone.Config{
		Bind: o.host(), Who: credentials(username),
	})
	o.ok(p.Register(o.ctx, 600))
	return p
}

func credentials(username string) wire.Credentials {
	return wire.Credentials{Realm: "tandem", Username: username, Password: username + "-secret"}
}

// phones registers several.
func (o *office) phones(usernames ...string) []*softphone.Phone {
	o.t.Helper()
	var out []*softphone.Phone
	for _, u := range usernames {
		out = append(out, o.phone(u))
	}
	return out
}

// ok fails the test on an error.
func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// dial calls from a phone and waits for the answer.
func (o *office) dial(p *softphone.Phone, to string) *softphone.Call {
	o.t.Helper()
	c := o.call(p, to)
	o.ok(c.Answered(o.ctx))
	return c
}

// call calls and does not wait.
func (o *office) call(p *softphone.Phone, to string) *softphone.Call {
	o.t.Helper()
	c, err := p.Dial(to, softphone.DialOptions{})
	o.ok(err)
	return c
}

// rings waits for a call at a phone, and lets it ring.
func (o *office) rings(p *softphone.Phone) *softphone.Call {
	o.t.Helper()
	c, err := p.Incoming(o.ctx)
	o.ok(err)
	c.Ring()
	return c
}

// hears fails the test unless the tone is heard: a short sound of the office as what comes next, since it may be over when somebody begins to listen, any other
// from now on.
func (o *office) hears(c *softphone.Call, hz float64) {
	o.t.Helper()
	switch hz {
	case hzMenu, hzWrongKey, hzUnavailable, hzUnknown, hzGreeting, hzOther:
		o.ok(c.Audio.HearsNext(o.ctx, hz))
	default:
		o.ok(c.Audio.Hears(o.ctx, hz))
	}
}

// talk shows two-way audio by content, with two tones.
func (o *office) talk(a, b *softphone.Call) {
	o.t.Helper()
	a.Audio.Say(1300)
	b.Audio.Say(1900)
	o.hears(b, 1300)
	o.hears(a, 1900)
	a.Audio.Say(0)
	b.Audio.Say(0)
}

// logged is a call as the API shows it.
type logged struct {
	ID, Direction, Status, Outcome, From, To string
	User                                     *struct{ ID, Name string }
	Legs                                     []struct {
		Kind, Device, State, Codec string
		AnsweredAt                 *string `json:"answered_at"`
	}
}

// log waits until that many calls have ended and are in the log, newest first.
func (o *office) log(n int) []logged {
	o.t.Helper()
	for {
		var page struct{ Data []logged }
		o.read("/api/v1/calls?limit=200", &page)
		ended := slices.DeleteFunc(page.Data, func(c logged) bool { return c.Status != "ended" })
		if len(ended) >= n {
			for i := range ended {
				o.read("/api/v1/calls/"+ended[i].ID, &ended[i])
			}
			return ended
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("%d calls in the log, want %d: %v", len(ended), n, ended)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func tail(s string, n int) string { return s[max(len(s)-n, 0):] }

// said is what a program has said so far; it may be read while the program runs.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// String is all of it.
func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
