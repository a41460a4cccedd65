package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/provisioning"
)

const repeatKey = "Idempotency-Key: 0d9f-4c1e"

// counting counts the orders that reach a call, and holds them until it is told.
func TestRepeatedPostIsServedOnce(t *testing.T) {
	o := newOffice()
	o.change.Changes = []provisioning.Change{{Verb: provisioning.Create, Record: &provisioning.Account{ID: "acc_1", Name: "Acme"}}}
	d := open(t, o)
	site := d.url + "/api/v1/site"
	first, text := ask(t, "POST", site, "[account]\n", withKey, repeatKey)
	if first.StatusCode != http.StatusOK || first.Header.Get("Idempotency-Replayed") != "" {
		t.Fatalf("first: %s %v", first.Status, first.Header)
	}
	o.applied = false
	second, again := ask(t, "POST", site, "[account]\n", withKey, repeatKey)
	if second.StatusCode != first.StatusCode || again != text || o.applied || second.Header.Get("Idempotency-Replayed") != "true" ||
		second.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
		t.Errorf("second: %s %v, applied %v\n%s\n%s", second.Status, second.Header, o.applied, text, again)
	}
	if resp, text := ask(t, "POST", site, "[other]\n", withKey, repeatKey); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "idempotency_mismatch") || o.applied {
		t.Errorf("another body: %s %s", resp.Status, text)
	}
	if _, _ = ask(t, "POST", site+"?dry_run=true", "[account]\n", withKey, repeatKey); o.applied {
		t.Error("another query was taken for the same request")
	}
	if _, _ = ask(t, "POST", site, "[account]\n", withKey, "Idempotency-Key: another"); !o.applied {
		t.Error("another key was taken for the same")
	}
	for _, bad := range []string{"Idempotency-Key: " + strings.Repeat("x", 256), `Idempotency-Key: ""`, "Idempotency-Key: é"} {
		if resp, text := ask(t, "POST", site, "x", withKey, bad); resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, "invalid_idempotency_key") {
			t.Errorf("%.40s: %s %s", bad, resp.Status, text)
		}
	}
}

// What was refused changed nothing: it may be asked again, and is not told from memory.
func TestRefusedPostIsNotRemembered(t *testing.T) {
	o := newOffice()
	o.siteErr = provisioning.ErrMoved
	d := open(t, o)
	if resp, _ := ask(t, "POST", d.url+"/api/v1/site", "x", withKey, repeatKey); resp.StatusCode != http.StatusConflict {
		t.Fatalf("%s", resp.Status)
	}
	o.siteErr = nil
	if resp, text := ask(t, "POST", d.url+"/api/v1/site", "x", withKey, repeatKey); resp.StatusCode != http.StatusOK {
		t.Errorf("%s %s", resp.Status, text)
	}
}

// slowOffice applies when it is told to.
type slowOffice struct {
	*office

	entered, leave chan struct{}
}

func (o slowOffice) Apply(ctx context.Context, f SiteFile) (SiteChange, error) {
	o.entered <- struct{}{}
	<-o.leave
	return o.office.Apply(ctx, f)
}

func TestRepeatMeanwhileIsToldToWait(t *testing.T) {
	o := slowOffice{newOffice(), make(chan struct{}), make(chan struct{})}
	s, err := New(Config{APIKey: testKey, Log: open(t, o.office).cfg.Log}, Rooms{Book: o, Switchboard: o, Trunks: o, Office: o, Directory: o, System: o})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler(Outside))
	defer srv.Close()
	done := make(chan reply)
	go func() {
		resp, _ := ask(t, "POST", srv.URL+"/api/v1/site", "x", withKey, repeatKey)
		done <- resp
	}()
	<-o.entered
	if resp, text := ask(t, "POST", srv.URL+"/api/v1/site", "x", withKey, repeatKey); resp.StatusCode != http.StatusConflict || !strings.Contains(text, "idempotency_in_progress") || resp.Header.Get("Retry-After") == "" {
		t.Errorf("meanwhile: %s %s", resp.Status, text)
	}
	close(o.leave)
	if resp := <-done; resp.StatusCode != http.StatusOK {
		t.Errorf("the first: %s", resp.Status)
	}
	if resp, _ := ask(t, "POST", srv.URL+"/api/v1/site", "x", withKey, repeatKey); resp.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("after: %s %v", resp.Status, resp.Header)
	}
}

// An answer may hold a secret: without the Idempotency-Key, which is not kept, nobody reads it.
func TestRememberedAnswersAreSealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		s := &Server{keep: m}
		secret, err := m.Secret(t.Context(), secretOfRepeats)
		if err != nil {
			t.Fatal(err)
		}
		one := repeat{partition: "key key_1", request: "POST /api/v1/api-keys", key: "k", secret: secret}
		if err := s.remember(t.Context(), one, &remembered{Status: 201, Body: []byte(`{"key":"pk_live_geheim"}`)}); err != nil {
			t.Fatal(err)
		}
		for name, a := range m.answers {
			if strings.Contains(string(a.text), "geheim") || strings.Contains(name, "api-keys") {
				t.Errorf("kept in clear: %s %s", name, a.text)
			}
		}
		if got, err := s.recall(t.Context(), one); err != nil || got == nil || got.Status != 201 {
			t.Errorf("recalled: %+v, %v", got, err)
		}
		other := one
		other.partition = "key key_2"
		if got, err := s.recall(t.Context(), other); err != nil || got != nil {
			t.Errorf("somebody else's: %+v, %v", got, err)
		}
		time.Sleep(rememberFor + time.Second)
		if got, err := s.recall(t.Context(), one); err != nil || got != nil {
			t.Errorf("a day later: %+v, %v", got, err)
		}
	})
}
