package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// tried publishes nothing: it saves a draft that begins with a node, and says by which port a call at a moment leaves it.
func (h *house) tried(at, node, ports string, moments map[string]string) {
	h.t.Helper()
	h.put(at+"/draft", `{"schema":"flow/v1","name":"Accueil","start":"rule","nodes":[`+node+`,
		{"id":"in","type":"hangup","config":{},"next":{}},{"id":"out","type":"hangup","config":{},"next":{}}]}`).want(http.StatusOK)
	for moment, want := range moments {
		got := h.post(at+"/simulate", map[string]any{"at": moment, "from": "+33639980101", "to": "+33199001234"}).want(http.StatusOK)
		if got.at("path.0.branch") != want {
			h.t.Errorf("%s %s: by %s (%s), want %s", ports, moment, got.at("path.0.branch"), got.at("path.0.reason"), want)
		}
	}
}

func TestSpec_T1_T3_T4_T5_T6_ATimeRuleFollowsTheClockOfItsPlace(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at := "/api/v1/flows/" + h.welcome()
		rule := func(zone, branches, next string) string {
			return `{"id":"rule","type":"time_rule","config":{"timezone":"` + zone + `","branches":[` + branches + `]},"next":{` + next + `,"otherwise":"out"}}`
		}
		open := `{"id":"open","title":"Ouvert","slots":[{"days":["mon","tue"],"from":"09:00","to":"12:00"},{"days":["mon"],"from":"14:00","to":"18:00"}]}`
		h.tried(at, rule("Europe/Paris", open, `"open":"in"`), "several slots", map[string]string{
			"2026-11-23T09:00:00+01:00": "open", "2026-11-23T11:59:59+01:00": "open", "2026-11-23T12:00:00+01:00": "otherwise",
			"2026-11-23T17:59:59+01:00": "open", "2026-11-24T15:00:00+01:00": "otherwise", "2026-11-22T10:00:00+01:00": "otherwise",
		})
		h.tried(at, rule("Indian/Reunion", open, `"open":"in"`), "a zone of its own", map[string]string{
			"2026-11-23T06:30:00+01:00": "open", "2026-11-23T10:30:00+01:00": "otherwise",
		})
		night := `{"id":"night","title":"Nuit","slots":[{"days":["sat"],"from":"22:00","to":"06:00"}]}`
		h.tried(at, rule("Europe/Paris", night, `"night":"in"`), "past midnight", map[string]string{
			"2026-11-21T23:00:00+01:00": "night", "2026-11-22T05:59:59+01:00": "night", "2026-11-22T06:00:00+01:00": "otherwise",
			"2026-11-21T05:00:00+01:00": "otherwise",
		})
		// On 29 March 2026 there is no 02:30; on 25 October there are two.
		early := `{"id":"early","title":"Tôt","slots":[{"days":["sun"],"from":"02:15","to":"02:45"}]}`
		h.tried(at, rule("Europe/Paris", early, `"early":"in"`), "the clock is put", map[string]string{
			"2026-03-29T01:30:00+01:00": "otherwise", "2026-03-29T03:30:00+02:00": "otherwise",
			"2026-10-25T02:30:00+02:00": "early", "2026-10-25T02:30:00+01:00": "early", "2026-10-25T03:30:00+01:00": "otherwise",
		})
		overlap := open + `,{"id":"late","title":"Aussi","slots":[{"days":["mon"],"from":"11:00","to":"13:00"}]}`
		h.tried(at, rule("Europe/Paris", overlap, `"open":"in","late":"in"`), "overlapping", map[string]string{
			"2026-11-23T11:30:00+01:00": "open", "2026-11-23T12:30:00+01:00": "late",
		})
		if lint := h.post(at+"/lint", "{}").want(http.StatusOK).Text; !strings.Contains(lint, `"W02"`) {
			t.Errorf("nobody warns of branches that overlap: %s", lint)
		}
	})
}

