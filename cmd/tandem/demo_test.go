package main

import (
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The demo says where everything is; its one-click link signs in; customers call, and it leaves nothing behind.
func TestDemo(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	tmp := t.TempDir()
	s := launchIn(t, tmp, "demo", "--http", taken.Addr().String(), "--sip", "127.0.0.1:0", "--every", "1s")
	screen := s.waitFor("q  to quit.")
	if !strings.Contains(screen, taken.Addr().String()+" is taken by another program: using 127.0.0.1:") {
		t.Errorf("the port that is taken is not told of:\n%s", screen)
	}
	m := regexp.MustCompile(`Dashboard   (http://[a-z0-9.:]+)/enter#k=(\w+) `).FindStringSubmatch(screen)
	if m == nil {
		t.Fatalf("no link:\n%s", screen)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	ask := func(method, path, body string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, m[1]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	if code := ask("GET", "/api/v1/calls", ""); code != http.StatusUnauthorized {
		t.Errorf("before the link: %d", code)
	}
	if code := ask("POST", "/enter", `{"key":"`+m[2]+`"}`); code != http.StatusOK {
		t.Errorf("the link: %d", code)
	}
	if code := ask("GET", "/api/v1/calls", ""); code != http.StatusOK {
		t.Errorf("after the link: %d", code)
	}
	data := regexp.MustCompile(`data_dir=(\S+)`).FindStringSubmatch(screen)[1]
	until(t, "a phone answers a customer", func() bool {
		o := tandem(t, append([]string{"calls", "list"}, at(data)...)...)
		return strings.Contains(o.out, " answered ")
	})
	s.terminate()
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if left, err := filepath.Glob(filepath.Join(tmp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What is kept on request is there the next time.
func TestDemoKeepsItsDataOnRequest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	for range 2 {
		s := launchIn(t, t.TempDir(), "demo", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--every", "0s", "--data", dir)
		s.waitFor("q  to quit.")
		s.terminate()
		if code := s.exit(); code != 0 {
			t.Errorf("exit %d", code)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "voicemail")); err != nil {
		t.Error(err)
	}
}

// Two demonstrations that begin at once both find places for their worlds, though each wants the same.
func TestTwoDemonstrationsAtOnce(t *testing.T) {
	var both []*server
	for range 2 {
		both = append(both, launchIn(t, t.TempDir(), "demo", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--every", "0s"))
	}
	for _, s := range both {
		s.waitFor("q  to quit.")
	}
	for _, s := range both {
		s.terminate()
		if code := s.exit(); code != 0 {
			t.Errorf("exit %d", code)
		}
	}
}
