package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/sip/resolve/resolvetest"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
	"tandem/web/webhook"
)

// withHooks tells a story on each database in a house that delivers webhooks, with an inbox.
func withHooks(t *testing.T, reach webhook.Reach, story func(h *house)) {
	t.Helper()
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			story(openHooks(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, reach))
		})
	}
}

func openHooks(t *testing.T, cfg store.Config, reach webhook.Reach) *house {
	t.Helper()
	records := storetest.Open(t, cfg)
	guard := webhook.Guard{Reach: reach, Names: oneName(t)}
	var worker atomic.Pointer[webhook.Worker]
	s, err := web.New(web.Config{
		Version: "0.1.0", APIKey: key, RequestsPerMinute: 1_000_000, Log: slog.New(slog.DiscardHandler), Webhooks: guard, Inbox: true,
	}, web.Rooms{
		Records: records, Book: records, Directory: records, Office: siteOffice{records}, Switchboard: nobodyTalks{}, Webhooks: records,
		Deliver: func(id string) { worker.Load().Try(id) },
	})
	if err != nil {
		t.Fatal(err)
	}
	worker.Store(webhook.New(webhook.Config{
		Records: records, Render: s.RenderWebhook, Transport: webhook.NewTransport(guard),
		Disable: func(ctx context.Context, w *provisioning.Webhook, why string) error {
			_, err := provisioning.Do(ctx, records, "webhooks", provisioning.DisableWebhook(w.ID, why))
			return err
		},
	}))
	worker.Load().Start(t.Context())
	server := httptest.NewServer(s.Handler(web.Outside))
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		worker.Load().Close(ctx)
	})
	h := &house{t: t, store: records, url: server.URL, shows: []string{"Authorization: Bearer " + key}}
	storetest.Apply(t, records, acme)
	return h
}

// oneName is a name server of our own, which knows one name, of this machine: what the machine's says, and when, is not for a test to know.
func oneName(t *testing.T) *net.Resolver {
	t.Helper()
	names := resolvetest.Start(t, "inside.example.test. 60 IN A 127.0.0.1")
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", names.At.String())
	}}
}

// nobodyTalks is a switchboard without calls.
type nobodyTalks struct{ web.Switchboard }

func (nobodyTalks) Live() []web.LiveCall { return nil }

// until asks again and again until an answer is as it should be.
func (h *house) until(path string, is func(a *answer) bool) *answer {
	h.t.Helper()
	pace, deadline := time.NewTicker(10*time.Millisecond), time.NewTimer(40*time.Second)
	defer pace.Stop()
	defer deadline.Stop()
	for {
		a := h.get(path).want(http.StatusOK)
		if is(a) {
			return a
		}
		select {
		case <-pace.C:
		case <-deadline.C:
			h.t.Fatalf("%s never became what it should: %s", path, a.Text)
		}
	}
}

