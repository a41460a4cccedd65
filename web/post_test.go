package web_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/messagingtest"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// postSite has two people with a line each, one that both share, one that has no way out, and a carrier.
const postSite = `
[[accounts]]
name = "Acme"
[[users]]
name = "Alice Martin"
email = "alice@acme.example"
extension = "201"
[[users]]
name = "Bruno Petit"
email = "bruno@acme.example"
extension = "202"
[[users]]
name = "Rémi"
email = "remi@acme.example"
extension = "203"
role = "readonly"
[[users]]
name = "Adèle"
email = "adele@acme.example"
extension = "204"
role = "admin"
[[connectors]]
name = "Carrier"
kind = "http"
in_doubt = "retry"
token = "shown"
http = { send = { method = "POST", url = "https://carrier.example/send", headers = { Content-Type = "text/plain" }, body = "{from} {to} {body}" } }
[[numbers]]
e164 = "+33639980007"
name = "Alice"
kind = "direct"
users = ["alice@acme.example"]
messaging = { connector = "Carrier" }
[[numbers]]
e164 = "+33199005678"
name = "Sales"
flow = "support"
users = ["bruno@acme.example"]
messaging = { connector = "Carrier", guard = { hour = 2, day = 0, month = 0 } }
[[numbers]]
e164 = "+33199001234"
name = "Support"
flow = "support"
users = ["alice@acme.example", "bruno@acme.example"]
[[flows]]
name = "support"
start = "bye"
[[flows.nodes]]
id = "bye"
type = "hangup"
`

// post is a front desk with messages: its office carries nothing out unless a carrier is attached.
type post struct {
	*house

	office *messaging.Office
}

// onBothWithPost tells a story of messages on each database.
func onBothWithPost(t *testing.T, story func(p *post)) {
	t.Helper()
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			p := &post{}
			p.house = openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, postSite, p.furnish)
			if err := p.office.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				ctx, done := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
				defer done()
				if err := p.office.Close(ctx); err != nil {
					t.Error(err)
				}
			})
			story(p)
		})
	}
}

func (p *post) furnish(r *web.Rooms) {
	records, _ := r.Records.(*store.Store)
	p.office = messaging.New(messaging.Config{
		Store: records.Messages(), Waker: records.Messages(), Directory: records, NewID: routing.NewID,
		Emergency: func(a messaging.Address, _ string) bool { return a == "114" },
		Normal: func(a messaging.Address, country string) messaging.Address {
			if n, is := routing.ParseNumber(string(a), country); is {
				return messaging.Address(n)
			}
			return a
		},
	})
	r.Messages, r.Post, r.Lines = records.Messages(), p.office, records
}

// as signs somebody in by their extension.
func (p *post) as(extension string) *house {
	p.t.Helper()
	password, err := provisioning.HashPassword("correct horse battery")
	if err != nil {
		p.t.Fatal(err)
	}
	email := ""
	_, err = provisioning.Do(p.t.Context(), p.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
		for _, u := range st.Users {
			if u.Extension == extension {
				next := *u
				next.Password, email = password, u.Email
				return st.Put(&next)
			}
		}
		return nil, nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	cookies := p.showing().post("/api/v1/session", map[string]string{"email": email, "password": "correct horse battery"}).want(200).Cookies
	return p.showing("Cookie: " + cookies[0].Name + "=" + cookies[0].Value)
}

// carrier is the id of the carrier.
func (p *post) carrier() messaging.ConnectorID {
	p.t.Helper()
	for id := range p.store.Post().Connectors {
		return id
	}
	p.t.Fatal("there is no connector")
	return ""
}

// comes lets a message come in from outside.
func (p *post) comes(from, to, text string) messaging.ID {
	p.t.Helper()
	got, err := p.office.Take(p.t.Context(), messagingtest.Text(p.carrier(), messaging.Address(from), messaging.Address(to), text))
	if err != nil {
		p.t.Fatal(err)
	}
	return got.Message
}

const customer = "+33612345678"

func TestSpec_M1_M2_M3_M5_AMessageIsOnceForEveryoneOfItsLine(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		alice, bruno := p.as("201"), p.as("202")
		heard := alice.listen("?types=message.*")
		id := string(p.comes(customer, "+33639980007", "Où êtes-vous ? œ"))
		// Her own number, where she names none; the App says that it is the App.
		sent := alice.post("/api/v1/messages", map[string]any{"to": "06 12 34 56 78", "body": "J’arrive 😀", "channel": "app"}).want(http.StatusAccepted)
		sent.shows("direction", "outbound", "channel", "app", "user.name", "Alice Martin", "from", "+33639980007", "to", customer, "state", "accepted", "number.name", "Alice",
			"encoding", "ucs2", "segments", "1", "deliveries.0.channel", "network", "deliveries.0.connector.name", "Carrier", "deliveries.1", "<none>")
		at := "/api/v1/messages/" + sent.at("id")
		if sent.Header.Get("Location") != at {
			t.Errorf("it is at %s", sent.Header.Get("Location"))
		}
		alice.get(at).want(200).shows("body", "J’arrive 😀", "conversation_id", sent.at("conversation_id"))
		program := p.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "Suivi : 12"}).want(202).shows("channel", "api", "user", "<nil>")
		list := alice.get("/api/v1/messages?order=asc&count=true").want(200)
		list.shows("data.0.id", id, "data.0.direction", "inbound", "data.0.body", "Où êtes-vous ? œ", "data.0.state", "received", "data.0.from_display", "06 12 34 56 78",
			"data.1.id", sent.at("id"), "data.2.id", program.at("id"), "data.3", "<none>", "total_count", "3", "data.1.deliveries", "<none>")
		first, second, third := heard.next(), heard.next(), heard.next()
		if first.Type != "message.received" || first.Data.Subject != id || first.Data.Data["body"] != "Où êtes-vous ? œ" || first.Data.Data["place"].(float64) >= second.Data.Data["place"].(float64) {
			t.Errorf("she hears %+v first", first)
		}
		if second.Type != "message.sent" || second.Data.Subject != sent.at("id") || second.Data.Data["channel"] != "app" || third.Data.Subject != program.at("id") {
			t.Errorf("then %+v, then %+v", second, third)
		}
		if list.at("data.1.place") != sent.at("place") || sent.at("place") == "0" {
			t.Errorf("its place is %s, and was %s", list.at("data.1.place"), sent.at("place"))
		}
		// Bruno does not have that line.
		bruno.get("/api/v1/messages").want(200).shows("data", "[]")
		bruno.get(at).refused(404, "not_found")
		bruno.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "x"}).refused(422, "from_unknown")
	})
}

