//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/cmd/tandem/e2e/browser"
	"tandem/messaging"
	"tandem/routing"
	"tandem/store"
)

// The program is killed in mid-call: the page says that the connection is lost and shows no call as alive; when the program is there again the page is a phone again by itself, and the call is
// over.
func TestTheServerIsGoneAndComesBack(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	o.passwords()
	bruno := o.phone("bruno-desk")
	p := o.signedIn(browser.Start(t, browser.Options{}), "alice@bakery.example", "/")
	p.See("Connected")
	call := o.call(bruno, "201")
	p.Click("button", "Answer")
	o.ok(call.Answered(o.ctx))
	p.Until("the call", "document.querySelector('.in-call.in_call')")
	p.Until("its name in the API", "eyes.ready('button', 'Transfer')")

	o.stop(syscall.SIGKILL)
	p.See("The phone has lost its connection")
	p.Until("the call not to be shown as alive", "!document.querySelector('.in-call.in_call') && eyes.sees('Resuming call')")
	p.See("what you see may be old")
	o.serve()
	p.See("Connected")
	p.Until("the call to be over", "!document.querySelector('.in-call')")
	p.Miss("what you see may be old")
	again := o.call(o.phone("david-desk"), "201")
	p.Click("button", "Answer")
	o.ok(again.Answered(o.ctx))
	p.Click("button", "Hang up")
	o.ok(again.Ended(o.ctx))
}

// wrongClock sets the clock of a page off by some hours, before anything in it runs.
func wrongClock(hours int) string {
	return fmt.Sprintf(`(() => {
		const Real = Date, off = %d * 3600e3;
		globalThis.Date = new Proxy(Real, {
			construct: (_, a) => (a.length > 0 ? new Real(...a) : new Real(Real.now() + off)),
			apply: () => String(new Real(Real.now() + off)),
			get: (_, k) => (k === 'now' ? () => Real.now() + off : Real[k]),
		});
	})()`, hours)
}

// A computer whose clock is wrong is a phone all the same, and tells durations and how long ago something was as they are.
func TestAComputerWhoseClockIsWrong(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	o.passwords()
	bruno := o.phone("bruno-desk")
	p := o.signedIn(browser.Start(t, browser.Options{}), "alice@bakery.example", "/")
	for i, hours := range []int{5, -31} {
		p.Before(wrongClock(hours))
		p.Reload()
		p.See("Connected")
		call := o.call(bruno, "201")
		p.Click("button", "Answer")
		o.ok(call.Answered(o.ctx))
		p.Until("seconds of talk", "/^0:(0[1-9]|[1-5][0-9])$/.test(document.querySelector('.in-call [role=timer]')?.innerText ?? '')")
		p.Reload() // what the call is then is what the server says
		p.Until("the call again", "document.querySelector('.in-call.in_call')")
		p.Until("its seconds", "/^0:[0-5][0-9]$/.test(document.querySelector('.in-call [role=timer]')?.innerText ?? '')")
		p.Click("button", "Hang up")
		o.ok(call.Ended(o.ctx))
		o.log(2*i + 1)
		lost := o.call(o.carrier(), numberTeam)
		p.Wait("button", "Answer")
		o.ok(lost.Hangup(o.ctx))
		p.Until("a missed call of now", fmt.Sprintf("[...document.querySelectorAll('.home .line .soft')].filter(e => /(now|[0-9]+ min\\.? ago)$/.test(e.innerText.trim())).length === %d", i+1))
		for _, wrong := range []string{"hr. ago", "yesterday", "in 5"} {
			if strings.Contains(p.Text(".home"), wrong) {
				t.Errorf("with a clock %d hours off the page says %q", hours, p.Text(".home"))
			}
		}
	}
	quietly(t, p)
}

