package flow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// lines is an account whose flow is for a kind of line, and whose numbers have flows.
type lines struct {
	account

	line  flow.Line
	flows map[flow.NumberID]*flow.Flow
	draft []flow.AudioID
}

func (l lines) Line() flow.Line                   { return l.line }
func (l lines) FlowOf(n flow.NumberID) *flow.Flow { return l.flows[n] }
func (l lines) DraftAudio() []flow.AudioID        { return l.draft }
func (l lines) Rejected(external string) flow.Has {
	return flow.Has(strings.HasPrefix(external, "+49"))
}

func (l lines) Number(n flow.NumberID) flow.Has { return flow.Has(l.flows[n] != nil || n == "num_1") }

func problems(f *flow.Flow, c flow.Catalog) []string {
	var all []string
	for _, p := range flow.Lint(f, c) {
		all = append(all, fmt.Sprintf("%s %s %s", p.Code, p.Node, p.Path))
	}
	return all
}

// teams is a flow of a shared line: two Ring-tos for teams, a user's, a split and a program.
func teams() *flow.Flow {
	f := line(
		team(flow.Random, "n2"), team(flow.Simultaneous, "n3"),
		&flow.Node{Next: to("unanswered", "n4"), RingTo: &flow.RingTo{Users: []flow.UserID{"bruno"}, RingForSeconds: 20}},
		ivr(), mailbox(),
	)
	for port := range f.Nodes["n4"].Next {
		f.Nodes["n4"].Next[port] = "n5"
	}
	f.Nodes["n4"].IVR.Audio = "aud_1"
	return f
}

func TestSpec_D6_ConversionKeepsEveryWidgetAndReassignsEveryRingTo(t *testing.T) {
	before := teams()
	written := text(t, before)
	after, changed, left := flow.ForUser(before, "alice", lines{})
	if !slices.Equal(changed, []flow.NodeID{"n1", "n2", "n3"}) || len(left) > 0 || text(t, before) != written {
		t.Error(changed, left)
	}
	for _, id := range changed {
		r := after.Nodes[id].RingTo
		if r.Team != "" || !slices.Equal(r.Users, []flow.UserID{"alice"}) || r.RingForSeconds != before.Nodes[id].RingTo.RingForSeconds {
			t.Errorf("%s rings %+v", id, r)
		}
	}
	d := flow.Diff(before, after)
	if len(d.Added)+len(d.Removed)+len(d.Edges)+len(d.Fields) > 0 || len(d.Changed) != 3 {
		t.Errorf("%+v", d)
	}
	if got := problems(after, lines{line: flow.Line{Kind: flow.DirectLine, User: "alice"}}); slices.ContainsFunc(got, func(s string) bool { return s[0] == 'E' }) {
		t.Error(got)
	}
}

func TestSpec_D7_D9_D18_WhatADirectNumberCannotHaveIsNamed(t *testing.T) {
	f := teams()
	f.Nodes["n6"] = &flow.Node{ID: "n6", Next: to("fallback", "n5"), RingToAPI: &flow.RingToAPI{URL: "https://a", RingForSeconds: 30}}
	f.Nodes["n7"] = &flow.Node{ID: "n7", Next: to("a", "n6"), Split: &flow.Split{Branches: []flow.SplitBranch{{ID: "a", Percent: 100}}}}
	f.Nodes["n8"] = &flow.Node{ID: "n8", Redirect: &flow.Redirect{Number: "num_team"}}
	f.Nodes["n9"] = &flow.Node{ID: "n9", Redirect: &flow.Redirect{Number: "num_one"}}
	f.Nodes["m1"] = &flow.Node{ID: "m1", Redirect: &flow.Redirect{External: "+33199001234"}}
	c := lines{line: flow.Line{Kind: flow.DirectLine, User: "alice"}, flows: map[flow.NumberID]*flow.Flow{
		"num_team": teams(), "num_one": line(&flow.Node{Next: to("unanswered", "n2"), RingTo: &flow.RingTo{Users: []flow.UserID{"bruno"}}}, mailbox()),
	}}
	want := map[flow.NodeID]string{
		"n1": flow.WhyTeam, "n2": flow.WhyTeam, "n3": flow.WhyOtherUser, "n6": flow.WhyAPI, "n7": flow.WhySplit, "n8": flow.WhyRedirectTeam,
	}
	got := make(map[flow.NodeID]string)
	for _, v := range flow.Violations(f, "alice", c) {
		got[v.Node] = v.Why
		if v.Path == "" || v.Text == "" || flow.WhyText(v.Why, "fr") == v.Text {
			t.Errorf("%+v", v)
		}
	}
	if len(got) != len(want) {
		t.Error(got)
	}
	for id, why := range want {
		if got[id] != why {
			t.Errorf("%s: %q, not %s", id, got[id], why)
		}
	}
	blocked := 0
	for _, p := range flow.Lint(f, c) {
		if p.Code == flow.NotDirect {
			blocked++
			if got[p.Node] == "" || !strings.HasPrefix(p.Path, "nodes[") {
				t.Error(p)
			}
		}
	}
	if blocked != len(want) {
		t.Errorf("E05 is told %d times", blocked)
	}
	for _, p := range flow.Lint(f, lines{flows: c.flows}) {
		if p.Code == flow.NotDirect {
			t.Error("on a shared line", p)
		}
	}
	// Without a user (SPEC D21) any single user may stay; a team may not.
	waiting := flow.Violations(f, "", c)
	if slices.ContainsFunc(waiting, func(v flow.Violation) bool { return v.Node == "n3" }) || waiting[0].Why != flow.WhyTeam {
		t.Error(waiting)
	}
}

