package flow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/routing/flow"
)

// outline writes the outline of a flow for people: each line with its depth, port and node.
func outline(f *flow.Flow) string {
	var b strings.Builder
	for _, l := range flow.Outline(f) {
		mark := ""
		if l.Again {
			mark = " again"
		}
		if l.Faded {
			mark += " faded"
		}
		fmt.Fprintf(&b, "%s%s>%s %s%s\n", strings.Repeat(" ", l.Depth), l.Edge.From, l.Edge.Port, l.Node, mark)
	}
	return b.String()
}

func TestSpec_F4_AWidgetIsInsertedOnAnEdge(t *testing.T) {
	f := sound()
	before := text(t, f)
	out, id, err := flow.Insert(f, flow.Edge{From: "n2", Port: "k1"}, audio("aud_1", ""))
	if err != nil {
		t.Fatal(err)
	}
	if out.Nodes["n2"].Next["k1"] != id || out.Nodes[id].Next["done"] != "n3" || out.Nodes["n2"].Next["no_or_wrong_input"] != "n5" || text(t, f) != before {
		t.Error(text(t, out))
	}
	if i := slices.Index(out.Listed, id); i != 2 {
		t.Error("it is listed behind the node before it:", out.Listed)
	}
	// A widget with several ways on leads to the same place by each.
	menu := &flow.Node{ID: "menu", IVR: &flow.IVR{Audio: "aud_2", Options: []flow.Option{{ID: "a", Key: '1'}, {ID: "b", Key: '3'}}}}
	out, _, err = flow.Insert(f, flow.Edge{Port: flow.PortStart}, menu)
	if err != nil || out.Start != "menu" || len(problems(out, account{})) > 0 {
		t.Error(err, problems(out, account{}))
	}
	for _, p := range out.Nodes["menu"].Ports() {
		if out.Nodes["menu"].Next[p] != "n1" {
			t.Error(p)
		}
	}
	for _, bad := range []struct {
		edge flow.Edge
		node *flow.Node
		want error
	}{
		{flow.Edge{From: "n2", Port: "k9"}, bye(), flow.ErrNoEdge},
		{flow.Edge{From: "n9", Port: "done"}, bye(), flow.ErrNoEdge},
		{flow.Edge{}, bye(), flow.ErrNoEdge},
		{flow.Edge{Port: flow.PortStart}, &flow.Node{}, flow.ErrNoContent},
		{flow.Edge{Port: flow.PortStart}, &flow.Node{ID: "n1", Hangup: &flow.Hangup{}}, flow.ErrNodeTaken},
	} {
		if _, _, err := flow.Insert(f, bad.edge, bad.node); !errors.Is(err, bad.want) {
			t.Errorf("%+v: %v", bad.edge, err)
		}
	}
}

