package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// welcome is the flow of the house.
func (h *house) welcome() string {
	h.t.Helper()
	return h.get("/api/v1/flows?q=Accueil").want(http.StatusOK).at("data.0.id")
}

// ring is a flow/v1 document: rings a user for so many seconds, then takes a message.
func ring(user string, seconds int) string {
	return fmt.Sprintf(`{"schema":"flow/v1","name":"Accueil","start":"r","nodes":[`+
		`{"id":"r","type":"ring_to","config":{"target":{"user":%q},"ring_for_seconds":%d},"next":{"unanswered":"v"}},`+
		`{"id":"v","type":"voicemail","config":{},"next":{}}]}`, user, seconds)
}

func TestSpec_D1_D16_ADirectNumberHasOneUserForGood(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at, alice, bruno := "/api/v1/numbers/"+h.number("+33639980007"), h.user("201"), h.user("202")
		team := h.get(at).at("teams.0.id")
		h.post(at+"/convert-to-direct", map[string]any{"user_id": alice, "publish": true}).want(http.StatusOK)
		assign := func(users, teams []string) *answer {
			return h.put(at+"/assignments", map[string]any{"users": users, "teams": teams, "outbound_users": []string{}})
		}
		for name, refused := range map[string]*answer{
			"a second user": assign([]string{alice, bruno}, []string{}), "a team": assign([]string{alice}, []string{team}), "nobody": assign([]string{}, []string{}),
		} {
			if f := refused.refused(http.StatusUnprocessableEntity, "direct_number_single_user"); f.Row != "D16" {
				t.Errorf("%s is refused by the row %q, want D16", name, f.Row)
			}
		}
		assign([]string{bruno}, []string{}).refused(http.StatusUnprocessableEntity, "direct_number_for_good")
		assign([]string{alice}, []string{}).want(http.StatusOK)
		h.get(at).shows("users.0.id", alice, "users.1", "<none>", "restricted", "true")
		// A shared line rings several.
		h.put("/api/v1/numbers/"+h.number("+33199001234")+"/assignments", map[string]any{"users": []string{alice, bruno}, "teams": []string{team}, "outbound_users": []string{}}).
			want(http.StatusOK).shows("users.1.id", bruno, "teams.0.id", team)
	})
}

func TestSpec_D7_D9_D18_TheFlowOfADirectNumberIsRestricted(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at, alice, bruno := "/api/v1/numbers/"+h.number("+33639980007"), h.user("201"), h.user("202")
		team := h.get(at).at("teams.0.id")
		flow := "/api/v1/flows/" + h.post(at+"/convert-to-direct", map[string]any{"user_id": alice, "publish": true}).want(http.StatusOK).at("flow.id")
		doc := func(node string) string {
			return `{"schema":"flow/v1","name":"F","start":"x","nodes":[` + node + `,{"id":"v","type":"voicemail","config":{},"next":{}}]}`
		}
		for _, c := range []struct{ name, node, code, row string }{
			{"a team", `{"id":"x","type":"ring_to","config":{"target":{"team":"` + team + `"},"ring_for_seconds":30},"next":{"unanswered":"v"}}`, "direct_number_single_user", "D16"},
			{"another user", `{"id":"x","type":"ring_to","config":{"target":{"user":"` + bruno + `"},"ring_for_seconds":30},"next":{"unanswered":"v"}}`, "direct_number_single_user", "D16"},
			{"a split", `{"id":"x","type":"split","config":{"branches":[{"id":"a","percent":100}]},"next":{"a":"v"}}`, "direct_number_widget", "D18"},
			{"a line with a team", `{"id":"x","type":"redirect","config":{"number":"` + h.number("+33199001234") + `"},"next":{}}`, "direct_number_no_team", "D9"},
		} {
			f := h.put(flow+"/draft", doc(c.node)).refused(http.StatusUnprocessableEntity, c.code)
			if f.Row != c.row || !strings.HasPrefix(f.Location, "body.nodes[0]") || !strings.Contains(f.Message, "x") {
				t.Errorf("%s: %+v, want the row %s and the node x", c.name, f, c.row)
			}
		}
		h.put(flow+"/draft", doc(`{"id":"x","type":"redirect","config":{"external":"+33639980099"},"next":{}}`)).want(http.StatusOK)
		h.get(flow+"/draft").shows("is_draft", "true")
		// Another flow is asked the same.
		h.put(at+"/flow", map[string]any{"flow_id": h.welcome()}).refused(http.StatusUnprocessableEntity, "direct_number_single_user")
	})
}

