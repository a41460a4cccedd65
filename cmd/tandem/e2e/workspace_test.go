//go:build !race

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
)

// toneMicrophone is a microphone that hears nothing but a tone.
func toneMicrophone(t *testing.T, hz float64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "microphone.wav")
	if err := os.WriteFile(path, wav(hz, 10*time.Second), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The phone of the Workspace by the keyboard alone: it rings, is answered, held, spoken and pressed digits into, is loaded anew in mid-call and goes on, and calls
// a colleague's extension. One's own is in the settings.
func TestSpec_X14_X15_C1_C2_C3_C16_TheWorkspaceIsAPhone(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	o.passwords()
	bruno := o.phone("bruno-desk")
	c := browser.Start(t, browser.Options{Microphone: toneMicrophone(t, 1900)})
	p := o.signedIn(c, "alice@bakery.example", "/settings/account")
	p.See("Connected")
	p.Until("her extension in her profile", "document.querySelector('[data-test=extension]')?.textContent === '201'")

	call := o.call(bruno, "201")
	p.Wait("alertdialog", "Bruno")
	var focus string
	p.Eval("document.activeElement.closest('[role=alertdialog]') ? 'taken' : 'left'", &focus)
	if focus != "left" {
		t.Error("the call took the focus")
	}
	p.Press("a")
	o.ok(call.Answered(o.ctx))
	p.Until("the call", "document.querySelector('.in-call.in_call')")
	call.Audio.Say(1300)
	p.HearsTone(1300)
	o.hears(call, 1900)

	p.Press("1")
	p.Press("2")
	p.Press("#")
	for call.Audio.Keys() != "12#" && o.ctx.Err() == nil {
		call.Audio.Wait(o.ctx, 20*time.Millisecond)
	}
	if got := call.Audio.Keys(); got != "12#" {
		t.Errorf("digits %q", got)
	}

	p.Press("m")
	o.ok(call.Audio.HearsSilence(o.ctx))
	p.Press("m")
	o.hears(call, 1900)
	p.Press("h")
	p.Wait("button", "Resume")
	p.Until("the hold", "document.querySelector('.in-call.held')")
	p.Press("h")
	p.Miss("On hold")
	o.hears(call, 1900)

	p.Reload()
	p.Until("the call again", "document.querySelector('.in-call.in_call')")
	p.HearsTone(1300)
	o.hears(call, 1900)
	p.Click("button", "Hang up")
	o.ok(call.Ended(o.ctx))

	p.Press("/")
	p.Until("the dialler", "document.activeElement.id === 'dial-to'")
	p.Type("202")
	p.Press(kb.Enter)
	desk := o.rings(bruno)
	desk.Answer()
	p.Until("the call to a colleague", "document.querySelector('.in-call.in_call')")
	p.See("Bruno")
	o.ok(desk.Hangup(o.ctx))
	p.Miss("Hang up")
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
	if l := o.log(2); l[0].Outcome != "answered" || l[1].Outcome != "answered" {
		t.Errorf("%+v", l)
	}
}

// Without a microphone a call is a call all the same, and the page says what is wrong; a second tab shows it, and takes it over.
func TestAWorkspaceWithoutAMicrophoneAndInTwoTabs(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	o.passwords()
	bruno := o.phone("bruno-desk")
	c := browser.Start(t, browser.Options{NoDevice: true})
	p := o.signedIn(c, "alice@bakery.example", "/")
	p.See("Connected")
	p.See("microphone")
	call := o.call(bruno, "201")
	p.Click("button", "Answer")
	o.ok(call.Answered(o.ctx))
	p.See("They cannot hear you")
	call.Audio.Say(1300)
	p.HearsTone(1300)

	q := c.Page(o.site() + "/people?lang=en")
	q.See("The phone is in another tab")
	q.Click("button", "Use it here")
	q.Until("the call in the other tab", "document.querySelector('.in-call.in_call')")
	q.HearsTone(1300)
	p.See("The phone is in another tab")
	p.Wait("button", "Hang up")
	p.Until("the button to rest", "eyes.ready('button', 'Hang up')")
	p.Click("button", "Hang up") // the tab that shows it can end it
	o.ok(call.Ended(o.ctx))
	q.Miss("Hang up")
	if l := o.log(1)[0]; l.Outcome != "answered" {
		t.Errorf("%+v", l)
	}
}
