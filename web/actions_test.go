package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// act posts an action of the call in progress and gives the status and the problem's code.
func (d desk) act(call, action, body string) (int, string) {
	d.t.Helper()
	resp, text := ask(d.t, "POST", d.url+"/api/v1/calls/"+call+"/actions/"+action, body, withKey)
	var p ProblemError
	if resp.StatusCode >= http.StatusBadRequest {
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Title == "" || resp.Header.Get("Content-Type") != "application/problem+json" {
			d.t.Errorf("%s: no problem: %s %s", action, resp.Header.Get("Content-Type"), text)
		}
	}
	return resp.StatusCode, p.Code
}

// Each action becomes one command, of the user who is in the call.
func TestActionsBecomeCommands(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	for _, c := range []struct {
		status, action, body string
		want                 routing.Command
	}{
		{"answered", "hangup", "", routing.HangUp{}},
		{"ringing", "decline", "", routing.Decline{By: "usr_1"}},
		{"answered", "hold", "", routing.Hold{By: "usr_1"}},
		{"held", "unhold", `{"user":"usr_2"}`, routing.Unhold{By: "usr_2"}},
		{"answered", "dtmf", `{"digits":"12#a"}`, routing.SendDigits{By: "usr_1", Keys: "12#A"}},
		{"answered", "transfer", `{"to":"204"}`, routing.Transfer{By: "usr_1", To: "204"}},
		{"in_flow", "transfer", `{"to":"+33199005678","mode":"cold"}`, routing.Transfer{To: "+33199005678"}},
		{"answered", "move", `{"device_id":"dev_1","instance":"0e1a"}`, routing.Move{By: "usr_1", Device: "dev_1", Instance: "0e1a"}},
		{"ringing", "transfer", `{"to":"204"}`, routing.Transfer{To: "204"}},
		{"in_flow", "redirect", `{"to":"num_2"}`, routing.Redirect{To: flow.Redirect{Number: "num_2"}}},
		{"in_flow", "redirect", `{"to":"0199005678"}`, routing.Redirect{To: flow.Redirect{External: "0199005678"}}},
	} {
		o.live[0].Status, o.ordered = c.status, nil
		if code, why := d.act("3", c.action, c.body); code != http.StatusNoContent || o.ordered != c.want {
			t.Errorf("%s %s: %d %s, %#v", c.action, c.body, code, why, o.ordered)
		}
	}
}

// What cannot be done is refused with the rule named, and what is not understood reaches nobody.
func TestActionsThatAreRefused(t *testing.T) {
	o := newOffice()
	d := open(t, o)
	for _, c := range []struct {
		call, action, body string
		says               error // the switchboard
		status             int
		code               string
	}{
		{"call_9", "hangup", "", nil, 404, "not_found"},
		{"call_1", "hangup", "", nil, 409, "call_over"},
		{"call_3", "hangup", "", routing.ErrNoCall, 409, "call_over"},
		{"call_3", "hold", "", routing.ErrNotTalking, 409, "not_talking"},
		{"call_3", "hold", `{"user":"usr_9"}`, routing.ErrNotTheirs, 409, "user_not_in_call"},
		{"call_3", "transfer", `{"to":"299"}`, fmt.Errorf("%w: no extension 299", routing.ErrRefused), 422, "refused"},
		{"call_3", "transfer", `{"to":"204"}`, routing.ErrNotInFlow, 409, "not_in_flow"},
		{"call_3", "transfer", `{"to":"204"}`, routing.ErrTransferring, 409, "being_transferred"},
		{"call_3", "move", `{"user":"usr_1","device_id":"dev_1"}`, routing.ErrMoving, 409, "being_moved"},
		{"call_3", "move", `{"user":"usr_1","device_id":"dev_1"}`, routing.ErrNoDevice, 409, "device_not_registered"},
		{"call_3", "transfer", `{"to":"204"}`, routing.ErrNotReached, 409, "target_not_reached"},
		{"call_3", "transfer", `{"to":"204"}`, context.DeadlineExceeded, 503, "unavailable"},
		{"call_3", "transfer", `{"to":"204","mode":"warm"}`, nil, 422, "not_available_yet"},
		{"call_3", "transfer", `{"to":""}`, nil, 422, "target_needed"},
		{"call_3", "transfer", `{"to":204}`, nil, 422, "invalid_request"},
		{"call_3", "transfer", `{"to":"204","mood":"cold"}`, nil, 422, "invalid_request"},
		{"call_3", "transfer", `{"to":`, nil, 400, "invalid_request"},
		{"call_3", "transfer", ``, nil, 400, "invalid_request"},
		{"call_3", "dtmf", `{"digits":"1E"}`, nil, 422, "invalid_request"},
		{"call_3", "dance", "", nil, 404, "not_found"},
	} {
		o.ordered, o.says = nil, c.says
		if status, code := d.act(c.call, c.action, c.body); status != c.status || code != c.code {
			t.Errorf("%s of %s %s: %d %s, want %d %s", c.action, c.call, c.body, status, code, c.status, c.code)
		}
		if c.says == nil && o.ordered != nil {
			t.Errorf("%s %s reached the switchboard: %#v", c.action, c.body, o.ordered)
		}
	}
	o.live[0].Status, o.live[0].Users, o.ordered = "answered", []routing.UserID{"usr_1", "usr_2"}, nil
	if status, code := d.act("call_3", "hold", ""); status != 422 || code != "user_needed" || o.ordered != nil {
		t.Errorf("two users talk and nobody is named: %d %s", status, code)
	}
}

