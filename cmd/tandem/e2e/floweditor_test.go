//go:build !race

package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tandem/cmd/tandem/e2e/browser"
)

// flowDraft is a flow as its editor has it.
type flowDraft struct {
	Flow struct {
		Version int `json:"version"`
	} `json:"flow"`
	Document struct {
		Start string `json:"start"`
		Nodes []struct {
			ID     string            `json:"id"`
			Type   string            `json:"type"`
			Title  string            `json:"title"`
			Config map[string]any    `json:"config"`
			Next   map[string]string `json:"next"`
		} `json:"nodes"`
	} `json:"document"`
}

// flowNamed is the id of a flow.
func (r *showroom) flowNamed(name string) string {
	r.t.Helper()
	var list struct{ Data []struct{ ID, Name string } }
	r.fetch("/api/v1/flows", &list)
	for _, f := range list.Data {
		if f.Name == name {
			return f.ID
		}
	}
	r.t.Fatalf("there is no flow %s", name)
	return ""
}

// types are the types of a draft's nodes, by their ids.
func (r *showroom) types(flow string) map[string]string {
	r.t.Helper()
	var d flowDraft
	r.fetch("/api/v1/flows/"+flow+"/draft", &d)
	all := map[string]string{}
	for _, n := range d.Document.Nodes {
		all[n.ID] = n.Type
	}
	return all
}

// kept waits until the draft is on the server.
func kept(p *browser.Page) {
	p.Until("the draft to be kept", "/^Draft kept$/.test(document.querySelector('.flow-kept')?.innerText ?? '')")
}

// An administrator changes a flow by keyboard alone, in the drawing: what is put after an end fades and is never run, errors keep it from being
// published, each leads to its node, and what is published can be simulated and taken back.
func TestSpec_F2_F3_F4_F5_F7_F8_F10_F14_F17_TheFlowEditorByKeyboard(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	r := show(t)
	c := browser.Start(t, browser.Options{})
	id := r.flowNamed("Support")
	p := r.enter(c, "Dashboard", "/dashboard/flows/"+id+"?lang=en")
	p.Until("the drawing", "document.querySelectorAll('[data-node]').length > 4")
	p.Focus("[data-node][tabindex='0']")

	p.Press(kb.ArrowRight)                                                                                                                  // from the welcome to the menu, along the edge
	p.Until("the menu to have the focus", "document.activeElement.matches('[data-node]') && /Menu/.test(document.activeElement.innerText)") // the whole page has the word too
	p.Press("b")                                                                                                                            // F5
	kept(p)
	p.Press(kb.ArrowLeft)
	p.Press(kb.Insert) // F4
	p.Until("to choose a step", "document.activeElement?.type === 'search'")
	p.Type("redirect")
	p.Press(kb.Enter)
	p.See("Say where the call is sent.")
	p.See("something is missing")
	p.Fill("Number outside", "+33639980101")
	kept(p)
	p.Until("what follows to fade (F3)", "document.querySelectorAll('.fl-card.faded').length >= 4")
	barriers(t, p, axe)
	p.Press(kb.Escape)
	p.Until("the focus to be back on the node", "document.activeElement.matches('[data-node]') && /Redirect/.test(document.activeElement.innerText)")
	p.Press(kb.Delete)
	p.See("is removed")
	p.Until("nothing to be faded", "document.querySelectorAll('.fl-card.faded').length === 0")
	kept(p)

	p.Press(kb.Enter) // opens what has the focus: the welcome
	p.Choose("then", "Nowhere yet")
	p.See("1 error") // F7
	p.Until("publishing to be refused", "eyes.find('button', 'Publish')?.ariaDisabled === 'true'")
	p.Click("button", "1 error")
	p.Click("button", "Accueil") // F8
	p.See("Choose where it leads")
	p.Until("the panel to have the focus", "document.activeElement?.closest('.flow-side')") // it takes it a moment after it is seen
	p.Press(kb.Escape)
	p.Click("button", "Undo")
	p.Until("no error", "!eyes.sees('1 error')")
	kept(p)

	p.Click("button", "Publish")
	p.See("Version 2 is live")
	var d flowDraft
	r.fetch("/api/v1/flows/"+id+"/draft", &d)
	if d.Flow.Version != 2 {
		t.Errorf("version %d is live after publishing, want 2", d.Flow.Version)
	}
	p.Click("button", "Simulate") // F14
	p.Fill("The caller hangs up after", "20")
	p.Until("to simulate", "(document.querySelector('.flow-side form button[type=submit]')?.click(), true)")
	p.See("The caller hangs up")
	p.Until("the path to be drawn", "document.querySelectorAll('.fl-card.walked').length > 1 && document.querySelector('.react-flow__edge.walked')")
	p.Click("button", "Versions") // F10
	p.Click("button", "Restore")
	p.Until("to be asked", "[...document.querySelectorAll('dialog[open] .btn')].filter(b => b.textContent === 'Restore').map(b => b.click()).length")
	p.See("is live again")
	r.fetch("/api/v1/flows/"+id+"/draft", &d)
	if d.Flow.Version != 3 {
		t.Errorf("version %d is live after restoring, want 3", d.Flow.Version)
	}
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}

