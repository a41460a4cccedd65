//go:build !race

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// A call of which a fifth was lost on the way from one side, and one in which that side was never heard: the card of each says so in words and figures, for both who talked, in both languages, on
// a wide and on a narrow screen. The page that is open while the call goes on says it too, without being loaded again.
func TestSpec_L10_TheCardOfACallSaysHowItSounded(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	o := open(t, "", demoSite)
	o.passwords()
	carrier := o.carrier()
	c := browser.Start(t, browser.Options{Microphone: toneMicrophone(t, 1900)})
	p := o.signedIn(c, "alice@bakery.example", "/")
	p.See("Connected")
	talk := func(lose int) (id string, end func()) {
		call := o.call(carrier, numberTeam)
		call.Audio.Lose(lose)
		p.Click("button", "Answer")
		o.ok(call.Answered(o.ctx))
		call.Audio.Say(1300)
		p.Until("the call in the API", "fetch('/api/v1/calls/live').then((r) => r.json()).then((b) => b.data.length === 1 && (window.live = b.data[0].id))")
		p.Eval("window.live", &id)
		return id, func() {
			p.Click("button", "Hang up")
			o.ok(call.Ended(o.ctx))
		}
	}
	leg := func(n int) string {
		return fmt.Sprintf("document.querySelectorAll('[data-verdict]')[%d]", n)
	}

	id, end := talk(5)
	p.Until("enough of it", "eyes.hears().then((h) => h.packets > 200)") // of 4 s and more
	end()
	q := c.Page(o.site() + "/calls/" + id + "?lang=en")
	q.Until("who lost packets", leg(0)+"?.dataset.verdict === 'poor' && "+leg(1)+"?.innerText.includes('Alice')")
	var lost, heard float64
	const sent = "Number(/What they sent: MOS [1-4]\\.[0-9] · ([0-9.]+) %% lost/.exec(%s.innerText)?.[1] ?? -1)"
	q.Eval(fmt.Sprintf(sent, leg(0)), &lost)
	q.Eval(fmt.Sprintf(sent, leg(1)), &heard) // what a browser sends comes late where the machine is busy
	if lost < 12 || heard < 0 || heard >= lost {
		t.Errorf("of the caller %.1f %% are lost, and of Alice %.1f %%: %s", lost, heard, q.Text("[aria-label='How it sounded']"))
	}
	wide(t, q, axe, "call-sound")

	id, end = talk(1)
	q.Go(o.site() + "/calls/" + id + "?lang=en") // while it lasts
	q.Until("the detector to tell", "fetch('/api/v1/calls/"+id+"/timeline').then((r) => r.json()).then((b) => b.data.some((x) => x.text.startsWith('One-way audio: ')))")
	end()
	q.Until("who was not heard", leg(0)+"?.dataset.verdict === 'unheard' && "+leg(0)+".innerText.includes('no audio packet arrives at all')")
	q.Until("and who was", leg(1)+"?.innerText.includes('Alice')")
	q.Go(o.site() + "/calls/" + id + "?lang=fr")
	q.Until("it in French", leg(0)+"?.innerText.includes('Pas entendu') && "+leg(0)+".innerText.includes('aucun paquet audio n’arrive')")
	wide(t, q, axe, "call-unheard-fr")
	quietly(t, p)
	quietly(t, q)
}

// wide looks at a screen on a wide and on a narrow window: nothing in the way of anybody, and nothing cut off.
func wide(t *testing.T, p *browser.Page, axe, name string) {
	t.Helper()
	for _, size := range [][2]int64{{1280, 800}, {360, 740}} {
		p.Size(size[0], size[1])
		barriers(t, p, axe)
		p.Until("no wider than the window", "document.documentElement.scrollWidth <= innerWidth")
		p.Eval("(document.querySelector('[data-verdict]').scrollIntoView({block: 'center'}), 1)", nil)
		keep(t, p, fmt.Sprintf("%s-%d", name, size[0]))
	}
	p.Size(1280, 800)
	if text := p.Text("[data-verdict]"); strings.Contains(text, "{") {
		t.Errorf("words with holes: %s", text)
	}
}
