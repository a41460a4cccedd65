package web_test

import (
	"strings"
	"testing"
)

func TestTagsAreMadeChangedAndDeleted(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		made := h.post("/api/v1/tags", map[string]any{"name": "  Devis  ", "color": "#ff8800"}).want(201).shows("name", "Devis", "color", "#ff8800")
		id := made.at("id")
		at := "/api/v1/tags/" + id
		if !strings.HasPrefix(id, "tag_") || made.Header.Get("Location") != at {
			t.Errorf("it is %s, at %s", id, made.Header.Get("Location"))
		}
		if etag := h.get(at).want(200).shows("name", "Devis").Header.Get("ETag"); etag == "" || etag != made.Header.Get("ETag") {
			t.Errorf("its version is %s, and was %s", etag, made.Header.Get("ETag"))
		}

		changed := h.patch(at, `{"name": "Facture", "color": null}`, "If-Match: "+made.Header.Get("ETag")).want(200).shows("name", "Facture", "color", "")
		h.patch(at, `{"color": "#000000"}`, "If-Match: "+made.Header.Get("ETag")).refused(412, "stale")
		h.remove(at, "If-Match: "+made.Header.Get("ETag")).refused(412, "stale")
		h.get("/api/v1/tags?count=true").want(200).shows("data.0.name", "Facture", "total_count", "1", "next_cursor", "<nil>")

		h.remove(at, "If-Match: "+changed.Header.Get("ETag")).want(204)
		h.get(at).refused(404, "not_found")
		h.remove(at).refused(404, "not_found")
	})
}

func TestTagIsRefusedWithTheFieldNamed(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		h.post("/api/v1/tags", map[string]any{"name": "Été"}).want(201)
		for _, p := range []struct {
			name           string
			body           any
			status         int
			code, location string
		}{
			{"a name that is taken, but for case and the way of writing é", map[string]any{"name": "e\u0301TE\u0301"}, 409, "name_taken", "body.name"},
			{"no name", map[string]any{"name": " "}, 422, "text_needed", "body.name"},
			{"NUL", map[string]any{"name": "a\x00b"}, 422, "text_characters", "body.name"},
			{"text that runs backwards", map[string]any{"name": "abc\u202egnp.exe"}, 422, "text_characters", "body.name"},
			{"a book", map[string]any{"name": strings.Repeat("x", 101)}, 422, "text_long", "body.name"},
			{"another color", map[string]any{"name": "a", "color": "red"}, 422, "color_malformed", "body.color"},
			{"an unknown field", map[string]any{"name": "a", "size": 1}, 422, "invalid_request", ""},
			{"another type", `{"name": 7}`, 422, "invalid_request", ""},
			{"no JSON", `{"name"`, 400, "invalid_request", ""},
			{"a body without end", `{"name": "` + strings.Repeat("x", 10<<20) + `"}`, 413, "too_large", ""},
		} {
			if f := h.post("/api/v1/tags", p.body).refused(p.status, p.code); f.Location != p.location {
				t.Errorf("%s: the fault is at %q, want %q", p.name, f.Location, p.location)
			}
		}
		h.get("/api/v1/tags?count=true").want(200).shows("total_count", "1")
	})
}

func TestTagsCrossNoAccount(t *testing.T) {
	onBoth(t, acme+"\n[[accounts]]\nname = \"Other\"\n", func(h *house) {
		h.post("/api/v1/tags", map[string]any{"name": "a"}).refused(422, "account_needed")
		h.post("/api/v1/tags?account_id=acc_none", map[string]any{"name": "a"}).refused(404, "not_found")
		st, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range st.Accounts {
			h.post("/api/v1/tags?account_id="+string(a.ID), map[string]any{"name": "a"}).want(201)
		}
	})
}
