package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/messagingtest"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/web"
)

func TestSpec_L15_L18_CallsAndMessagesWithOneContactAreOneConversation(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		const home, mobile = "+33199007777", "+33612345678"
		contact := p.post("/api/v1/contacts", map[string]any{"name": "Mme Durand", "company": "Minoterie", "numbers": []string{home, mobile}}).want(201).at("id")
		l := p.log()
		l.at = time.Now().Add(-time.Hour)
		call := l.missed("Alice", func(r *routing.CallRecord) { r.From = home })
		began := time.Now().Add(-time.Minute) // each at its own moment, or their order would be anybody's
		text := messagingtest.Text(p.carrier(), mobile, "+33639980007", "Je vous ai appelée")
		text.At = began
		if _, err := p.office.Take(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		l.at, l.n = began.Add(30*time.Second), -1
		back := l.missed("Alice", func(r *routing.CallRecord) {
			r.Direction, r.From, r.To, r.Number, r.StartedAt, r.EndedAt, r.Missed = routing.Outbound, "+33639980007", mobile, 77, l.at, l.at, ""
		})
		p.comes("+33612340000", "+33639980007", "Un autre")
		list := p.get("/api/v1/conversations").want(200)
		list.shows("data.0.peers.0.number", "+33612340000", "data.0.contact", "<nil>", "data.1.contact.name", "Mme Durand", "data.1.status", "open", "data.1.unread", "1",
			"data.1.last_message.body", "Je vous ai appelée", "data.2", "<none>")
		id := list.at("data.1.id")
		at := "/api/v1/conversations/" + id
		p.get(at).want(200).shows("id", id, "contact.id", contact, "number.name", "Alice")
		items := p.get(at + "/items?order=asc").want(200)
		items.shows("data.0.type", "call", "data.0.call.id", string(call.ID), "data.1.type", "message", "data.1.message.body", "Je vous ai appelée", "data.2.call.id", string(back.ID),
			"data.3", "<none>", "next_cursor", "<nil>")
		// The same by pages of one, newest first.
		var seen []string
		for next := at + "/items?limit=1"; next != ""; {
			page := p.get(next).want(200)
			seen = append(seen, page.at("data.0.type"))
			if cursor := page.at("next_cursor"); cursor != "<nil>" {
				next = at + "/items?limit=1&cursor=" + cursor
			} else {
				next = ""
			}
		}
		if got := strings.Join(seen, " "); got != "call message call" {
			t.Errorf("by pages: %s", got)
		}
		// Every number of hers that was in touch names it.
		for _, other := range idsIn(list, "data.1.ids") {
			p.get("/api/v1/conversations/"+other).want(200).shows("id", id)
			p.get("/api/v1/messages?conversation_id="+other).want(200).shows("data.0.body", "Je vous ai appelée", "data.1", "<none>")
		}
		for query, want := range map[string]string{
			"q=duran": id, "q=minot": id, "q=1234567": id, "contact_id=" + contact: id, "unread=true&q=durand": id, "status=open&q=durand": id, "assignee=none&q=dur": id,
			"q=nobody": "<none>", "status=closed": "<none>", "assignee=usr_x": "<none>", "number_id=" + p.number("+33199005678"): "<none>",
		} {
			p.get("/api/v1/conversations?"+query).want(200).shows("data.0.id", want, "data.1", "<none>")
		}
		heard := p.listenFromNow("?types=conversation.*")
		alice, bruno := p.as("201"), p.as("202")
		alice.patch(at, map[string]any{"status": "closed", "assignee_id": p.user("201"), "read": true}).want(200).
			shows("status", "closed", "assignee.name", "Alice Martin", "unread", "0", "id", id)
		told := map[string]bool{}
		for range 3 {
			told[heard.next().Type] = true
		}
		if !told["conversation.closed"] || !told["conversation.assigned"] {
			t.Errorf("told: %v", told)
		}
		p.get("/api/v1/conversations?status=closed&assignee="+p.user("201")).want(200).shows("data.0.id", id)
		bruno.get(at).refused(404, "not_found")
		bruno.patch(at, map[string]any{"status": "open"}).refused(404, "not_found")
		p.as("203").patch(at, map[string]any{"status": "open"}).refused(403, "forbidden")
		alice.patch(at, map[string]any{"assignee_id": "usr_none"}).refused(422, "unknown")
		alice.patch(at, map[string]any{"read": false}).refused(422, "read_is_for_good")
		alice.patch(at, map[string]any{"status": "lost"}).refused(422, "invalid_request")
		alice.patch(at, map[string]any{"assignee_id": nil}).want(200).shows("assignee", "<nil>")
		// She writes again: it is open again.
		p.comes(home, "+33639980007", "Encore moi")
		p.get(at).want(200).shows("status", "open", "unread", "1")
	})
}

