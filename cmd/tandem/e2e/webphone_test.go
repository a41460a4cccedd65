package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
	"tandem/media/mediatest"
	"tandem/media/mediatest/browser"
)

// person is somebody who is signed in, in a browser.
type person struct {
	o      *office
	name   string
	cookie *http.Cookie
}

// signIn gives a user a password and signs them in.
func (o *office) signIn(name string) *person {
	o.t.Helper()
	const password = "correct horse battery"
	id := o.user(name)
	status, told := o.tell(http.MethodPatch, "/api/v1/users/"+id, `{"password":"`+password+`"}`)
	if status != http.StatusOK {
		o.t.Fatalf("password: %d %s", status, told)
	}
	p := &person{o: o, name: name}
	email := strings.ToLower(name) + "@bakery.example"
	p.ask(http.MethodPost, "/api/v1/session", `{"email":"`+email+`","password":"`+password+`"}`, http.StatusOK)
	return p
}

// origin is what their page's address begins with.
func (p *person) origin() string { return "http://" + p.o.net + ".1:8080" }

// ask asks the API by the front door.
func (p *person) ask(method, path, body string, want int) []byte {
	p.o.t.Helper()
	r, err := http.NewRequestWithContext(p.o.ctx, method, p.origin()+path, strings.NewReader(body))
	p.o.ok(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", p.origin())
	if p.cookie != nil {
		r.AddCookie(p.cookie)
	}
	resp, err := http.DefaultClient.Do(r)
	p.o.ok(err)
	defer resp.Body.Close()
	told, err := io.ReadAll(resp.Body)
	p.o.ok(err)
	if resp.StatusCode != want {
		p.o.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, told)
	}
	if given := resp.Cookies(); len(given) > 0 {
		p.cookie = given[0]
	}
	return told
}

// ticket is a phone session.
type ticket struct {
	URL       string
	SIPURI    string `json:"sip_uri"`
	DeviceID  string `json:"device_id"`
	Resumable []struct {
		CallID string `json:"call_id"`
		LegID  string `json:"leg_id"`
	}
}

func (p *person) ticket(device, instance string) ticket {
	p.o.t.Helper()
	told := p.ask(http.MethodPost, "/api/v1/me/phone-session", `{"device":"`+device+`","instance":"`+instance+`"}`, http.StatusOK)
	var out ticket
	p.o.ok(json.Unmarshal(told, &out))
	return out
}

