//go:build !race

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tandem/cmd/tandem/e2e/browser"
)

// screen is a screen of the pages, with how one gets there.
type screen struct {
	name string
	link string // which link of the demonstration leads into it
	path string
	seen string // JavaScript that is true once all of it is there; empty: nothing is being loaded
}

const settled = "!document.querySelector('.waiting') && document.querySelector('h1, h2, main')"

// screens lists them all.
func (r *showroom) screens() []screen {
	number, flow, user := r.first("/api/v1/numbers"), r.first("/api/v1/flows"), r.first("/api/v1/users")
	team, trunk := r.first("/api/v1/teams"), r.first("/api/v1/trunks")
	all := []screen{
		{"login", "Workspace", "/login", ""},
		{"workspace-dialler", "Workspace", "/", ""},
		{"workspace-inbox", "Workspace", "/inbox", ""},
		{"workspace-people", "Workspace", "/people", ""},
		{"workspace-calls", "Workspace", "/calls", ""},
		{"workspace-profile", "Workspace", "/settings/profile", ""},
		{"workspace-audio", "Workspace", "/settings/audio", ""},
		{"workspace-notifications", "Workspace", "/settings/notifications", ""},
		{"dashboard-home", "Dashboard", "/dashboard", ""},
		{"dashboard-live", "Dashboard", "/dashboard/live", ""},
		{"dashboard-calls", "Dashboard", "/dashboard/calls", ""},
		{"dashboard-messages", "Dashboard", "/dashboard/messages", ""},
		{"dashboard-numbers", "Dashboard", "/dashboard/numbers", ""},
		{"dashboard-flows", "Dashboard", "/dashboard/flows", ""},
		{"dashboard-flow", "Dashboard", "/dashboard/flows/" + flow, "document.querySelector('.react-flow__node')"},
		{"dashboard-users", "Dashboard", "/dashboard/users", ""},
		{"dashboard-user", "Dashboard", "/dashboard/users/" + user, ""},
		{"dashboard-teams", "Dashboard", "/dashboard/teams", ""},
		{"dashboard-team", "Dashboard", "/dashboard/teams/" + team, ""},
		{"dashboard-trunks", "Dashboard", "/dashboard/trunks", ""},
		{"dashboard-trunk", "Dashboard", "/dashboard/trunks/" + trunk, ""},
		{"dashboard-wallboard", "Dashboard", "/dashboard/live/wall", ""},
		{"dashboard-operators", "Dashboard", "/dashboard/trunks/operators", ""},
		{"dashboard-operator", "Dashboard", "/dashboard/trunks/operators/" + r.first("/api/v1/operators"), ""},
		{"dashboard-connectors", "Dashboard", "/dashboard/connectors", ""},
		{"dashboard-connector", "Dashboard", "/dashboard/connectors/" + r.first("/api/v1/connectors"), ""},
		{"dashboard-developers", "Dashboard", "/dashboard/developers", ""},
		{"dashboard-webhooks", "Dashboard", "/dashboard/developers/webhooks", ""},
		{"dashboard-webhook", "Dashboard", "/dashboard/developers/webhooks/" + r.first("/api/v1/webhooks"), ""},
		{"dashboard-events", "Dashboard", "/dashboard/developers/events", ""},
		{"dashboard-cti", "Dashboard", "/dashboard/developers/cti", ""},
		{"dashboard-settings", "Dashboard", "/dashboard/settings", ""},
		{"dashboard-security", "Dashboard", "/dashboard/settings/security", ""},
		{"dashboard-doctor", "Dashboard", "/dashboard/settings/doctor", ""},
		{"dashboard-audit", "Dashboard", "/dashboard/settings/audit", ""},
		{"dashboard-about", "Dashboard", "/dashboard/settings/about", ""},
		{"crm", "CRM page", "/crm", "document.querySelector('iframe')"},
		{"handset", "Handset", "/handset", ""},
	}
	for _, tab := range []string{"general", "distribution", "people", "integrations", "messaging", "settings"} {
		all = append(all, screen{"dashboard-number-" + tab, "Dashboard", "/dashboard/numbers/" + number + "/" + tab, ""})
	}
	for _, tab := range []string{"special-dates", "audio", "tags", "reasons", "block-list", "hours"} {
		all = append(all, screen{"dashboard-call-settings-" + tab, "Dashboard", "/dashboard/call-settings/" + tab, ""})
	}
	return all
}

// Every screen of the pages is without barriers in both languages and both themes, says nothing to the console, and fits a telephone's width.
func TestEveryScreenIsForEverybody(t *testing.T) {
	axe := axeSource(t)
	r := show(t)
	c := browser.Start(t, browser.Options{})
	opened := map[string]*browser.Page{}
	for _, s := range r.screens() {
		t.Run(s.name, func(t *testing.T) {
			p := opened[s.link]
			if p == nil {
				p = r.enter(c, s.link, "")
				opened[s.link] = p
			}
			r.look(t, p.In(t), s, axe)
		})
	}
	for _, p := range opened {
		p.In(t)
		for _, e := range p.Errors() {
			t.Errorf("a page complains: %s", e)
		}
	}
}

// look goes through the looks of one screen.
func (r *showroom) look(t *testing.T, p *browser.Page, s screen, axe string) {
	t.Helper()
	for _, look := range []struct{ language, theme string }{{"en", "light"}, {"fr", "dark"}} {
		p.Size(1280, 800)
		p.Go(fmt.Sprintf("%s%s?lang=%s&theme=%s", r.at(s.link), s.path, look.language, look.theme))
		wanted := settled
		if s.seen != "" {
			wanted += " && " + s.seen
		}
		p.Until("the screen "+s.name, wanted)
		barriers(t, p, axe)
		switch {
		case look.language == "en":
			keep(t, p, s.name)
		case s.name == "workspace-dialler" || s.name == "dashboard-flow" || s.name == "handset":
			keep(t, p, s.name+"-fr-dark")
		}
		p.Size(360, 740)
		var over int
		p.Eval("document.documentElement.scrollWidth - innerWidth", &over)
		if over > 0 {
			t.Errorf("%s is %d px too wide for a telephone", s.name, over)
		}
	}
}

// keep takes a picture, where pictures are wanted.
func keep(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	if screensTo == "" {
		return
	}
	if err := os.MkdirAll(screensTo, 0o750); err != nil {
		t.Fatal(err)
	}
	p.Shot(filepath.Join(screensTo, name+".png"))
}