// A webhook is made, tried, found in our own inbox with its signature checked, sent again, and its secret changed.
func TestAWebhookToOurOwnInbox(t *testing.T) {
	withHooks(t, webhook.InHouseToo, func(h *house) {
		made := h.post("/api/v1/webhooks", map[string]any{"name": "mine", "url": h.url + "/dev/inbox", "types": []string{"tag.*"}}).want(http.StatusCreated)
		secret, hook := made.at("secret"), "/api/v1/webhooks/"+made.at("id")
		if !strings.HasPrefix(secret, "whsec_") {
			t.Errorf("the secret is %s", secret)
		}
		if shown := h.get(hook).want(http.StatusOK); strings.Contains(shown.Text, secret) || strings.Contains(h.get("/api/v1/webhooks").Text, secret) {
			t.Error("the secret is shown again")
		}
		h.post("/api/v1/tags", map[string]any{"name": "VIP"}).want(http.StatusCreated)
		h.until("/dev/inbox.json", func(a *answer) bool { return a.at("data.0.type") == "tag.created" }).
			shows("data.0.signature", "valid", "data.0.webhook.name", "mine")
		h.post(hook+"/test", map[string]any{"type": "call.ended"}, "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").
			want(http.StatusAccepted).shows("origin", "test", "state", "waiting")
		inbox := h.until("/dev/inbox.json", func(a *answer) bool { return a.at("data.0.type") == "call.ended" })
		inbox.shows("data.0.signature", "valid", "data.0.headers.traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		var sent struct {
			Type, ID, Subject string
			Data              map[string]any
		}
		if err := json.Unmarshal([]byte(inbox.at("data.0.body")), &sent); err != nil || sent.Data["from"] == nil || sent.ID != inbox.at("data.0.webhook_id") {
			t.Errorf("what was sent is not an event with a call: %s %v", inbox.at("data.0.body"), err)
		}
		all := h.until(hook+"/deliveries?state=delivered", func(a *answer) bool { return a.at("data.1.id") != "<none>" })
		all.shows("data.0.origin", "test", "data.0.attempts.0.status", "204", "data.1.event.type", "tag.created")
		page := h.get(hook + "/deliveries?limit=1").want(http.StatusOK)
		h.get(hook+"/deliveries?limit=1&cursor="+page.at("next_cursor")).want(http.StatusOK).shows("data.0.id", all.at("data.1.id"), "next_cursor", "<nil>")
		one := h.get(hook + "/deliveries/" + all.at("data.1.id")).want(http.StatusOK)
		if !strings.Contains(one.at("request_body"), `"tag.created"`) {
			t.Errorf("the request is not kept: %s", one.Text)
		}
		again := h.post(hook+"/deliveries/"+all.at("data.1.id")+"/replay", nil).want(http.StatusAccepted).shows("origin", "replay")
		h.until(hook+"/deliveries/"+again.at("id"), func(a *answer) bool { return a.at("state") == "delivered" }).
			shows("event.id", all.at("data.1.event.id"))
		h.post(hook+"/replay", map[string]any{"since": time.Now().Add(-time.Hour), "types": []string{"tag.created"}}).want(http.StatusAccepted).shows("events", "1")
		h.until("/dev/inbox.json", func(a *answer) bool { return a.at("data.3.type") != "<none>" })
		next := h.post(hook+"/rotate-secret", nil).want(http.StatusOK)
		if next.at("secret") == secret || next.at("former_secret_until") == "<nil>" {
			t.Errorf("the secret is not changed: %s", next.Text)
		}
		h.post(hook+"/test", map[string]any{"type": "tag.updated"}).want(http.StatusAccepted)
		inbox = h.until("/dev/inbox.json", func(a *answer) bool { return a.at("data.0.type") == "tag.updated" })
		if n := len(strings.Fields(inbox.at("data.0.headers.webhook-signature"))); n != 2 {
			t.Errorf("%d secrets sign after the change, want both", n)
		}
		h.patch(hook, map[string]any{"disabled": true}).want(http.StatusOK).shows("disabled", "true", "disabled_reason", "<nil>")
		h.post(hook+"/deliveries/"+again.at("id")+"/replay", nil).refused(http.StatusUnprocessableEntity, "webhook_disabled")
		h.remove(hook).want(http.StatusNoContent)
		h.get(hook+"/deliveries").refused(http.StatusNotFound, "not_found")
	})
}

