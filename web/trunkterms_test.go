package web_test

import (
	"net/http"
	"testing"
)

func TestTheTermsOfATrunk(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/trunks", map[string]any{
			"name": "Carrier", "servers": []string{"sip:192.0.2.10"}, "country": "FR",
			"terms": map[string]any{"codecs": []string{"G722", "PCMA"}, "prefix_in": []any{map[string]any{"match": "99", "put": "+"}}, "weight": 5},
		}).want(http.StatusCreated).shows("terms.codecs.0", "G722", "terms.weight", "5")
		at := "/api/v1/trunks/" + made.at("id")
		h.patch(at, map[string]any{"terms": map[string]any{"weight": 7, "digits_out": "info"}}).want(http.StatusOK).
			shows("terms.codecs.1", "PCMA", "terms.weight", "7", "terms.prefix_in.0.match", "99")
		h.post(at+"/preview", map[string]any{"number": "9933612345678"}).want(http.StatusOK).shows("e164", "+33612345678", "rule_in", "0")
		h.post(at+"/preview", map[string]any{"number": "0033612345678"}).want(http.StatusOK).shows("e164", "+33612345678", "called", "+33612345678")
		h.post(at+"/preview", map[string]any{
			"number": "0612345678", "terms": map[string]any{"prefix_out": []any{map[string]any{"match": "+33", "put": "0"}}, "from_format": "bare"},
		}).want(http.StatusOK).shows("called", "0612345678", "from", "33612345678", "asserted", "33612345678")
		for code, terms := range map[string]map[string]any{
			"value_unknown":      {"codecs": []string{"GSM"}},
			"trunk_codec_twice":  {"codecs": []string{"PCMA", "PCMA"}},
			"trunk_header":       {"headers_out": []any{map[string]any{"do": "remove", "header": "Via"}}},
			"trunk_header_value": {"headers_in": []any{map[string]any{"do": "set", "header": "X-A", "value": "${secret}"}}},
			"trunk_prefix":       {"prefix_out": []any{map[string]any{"match": "x"}}},
			"out_of_range":       {"event_type": 8},
		} {
			h.patch(at, map[string]any{"terms": terms}).refused(http.StatusUnprocessableEntity, code)
		}
		h.get(at).want(http.StatusOK).shows("terms.weight", "7", "terms.codecs.0", "G722")
	})
}
