//go:build !race

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// pushes has a page show notifications of the desktop as if nobody looked at it, and keep what they say, and what it said in a corner for a moment.
const pushes = `(() => {
	window.pushed = [];
	window.Notification = class { static permission = 'granted'; constructor(title, o) { window.pushed.push(title + ' · ' + (o?.body ?? '')); } close() {} };
	window.toasted = '';
	new MutationObserver(() => { window.toasted += document.querySelector('.toasts')?.innerText ?? ''; }).observe(document.body, { childList: true, subtree: true });
	Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
})()`

// A call to a team that nobody takes is told to each of its people, in the page, by its badge and on the desktop, and to nobody else; whoever calls back handles it for all, and each sees
// only the lines that are theirs.
func TestSpec_L11_L12_L13_L16_AMissedCallIsToldAndCalledBack(t *testing.T) {
	t.Parallel()
	o := open(t, "", replace(demoSite, `extension = "202"`, `extension = "202"
caller_id = "`+numberMenu+`"`))
	o.passwords()
	carrier := o.carrierListens(".2:5060")
	pages := map[string]*browser.Page{}
	for _, name := range []string{"alice", "bruno", "emma"} {
		p := o.signedIn(browser.Start(t, browser.Options{}), name+"@bakery.example", "/")
		p.See("No missed call is waiting.")
		p.See("Connected")
		p.Eval(pushes, nil)
		pages[name] = p
	}
	alone := o.call(o.carrier(), numberAlone) // a line of Chloé's, who has no phone now
	o.ok(alone.Ended(o.ctx))
	o.log(1)
	call := o.call(o.carrier(), numberTeam)
	for _, name := range []string{"alice", "bruno"} {
		pages[name].Wait("button", "Answer")
	}
	o.ok(call.Hangup(o.ctx))
	missed := o.log(2)[0]

	const caller = "06 39 98 01 01"
	for _, name := range []string{"alice", "bruno"} {
		p := pages[name]
		p.Until("a word in the corner", fmt.Sprintf("window.toasted.includes(%q)", "Missed call from "+caller))
		p.Until("the badge", "document.querySelector('.rail-count')?.innerText.includes('1')")
		p.Until("a notification of the desktop", fmt.Sprintf("window.pushed.some(x => x.includes(%q))", "Missed call from "+caller))
		p.Wait("button", "Call back "+caller)
	}
	pages["emma"].See("No missed call is waiting.") // she is not of the team

	pages["alice"].Go(o.site() + "/calls?lang=en")
	pages["alice"].Until("the team's call", fmt.Sprintf("document.querySelector('a[href*=%q]')", missed.ID))
	if other := o.log(2)[1]; missed.ID == other.ID || pages["alice"].Has("link", "Alone") || seesCall(pages["alice"], other.ID) {
		t.Error("Alice sees a call of a line that is not hers")
	}
	pages["alice"].Go(o.site() + "/?lang=en")
	var shown []string
	pages["alice"].Until("the numbers that she may show", "document.querySelector('.dialler select')?.options.length > 0")
	pages["alice"].Eval("[...document.querySelector('.dialler select').options].map(x => x.textContent)", &shown)
	if has := func(line string) bool {
		return slices.ContainsFunc(shown, func(s string) bool { return strings.Contains(s, line) })
	}; !has("Message") || !has("Queue") || has("Alone") || has("Menu") {
		t.Errorf("Alice may show %q", shown)
	}

	pages["bruno"].Click("button", "Call back "+caller)
	far := o.rings(carrier)
	far.Answer()
	pages["bruno"].Until("the call", "document.querySelector('.in-call.in_call')")
	o.ok(far.Hangup(o.ctx))
	for _, name := range []string{"alice", "bruno"} {
		pages[name].See("No missed call is waiting.")
	}
	pages["alice"].Go(o.site() + "/calls/" + missed.ID + "?lang=en")
	pages["alice"].See("Called back by Bruno")
	for name, p := range pages {
		for _, e := range p.Errors() {
			t.Errorf("%s's page complains: %s", name, e)
		}
	}
}

func seesCall(p *browser.Page, id string) (sees bool) {
	p.Eval(fmt.Sprintf("Boolean(document.querySelector('a[href*=%q]'))", id), &sees)
	return sees
}