// resumable waits until a call waits for its page, and gives the leg.
func (p *person) resumable(call string) string {
	p.o.t.Helper()
	for {
		told := p.ask(http.MethodGet, "/api/v1/me", "", http.StatusOK)
		var me ticket
		p.o.ok(json.Unmarshal(told, &me))
		if len(me.Resumable) == 1 && me.Resumable[0].CallID == call {
			return me.Resumable[0].LegID
		}
		select {
		case <-p.o.ctx.Done():
			p.o.t.Fatalf("the call does not wait for its page: %s", told)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// tab is a page that is a phone.
type tab struct {
	*softphone.Phone

	ticket ticket
	pages  chan *browser.Page // of each call, in their order
}

const (
	office1 = "6d2f7c4e-0f5b-4d0e-9c55-0b8f6a3e1d01"
	office2 = "6d2f7c4e-0f5b-4d0e-9c55-0b8f6a3e1d02"
)

// opens opens a page of a device, and registers it.
func (p *person) opens(device, instance string) *tab {
	p.o.t.Helper()
	t := &tab{ticket: p.ticket(device, instance), pages: make(chan *browser.Page, 8)}
	user, realm, _ := strings.Cut(strings.TrimPrefix(t.ticket.SIPURI, "sip:"), "@")
	phone, err := softphone.New(p.o.ctx, softphone.Config{
		Web: &softphone.Web{URL: t.ticket.URL, Origin: p.origin(), Instance: instance}, Who: wire.Credentials{Realm: realm, Username: user},
		Media: func() (softphone.Media, error) {
			page, err := browser.New(browser.Options{})
			if err == nil {
				t.pages <- page
			}
			return voiceOf{p.o, page}, err
		},
	})
	p.o.ok(err)
	t.Phone = phone
	p.o.t.Cleanup(phone.Close)
	p.o.ok(phone.Register(p.o.ctx, 600))
	return t
}

// voiceOf is a page's media as the softphone wants it.
type voiceOf struct {
	o    *office
	page *browser.Page
}

func (v voiceOf) Offer() ([]byte, error)              { return v.page.Offer(v.o.ctx, nil) }
func (v voiceOf) Answer(offer []byte) ([]byte, error) { return v.page.Answer(v.o.ctx, offer) }
func (v voiceOf) Accept(answer []byte) error          { return v.page.Accept(answer) }
func (v voiceOf) Close()                              { _ = v.page.Hangup() }

// hears waits until a page hears a tone.
func (o *office) pageHears(p *browser.Page, hz float64) {
	o.t.Helper()
	ctx, done := context.WithTimeout(o.ctx, patience)
	defer done()
	p.Forget()
	const enough = 10
	if _, err := p.Await(ctx, func(ps mediatest.Packets) bool { return ps.Tone(hz) >= enough }); err != nil {
		o.t.Fatalf("no tone of %v Hz: %v, %d packets", hz, err, len(p.Heard()))
	}
}

// talks shows that a page and a telephone hear each other.
func (o *office) pageTalks(p *browser.Page, c *softphone.Call) {
	o.t.Helper()
	o.ok(p.AwaitConnected(o.ctx))
	c.Audio.Say(1300)
	p.SendTone(1900, 20*time.Second)
	o.pageHears(p, 1300)
	o.hears(c, 1900)
}

// waited is for how long the program, and the test as the page, wanted a processor and had none so far.
func (o *office) waited() time.Duration {
	o.t.Helper()
	sum := 0
	for _, pid := range []int{o.cmd.Process.Pid, os.Getpid()} {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		o.ok(err)
		for _, path := range threads {
			if b, err := os.ReadFile(path); err == nil { // one that has ended since has none
				n, err := strconv.Atoi(strings.Fields(string(b))[1])
				o.ok(err)
				sum += n
			}
		}
	}
	return time.Duration(sum)
}

func TestSpec_C16_C17_E10_APageReloadedInACallGoesOnWithIt(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		t := o.t
		alice := o.signIn("Alice")
		bruno := o.phone("bruno-desk")
		page := alice.opens("workspace", office1)
		call := o.call(bruno, "201")
		c := o.rings(page.Phone)
		c.Answer()
		o.ok(call.Answered(o.ctx))
		o.pageTalks(<-page.pages, call)
		id := o.live()

		page.Close() // without a word, as a browser that loads anew
		gone, kept := time.Now(), o.waited()
		leg := alice.resumable(id)
		again := alice.opens("workspace", office1)
		if r := again.ticket.Resumable; len(r) != 1 || r[0].LegID != leg {
			t.Fatalf("resumable: %+v", r)
		}
		resume := func(page *tab) *softphone.Call {
			t.Helper()
			back, err := page.Incoming(o.ctx)
			o.ok(err)
			if back.Invite.Get("X-Resume") != leg || !strings.Contains(back.Invite.Get("Call-Info"), "answer-after=0") {
				t.Fatalf("INVITE: %q %q", back.Invite.Get("X-Resume"), back.Invite.Get("Call-Info"))
			}
			back.Answer()
			o.pageTalks(<-page.pages, call)
			return back
		}
		resume(again)
		if gap, busy := time.Since(gone), o.waited()-kept; gap-busy > 3*time.Second { // what the machine took for others is no matter of the program's
			t.Errorf("the gap is %v, of which %v waiting for a processor", gap, busy)
		}
		// Its network changes: nobody has closed the old connection.
		c = resume(alice.opens("workspace", office1))

		// Another browser of theirs takes the call.
		other := alice.opens("cti", office2)
		alice.ask(http.MethodPost, "/api/v1/calls/"+id+"/actions/move", `{"device_id":"`+other.ticket.DeviceID+`","instance":"`+office2+`"}`, http.StatusNoContent)
		moved, err := other.Incoming(o.ctx)
		o.ok(err)
		moved.Answer()
		o.ok(c.Ended(o.ctx))
		o.pageTalks(<-other.pages, call)
		o.ok(moved.Hangup(o.ctx))
		o.ok(call.Ended(o.ctx))

		l := o.log(1)[0]
		if len(l.Legs) != 2 || l.Outcome != "answered" || l.Legs[1].Kind != "webrtc" || l.Legs[1].Device != "cti" || l.Legs[1].Codec != "PCMA" {
			t.Errorf("%+v", l)
		}
		var told struct{ Data []struct{ Type, Text string } }
		o.read("/api/v1/calls/"+id+"/timeline", &told)
		var seen strings.Builder
		for _, i := range told.Data {
			if i.Type == "suspended" || i.Type == "resumed" || i.Type == "moved" {
				seen.WriteString(i.Type + " ")
			}
		}
		if seen.String() != "suspended resumed suspended resumed moved " {
			t.Errorf("timeline %q", seen.String())
		}
	})
}

func TestSpec_E7_X15_PagesOfAUserRingTogetherAndOneAnswers(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		t := o.t
		alice := o.signIn("Alice")
		bruno := o.phone("bruno-desk")
		workspace, cti := alice.opens("workspace", office1), alice.opens("cti", office1)
		call := o.call(bruno, "201")
		a, b := o.rings(workspace.Phone), o.rings(cti.Phone)
		b.Answer()
		o.ok(call.Answered(o.ctx))
		cancel, err := a.Got(o.ctx, "CANCEL")
		o.ok(err)
		if !strings.Contains(cancel.Get("Reason"), "cause=200") {
			t.Errorf("CANCEL without a reason: %q", cancel.Get("Reason"))
		}
		<-workspace.pages
		o.pageTalks(<-cti.pages, call)
		o.ok(call.Hangup(o.ctx))
		o.ok(b.Ended(o.ctx))
		if l := o.log(1)[0]; len(l.Legs) != 3 || l.Legs[2].Device != "cti" || l.Legs[2].AnsweredAt == nil || l.Legs[1].AnsweredAt != nil {
			t.Errorf("%+v", l)
		}

		// And a page dials a colleague's extension.
		out, err := workspace.Dial("202", softphone.DialOptions{})
		o.ok(err)
		desk := o.rings(bruno)
		desk.Answer()
		o.ok(out.Answered(o.ctx))
		o.pageTalks(<-workspace.pages, desk)
		o.ok(out.Hangup(o.ctx))
		o.ok(desk.Ended(o.ctx))
	})
}

