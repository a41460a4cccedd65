//go:build !race

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
)

// Who runs the office sees a call come and ring without touching the page (SPEC N8), hangs it up, and reads in the log why it was missed, user by user (L10), and what went over the wire.
func TestSpec_N8_L1_L10_TheDashboardShowsACallAndWhyItWasMissed(t *testing.T) {
	r := show(t)
	c := browser.Start(t, browser.Options{})
	handset := r.enter(c, "Handset", "")
	p := r.enter(c, "Dashboard", "/dashboard/live?lang=en")
	p.Until("the live view", "document.querySelector('.empty') && !document.querySelector('.waiting')")
	handset.Click("button", "A customer calls this number")
	p.Until("the call that rings Alice", "[...document.querySelectorAll('.live-call')].some(e => e.textContent.includes('Alice Martin') && e.textContent.includes('Ringing'))")
	p.Eval("document.querySelector('.live-call .btn').click()", nil)
	p.Click("button", "Hang up")
	p.Until("that the call is gone", "!document.querySelector('.live-call')")

	p.Go(r.at("Dashboard") + "/dashboard/calls?direction=inbound&lang=en")
	p.Until("the log", "document.querySelector('tbody a.lead')")
	p.Eval("document.querySelector('tbody a.lead').click()", nil)
	p.Until("why it was missed", "document.querySelector('.why-text')?.innerText.includes('Alice Martin rang')")
	if why := p.Text(".why-text"); !strings.Contains(why, "before anybody could answer") || !strings.Contains(why, "Alice Martin rang") {
		t.Errorf("the call was missed since: %q", why)
	}
	p.Until("the timeline", "[...document.querySelectorAll('.story li')].some(e => e.textContent.includes('Alice Martin rings'))")

	p.Click("link", "SIP ladder")
	p.Until("the ladder", "document.querySelectorAll('.rung').length > 4 && document.querySelector('.ladder-raw pre b')")
	p.Eval("document.querySelector('.ladder-scroll').focus()", nil)
	if first := p.Text(".ladder-raw pre b"); !strings.HasPrefix(first, "INVITE ") {
		t.Errorf("the first on the wire is %q", first)
	}
	p.Press(kb.ArrowDown)
	p.Until("the second on the wire", "document.querySelector('.ladder-raw pre b')?.textContent.startsWith('SIP/2.0 ')")
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}