func TestSpec_T2_BranchesOfATimeRuleComeAndGo(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at := "/api/v1/flows/" + h.welcome()
		rule := `{"edge":{"from":"hello","port":"done"},"node":{"id":"hours","type":"time_rule","config":{"branches":[{"id":"open","title":"Ouvert","slots":[{"days":["mon"],"from":"09:00","to":"18:00"}]}]}}}`
		h.post(at+"/draft/insert", rule).want(http.StatusOK)
		more := h.post(at+"/draft/branch", map[string]any{"node": "hours", "title": "Samedi"}).want(http.StatusOK)
		if !strings.Contains(more.Text, `"title":"Samedi"`) {
			t.Fatalf("no branch came: %s", more.Text)
		}
		less := h.post(at+"/draft/remove", map[string]any{"node": "hours", "branch": "open"}).want(http.StatusOK)
		if strings.Contains(less.Text, `"title":"Ouvert"`) || !strings.Contains(less.Text, `"otherwise"`) {
			t.Errorf("the branch did not go, or the last one did: %s", less.Text)
		}
	})
}

func TestSpec_T8_ADateRuleLooksAtASpecialDate(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at := "/api/v1/flows/" + h.welcome()
		day := h.post("/api/v1/special-dates", map[string]any{"name": "Férié", "holidays": "FR", "spans": []map[string]any{{"from": "2026-12-24T12:00", "to": "2026-12-24T18:00"}}}).want(201).at("id")
		h.tried(at, `{"id":"rule","type":"date_rule","title":"Fermé ?","config":{"date":"`+day+`"},"next":{"match":"in","otherwise":"out"}}`, "a date", map[string]string{
			"2026-12-25T10:00:00+01:00": "match", "2026-12-24T12:00:00+01:00": "match", "2026-12-24T18:00:00+01:00": "otherwise",
			// By the prefix of the number: in Paris it is the 25th already.
			"2026-12-24T23:30:00Z": "match", "2026-12-25T23:30:00Z": "otherwise",
		})
	})
}

func TestSpec_T10_ACallerRuleKnowsTheCaller(t *testing.T) {
	onBoth(t, numbersSite, func(h *house) {
		at := "/api/v1/flows/" + h.welcome()
		tag := h.post("/api/v1/tags", map[string]any{"name": "Fournisseur"}).want(201).at("id")
		h.post("/api/v1/contacts", map[string]any{"name": "Minoterie", "numbers": []string{"+33199005555"}, "tag_ids": []string{tag}}).want(201)
		h.post("/api/v1/contacts", map[string]any{"name": "Mme Durand", "numbers": []string{"+33639980101"}, "vip": true}).want(201)
		h.post("/api/v1/block-list", map[string]any{"number": "+33199006666"}).want(201)
		match := func(id, condition string) string {
			return `{"id":"` + id + `","title":"` + id + `","match":{` + condition + `}}`
		}
		branches := strings.Join([]string{
			match("blocked", `"blocked":true`), match("vip", `"vip":true`), match("tag", `"tags":["`+tag+`"]`), match("anonymous", `"anonymous":true`),
			match("belgium", `"countries":["BE"]`), match("mobile", `"prefixes":["+336"]`),
		}, ",")
		h.put(at+"/draft", `{"schema":"flow/v1","name":"Accueil","start":"rule","nodes":[
			{"id":"rule","type":"caller_rule","config":{"branches":[`+branches+`]},"next":{"blocked":"end","vip":"end","tag":"end","anonymous":"end","belgium":"end","mobile":"end","otherwise":"end"}},
			{"id":"end","type":"hangup","config":{},"next":{}}]}`).want(http.StatusOK)
		for from, want := range map[string]string{
			"+33199006666": "blocked", "+33639980101": "vip", "+33199005555": "tag", "": "anonymous", "+3225551234": "belgium", "+33639980999": "mobile",
			"+33199007777": "otherwise",
		} {
			got := h.post(at+"/simulate", map[string]any{"at": "2026-11-23T10:00:00+01:00", "from": from, "to": "+33199001234"}).want(http.StatusOK)
			if got.at("path.0.branch") != want {
				t.Errorf("%q: by %s (%s), want %s", from, got.at("path.0.branch"), got.at("path.0.reason"), want)
			}
		}
	})
}
