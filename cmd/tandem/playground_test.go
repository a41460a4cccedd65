package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"time"

	"tandem/web"
)

// holder is whoever has the page of Alice's handset open.
type holder struct {
	t       *testing.T
	browser *http.Client
	at      string
	screens <-chan web.HandsetView
}

// does does something on the page, and gives the status.
func (h *holder) does(act web.HandsetAct) (int, string) {
	h.t.Helper()
	body, err := json.Marshal(act)
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.at+"/api/v1/sim/handset", strings.NewReader(string(body)))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := h.browser.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var p struct{ Code string }
	_ = json.NewDecoder(resp.Body).Decode(&p)
	return resp.StatusCode, p.Code
}

// must does something that can be done.
func (h *holder) must(act web.HandsetAct) {
	h.t.Helper()
	if status, code := h.does(act); status != http.StatusNoContent {
		h.t.Fatalf("%s: %d %s", act.Do, status, code)
	}
}

// sees waits until the screen is as it should be.
func (h *holder) sees(what string, is func(web.HandsetView) bool) web.HandsetView {
	h.t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	var last web.HandsetView
	for {
		select {
		case v, open := <-h.screens:
			if !open {
				h.t.Fatalf("%s: the stream ended; last %+v", what, last)
			}
			if last = v; is(v) {
				return v
			}
		case <-limit.C:
			h.t.Fatalf("%s: never; last %+v", what, last)
		}
	}
}

// openHandset opens the page of the handset by its link.
func openHandset(t *testing.T, screen string) *holder {
	t.Helper()
	m := regexp.MustCompile(`Handset     (http://[a-z0-9.:]+)/enter#k=(\w+) `).FindStringSubmatch(screen)
	if m == nil {
		t.Fatalf("no link to the handset:\n%s", screen)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{t: t, browser: &http.Client{Jar: jar}, at: m[1]}
	get := func(method, path, body string) *http.Response {
		r, broken := http.NewRequestWithContext(t.Context(), method, h.at+path, strings.NewReader(body))
		if broken != nil {
			t.Fatal(broken)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, broken := h.browser.Do(r)
		if broken != nil {
			t.Fatal(broken)
		}
		return resp
	}
	outsider := get(http.MethodGet, "/api/v1/sim/handset", "")
	_ = outsider.Body.Close()
	if outsider.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger sees the handset: %d", outsider.StatusCode)
	}
	_ = get(http.MethodPost, "/enter", `{"key":"`+m[2]+`"}`).Body.Close()
	stream := get(http.MethodGet, "/api/v1/sim/handset", "")
	t.Cleanup(func() { _ = stream.Body.Close() })
	screens := make(chan web.HandsetView)
	h.screens = screens
	go func(ctx context.Context) {
		defer close(screens)
		for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
			data, is := strings.CutPrefix(lines.Text(), "data: ")
			var v web.HandsetView
			if !is || json.Unmarshal([]byte(data), &v) != nil {
				continue
			}
			select {
			case screens <- v:
			case <-ctx.Done():
				return
			}
		}
	}(t.Context())
	return h
}

// The page of the handset is a telephone: it rings, answers, dials, lists what it missed, and has messages of its own.
func TestTheHandsetOnTheScreenIsATelephone(t *testing.T) {
	s := launchIn(t, t.TempDir(), "demo", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--every", "0s")
	h := openHandset(t, s.waitFor("q  to quit."))
	first := h.sees("the screen", func(web.HandsetView) bool { return true })
	if first.Owner != "Alice" || first.Display != "06 39 98 00 07" || first.Power != "on" || first.Call != nil {
		t.Errorf("the handset at first: %+v", first)
	}
	if status, code := h.does(web.HandsetAct{Do: "answer"}); status != http.StatusConflict || code != "handset_idle" {
		t.Errorf("answering nothing: %d %s", status, code)
	}
	if status, code := h.does(web.HandsetAct{Do: "dial", To: "<b>"}); status != http.StatusUnprocessableEntity || code != "handset_cannot_write_to" {
		t.Errorf("dialling no number: %d %s", status, code)
	}
	h.must(web.HandsetAct{Do: "customer_calls"})
	h.sees("it rings", func(v web.HandsetView) bool {
		return v.Call != nil && v.Call.State == "ringing" && v.Call.Way == "inbound" && v.Call.Display == "06 39 98 01 01"
	})
	h.must(web.HandsetAct{Do: "answer"})
	h.sees("both talk", func(v web.HandsetView) bool {
		return v.Call != nil && v.Call.State == "answered" && v.Call.Since != nil
	})
	h.must(web.HandsetAct{Do: "hang_up"})
	h.sees("the call is listed", func(v web.HandsetView) bool {
		return v.Call == nil && len(v.Calls) == 1 && v.Calls[0].Kind == "received"
	})
	h.must(web.HandsetAct{Do: "dial", To: "06 39 98 06 00"})
	h.sees("somebody answers", func(v web.HandsetView) bool {
		return v.Call != nil && v.Call.State == "answered" && v.Call.Way == "outbound"
	})
	h.must(web.HandsetAct{Do: "hang_up"})
	h.sees("it is listed too", func(v web.HandsetView) bool {
		return v.Call == nil && len(v.Calls) == 2 && v.Calls[0].Kind == "dialled"
	})
	h.must(web.HandsetAct{Do: "customer_writes"})
	h.sees("a message came", func(v web.HandsetView) bool { return len(v.Texts) == 1 && v.Texts[0].Way == "inbound" })
	h.must(web.HandsetAct{Do: "write", To: "0639980101", Text: "J'arrive 🥖"})
	h.sees("the answer is sent", func(v web.HandsetView) bool {
		return len(v.Texts) == 2 && v.Texts[1].State == "sent" && v.Texts[1].Peer == v.Texts[0].Peer
	})
	h.must(web.HandsetAct{Do: "power_off"})
	h.sees("it is off", func(v web.HandsetView) bool { return v.Power == "off" })
	if status, code := h.does(web.HandsetAct{Do: "dial", To: "0639980600"}); status != http.StatusConflict || code != "handset_off" {
		t.Errorf("dialling while off: %d %s", status, code)
	}
	s.terminate()
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
}
