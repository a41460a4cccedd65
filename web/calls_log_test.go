package web_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
	"tandem/store"
)

// bakery has a number of Alice's and one of Bruno's, and a contact.
const bakery = `
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
[[numbers]]
e164 = "+33199001234"
name = "Support"
flow = "support"
users = ["alice@acme.example"]
[[numbers]]
e164 = "+33199005678"
name = "Sales"
flow = "support"
users = ["bruno@acme.example"]
[[flows]]
name = "support"
start = "ring"
[[flows.nodes]]
id = "ring"
type = "ring_to"
config = { target = { user = "alice@acme.example" }, ring_for_seconds = 20 }
next = { unanswered = "bye" }
[[flows.nodes]]
id = "bye"
type = "hangup"
`

// log is the log of calls of a house, as it is written.
type log struct {
	*house

	names *routing.Snapshot
	at    time.Time
	n     int64
}

func (h *house) log() *log {
	return &log{house: h, names: h.store.Snapshot(), at: time.Now().Add(-time.Hour).Truncate(time.Millisecond)}
}

func (l *log) user(name string) routing.UserID {
	for _, u := range l.names.Users {
		if strings.HasPrefix(u.Name, name) {
			return u.ID
		}
	}
	l.t.Fatalf("there is no %s", name)
	return ""
}

func (l *log) number(name string) *routing.Number {
	for _, n := range l.names.Numbers {
		if n.Name == name {
			return n
		}
	}
	l.t.Fatalf("there is no number %s", name)
	return nil
}

// missed puts a call in the log that came to a number and that nobody answered.
func (l *log) missed(number string, change ...func(*routing.CallRecord)) *routing.CallRecord {
	n := l.number(number)
	l.n++
	at := l.at.Add(time.Duration(l.n) * time.Minute)
	alice := l.user("Alice")
	r := &routing.CallRecord{
		ID: routing.CallID(routing.NewID("call", at)), Number: l.n, Account: n.Account, Direction: routing.Inbound, Outcome: routing.OutcomeMissed,
		Missed: routing.AgentsDidNotAnswer, From: "+33639980101", To: string(n.E164), NumberID: n.ID, StartedAt: at, EndedAt: at.Add(31 * time.Second), EndedBy: "caller",
		Cause: routing.Cause{SIP: 487, Q850: 16, Text: "Normal call clearing"}, Notified: n.Users,
		Timeline: []routing.TimelineItem{
			{At: at, Seq: 1, Type: "started"},
			{At: at, Seq: 2, Type: flow.NoteNodeEntered, Args: map[string]string{"type": "ring_to"}},
			{At: at.Add(time.Second), Seq: 3, Type: flow.NoteUserRinging, User: alice, Args: map[string]string{"why": "node"}},
			{At: at.Add(2 * time.Second), Seq: 4, Type: flow.NoteUserSkipped, User: l.user("Bruno"), Args: map[string]string{
				"reason": "unavailable", "status": "offline", "since": at.Add(-time.Hour).UTC().Format(time.RFC3339),
			}},
			{At: at.Add(31 * time.Second), Seq: 5, Type: "hungup", Args: map[string]string{"by": "caller"}},
		},
	}
	for _, f := range change {
		f(r)
	}
	if err := l.store.Begin(r); err != nil {
		l.t.Fatal(err)
	}
	if err := l.store.Finish(r); err != nil {
		l.t.Fatal(err)
	}
	if err := l.store.Flush(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	return r
}

// told lists the events about something.
func (l *log) told(subject string) []string {
	page, err := l.store.Events(l.t.Context(), provisioning.EventFilter{Subject: subject})
	if err != nil {
		l.t.Fatal(err)
	}
	var out []string
	for _, e := range page.Events {
		out = append(out, e.Type)
	}
	return out
}

func TestCallsAreFoundByWhatTheyWere(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		first := l.missed("Support")
		second := l.missed("Sales", func(r *routing.CallRecord) {
			r.From, r.Missed, r.Tags = "+33639980202", routing.NoAvailableAgent, nil
		})
		answered := l.missed("Sales", func(r *routing.CallRecord) {
			r.Outcome, r.Missed, r.User, r.AnsweredAt, r.Notified = routing.OutcomeAnswered, "", l.user("Bruno"), r.StartedAt.Add(time.Second), nil
			r.Custom = map[string]string{"ticket": "42"}
		})
		for query, want := range map[string][]routing.CallID{
			"":                                    {answered.ID, second.ID, first.ID},
			"order=asc":                           {first.ID, second.ID, answered.ID},
			"outcome=missed":                      {second.ID, first.ID},
			"missed_reason=no_available_agent":    {second.ID},
			"number_id=" + string(first.NumberID): {first.ID},
			"user_id=" + string(l.user("Bruno")):  {answered.ID},
			"from=+33639980202":                   {second.ID},
			"from=%2B33639980202":                 {second.ID},
			"search=98020":                        {second.ID},
			"direction=outbound":                  nil,
			"archived=true":                       nil,
			"archived=false&outcome=answered":     {answered.ID},
			"created_before=" + first.StartedAt.Add(time.Second).UTC().Format(time.RFC3339Nano): {first.ID},
		} {
			var page struct {
				Data  []struct{ ID routing.CallID }
				Total int `json:"total_count"`
			}
			h.get("/api/v1/calls?count=true&" + query).want(200).into(&page)
			var got []routing.CallID
			for _, c := range page.Data {
				got = append(got, c.ID)
			}
			if !slices.Equal(got, want) || page.Total != len(want) {
				t.Errorf("%s: %v, %d in all; want %v", query, got, page.Total, want)
			}
		}
		page := h.get("/api/v1/calls?limit=2").want(200)
		next, _, _ := strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
		h.get(next).want(200).shows("data.0.id", string(first.ID), "next_cursor", "<nil>")
		h.get("/api/v1/calls?limit=1&expand=timeline&outcome=missed&order=asc").want(200).shows(
			"data.0.timeline.2.text", "Alice Martin rings.", "data.0.missed_reason", "agents_did_not_answer", "data.0.legs", "<none>")
		h.get("/api/v1/calls/"+string(answered.ID)).want(200).shows("custom.ticket", "42", "missed_reason", "<nil>", "explanation", "<nil>")
		for query, code := range map[string]string{
			"cursor=abc": "invalid_cursor", "order=sideways": "invalid_request", "archived=perhaps": "invalid_request", "search=x": "invalid_request",
			"expand=everything": "invalid_request", "limit=0": "invalid_request", "created_after=yesterday": "invalid_request", "user=1": "invalid_request",
		} {
			h.get("/api/v1/calls?"+query).refused(422, code)
		}
	})
}

