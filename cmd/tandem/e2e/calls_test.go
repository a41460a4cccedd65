package e2e

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

// callsSite is the office with a number that is closed today, and one that goes to somebody outside.
func callsSite() string {
	later := strings.ToLower(time.Now().AddDate(0, 0, 3).Weekday().String()[:3])
	return demoSite + `
[[flows]]
name = "closed"
start = "hours"
[[flows.nodes]]
id = "hours"
type = "time_rule"
config = {branches = [{id = "open", title = "Open", slots = [{days = ["` + later + `"], from = "09:00", to = "18:00"}]}]}
next = {open = "bye", otherwise = "message"}
[[flows.nodes]]
id = "message"
type = "audio_message"
config = {audio = "other"}
next = {done = "bye"}
[[flows.nodes]]
id = "bye"
type = "hangup"

[[flows]]
name = "outside"
start = "out"
[[flows.nodes]]
id = "out"
type = "redirect"
config = {external = "` + numberOutside + `"}

[[numbers]]
e164 = "` + numberClosed + `"
name = "Closed"
flow = "closed"
users = ["alice@bakery.example", "bruno@bakery.example"]
[[numbers]]
e164 = "` + numberOut + `"
name = "Out"
flow = "outside"
users = ["alice@bakery.example"]
`
}

const (
	numberClosed = "+33199001011"
	numberOut    = "+33199001012"
)

// user finds a user's id by the name.
func (o *office) user(name string) string {
	o.t.Helper()
	var page struct{ Data []struct{ ID, Name string } }
	o.read("/api/v1/users?limit=200", &page)
	for _, u := range page.Data {
		if u.Name == name {
			return u.ID
		}
	}
	o.t.Fatalf("there is no user %s", name)
	return ""
}

// told lists the types of the events about a call, oldest first.
func (o *office) told(call string) []string {
	o.t.Helper()
	var page struct{ Data []struct{ Type string } }
	o.read("/api/v1/events/log?limit=200&order=asc&call_id="+call, &page)
	var out []string
	for _, e := range page.Data {
		out = append(out, strings.TrimPrefix(e.Type, "call."))
	}
	return out
}

// problem posts and gives the status and the text.
func (o *office) problem(path, body string) (int, string) {
	o.t.Helper()
	resp, err := o.ask(http.MethodPost, path, strings.NewReader(body))
	o.ok(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	o.ok(err)
	return resp.StatusCode, string(text)
}

// missedCall is a call as the API tells why it was missed.
type missedCall struct {
	ID, To, Outcome string
	MissedReason    string `json:"missed_reason"`
	Explanation     string
	Notified        []struct{ Name string }
}

// Each way of missing a call, by real calls that somebody gave up.
func TestSpec_L1_L2_L3_L4_L5_L6_L7_L8_L10_L11_WhyACallWasMissed(t *testing.T) {
	onBoth(t, callsSite(), func(o *office) {
		carrier := o.carrierListens(".2:5060")
		gaveUp := func(to string, when func(c *softphone.Call)) {
			c := o.call(carrier, to)
			when(c)
			o.ok(c.Cancel(o.ctx))
		}
		left := func(to string) {
			c := o.dial(carrier, to)
			o.ok(c.Hangup(o.ctx))
		}
		o.t.Log("quick ones")
		o.ok(o.call(carrier, numberAlone).Ended(o.ctx)) // Chloé has no phone yet.
		chloe, alice := o.phone("chloe-desk"), o.phone("alice-desk")
		gaveUp(numberAlone, func(*softphone.Call) { o.rings(chloe) })
		left(numberClosed)
		left(numberMessage)

		o.t.Log("long ones, side by side")
		queue, menu, out := o.dial(carrier, numberQueue), o.dial(carrier, numberMenu), o.call(carrier, numberOut)
		o.rings(alice)
		o.rings(carrier)
		out.Audio.Wait(o.ctx, 10200*time.Millisecond)
		o.ok(queue.Hangup(o.ctx))
		o.ok(menu.Hangup(o.ctx))
		o.ok(out.Cancel(o.ctx))

		o.log(7)
		got := map[string][]string{}
		for _, c := range o.log(7) {
			var m missedCall
			o.read("/api/v1/calls/"+c.ID, &m)
			got[m.To] = append([]string{m.MissedReason}, got[m.To]...) // The list is newest first.
			if m.Explanation == "" || len(m.Notified) == 0 {
				o.t.Errorf("%s: explained by %q, told to %v", m.To, m.Explanation, m.Notified)
			}
			if m.To == numberQueue && !strings.Contains(m.Explanation, "Alice rang 1") {
				o.t.Errorf("L10: %s", m.Explanation)
			}
		}
		for to, want := range map[string][]string{
			numberAlone: {"no_available_agent", "short_abandoned"}, numberClosed: {"out_of_opening_hours"}, numberMessage: {"short_abandoned"},
			numberQueue: {"agents_did_not_answer"}, numberMenu: {"abandoned_in_ivr"}, numberOut: {"abandoned_in_classic"},
		} {
			if !slices.Equal(got[to], want) {
				o.t.Errorf("%s: %v, want %v", to, got[to], want)
			}
		}
		var page struct {
			Data []struct {
				ID string
			}
			TotalCount int `json:"total_count"`
		}
		o.read("/api/v1/notifications?count=true&user_id="+o.user("Bruno"), &page) // L11: of the menu and of the closed number, and of no other.
		if page.TotalCount != 2 {
			o.t.Errorf("L11: Bruno is told of %d calls", page.TotalCount)
		}
		o.post("/api/v1/notifications/"+page.Data[0].ID+"/read", `{}`)
		if o.read("/api/v1/notifications?unread=true&count=true&user_id="+o.user("Bruno"), &page); page.TotalCount != 1 {
			o.t.Errorf("after one was read %d are not", page.TotalCount)
		}
	})
}

// The user answers at the very moment at which the caller gives up: the call is one or the other, for everybody.
func TestSpec_L9_AnswerAndHangUpAtTheSameMoment(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier, chloe := o.carrier(), o.phone("chloe-desk")
		const times = 10
		for i := range times {
			call := o.call(carrier, numberAlone)
			rung := o.rings(chloe)
			var both sync.WaitGroup
			both.Go(rung.Answer)
			both.Go(func() {
				call.Audio.Wait(o.ctx, time.Duration(i%5)*time.Millisecond)
				_ = call.Cancel(o.ctx) // Whichever was first.
			})
			both.Wait()
			if call.Answered(o.ctx) == nil {
				o.ok(call.Hangup(o.ctx))
			}
			o.ok(rung.Ended(o.ctx))
		}
		for _, c := range o.log(times) {
			var m missedCall
			o.read("/api/v1/calls/"+c.ID, &m)
			told := o.told(c.ID)
			answered := m.Outcome == "answered"
			if answered == (m.MissedReason != "") || answered == (len(m.Notified) > 0) || answered != slices.Contains(told, "answered") || answered == slices.Contains(told, "missed") {
				o.t.Errorf("%s is %s, missed for %q, told to %v, by %v", c.ID, m.Outcome, m.MissedReason, m.Notified, told)
			}
		}
	})
}

