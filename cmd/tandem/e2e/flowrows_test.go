//go:build !race

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
)

// flowOf is the id of a flow of the office.
func (o *office) flowOf(name string) string {
	o.t.Helper()
	var list struct{ Data []struct{ ID, Name string } }
	o.read("/api/v1/flows?limit=200", &list)
	for _, f := range list.Data {
		if f.Name == name {
			return f.ID
		}
	}
	o.t.Fatalf("there is no flow %s", name)
	return ""
}

// document is the draft of a flow as it is exported: without its name, which is whose it is.
func (o *office) document(flow string) map[string]any {
	o.t.Helper()
	var d struct{ Document map[string]any }
	o.read("/api/v1/flows/"+flow+"/draft", &d)
	delete(d.Document, "name")
	return d.Document
}

// opened opens a flow's editor and waits for the drawing, of which the first node gets the focus.
func (o *office) opened(p *browser.Page, flow string) {
	o.t.Helper()
	p.Go(o.site() + "/dashboard/flows/" + flow + "?lang=en")
	p.Until("the drawing", "document.querySelectorAll('[data-node]').length > 0")
	p.Focus("[data-node][tabindex='0']")
}

// The editor offers every widget; a flow that is exported and imported again is the same flow; and one flow serves several numbers.
func TestSpec_F1_F11_F13_EveryWidgetAFileAndTwoNumbers(t *testing.T) {
	t.Parallel()
	o, c := administered(t)
	p := o.signedIn(c, "emma@bakery.example", "/dashboard/flows")
	menu := o.flowOf("menu")
	o.opened(p, menu)
	p.Press(kb.Insert)
	p.Until("to choose a step", "document.activeElement?.type === 'search'")
	var offered []string
	p.Eval("[...document.querySelectorAll('.flow-widget:not([aria-disabled]) b')].map(b => b.innerText)", &offered)
	for _, want := range []string{
		"Ring to", "Redirect to", "Ring to, by a program", "Audio message", "Menu by keys", "Collect digits", "Time rule", "Date rule", "Waiting experience", "Voicemail",
		"Caller rule", "Split", "Send SMS", "Set", "Hang up",
	} {
		if !strings.Contains("\n"+strings.Join(offered, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("%s is not among %q", want, offered)
		}
	}
	p.Type("split") // one that the other tests of the editor do not put in
	p.Press(kb.Enter)
	kept(p)

	p.Eval(`(() => {
		const make = URL.createObjectURL;
		URL.createObjectURL = (b) => { void b.text().then((text) => { window.exported = text; }); return make(b); };
	})()`, nil)
	p.Click("button", "More")
	p.Click("menuitem", "Export")
	p.Until("the file", "window.exported")
	var text string
	p.Eval("window.exported", &text)
	p.Go(o.site() + "/dashboard/flows?lang=en")
	p.Click("button", "New flow")
	p.Until("to choose a file", "(document.querySelector('input[name=template][value=file]')?.click(), document.getElementById('flow-file'))")
	p.Until("to give the file", fmt.Sprintf(`(() => {
		const input = document.getElementById('flow-file');
		if (!input) return false;
		const all = new DataTransfer();
		all.items.add(new File([%s], 'menu.json', {type: 'application/json'}));
		input.files = all.files;
		input.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	})()`, jsonOf(t, text)))
	p.Until("the name in the file", "[...document.querySelectorAll('input')].some((one) => one.value === 'menu')") // It is read first, then one may give it another.
	p.Fill("Name of the flow", "Menu again")
	p.Click("button", "Create and open")
	p.Until("its editor", "document.querySelectorAll('[data-node]').length > 0")
	if before, after := o.document(menu), o.document(o.flowOf("Menu again")); !reflect.DeepEqual(before, after) {
		t.Errorf("it was exported as\n%v\nand imported as\n%v", before, after)
	}

	p.Go(o.site() + "/dashboard/numbers/" + o.numberID(numberAlone) + "/distribution?lang=en")
	p.Click("button", "Another flow")
	p.Click("menuitem", "Use one that is there")
	p.Fill("Call flow", "message")
	p.Click("option", "message")
	p.Click("button", "Use this flow")
	p.Until("the flow of the number", "[...document.querySelectorAll('.office-name')].some(e => e.innerText.trim() === 'message')")
	var flow struct{ Numbers []struct{ ID string } }
	o.read("/api/v1/flows/"+o.flowOf("message"), &flow)
	if len(flow.Numbers) != 2 {
		t.Errorf("the flow serves %+v, want both numbers", flow.Numbers)
	}
	quietly(t, p)
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A direct number's flow may redirect to the number of one person; one that rings a team is named as what it is, and cannot be published.
func TestSpec_D9_ADirectNumberRedirectsToNoTeam(t *testing.T) {
	t.Parallel()
	o := open(t, "", demoSite+`
[[numbers]]
e164 = "+33639980079"
name = "Of David"
kind = "direct"
users = ["david@bakery.example"]
`)
	o.passwords()
	o.patch("/api/v1/users/"+o.user("Emma"), `{"role": "admin"}`)
	var n struct{ Flow struct{ ID string } }
	o.read("/api/v1/numbers/"+o.numberID("+33639980079"), &n)
	p := o.signedIn(browser.Start(t, browser.Options{}), "emma@bakery.example", "/dashboard/flows")
	o.opened(p, n.Flow.ID)
	p.Press(kb.Insert)
	p.Until("to choose a step", "document.activeElement?.type === 'search'")
	p.Type("redirect")
	p.Press(kb.Enter)
	p.See("Say where the call is sent.")
	p.Click("radio", "Our number")
	p.Fill("Number", "Team")
	p.Click("option", "Team")
	p.See("Not kept: the server refuses it.")
	p.Until("publishing to be refused", "eyes.find('button', 'Publish')?.ariaDisabled === 'true'")
	p.Click("button", "Show")
	p.See("redirects to individual numbers, and this one rings a team")
	p.Eval("[...document.querySelectorAll('[data-node]')].find(n => n.innerText.includes('Redirect to')).click()", nil)
	p.Click("radio", "Our number") // what was opened has the focus first
	p.Fill("Number", "Alone")
	p.Click("option", "Alone")
	kept(p)
	p.Miss("this one rings a team")
	p.Click("button", "Publish")
	p.See("is live")
	status, body := o.tell(http.MethodGet, "/api/v1/flows/"+n.Flow.ID+"/draft", "")
	if status != http.StatusOK || !strings.Contains(body, o.numberID(numberAlone)) {
		t.Errorf("%d %s", status, body)
	}
	quietly(t, p)
}

// A flow of 300 steps opens, can be read and changed from top to bottom, and is kept.
func TestAFlowOfThreeHundredSteps(t *testing.T) {
	t.Parallel()
	o, c := administered(t)
	const size = 300
	var nodes []string
	for i := range size - 1 {
		nodes = append(nodes, fmt.Sprintf(`{"id": "n%d", "type": "audio_message", "title": "Step %d", "config": {"audio": "welcome"}, "next": {"done": "n%d"}}`, i, i, i+1))
	}
	nodes = append(nodes, fmt.Sprintf(`{"id": "n%d", "type": "hangup"}`, size-1))
	var audio struct{ Data []struct{ ID, Name string } }
	o.read("/api/v1/audio?limit=200", &audio)
	text := strings.Join(nodes, ",")
	for _, a := range audio.Data {
		if a.Name == "welcome" {
			text = strings.ReplaceAll(text, `"audio": "welcome"`, `"audio": "`+a.ID+`"`)
		}
	}
	o.post("/api/v1/flows", `{"name": "Long", "document": {"schema": "flow/v1", "start": "n0", "nodes": [`+text+`]}}`)
	id := o.flowOf("Long")
	p := o.signedIn(c, "emma@bakery.example", "/dashboard/flows")
	o.opened(p, id)
	p.Until("every step in the drawing", fmt.Sprintf("document.querySelectorAll('[data-node]').length === %d || document.querySelectorAll('.react-flow__node').length > 0", size))
	p.Click("radio", "Outline")
	p.Until("every step in the outline", fmt.Sprintf("document.querySelectorAll('[role=treeitem]').length >= %d", size))
	p.Focus("[role=treeitem][tabindex='0']")
	p.Press(kb.End)
	p.Until("the last", "document.activeElement.matches('[role=treeitem]') && /Hang up/.test(document.activeElement.innerText)")
	p.Press(kb.ArrowUp)
	p.Until("the last but one", "document.activeElement?.matches('[role=treeitem]') && !/Hang up/.test(document.activeElement.innerText)")
	p.Press(kb.Insert)
	p.Until("to choose a step", "document.activeElement?.type === 'search'")
	p.Type("voicemail")
	p.Press(kb.Enter)
	kept(p)
	if n := len(o.document(id)["nodes"].([]any)); n != size+1 { //nolint:forcetypeassert // the test's own document
		t.Errorf("the flow has %d steps, want %d", n, size+1)
	}
	quietly(t, p)
}
