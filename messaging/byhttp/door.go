package byhttp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/messaging/byhttp/template"
	"tandem/mobilecore/sms"
)

// Prefix is what the paths begin with that a Door serves: /connectors/{id}/messages and /connectors/{id}/receipts.
const Prefix = "/connectors/"

// maxRequest is how many bytes of a body are read.
const maxRequest = 64 << 10

// keepWithin bounds how long a request waits for the store.
const keepWithin = 20 * time.Second

// Door is where requests of carriers and programs come in. It can be made before any link is open.
type Door struct {
	mux *http.ServeMux

	mu    sync.Mutex
	links map[messaging.ConnectorID]*Link
}

// NewDoor makes one that leads nowhere yet.
func NewDoor() *Door {
	d := &Door{mux: http.NewServeMux(), links: make(map[messaging.ConnectorID]*Link)}
	d.mux.HandleFunc(Prefix+"{id}/messages", func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, (*Link).message) })
	d.mux.HandleFunc(Prefix+"{id}/receipts", func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, (*Link).receipt) })
	return d
}

// ServeHTTP implements http.Handler.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := d.mux.Handler(r); pattern == "" {
		failed(http.StatusNotFound, "not_found", "").write(w)
		return
	}
	d.mux.ServeHTTP(w, r)
}

// add lets a link take requests until the function that it returns is called.
func (d *Door) add(l *Link) (remove func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.links[l.Connector] = l
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.links[l.Connector] == l {
			delete(d.links, l.Connector)
		}
	}
}

// enter finds a link, which does not close until leave is called; nil: there is none.
func (d *Door) enter(id messaging.ConnectorID) (l *Link, leave func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l = d.links[id]
	if l == nil {
		return nil, nil
	}
	l.wg.Add(1)
	return l, l.wg.Done
}

// serve takes a request when it is the other's, and answers once what it brings is kept.
func (d *Door) serve(w http.ResponseWriter, r *http.Request, take func(*Link, context.Context, template.Input) error) {
	l, leave := d.enter(messaging.ConnectorID(r.PathValue("id")))
	if l == nil {
		failed(http.StatusNotFound, "not_found", "there is no such connector").write(w)
		return
	}
	defer leave()
	in, bad := l.admit(w, r)
	if bad != nil {
		l.Log.LogAttrs(r.Context(), slog.LevelInfo, "a request was not taken", slog.String("peer", string(l.Connector)), slog.Int("status", bad.Status), slog.String("cause", bad.Code))
		bad.write(w)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), keepWithin) // who asked may go, and what it brought is kept all the same
	defer cancel()
	if err := take(l, ctx, in); err != nil {
		p, is := errors.AsType[*invalid](err)
		bad := refused(err)
		if is {
			bad = failed(http.StatusBadRequest, "invalid_request", p.Error())
			bad.Errors = []fault{{Location: p.at, Message: p.text}}
		}
		l.Log.LogAttrs(ctx, slog.LevelInfo, "what a request brought was not kept", slog.String("peer", string(l.Connector)), slog.Int("status", bad.Status), slog.Any("err", err))
		bad.write(w)
		return
	}
	l.answer(w)
}

// admit checks who asks, and reads the request.
func (l *Link) admit(w http.ResponseWriter, r *http.Request) (template.Input, *problem) {
	var none template.Input
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET, POST")
		return none, failed(http.StatusMethodNotAllowed, "method_not_allowed", "")
	}
	sign := l.Settings.Sign
	if sign.Scheme == "" {
		if bad := denied(shows(r, l.Token)); bad != nil {
			return none, bad
		}
	}
	if !l.rate.take(time.Now()) {
		return none, failed(http.StatusTooManyRequests, "rate_limited", "too many requests at once")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return none, failed(http.StatusRequestEntityTooLarge, "too_large", "a request has at most 64 KB")
	}
	if err != nil {
		return none, failed(http.StatusBadRequest, "invalid_request", "the request ended before its body did")
	}
	if sign.Scheme != "" {
		if bad := denied(signed(r, body, sign, l.Token)); bad != nil {
			return none, bad
		}
	}
	return template.Input{Header: r.Header, Query: r.URL.Query(), Body: body}, nil
}