// A call that a program starts: the user rings first; and the events of a call come in its order.
func TestSpec_O1_O2_O11_E5_ACallIsStartedByTheAPI(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier, desk := o.carrierListens(".2:5060"), o.phone("alice-desk")
		alice := o.user("Alice")
		o.post("/api/v1/calls", fmt.Sprintf(`{"user_id": %q, "to": %q, "custom": {"ticket": "42"}}`, alice, numberOutside))
		own := o.rings(desk)
		own.Answer()
		far := o.rings(carrier)
		if !strings.Contains(far.Invite.Get("From"), numberMessage) { // O2: her own choice.
			o.t.Errorf("the carrier sees %s", far.Invite.Get("From"))
		}
		o.hears(own, hzRingback)
		far.Answer()
		o.talk(own, far)
		id := o.live()
		o.post("/api/v1/calls/"+id+"/actions/hold", `{}`)
		o.post("/api/v1/calls/"+id+"/actions/unhold", `{}`)
		o.post("/api/v1/calls/"+id+"/actions/hangup", `{}`)
		o.ok(far.Ended(o.ctx))
		o.log(1)
		if got, want := o.told(id), []string{"created", "answered", "hold", "unhold", "hungup", "ended"}; !slices.Equal(got, want) {
			o.t.Errorf("listeners heard %v, want %v", got, want)
		}

		o.t.Log("the user hears why it fails")
		o.post("/api/v1/calls", fmt.Sprintf(`{"user_id": %q, "to": %q}`, alice, numberOutside))
		own = o.rings(desk)
		own.Answer()
		o.rings(carrier).Reject(486)
		o.ok(own.Audio.HearsSomething(o.ctx))
		o.ok(own.Ended(o.ctx))
		if c := o.log(2)[0]; c.Outcome != "busy" || c.Direction != "outbound" {
			o.t.Errorf("the log says %+v", c)
		}
		for body, code := range map[string]string{
			fmt.Sprintf(`{"user_id": %q, "to": "299"}`, alice):                                               "extension_unknown",
			fmt.Sprintf(`{"user_id": %q, "to": "201"}`, alice):                                               "own_extension",
			fmt.Sprintf(`{"user_id": %q, "to": %q, "from": %q}`, alice, numberOutside, numberNobody):         "caller_id_refused",
			fmt.Sprintf(`{"user_id": %q, "to": %q, "from": %q}`, o.user("David"), numberOutside, numberMenu): "caller_id_refused",
			fmt.Sprintf(`{"user_id": %q, "to": "201"}`, o.user("David")):                                     "user_unreachable",
		} {
			if status, text := o.problem("/api/v1/calls", body); status/100 != 4 || !strings.Contains(text, code) {
				o.t.Errorf("%s: %d %s", body, status, text)
			}
		}
	})
}