func TestSpec_D19_ThePaletteSaysWhyNot(t *testing.T) {
	why := make(map[string]string)
	for _, w := range flow.Palette(flow.DirectLine) {
		why[string(w.Kind)+" "+w.Target] = w.Why
		if bool(w.Allowed) != (w.Why == "") || w.Why != "" && flow.WhyText(w.Why, "en") == "" {
			t.Errorf("%+v", w)
		}
	}
	for name, want := range map[string]string{
		"ring_to ": "", "ring_to user": "", "ring_to team": flow.WhyTeam, "ring_to other_user": flow.WhyOtherUser, "ring_to_api ": flow.WhyAPI,
		"split ": flow.WhySplit, "redirect external": "", "ivr ": "", "time_rule ": "",
	} {
		if got, has := why[name]; !has || got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	shared := flow.Palette(flow.SharedLine)
	for _, k := range flow.Kinds() {
		if !slices.ContainsFunc(shared, func(w flow.Widget) bool { return w.Kind == k && w.Target == "" && bool(w.Allowed) }) {
			t.Errorf("%s is not in the palette of a shared line", k)
		}
	}
}

func TestLintOfRules(t *testing.T) {
	slots := func(from, until calendar.Clock) []calendar.Slot {
		return []calendar.Slot{{Days: []calendar.Day{"mon", "tue"}, From: from, To: until}}
	}
	rule := func(branches ...flow.TimeBranch) *flow.Flow {
		n := &flow.Node{Next: to("otherwise", "n2"), TimeRule: &flow.TimeRule{Branches: branches}}
		for _, b := range branches {
			n.Next[b.ID] = "n2"
		}
		f := line(n, mailbox())
		f.ID = "flow_1"
		return f
	}
	redirects := func(n flow.NumberID) *flow.Flow { return line(&flow.Node{Redirect: &flow.Redirect{Number: n}}) }
	c := lines{flows: map[flow.NumberID]*flow.Flow{"num_a": redirects("num_b"), "num_b": redirects("num_here"), "num_c": redirects("num_c")}}
	back := redirects("num_a")
	back.ID = "flow_1"
	c.flows["num_here"] = &flow.Flow{ID: "flow_1"}
	draft := rule()
	draft.Nodes["n2"].Voicemail.Greeting = "aud_1"
	tests := map[string]struct {
		flow *flow.Flow
		c    lines
		want []string
	}{
		"W02 overlap": {rule(flow.TimeBranch{ID: "a", Slots: slots("09:00", "12:00")}, flow.TimeBranch{ID: "b", Slots: slots("11:00", "14:00")}), c, []string{
			"W02 n1 nodes[0].config.branches[1].slots[0]",
		}},
		"touching":              {rule(flow.TimeBranch{ID: "a", Slots: slots("09:00", "12:00")}, flow.TimeBranch{ID: "b", Slots: slots("12:00", "14:00")}), c, nil},
		"W03 gap":               {rule(flow.TimeBranch{ID: "a", Slots: slots("09:00", "12:00")}, flow.TimeBranch{ID: "b", Slots: slots("13:00", "14:00")}), c, []string{"W03 n1 nodes[0].config.branches"}},
		"night is no gap":       {rule(flow.TimeBranch{ID: "a", Slots: slots("09:00", "18:00")}), c, nil},
		"never open":            {rule(), c, nil},
		"W08 unused audio":      {draft, lines{draft: []flow.AudioID{"aud_1", "aud_2"}}, []string{"W08  nodes"}},
		"W09 round":             {back, c, []string{"W09 n1 nodes[0].config.number"}},
		"W09 not this one":      {redirects("num_c"), c, nil},
		"W10 caller ID":         {line(&flow.Node{Redirect: &flow.Redirect{External: "+4930123456"}}), c, []string{"W10 n1 nodes[0].config.external"}},
		"W10 not here":          {line(&flow.Node{Redirect: &flow.Redirect{External: "+33199001234"}}), c, nil},
		"E04 date":              {line(&flow.Node{Next: to("match", "n2", "otherwise", "n2"), DateRule: &flow.DateRule{Date: "sd_9"}}, mailbox()), c, []string{"E04 n1 nodes[0].config.date"}},
		"E04 sender":            {line(&flow.Node{Next: to("done", "n2"), SendSMS: &flow.SendSMS{From: "num_9", Text: "a"}}, mailbox()), c, []string{"E04 n1 nodes[0].config.from"}},
		"E04 tag":               {line(&flow.Node{Next: to("done", "n2"), Set: &flow.Set{Tags: []string{"tag_1", "tag_9"}}}, mailbox()), c, []string{"E04 n1 nodes[0].config.tags[1]"}},
		"E04 input":             {line(&flow.Node{Next: to("input", "n2", "no_or_wrong_input", "n2"), Input: &flow.DigitInput{Audio: "x", Retry: "y"}}, mailbox()), c, []string{"E04 n1 nodes[0].config.audio", "E04 n1 nodes[0].config.retry"}},
		"E03 program in circle": {line(&flow.Node{Next: to("fallback", "n1"), RingToAPI: &flow.RingToAPI{RingForSeconds: 30}}), c, []string{"E03 n1 nodes[0].next", "E06 n1 nodes[0].next"}},
		"E02 rule":              {line(&flow.Node{TimeRule: &flow.TimeRule{}}), c, []string{"E02 n1 nodes[0].next.otherwise"}},
		"an input is heard": {
			line(&flow.Node{Next: to("input", "n2", "no_or_wrong_input", "n1"), Input: &flow.DigitInput{Audio: "aud_1"}}, mailbox()), c, nil,
		},
		"W01 after routed": {
			line(&flow.Node{Next: to("fallback", "n2", "routed", "n3"), RingToAPI: &flow.RingToAPI{RingForSeconds: 30}}, mailbox(), bye()), c, []string{"W01 n3 nodes[2].id"},
		},
	}
	for name, tt := range tests {
		if got := problems(tt.flow, tt.c); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, not %q", name, got, tt.want)
		}
	}
}

