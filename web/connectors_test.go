package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// wires are connectors that are as they are told.
type wires struct{ up bool }

func (w *wires) Connector(id messaging.ConnectorID) (web.ConnectorState, bool) {
	if !w.up {
		return web.ConnectorState{}, false
	}
	return web.ConnectorState{ID: id, Up: true, Binds: 2, Since: time.Unix(1_700_000_000, 0), Rate: 1.5}, true
}

func (*wires) Queue(context.Context, messaging.ConnectorID) (int, error) { return 7, nil }

func TestAConnectorIsMadeChangedAndKeptWhileANumberUsesIt(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			w := &wires{}
			connectorStory(openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, mobileSite(), func(r *web.Rooms) { r.Connectors = w }), w)
		})
	}
}

func connectorStory(h *house, w *wires) {
	h.t.Helper()
	made := h.post("/api/v1/connectors", map[string]any{
		"name": "Porteur", "kind": "smpp", "password": "secret",
		"smpp": map[string]any{"address": "smsc.example:2775", "system_id": "tandem", "long": "udh16", "enquire_seconds": 15},
	}).want(http.StatusCreated)
	at := "/api/v1/connectors/" + made.at("id")
	h.get(at).want(http.StatusOK).shows("kind", "smpp", "role", "carrier", "in_doubt", "hold", "has_password", "true", "has_token", "false", "smpp.long", "udh16",
		"smpp.bind", "transceiver", "smpp.enquire_seconds", "15", "status", "<nil>", "http", "<nil>")
	for _, wrong := range []struct {
		code string
		body map[string]any
	}{
		{"connector_hold_window", map[string]any{"window": 4}},
		{"smpp_text", map[string]any{"smpp": map[string]any{"system_id": ""}}},
		{"connector_field_missing", map[string]any{"smpp": nil}},
		{"value_unknown", map[string]any{"role": "friend"}},
		{"unknown", map[string]any{"role": "operator", "operator_id": "op_x"}},
	} {
		h.patch(at, wrong.body).want(http.StatusUnprocessableEntity).shows("errors.0.code", wrong.code)
	}
	h.patch(at, map[string]any{"in_doubt": "retry", "window": 4, "smpp": map[string]any{"address": "smsc2.example:2775"}}).want(http.StatusOK).
		shows("window", "4", "smpp.address", "smsc2.example:2775", "smpp.system_id", "tandem", "has_password", "true")

	h.get(at+"/status").want(http.StatusOK).shows("up", "false", "detail", "it does not run", "queue", "7")
	w.up = true
	h.get(at+"/status").want(http.StatusOK).shows("up", "true", "binds", "2", "queue", "7", "rate", "1.5")
	h.get("/api/v1/connectors").want(http.StatusOK).shows("data.0.status.up", "true")
	h.get("/api/v1/connectors/mcn_x/status").want(http.StatusNotFound)
	h.remove(at).want(http.StatusNoContent)
	h.get(at).want(http.StatusNotFound)
}
