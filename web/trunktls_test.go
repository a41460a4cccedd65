package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestATrunkSaysWhoseCertificateItsServerShows(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		at := "/api/v1/trunks/" + h.trunk()
		pin := strings.Repeat("0a", 32)
		h.get(at).want(http.StatusOK).shows("tls", "{}")
		h.patch(at, map[string]any{"tls": map[string]any{"name": "sbc.op.example", "pins": []string{pin}, "certificate": "op-1", "min_version": "1.3", "callers": []string{"*.op.example"}}}).
			want(http.StatusOK).shows("tls.name", "sbc.op.example", "tls.pins.0", pin, "tls.certificate", "op-1", "tls.min_version", "1.3", "tls.callers.0", "*.op.example")
		for _, k := range h.store.Snapshot().Trunks {
			if k.Name == "Coeur" && (k.TLS.Name != "sbc.op.example" || len(k.TLS.Pins) != 1 || k.TLS.MinVersion != "1.3") {
				t.Errorf("calls see %+v", k.TLS)
			}
		}
		for _, bad := range []struct {
			field    string
			value    any
			code     string
			location string
		}{
			{"name", "sbc.op.example/", "trunk_tls_name", "body.tls.name"},
			{"authority", "nobody", "platform_authority", "body.tls.authority"},
			{"pins", []string{pin, "0a"}, "trunk_tls_pin", "body.tls.pins[1]"},
			{"certificate", "../../etc/shadow", "trunk_tls_certificate", "body.tls.certificate"},
			{"media", "required", "trunk_tls_media", "body.tls.media"}, // its servers are reached over UDP
			{"callers", []string{"a\r\nb"}, "trunk_tls_name", "body.tls.callers[0]"},
		} {
			if f := h.patch(at, map[string]any{"tls": map[string]any{bad.field: bad.value}}).refused(http.StatusUnprocessableEntity, bad.code); f.Location != bad.location {
				t.Errorf("%s is at %s", bad.code, f.Location)
			}
		}
		h.get(at).shows("tls.name", "sbc.op.example")
		h.patch(at, map[string]any{"tls": nil}).want(http.StatusOK).shows("tls", "{}")
	})
}
