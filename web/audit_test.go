package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
)

func TestEveryChangeIsInTheAuditLog(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		as := people(h, provisioning.RoleAdmin)
		admin := h.showing(as[provisioning.RoleAdmin])
		me := admin.get("/api/v1/me").want(200).at("id")
		began := time.Now()
		alice := admin.post("/api/v1/users", map[string]any{"name": "Alice", "email": "alice@acme.test", "password": "a very long password"}).want(201).at("id")
		admin.patch("/api/v1/users/"+alice, map[string]any{"extension": "300"}).want(200)
		admin.patch("/api/v1/users/"+alice, map[string]any{"extension": "300"}).want(200) // It is already: nothing changes.
		admin.remove("/api/v1/users/" + alice).want(204)

		of := "/api/v1/audit-log?record_id=" + alice
		admin.get(of).want(200).shows(
			"data.0.verb", "delete", "data.1.verb", "update", "data.1.changes", `[{"after":"300","before":"202","field":"extension"}]`,
			"data.1.actor", me, "data.1.actor_name", "admin", "data.2.verb", "create", "data.3", "<none>", "data.0.name", "alice@acme.test",
		)
		if text := admin.get(of).Text; strings.Contains(text, "pbkdf2") || strings.Contains(text, "a very long") {
			t.Errorf("it tells a password: %s", text)
		}
		first := admin.get(of+"&limit=2").want(200).shows("data.1.verb", "update")
		admin.get(of+"&limit=2&cursor="+url.QueryEscape(first.at("next_cursor"))).want(200).shows("data.0.verb", "create", "next_cursor", "<nil>")
		if link := first.Header.Get("Link"); !strings.Contains(link, `rel="next"`) || !strings.Contains(link, "record_id="+alice) {
			t.Errorf("the next page is at %s", link)
		}
		since := "/api/v1/audit-log?since=" + url.QueryEscape(began.UTC().Format(time.RFC3339Nano))
		admin.get(since+"&kind=user&actor="+me).want(200).shows("data.2.verb", "create")
		admin.get(since+"&kind=team").want(200).shows("data", "[]")
		for _, bad := range []string{"?cursor=abc", "?cursor=YzE6eA", "?cursor=YzE6LTU", "?limit=0", "?since=yesterday", "?what=1"} {
			admin.get("/api/v1/audit-log" + bad).want(422)
		}
	})
}
