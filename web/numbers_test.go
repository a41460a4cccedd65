package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// office is a site with people, a team, a flow that serves two numbers, and numbers of every kind.
const numbersSite = `
[[accounts]]
name = "Acme"

[[users]]
name  = "Alice Martin"
email = "alice@acme.example"
extension = "201"

[[users]]
name  = "Bruno Petit"
email = "bruno@acme.example"
extension = "202"

[[teams]]
name  = "Support"
users = ["alice@acme.example", "bruno@acme.example"]

[[flows]]
name  = "Accueil"
start = "hello"
[[flows.nodes]]
id     = "hello"
type   = "audio_message"
config = { audio = "voicemail_greeting" }
next   = { done = "team" }
[[flows.nodes]]
id     = "team"
type   = "ring_to"
config = { target = { team = "Support" }, rule = "simultaneous", ring_for_seconds = 40 }
next   = { unanswered = "bruno" }
[[flows.nodes]]
id     = "bruno"
type   = "ring_to"
config = { target = { user = "bruno@acme.example" }, ring_for_seconds = 20 }
next   = { unanswered = "voicemail" }
[[flows.nodes]]
id     = "voicemail"
type   = "voicemail"

[[numbers]]
e164  = "+33199001234"
name  = "Standard"
flow  = "Accueil"
teams = ["Support"]

[[numbers]]
e164  = "+33639980007"
name  = "Mobile"
flow  = "Accueil"
kind  = "shared"
teams = ["Support"]

[[numbers]]
e164  = "+33639980008"
name  = "Neuf"
`

// number finds a number of the house by its digits.
func (h *house) number(e164 string) string {
	h.t.Helper()
	return h.get("/api/v1/numbers?q=" + e164[1:]).want(http.StatusOK).at("data.0.id")
}

// user finds a user by extension.
func (h *house) user(extension string) string {
	h.t.Helper()
	st, err := h.store.State(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, u := range st.Users {
		if u.Extension == extension {
			return string(u.ID)
		}
	}
	h.t.Fatalf("nobody has the extension %s", extension)
	return ""
}

func TestSpec_D2_D17_OnlyFrenchMobileNumbersBecomeDirect(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		standard := h.number("+33199001234")
		h.get("/api/v1/numbers/"+standard).want(http.StatusOK).shows("can_convert", "false", "cannot_convert.code", "direct_number_unsupported_type")
		f := h.post("/api/v1/numbers/"+standard+"/convert-to-direct", map[string]any{"user_id": h.user("201"), "publish": true}).
			refused(http.StatusUnprocessableEntity, "direct_number_unsupported_type")
		if f.Row != "D17" {
			t.Errorf("the refusal names the row %q, want D17", f.Row)
		}
		h.get("/api/v1/numbers/"+standard).shows("kind", "shared", "teams.0.name", "Support")
	})
}

func TestSpec_D5_D6_D14_D15_D20_ConversionKeepsTheWidgetsAndReassignsEveryRingTo(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		mobile, alice := h.number("+33639980007"), h.user("201")
		before := h.get("/api/v1/numbers/" + mobile).want(http.StatusOK)
		begun := h.post("/api/v1/numbers/"+mobile+"/convert-to-direct", map[string]any{"user_id": alice}).want(http.StatusOK)
		begun.shows("number.kind", "shared", "number.flow.name", "Accueil", "warnings.0.code", "conversion_for_good",
			"warnings.1.code", "conversion_removes_teams", "warnings.2.code", "conversion_copies_flow", "flow.restricted", "true",
			"document.nodes.0.type", "audio_message", "document.nodes.1.config.target", `{"user":"`+alice+`"}`,
			"document.nodes.2.config.target", `{"user":"`+alice+`"}`, "document.nodes.1.config.ring_for_seconds", "40",
			"document.nodes.2.config.ring_for_seconds", "20", "document.nodes.3.type", "voicemail", "document.nodes.4", "<none>")
		// Until it is published, calls follow the old distribution.
		h.get("/api/v1/numbers/"+mobile).shows("kind", "shared", "flow.id", before.at("flow.id"), "teams.0.name", "Support", "setup_question", "false")
		n := h.store.Snapshot().Numbers["+33639980007"]
		if n.Kind != "shared" || string(n.Flow) != before.at("flow.id") || len(n.Teams) != 1 {
			t.Errorf("a conversion that is not published is live: %+v", n)
		}
		flow := begun.at("flow.id")
		h.post("/api/v1/flows/"+flow+"/publish", map[string]any{}).want(http.StatusOK)
		h.get("/api/v1/numbers/"+mobile).shows("kind", "direct", "flow.id", flow, "teams", "[]", "users.0.id", alice, "users.1", "<none>", "conversion", "<nil>")
		snap := h.store.Snapshot()
		if n = snap.Numbers["+33639980007"]; n.Kind != "direct" || string(n.Flow) != flow || len(n.Teams) != 0 || snap.Flows[n.Flow] == nil {
			t.Errorf("the published conversion is not whole: %+v", n)
		}
		// The other number of the flow keeps it.
		h.get("/api/v1/numbers/"+h.number("+33199001234")).shows("flow.id", before.at("flow.id"), "teams.0.name", "Support")
	})
}

