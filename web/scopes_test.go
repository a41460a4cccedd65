package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
)

// everyScope is every scope that a key can have.
func everyScope() []provisioning.Scope {
	return []provisioning.Scope{
		provisioning.CallsRead, provisioning.CallsControl, provisioning.RecordingsRead, provisioning.RecordingsDelete, provisioning.MessagesRead,
		provisioning.MessagesWrite, provisioning.ContactsRead, provisioning.ContactsWrite, provisioning.UsersRead, provisioning.UsersWrite,
		provisioning.NumbersRead, provisioning.NumbersWrite, provisioning.FlowsRead, provisioning.FlowsWrite, provisioning.TrunksRead,
		provisioning.TrunksWrite, provisioning.WebhooksRead, provisioning.WebhooksWrite, provisioning.AnalyticsRead, provisioning.SystemRead,
		provisioning.SystemWrite,
	}
}

// status asks and looks at the status alone: a stream does not end.
func (h *house) status(method, path string) (int, string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	var body string
	if method != http.MethodGet && method != http.MethodDelete {
		body = "{}"
	}
	r, err := http.NewRequestWithContext(ctx, method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, header := range h.shows {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var p struct{ Code string }
	if resp.StatusCode >= http.StatusBadRequest {
		_ = json.NewDecoder(resp.Body).Decode(&p)
	}
	return resp.StatusCode, p.Code
}

// Every operation of the description: without a key 401, with a key that may do everything else 403, with the one that it asks for neither.
func TestEveryOperationAsksForItsScope(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		var doc struct {
			Paths map[string]map[string]struct{ Security []map[string][]string }
		}
		h.get("/openapi.json").want(200).into(&doc)
		st, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		account := string(st.Accounts[0].ID)
		with, without := map[provisioning.Scope]*house{}, map[provisioning.Scope]*house{}
		for _, s := range everyScope() {
			with[s] = h.showing(withKey(h, account, s))
			without[s] = h.showing(withKey(h, account, slices.DeleteFunc(everyScope(), func(o provisioning.Scope) bool { return o == s })...))
		}
		person := people(h, provisioning.RoleAgent)[provisioning.RoleAgent]
		with[provisioning.Own], without[provisioning.Own] = h.showing(person), h.showing(withKey(h, account, everyScope()...))
		asked := 0
		for path, item := range doc.Paths {
			path = strings.NewReplacer("{", "", "}", "").Replace(path)
			for method, o := range item {
				method = strings.ToUpper(method)
				if len(o.Security) == 0 {
					if status, _ := h.showing().status(method, path); status == http.StatusForbidden {
						t.Errorf("%s %s is for everybody: %d", method, path, status)
					}
					continue
				}
				asked++
				if status, code := h.showing().status(method, path); status != http.StatusUnauthorized || code != "unauthorized" {
					t.Errorf("%s %s without a key: %d %s", method, path, status, code)
				}
				scopes := o.Security[0]["key"]
				if len(scopes) == 0 {
					continue
				}
				scope := provisioning.Scope(scopes[0])
				if with[scope] == nil {
					t.Errorf("%s %s asks for %s, which there is not", method, path, scope)
					continue
				}
				if status, code := without[scope].status(method, path); status != http.StatusForbidden || code != "forbidden" {
					t.Errorf("%s %s without %s: %d %s", method, path, scope, status, code)
				}
				if status, code := with[scope].status(method, path); status == http.StatusUnauthorized || status == http.StatusForbidden && code == "forbidden" {
					t.Errorf("%s %s with %s: %d %s", method, path, scope, status, code)
				}
			}
		}
		if asked < 30 {
			t.Errorf("only %d operations were asked for", asked)
		}
	})
}