// The inbox says what is wrong with what strangers send, and shows nothing to those who are not signed in.
func TestTheInboxChecksSignatures(t *testing.T) {
	h := openHooks(t, store.Config{DataDir: t.TempDir()}, webhook.InHouseToo)
	secret := h.post("/api/v1/webhooks", map[string]any{"name": "mine", "url": h.url + "/dev/inbox", "types": []string{"call.ended"}}).want(http.StatusCreated).at("secret")
	theirs, err := standard.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	stranger := h.showing()
	for want, at := range map[string]time.Time{"valid": time.Now(), "too_old": time.Now().Add(-time.Hour)} {
		signature, err := theirs.Sign("evt_1", at, []byte(`{"type":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		stranger.post("/dev/inbox", `{"type":"x"}`, "webhook-id: evt_1", fmt.Sprintf("webhook-timestamp: %d", at.Unix()), "webhook-signature: "+signature).
			want(http.StatusNoContent)
		h.get("/dev/inbox.json").want(http.StatusOK).shows("data.0.signature", want)
		stranger.post("/dev/inbox", `{"type":"y"}`, "webhook-id: evt_1", fmt.Sprintf("webhook-timestamp: %d", time.Now().Unix()), "webhook-signature: "+signature).
			want(http.StatusNoContent)
		h.get("/dev/inbox.json").want(http.StatusOK).shows("data.0.signature", "forged", "data.0.webhook", "<nil>")
	}
	stranger.post("/dev/inbox", "\xff not json").want(http.StatusNoContent)
	h.get("/dev/inbox.json").want(http.StatusOK).shows("data.0.signature", "unsigned", "data.0.type", "")
	stranger.get("/dev/inbox.json").refused(http.StatusUnauthorized, "unauthorized")
	if page := stranger.get("/dev/inbox").want(http.StatusOK); !strings.Contains(page.Text, "/page/inbox.js") || strings.Contains(page.Text, "http://") {
		t.Error("the page is not there, or needs something from outside")
	}
	for range 250 {
		stranger.post("/dev/inbox", `{}`).want(http.StatusNoContent)
	}
	h.get("/dev/inbox.json").want(http.StatusOK).shows("data.199.type", "", "data.200", "<none>")
}

// What cannot be a webhook is refused, with the field named.
func TestWebhooksThatAreRefused(t *testing.T) {
	withHooks(t, webhook.PublicOnly, func(h *house) {
		good := map[string]any{"name": "ok", "url": "https://example.com/hook"}
		made := h.post("/api/v1/webhooks", good).want(http.StatusCreated).shows("format", "standard", "types", "[]")
		hook := "/api/v1/webhooks/" + made.at("id")
		for _, c := range []struct {
			change   map[string]any
			status   int
			code, at string
		}{
			{map[string]any{"name": "ok"}, http.StatusConflict, "name_taken", "body.name"},
			{map[string]any{"name": ""}, http.StatusUnprocessableEntity, "text_needed", "body.name"},
			{map[string]any{"url": "ftp://example.com/"}, http.StatusUnprocessableEntity, "webhook_url_invalid", "body.url"},
			{map[string]any{"url": "https://"}, http.StatusUnprocessableEntity, "webhook_url_invalid", "body.url"},
			{map[string]any{"url": "https://u:p@example.com/"}, http.StatusUnprocessableEntity, "webhook_url_invalid", "body.url"},
			{map[string]any{"url": "https://example.com/#x"}, http.StatusUnprocessableEntity, "webhook_url_invalid", "body.url"},
			{map[string]any{"url": "https://example.com:99999/"}, http.StatusUnprocessableEntity, "webhook_url_invalid", "body.url"},
			{map[string]any{"url": "http://example.com/"}, http.StatusUnprocessableEntity, "https_needed", "body.url"},
			{map[string]any{"url": "https://127.0.0.1/"}, http.StatusUnprocessableEntity, "webhook_address_refused", "body.url"},
			{map[string]any{"url": "https://[::ffff:10.0.0.1]/"}, http.StatusUnprocessableEntity, "webhook_address_refused", "body.url"},
			{map[string]any{"url": "https://LOCALHOST./"}, http.StatusUnprocessableEntity, "webhook_address_refused", "body.url"},
			{map[string]any{"types": []string{"call.ended", "call.exploded"}}, http.StatusUnprocessableEntity, "event_type_unknown", "body.types[1]"},
			{map[string]any{"types": []string{"ca*"}}, http.StatusUnprocessableEntity, "event_type_unknown", "body.types[0]"},
			{map[string]any{"format": "xml"}, http.StatusUnprocessableEntity, "webhook_format_unknown", "body.format"},
		} {
			body := map[string]any{"name": "another", "url": "https://example.com/hook"}
			maps.Copy(body, c.change)
			if f := h.post("/api/v1/webhooks", body).refused(c.status, c.code); f.Location != c.at {
				t.Errorf("%v: at %s, want %s", c.change, f.Location, c.at)
			}
		}
		h.post("/api/v1/webhooks", map[string]any{"name": "x", "url": "https://example.com/", "secret": "mine"}).want(http.StatusUnprocessableEntity)
		h.get("/api/v1/webhooks?limit=1").want(http.StatusOK).shows("data.0.name", "ok", "next_cursor", "<nil>")
		h.patch(hook, map[string]any{"name": "new"}, `If-Match: "made up"`).refused(http.StatusPreconditionFailed, "stale")
		h.patch(hook, map[string]any{"types": []string{"call.*"}, "format": nil}, "If-Match: "+made.Header.Get("ETag")).want(http.StatusOK).shows("types", `["call.*"]`)
		h.post(hook+"/test", map[string]any{"type": "call.*"}).refused(http.StatusUnprocessableEntity, "event_type_unknown")
		h.get(hook+"/deliveries?cursor=bm9wZQ").refused(http.StatusUnprocessableEntity, "invalid_cursor")
		h.get(hook+"/deliveries/whd_1").refused(http.StatusNotFound, "not_found")
		h.post("/api/v1/webhooks/wh_1/test", map[string]any{"type": "call.ended"}).refused(http.StatusNotFound, "not_found")
		// A name that turns out to lead into the house is refused when it is dialled.
		inside := h.post("/api/v1/webhooks", map[string]any{"name": "inside", "url": "https://inside.example.test/"}).want(http.StatusCreated)
		test := h.post("/api/v1/webhooks/"+inside.at("id")+"/test", map[string]any{"type": "call.ended"}).want(http.StatusAccepted)
		done := h.until("/api/v1/webhooks/"+inside.at("id")+"/deliveries/"+test.at("id"), func(a *answer) bool { return a.at("state") == "failed" })
		done.shows("attempts.0.error", "address_refused")
		problem := h.get(hook+"/deliveries?cursor=x", "Accept-Language: fr")
		if !strings.Contains(problem.Text, "curseur") {
			t.Errorf("not in French: %s", problem.Text)
		}
	})
}

// Receivers that were made for Aircall find what they know.
func TestTheFormatOfAircall(t *testing.T) {
	h := openHooks(t, store.Config{DataDir: t.TempDir()}, webhook.InHouseToo)
	bodies := make(chan string, 20)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		bodies <- string(text)
	}))
	t.Cleanup(receiver.Close)
	begun := time.Now().Add(-time.Minute)
	account := h.store.Snapshot().Accounts
	var id routing.AccountID
	for id = range account {
		break
	}
	c := storetest.Call(h.store.NextNumber(), begun)
	c.Account = id
	if err := h.store.Begin(c); err != nil {
		t.Fatal(err)
	}
	if err := h.store.Finish(c); err != nil {
		t.Fatal(err)
	}
	if err := h.store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	made := h.post("/api/v1/webhooks", map[string]any{"name": "old", "url": receiver.URL, "format": "aircall", "types": []string{"team.*"}}).want(http.StatusCreated)
	hook := "/api/v1/webhooks/" + made.at("id")
	for eventType, want := range map[string]string{"call.ended": "call.ended", "voicemail.left": "call.voicemail_left"} {
		h.post(hook+"/test", map[string]any{"type": eventType}).want(http.StatusAccepted)
		var got struct {
			Resource, Event, Token string
			Timestamp              int64
			Data                   struct {
				ID        int64  `json:"id"`
				RawDigits string `json:"raw_digits"`
				StartedAt int64  `json:"started_at"`
				Direction string `json:"direction"`
				Status    string `json:"status"`
			}
		}
		body := <-bodies
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if got.Resource != "call" || got.Event != want || got.Token != made.at("token") || len(got.Token) != 32 || got.Data.ID != c.Number ||
			got.Data.RawDigits == "" || got.Data.StartedAt != begun.Unix() || got.Data.Status != "done" || time.Since(time.Unix(got.Timestamp, 0)) > time.Minute {
			t.Errorf("got %s", body)
		}
	}
	h.post(hook+"/test", map[string]any{"type": "call.missed"}).refused(http.StatusUnprocessableEntity, "event_not_in_format")
}

// A flow's question is signed with a secret of its account; both sign for a day after it was changed.
func TestWhatFlowsAskIsSigned(t *testing.T) {
	withHooks(t, webhook.InHouseToo, func(h *house) {
		secret := h.post("/api/v1/ring-to-api/rotate-secret", nil).want(http.StatusOK).at("secret")
		var account routing.AccountID
		for account = range h.store.Snapshot().Accounts {
			break
		}
		theirs, err := standard.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		answers := map[string]func(http.ResponseWriter, *http.Request){
			"/ok": func(w http.ResponseWriter, r *http.Request) {
				text, _ := io.ReadAll(r.Body)
				if theirs.Verify(text, r.Header) != nil {
					w.WriteHeader(http.StatusForbidden)
				}
				_, _ = w.Write([]byte(`{"target":{"user":"usr_1"}}`))
			},
			"/no":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
			"/moved": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusTemporaryRedirect) },
			"/big":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 64<<10+1)) },
			"/slow": func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				<-r.Context().Done()
			},
		}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answers[r.URL.Path](w, r) }))
		t.Cleanup(srv.Close)
		asker := webhook.NewAsker(webhook.NewTransport(webhook.Guard{Reach: webhook.InHouseToo}), h.store.SigningSecrets)
		t.Cleanup(asker.Close)
		for range 2 {
			got, err := asker.Ask(t.Context(), account, srv.URL+"/ok", []byte(`{"call":{}}`))
			if err != nil || !strings.Contains(string(got), "usr_1") {
				t.Errorf("got %s: %v", got, err)
			}
			h.post("/api/v1/ring-to-api/rotate-secret", nil).want(http.StatusOK)
		}
		for _, path := range []string{"/no", "/moved", "/big", "/slow"} {
			begun := time.Now()
			if got, err := asker.Ask(t.Context(), account, srv.URL+path, []byte(`{}`)); err == nil || time.Since(begun) > 10*time.Second {
				t.Errorf("%s: %d bytes after %v", path, len(got), time.Since(begun))
			}
		}
		far := webhook.NewAsker(webhook.NewTransport(webhook.Guard{}), h.store.SigningSecrets)
		if _, err := far.Ask(t.Context(), account, srv.URL+"/ok", []byte(`{}`)); err == nil {
			t.Error("a flow asks inside the house")
		}
	})
}
