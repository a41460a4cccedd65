package web_test

import (
	"slices"
	"strings"
	"testing"

	"tandem/provisioning"
)

// hire makes a user, and gives their id.
func hire(h *house, name string) string {
	h.t.Helper()
	body := map[string]any{"name": name, "email": strings.ToLower(name) + "@acme.test"}
	return h.post("/api/v1/users", body).want(201).at("id")
}

func TestSpec_X1_EachUserGetsAFreeExtension(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		h.get("/api/v1/extensions/next").want(200).shows("extension", "201")
		alice := h.post("/api/v1/users", map[string]any{"name": "Alice", "email": "Alice@Acme.test"}).want(201).shows("extension", "201", "email", "alice@acme.test", "role", "agent")
		h.post("/api/v1/users", map[string]any{"name": "Bruno", "email": "bruno@acme.test", "extension": "202"}).want(201)
		chloe := h.post("/api/v1/users", map[string]any{"name": "Chloé", "email": "chloe@acme.test"}).want(201).shows("extension", "203")
		h.get("/api/v1/extensions/202").want(200).shows("status", "taken", "user.name", "Bruno")
		h.get("/api/v1/extensions/112").want(200).shows("status", "emergency", "user", "<nil>")
		h.get("/api/v1/extensions/300").want(200).shows("status", "free", "user", "<nil>")
		h.get("/api/v1/extensions/20x").refused(422, "extension_malformed")

		at := "/api/v1/users/" + chloe.at("id")
		h.put(at+"/extension", map[string]any{"extension": "300"}, "If-Match: "+chloe.Header.Get("ETag")).want(200).shows("extension", "300")
		h.put(at+"/extension", map[string]any{"extension": "301"}, "If-Match: "+chloe.Header.Get("ETag")).refused(412, "stale")
		h.get("/api/v1/extensions/203").want(200).shows("status", "free")
		h.get("/api/v1/extensions/300").want(200).shows("user.id", chloe.at("id"))
		h.get("/api/v1/users/"+alice.at("id")).want(200).shows("extension", "201")
	})
}

func TestSpec_X1_ATakenOrMalformedExtensionIsRefused(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		hire(h, "Alice")
		at := "/api/v1/users/" + hire(h, "Bruno")
		for _, p := range []struct{ extension, code string }{
			{"201", "extension_taken"},
			{"20", "extension_malformed"},
			{"2011", "extension_malformed"},
			{"", "extension_malformed"},
			{"２０４", "extension_malformed"},
			{"112", "extension_emergency"},
			{"119", "extension_emergency"},
			{"911", "extension_emergency"},
		} {
			for _, a := range []*answer{
				h.patch(at, map[string]any{"extension": p.extension}), h.put(at+"/extension", map[string]any{"extension": p.extension}),
			} {
				if f := a.refused(422, p.code); f.Location != "body.extension" || f.Row != "X1" {
					t.Errorf("%q is refused at %s by %s", p.extension, f.Location, f.Row)
				}
			}
		}
		for language, want := range map[string]string{"en": "the extension 201 is taken by alice@acme.test", "fr": "L’extension 201 est déjà celle de Alice (alice@acme.test)."} {
			if f := h.patch(at, map[string]any{"extension": "201"}, "Accept-Language: "+language).refused(422, "extension_taken"); f.Message != want {
				t.Errorf("in %s it says %q", language, f.Message)
			}
		}
		h.get(at).want(200).shows("extension", "202")
	})
}

func TestSpec_X26_ADeletedUsersExtensionRests(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		alice := "/api/v1/users/" + hire(h, "Alice")
		h.post(alice+"/devices", `{}`).want(201)
		h.remove(alice).want(204)
		h.get(alice).refused(404, "not_found")
		h.get(alice+"/devices").refused(404, "not_found")
		h.get("/api/v1/extensions/201").want(200).shows("status", "resting", "user", "<nil>")
		h.get("/api/v1/extensions/next").want(200).shows("extension", "202")
		h.post("/api/v1/users", map[string]any{"name": "Bruno", "email": "bruno@acme.test"}).want(201).shows("extension", "202")
		h.post("/api/v1/users", map[string]any{"name": "Chloé", "email": "chloe@acme.test", "extension": "201"}).want(201).shows("extension", "201")
	})
}

func TestSpec_F6_PickersFindFromTheFirstLetter(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		for _, p := range [][3]string{{"Alice Martin", "am@acme.test", "310"}, {"Émile Zola", "zola@acme.test", "320"}, {"Bruno Alvarez", "bruno@acme.test", "201"}} {
			h.post("/api/v1/users", map[string]any{"name": p[0], "email": p[1], "extension": p[2]}).want(201)
		}
		h.post("/api/v1/teams", map[string]any{"name": "Support Équipe"}).want(201)
		h.post("/api/v1/teams", map[string]any{"name": "Ventes"}).want(201)
		for q, want := range map[string]string{
			"a":  "Alice Martin, Bruno Alvarez, Émile Zola", // the domain of their addresses begins with it too
			"al": "Alice Martin, Bruno Alvarez", "e": "Émile Zola", "É": "Émile Zola", "ma%20ali": "Alice Martin", "3": "Alice Martin, Émile Zola", "310": "Alice Martin",
			"zola%40": "Émile Zola", "x": "", "%F0%9F%98%80": "",
		} {
			if got := names(h.get("/api/v1/users?q=" + q).want(200)); got != want {
				t.Errorf("%q finds %s, want %s", q, got, want)
			}
		}
		for q, want := range map[string]string{"s": "Support Équipe", "eq": "Support Équipe", "v": "Ventes", "port": ""} {
			if got := names(h.get("/api/v1/teams?q=" + q).want(200)); got != want {
				t.Errorf("%q finds %s, want %s", q, got, want)
			}
		}
	})
}

func TestSpec_X14_APersonSeesTheirExtension(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		as := people(h, provisioning.RoleAdmin, provisioning.RoleAgent)
		agent := h.showing(as[provisioning.RoleAgent])
		mine := agent.get("/api/v1/me").want(200).shows("extension", "202", "role", "agent", "account.name", "Acme")
		agent.patch("/api/v1/me", map[string]any{"extension": "300"}).refused(422, "invalid_request")
		agent.patch("/api/v1/me", map[string]any{"role": "owner"}).refused(422, "invalid_request")
		agent.patch("/api/v1/me", map[string]any{"name": "Zoé", "language": "fr", "timezone": "Indian/Reunion"}).want(200).shows("name", "Zoé", "timezone", "Indian/Reunion")
		agent.patch("/api/v1/users/"+mine.at("id"), map[string]any{"extension": "300"}).refused(403, "forbidden")

		admin := h.showing(as[provisioning.RoleAdmin])
		admin.patch("/api/v1/users/"+mine.at("id"), map[string]any{"extension": "300"}).want(200).shows("extension", "300")
		agent.get("/api/v1/me").want(200).shows("extension", "300")
		h.get("/api/v1/me").refused(404, "not_a_person")
	})
}

// names lists the names on a page, by the alphabet.
func names(a *answer) string {
	var page struct{ Data []struct{ Name string } }
	a.into(&page)
	var out []string
	for _, one := range page.Data {
		out = append(out, one.Name)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