func TestSpec_F3_WhatFollowsATerminalWidgetIsFaded(t *testing.T) {
	out, id, err := flow.Insert(sound(), flow.Edge{From: "n2", Port: "k1"}, &flow.Node{Redirect: &flow.Redirect{Number: "num_1"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := flow.Faded(out); !slices.Equal(got, []flow.NodeID{"n3", "n4"}) {
		t.Error("n5 is still reached by the other port:", got)
	}
	if got := problems(out, account{}); !slices.Equal(got, []string{"W01 n3 nodes[3].id", "W01 n4 nodes[4].id"}) {
		t.Error(got)
	}
	if out.Nodes[id].Next["done"] != "n3" {
		t.Error("what followed is kept")
	}
	c := run(t, out, desk(), scriptOf(keys(t, "4s", "1")))
	expect(t, c, "4.000 redirect to num_1 for 60 s")
	never(t, c, "node_entered n3")
}

func TestSpec_F5_T2_BranchesAreAddedAndRemoved(t *testing.T) {
	f := parsed(t, everyNode)
	for id, rest := range map[flow.NodeID]flow.NodeID{"ivr": "r", "t": "v", "c": "s", "s": "i"} {
		out, branch, err := flow.AddBranch(f, id, flow.Branch{Title: "New"})
		if err != nil {
			t.Fatal(id, err)
		}
		all := out.Nodes[id].Branches()
		if all[len(all)-1] != (flow.Branch{ID: branch, Title: "New"}) || out.Nodes[id].Next[branch] != rest || len(f.Nodes[id].Branches()) != len(all)-1 {
			t.Errorf("%s: %v", id, all)
		}
		again := parsed(t, text(t, out))
		back, err := flow.RemoveBranch(again, id, branch)
		if err != nil || id != "s" && text(t, back) != text(t, f) {
			t.Errorf("%s: %v", id, err)
		}
	}
	split := f.Nodes["s"].Split
	out, _, err := flow.AddBranch(f, "s", flow.Branch{})
	if err != nil || out.Nodes["s"].Split.Branches[0].Percent != 33.33 || out.Nodes["s"].Split.Branches[2].Percent != 33.34 || split.Branches[0].Percent != 33.5 {
		t.Error(err, out.Nodes["s"].Split)
	}
	full := f
	for range 11 {
		if full, _, err = flow.AddBranch(full, "ivr", flow.Branch{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err = flow.AddBranch(full, "ivr", flow.Branch{}); !errors.Is(err, flow.ErrFull) || len(problems(full, everything{})) != len(problems(f, everything{}))+1 {
		t.Error("a telephone has twelve keys, of which one begins an extension:", err, problems(full, everything{}))
	}
	for _, wrong := range []struct {
		err  error
		want error
	}{
		{second(flow.AddBranch(f, "x", flow.Branch{})), flow.ErrNoNode},
		{second(flow.AddBranch(f, "v", flow.Branch{})), flow.ErrNoBranches},
		{second(flow.AddBranch(f, "t", flow.Branch{ID: "open"})), flow.ErrTaken},
		{second(flow.AddBranch(f, "t", flow.Branch{ID: "otherwise"})), flow.ErrTaken},
		{last(flow.RemoveBranch(f, "t", "x")), flow.ErrNoBranch},
		{last(flow.RemoveBranch(f, "v", "x")), flow.ErrNoBranches},
		{last(flow.RemoveBranch(f, "x", "x")), flow.ErrNoNode},
	} {
		if !errors.Is(wrong.err, wrong.want) {
			t.Errorf("%v, not %v", wrong.err, wrong.want)
		}
	}
}

func second(_ *flow.Flow, _ string, err error) error { return err }

func last(_ *flow.Flow, err error) error { return err }

func TestAWidgetIsRemovedAndItsEdgesJoined(t *testing.T) {
	out, err := flow.Remove(sound(), "n3")
	if err != nil || out.Nodes["n2"].Next["k1"] != "n4" || len(problems(out, account{})) > 0 || slices.Contains(out.Listed, "n3") {
		t.Error(err, text(t, out))
	}
	out, err = flow.Remove(sound(), "n1")
	if err != nil || out.Start != "n2" {
		t.Error(err, out.Start)
	}
	out, err = flow.Remove(sound(), "n5")
	if err != nil || len(problems(out, account{})) == 0 {
		t.Error("what led to the end leads nowhere", err)
	}
	round := line(audio("aud_1", "n1"))
	if out, err = flow.Remove(round, "n1"); err != nil || out.Start != "" || len(out.Nodes) != 0 {
		t.Error(err)
	}
	if _, err = flow.Remove(sound(), "x"); !errors.Is(err, flow.ErrNoNode) {
		t.Error(err)
	}
}

func TestSpec_F18_AFlowIsReadAndEditedAsAnOutline(t *testing.T) {
	f := sound()
	want := ">start n1\nn1>done n2\n n2>k1 n3\n n3>done n4\n n4>unanswered n5\n n2>no_or_wrong_input n5 again\n"
	if got := outline(f); got != want {
		t.Errorf("%s", got)
	}
	out, id, err := flow.InsertAt(f, 4, audio("aud_3", ""))
	if err != nil || out.Nodes["n4"].Next["unanswered"] != id || out.Nodes[id].Next["done"] != "n5" {
		t.Error(err, outline(out))
	}
	out, err = flow.MoveTo(f, "n1", 3) // the welcome between the music and the ringing
	if err != nil || out.Start != "n2" || out.Nodes["n3"].Next["done"] != "n1" || out.Nodes["n1"].Next["done"] != "n4" {
		t.Error(err, outline(out))
	}
	if out, err = flow.MoveTo(f, "n3", 2); err != nil || text(t, out) != text(t, f) {
		t.Error("it is there already", err)
	}
	if out, err = flow.MoveTo(f, "n3", 1); err != nil || out.Nodes["n1"].Next["done"] != "n3" || out.Nodes["n3"].Next["done"] != "n2" || out.Nodes["n2"].Next["k1"] != "n4" {
		t.Error(err, outline(out))
	}
	for _, bad := range []int{-1, 99} {
		if _, _, err := flow.InsertAt(f, bad, bye()); !errors.Is(err, flow.ErrNoEdge) {
			t.Error(err)
		}
		if _, err := flow.MoveTo(f, "n1", bad); !errors.Is(err, flow.ErrNoEdge) {
			t.Error(err)
		}
	}
	if _, err := flow.MoveTo(f, "n3", 3); !errors.Is(err, flow.ErrNoEdge) {
		t.Error("a node cannot come behind itself:", err)
	}
	f.Nodes["n5"].Next = to("done", "n6")
	f.Nodes["n6"] = bye()
	f.Nodes["n6"].ID = "n6"
	delete(f.Nodes["n2"].Next, "no_or_wrong_input")
	f.Nodes["n7"] = audio("aud_1", "")
	f.Nodes["n7"].ID = "n7"
	want = ">start n1\nn1>done n2\n n2>k1 n3\n n3>done n4\n n4>unanswered n5\n n5>done n6 faded\n n2>no_or_wrong_input \n> n7 faded\nn7>done \n"
	if got := outline(f); got != want {
		t.Errorf("%s", got)
	}
	if out := outline(parsed(t, everyNode)); strings.Count(out, "\n") < 20 {
		t.Error(out)
	}
}

func TestSpec_F9_TheDifferenceBetweenTwoVersions(t *testing.T) {
	before := parsed(t, everyNode)
	if d := flow.Diff(before, before.Clone()); !bool(d.Empty()) {
		t.Errorf("%+v", d)
	}
	after := before.Clone()
	after.Name, after.Layout = "Other", map[flow.NodeID]flow.Point{"t": {1, 1}}
	after.Nodes["t"].TimeRule.Branches[0].Slots[1].From = "21:00"
	after.Nodes["t"].Next["otherwise"] = "h"
	after.Nodes["d"].Title = "Fêtes"
	delete(after.Nodes, "r")
	after.Nodes["new"] = &flow.Node{ID: "new", Next: to("done", "v"), AudioMessage: &flow.AudioMessage{Audio: "aud_9"}}
	after.Nodes["s"].Split.Branches = after.Nodes["s"].Split.Branches[:1]
	d := flow.Diff(before, after)
	got := fmt.Sprint(d.Added, d.Removed, d.Edges)
	if got != "[new] [r] [{{t otherwise} v h} {{new done}  v}]" {
		t.Error(got)
	}
	var fields []string
	for _, f := range d.Fields {
		fields = append(fields, fmt.Sprintf("%s: %v → %v", f.Path, f.Before, f.After))
	}
	for _, n := range d.Changed {
		for _, f := range n.Fields {
			fields = append(fields, fmt.Sprintf("%s %s: %v → %v", n.Node, f.Path, f.Before, f.After))
		}
	}
	want := []string{
		"name: Tout → Other", "t config.branches[0].slots[1].from: 22:00 → 21:00", "d title:  → Fêtes", "s config.branches[1]: map[id:b percent:66.5 title:B] → <nil>",
	}
	if !slices.Equal(fields, want) {
		t.Errorf("%q", fields)
	}
	if before.Nodes["t"].TimeRule.Branches[0].Slots[1].From != "22:00" {
		t.Error("the older version has changed")
	}
}

func TestSpec_F12_AFlowIsDuplicated(t *testing.T) {
	f := parsed(t, everyNode)
	f.ID, f.Version = "flow_1", 7
	g := flow.Duplicate(f, "Copy")
	if g.ID != "" || g.Version != 0 || g.Name != "Copy" {
		t.Error(g.ID, g.Version, g.Name)
	}
	if d := flow.Diff(f, g); len(d.Fields) != 1 || len(d.Changed)+len(d.Edges)+len(d.Added)+len(d.Removed) > 0 {
		t.Errorf("%+v", d)
	}
	g.Nodes["ivr"].IVR.Options[0].Title, g.Nodes["k"].Set.Variables["channel"], *g.Nodes["k"].Set.Priority = "x", "x", 0
	if f.Nodes["ivr"].IVR.Options[0].Title == "x" || f.Nodes["k"].Set.Variables["channel"] == "x" || *f.Nodes["k"].Set.Priority == 0 {
		t.Error("the copies share something")
	}
}
