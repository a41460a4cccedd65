package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// heard is one event of a stream.
type heard struct {
	ID, Type string
	Data     struct {
		Type, Timestamp, ID, Subject string
		APIVersion                   string `json:"api_version"`
		Seq                          int64
		Data                         map[string]any
	}
}

// listening is an open stream.
type listening struct {
	t      *testing.T
	lines  *bufio.Scanner
	resp   *http.Response
	hangUp context.CancelFunc
}

// listen opens a stream, and gives it once the answer has begun.
func (h *house) listen(query string, headers ...string) *listening {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*time.Minute)
	h.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/events"+query, http.NoBody)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, header := range append(slices.Clip(h.shows), headers...) {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for { // The desk may not have begun to follow the log.
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			h.t.Fatal(err)
		}
		if resp.StatusCode == http.StatusServiceUnavailable {
			_ = resp.Body.Close()
			<-pace.C
			continue
		}
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
			h.t.Fatalf("listen: %s %s", resp.Status, resp.Header.Get("Content-Type"))
		}
		h.t.Cleanup(func() { _ = resp.Body.Close() })
		return &listening{h.t, bufio.NewScanner(resp.Body), resp, cancel}
	}
}

// listenFromNow opens a stream of what comes from now on: the desk, which has not heard yet of all that was done before, may tell that too.
func (h *house) listenFromNow(query string) *listening {
	h.t.Helper()
	last, err := h.store.LastPos(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return h.listen(query, "Last-Event-ID: "+provisioning.EventID(time.Now(), last))
}

// next is the next event; comments are passed over.
func (l *listening) next() heard {
	l.t.Helper()
	var e heard
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch {
		case name == "id":
			e.ID = value
		case name == "event":
			e.Type = value
		case name == "data":
			if err := json.Unmarshal([]byte(value), &e.Data); err != nil {
				l.t.Fatalf("%v in %s", err, value)
			}
		case name == "" && e.Type != "":
			return e
		}
	}
	l.t.Fatalf("the stream ended: %v", l.lines.Err())
	return e
}

func TestEventsAreToldInOrderAndOnce(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		l := h.listen("?types=tag.*")
		id := h.post("/api/v1/tags", map[string]any{"name": "first"}).want(201).at("id")
		h.post("/api/v1/contacts", map[string]any{"name": "Nobody asked", "numbers": []string{"+33639980101"}})
		h.patch("/api/v1/tags/"+id, map[string]any{"name": "renamed"}).want(200)
		made, changed := l.next(), l.next()
		if made.Type != "tag.created" || changed.Type != "tag.updated" || made.ID >= changed.ID || made.Data.Seq >= changed.Data.Seq {
			t.Fatalf("%+v, %+v", made, changed)
		}
		if made.Data.Subject != id || made.Data.ID != made.ID || made.Data.APIVersion == "" || made.Data.Data["name"] != "first" || changed.Data.Data["name"] != "renamed" {
			t.Errorf("%+v, %+v", made, changed)
		}
		change, _ := changed.Data.Data["change"].(map[string]any)
		if change["verb"] != "update" || !strings.Contains(fmt.Sprint(change["fields"]), "first") {
			t.Errorf("what changed: %v", change)
		}
		l.hangUp()
		h.post("/api/v1/tags", map[string]any{"name": "second"}).want(201)
		h.remove("/api/v1/tags/" + id).want(204)
		again := h.listen("?types=tag.*", "Last-Event-ID: "+made.ID)
		got := []string{again.next().ID, again.next().Type, again.next().Type}
		if want := []string{changed.ID, "tag.created", "tag.deleted"}; !slices.Equal(got, want) {
			t.Errorf("after a break: %v, want %v", got, want)
		}
	})
}