// writers puts messages of many people into the records of an office that does not run.
func (o *office) writers(number string, many int) {
	o.t.Helper()
	id := o.numberID(number)
	var n struct {
		AccountID string `json:"account_id"`
	}
	o.read("/api/v1/numbers/"+id, &n)
	o.stop(syscall.SIGTERM)
	s, err := store.Open(o.ctx, store.Config{URL: o.db, DataDir: filepath.Join(o.dir, "data")})
	o.ok(err)
	began := time.Now().Add(-24 * time.Hour)
	var wg sync.WaitGroup
	const hands = 32
	for hand := range hands {
		wg.Go(func() {
			for i := hand; i < many; i += hands {
				at := began.Add(time.Duration(i) * time.Second)
				_, err := s.Messages().Put(o.ctx, messaging.Draft{Message: messaging.Message{
					ID: messaging.ID(routing.NewID("msg", at)), Account: messaging.AccountID(n.AccountID), Number: messaging.NumberID(id), Own: messaging.Address(number),
					Peer: messaging.Address(fmt.Sprintf("+336399%05d", i)), Direction: messaging.Inbound, Channel: messaging.ChannelNetwork, Body: fmt.Sprintf("Message %d", i), Encoding: "gsm7",
					Segments: 1, At: at,
				}})
				if err != nil {
					o.t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	o.ok(s.Close())
	o.serve()
}

// An inbox of ten thousand conversations opens, goes on while one scrolls, keeps few elements, finds the oldest, and hears of a new one.
func TestTenThousandConversations(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	const many = 10_000
	o.writers(numberMessage, many)
	o.passwords()
	p := o.signedIn(browser.Start(t, browser.Options{}), "alice@bakery.example", "/inbox")
	const list = "document.querySelector('.list-side ul.list-scroll')"
	p.Until("the newest", list+"?.innerText.includes('Message 9999')")
	for _, n := range []int{9800, 9600, 9400} { // it reads on at its end
		if rows := p.ReadOn(".list-side ul.list-scroll > li:not(.rows-gap)", fmt.Sprintf("Message %d", n)); rows > 400 {
			t.Errorf("at message %d the list has %d elements", n, rows)
		}
	}
	p.Eval("("+list+".scrollTop = 0, 1)", nil)
	p.Until("the newest again", list+"?.innerText.includes('Message 9999')")
	p.Fill("Search", "33639900042")
	p.Until("the one that is looked for alone", list+".innerText.includes('Message 42') && !"+list+".innerText.includes('Message 9999')")
	p.Click("link", "06 39 90 00 42")
	p.Until("its thread", "document.querySelector('.thread-items')?.innerText.includes('Message 42')")
	quietly(t, p)
}

// A name of 500 letters is refused with its field named, by the API and in the form; the longest that is allowed breaks no screen.
func TestNamesOfFiveHundredLetters(t *testing.T) {
	t.Parallel()
	o, c := administered(t)
	long, most := strings.Repeat("ö", 500), strings.Repeat("Ünwrappable", 9)
	for path, body := range map[string]string{
		"/api/v1/contacts": `{"name": %q, "numbers": ["+33639980103"]}`, "/api/v1/teams": `{"name": %q}`, "/api/v1/tags": `{"name": %q, "color": "#2a7d4f"}`,
		"/api/v1/users": `{"name": %q, "email": "long@bakery.example", "extension": "266"}`, "/api/v1/numbers": `{"name": %q, "e164": "+33639980076"}`,
		"/api/v1/flows": `{"name": %q, "template": "voicemail"}`,
	} {
		if status, text := o.problem(path, fmt.Sprintf(body, long)); status != http.StatusUnprocessableEntity || !strings.Contains(text, "body.name") {
			t.Errorf("POST %s: %d %s", path, status, text)
		}
		o.post(path, fmt.Sprintf(body, most))
	}
	p := o.signedIn(c, "emma@bakery.example", "/dashboard/users")
	p.Click("button", "Add a user")
	p.Fill("Name", long[:400]) // as much as the field takes
	p.Fill("E-mail address", "longer@bakery.example")
	p.Until("to add them", "[...document.querySelectorAll('dialog[open] button[type=submit]')].map((b) => b.click()).length")
	p.Until("the refusal beside the field", "document.querySelector('dialog .field.wrong [role=alert]')?.innerText.length > 0")
	p.Size(360, 740)
	for _, path := range []string{
		"/dashboard/users", "/dashboard/teams", "/dashboard/numbers", "/dashboard/flows", "/dashboard/numbers/" + o.numberID("+33639980076") + "/general", "/dashboard/users/" + o.user(most),
		"/", "/people", "/people/contacts",
	} {
		p.Go(o.site() + path + "?lang=en")
		p.Until("the screen "+path, "document.querySelector('h1') && !document.querySelector('.waiting')")
		p.Until("no wider than the window", "document.documentElement.scrollWidth <= innerWidth")
	}
	quietly(t, p)
}