// idsIn are the texts of a list in an answer.
func idsIn(a *answer, path string) []string {
	return strings.FieldsFunc(a.at(path), func(r rune) bool { return strings.ContainsRune(`[]", `, r) })
}

func TestAListOfConversationsTurnsItsPagesOnceEach(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		p.post("/api/v1/contacts", map[string]any{"name": "Deux", "numbers": []string{"+33612340001", "+33612340004"}}).want(201)
		began := time.Now().Add(-time.Minute)
		for i, from := range []string{"1", "2", "3", "4", "5"} { // each at its own moment, or their order would be anybody's
			a := messagingtest.Text(p.carrier(), messaging.Address("+3361234000"+from), "+33639980007", "de "+from)
			a.At = began.Add(time.Duration(i) * time.Second)
			if _, err := p.office.Take(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		var seen []string
		next := "/api/v1/conversations?limit=1"
		for range 10 {
			page := p.get(next).want(200)
			if last := page.at("data.0.last_message.body"); last != "<none>" {
				seen = append(seen, last)
			}
			cursor := page.at("next_cursor")
			if cursor == "<nil>" {
				break
			}
			next = "/api/v1/conversations?limit=1&cursor=" + cursor
		}
		if got := strings.Join(seen, ", "); got != "de 5, de 4, de 3, de 2" {
			t.Errorf("conversations: %s", got)
		}
		p.get("/api/v1/conversations?cursor=YzE6eA").refused(422, "invalid_cursor")
		p.get("/api/v1/messages?cursor=YzE6eA").refused(422, "invalid_cursor")
		// Messages turn theirs in the one order, both ways.
		for order, want := range map[string]string{"asc": "de 1 de 2 de 3 de 4 de 5", "desc": "de 5 de 4 de 3 de 2 de 1"} {
			var bodies []string
			for next = "/api/v1/messages?limit=2&order=" + order; next != ""; {
				page := p.get(next).want(200)
				for _, at := range []string{"data.0.body", "data.1.body"} {
					if b := page.at(at); b != "<none>" {
						bodies = append(bodies, b)
					}
				}
				if cursor := page.at("next_cursor"); cursor != "<nil>" {
					next = "/api/v1/messages?limit=2&order=" + order + "&cursor=" + cursor
				} else {
					next = ""
				}
			}
			if got := strings.Join(bodies, " "); got != want {
				t.Errorf("%s: %s", order, got)
			}
		}
	})
}

func TestSpec_L16_AKeyAndAPersonHearOfTheMessagesOfTheirLinesAlone(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		account := p.get("/api/v1/numbers").at("data.0.account_id")
		sales := p.number("+33199005678")
		narrow := p.showing(p.keyFor(account, func(k *provisioning.Key) {
			k.Scopes, k.Numbers = []provisioning.Scope{"messages:*"}, []routing.NumberID{routing.NumberID(sales)}
		}))
		deaf := p.showing(p.keyFor(account, func(k *provisioning.Key) { k.Scopes = []provisioning.Scope{"calls:*"} }))
		bruno := p.as("202")
		streams := map[string]*listening{"key": narrow.listen(""), "person": bruno.listen("?types=message.*")}
		p.comes(customer, "+33639980007", "pour Alice")
		p.comes(customer, "+33199005678", "pour Bruno")
		for name, l := range streams {
			if e := l.next(); e.Type != "message.received" || e.Data.Data["body"] != "pour Bruno" {
				t.Errorf("the %s hears %s %v", name, e.Type, e.Data.Data["body"])
			}
		}
		narrow.get("/api/v1/messages").want(200).shows("data.0.body", "pour Bruno", "data.1", "<none>")
		narrow.get("/api/v1/events/log?types=message.*").want(200).shows("data.0.data.body", "pour Bruno", "data.1", "<none>")
		narrow.get("/api/v1/conversations").want(200).shows("data.0.number.name", "Sales", "data.1", "<none>")
		narrow.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "x"}).refused(422, "from_unknown")
		narrow.post("/api/v1/messages", map[string]any{"from": sales, "to": customer, "body": "x"}).want(202)
		deaf.get("/api/v1/messages").refused(403, "forbidden")
		deaf.get("/api/v1/events/log?types=message.*").want(200).shows("data", "[]")
		p.get("/api/v1/messages?contact_id=cnt_none").refused(404, "not_found")
		p.get("/api/v1/messages?account_id=acc_none").want(200).shows("data", "[]")
		p.get("/api/v1/messages?peer=0612345678&direction=inbound&channel=network&count=true").want(200).shows("total_count", "2")
	})
}

// away is a desk whose records are away.
type away struct{ messaging.Desk }

func (away) Send(context.Context, messaging.Outgoing) (messaging.Stored, error) {
	return messaging.Stored{}, errors.New("the records are away")
}