func TestEventsOfOthersAreNotTold(t *testing.T) {
	onBoth(t, acme+"\n[[accounts]]\nname = \"Other\"\n", func(h *house) {
		t := h.t
		st, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first, other := string(st.Accounts[0].ID), string(st.Accounts[1].ID)
		reader := h.showing(withKey(h, first, provisioning.ContactsRead))
		blind := h.showing(withKey(h, first, provisioning.TrunksRead))
		l, b := reader.listen(""), blind.listen("")
		h.post("/api/v1/tags?account_id="+other, map[string]any{"name": "theirs"}).want(201)
		h.post("/api/v1/tags?account_id="+first, map[string]any{"name": "ours"}).want(201)
		err = h.store.Announce(t.Context(), provisioning.Event{Type: "trunk.up", Subject: "trk_1", Data: json.RawMessage(`{"id":"trk_1"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if e := l.next(); e.Data.Data["name"] != "ours" {
			t.Errorf("the reader hears %+v", e)
		}
		if e := b.next(); e.Type != "trunk.up" || e.Data.Data["id"] != "trk_1" {
			t.Errorf("who may read trunks alone hears %+v", e)
		}
		if got := reader.get("/api/v1/events/log?types=tag.*&order=asc").want(200); got.at("data.0.data.name") != "ours" || got.at("data.1") != "<none>" {
			t.Errorf("the reader reads %s", got.Text)
		}
	})
}

// withKey makes a key of an account and gives the header that shows it.
func withKey(h *house, account string, scopes ...provisioning.Scope) string {
	h.t.Helper()
	shown, key, err := provisioning.NewKey()
	if err != nil {
		h.t.Fatal(err)
	}
	key.ID, key.Account, key.Name, key.Scopes, key.Created = routing.NewID("key", time.Now()), routing.AccountID(account), shown[:20], scopes, time.Now()
	if _, err := provisioning.Do(h.t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) { return st.Put(&key) }); err != nil {
		h.t.Fatal(err)
	}
	return "Authorization: Bearer " + shown
}

func TestEventLogHasPages(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		for i := range 5 {
			h.post("/api/v1/tags", map[string]any{"name": fmt.Sprint("tag ", i)}).want(201)
		}
		for _, order := range []string{"asc", "desc"} {
			var names []string
			path := "/api/v1/events/log?types=tag.created&limit=2&order=" + order
			for path != "" {
				page := h.get(path).want(200)
				for i := 0; page.at(fmt.Sprintf("data.%d", i)) != "<none>"; i++ {
					names = append(names, page.at(fmt.Sprintf("data.%d.data.name", i)))
				}
				next, _, more := strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
				if path = ""; more {
					path = next
				}
			}
			want := []string{"tag 0", "tag 1", "tag 2", "tag 3", "tag 4"}
			if order == "desc" {
				slices.Reverse(want)
			}
			if !slices.Equal(names, want) {
				t.Errorf("%s: %v", order, names)
			}
		}
		h.get("/api/v1/events/log?cursor=abc").refused(422, "invalid_cursor")
		h.get("/api/v1/events/log?types=nothing.happened").refused(422, "unknown_event_type")
		h.get("/api/v1/events?types=nothing.happened").refused(422, "unknown_event_type")
		h.get("/api/v1/events", "Last-Event-ID: 17").refused(422, "invalid_cursor")
		h.showing().get("/api/v1/events").refused(401, "unauthorized")
	})
}

// Who comes back after what they have missed is gone is told to read the present state.
func TestStreamResetsWhoSawTheFuture(t *testing.T) {
	onBoth(t, acme, func(h *house) {
		t := h.t
		l := h.listen("", "Last-Event-ID: "+provisioning.EventID(time.Now(), 1<<40))
		if e := l.next(); e.Type != "reset" {
			t.Errorf("%+v", e)
		}
		h.post("/api/v1/tags", map[string]any{"name": "now"}).want(201)
		if e := l.next(); e.Type != "tag.created" {
			t.Errorf("%+v", e)
		}
	})
}
