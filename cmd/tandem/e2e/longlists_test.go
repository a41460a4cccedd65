//go:build !race

package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// crowd puts calls, contacts and colleagues into the records of an office that does not run: call 0 is the oldest, and so is contact 0.
func (o *office) crowd(calls, contacts, colleagues int) {
	o.t.Helper()
	number := routing.NumberID(o.numberID(numberMessage))
	var n struct {
		AccountID string `json:"account_id"`
	}
	o.read("/api/v1/numbers/"+string(number), &n)
	account := routing.AccountID(n.AccountID)
	o.stop(syscall.SIGTERM)
	s, err := store.Open(o.ctx, store.Config{URL: o.db, DataDir: filepath.Join(o.dir, "data")})
	o.ok(err)
	_, err = provisioning.Do(o.ctx, s, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
		began := time.Now().Add(-time.Hour)
		var all []provisioning.Change
		put := func(r provisioning.Record) {
			changes, refused := st.Put(r)
			o.ok(refused)
			all = append(all, changes...)
		}
		for i := range contacts {
			put(&provisioning.Contact{
				ID: routing.NewID("con", began.Add(time.Duration(i)*time.Millisecond)), Account: account, Name: fmt.Sprintf("Contact %04d", i),
				Numbers: []routing.E164{routing.E164(fmt.Sprintf("+336398%05d", i))},
			})
		}
		for i := range colleagues {
			put(&provisioning.User{
				ID: routing.UserID(routing.NewID("usr", began.Add(time.Duration(i)*time.Millisecond))), Account: account, Name: fmt.Sprintf("Mate %03d", i),
				Email: fmt.Sprintf("mate%d@bakery.example", i), Extension: strconv.Itoa(300 + i), Availability: routing.SetAvailable,
			})
		}
		return all, nil
	})
	o.ok(err)
	first := time.Now().Add(-24 * time.Hour)
	var wg sync.WaitGroup
	const hands = 32
	for hand := range hands {
		wg.Go(func() {
			for i := hand; i < calls; i += hands {
				at := first.Add(time.Duration(i) * time.Second)
				c := &routing.CallRecord{
					ID: routing.CallID(routing.NewID("call", at)), Number: int64(1_000 + i), Account: account, Direction: routing.Inbound, Outcome: routing.OutcomeAnswered,
					From: fmt.Sprintf("+336397%05d", i), To: numberMessage, NumberID: number, StartedAt: at, AnsweredAt: at.Add(time.Second), EndedAt: at.Add(time.Minute), EndedBy: "caller",
				}
				if err := s.Finish(c); err != nil {
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

// french is how a French page shows +33 6 39 7x xx xx.
func french(i int) string {
	d := fmt.Sprintf("06397%05d", i)
	return strings.Join([]string{d[:2], d[2:4], d[4:6], d[6:8], d[8:]}, " ")
}

// accounts has a page note what it asks of the API, and how much comes.
const accounts = `(() => {
	const real = fetch;
	window.asked = [];
	window.fetch = async (...a) => {
		const began = performance.now(), r = await real(...a), at = new URL(r.url, location.href);
		if (at.pathname.startsWith('/api/v1/') && (r.headers.get('content-type') ?? '').includes('json')) r.clone().json().then((b) => asked.push({
			at: at.pathname + at.search, rows: Array.isArray(b.data) ? b.data.length : 0, pages: 'next_cursor' in b, limit: Number(at.searchParams.get('limit')), ms: performance.now() - began,
		}), () => {});
		return r;
	};
})()`

// frugal shows that a page asked for every list by the page, and that each answer came soon.
func frugal(t *testing.T, p *browser.Page) {
	t.Helper()
	var asked []struct {
		At    string  `json:"at"`
		Rows  int     `json:"rows"`
		Pages bool    `json:"pages"`
		Limit int     `json:"limit"`
		MS    float64 `json:"ms"`
	}
	p.Eval("window.asked", &asked)
	if len(asked) == 0 {
		t.Errorf("%s asked nothing", p.URL())
	}
	for _, a := range asked {
		everybody := strings.HasPrefix(a.At, "/api/v1/users/availabilities") // a few bytes for each of a thousand people at most
		if a.Pages && (a.Limit < 1 || a.Limit > 200) || a.Rows > 200 && !everybody {
			t.Errorf("%s asks %s: %d rows, limit %d", p.URL(), a.At, a.Rows, a.Limit)
		}
		const most = 5000
		for range 4 { // what a slow moment of the machine was is gone when it is asked again
			if a.MS <= most {
				break
			}
			p.Eval("(async () => { const began = performance.now(); await (await fetch("+strconv.Quote(a.At)+")).text(); return performance.now() - began; })()", &a.MS)
		}
		if a.MS > most {
			t.Errorf("%s waits %.0f ms for %s", p.URL(), a.MS, a.At)
		}
	}
}

// scrolls reads a list on to some text, and shows that it keeps few elements; rows is a CSS selector.
func scrolls(t *testing.T, p *browser.Page, rows, text string) {
	t.Helper()
	if n := p.ReadOn(rows, text); n == 0 || n > 320 {
		t.Errorf("at %q the list has %d elements", text, n)
	}
}

// Ten thousand calls, as many contacts and hundreds of colleagues: every list opens at once, goes on while one scrolls with few elements, tells a screen reader which of how many a row is, and is
// walked by the keyboard. No page asks for more than a page of anything.
func TestTenThousandCallsAndPeople(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	o, c := administered(t)
	const many = 10_000
	o.crowd(many, many, 600)
	p := o.signedIn(c, "alice@bakery.example", "/calls")
	p.Before(accounts)
	for _, at := range []string{"/calls", "/inbox/calls"} {
		p.Go(o.site() + at + "?lang=en")
		p.See(french(9999))
		scrolls(t, p, ".list-scroll .line", french(9600))
		frugal(t, p)
	}
	barriers(t, p, axe)
	walks(t, p)

	p.Go(o.site() + "/people/contacts?lang=en")
	p.See("Contact 0000")
	scrolls(t, p, ".list-scroll .line", "Contact 0420")
	p.Fill("Search", "Contact 9876")
	p.See("Contact 9876")
	frugal(t, p)
	p.Go(o.site() + "/people/colleagues?lang=en")
	p.See("Mate 000")
	scrolls(t, p, ".list-scroll .line", "Mate 599")
	var all struct {
		Total int `json:"total_count"`
	}
	o.read("/api/v1/users?limit=1&count=true", &all)
	p.Until("which of how many a row is", fmt.Sprintf("(() => { const at = (n) => [...document.querySelectorAll('.list-scroll .line')].find((l) => l.innerText.includes(n)), a = at('Mate 598'), b = at('Mate 599');"+
		" return a && b && b.ariaSetSize === '%d' && Number(b.ariaPosInSet) === Number(a.ariaPosInSet) + 1 && Number(b.ariaPosInSet) >= 600; })()", all.Total))
	frugal(t, p)
	quietly(t, p)

	d := o.signedIn(c, "emma@bakery.example", "/dashboard")
	d.Before(accounts)
	for _, at := range []string{"/dashboard", "/dashboard/live", "/dashboard/numbers", "/dashboard/numbers/" + o.numberID(numberMessage) + "/people", "/dashboard/flows", "/dashboard/teams", "/dashboard/messages"} {
		d.Go(o.site() + at + "?lang=en")
		d.Until("the screen "+at, settled)
		frugal(t, d)
	}
	d.Go(o.site() + "/dashboard/calls?lang=en")
	d.See(french(9999))
	scrolls(t, d, "tbody tr", french(9600))
	d.Until("which row it is", fmt.Sprintf("[...document.querySelectorAll('tbody tr')].some((r) => r.innerText.includes(%q) && r.ariaRowIndex === '401')", french(9600)))
	barriers(t, d, axe)
	frugal(t, d)
	d.Go(o.site() + "/dashboard/users?lang=en")
	scrolls(t, d, "tbody tr", "Mate 599")
	frugal(t, d)
	quietly(t, d)
}

// walks goes through a list by Tab, beyond what were elements of it at first.
func walks(t *testing.T, p *browser.Page) {
	t.Helper()
	at := "Number(document.activeElement.closest('.line')?.ariaPosInSet)"
	p.Until("the list at row 130", "(() => { const b = document.querySelector('.list-scroll'), l = [...b.querySelectorAll('.line')].find((x) => x.ariaPosInSet === '130');"+
		" if (!l) { b.scrollTop = 128 * 55; return false; } l.querySelector('a').focus(); return document.activeElement.closest('.line') === l; })()")
	const far = 60
	for i := range far {
		p.Until("the next row to be drawn", fmt.Sprintf("[...document.querySelectorAll('.list-scroll .line')].some((l) => l.ariaPosInSet === '%d')", 131+i))
		p.Press(kb.Tab) // the button that calls back
		p.Press(kb.Tab)
	}
	var row int
	p.Eval(at, &row)
	if row != 130+far {
		t.Errorf("Tab came to row %d, want %d", row, 130+far)
	}
	p.Until("the row in sight, and what it says", fmt.Sprintf("(() => { const l = document.activeElement.closest('.line'), r = l.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight && l.innerText.includes(%q); })()",
		french(10_000-130-far)))
	p.Press(kb.Enter)
	p.Until("the call beside the list", "/\\/calls\\/call_/.test(location.pathname) && document.querySelector('.detail-side h2')")
}
