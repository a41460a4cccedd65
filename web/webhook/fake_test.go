package webhook_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"tandem/provisioning"
)

// archive keeps webhooks and deliveries in memory, for tests in which days pass.
type archive struct {
	mu       sync.Mutex
	hooks    map[string]*provisioning.Webhook
	all      []*provisioning.Delivery
	leased   map[string]struct{}
	health   map[string]provisioning.WebhookHealth
	events   []provisioning.Event
	disabled map[string]string
}

func newArchive(hooks ...*provisioning.Webhook) *archive {
	a := &archive{
		hooks: map[string]*provisioning.Webhook{}, leased: map[string]struct{}{}, health: map[string]provisioning.WebhookHealth{}, disabled: map[string]string{},
	}
	for _, w := range hooks {
		a.hooks[w.ID] = w
	}
	return a
}

// tell writes an event.
func (a *archive) tell(e provisioning.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Account, e.At, e.Data = "acc_1", time.Now(), []byte(`{}`)
	a.events = append(a.events, e)
}

func (a *archive) FanOut(context.Context, int) (provisioning.FanOut, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := provisioning.FanOut{Taken: len(a.events)}
	for _, e := range a.events {
		for id, w := range a.hooks {
			if bool(w.Wants(e.Type)) {
				out.Webhooks = append(out.Webhooks, id)
				a.all = append(a.all, &provisioning.Delivery{
					Position: int64(len(a.all) + 1), ID: "whd_" + e.ID + id, Webhook: id, Account: "acc_1", Event: e, Origin: provisioning.OfEvent,
					State: provisioning.DeliveryWaiting, Due: time.Now(), Created: time.Now(),
				})
			}
		}
	}
	a.events = nil
	return out, nil
}

func (a *archive) WaitingWebhooks(context.Context) (map[string]time.Time, error) { return nil, nil }

func (a *archive) OnEvents(func()) (stop func()) { return func() {} }

func (a *archive) ReleaseDeliveries(context.Context) error { return nil }

func (a *archive) ClaimDeliveries(_ context.Context, webhook string, _ time.Duration, limit int) ([]*provisioning.Delivery, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []*provisioning.Delivery
	seen := map[string]bool{}
	for _, d := range a.all {
		if d.Webhook != webhook || d.State != provisioning.DeliveryWaiting {
			continue
		}
		_, leased := a.leased[d.ID]
		if !seen[d.Event.Subject] && !leased && !d.Due.After(time.Now()) && len(out) < limit && !a.health[webhook].Paused.After(time.Now()) {
			a.leased[d.ID] = struct{}{}
			out = append(out, new(*d))
		}
		seen[d.Event.Subject] = true
	}
	return out, nil
}

func (a *archive) NextDelivery(_ context.Context, webhook string) (time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var next time.Time
	for _, d := range a.all {
		if d.Webhook == webhook && d.State == provisioning.DeliveryWaiting && d.Due.After(time.Now()) && (next.IsZero() || d.Due.Before(next)) {
			next = d.Due
		}
	}
	return next, nil
}

func (a *archive) EndAttempt(_ context.Context, end provisioning.DeliveryEnd) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.all {
		if d.ID == end.ID {
			d.State, d.Due, d.Attempts, d.Body, d.Response = end.State, end.Due, slices.Clone(end.Attempts), end.Body, end.Response
			delete(a.leased, d.ID)
		}
	}
	a.health[end.Webhook] = end.Health
	return nil
}

func (a *archive) DropDeliveries(_ context.Context, webhook string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.all {
		if d.Webhook == webhook && d.State == provisioning.DeliveryWaiting {
			d.State = provisioning.DeliveryDropped
		}
	}
	return nil
}

func (a *archive) Webhook(_ context.Context, id string) (*provisioning.Webhook, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.hooks[id]; w != nil {
		return w, nil
	}
	return nil, provisioning.ErrNotFound
}

func (a *archive) WebhookHealth(_ context.Context, id string) (provisioning.WebhookHealth, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.health[id], nil
}

// disable is what the house does where a webhook is given up.
func (a *archive) disable(_ context.Context, w *provisioning.Webhook, why string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.disabled[w.ID] = why
	next := *w
	next.Disabled, next.Why = true, why
	a.hooks[w.ID] = &next
	return nil
}

// deliveries is a copy of what became of everything.
func (a *archive) deliveries() []provisioning.Delivery {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []provisioning.Delivery
	for _, d := range a.all {
		out = append(out, *d)
	}
	return out
}

// receiver answers without a socket.
type receiver func(r *http.Request) (status int, header http.Header)

func (f receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	status, header := f(r)
	if status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader([]byte("ok"))), Request: r}, nil
}