// The controls themselves are the user interface's; what they show comes from here.
func TestSpec_D13_D19_TheAPISaysWhatCanBeConvertedAndWhyAWidgetIsNotThere(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at := "/api/v1/numbers/" + h.number("+33639980007")
		h.get(at).shows("kind", "shared", "can_convert", "true", "cannot_convert", "<nil>")
		flow := h.post(at+"/convert-to-direct", map[string]any{"user_id": h.user("201")}).want(http.StatusOK).at("flow.id")
		var palette struct {
			Data []struct {
				Type, Target, Why, Text string
				Allowed                 bool
			}
		}
		h.get("/api/v1/flows/"+flow+"/palette", "Accept-Language: fr").want(http.StatusOK).into(&palette)
		closed := map[string]string{}
		for _, w := range palette.Data {
			if !w.Allowed {
				closed[w.Type+" "+w.Target] = w.Text
			}
		}
		if !strings.Contains(closed["ring_to team"], "aucune équipe") || closed["ring_to other_user"] == "" || closed["split "] == "" {
			t.Errorf("the palette of a direct number says %v", closed)
		}
		h.get("/api/v1/flows/"+h.welcome()+"/palette").want(http.StatusOK).shows("data.0.allowed", "true")
	})
}

func TestSpec_D21_ANumberWithoutItsUserTakesANewOne(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at, alice, bruno := "/api/v1/numbers/"+h.number("+33639980007"), h.user("201"), h.user("202")
		flow := h.post(at+"/convert-to-direct", map[string]any{"user_id": alice, "publish": true}).want(http.StatusOK).at("flow.id")
		h.remove("/api/v1/users/" + alice).want(http.StatusNoContent)
		h.get(at).shows("kind", "direct", "users", "[]", "waits_for_user", "true", "flow.id", flow)
		if n := h.store.Snapshot().Numbers["+33639980007"]; n.Kind != routing.Direct || h.store.Snapshot().Flows[n.Flow] == nil {
			t.Errorf("calls have lost their way: %+v", n)
		}
		h.put(at+"/assignments", map[string]any{"users": []string{bruno}, "teams": []string{}, "outbound_users": []string{}}).want(http.StatusOK).
			shows("waits_for_user", "false", "users.0.id", bruno)
		h.get("/api/v1/flows/"+flow+"/draft").shows("is_draft", "false", "base", "2", "document.nodes.1.config.target.user", bruno)
	})
}

func TestSpec_F2_F7_F8_ADraftChangesNothingUntilItIsPublishedWithoutErrors(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		id := h.welcome()
		at, alice := "/api/v1/flows/"+id, h.user("201")
		live := func() int { return h.store.Snapshot().Flows[h.store.Snapshot().Numbers["+33199001234"].Flow].Version }
		bad := strings.Replace(ring(alice, 30), `"unanswered":"v"`, `"unanswered":"nowhere"`, 1)
		h.put(at+"/draft", bad).want(http.StatusOK).shows("problems.0.code", "E02", "problems.0.severity", "error", "problems.0.node", "r")
		if f := h.post(at+"/publish", map[string]any{}).refused(http.StatusUnprocessableEntity, "E02"); f.Location != "body.nodes[0].next.unanswered" {
			t.Errorf("the error is at %s", f.Location)
		}
		h.put(at+"/draft", ring(alice, 30)).want(http.StatusOK)
		if live() != 1 {
			t.Errorf("a draft is live")
		}
		h.post(at+"/publish", map[string]any{}).want(http.StatusOK).shows("flow.version", "2", "is_draft", "false")
		if live() != 2 {
			t.Errorf("what is published is not live")
		}
		h.post(at+"/publish", map[string]any{}).refused(http.StatusUnprocessableEntity, "nothing_to_publish")
		// A warning blocks nothing: nobody takes a message.
		silent := `{"schema":"flow/v1","name":"Accueil","start":"r","nodes":[{"id":"r","type":"ring_to","config":{"target":{"user":"` + alice +
			`"},"ring_for_seconds":30},"next":{"unanswered":"h"}},{"id":"h","type":"hangup","config":{},"next":{}}]}`
		h.put(at+"/draft", silent).want(http.StatusOK).shows("problems.0.code", "W07", "problems.0.severity", "warning")
		h.post(at+"/publish", map[string]any{}).want(http.StatusOK).shows("flow.version", "3")
		h.put(at+"/draft", `{"schema":"flow/v1","nodes":[{"id":"a","type":"teleport"}]}`).refused(http.StatusUnprocessableEntity, "flow_invalid")
	})
}

