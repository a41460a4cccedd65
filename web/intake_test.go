package web

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHostileJSON(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	for name, body := range map[string]string{
		"nested":           strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"nested in itself": `{"to":` + strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70) + "}",
		"named twice":      `{"to":"201","to":"202"}`,
		"twice, escaped":   `{"to":"201","t\u006f":"202"}`,
		"twice, inside":    `{"to":"201","x":[{"a":1,"b":{},"a":2}]}`,
		"no UTF-8":         "{\"to\":\"\xff\"}",
		"unknown field":    `{"to":"201","on":"x"}`,
		"other letters":    `{"to":"201","TO":"202"}`,
		"number":           `{"to":201}`,
		"two values":       `{"to":"201"} {"to":"202"}`,
		"nothing":          "",
		"broken off":       `{"to":"201"`,
		"null":             "null",
	} {
		resp, text := ask(t, "POST", d.url+"/api/v1/calls/call_3/actions/transfer", body, withKey, "Content-Type: application/json")
		if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s %s", name, resp.Status, text)
		}
		if o.ordered != nil {
			t.Fatalf("%s: it was done: %+v", name, o.ordered)
		}
	}
	resp, text := ask(t, "POST", d.url+"/api/v1/calls/call_3/actions/transfer", "a=b", withKey, "Content-Type: application/x-www-form-urlencoded", "Accept-Language: fr")
	if resp.StatusCode != http.StatusUnsupportedMediaType || !strings.Contains(text, "unsupported_media_type") {
		t.Errorf("a form: %s %s", resp.Status, text)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	d := open(t, newOffice())
	for _, query := range []string{"limit=1&limit=2", "account_id=%ff", "account_id=%00", "%zz", "a;b=c", "nothing=1"} {
		resp, text := ask(t, "GET", d.url+"/api/v1/calls?"+query, "", withKey)
		if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s %s", query, resp.Status, text)
		}
	}
	if resp, text := ask(t, "GET", d.url+"/api/v1/calls/%ff%00", "", withKey); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("path: %s %s", resp.Status, text)
	}
}

// A body that breaks off is the sender's fault, not ours.
func TestBodyThatBreaksOff(t *testing.T) {
	d := open(t, newOffice())
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(conn, "POST /api/v1/calls/call_3/actions/hangup HTTP/1.1\r\nHost: x\r\n%s\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", withKey)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%s", resp.Status)
	}
}

func TestMethodsThatAreNotThere(t *testing.T) {
	d := open(t, newOffice())
	resp, text := ask(t, "DELETE", d.url+"/api/v1/calls", "", withKey)
	if resp.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(resp.Header.Get("Allow"), "GET") || !strings.Contains(text, "method_not_allowed") {
		t.Errorf("%s, Allow %q, %s", resp.Status, resp.Header.Get("Allow"), text)
	}
	if resp, _ := ask(t, "OPTIONS", d.url+"/api/v1/calls/x/actions/hangup", "", withKey); resp.StatusCode != http.StatusNoContent || resp.Header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("%s, Allow %q", resp.Status, resp.Header.Get("Allow"))
	}
	if resp, text := ask(t, "HEAD", d.url+"/api/v1/system/info", "", withKey); resp.StatusCode != http.StatusOK || text != "" {
		t.Errorf("HEAD: %s %q", resp.Status, text)
	}
	if resp, text := ask(t, "HEAD", d.url+"/api/v1/calls/none", "", withKey); resp.StatusCode != http.StatusNotFound || text != "" {
		t.Errorf("HEAD of nothing: %s %q", resp.Status, text)
	}
	if resp, _ := ask(t, "PROPFIND", d.url+"/api/v1/calls", "", withKey); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PROPFIND: %s", resp.Status)
	}
}

func FuzzSoundJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `[{"a":{"b":[1,2]}},null]`, `{"a":1,"a":2}`, `{"a"`, `]`, `{"a":[}`, "\xff", `"x"`, `{"":{"":1}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		err := jsonFormat().Unmarshal(data, &v)
		if again := jsonFormat().Unmarshal(data, &v); (err == nil) != (again == nil) {
			t.Errorf("once %v, then %v", err, again)
		}
	})
}

func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{"fr", "en-GB,fr;q=0.9", "de, fr;q=0.5, en;q=0.4", "fr;q=0", "*", ";q=;;", "fr;q=NaN", strings.Repeat(",", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if l := language(accept); l != "en" && l != "fr" {
			t.Errorf("%q gives %q", accept, l)
		}
	})
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", sealCursor("usr_01JD3Q4V9M6Z0Y8K2T7RBN5XHC"), "Y3Vyc29y", "AAAA", "%", sealCursor("a\x00b")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		id, err := openCursor(cursor)
		if err == nil && cursor != "" && sealCursor(id) != cursor {
			t.Errorf("%q is taken as %q, which is not its own cursor", cursor, id)
		}
	})
}

func TestLanguageIsTheOneThatIsWantedMost(t *testing.T) {
	for accept, want := range map[string]string{
		"": "en", "fr": "fr", "fr-CA": "fr", "FR": "fr", "de": "en", "de,fr;q=0.3": "fr", "en;q=0.5,fr;q=0.9": "fr", "en,fr": "en", "fr;q=0": "en", "fr;q=x": "en", "*;q=0.1,fr;q=0.2": "fr",
	} {
		if got := language(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

// A request that takes long is not ended by a limit that was for its body: that was read before.
func TestSlowAnswersAreNotCutByTheLimitOfBodies(t *testing.T) {
	o := slowOffice{newOffice(), make(chan struct{}), make(chan struct{})}
	s, err := New(Config{APIKey: testKey, Log: slog.New(slog.DiscardHandler)}, Rooms{Book: o, Switchboard: o, Trunks: o, Office: o, Directory: o, System: o})
	if err != nil {
		t.Fatal(err)
	}
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/site", strings.NewReader("x"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Handler(Socket).ServeHTTP(d, r)
	}()
	<-o.entered
	close(o.leave)
	<-done
	if d.Code != http.StatusOK || len(d.reads) != 1 || !d.reads[0].IsZero() {
		t.Errorf("%d, and the connection may be read until %v", d.Code, d.reads)
	}
}

// deadlines notes until when a connection may be read.
type deadlines struct {
	*httptest.ResponseRecorder

	reads []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.reads = append(d.reads, at)
	return nil
}