// The same flow is read and changed as an outline, on a narrow screen and by keyboard; both languages, both themes.
func TestSpec_F6_F17_F18_TheOutlineOfAFlow(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	r := show(t)
	c := browser.Start(t, browser.Options{})
	id := r.flowNamed("Ventes")
	p := r.enter(c, "Dashboard", "")
	p.Size(360, 760)
	p.Go(r.at("Dashboard") + "/dashboard/flows/" + id + "?lang=en&theme=light")
	p.Until("the outline", "document.querySelectorAll('[role=treeitem]').length > 1")
	before := len(r.types(id))
	p.Focus("[role=treeitem][tabindex='0']")
	p.Press(kb.Insert) // as + does, whose letter a driven keyboard sends by itself, at times after the search has the focus
	p.Until("to choose a step", "document.activeElement?.type === 'search'")
	p.Type("ring")
	p.Press(kb.Enter)
	p.See("Choose whom it rings.")
	p.Fill("Who rings", "B") // F6: from the first letter
	p.Until("to be offered", "[...document.querySelectorAll('[role=option]')].some(o => o.checkVisibility() && /Bruno/.test(o.innerText))")
	p.Until("to choose", "[...document.querySelectorAll('[role=option]')].filter(o => /Bruno/.test(o.innerText)).map(o => o.dispatchEvent(new MouseEvent('mousedown', {bubbles: true}))).length")
	p.Press(kb.Escape)
	p.Click("button", "Close the panel")
	kept(p)
	after := r.types(id)
	if len(after) != before+1 {
		t.Errorf("the flow has %d steps after one was added to %d", len(after), before)
	}
	for _, look := range []string{"?lang=en&theme=dark", "?lang=fr&theme=light"} {
		p.Go(r.at("Dashboard") + "/dashboard/flows/" + id + look)
		p.Until("the outline", "document.querySelectorAll('[role=treeitem]').length > 1")
		barriers(t, p, axe)
	}
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}

// Two administrators change one flow: the second to save sees what lies between them, and chooses (SPEC F21). A direct number's editor says what is not
// to be had, and why (SPEC D7, D19).
func TestSpec_D7_D19_F21_TwoPeopleAndADirectNumber(t *testing.T) {
	t.Parallel()
	r := show(t)
	c := browser.Start(t, browser.Options{})
	id := r.flowNamed("Support")
	at := r.at("Dashboard") + "/dashboard/flows/" + id + "?lang=en"
	mine := r.enter(c, "Dashboard", "")
	mine.Go(at)
	mine.Until("the drawing", "document.querySelectorAll('[data-node]').length > 4")
	mine.Eval("document.querySelector('[data-node][tabindex=\"0\"]').click()", nil)
	mine.Wait("textbox", "Title")
	// The other one keeps theirs, and before this page hears of it something is typed in it.
	mine.Eval(fmt.Sprintf(`fetch('/api/v1/flows/%[1]s/draft').then(r => r.json()).then(d => { d.document.nodes[1].title = 'Theirs';
		return fetch('/api/v1/flows/%[1]s/draft', {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(d.document)}); })
		.then(() => { const title = eyes.find('textbox', 'Title'); title.value = 'Mine'; title.dispatchEvent(new InputEvent('input', {bubbles: true})); })`, id), nil)
	mine.See("Somebody else changed this draft")
	mine.See("Theirs")
	mine.Click("button", "Keep mine")
	kept(mine)
	var d flowDraft
	r.fetch("/api/v1/flows/"+id+"/draft", &d)
	if d.Document.Nodes[0].Title != "Mine" || d.Document.Nodes[1].Title == "Theirs" {
		t.Errorf("the draft has %q and %q, want mine alone", d.Document.Nodes[0].Title, d.Document.Nodes[1].Title)
	}

	mine.Go(r.at("Dashboard") + "/dashboard/flows/" + r.flowNamed("+33639980007") + "?lang=en")
	mine.See("This is a direct number’s flow")
	mine.Click("button", "Add at the beginning")
	mine.See("there is nobody to share calls among")
	var whys int
	mine.Eval("document.querySelectorAll('.flow-widget[aria-disabled=true]').length", &whys)
	if whys != 2 {
		t.Errorf("%d widgets are told not to be had on a direct number, want 2", whys)
	}
}
