//go:build !race

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/cmd/tandem/e2e/browser"
)

// showroom is a running demonstration: a company with its carrier, mobile core and handset, all simulated.
type showroom struct {
	t     *testing.T
	ctx   context.Context //nolint:containedctx // the test's own
	links map[string]string
	key   string // of the API
	keys  io.Writer
}

// show starts the demonstration on free ports; nobody calls in it unless asked. Of two that begin at one moment, one may take the port that the other found free:
// that one begins again.
func show(t *testing.T) *showroom {
	t.Helper()
	const tries = 5
	for range tries - 1 {
		if r := begin(t); r != nil {
			return r
		}
	}
	r := begin(t)
	if r == nil {
		t.Fatalf("the demonstration found no free port %d times", tries)
	}
	return r
}

// begin starts the demonstration; nil: a port was taken.
func begin(t *testing.T) *showroom {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*patience)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "demo", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--every", "0s")
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	r := &showroom{t: t, ctx: ctx, links: map[string]string{}, keys: keys}
	ready := make(chan struct{})
	go func() {
		defer close(done)
		r.read(out, ready)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-done
			t.Error("the demonstration did not end")
		}
		cancel()
		if t.Failed() {
			t.Logf("the demonstration complained: %s", tail(complaints.String(), 8000))
		}
	})
	select {
	case <-ready:
	case <-done:
		if strings.Contains(complaints.String(), "address already in use") {
			return nil
		}
		t.Fatalf("the demonstration ended: %s", complaints.String())
	case <-ctx.Done():
		t.Fatalf("the demonstration is not ready: %s", complaints.String())
	}
	return r
}

// read takes what the demonstration prints: its links, until it has printed all.
func (r *showroom) read(out io.Reader, ready chan<- struct{}) {
	link := regexp.MustCompile(`^  (\S.*?)\s{2,}.*?(https?://\S+)`)
	key := regexp.MustCompile(`Bearer (pk_demo_\w+)`)
	lines := bufio.NewScanner(out)
	told := false
	for lines.Scan() {
		if m := link.FindStringSubmatch(lines.Text()); m != nil && !told {
			r.links[m[1]] = m[2]
		}
		if m := key.FindStringSubmatch(lines.Text()); m != nil && !told {
			r.key = m[1]
		}
		if strings.Contains(lines.Text(), "to quit.") && !told {
			told = true
			close(ready)
		}
	}
}

// enter opens one of the links that the demonstration prints, in English.
func (r *showroom) enter(c *browser.Chromium, name, path string) *browser.Page {
	r.t.Helper()
	p := c.Page(r.links[name])
	p.Until("to be let in", "!location.pathname.startsWith('/enter') && document.getElementById('page')?.childElementCount > 0")
	if path != "" {
		p.Go(r.at(name) + path)
	}
	return p
}

// at is the origin that a link is of.
func (r *showroom) at(name string) string {
	origin, _, _ := strings.Cut(r.links[name], "/enter")
	return origin
}

// fetch asks the API with the key of the demonstration.
func (r *showroom) fetch(path string, into any) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.at("Workspace")+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("GET %s: %s %v", path, resp.Status, err)
	}
}

// first is the id of the first object of a list.
func (r *showroom) first(path string) string {
	r.t.Helper()
	var list struct{ Data []struct{ ID string } }
	r.fetch(path, &list)
	if len(list.Data) == 0 {
		r.t.Fatalf("GET %s: nothing", path)
	}
	return list.Data[0].ID
}