func TestSpec_L10_TheLogSaysWhyInPlainWords(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		l.at = time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC) // The call comes at 15:01 in Paris.
		c := l.missed("Support")
		at := "/api/v1/calls/" + string(c.ID)
		h.get(at, "Accept-Language: en").want(200).shows("explanation",
			"Nobody answered: the caller hung up after 31 s. Alice Martin rang 30 s. Bruno Petit was not rung: offline since 14:01.")
		h.get(at, "Accept-Language: fr").want(200).shows("explanation",
			"Personne n’a répondu : l’appelant a raccroché au bout de 31 s. Alice Martin a sonné 30 s. Bruno Petit n’a pas été appelé(e) : hors ligne depuis 14:01.")
	})
}

func TestWhatPeopleSayOfACallIsKeptAndTold(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		c := l.missed("Support")
		at := "/api/v1/calls/" + string(c.ID)
		tag := h.post("/api/v1/tags", map[string]any{"name": "Devis"}).want(201).at("id")
		for range 2 { // What is so already is no change.
			h.put(at+"/tags/"+tag, nil).want(204)
			h.patch(at, map[string]any{"assigned_to": l.user("Bruno"), "archived": true}).want(200).shows("assigned_to.name", "Bruno Petit", "archived", "true", "tags.0", tag)
		}
		h.post(at+"/comments", map[string]any{"text": "Veut deux pains"}).want(201).shows("text", "Veut deux pains", "user", "<nil>")
		h.get(at+"/comments").want(200).shows("data.0.text", "Veut deux pains")
		h.get(at+"/tags").want(200).shows("data.0", tag)
		h.get("/api/v1/calls?archived=true&tag="+tag+"&assigned_to="+string(l.user("Bruno"))).want(200).shows("data.0.id", string(c.ID))
		h.remove(at + "/tags/" + tag).want(204)
		h.patch(at, `{"assigned_to": null}`).want(200).shows("assigned_to", "<nil>", "archived", "true")
		want := []string{"call.created", "call.missed", "call.ended", "call.tagged", "call.assigned", "call.archived", "call.commented", "call.untagged", "call.assigned"}
		if got := l.told(string(c.ID)); !slices.Equal(got, want) {
			t.Errorf("listeners heard %v, want %v", got, want)
		}

		h.put(at+"/tags/tag_nobody", nil).refused(404, "not_found")
		h.put("/api/v1/calls/call_nobody/tags/"+tag, nil).refused(404, "not_found")
		h.patch(at, map[string]any{"assigned_to": "usr_nobody"}).refused(404, "not_found")
		h.patch(at, map[string]any{"status": "ended"}).refused(422, "invalid_request")
		h.patch(at, map[string]any{"archived": "yes"}).refused(422, "invalid_request")
		h.post(at+"/comments", map[string]any{"text": " \n"}).refused(422, "text_characters")
		h.post(at+"/comments", map[string]any{"text": "a\x00b"}).refused(422, "text_characters")
		h.post(at+"/comments", map[string]any{"text": strings.Repeat("x", 4001)}).refused(422, "invalid_request")
	})
}

