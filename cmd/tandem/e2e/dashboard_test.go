//go:build !race

package e2e

import (
	"net/http"
	"strings"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// administered is the office with Emma as its administrator, in a browser.
func administered(t *testing.T) (*office, *browser.Chromium) {
	t.Helper()
	o := open(t, "", demoSite)
	o.passwords()
	o.patch("/api/v1/users/"+o.user("Emma"), `{"role": "admin"}`)
	return o, browser.Start(t, browser.Options{})
}

// quietly fails the test for what the page complained of.
func quietly(t *testing.T, p *browser.Page) {
	t.Helper()
	for _, e := range p.Errors() {
		t.Errorf("the page complains: %s", e)
	}
}

// A new French mobile number asks once what it becomes; a shared line is converted from the tab of teams and users, after the page has said what that changes.
func TestSpec_D3_D4_D5_D6_D12_D13_D14_D15_D20_ConversionInTheDashboard(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	o, c := administered(t)
	o.post("/api/v1/numbers", `{"e164": "+33639980077", "name": "New mobile"}`)
	at := "/dashboard/numbers/" + o.numberID("+33639980077")
	p := o.signedIn(c, "emma@bakery.example", at+"/distribution")
	p.Wait("radio", "Convert to direct number")
	barriers(t, p, axe)
	p.Click("radio", "Keep as shared line")
	p.Click("button", "Continue")
	p.See("Shared line")
	p.Go(o.site() + at + "/distribution")
	p.See("Call flow")
	p.Miss("What shall")

	p.Go(o.site() + at + "/integrations")
	p.See("An eSIM needs a direct number")
	p.Wait("button", "Edit call flow")
	if p.Has("button", "Assign the eSIM") { // D4
		t.Error("a shared line can be given an eSIM")
	}
	p.Go(o.site() + at + "/people")
	p.Click("button", "Convert to direct number")
	p.Fill("User", "Alice")
	p.Click("option", "Alice")
	p.Click("button", "See what changes")
	p.See("This cannot be undone")
	p.See("The direct number of Alice")
	barriers(t, p, axe)
	if kind := o.kindOf("+33639980077"); kind != "shared" {
		t.Errorf("before it is published it is %s", kind)
	}
	p.Click("checkbox", "I understand")
	p.Click("button", "Convert and publish")
	p.See("A direct number rings its one user, and no team.")
	if kind := o.kindOf("+33639980077"); kind != "direct" {
		t.Errorf("published, it is %s", kind)
	}
	p.Go(o.site() + at + "/integrations")
	p.Wait("button", "Assign the eSIM")
	quietly(t, p)
}

func (o *office) kindOf(e164 string) string {
	o.t.Helper()
	var n struct{ Kind string }
	o.read("/api/v1/numbers/"+o.numberID(e164), &n)
	return n.Kind
}

// What a direct number cannot have is disabled with the reason, and the way back is there until an eSIM is.
func TestSpec_D7_D8_D16_E1_E16_DirectNumberInTheDashboard(t *testing.T) {
	t.Parallel()
	o, c := administered(t)
	const line = "+33639980078"
	var flows, teams struct{ Data []struct{ ID, Name string } }
	o.read("/api/v1/flows?limit=200", &flows)
	o.read("/api/v1/teams", &teams)
	for _, f := range flows.Data {
		if f.Name == "queue" {
			o.post("/api/v1/numbers", `{"e164": "`+line+`", "kind": "shared", "flow_id": "`+f.ID+`", "teams": ["`+teams.Data[0].ID+`"]}`)
		}
	}
	at := "/dashboard/numbers/" + o.numberID(line)
	p := o.signedIn(c, "emma@bakery.example", at+"/integrations")
	p.Click("button", "Edit call flow")
	p.Fill("User", "David")
	p.Click("option", "David")
	p.Click("button", "See what changes")
	p.See("reassigned")
	p.See("Sales")
	p.Click("checkbox", "I understand")
	p.Click("button", "Convert and publish")
	p.Wait("button", "Assign the eSIM")

	p.Go(o.site() + at + "/people")
	p.Wait("button", "Add a team")
	for _, name := range []string{"Add a team", "Add a user"} {
		var why string
		p.Eval(`(b => b.getAttribute('aria-disabled') === 'true' ? b.title : 'enabled')(eyes.find('button', '`+name+`'))`, &why)
		if !strings.HasPrefix(why, "A direct number") {
			t.Errorf("%s: %s", name, why)
		}
	}
	p.Go(o.site() + at + "/distribution")
	p.See("flow is restricted")
	p.Click("button", "Reconfigure from scratch")
	p.See("are taken away at once")
	p.Click("button", "Reconfigure")
	p.See("is a shared line again")
	if kind := o.kindOf(line); kind != "shared" {
		t.Errorf("reconfigured, it is %s", kind)
	}
	quietly(t, p)
}

// An extension is found and changed at Users, the user, General settings; what is taken is refused beside the field.
func TestSpec_X1_X14_X16_ExtensionInTheDashboard(t *testing.T) {
	t.Parallel()
	axe := axeSource(t)
	o, c := administered(t)
	p := o.signedIn(c, "emma@bakery.example", "/dashboard/users")
	p.Click("link", "Alice")
	p.See("General settings")
	barriers(t, p, axe)
	p.Fill("Extension", "202")
	p.See("202 is Bruno’s")
	p.Click("button", "Save")
	p.Until("the refusal beside the field", `document.querySelector('.office-extension .error')`)
	p.Fill("Extension", "244")
	p.See("244 is free")
	p.Click("button", "Save")
	p.See("Extension 244 works now")
	status, body := o.tell(http.MethodGet, "/api/v1/extensions/244", "")
	if status != http.StatusOK || !strings.Contains(body, "Alice") {
		t.Errorf("%d %s", status, body)
	}
	quietly(t, p)
}

// A name that is HTML is text, and one of 500 letters is cut: nothing of them becomes part of the page.
func TestNamesOfStrangersInTheDashboard(t *testing.T) {
	t.Parallel()
	o, c := administered(t)
	o.post("/api/v1/teams", `{"name": "<img src=x onerror=\"document.title='broken'\">"}`)
	p := o.signedIn(c, "emma@bakery.example", "/dashboard/teams")
	p.See("<img src=x")
	p.Size(360, 740)
	for _, path := range []string{"/dashboard/teams", "/dashboard/users", "/dashboard/numbers", "/dashboard/call-settings"} {
		p.Go(o.site() + path)
		p.Until("the screen", "document.querySelector('h1')")
		p.Until("no wider than the window", "document.documentElement.scrollWidth <= innerWidth")
	}
	var images int
	p.Eval("document.querySelectorAll('img[src=x]').length", &images)
	if images != 0 {
		t.Error("a name became a picture")
	}
	quietly(t, p)
}