func TestSpec_L19_M7_EachStateOfAMessageIsToldWithItsReason(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		detach := p.office.Attach(messaging.Route(p.carrier()), &messagingtest.Carrier{})
		defer detach()
		heard := p.listen("?types=message.*")
		id := p.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "Bonjour"}).want(202).at("id")
		states := []string{heard.next().Data.Data["state"].(string), heard.next().Data.Data["state"].(string)}
		err := p.office.Receipt(t.Context(), messaging.Receipt{
			Connector: p.carrier(), IDs: []string{"id1"}, From: customer, To: "+33639980007", State: messaging.StateFailed, Reason: messaging.ReasonAbsent, At: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		last := heard.next()
		if states[0] != "accepted" || states[1] != "sent" || last.Type != "message.status_updated" || last.Data.Subject != id || last.Data.Data["reason"] != "absent" {
			t.Errorf("%v, then %+v", states, last)
		}
		if change, _ := last.Data.Data["change"].(map[string]any); change["state"] != "failed" || change["reason"] != "absent" {
			t.Errorf("what changed: %v", last.Data.Data["change"])
		}
		p.get("/api/v1/messages/"+id).want(200).shows("state", "failed", "reason", "absent", "deliveries.0.state", "failed", "deliveries.0.tries", "1")
		p.get("/api/v1/messages?state=failed,unknown").want(200).shows("data.0.id", id, "data.1", "<none>")
		p.get("/api/v1/messages?state=delivered").want(200).shows("data", "[]")
	})
}

func TestSpec_M8_ARepeatIsTheSameMessage(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		body := map[string]any{"from": "+33639980007", "to": customer, "body": "Une fois"}
		key := "Idempotency-Key: order-12"
		first := p.post("/api/v1/messages", body, key).want(202)
		p.post("/api/v1/messages", body, key).want(202).shows("id", first.at("id"))
		body["body"] = "Autre chose"
		p.post("/api/v1/messages", body, key).refused(422, "idempotency_mismatch")
		p.post("/api/v1/messages", body).want(202)
		p.get("/api/v1/messages?count=true").shows("total_count", "2")
	})
}

