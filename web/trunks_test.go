package web_test

import (
	"net/http"
	"strings"
	"testing"

	"tandem/store"
)

func storeConfig(t *testing.T) store.Config {
	t.Helper()
	return store.Config{DataDir: t.TempDir()}
}

func TestATrunkIsMadeAndItsPasswordsAreNeverShown(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/trunks", map[string]any{
			"name": "Opérateur", "servers": []string{"sip:192.0.2.10:5060;transport=udp"}, "sources": []string{"192.0.2.10", "198.51.100.0/24"},
			"out_username": "acme", "out_password": "geheim", "in_username": "them", "in_password": "tresgeheim2", "register": true, "country": "FR", "dial": "national",
			"options_every_seconds": 30,
		}).want(http.StatusCreated)
		made.shows("has_out_password", "true", "has_in_password", "true", "sources.0", "192.0.2.10/32", "options_every_seconds", "30", "dial", "national")
		at := "/api/v1/trunks/" + made.at("id")
		patched := h.patch(at, map[string]any{"max_calls": 10, "dial": "plus"}).want(http.StatusOK).shows("max_calls", "10", "has_out_password", "true")
		for _, text := range []string{made.Text, patched.Text, h.get("/api/v1/trunks").Text} {
			if strings.Contains(text, "geheim") || strings.Contains(text, "tresgeheim2") || strings.Contains(text, "ha1") {
				t.Errorf("a password is shown: %s", text)
			}
		}
		for _, k := range h.store.Snapshot().Trunks {
			if k.OutPassword != "geheim" || len(k.InHA1MD5) != 32 || k.MaxCalls != 10 {
				t.Errorf("the trunk is %+v", k)
			}
		}
		h.post("/api/v1/trunks", map[string]any{"name": "opérateur", "sources": []string{"192.0.2.1"}}).refused(http.StatusConflict, "name_taken")
		h.post("/api/v1/trunks", map[string]any{"name": "x"}).refused(http.StatusUnprocessableEntity, "trunk_empty")
		h.post("/api/v1/trunks", map[string]any{"name": "x", "sources": []string{"here"}}).refused(http.StatusUnprocessableEntity, "not_a_network")
		h.post("/api/v1/trunks", map[string]any{"name": "x", "servers": []string{"sip:a\r\nX: y"}}).refused(http.StatusUnprocessableEntity, "trunk_server")
		h.patch(at, map[string]any{"country": nil, "dial": "national"}).refused(http.StatusUnprocessableEntity, "trunk_dial")
		h.patch(at, map[string]any{"dial": "morse"}).refused(http.StatusUnprocessableEntity, "value_unknown")
		h.patch(at, map[string]any{"priority": -1}).refused(http.StatusUnprocessableEntity, "trunk_limit")
		h.patch(at, map[string]any{"in_username": "other"}).refused(http.StatusUnprocessableEntity, "trunk_in_login")
		h.patch(at, map[string]any{"max_calls": 5}, `If-Match: "old"`).refused(http.StatusPreconditionFailed, "stale")
		h.remove(at).want(http.StatusNoContent)
		h.get(at).refused(http.StatusNotFound, "not_found")
	})
}

// What everybody's calls go by is shown to everybody who may see trunks, one by one as in the list, and changed by who sees all accounts.
func TestASharedTrunkIsShownToAllAndChangedByWhoSeesAll(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/trunks", map[string]any{"name": "De tous", "servers": []string{"sip:192.0.2.10"}, "shared": true}).want(http.StatusCreated)
		at := "/api/v1/trunks/" + made.at("id")
		key := h.post("/api/v1/api-keys", map[string]any{"name": "theirs", "scopes": []string{"trunks:*"}}).want(http.StatusCreated).at("key")
		mine := h.showing("Authorization: Bearer " + key)
		mine.get("/api/v1/trunks").want(http.StatusOK).shows("data.0.name", "De tous")
		mine.get(at).want(http.StatusOK).shows("name", "De tous")
		mine.patch(at, map[string]any{"name": "Mien"}).refused(http.StatusNotFound, "not_found")
		mine.remove(at).refused(http.StatusNotFound, "not_found")
	})
}
