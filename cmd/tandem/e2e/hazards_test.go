//go:build !race

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
)

const echo = "0639980600" // a customer of the demonstration who sends back what it hears

// talking opens the Workspace of the demonstration and calls the echo, which is heard.
func talking(t *testing.T, r *showroom, o browser.Options) *browser.Page {
	t.Helper()
	o.Microphone = filepath.Join(t.TempDir(), "voice.wav")
	writeTone(t, o.Microphone, 700)
	p := r.enter(browser.Start(t, o), "Workspace", "")
	p.See("Connected")
	p.Fill("Number, extension or name", echo)
	p.Press("\r")
	p.HearsTone(700)
	return p
}

// A page that is loaded anew in the middle of a call goes on with it, and so does one whose person pressed the browser's button; the log has one call.
func TestSpec_C16_AReloadInMidCallGoesOn(t *testing.T) {
	t.Parallel()
	r := show(t)
	p := talking(t, r, browser.Options{})
	p.Click("link", "People")
	p.HearsTone(700)
	p.Back()
	p.HearsTone(700)
	began := time.Now()
	p.Reload()
	p.HearsTone(700)
	t.Logf("the echo was heard again %v after the page was loaded anew", time.Since(began).Round(time.Millisecond))
	p.Click("button", "Hang up")
	r.until("the end in the log", func() bool {
		var list struct {
			Data []struct{ Status, Outcome string }
		}
		r.fetch("/api/v1/calls", &list)
		return len(list.Data) == 1 && list.Data[0].Status == "ended" && list.Data[0].Outcome == "answered"
	})
}

// The whole phone works without a mouse: the way in, a call with its controls, an incoming call by its keys.
func TestTheWholePhoneByKeyboard(t *testing.T) {
	t.Parallel()
	r := show(t)
	c := browser.Start(t, browser.Options{})
	p := r.enter(c, "Workspace", "")
	p.See("Connected")
	p.TabTo("combobox", "Number, extension or name")
	p.Type(echo)
	p.Press(kb.Enter)
	p.TabTo("button", "Mute")
	p.Press(kb.Enter)
	p.TabTo("button", "Unmute")
	p.Press(" ")
	p.TabTo("button", "Hold")
	p.Press(kb.Enter)
	p.TabTo("button", "Resume")
	p.Press(kb.Enter)
	p.TabTo("button", "Hang up")
	p.Press(kb.Enter)
	p.Until("the call to end", "!eyes.find('button', 'Hang up')")
	handset := r.enter(c, "Handset", "")
	handset.Click("button", "A customer calls this number")
	p.Wait("button", "Answer")
	p.Eval("(document.activeElement.blur(), eyes.drawn())", nil) // what is in sight listens to its keys a moment later
	p.Type("a")
	p.Wait("button", "Hang up")
	handset.Until("the handset to stop", "!eyes.find('button', 'Answer')")
}

// Without a microphone, or with one that is refused, the Workspace says so and what to do, and calls still come and can be heard.
func TestTheWorkspaceWithoutAMicrophone(t *testing.T) {
	t.Parallel()
	r := show(t)
	for name, o := range map[string]struct {
		with browser.Options
		says string
	}{
		"none":    {browser.Options{NoDevice: true}, "No microphone found"},
		"refused": {browser.Options{Denied: true}, "The microphone is blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			p := r.enter(browser.Start(t, o.with), "Workspace", "").In(t)
			p.See("Connected")
			p.Fill("Number, extension or name", echo)
			p.Press(kb.Enter)
			p.See(o.says)
		})
	}
}

// Two tabs of one person are one phone: one has it, the other says so and can take it.
func TestTwoTabsAreOnePhone(t *testing.T) {
	t.Parallel()
	r := show(t)
	c := browser.Start(t, browser.Options{})
	first := r.enter(c, "Workspace", "")
	first.See("Connected")
	second := c.Page(r.at("Workspace") + "/?lang=en")
	second.See("The phone is in another tab")
	second.Click("button", "Use it here")
	second.Miss("The phone is in another tab")
	first.See("The phone is in another tab")
}

// A stored name with HTML in it stays text, wherever it is shown; one as long as may be breaks no screen.
func TestNamesStayTextEverywhere(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite)
	o.passwords()
	evil := `<img src=x onerror="window.broken=1"><script>window.broken=1</script>`
	o.post("/api/v1/contacts", fmt.Sprintf(`{"name": %q, "numbers": ["+33639980101"]}`, evil))
	o.post("/api/v1/contacts", fmt.Sprintf(`{"name": %q, "numbers": ["+33639980102"]}`, strings.Repeat("Ünendlich", 11)))
	o.patch("/api/v1/users/"+o.user("Bruno"), fmt.Sprintf(`{"name": %q}`, evil))
	p := o.signedIn(browser.Start(t, browser.Options{}), "alice@bakery.example", "/people")
	for _, path := range []string{"/people", "/people/contacts", "/", "/inbox", "/calls"} {
		p.Go(o.site() + path + "?lang=en")
		p.Until("the page", settled)
		p.Size(360, 740)
		p.Until("no wider than the window", "document.documentElement.scrollWidth <= innerWidth") // once it is drawn for that
		var broken bool
		if p.Eval("Boolean(window.broken)", &broken); broken {
			t.Errorf("%s: the script in a name was run", path)
		}
		p.Size(1280, 800)
	}
}

// The Workspace and the panel are there at once. How little they weigh is shown in the room of the pages.
func TestTheFirstPaintComesAtOnce(t *testing.T) {
	r := show(t)
	c := browser.Start(t, browser.Options{})
	for _, path := range []string{"/", "/cti"} {
		p := r.enter(c, "Workspace", path+"?lang=en")
		p.Reload()
		p.Until("the page", settled)
		const paint = "performance.getEntriesByName('first-contentful-paint')[0]"
		p.Until("the browser to tell of its first paint", paint) // The words may be there before the frame that shows them.
		var ms float64
		p.Eval(paint+".startTime", &ms)
		t.Logf("%s: first contentful paint after %.0f ms", path, ms)
	}
}
