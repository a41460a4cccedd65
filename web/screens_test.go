package web_test

import (
	"testing"
	"time"

	"tandem/routing"
)

// What somebody types is read as it would be dialled, and told who it is.
func TestNumbersAreReadAndWrittenForPeople(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		alice := p.as("201")
		alice.post("/api/v1/contacts", map[string]any{"name": "Mme Durand", "numbers": []string{customer}}).want(201)
		for typed, want := range map[string][]string{
			"0612345678":        {"number", customer, "display", "06 12 34 56 78", "kind", "external", "contact.name", "Mme Durand", "our_number", "<nil>"},
			"06%2012.34-56(78)": {"number", customer, "kind", "external"},
			"%2B4915112345678":  {"number", "+4915112345678", "display", "+49 1511 2345678", "kind", "external", "contact", "<nil>"},
			"+4915112345678":    {"number", "+4915112345678"},
			"202":               {"number", "202", "kind", "extension", "user.name", "Bruno Petit"},
			"299":               {"kind", "short", "user", "<nil>"},
			"112":               {"number", "112", "kind", "short"},
			"0199001234":        {"our_number.name", "Support"},
			"06123456":          {"number", "06123456", "kind", "unfinished"},
			"<b>":               {"number", "<b>", "display", "<b>", "kind", "unfinished"},
		} {
			alice.get("/api/v1/format?number=" + typed).want(200).shows(want...)
		}
		alice.get("/api/v1/format").refused(422, "invalid_request")
		p.showing().get("/api/v1/format?number=1").refused(401, "unauthorized")
	})
}

func TestSpec_O1_O2_O3_TheNumberLastUsedForAContactIsOfferedFirst(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		alice, l := p.as("201"), p.log()
		alice.patch("/api/v1/me", map[string]any{"caller_id": "+33639980007"}).want(200)
		alice.get("/api/v1/me/caller-ids").want(200).shows("data.0.number_display", "06 39 98 00 07", "data.0.default", "true", "data.0.kind", "direct", "data.0.esim", "false",
			"data.1.name", "Support", "data.1.default", "false", "data.2", "<none>")
		called := func(number, to, by string) {
			l.missed(number, func(r *routing.CallRecord) {
				r.Direction, r.Outcome, r.Missed, r.Notified, r.User = routing.Outbound, routing.OutcomeAnswered, "", nil, l.user(by)
				r.From, r.To, r.AnsweredAt = r.To, to, r.StartedAt.Add(2*time.Second)
			})
		}
		called("Support", customer, "Alice")
		called("Alice", "+33699999999", "Alice")
		called("Sales", customer, "Bruno") // which is his way, not hers
		alice.get("/api/v1/me/caller-ids?to=0612345678").want(200).shows("data.0.name", "Support", "data.1.name", "Alice", "data.1.last_used_at", "<nil>")
		alice.get("/api/v1/me/caller-ids?to=%2B33611111111").want(200).shows("data.0.name", "Alice")
		alice.post("/api/v1/contacts", map[string]any{"name": "Mme Durand", "numbers": []string{customer, "+33611111111"}}).want(201)
		alice.get("/api/v1/me/caller-ids?to=+33611111111").want(200).shows("data.0.name", "Support") // the same person
		p.get("/api/v1/me/caller-ids").refused(404, "not_a_person")
	})
}

func TestSpec_L14_TheInboxCountsWhatWaits(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		alice, bruno, l := p.as("201"), p.as("202"), p.log()
		alice.get("/api/v1/me/inbox").want(200).shows("conversations.open", "0", "calls.missed", "0", "messages.unread", "0")
		p.comes(customer, "+33639980007", "Un")
		p.comes(customer, "+33639980007", "Deux")
		p.comes(customer, "+33199005678", "Pour les ventes")
		l.missed("Support")
		alice.get("/api/v1/me/inbox").want(200).shows("conversations.open", "2", "conversations.unread", "1", "conversations.unassigned", "2", "conversations.mine", "0", // the call opens one, too
			"messages.unread", "2", "calls.missed", "1", "calls.unread", "1")
		bruno.get("/api/v1/me/inbox").want(200).shows("conversations.open", "2", "messages.unread", "1", "calls.missed", "1")
		hers := alice.get("/api/v1/conversations?unread=true").want(200).at("data.0.id")
		alice.patch("/api/v1/conversations/"+hers, map[string]any{"read": true, "assignee_id": userOf(alice)}).want(200)
		note := alice.get("/api/v1/me/notifications").want(200).at("data.0.id")
		bruno.post("/api/v1/notifications/"+bruno.get("/api/v1/me/notifications").at("data.0.id")+"/handled", nil).want(204)
		alice.get("/api/v1/me/inbox").want(200).shows("conversations.unread", "0", "conversations.mine", "1", "conversations.unassigned", "1", "messages.unread", "0",
			"calls.missed", "0", "calls.unread", "1") // he called back; she has not seen it
		alice.post("/api/v1/notifications/"+note+"/read", nil).want(204)
		alice.get("/api/v1/me/inbox").want(200).shows("calls.unread", "0")
		p.get("/api/v1/me/inbox").refused(404, "not_a_person")
	})
}