func TestSpec_L11_X12_EverybodyOfTheNumberIsTold(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		both := []routing.UserID{l.user("Alice"), l.user("Bruno")}
		c := l.missed("Support", func(r *routing.CallRecord) { r.Notified, r.ByExt = both, true })
		h.get("/api/v1/notifications?count=true&order=asc").want(200).shows("total_count", "2", "data.0.call_id", string(c.ID),
			"data.0.missed_reason", "agents_did_not_answer", "data.0.from_display", "06 39 98 01 01", "data.0.read_at", "<nil>", "data.0.handled_at", "<nil>")
		id := h.get("/api/v1/notifications?user_id=" + string(both[0])).want(200).at("data.0.id")
		h.post("/api/v1/notifications/"+id+"/read", nil).want(204)
		h.post("/api/v1/notifications/"+id+"/read", nil).want(204)
		h.get("/api/v1/notifications?unread=true&count=true").want(200).shows("total_count", "1")
		h.post("/api/v1/notifications/"+id+"/handled", nil).want(204)
		h.get("/api/v1/notifications?open=true").want(200).shows("data", "[]")
		h.get("/api/v1/notifications?user_id="+string(both[1])).want(200).shows("data.0.handled_by", "<nil>", "data.0.user.name", "Bruno Petit", "data.0.read_at", "<nil>")
		if got := l.told(id); !slices.Equal(got, []string{"notification.created", "notification.read", "notification.handled"}) {
			t.Errorf("listeners heard %v", got)
		}
		h.post("/api/v1/notifications/ntf_nobody/read", nil).refused(404, "not_found")
		h.post("/api/v1/notifications/ntf_nobody/handled", nil).refused(404, "not_found")
		h.get("/api/v1/me/notifications").refused(403, "forbidden")
		h.get("/api/v1/notifications?cursor=x").refused(422, "invalid_cursor")
	})
}

func TestSpec_L11_L16_APersonHearsOfTheirOwnNotificationsAlone(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		me := l.user("Alice")
		h.patch("/api/v1/users/"+string(me), map[string]any{"password": "correct horse battery"}).want(200)
		in := h.showing().post("/api/v1/session", map[string]string{"email": "alice@acme.example", "password": "correct horse battery"}).want(200).Cookies[0]
		mine := h.showing("Cookie: " + in.Name + "=" + in.Value)
		heard := mine.listen("?types=notification.created")
		l.missed("Support", func(r *routing.CallRecord) { r.Notified = []routing.UserID{l.user("Bruno")} })
		l.missed("Support", func(r *routing.CallRecord) { r.Notified = []routing.UserID{l.user("Bruno"), me} })
		if to := heard.next().Data.Data["user_id"]; to != string(me) {
			h.t.Errorf("they heard of a notification to %v", to)
		}
	})
}

func TestSpec_L13_WhoCallsBackHandlesTheMissedCallForAll(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		both := []routing.UserID{l.user("Alice"), l.user("Bruno")}
		l.missed("Support", func(r *routing.CallRecord) { r.Notified = both })
		other := l.missed("Support", func(r *routing.CallRecord) { r.From, r.Notified = "+33639980999", both[:1] })
		back := l.missed("Sales", func(r *routing.CallRecord) {
			r.Direction, r.Outcome, r.Missed, r.Notified, r.User = routing.Outbound, routing.OutcomeAnswered, "", nil, l.user("Bruno")
			r.From, r.To, r.AnsweredAt = r.To, "+33639980101", r.StartedAt.Add(2*time.Second)
		})
		for _, u := range both {
			page := h.get(fmt.Sprintf("/api/v1/notifications?user_id=%s&order=asc", u)).want(200)
			page.shows("data.0.handled_by.name", "Bruno Petit", "data.0.call_back_id", string(back.ID), "data.0.handled_at", back.AnsweredAt.UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		h.get("/api/v1/notifications?open=true&count=true").want(200).shows("total_count", "1", "data.0.call_id", string(other.ID))
	})
}

