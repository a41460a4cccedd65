package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/certify"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write openapi.yaml anew")
	os.Exit(storetest.Main(m))
}

// key is the key of the configuration in these tests.
const key = "pk_test_0123456789abcdef"

// acme is a site with one account and nobody in it.
const acme = `
[[accounts]]
name = "Acme"
`

// house is a front desk in front of real records, without telephones.
type house struct {
	t     *testing.T
	store *store.Store
	desk  *web.Server
	url   string   // of the outside door
	shows []string // the headers of every request: "Name: value"
}

// onBoth tells a story on each database, which begins with what a site file declares.
func onBoth(t *testing.T, site string, story func(h *house)) {
	t.Helper()
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			story(openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, site))
		})
	}
}

// openHouse opens a front desk on a database; furnish adds rooms.
func openHouse(t *testing.T, cfg store.Config, site string, furnish ...func(*web.Rooms)) *house {
	t.Helper()
	records := storetest.Open(t, cfg)
	rooms := web.Rooms{
		Records: records, Book: records, Directory: records, Office: siteOffice{records}, Versions: records, Events: records, Marks: records, Notices: records, Sounds: records, Trunks: quiet{}, Webhooks: records,
	}
	rooms.Keeper = records
	rooms.Audit = records
	for _, f := range furnish {
		f(&rooms)
	}
	s, err := web.New(web.Config{Version: "0.1.0", APIKey: key, RequestsPerMinute: 1_000_000, Log: slog.New(slog.DiscardHandler)}, rooms)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler(web.Outside))
	ctx, quiet := context.WithCancel(context.WithoutCancel(t.Context()))
	var desk sync.WaitGroup
	desk.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		quiet()
		server.Close()
		desk.Wait()
	})
	h := &house{t: t, store: records, desk: s, url: server.URL, shows: []string{"Authorization: Bearer " + key}}
	if site != "" {
		storetest.Apply(t, records, site)
	}
	return h
}

// showing is the same house for somebody else, who shows other headers.
func (h *house) showing(headers ...string) *house {
	next := *h
	next.shows = headers
	return &next
}

// answer is what the API said.
type answer struct {
	t       *testing.T
	what    string
	Status  int
	Header  http.Header
	Cookies []*http.Cookie
	Text    string
}

// do sends a request. A body that is no string is sent as JSON; headers are "Name: value".
func (h *house) do(method, path string, body any, headers ...string) *answer {
	h.t.Helper()
	send, contentType := h.body(method, body)
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, send)
	if err != nil {
		h.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for _, header := range append(slices.Clip(h.shows), headers...) {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return &answer{h.t, method + " " + path, resp.StatusCode, resp.Header, resp.Cookies(), string(text)}
}

// body is what is sent, and its type.
func (h *house) body(method string, body any) (io.Reader, string) {
	h.t.Helper()
	if body == nil {
		return http.NoBody, ""
	}
	text, is := body.(string)
	if !is {
		raw, err := json.Marshal(body)
		if err != nil {
			h.t.Fatal(err)
		}
		text = string(raw)
	}
	if method == http.MethodPatch {
		return strings.NewReader(text), "application/merge-patch+json"
	}
	return strings.NewReader(text), "application/json"
}

func (h *house) get(path string, headers ...string) *answer {
	h.t.Helper()
	return h.do(http.MethodGet, path, nil, headers...)
}

func (h *house) post(path string, body any, headers ...string) *answer {
	h.t.Helper()
	return h.do(http.MethodPost, path, body, headers...)
}

func (h *house) patch(path string, body any, headers ...string) *answer {
	h.t.Helper()
	return h.do(http.MethodPatch, path, body, headers...)
}

func (h *house) put(path string, body any, headers ...string) *answer {
	h.t.Helper()
	return h.do(http.MethodPut, path, body, headers...)
}

func (h *house) remove(path string, headers ...string) *answer {
	h.t.Helper()
	return h.do(http.MethodDelete, path, nil, headers...)
}

// want fails the test where the status is another.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.what, a.Status, status, a.Text)
	}
	return a
}

// refused fails the test where the answer is not a problem with a status, whose code, or one of whose faults, is the one given. It gives that fault.
func (a *answer) refused(status int, code string) fault {
	a.t.Helper()
	a.want(status)
	var p struct {
		Code, Title, Detail string
		Errors              []fault
	}
	a.into(&p)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("%s: a problem of the type %s", a.what, got)
	}
	if p.Title == "" || strings.HasPrefix(p.Title, "problem.") {
		a.t.Errorf("%s: the problem %s has no title in words: %q", a.what, p.Code, p.Title)
	}
	for _, f := range p.Errors {
		if f.Code == code {
			return f
		}
	}
	if p.Code != code {
		a.t.Fatalf("%s: refused with %s, want %s\n%s", a.what, p.Code, code, a.Text)
	}
	return fault{Code: p.Code, Message: p.Detail}
}

// fault is one thing that was wrong with a request.
type fault struct{ Location, Message, Code, Row string }

// into reads the body as JSON.
func (a *answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.Text), v); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.Text)
	}
}

// at is a value of the body by its path, "data.0.name", as text; a list or an object as JSON, and "<none>" where there is nothing.
func (a *answer) at(path string) string {
	a.t.Helper()
	var v any
	dec := json.NewDecoder(strings.NewReader(a.Text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.Text)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			next, there := in[part]
			if !there {
				return "<none>"
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(in) {
				return "<none>"
			}
			v = in[i]
		default:
			return "<none>"
		}
	}
	switch v.(type) {
	case map[string]any, []any:
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(v)
		return strings.TrimSpace(b.String())
	}
	return fmt.Sprint(v)
}

// shows fails the test where the values of the body are others; pairs are path and value, path and value.
func (a *answer) shows(pairs ...string) *answer {
	a.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := a.at(pairs[i]); got != pairs[i+1] {
			a.t.Errorf("%s: %s is %s, want %s", a.what, pairs[i], got, pairs[i+1])
		}
	}
	return a
}

// siteOffice applies site files to real records.
type siteOffice struct{ store provisioning.Store }

func (o siteOffice) Plan(ctx context.Context, f web.SiteFile) (web.SiteChange, error) {
	site, problems := provisioning.ParseSite(f.Name, f.Text)
	if len(problems) > 0 {
		return web.SiteChange{Problems: problems}, nil
	}
	st, err := o.store.State(ctx)
	if err != nil {
		return web.SiteChange{}, err
	}
	changes, problems := provisioning.Plan(st, site)
	return web.SiteChange{Changes: changes, Problems: problems}, nil
}

func (o siteOffice) Apply(ctx context.Context, f web.SiteFile) (web.SiteChange, error) {
	site, problems := provisioning.ParseSite(f.Name, f.Text)
	if len(problems) > 0 {
		return web.SiteChange{Problems: problems}, nil
	}
	changes, problems, err := provisioning.Apply(ctx, o.store, site, f.Actor)
	return web.SiteChange{Changes: changes, Problems: problems}, err
}

// quiet is trunks that are not on any wire.
type quiet struct{}

func (quiet) Trunks() []web.TrunkState { return nil }

func (quiet) Certify(context.Context, routing.Certification) (certify.Sheet, error) {
	return certify.Sheet{}, errors.New("no wire")
}
func (quiet) Renew(routing.TrunkID) error { return errors.New("no wire") }

func (quiet) Probe(routing.TrunkID) error { return errors.New("no wire") }