// Whoever shows wrong keys has to wait, even with the right one; others are not stopped, nor is who has a session.
func TestWrongKeysAreLimited(t *testing.T) {
	d := open(t, newOffice())
	d.attempts.every = time.Hour // None comes back meanwhile, however slow the machine.
	signedIn, _ := ask(t, "POST", d.url+"/enter", `{"key":"one-click-key"}`, "Content-Type: application/json")
	for i := range attemptsAtOnce {
		path, body, header := "/api/v1/calls", "", fmt.Sprintf("Authorization: Bearer pk_guess_%d", i)
		method := "GET"
		if i%2 == 0 {
			method, path, body, header = "POST", "/enter", `{"key":"guess"}`, "Content-Type: application/json"
		}
		if resp, _ := ask(t, method, d.url+path, body, header); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("attempt %d: %s", i, resp.Status)
		}
	}
	resp, text := ask(t, "GET", d.url+"/api/v1/calls", "", withKey)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, `"code":"too_many_attempts"`) {
		t.Errorf("after them: %s, Retry-After %q, %s", resp.Status, resp.Header.Get("Retry-After"), text)
	}
	if resp, _ = ask(t, "POST", d.url+"/enter", `{"key":"one-click-key"}`, "Content-Type: application/json"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the link: %s", resp.Status)
	}
	if resp, _ = ask(t, "GET", d.url+"/api/v1/calls", "", "Cookie: "+signedIn.Cookies[0].String()); resp.StatusCode != http.StatusOK {
		t.Errorf("who had signed in: %s", resp.Status)
	}
	if resp, _ = ask(t, "GET", d.url+"/api/v1/calls", ""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("who shows no key: %s", resp.Status)
	}
}

func TestAttemptsComeBackAndAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attempts[netip.Prefix]{atOnce: attemptsAtOnce, every: attemptEvery}
		r := &http.Request{RemoteAddr: "[2001:db8::1]:4000"}
		neighbour := &http.Request{RemoteAddr: "[2001:db8::ffff:1]:4000"}
		for range attemptsAtOnce {
			if wait := a.judge(sourceOf(r), wrongKey, time.Now()); wait != 0 {
				t.Errorf("wait %s", wait)
			}
		}
		if wait := a.judge(sourceOf(neighbour), rightKey, time.Now()); wait != attemptEvery {
			t.Errorf("the same customer's network: wait %s", wait)
		}
		if wait := a.judge(sourceOf(&http.Request{RemoteAddr: "192.0.2.1:4000"}), rightKey, time.Now()); wait != 0 {
			t.Errorf("another address: wait %s", wait)
		}
		time.Sleep(attemptEvery)
		if wait := a.judge(sourceOf(r), wrongKey, time.Now()); wait != 0 {
			t.Errorf("later: wait %s", wait)
		}
		if wait := a.judge(sourceOf(r), rightKey, time.Now()); wait == 0 {
			t.Error("one more was let through")
		}
		for i := range 3 * maxAttempters {
			a.judge(sourceOf(&http.Request{RemoteAddr: fmt.Sprintf("10.%d.%d.1:1", i>>8, i&255)}), wrongKey, time.Now())
		}
		if n := len(a.now) + len(a.before); n > 2*maxAttempters {
			t.Errorf("%d addresses are kept", n)
		}
	})
	if sourceOf(&http.Request{RemoteAddr: "@"}).IsValid() {
		t.Error("the control socket has an address")
	}
}
