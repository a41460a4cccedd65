package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tandem/routing"
	"tandem/routing/certify"
	"tandem/web"
)

// errNotRunning says that there is nobody to talk to.
var errNotRunning = errors.New("no tandem is running here")

// remote is how a command finds the program that it talks to.
type remote struct {
	configured

	URL string `name:"url" placeholder:"URL" help:"Talk to the program at this address, such as http://127.0.0.1:8080, instead of the control socket in data_dir."`
	Key string `name:"key" placeholder:"KEY" env:"TANDEM_KEY" help:"The API key, with --url."`
}

// line is a way to the API: over the control socket, over TCP, or straight into the records when nobody runs.
type line struct {
	client *http.Client
	base   string
	key    string
	local  bool   // the other side sees our files
	repeat string // the Idempotency-Key of what is sent; empty: none
	close  func() error
}

// running connects to the running program. It fails with errNotRunning when there is none.
func (r remote) running(ctx context.Context) (*line, error) {
	l := &line{client: &http.Client{Timeout: time.Minute}, key: r.Key, close: func() error { return nil }}
	if r.URL != "" {
		u, err := url.Parse(r.URL)
		if err != nil || u.Host == "" {
			return nil, inputError{fmt.Errorf("--url: %q is not an address such as http://127.0.0.1:8080", r.URL)}
		}
		l.base = strings.TrimRight(r.URL, "/")
		return l, nil
	}
	cfg, err := r.load()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.DataDir, socketName)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("%w: nobody answers on %s (is data_dir right? give the configuration with -c)", errNotRunning, path)
		}
		return nil, fmt.Errorf("control socket: %w", err)
	}
	_ = conn.Close()
	l.base, l.local = "http://tandem", true
	l.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "unix", path)
	}}
	return l, nil
}

// runningOrRecords connects to the running program, or else opens the records themselves.
func (r remote) runningOrRecords(ctx context.Context) (*line, error) {
	l, err := r.running(ctx)
	if !errors.Is(err, errNotRunning) {
		return l, err
	}
	cfg, err := r.load()
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	prompts, err := soundNames()
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	desk, err := web.New(web.Config{Version: version, Log: slog.New(slog.DiscardHandler)}, web.Rooms{
		Records: s, Book: book{s}, Switchboard: nobody{}, Trunks: nobody{}, Office: office{s}, Directory: s, System: nobody{}, Versions: s,
		Sounds: s, Prompts: prompts, Codes: cores{}, Messages: s.Messages(), Lines: s,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the records: %w", err), s.Close())
	}
	client := &http.Client{Transport: straight{desk.Handler(web.Socket)}}
	return &line{client: client, base: "http://records", local: true, close: s.Close}, nil
}

// nobody is the rooms that run only in a running program.
type nobody struct{}

// Live lists no call.
func (nobody) Live() []web.LiveCall { return nil }

// Draft fails: there is no call.
func (nobody) Draft(context.Context, routing.CallID) (*routing.CallRecord, error) {
	return nil, routing.ErrNoCall
}

// Do fails: there is no call.
func (nobody) Do(context.Context, routing.CallID, routing.Command) error { return routing.ErrNoCall }

// Start starts no call.
func (nobody) Start(routing.Start) (routing.CallID, error) {
	return "", &routing.StartError{Code: "no_room", Text: errNotRunning.Error()}
}

// Shown knows nobody's number.
func (nobody) Shown(routing.UserID) *routing.Number { return nil }

// Tagged tells nobody.
func (nobody) Tagged(routing.CallID) {}

// Trunks lists no trunk.
func (nobody) Trunks() []web.TrunkState { return nil }

// Renew finds nobody.
func (nobody) Renew(routing.TrunkID) error { return errNotRunning }

// Probe finds nobody.
func (nobody) Probe(routing.TrunkID) error { return errNotRunning }

// Certify finds nobody.
func (nobody) Certify(context.Context, routing.Certification) (certify.Sheet, error) {
	return certify.Sheet{}, errNotRunning
}

// Info fails.
func (nobody) Info(context.Context) (web.Info, error) { return web.Info{}, errNotRunning }

// straight hands requests to a handler in this process.
type straight struct{ handler http.Handler }

// RoundTrip serves the request.
func (s straight) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &kept{header: http.Header{}, status: http.StatusOK}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	s.handler.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), Header: w.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}, nil
}

// kept is an answer in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader keeps the status.
func (k *kept) WriteHeader(status int) { k.status = status }

// Write keeps the body.
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

// ask sends a request and reads the answer: JSON into it, or text when into is a *string. A body is a site file.
func (l *line) ask(ctx context.Context, method, path string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, l.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/toml")
	}
	return l.exchange(r, into)
}

// order posts JSON to where the answer is only whether it was done.
func (l *line) order(ctx context.Context, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	return l.exchange(r, nil)
}

// exchange sends a request and reads the answer, where there is something to read it into.
func (l *line) exchange(r *http.Request, into any) error {
	if l.key != "" {
		r.Header.Set("Authorization", "Bearer "+l.key)
	}
	resp, err := l.client.Do(r)
	if err != nil {
		return fmt.Errorf("the program does not answer: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return refusal(resp.Status, text)
	}
	if into == nil {
		return nil
	}
	if s, plain := into.(*string); plain {
		*s = string(text)
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the answer: %w (is --url the address of a tandem?)", err)
	}
	return nil
}

// refusal makes an error of a problem: each fault on a line of its own, with its file and line where it has one.
func refusal(status string, text []byte) error {
	var p web.ProblemError
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		return fmt.Errorf("the program answers %s", status)
	}
	var errs []error
	for _, f := range p.Errors {
		line := f.Message
		if f.Location != "" {
			line = f.Location + ": " + line
		}
		if f.Code != "" {
			line += " (" + f.Code + ")"
		}
		errs = append(errs, errors.New(line))
	}
	err := errors.Join(append(errs, errors.New(p.Detail))...)
	if p.Status < http.StatusInternalServerError {
		return inputError{err}
	}
	return err
}
