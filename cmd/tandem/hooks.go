package main

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/web"
	"tandem/web/webhook"
)

// hooks is what goes outside by HTTP: webhooks, and the questions of flows.
type hooks struct {
	guard     webhook.Guard
	transport http.RoundTripper
	asker     *webhook.Asker
	worker    *webhook.Worker
	desk      atomic.Pointer[web.Server] // writes what is told and asked; nil until it is open
}

// newHooks makes what asks; make makes what tells, and start starts both.
func newHooks(m *Main) *hooks {
	h := &hooks{guard: webhook.Guard{Own: m.listens}}
	if m.Config.Webhooks.AllowPrivate {
		h.guard.Reach = webhook.InHouseToo
	}
	h.transport = webhook.NewTransport(h.guard)
	h.asker = webhook.NewAsker(h.transport, m.store.SigningSecrets)
	return h
}

// make makes what delivers; it begins with start.
func (h *hooks) make(m *Main) {
	h.worker = webhook.New(webhook.Config{
		Records: m.store, Render: m.desk.RenderWebhook, Transport: h.transport, Log: m.Log,
		Disable: func(ctx context.Context, w *provisioning.Webhook, why string) error {
			_, err := provisioning.Do(ctx, m.store, "webhooks", provisioning.DisableWebhook(w.ID, why))
			return err
		},
	})
}

// start begins to tell and to ask, once every address of ours is known.
func (h *hooks) start(ctx context.Context, desk *web.Server) {
	h.desk.Store(desk)
	h.worker.Start(ctx)
}

// close lets attempts in hand end.
func (h *hooks) close(ctx context.Context) {
	const patience = 3 * time.Second
	if h.worker != nil {
		wait, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		h.worker.Close(wait)
	}
	h.asker.Close()
}

// deliver makes a webhook get at once what is due.
func (h *hooks) deliver(id string) {
	if h.worker != nil {
		h.worker.Try(id)
	}
}

var errNotOpen = errors.New("the front desk is not open yet")

// Ask implements routing.Asker.
func (h *hooks) Ask(ctx context.Context, q routing.Question) ([]byte, error) {
	desk := h.desk.Load()
	if desk == nil {
		return nil, errNotOpen
	}
	text, err := desk.RenderQuestion(q)
	if err != nil {
		return nil, err
	}
	return h.asker.Ask(ctx, q.Account, q.URL, text)
}

// listens is every address of ours: nothing of ours goes there by webhook.
func (m *Main) listens() []netip.AddrPort {
	out := []netip.AddrPort{m.web, m.metrics}
	for _, l := range m.stack.Listeners() {
		out = append(out, l.Bind)
	}
	return out
}

// hookSource counts what became of attempts, and how late events met their first.
func hookSource(house *Main) *source {
	var now webhook.Stats
	s := &source{read: func() { now = house.hooks.worker.Stats() }}
	s.counter("tandem_webhook_deliveries_total", "Attempts to deliver to webhooks.", func(e emit) { byName(e, now.Results) }, "result")
	s.histogram("tandem_webhook_lag_seconds", "From an event to the first attempt to deliver it.", func(e func(spread, ...string)) {
		bounds := make([]float64, len(now.Lag.Bounds))
		for i, b := range now.Lag.Bounds {
			bounds[i] = b.Seconds()
		}
		e(spread{bounds, now.Lag.Counts, now.Lag.Sum.Seconds()})
	})
	return s
}