func denied(v verdict) *problem {
	switch v {
	case proved:
		return nil
	case unproved:
		return failed(http.StatusUnauthorized, "unauthorized", "show the token of this connector, or sign the request")
	case wrong:
	}
	return failed(http.StatusForbidden, "forbidden", "this is not the token of this connector, or signs another request")
}

// answer says that all is kept.
func (l *Link) answer(w http.ResponseWriter) {
	text := l.Settings.Answer
	if text == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	kind := "text/plain; charset=utf-8"
	switch text[0] {
	case '<':
		kind = "text/xml; charset=utf-8"
	case '{', '[':
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, text) // who asked has gone
}

// invalid says what a request lacks.
type invalid struct{ at, text string }

func (e *invalid) Error() string { return e.at + ": " + e.text }

// message keeps a message that a request brings.
func (l *Link) message(ctx context.Context, in template.Input) error {
	if l.Settings.Inbound.ID == "" {
		return &invalid{"body", "this connector takes no messages"}
	}
	f, err := l.Settings.Inbound.Read(in)
	if err != nil {
		return &invalid{"body", err.Error()}
	}
	for _, need := range []struct{ name, value, at string }{
		{"from", f.From, l.Settings.Inbound.From}, {"to", f.To, l.Settings.Inbound.To}, {"id", f.ID, l.Settings.Inbound.ID}, {"body", f.Body, l.Settings.Inbound.Body},
	} {
		if strings.TrimSpace(need.value) == "" {
			return &invalid{need.name, "there is nothing at " + need.at}
		}
		if len(need.value) > maxID && need.name != "body" {
			return &invalid{need.name, "this is too long"}
		}
	}
	_, err = l.Desk.Take(ctx, messaging.Arrival{
		Connector: l.Connector, Bind: "http:" + string(l.Connector), From: address(f.From), To: address(f.To), Reference: f.ID, Body: bodyOf(f.Body), At: time.Now(),
	})
	return err //nolint:wrapcheck // the desk's own words go to the sender
}

// address is a number as a form may have mangled it: a plus that nobody escaped is a blank.
func address(text string) messaging.Address {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(text, " ") && trimmed != "" && strings.Trim(trimmed, "0123456789") == "" {
		return messaging.Address("+" + trimmed)
	}
	return messaging.Address(trimmed)
}

func bodyOf(text string) messaging.Body {
	if septets, missing := sms.EncodeGSM7(text); missing == nil {
		return messaging.Body{Coding: messaging.CodingGSM7, Octets: septets, Raw: []byte(text), Kind: "text"}
	}
	return messaging.Body{Coding: messaging.CodingUCS2, Octets: sms.EncodeUCS2(text), Raw: []byte(text), Kind: "text"}
}

// receipt keeps what a request says of a message. A word that means nothing here is no news.
func (l *Link) receipt(ctx context.Context, in template.Input) error {
	if l.Settings.Receipt.ID == "" {
		return &invalid{"body", "this connector takes no receipts"}
	}
	f, err := l.Settings.Receipt.Read(in)
	switch {
	case err != nil:
		return &invalid{"body", err.Error()}
	case f.ID == "" || len(f.ID) > maxID:
		return &invalid{"id", "there is nothing at " + l.Settings.Receipt.ID}
	case f.State == "":
		return nil
	}
	r := messaging.Receipt{Connector: l.Connector, IDs: []string{f.ID}, From: address(f.From), To: address(f.To), State: messaging.State(f.State), At: time.Now()}
	if r.State == messaging.StateFailed {
		r.Reason = reasonOf(f.Reason, 0)
	}
	return l.Desk.Receipt(ctx, r) //nolint:wrapcheck // as above
}