func TestSpec_F9_F10_F12_F13_VersionsAreKeptComparedRestoredAndCopied(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at, alice := "/api/v1/flows/"+h.welcome(), h.user("201")
		first := h.get(at + "/versions/1").want(http.StatusOK)
		h.put(at+"/draft", ring(alice, 30)).want(http.StatusOK)
		h.post(at+"/publish", map[string]any{}).want(http.StatusOK)
		h.get(at+"/versions").want(http.StatusOK).shows("data.0.version", "2", "data.0.live", "true", "data.0.published_by.id", "api", "data.1.version", "1",
			"data.1.published_by.id", "apply", "data.1.live", "false")
		h.get(at+"/diff?from=1&to=2").want(http.StatusOK).shows("added", `["r","v"]`, "removed", `["hello","team","bruno","voicemail"]`)
		h.post(at+"/restore", map[string]any{"version": 1}).want(http.StatusOK).shows("flow.version", "3")
		again := h.get(at + "/versions/3").want(http.StatusOK)
		if again.at("document") != first.at("document") {
			t.Error("the restored version is not the old one")
		}
		if h.get(at+"/versions/2").want(http.StatusOK).at("document.nodes.0.config.ring_for_seconds") != "30" {
			t.Error("a version was changed by another")
		}
		h.get(at+"/versions/9").refused(http.StatusNotFound, "not_found")
		copied := h.post(at+"/duplicate", map[string]any{}).want(http.StatusCreated).shows("flow.name", "Accueil (2)", "flow.version", "0")
		if copied.at("document.nodes") != first.at("document.nodes") {
			t.Error("the copy is not the same flow")
		}
		imported := h.post("/api/v1/flows", `{"name":"Importé","document":`+first.at("document")+`}`).want(http.StatusCreated)
		if h.get("/api/v1/flows/"+imported.at("id")+"/draft").at("document.nodes") != first.at("document.nodes") {
			t.Error("the flow that was exported and imported is not the same")
		}
	})
}

func TestSpec_F1_F3_F4_F5_F18_AFlowIsEditedOnItsEdgesAndReadAsAnOutline(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at := "/api/v1/flows/" + h.welcome()
		menu := `{"edge":{"from":"hello","port":"done"},"node":{"id":"menu","type":"ivr","config":{"audio":"voicemail_greeting","options":[{"id":"a","key":"1","title":"Un"}]}}}`
		h.post(at+"/draft/insert", menu).want(http.StatusOK).shows("is_draft", "true", "document.nodes.0.next.done", "menu")
		branched := h.post(at+"/draft/branch", map[string]any{"node": "menu", "title": "Deux"}).want(http.StatusOK)
		if !strings.Contains(branched.Text, `"key":"2","title":"Deux"`) {
			t.Errorf("the menu has no second option: %s", branched.Text)
		}
		outline := h.get(at+"/outline").want(http.StatusOK).shows("data.0.node", "hello", "data.1.node", "menu")
		if !strings.Contains(outline.Text, `"label":"Deux"`) {
			t.Errorf("the outline is %s", outline.Text)
		}
		after := `{"edge":{"from":"voicemail","port":"done"},"node":{"id":"late","type":"hangup","config":{}}}`
		faded := h.post(at+"/draft/insert", after).want(http.StatusOK)
		if !strings.Contains(faded.Text, `"code":"W01","severity":"warning","node":"late"`) {
			t.Errorf("a node after a terminal one is not warned of: %s", faded.Text)
		}
		h.post(at+"/draft/remove", map[string]any{"node": "late"}).want(http.StatusOK)
		h.post(at+"/draft/remove", map[string]any{"node": "menu", "branch": "none"}).refused(http.StatusUnprocessableEntity, "flow_no_branch")
		h.post(at+"/draft/insert", strings.NewReplacer(`"done"`, `"side"`, `"id":"menu",`, ``).Replace(menu)).refused(http.StatusUnprocessableEntity, "flow_no_edge")
		var palette struct{ Data []struct{ Type string } }
		h.get(at + "/palette").into(&palette)
		kinds := map[string]bool{}
		for _, w := range palette.Data {
			kinds[w.Type] = true
		}
		for kind := range strings.FieldsSeq("ring_to redirect ring_to_api audio_message ivr input time_rule date_rule waiting_experience voicemail caller_rule split send_sms set hangup") {
			if !kinds[kind] {
				t.Errorf("the editor does not offer %s", kind)
			}
		}
		h.post("/api/v1/flows", map[string]any{"name": "Équipe", "template": "team", "team_id": h.get("/api/v1/numbers/" + h.number("+33199001234")).at("teams.0.id")}).
			want(http.StatusCreated)
		h.post("/api/v1/flows", map[string]any{"name": "x", "template": "team"}).refused(http.StatusUnprocessableEntity, "template_needs")
		h.get("/api/v1/flow-schema").want(http.StatusOK)
		h.get("/api/v1/flow-templates").want(http.StatusOK).shows("data.0.id", "direct")
	})
}

