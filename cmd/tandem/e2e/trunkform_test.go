//go:build !race

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
)

// agreedTrunk is what the API says that was agreed with a trunk.
type agreedTrunk struct {
	ID, Name string
	Terms    struct {
		Codecs   []string
		PrefixIn []struct {
			Match, Put string
			Length     int
		} `json:"prefix_in"`
		PrefixOut  []struct{ Match, Put string }        `json:"prefix_out"`
		HeadersOut []struct{ Do, Header, Value string } `json:"headers_out"`
	}
	TLS struct{ Media string }
}

// What was agreed with a carrier is set where one sees at once what it does: rules of numbers are tried while they are written, codecs are put in order by the keyboard, and what is refused is said beside its field.
func TestTheFormOfATrunkInTheDashboard(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	o, c := administered(t)
	p := o.signedIn(c, "emma@bakery.example", "/dashboard/trunks")
	p.Click("button", "Add a trunk")
	p.Click("button", "Another carrier or PBX, by address")
	p.Fill("Name", "Second carrier")
	p.Fill("Country", "FR")
	p.Fill("Servers, best first", "sip:"+o.net+".9:5070")
	p.Click("button", "Connect")
	p.Wait("heading", "Second carrier")

	p.Click("button", "Edit")
	writesPrefixes(t, p)
	p.Click("button", "Voice")
	p.Click("button", "G722 (wideband)")
	for range 2 { // added, it is the last of three, and its arrow has the focus
		p.Until("the arrow that moves it", "eyes.focused() === 'button G722 earlier'")
		p.Press(kb.Enter)
	}
	p.Until("the best first", "document.querySelector('.codecs li').textContent.startsWith('G722')")
	p.Click("button", "Headers")
	p.Until("the rules of headers", "document.querySelectorAll('.rule-add').length === 4")
	p.Eval("document.querySelectorAll('.rule-add')[2].click()", nil)
	p.Fill("Header", "X-Customer")
	p.Fill("Value", "${account}")
	p.Click("button", "Security")
	p.Choose("Encrypted voice (SRTP)", "Required")
	barriers(t, p, axe)
	p.Click("button", "Save")
	p.Until("the refusal beside its field", "document.querySelector('.field.wrong .error')?.textContent.includes('over TLS') && eyes.focused() === 'combobox Encrypted voice (SRTP)'")
	p.Until("the refusal in sight in the form", "document.querySelector('dialog[open]').scrollTop === 0 && (r => document.elementFromPoint(r.left + 30, r.top + r.height / 2))(document.querySelector('.field.wrong .error').getBoundingClientRect())?.closest('.error')")
	p.Fill("Servers, best first", "sip:"+o.net+".9:5071;transport=tls")
	p.Click("button", "Save")
	p.Until("that it is saved", "!document.querySelector('dialog[open]')")
	p.See("G722, PCMA, PCMU")
	readsBack(t, o)

	p.Go(p.URL() + "?lang=fr&theme=dark")
	p.Click("button", "Modifier")
	p.Until("the form", "document.querySelector('dialog[open] details')")
	p.Eval("document.querySelectorAll('dialog details:not([open]) > summary').forEach(e => e.click())", nil)
	p.Until("all of it", "document.querySelectorAll('dialog details[open] > div').length === 7")
	barriers(t, p, axe)
	p.Size(360, 740)
	p.Until("no wider than a telephone", "(b => b.scrollWidth <= b.clientWidth)(document.querySelector('.dialog-body'))")
	barriers(t, p, axe)
	quietly(t, p)
}

// writesPrefixes writes a rule for each way and sees what each does to a number.
func writesPrefixes(t *testing.T, p *browser.Page) {
	t.Helper()
	p.Click("button", "Numbers")
	p.Click("button", "Add a rule")
	p.Until("the focus in the new rule", "eyes.focused() === 'textbox Begins with'")
	p.Type("00")
	p.Press(kb.Tab)
	p.Type("+")
	p.Fill("Try a number", "0033612345678")
	p.Until("what the rule reads", "document.querySelector('.preview .facts')?.innerText.includes('+33612345678') && eyes.sees('by rule 1')")
	p.Eval("document.querySelectorAll('.rule-add')[1].click()", nil)
	p.Until("the focus in the second rule", "document.activeElement.closest('fieldset')?.textContent.includes('called by it')")
	p.Type("+33")
	p.Press(kb.Tab)
	p.Type("88#0")
	p.Until("what the rule writes", "document.querySelector('.preview .facts')?.innerText.includes('88#0612345678')")
}

// readsBack asks the API for what was saved.
func readsBack(t *testing.T, o *office) {
	t.Helper()
	var all struct{ Data []agreedTrunk }
	o.read("/api/v1/trunks", &all)
	i := slices.IndexFunc(all.Data, func(x agreedTrunk) bool { return x.Name == "Second carrier" })
	if i < 0 {
		t.Fatalf("there are %+v", all.Data)
	}
	x := all.Data[i]
	in, out := x.Terms.PrefixIn, x.Terms.PrefixOut
	if len(in) != 1 || in[0].Match != "00" || in[0].Put != "+" || len(out) != 1 || out[0].Match != "+33" || out[0].Put != "88#0" {
		t.Errorf("numbers are read by %+v and written by %+v", in, out)
	}
	if got := strings.Join(x.Terms.Codecs, " "); got != "G722 PCMA PCMU" {
		t.Errorf("codecs are %s", got)
	}
	if h := x.Terms.HeadersOut; len(h) != 1 || h[0].Do != "set" || h[0].Header != "X-Customer" || h[0].Value != "${account}" {
		t.Errorf("headers are changed by %+v", h)
	}
	if x.TLS.Media != "required" {
		t.Errorf("media encryption is %q", x.TLS.Media)
	}
}