func TestSpec_L20_L21_L23_O1_WhatMayNotBeSentIsRefusedByItsRule(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		t := p.t
		alice, remi := p.as("201"), p.as("203")
		send := func(h *house, more map[string]any) *answer {
			body := map[string]any{"from": "+33639980007", "to": customer, "body": "Bonjour"}
			maps.Copy(body, more)
			return h.post("/api/v1/messages", body)
		}
		for _, c := range []struct {
			more           map[string]any
			status         int
			code, row, loc string
		}{
			{map[string]any{"body": strings.Repeat("é", 1601)}, 422, "body_too_long", "L23", "body.body"},
			{map[string]any{"body": ""}, 422, "body_required", "", "body.body"},
			{map[string]any{"media": []string{"https://a.example/b.png"}}, 422, "media_not_supported", "", "body.media"},
			{map[string]any{"to": "PARIS"}, 422, "to_invalid", "", "body.to"},
			{map[string]any{"to": "+33639980007"}, 422, "to_self", "", "body.to"},
			{map[string]any{"from": "+33199005678"}, 422, "from_unknown", "O1", "body.from"},
			{map[string]any{"from": "+33199001234"}, 409, "no_route", "", "body.from"},
			{map[string]any{"from": "nobody"}, 422, "from_unknown", "O1", "body.from"},
			{map[string]any{"channel": "api"}, 422, "channel_not_yours", "", "body.channel"},
		} {
			f := send(alice, c.more).refused(c.status, c.code)
			if f.Location != c.loc || c.row != "" && f.Row != c.row {
				t.Errorf("%v: refused at %s by %s", c.more, f.Location, f.Row)
			}
		}
		send(remi, nil).refused(403, "forbidden")
		send(p.house, map[string]any{"channel": "cti"}).refused(422, "channel_not_yours")
		p.post("/api/v1/messages", map[string]any{"to": customer, "body": "x"}).refused(422, "sender_needed")
		// The guard of Sales lets two an hour through.
		for range 2 {
			send(p.house, map[string]any{"from": "+33199005678"}).want(202)
		}
		over := send(p.house, map[string]any{"from": "+33199005678"})
		if f := over.refused(429, "rate_hour"); f.Row != "L21" || over.Header.Get("Retry-After") == "" || over.Header.Get("Retry-After") == "1" {
			t.Errorf("%+v, Retry-After %s", f, over.Header.Get("Retry-After"))
		}
		// Whoever says STOP hears no more, until they say START.
		numbers := "/api/v1/numbers/" + p.number("+33639980007")
		p.comes(customer, "+33639980007", "Arrêt")
		if f := send(alice, nil).refused(422, "opted_out"); f.Row != "L20" {
			t.Errorf("by %s", f.Row)
		}
		p.get(numbers+"/opt-outs").want(200).shows("data.0.peer", customer, "data.0.word", "Arrêt", "data.1", "<none>")
		p.get("/api/v1/conversations").shows("data.0.peers.0.opted_out", "true")
		alice.remove(numbers+"/opt-outs/"+customer).refused(403, "forbidden")
		p.remove(numbers + "/opt-outs/" + customer).want(204)
		p.remove(numbers+"/opt-outs/"+customer).refused(404, "not_found")
		send(alice, nil).want(202)
		alice.put(numbers+"/opt-outs/0612345678", nil).want(200).shows("peer", customer, "word", "<nil>")
		send(p.house, nil).refused(422, "opted_out")
		p.comes(customer, "+33639980007", "start")
		send(alice, nil).want(202)
	})
}

func TestSpec_L21_TheGuardOfANumberIsShownAndSet(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		at := "/api/v1/numbers/" + p.number("+33639980007") + "/messaging"
		p.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "x"}).want(202)
		got := p.get(at).want(200)
		got.shows("connector.name", "Carrier", "route.name", "Carrier", "path", "<nil>", "native", "false", "guard.hour", "100", "guard.day", "1000", "guard.month", "10000",
			"guard_is_set", "false", "sent.hour", "1", "sent.day", "1", "sent.month", "1")
		etag := got.Header.Get("ETag")
		body := map[string]any{"connector_id": string(p.carrier()), "guard": map[string]int{"hour": 1, "day": 5, "month": 9}}
		p.put(at, body, `If-Match: "old"`).refused(412, "stale")
		p.put(at, body, "If-Match: "+etag).want(200).shows("guard.hour", "1", "guard_is_set", "true")
		p.post("/api/v1/messages", map[string]any{"from": "+33639980007", "to": customer, "body": "x"}).refused(429, "rate_hour")
		if f := p.put(at, map[string]any{"path": "copy"}).refused(422, "messaging_path_no_esim"); f.Location != "body.path" {
			p.t.Errorf("at %s", f.Location)
		}
		if f := p.put(at, map[string]any{"connector_id": "mcn_none"}).refused(422, "unknown"); f.Location != "body.connector_id" {
			p.t.Errorf("at %s", f.Location)
		}
		p.put(at, map[string]any{"guard": map[string]int{"hour": -1, "day": 1, "month": 1}}).refused(422, "invalid_request")
		p.put(at, map[string]any{}).want(200).shows("connector", "<nil>", "route", "<nil>", "guard.hour", "100", "guard_is_set", "false")
	})
}

func TestSpec_L22_TheComposerCountsSegments(t *testing.T) {
	onBothWithPost(t, func(p *post) {
		for _, c := range []struct{ body, encoding, segments, left, forcing string }{
			{"", "gsm7", "1", "160", "[]"},
			{"Où êtes-vous ?", "ucs2", "1", "56", `["ê"]`},
			{strings.Repeat("a", 161), "gsm7", "2", "145", "[]"},
			{"€", "gsm7", "1", "158", "[]"},
			{strings.Repeat("😀", 36), "ucs2", "2", "61", `["😀"]`},
		} {
			p.post("/api/v1/messages/preview", map[string]any{"body": c.body}).want(200).
				shows("encoding", c.encoding, "segments", c.segments, "units_left", c.left, "ucs2_characters", c.forcing, "most_characters", "1600")
		}
	})
}