func TestSpec_D3_D4_D12_AnUnconfiguredNumberAsksOnce(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		fresh := h.number("+33639980008")
		h.get("/api/v1/numbers/"+fresh).shows("kind", "unconfigured", "setup_question", "true", "can_convert", "true")
		kept := h.post("/api/v1/numbers/"+fresh+"/keep-shared", nil).want(http.StatusOK)
		kept.shows("kind", "shared", "setup_question", "false", "can_convert", "true", "flow_published", "false")
		h.get("/api/v1/numbers/"+fresh).shows("setup_question", "false")
		// Until it is converted it gets no eSIM; it converts later, with its flow (SPEC D4).
		h.put("/api/v1/numbers/"+fresh+"/esim", map[string]any{"user_id": h.user("202"), "package": 0}).
			refused(http.StatusUnprocessableEntity, "esim_needs_direct_number")
		h.post("/api/v1/numbers/"+fresh+"/convert-to-direct", map[string]any{"user_id": h.user("202"), "publish": true}).want(http.StatusOK).
			shows("number.kind", "direct", "number.users.0.name", "Bruno Petit")
	})
}

func TestSpec_D8_E1_E16_ReconfigureFromScratchIsRefusedWhileAnESIMIsAssigned(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		mobile, alice := h.number("+33639980007"), h.user("201")
		at := "/api/v1/numbers/" + mobile
		f := h.put(at+"/esim", map[string]any{"user_id": alice, "package": 20}).refused(http.StatusUnprocessableEntity, "esim_needs_direct_number")
		if f.Row != "E16" {
			t.Errorf("the refusal names the row %q, want E16", f.Row)
		}
		h.post(at+"/convert-to-direct", map[string]any{"user_id": alice, "publish": true}).want(http.StatusOK)
		h.put(at+"/esim", map[string]any{"user_id": h.user("202"), "package": 20}).refused(http.StatusUnprocessableEntity, "esim_wrong_user")
		h.put(at+"/esim", map[string]any{"user_id": alice, "package": 30}).refused(http.StatusUnprocessableEntity, "esim_package")
		h.put(at+"/esim", map[string]any{"user_id": alice, "package": 20}).want(http.StatusOK).shows("state", "requested", "package", "20")
		h.post(at+"/reconfigure", nil).refused(http.StatusUnprocessableEntity, "esim_assigned")
		h.remove(at + "/esim").want(http.StatusNoContent)
		h.get(at+"/esim").refused(http.StatusNotFound, "no_esim")
		h.post(at+"/keep-shared", nil).refused(http.StatusUnprocessableEntity, "direct_number_reconfigure")
		h.post(at+"/reconfigure", nil).want(http.StatusOK).shows("kind", "shared", "users", "[]", "teams", "[]", "flow_published", "false")
	})
}

// A key that is for one number sees no other, nor changes one.
func TestAKeyForOneNumberSeesNoOther(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		first := h.post("/api/v1/numbers", map[string]any{"e164": "+33199009001"}).want(201).at("id")
		second := h.post("/api/v1/numbers", map[string]any{"e164": "+33199009002"}).want(201).at("id")
		key := h.post("/api/v1/api-keys", map[string]any{"name": "one", "scopes": []string{"numbers:*"}, "number_ids": []string{first}}).want(201).at("key")
		guest := h.showing("Authorization: Bearer " + key)
		if got := guest.get("/api/v1/numbers").want(200); got.at("data.0.id") != first || got.at("data.1") != "<none>" {
			h.t.Errorf("it lists %s", got.Text)
		}
		guest.get("/api/v1/numbers/" + first).want(200)
		guest.get("/api/v1/numbers/"+second).refused(404, "not_found")
		guest.patch("/api/v1/numbers/"+second, map[string]any{"name": "mine"}).refused(404, "not_found")
		guest.remove("/api/v1/numbers/"+second).refused(404, "not_found")
	})
}

// What somebody read an hour ago does not overwrite what another changed meanwhile.
func TestAStaleNumberFlowOrDraftIsNotOverwritten(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		number := "/api/v1/numbers/" + h.post("/api/v1/numbers", map[string]any{"e164": "+33199009001", "name": "Un"}).want(201).at("id")
		flow := "/api/v1/flows/" + h.welcome()
		for _, at := range []string{number, flow} {
			old := "If-Match: " + h.get(at).want(200).Header.Get("ETag")
			h.patch(at, map[string]any{"name": "Deux"}, old).want(200)
			h.patch(at, map[string]any{"name": "Trois"}, old).refused(412, "stale")
			h.get(at).want(200).shows("name", "Deux")
			h.remove(at, old).refused(412, "stale")
		}
		old := "If-Match: " + h.get(flow+"/draft").want(200).Header.Get("ETag")
		doc := `{"schema":"flow/v1","name":"Deux","start":"end","nodes":[{"id":"end","type":"hangup","config":{},"next":{}}]}`
		h.put(flow+"/draft", doc, old).want(200)
		h.put(flow+"/draft", strings.Replace(doc, `"config":{}`, `"title":"Fin","config":{}`, 1), old).refused(412, "stale")
	})
}