// Before one answers one sees who it is, what they chose and typed, how long they waited, and what passed with them; of lines of one's own alone.
func TestACardTellsWhoCalls(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		alice, bruno, l := p.as("201"), p.as("202"), p.log()
		alice.post("/api/v1/contacts", map[string]any{"name": "Mme <b>Durand</b>", "company": "SNCF", "vip": true, "numbers": []string{customer}}).want(201)
		from := func(r *routing.CallRecord) { r.From = customer }
		first, sales := l.missed("Alice", from), l.missed("Sales", from)
		l.missed("Alice", func(r *routing.CallRecord) { r.From, r.Anonymous = customer, true })
		call := l.missed("Support", from, func(r *routing.CallRecord) {
			r.QueuedAt = r.StartedAt.Add(5 * time.Second)
			r.Inputs = []routing.InputRecord{{Node: "n4", Title: "Dossier", Value: "1234"}}
			r.Timeline = append(r.Timeline, routing.TimelineItem{At: r.StartedAt, Seq: 6, Type: "ivr_option_selected", Node: "n3", Args: map[string]string{"key": "1", "title": "Support", "node_title": "Menu"}})
		})
		at := "/api/v1/calls/" + string(call.ID) + "/card"
		alice.get(at).want(200).shows("peer", customer, "peer_display", "06 12 34 56 78", "contact.name", "Mme <b>Durand</b>", "contact.company", "SNCF", "contact.vip", "true",
			"path.0.label", "Support", "inputs.0.value", "1234", "wait_seconds", "26", "history.0.call.id", string(first.ID), "history.1", "<none>",
			"number.name", "Support", "colleague", "<nil>")
		talk := alice.get(at).at("conversation_id")
		alice.get("/api/v1/conversations/"+talk).want(200).shows("number.name", "Support", "peers.0.number", customer)
		bruno.get(at).want(200).shows("history.0.call.id", string(sales.ID), "history.1", "<none>")
		if page := p.get(at).want(200); page.at("history.0.call.id") != string(sales.ID) || page.at("history.1.call.id") != string(first.ID) || page.at("history.2") != "<none>" {
			t.Errorf("whoever sees everything: %s", page.Text)
		}
		hidden := l.missed("Support", func(r *routing.CallRecord) { r.From, r.Anonymous = customer, true })
		alice.get("/api/v1/calls/"+string(hidden.ID)+"/card").want(200).shows("peer", "", "contact", "<nil>", "history", "[]", "anonymous", "true")
		inside := l.missed("Support", func(r *routing.CallRecord) { r.From, r.Direction = "202", routing.Internal })
		alice.get("/api/v1/calls/"+string(inside.ID)+"/card").want(200).shows("colleague.name", "Bruno Petit", "history", "[]")
		alice.get("/api/v1/calls/"+string(sales.ID)+"/card").refused(404, "not_found")
	})
}

// The list of people says in one answer what each is doing.
func TestPeopleAreListedWithWhatTheyDo(t *testing.T) {
	withDesks(t, func(h *house, d *desks) {
		as := people(h, "agent", "admin")
		agent := h.showing(as["agent"])
		id := userOf(agent)
		d.does(id, routing.UserDesk{Status: routing.UserInCall, Call: "call_1", Device: routing.Workspace})
		agent.get("/api/v1/users?expand=availability,teams&q=agent").want(200).shows("data.0.extension", "201", "data.0.now.status", "in_call", "data.0.now.device", "workspace")
		agent.get("/api/v1/users/"+id+"?expand=availability").want(200).shows("now.status", "in_call")
		agent.get("/api/v1/users/"+id).want(200).shows("now", "<none>")
	})
}
