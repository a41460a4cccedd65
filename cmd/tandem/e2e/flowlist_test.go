//go:build !race

package e2e

import (
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// A flow is duplicated from the list; its versions name who published and what changed; a call in progress is seen in its node, and afterwards in the week's figures.
func TestSpec_F9_F12_F15_F16_FlowsInTheDashboard(t *testing.T) {
	t.Parallel()
	r := show(t)
	c := browser.Start(t, browser.Options{})
	p := r.enter(c, "Dashboard", "/dashboard/flows?lang=en")
	p.Wait("link", "Support")
	p.Click("button", "Actions for Support")
	p.Click("menuitem", "Duplicate")
	p.Until("the copy", "location.pathname.startsWith('/dashboard/flows/') || [...document.querySelectorAll('a')].filter(a => a.innerText.includes('Support')).length > 1")
	var flows struct {
		Data []struct{ ID, Name string }
	}
	r.fetch("/api/v1/flows?limit=100", &flows)
	copies := 0
	for _, f := range flows.Data {
		if len(f.Name) >= len("Support") && f.Name[:len("Support")] == "Support" {
			copies++
		}
	}
	if copies != 2 {
		t.Errorf("%d flows of that name after duplicating, want 2", copies)
	}
	id := r.flowNamed("Support")
	p.Go(r.at("Dashboard") + "/dashboard/flows/" + id + "?lang=en")
	p.Wait("button", "Versions")
	p.Click("button", "Versions")
	p.See("Version 1")
	p.Click("button", "What changed")
	p.Wait("dialog", "What changed")
	p.Click("button", "Close")

	w := r.enter(c, "Workspace", "")
	w.See("Connected")
	p.Click("button", "Traffic")
	p.Click("menuitemradio", "Calls now")
	w.Fill("Number, extension or name", "0199001234")
	w.Press("\r")
	p.See("1 call is in this flow now")
	w.Click("button", "Hang up")
	p.See("0 calls are in this flow now")
	p.Click("button", "Calls now")
	p.Click("menuitemradio", "Last 7 days")
	p.See("1 call in the last 7 days")
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}