func TestSpec_L16_AKeyAndAPersonSeeTheirLinesAlone(t *testing.T) {
	onBoth(t, bakery, func(h *house) {
		l := h.log()
		support, sales := l.missed("Support"), l.missed("Sales")
		account := string(support.Account)
		narrow := h.showing(h.keyFor(account, func(k *provisioning.Key) { k.Numbers = []routing.NumberID{support.NumberID} }))
		narrow.get("/api/v1/calls?count=true").want(200).shows("total_count", "1", "data.0.id", string(support.ID))
		narrow.get("/api/v1/calls/" + string(support.ID)).want(200)
		for _, at := range []string{"", "/legs", "/timeline", "/sip", "/sip.txt", "/sip.pcap", "/tags", "/comments"} {
			narrow.get("/api/v1/calls/"+string(sales.ID)+at).refused(404, "not_found")
		}
		narrow.patch("/api/v1/calls/"+string(sales.ID), map[string]any{"archived": true}).refused(404, "not_found")
		narrow.post("/api/v1/calls/"+string(sales.ID)+"/actions/hangup", nil).refused(404, "not_found")
		narrow.get("/api/v1/calls?account_id=acc_other").refused(404, "not_found")
		reader := h.showing(h.keyFor(account, func(k *provisioning.Key) { k.Scopes = []provisioning.Scope{provisioning.CallsRead} }))
		reader.get("/api/v1/calls").want(200)
		reader.patch("/api/v1/calls/"+string(support.ID), map[string]any{"archived": true}).refused(403, "forbidden")
		reader.post("/api/v1/calls", map[string]any{"to": "202"}).refused(403, "forbidden")
	})
}

// keyFor makes a key of an account that may do everything with calls.
func (h *house) keyFor(account string, change func(*provisioning.Key)) string {
	h.t.Helper()
	shown, key, err := provisioning.NewKey()
	if err != nil {
		h.t.Fatal(err)
	}
	key.ID, key.Account, key.Name = routing.NewID("key", time.Now()), routing.AccountID(account), shown[:20]
	key.Scopes, key.Created = []provisioning.Scope{"calls:*"}, time.Now()
	change(&key)
	if _, err := provisioning.Do(h.t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) { return st.Put(&key) }); err != nil {
		h.t.Fatal(err)
	}
	return "Authorization: Bearer " + shown
}

func TestCaptureIsReadByAnAnalyser(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark here")
	}
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, bakery)
	l := h.log()
	sip := func(first string) string {
		return first + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@a.example>;tag=1\r\nTo: <sip:b@b.example>\r\nCall-ID: one@a\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
	}
	c := l.missed("Support", func(r *routing.CallRecord) {
		for i, way := range [][2]string{
			{"192.0.2.1:5060", "198.51.100.1:5060"},
			{"198.51.100.1:5060", "192.0.2.1:5060"},
			{"[2001:db8::1]:5060", "[2001:db8::2]:5061"},
			{"[2001:db8::2]:5061", "192.0.2.1:5060"},
			{"nowhere", "198.51.100.1:5060"},
		} {
			first := "INVITE sip:b@b.example SIP/2.0"
			if i%2 == 1 {
				first = "SIP/2.0 486 Busy Here"
			}
			r.Ladder = append(r.Ladder, routing.LadderItem{At: r.StartedAt.Add(time.Duration(i) * time.Millisecond), From: way[0], To: way[1], Network: "UDP", Raw: sip(first)})
		}
	})
	got := h.get("/api/v1/calls/" + string(c.ID) + "/sip.pcap").want(200)
	if kind := got.Header.Get("Content-Type"); kind != "application/vnd.tcpdump.pcap" {
		t.Errorf("its type is %s", kind)
	}
	file := filepath.Join(t.TempDir(), "call.pcap")
	if err = os.WriteFile(file, []byte(got.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tshark, "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields",
		"-e", "sip.Request-Line", "-e", "sip.Status-Line", "-e", "ip.checksum.status", "-e", "udp.checksum.status").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	want := "INVITE sip:b@b.example SIP/2.0\t\t1\t1\n\tSIP/2.0 486 Busy Here\t1\t1\nINVITE sip:b@b.example SIP/2.0\t\t\t1\n\tSIP/2.0 486 Busy Here\t\t1\nINVITE sip:b@b.example SIP/2.0\t\t1\t1\n"
	if string(out) != want {
		t.Errorf("the analyser reads\n%s\nwant\n%s", out, want)
	}
	h.get("/api/v1/calls/"+string(l.missed("Support").ID)+"/sip.pcap").refused(404, "no_sip_kept")
}