func TestNothingIsTakenWhileTheRecordsAreAway(t *testing.T) {
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, postSite, func(r *web.Rooms) { r.Post = away{} })
	got := h.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "x"}, "Idempotency-Key: once")
	if got.refused(503, "unavailable"); got.Header.Get("Retry-After") == "" {
		t.Error("nobody says when to try again")
	}
	h.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "x"}, "Idempotency-Key: once").refused(503, "unavailable")
	h.get("/api/v1/messages").refused(503, "unavailable")
	none := openHouse(t, store.Config{DataDir: t.TempDir()}, acme)
	none.post("/api/v1/messages", map[string]any{"to": customer, "body": "x"}).refused(503, "unavailable")
}

func TestWhatIsNoMessageIsRefusedByItsField(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		const head = `{"from":"+33639980007","to":"+33612345678","body":`
		for name, c := range map[string]struct {
			body   string
			status int
			code   string
		}{
			"half a pair":            {head + `"\ud83d"}`, 400, "invalid_request"},
			"the other half":         {head + `"a\ude00b"}`, 400, "invalid_request"},
			"two first halves":       {head + `"\ud83d\ud83d\ude00"}`, 400, "invalid_request"},
			"no UTF-8":               {head + "\"\xff\"}", 400, "invalid_request"},
			"a NUL":                  {head + `"a\u0000b"}`, 422, "body_invalid"},
			"a NUL where it goes":    {`{"from":"+33639980007","to":"+336\u000012345678","body":"x"}`, 422, "to_invalid"},
			"ten megabytes":          {head + `"` + strings.Repeat("a", 10<<20) + `"}`, 413, "too_large"},
			"a lot":                  {head + `"` + strings.Repeat("a", 900_000) + `"}`, 422, "body_too_long"},
			"an unknown field":       {head + `"x","flash":true}`, 422, "invalid_request"},
			"no text":                {`{"from":"+33639980007","to":"+33612345678"}`, 422, "invalid_request"},
			"a number as text":       {head + `12}`, 422, "invalid_request"},
			"null":                   {head + `null}`, 422, "invalid_request"},
			"nothing":                {``, 400, "invalid_request"},
			"a list":                 {`[]`, 422, "invalid_request"},
			"twice the same":         {head + `"a","body":"b"}`, 400, "invalid_request"},
			"an address of nonsense": {`{"from":"+33639980007","to":"` + strings.Repeat("9", 64) + `","body":"x"}`, 422, "to_invalid"},
			"an address too long":    {`{"from":"+33639980007","to":"` + strings.Repeat("9", 65) + `","body":"x"}`, 422, "invalid_request"},
		} {
			got := p.post("/api/v1/messages", c.body)
			if got.Status != c.status {
				t.Errorf("%s: %d, want %d: %.300s", name, got.Status, c.status, got.Text)
				continue
			}
			got.refused(c.status, c.code)
		}
		p.post("/api/v1/messages", head+`"\ud83d\ude00 \\ud83d \"\u00e9"}`).want(http.StatusAccepted).shows("body", "😀 \\ud83d \"é")
		p.get("/api/v1/messages?count=true").shows("total_count", "1")
		p.get("/api/v1/messages/msg_none").refused(404, "not_found")
		p.get("/api/v1/conversations/conv_none/items").refused(404, "not_found")
		p.get("/api/v1/messages?state=lost").refused(422, "invalid_request")
		p.post("/api/v1/messages/preview", map[string]any{"body": strings.Repeat("a", 20001)}).refused(422, "invalid_request")
		p.put("/api/v1/numbers/"+p.number("+33639980007")+"/opt-outs/PARIS", nil).refused(422, "to_invalid")
	})
}

func TestAMessageIsToldInTheFormatThatReceiversOfOldKnow(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		p.post("/api/v1/contacts", map[string]any{"name": "Anne Durand", "numbers": []string{customer}}).want(201)
		sent := p.as("201").post("/api/v1/messages", map[string]any{"to": customer, "body": "Bonjour"}).want(202).at("id")
		page, err := p.store.Events(t.Context(), provisioning.EventFilter{Subject: sent})
		if err != nil || len(page.Events) != 1 {
			t.Fatal(page.Events, err)
		}
		text, err := p.desk.RenderWebhook(t.Context(), &provisioning.Webhook{Format: provisioning.FormatAircall, Secret: "whsec_x"}, page.Events[0])
		if err != nil {
			t.Fatal(err)
		}
		told := &answer{t: t, what: "the webhook", Text: string(text)}
		told.shows("resource", "message", "event", "message.sent", "data.sid", sent, "data.direction", "outbound", "data.status", "pending", "data.body", "Bonjour",
			"data.external_number", customer, "data.raw_digits", "+33 6 12 34 56 78", "data.number.name", "Alice", "data.user.name", "Alice Martin", "data.contact.last_name", "Durand")
		if id := told.at("data.id"); len(id) < 5 || strings.Contains(id, ".") {
			t.Errorf("its id is %s", id)
		}
	})
}
