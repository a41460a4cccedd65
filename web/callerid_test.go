package web_test

import (
	"testing"
)

const linesOfTwo = `
[[accounts]]
name = "Acme"

[[users]]
name = "Alice"
email = "alice@acme.test"

[[users]]
name = "Bruno"
email = "bruno@acme.test"

[[users]]
name = "Chloe"
email = "chloe@acme.test"

[[teams]]
name = "Support"
users = ["bruno@acme.test"]

[[flows]]
name = "Main"
start = "end"
  [[flows.nodes]]
  id = "end"
  type = "hangup"

[[numbers]]
e164 = "+33199001234"
flow = "Main"
users = ["alice@acme.test"]
teams = ["Support"]
outbound_users = ["chloe@acme.test"]

[[numbers]]
e164 = "+33199005678"
flow = "Main"
users = ["alice@acme.test"]
`

func TestSpec_L16_O1_O2_AUserSeesAndShowsTheLinesThatAreTheirs(t *testing.T) {
	onBoth(t, linesOfTwo, func(h *house) {
		ids := map[string]string{}
		for _, name := range []string{"alice", "bruno", "chloe"} {
			ids[name] = h.get("/api/v1/users?q=" + name).want(200).at("data.0.id")
		}
		h.get("/api/v1/users/"+ids["alice"]+"/numbers").want(200).shows("data.0.number", "+33199001234", "data.1.number", "+33199005678", "data.2", "<none>")
		for _, name := range []string{"bruno", "chloe"} { // by their team; by outbound rights
			at := "/api/v1/users/" + ids[name]
			h.get(at+"/numbers").want(200).shows("data.0.number", "+33199001234", "data.0.default", "false", "data.1", "<none>")
			h.patch(at, map[string]any{"caller_id": "+33199001234"}).want(200).shows("caller_id", "+33199001234")
			h.get(at+"?expand=numbers").want(200).shows("numbers.0.default", "true")
			if f := h.patch(at, map[string]any{"caller_id": "+33199005678"}).refused(422, "caller_id_foreign"); f.Row != "O1" || f.Location != "body.caller_id" {
				t.Errorf("%s is refused at %s by %s", name, f.Location, f.Row)
			}
			h.patch(at, map[string]any{"caller_id": "+33199009999"}).refused(422, "caller_id_unknown")
			h.patch(at, map[string]any{"caller_id": "0199001234"}).refused(422, "number_malformed")
			h.patch(at, map[string]any{"caller_id": nil}).want(200).shows("caller_id", "<nil>")
		}
	})
}

func TestSpec_X16_AChangedExtensionWorksForTheNextDigits(t *testing.T) {
	onBoth(t, linesOfTwo, func(h *house) {
		alice := h.get("/api/v1/users?q=alice").want(200)
		id, old := alice.at("data.0.id"), alice.at("data.0.extension")
		h.put("/api/v1/users/"+id+"/extension", map[string]any{"extension": "345"}).want(200)
		// What answers the next digits is the snapshot, and it is another before the change is acknowledged.
		for _, a := range h.store.Snapshot().Accounts {
			if who, there := a.Extensions[old]; there {
				t.Errorf("%s is still %s's", old, who)
			}
			if string(a.Extensions["345"]) != id {
				t.Errorf("345 is %q's", a.Extensions["345"])
			}
		}
	})
}