func TestSpec_F14_SimulateSaysWhyACallWentWhere(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at, alice, bruno := "/api/v1/flows/"+h.welcome(), h.user("201"), h.user("202")
		doc := `{"schema":"flow/v1","name":"Accueil","timezone":"Europe/Paris","start":"t","nodes":[` +
			`{"id":"t","type":"time_rule","config":{"branches":[{"id":"open","title":"Ouvert","slots":[{"days":["mon"],"from":"09:00","to":"18:00"}]}]},"next":{"open":"r","otherwise":"v"}},` +
			`{"id":"r","type":"ring_to","config":{"target":{"user":"` + alice + `"},"ring_for_seconds":20},"next":{"unanswered":"b"}},` +
			`{"id":"b","type":"ring_to","config":{"target":{"user":"` + bruno + `"},"ring_for_seconds":20},"next":{"unanswered":"v"}},` +
			`{"id":"v","type":"voicemail","config":{},"next":{}}]}`
		h.put(at+"/draft", doc).want(http.StatusOK)
		open := map[string]any{
			"at": "2026-11-23T10:00:00+01:00", "from": "+33639980101", "to": "+33199001234",
			"agents": []map[string]any{{"id": alice, "status": "unavailable"}, {"id": bruno, "status": "available", "answers_after_ms": 8000}},
		}
		h.post(at+"/simulate", open).want(http.StatusOK).shows("outcome", "answered", "answered_by", bruno, "path.0.node", "t", "path.0.branch", "open")
		open["at"] = "2026-11-22T03:00:00+01:00"
		night := h.post(at+"/simulate", open, "Accept-Language: fr").want(http.StatusOK).shows("path.0.branch", "otherwise", "path.1.node", "v")
		if !strings.Contains(night.at("path.0.reason"), "aucune plage") {
			t.Errorf("the reason is %q", night.at("path.0.reason"))
		}
		open["digits"] = []map[string]any{{"after_ms": -1, "digit": "z"}}
		h.post(at+"/simulate", open).want(http.StatusUnprocessableEntity)
	})
}

// busy is calls in progress, as the switchboard tells them.
type busy struct {
	web.Switchboard

	flow string
}

func (b *busy) Live() []web.LiveCall {
	call := func(id, flow, node string) web.LiveCall {
		return web.LiveCall{Record: &routing.CallRecord{ID: routing.CallID(id), Flow: routing.FlowRef{ID: flow, Version: 1}}, Node: node}
	}
	return []web.LiveCall{call("call_1", b.flow, "team"), call("call_2", b.flow, "team"), call("call_3", b.flow, "hello"), call("call_4", "other", "team")}
}

func TestSpec_F15_F16_TheOverlayShowsCallsInEachNodeAndWhereCallersHungUp(t *testing.T) {
	for _, e := range storetest.Engines() {
		board := &busy{}
		h := openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, numbersSite, func(r *web.Rooms) { r.Switchboard = board })
		id := h.welcome()
		board.flow = id
		h.get("/api/v1/flows/"+id+"/live").want(http.StatusOK).shows("data.0.node", "team", "data.0.calls", "2", "data.0.call_ids.0", "call_1",
			"data.1.node", "hello", "data.1.calls", "1", "data.2", "<none>")
		walk := func(ago time.Duration, by string, nodes ...string) {
			at := time.Now().Add(-ago).UTC().Truncate(time.Millisecond)
			c := &routing.CallRecord{
				ID: routing.CallID(routing.NewID("call", at)), Number: h.store.NextNumber(), Account: "acc", Direction: routing.Inbound, Status: "ended",
				Outcome: routing.OutcomeMissed, Flow: routing.FlowRef{ID: id, Version: 1}, StartedAt: at, EndedAt: at.Add(time.Minute), EndedBy: by,
			}
			for i, n := range nodes {
				c.Timeline = append(c.Timeline, routing.TimelineItem{At: at, Seq: i + 1, Type: "node_entered", Node: n})
			}
			if err := h.store.Finish(c); err != nil {
				t.Fatal(err)
			}
		}
		walk(time.Hour, "caller", "hello", "team")
		walk(2*time.Hour, "caller", "hello")
		walk(3*time.Hour, "system", "hello", "team", "bruno", "voicemail")
		walk(8*24*time.Hour, "caller", "hello")
		ctx, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		if err := h.store.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		h.get("/api/v1/flows/"+id+"/drop-off").want(http.StatusOK).shows("calls", "3", "data.0.node", "hello", "data.0.entered", "3", "data.0.dropped", "1",
			"data.1.node", "team", "data.1.entered", "2", "data.1.dropped", "1", "data.1.drop_rate", "0.5", "data.3.entered", "1", "data.3.dropped", "0")
	}
}

