package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/web/webhook"
)

// The inbox shows webhooks that come to us ourselves: who writes a receiver sees what it will get, without a tunnel.
const (
	inboxPath  = "/dev/inbox"
	inboxKeeps = 200
	inboxBody  = 64 << 10 // of each request
	hooksFresh = 100 * time.Millisecond
)

// inbox is what came, the newest last.
type inbox struct {
	mu    sync.Mutex
	items []inboxItem
	count int64

	// The webhooks that point here, as they were at a moment.
	hooks []*provisioning.Webhook
	at    time.Time
}

// inboxItem is one request that came.
type inboxItem struct {
	Number    int64             `json:"number"`
	At        string            `json:"at"`
	Signature string            `json:"signature"` // "valid", "unsigned", "too_old" or "forged"
	Webhook   *reference        `json:"webhook"`   // whose secret signed it
	ID        string            `json:"webhook_id"`
	Type      string            `json:"type"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	Size      int               `json:"size"`

	account routing.AccountID // empty: nobody's
}

// inboxPages mounts the inbox where there is one; its page is with the others.
func (s *Server) inboxPages() {
	if !s.cfg.Inbox {
		return
	}
	s.mux.HandleFunc("POST "+inboxPath, s.receive)
	s.mux.HandleFunc("GET "+inboxPath+".json", s.showInbox)
}

// receive takes a webhook and checks who signed it. It takes what is not signed too, and says so: that is what it is for.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.refuse(w, r, problem(http.StatusRequestEntityTooLarge, codeTooLarge, "the body is too large"))
		return
	}
	item := inboxItem{
		At: *stamp(time.Now()), ID: r.Header.Get(webhook.HeaderID), Type: typeOf(body), Size: len(body), Headers: map[string]string{},
		Body: strings.ToValidUTF8(string(body[:min(len(body), inboxBody)]), "\ufffd"),
	}
	for _, name := range []string{
		"Content-Type", "User-Agent", webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature, "Traceparent",
	} {
		if v := r.Header.Get(name); v != "" {
			item.Headers[strings.ToLower(name)] = strings.ToValidUTF8(v, "\ufffd")
		}
	}
	s.checkItem(r, body, &item)
	s.inbox.add(item)
	w.WriteHeader(http.StatusNoContent)
}

// checkItem finds the webhook whose secret signed a request.
func (s *Server) checkItem(r *http.Request, body []byte, item *inboxItem) {
	now := time.Now()
	item.Signature = "unsigned"
	if item.ID == "" || r.Header.Get(webhook.HeaderSignature) == "" {
		return
	}
	hooks, err := s.hooksOfInbox(r, now)
	if err != nil {
		item.Signature = "unchecked"
		return
	}
	item.Signature = "forged"
	for _, h := range hooks {
		err := webhook.Verify(r.Header, body, now, h.Signers(now)...)
		switch {
		case err == nil:
			item.Signature, item.Webhook, item.account = "valid", &reference{ID: h.ID, Name: h.Name}, h.Account
			return
		case errors.Is(err, webhook.ErrTooOld):
			item.Signature = "too_old"
		case errors.Is(err, webhook.ErrUnsigned):
			item.Signature = "unsigned"
		}
	}
}

// hooksOfInbox are the webhooks that point to the inbox. Whoever floods it does not make us read all records for each request.
func (s *Server) hooksOfInbox(r *http.Request, now time.Time) ([]*provisioning.Webhook, error) {
	s.inbox.mu.Lock()
	hooks, at := s.inbox.hooks, s.inbox.at
	s.inbox.mu.Unlock()
	if now.Sub(at) < hooksFresh {
		return hooks, nil
	}
	st, err := s.rooms.Records.State(r.Context())
	if err != nil {
		return nil, err
	}
	hooks = nil
	for _, h := range st.Webhooks {
		if u, err := url.Parse(h.URL); err == nil && strings.TrimSuffix(u.Path, "/") == inboxPath {
			hooks = append(hooks, h)
		}
	}
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	s.inbox.hooks, s.inbox.at = hooks, now
	return hooks, nil
}

// typeOf is the type of event in a body of either format.
func typeOf(body []byte) string {
	var e struct {
		Type  string `json:"type"`
		Event string `json:"event"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	if e.Type == "" {
		return e.Event
	}
	return e.Type
}

func (b *inbox) add(item inboxItem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	item.Number = b.count
	if len(b.items) == inboxKeeps {
		b.items = slices.Delete(b.items, 0, 1)
	}
	b.items = append(b.items, item)
}

// seenBy are the items that somebody may see, the newest first. What nobody of ours signed is for those who see every account.
func (b *inbox) seenBy(i identity) []inboxItem {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []inboxItem{}
	for _, item := range slices.Backward(b.items) {
		if bool(i.sees(item.account)) {
			out = append(out, item)
		}
	}
	return out
}

func (s *Server) showInbox(w http.ResponseWriter, r *http.Request) {
	i := who(r.Context())
	if !bool(i.may(provisioning.WebhooksRead)) {
		s.refuse(w, r, problem(http.StatusForbidden, codeForbidden, "this needs the scope "+string(provisioning.WebhooksRead)))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": s.inbox.seenBy(i)})
}
