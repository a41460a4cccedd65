package e2e

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

// doing is what a user does, as the API shows it.
type doing struct {
	UserID       string `json:"user_id"`
	Availability string
	Status       string
	Reason       *struct{ ID, Name string }
	Device       *string
	CallID       *string `json:"call_id"`
}

// word is a status with its reason.
func (d doing) word() string {
	if d.Reason != nil {
		return d.Status + ":" + d.Reason.Name
	}
	return d.Status
}

// chloe is the id of the user whom a line rings alone.
func (o *office) chloe() string {
	o.t.Helper()
	var page struct{ Data []struct{ ID, Name string } }
	o.read("/api/v1/users", &page)
	for _, u := range page.Data {
		if u.Name == "Chloé" {
			return u.ID
		}
	}
	o.t.Fatalf("there is no Chloé in %v", page.Data)
	return ""
}

// does waits until a user does something.
func (o *office) does(id, status string) doing {
	o.t.Helper()
	var d doing
	for {
		if o.read("/api/v1/users/"+id+"/availability", &d); d.word() == status {
			return d
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("the user is %s, want %s", d.word(), status)
		case <-time.After(20 * time.Millisecond):
		}
		d = doing{}
	}
}

// lasts waits until a user does something, and has done it for a moment: what took less than a millisecond leaves no trace in the history.
func (o *office) lasts(id, status string) doing {
	o.t.Helper()
	d := o.does(id, status)
	for {
		if h := o.history(id); len(h) > 0 && h[len(h)-1] == status {
			return d
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("the history does not come to %s", status)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// tell sends JSON to the API and gives the status and the body of the answer.
func (o *office) tell(method, path, body string) (int, string) {
	o.t.Helper()
	var send io.Reader
	if body != "" {
		send = strings.NewReader(body)
	}
	resp, err := o.ask(method, path, send)
	o.ok(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	o.ok(err)
	return resp.StatusCode, string(text)
}

// sets lets an admin set a user.
func (o *office) sets(id, availability string) {
	o.t.Helper()
	if status, text := o.tell(http.MethodPut, "/api/v1/users/"+id+"/availability", `{"availability": "`+availability+`"}`); status != http.StatusOK {
		o.t.Fatalf("set %s: %d %s", availability, status, text)
	}
}

// talked lets the carrier call Chloé, who answers and is called no more.
func (o *office) talked(p *softphone.Phone) {
	o.t.Helper()
	call := o.call(o.carrier(), numberAlone)
	rung := o.rings(p)
	rung.Answer()
	o.ok(call.Answered(o.ctx))
	o.ok(call.Hangup(o.ctx))
	o.ok(rung.Ended(o.ctx))
}

// history is the whole statuses of a user since yesterday, and checks that each day sums.
func (o *office) history(id string) []string {
	o.t.Helper()
	var h struct {
		Data []struct {
			Date      string
			Seconds   float64
			Intervals []struct {
				doing

				From, To time.Time
				Seconds  float64
			}
		}
	}
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	o.read("/api/v1/users/"+id+"/status-history?timezone=UTC&from="+yesterday+"&to="+time.Now().UTC().Format(time.DateOnly), &h)
	var out []string
	for i, day := range h.Data {
		sum := time.Duration(0)
		for j, span := range day.Intervals {
			if j > 0 && !span.From.Equal(day.Intervals[j-1].To) {
				o.t.Errorf("a gap before %v", span.From)
			}
			sum += span.To.Sub(span.From)
			if w := span.word(); len(out) == 0 || out[len(out)-1] != w {
				out = append(out, w)
			}
		}
		if i == 0 && sum != 24*time.Hour {
			o.t.Errorf("%s sums to %v", day.Date, sum)
		}
	}
	return out
}

func TestSpec_A1_A3_A4_A5_AvailabilityDecidesWhoRings(t *testing.T) {
	site := replace(replace(demoSite, `email = "chloe@bakery.example"`, `email = "chloe@bakery.example"
working_hours = "never"`), `ring_for_seconds = 10}`, `ring_for_seconds = 60}`) + `
[[working_hours]]
name = "never"
[[working_hours]]
name = "always"
timezone = "UTC"
slots = [{days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00"}]
`
	onBoth(t, site, func(o *office) {
		id := o.chloe()
		o.lasts(id, "offline")
		chloe := o.phone("chloe-web")
		o.lasts(id, "available")
		for _, away := range []struct{ set, status string }{{"unavailable", "unavailable"}, {"auto", "unavailable:Outside working hours"}} {
			o.sets(id, away.set)
			o.lasts(id, away.status)
			call := o.call(o.carrier(), numberAlone)
			o.ok(call.Ended(o.ctx))
			if !chloe.Idle() {
				o.t.Errorf("Chloé is %s and rings", away.status)
			}
		}
		alice := o.phone("alice-desk")
		out := o.call(chloe, "201") // SPEC A4
		o.rings(alice)
		o.lasts(id, "in_call")
		o.ok(out.Cancel(o.ctx))
		o.lasts(id, "unavailable:Outside working hours")

		o.apply(strings.Replace(site, `working_hours = "never"`, `working_hours = "always"
availability = "auto"`, 1))
		o.lasts(id, "available")
		call := o.call(o.carrier(), numberAlone)
		rung := o.rings(chloe)
		o.lasts(id, "ringing")
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		if d := o.lasts(id, "in_call"); d.Device == nil || *d.Device != "workspace" || d.CallID == nil || d.Availability != "auto" {
			o.t.Errorf("in the call she is %+v", d)
		}
		o.ok(call.Hangup(o.ctx))
		o.lasts(id, "available")
		want := []string{
			"offline", "available", "unavailable", "unavailable:Outside working hours", "in_call", "unavailable:Outside working hours", "available", "ringing",
			"in_call", "available",
		}
		for got := o.history(id); !slices.Equal(got, want); got = o.history(id) {
			select {
			case <-o.ctx.Done():
				o.t.Fatalf("the history is %v, want %v", got, want)
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

func TestSpec_A6_A7_A9_WrapUpAndTags(t *testing.T) {
	wraps := func(long string) string {
		return replace(demoSite, `email = "chloe@bakery.example"`, "email = \"chloe@bakery.example\"\nwrap_up = \""+long+"\"") + "\n[[tags]]\nname = \"Done\"\n"
	}
	onBoth(t, wraps("5m"), func(o *office) {
		id, chloe := o.chloe(), o.phone("chloe-desk")
		o.does(id, "available")
		o.talked(chloe)
		o.does(id, "after_call_work")
		call := o.call(o.carrier(), numberAlone)
		o.ok(call.Ended(o.ctx)) // Nobody can be rung.
		if !chloe.Idle() {
			o.t.Error("she rings during wrap-up")
		}
		o.wants(http.MethodPost, "/api/v1/users/"+id+"/wrap-up/end", "")
		o.does(id, "available")

		o.apply(wraps("1s"))
		o.talked(chloe)
		o.wrappedUp(id, 2) // by the clock: whoever looks late does not see it
		o.does(id, "available")

		o.apply(strings.Replace(wraps("1s"), `name = "Alone"`, "name = \"Alone\"\nmust_tag = true", 1))
		o.talked(chloe)
		w := o.does(id, "after_call_work")
		if status, text := o.tell(http.MethodPost, "/api/v1/users/"+id+"/wrap-up/end", ""); status != http.StatusConflict || !strings.Contains(text, "call_untagged") {
			o.t.Errorf("ended without a tag: %d %s", status, text)
		}
		o.log(4)
		var tags struct{ Data []struct{ ID string } }
		o.read("/api/v1/tags", &tags)
		if status, text := o.tell(http.MethodPut, "/api/v1/calls/"+*w.CallID+"/tags/"+tags.Data[0].ID, ""); status/100 != 2 {
			o.t.Fatalf("tag: %d %s", status, text)
		}
		o.does(id, "available")

		want := []string{
			"user.connected", "user.availability_changed", "user.availability_changed", "user.availability_changed", "user.availability_changed",
			"user.wrap_up_started", "user.wrap_up_ended", "user.availability_changed",
		}
		if got := o.wrappedUp(id, 3); !slices.Equal(got[:min(len(want), len(got))], want) {
			o.t.Errorf("the events are %v", got)
		}
	})
}

// wrappedUp waits until that many wrap-ups of a user have ended, and gives what was told of the user.
func (o *office) wrappedUp(id string, many int) []string {
	o.t.Helper()
	for {
		var events struct {
			Data []struct{ Type, Subject string }
		}
		o.read("/api/v1/events/log?order=asc&limit=200&types=user.connected,user.availability_changed,user.wrap_up_started,user.wrap_up_ended", &events)
		var got []string
		ended := 0
		for _, e := range events.Data {
			if e.Subject != id {
				continue
			}
			if got = append(got, e.Type); e.Type == "user.wrap_up_ended" {
				ended++
			}
		}
		if ended >= many {
			return got
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("the events are %v, want %d wrap-ups ended", got, many)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestSpec_A11_A12_A13_A14_OfflineForwardedAwayAndKept(t *testing.T) {
	site := replace(replace(demoSite, `country = "FR"`, `country = "FR"
grace = "1s"
away_after = 1`), `ring_for_seconds = 10}`, `ring_for_seconds = 15}`)
	onBoth(t, site, func(o *office) {
		id, chloe := o.chloe(), o.phone("chloe-web")
		o.lasts(id, "available")
		o.ok(chloe.Register(o.ctx, 0))
		o.does(id, "offline") // SPEC A11

		o.apply(replace(site, `email = "chloe@bakery.example"`, `email = "chloe@bakery.example"
forward_to = "`+numberOutside+`"`))
		o.lasts(id, "available") // SPEC A12
		carrier := o.carrier()
		mobile := o.carrierListens(".2:5060")
		call := o.call(carrier, numberAlone)
		rung := o.rings(mobile)
		if from := rung.Invite.Get("From"); !strings.Contains(rung.Invite.Target, numberOutside) || !strings.Contains(from, numberAlone) {
			o.t.Errorf("forwarded to %s, from %s", rung.Invite.Target, from)
		}
		o.lasts(id, "ringing")
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.talk(call, rung)
		o.lasts(id, "in_call")
		o.ok(call.Hangup(o.ctx))
		o.lasts(id, "available")
		if c := o.log(1)[0]; c.Outcome != "answered" || c.User == nil || c.User.ID != id {
			o.t.Errorf("the log has %+v", c)
		}

		call = o.call(carrier, numberAlone)
		o.rings(mobile)
		o.does(id, "ringing")
		o.does(id, "unavailable:Not answering") // SPEC A13
		o.ok(call.Ended(o.ctx))
		o.stop(syscall.SIGKILL)
		o.serve()
		o.does(id, "unavailable:Not answering")
		o.sets(id, "available")
		o.lasts(id, "available")
		want := []string{
			"offline", "available", "offline", "available", "ringing", "in_call", "available", "ringing", "unavailable:Not answering", "available",
		}
		// Between the last unanswered ring and the records that say so she is available, for no time at all or a little more.
		brief := func(h []string) []string {
			if i := slices.Index(h, "unavailable:Not answering"); i > 1 && h[i-1] == "available" && h[i-2] == "ringing" {
				return slices.Delete(h, i-1, i)
			}
			return h
		}
		for got := brief(o.history(id)); !slices.Equal(got, want); got = brief(o.history(id)) {
			select {
			case <-o.ctx.Done():
				o.t.Fatalf("the history is %v, want %v", got, want)
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}