func TestAnOutsiderGetsNoSocketAndAPageIsItselfAlone(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		t := o.t
		alice, chloe := o.signIn("Alice"), o.signIn("Bruno")
		instance := office1
		refused := func(what, url, origin string, want int) {
			t.Helper()
			_, err := softphone.New(o.ctx, softphone.Config{Web: &softphone.Web{URL: url, Origin: origin, Instance: instance}})
			r, is := errors.AsType[*softphone.RefusedError](err)
			if !is || r.Status != want {
				t.Errorf("%s: %v, want %d", what, err, want)
			}
		}
		good := alice.ticket("workspace", instance)
		bare, _, _ := strings.Cut(good.URL, "?")
		refused("another site", good.URL, "https://evil.example", http.StatusForbidden)
		refused("no origin", good.URL, "", http.StatusForbidden)
		refused("no ticket", bare, alice.origin(), http.StatusUnauthorized)
		refused("a made-up ticket", bare+"?ticket=AAAAAAAAAAAAAAAAAAAAAAAAAA", alice.origin(), http.StatusUnauthorized)

		page := alice.opens("workspace", instance)
		refused("a ticket again", page.ticket.URL, alice.origin(), http.StatusUnauthorized)
		theirs := strings.TrimPrefix(chloe.ticket("workspace", instance).SIPURI, "sip:")
		for _, method := range []string{"REGISTER", "MESSAGE", "OPTIONS"} {
			m, err := page.Ask(o.ctx, fmt.Sprintf("%s sip:tandem SIP/2.0\r\nVia: {via}\r\nFrom: <sip:%s>;tag={tag}\r\nTo: <sip:%s>\r\nCall-ID: {id}\r\nCSeq: 1 %s\r\n"+
				"Max-Forwards: 70\r\nContact: <sip:x@y.invalid>\r\nContent-Length: 0\r\n\r\n", method, theirs, theirs, method))
			o.ok(err)
			if want := map[string]int{"REGISTER": 403, "MESSAGE": 403, "OPTIONS": 200}[method]; m.Status != want {
				t.Errorf("%s as somebody else: %d, want %d", method, m.Status, want)
			}
		}
		// A telephone cannot register as the page: there is no password, not even an empty one.
		user, _, _ := strings.Cut(strings.TrimPrefix(page.ticket.SIPURI, "sip:"), "@")
		phone := o.phoneAt(softphone.Config{Bind: o.host(), Who: wire.Credentials{Realm: "tandem", Username: user}})
		if err := phone.Register(o.ctx, 60); err == nil {
			t.Error("a page's device was opened without a password")
		}
		if n := strings.Count(o.logs.String(), "panic"); n != 0 {
			t.Errorf("%d panics", n)
		}
	})
}
