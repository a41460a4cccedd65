package web_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"tandem/provisioning"
	"tandem/web"
)

// restarted is the same house after its front desk was started again.
func (h *house) restarted() *house {
	h.t.Helper()
	s, err := web.New(web.Config{APIKey: key, RequestsPerMinute: 1_000_000, Log: slog.New(slog.DiscardHandler)}, web.Rooms{
		Records: h.store, Book: h.store, Directory: h.store, Office: siteOffice{h.store}, Versions: h.store, Events: h.store, Keeper: h.store,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler(web.Outside))
	h.t.Cleanup(server.Close)
	next := *h
	next.url = server.URL
	return &next
}

func TestSessionsAndRepeatsOutliveTheProcess(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		admin := people(h, provisioning.RoleAdmin)[provisioning.RoleAdmin]
		first := h.showing(admin).post("/api/v1/tags", map[string]any{"name": "once"}, "Idempotency-Key: a-1").want(201)
		again := h.restarted().showing(admin).post("/api/v1/tags", map[string]any{"name": "once"}, "Idempotency-Key: a-1").want(201)
		if again.Header.Get("Idempotency-Replayed") != "true" || again.Text != first.Text || again.Header.Get("Location") != first.Header.Get("Location") {
			t.Errorf("first %v %s\nagain %v %s", first.Header, first.Text, again.Header, again.Text)
		}
		h.get("/api/v1/tags?count=true").want(200).shows("total_count", "1")
	})
}