func TestSpec_F19_F20_ALegacyNumberBecomesAFlowThatDoesTheSame(t *testing.T) {
	site := numbersSite + `
[[numbers]]
e164 = "+33199009999"
name = "Ancien"
kind = "legacy_classic"
users = ["bruno@acme.example"]
  [numbers.legacy]
  ring_for_seconds = 25
  voicemail = { max_seconds = 60 }
`
	onBoth(t, site, func(h *house) {
		at := "/api/v1/numbers/" + h.number("+33199009999")
		flow := "/api/v1/flows/" + h.get(at).shows("kind", "legacy_classic", "legacy.open", "always", "cannot_convert.code", "number_is_legacy").at("flow.id")
		always := h.get(flow + "/draft").at("document")
		if strings.Contains(always, "time_rule") {
			t.Errorf("a number that is always open looks at the clock: %s", always)
		}
		h.patch(at+"/legacy", map[string]any{"open": "hours", "hours": []map[string]any{{"days": []string{"mon", "tue"}, "from": "09:00", "to": "25:00"}}}).
			refused(http.StatusUnprocessableEntity, "legacy_hours")
		h.patch(at+"/legacy", map[string]any{"open": "hours", "hours": []map[string]any{{"days": []string{"mon", "tue"}, "from": "09:00", "to": "18:00"}}}).
			want(http.StatusOK).shows("legacy.open", "hours", "legacy.hours.0.from", "09:00")
		before := h.get(flow + "/draft").at("document")
		if !strings.Contains(before, `"type":"time_rule"`) || !strings.Contains(before, `"otherwise"`) {
			t.Errorf("the business hours are no Time rule: %s", before)
		}
		h.put(at+"/flow", map[string]any{"flow_id": h.welcome()}).refused(http.StatusUnprocessableEntity, "number_is_legacy")
		h.post(at+"/convert-to-flow", nil).want(http.StatusOK).shows("kind", "shared", "legacy", "<nil>", "flow_published", "true")
		if h.get(flow+"/draft").at("document") != before {
			t.Error("the conversion changed what calls walk")
		}
		h.post(at+"/convert-to-flow", nil).refused(http.StatusUnprocessableEntity, "number_not_legacy")
		never := h.number("+33199001234")
		h.patch("/api/v1/numbers/"+never+"/legacy", map[string]any{"open": "never"}).refused(http.StatusUnprocessableEntity, "number_not_legacy")
	})
}

func TestSpec_F11_F21_D11_TwoAdministratorsPublishAtOnceAndOneWins(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at, alice := "/api/v1/flows/"+h.welcome(), h.user("201")
		if served := h.get(at); !strings.Contains(served.at("numbers"), "+33199001234") || !strings.Contains(served.at("numbers"), "+33639980007") {
			t.Errorf("the flow serves %s, want two numbers", served.at("numbers"))
		}
		for round := range 50 {
			base := round + 1
			h.put(fmt.Sprintf("%s/draft?base=%d", at, base), ring(alice, 10+round)).want(http.StatusOK)
			answers := make([]*answer, 2)
			var both sync.WaitGroup
			for i := range answers {
				both.Go(func() { answers[i] = h.post(at+"/publish", map[string]any{"base": base}) })
			}
			both.Wait()
			won, lost := answers[0], answers[1]
			if won.Status != http.StatusOK {
				won, lost = lost, won
			}
			won.want(http.StatusOK).shows("flow.version", fmt.Sprint(base+1))
			lost.refused(http.StatusPreconditionFailed, provisioning.CodeBaseStale)
			if lost.at("difference.from") != fmt.Sprint(base) || lost.at("difference.to") != fmt.Sprint(base+1) || lost.at("difference.changed")+lost.at("difference.added") == "[][]" {
				t.Fatalf("round %d: the difference is %s", round, lost.at("difference"))
			}
		}
		// A draft that began from an old version is kept, and not published.
		h.put(at+"/draft?base=3", ring(alice, 99)).want(http.StatusOK).shows("base", "3")
		h.post(at+"/publish", map[string]any{}).refused(http.StatusPreconditionFailed, provisioning.CodeBaseStale)
	})
}