func TestTemplatesAreSoundFlows(t *testing.T) {
	for _, tpl := range flow.Templates() {
		for _, language := range []string{"fr", "en", ""} {
			f, err := flow.FromTemplate(tpl.ID, flow.Filling{User: "alice", Team: "support", Language: language, Welcome: "aud_1", Menu: "aud_2", Closed: "aud_3"})
			if err != nil {
				t.Fatal(tpl.ID, err)
			}
			c := lines{line: flow.Line{Kind: tpl.Kind, User: "alice"}}
			if got := problems(f, c); len(got) > 0 {
				t.Errorf("%s: %q", tpl.ID, got)
			}
			if parsed(t, text(t, f)).Name != tpl.Title.In(language) {
				t.Errorf("%s is called %s", tpl.ID, f.Name)
			}
		}
		if tpl.Title.English == "" || tpl.Title.French == "" || tpl.Text.English == "" || tpl.Text.French == "" {
			t.Errorf("%+v", tpl)
		}
		_, err := flow.FromTemplate(tpl.ID, flow.Filling{})
		if (err == nil) != (len(tpl.Holes) == 0) {
			t.Errorf("%s without what it needs: %v", tpl.ID, err)
		}
	}
	if _, err := flow.FromTemplate("x", flow.Filling{}); err == nil {
		t.Error("there is no template x")
	}
}
