package flow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing/flow"
)

// account is a catalog: Alice and Bruno, Farid for outgoing calls only, a team with all of them and one with nobody.
type account struct{ flow.AnyLine }

func (account) User(u flow.UserID) flow.Reach {
	switch u {
	case "alice", "bruno":
		return flow.Reachable
	case "farid":
		return flow.OutgoingOnly
	}
	return flow.Unknown
}

func (account) Team(t flow.TeamID) ([]flow.UserID, flow.Has) {
	switch t {
	case "support":
		return []flow.UserID{"alice", "bruno"}, true
	case "mixed":
		return []flow.UserID{"alice", "farid"}, true
	case "nobody":
		return nil, true
	}
	return nil, false
}

func (account) Audio(a flow.AudioID) flow.Has {
	return flow.Has(strings.HasPrefix(string(a), "aud") || a == "music")
}
func (account) Number(n flow.NumberID) flow.Has   { return n == "num_1" }
func (account) Date(d flow.DateID) flow.Has       { return d == "sd_1" }
func (account) Tag(id string) flow.Has            { return id == "tag_1" }
func (account) ExtensionPrefix(d string) flow.Has { return flow.Has(strings.HasPrefix("204", d)) }

// everything is a catalog in which whatever is named exists.
type everything struct{ account }

func (everything) User(flow.UserID) flow.Reach                { return flow.Reachable }
func (everything) Team(flow.TeamID) ([]flow.UserID, flow.Has) { return []flow.UserID{"alice"}, true }
func (everything) Audio(flow.AudioID) flow.Has                { return true }
func (everything) Number(flow.NumberID) flow.Has              { return true }

// sound is a flow without a problem: a message, a menu whose key begins no extension, music, a team and a voicemail.
func sound() *flow.Flow {
	f := line(
		audio("aud_1", "n2"),
		&flow.Node{Next: to("k1", "n3", "no_or_wrong_input", "n5"), IVR: &flow.IVR{Audio: "aud_2", Options: []flow.Option{{ID: "k1", Key: '1', Title: "Support"}}}},
		&flow.Node{Next: to("done", "n4"), Waiting: &flow.Waiting{Music: "music"}},
		team(flow.Random, "n5"),
		mailbox(),
	)
	f.Listed = []flow.NodeID{"n1", "n2", "n3", "n4", "n5"}
	return f
}

func TestLint(t *testing.T) {
	tests := map[string]struct {
		damage func(f *flow.Flow)
		want   []string // code, node and path of each problem
	}{
		"a sound flow":     {func(*flow.Flow) {}, nil},
		"no start":         {func(f *flow.Flow) { f.Start = "" }, []string{"E01  start"}},
		"start nowhere":    {func(f *flow.Flow) { f.Start = "n7" }, []string{"E01  start"}},
		"port nowhere":     {func(f *flow.Flow) { f.Nodes["n2"].Next["k1"] = "n7" }, []string{"E02 n2 nodes[1].next.k1", "W01 n3 nodes[2].id", "W01 n4 nodes[3].id"}},
		"port not wired":   {func(f *flow.Flow) { delete(f.Nodes["n4"].Next, "unanswered") }, []string{"E02 n4 nodes[3].next.unanswered"}},
		"silent cycle":     {func(f *flow.Flow) { f.Nodes["n4"].Next["unanswered"] = "n3" }, []string{"W07 n4 nodes[3].next.unanswered", "E03 n3 nodes[2].next", "E06 n3 nodes[2].next"}},
		"ring in a circle": {func(f *flow.Flow) { f.Nodes["n4"].Next["unanswered"] = "n4" }, []string{"W07 n4 nodes[3].next.unanswered", "E03 n4 nodes[3].next", "E06 n3 nodes[2].next"}},
		"audible cycle":    {func(f *flow.Flow) { f.Nodes["n4"].Next["unanswered"] = "n1" }, nil},
		"queue with a message": {func(f *flow.Flow) {
			f.Nodes["n4"].Next["unanswered"], f.Nodes["n6"] = "n6", audio("aud_1", "n4")
			f.Nodes["n6"].ID = "n6"
		}, []string{"W07 n4 nodes[3].next.unanswered", "E06 n3 nodes[2].next"}},
		"endless cycle": {func(f *flow.Flow) {
			f.Nodes["n4"].Next["unanswered"], f.Nodes["n2"].Next["no_or_wrong_input"] = "n1", "n1"
		}, []string{"W07 n4 nodes[3].next.unanswered", "W01 n5 nodes[4].id", "E06 n1 nodes[0].next"}},
		"unknown names": {func(f *flow.Flow) {
			f.Nodes["n1"].AudioMessage.Audio, f.Nodes["n2"].IVR.Error, f.Nodes["n3"].Waiting.Music, f.Nodes["n5"].Voicemail.Greeting = "x", "x", "x", "x"
			f.Nodes["n4"].RingTo.Team = "x"
		}, []string{"E04 n1 nodes[0].config.audio", "E04 n2 nodes[1].config.error", "E04 n3 nodes[2].config.music", "E04 n4 nodes[3].config.target.team", "E04 n5 nodes[4].config.greeting"}},
		"unknown user": {func(f *flow.Flow) {
			aliceAlone(f.Nodes["n4"].RingTo)
			f.Nodes["n4"].RingTo.Users = []flow.UserID{"zoe"}
		}, []string{"E04 n4 nodes[3].config.target"}},
		"unknown number": {func(f *flow.Flow) { *f.Nodes["n5"] = flow.Node{ID: "n5", Redirect: &flow.Redirect{Number: "num_2"}} }, []string{
			"W07 n4 nodes[3].next.unanswered", "E04 n5 nodes[4].config.number",
		}},
		"rings too short": {func(f *flow.Flow) { f.Nodes["n4"].RingTo.RingForSeconds = 4.9 }, []string{"E07 n4 nodes[3].config.ring_for_seconds"}},
		"rings too long":  {func(f *flow.Flow) { f.Nodes["n4"].RingTo.RingForSeconds = 3601 }, []string{"E07 n4 nodes[3].config.ring_for_seconds"}},
		"rings 5 s":       {func(f *flow.Flow) { f.Nodes["n4"].RingTo.RingForSeconds = 5 }, nil},
		"rings an hour":   {func(f *flow.Flow) { f.Nodes["n4"].RingTo.RingForSeconds = 3600 }, nil},
		"no ring time":    {func(f *flow.Flow) { f.Nodes["n4"].RingTo.RingForSeconds = 0 }, []string{"E07 n4 nodes[3].config.ring_for_seconds"}},
		"redirect too long": {func(f *flow.Flow) {
			*f.Nodes["n5"] = flow.Node{ID: "n5", Redirect: &flow.Redirect{Number: "num_1", RingForSeconds: 4000}}
		}, []string{
			"W07 n4 nodes[3].next.unanswered", "E07 n5 nodes[4].config.ring_for_seconds",
		}},
		"key twice": {func(f *flow.Flow) {
			f.Nodes["n2"].IVR.Options = append(f.Nodes["n2"].IVR.Options, flow.Option{ID: "k2", Key: '1'})
			f.Nodes["n2"].Next["k2"] = "n5"
		}, []string{"E08 n2 nodes[1].config.options[1].key"}},
		"key is an extension":    {func(f *flow.Flow) { f.Nodes["n2"].IVR.Options[0].Key = '2' }, []string{"W06 n2 nodes[1].config.options[0].key"}},
		"extensions not allowed": {func(f *flow.Flow) { f.Nodes["n2"].IVR.Options[0].Key = '2'; f.Nodes["n2"].IVR.Extensions = flow.NoOne }, nil},
		"after a terminal": {func(f *flow.Flow) {
			f.Nodes["n5"].Next = to("done", "n6")
			f.Nodes["n6"] = bye()
			f.Nodes["n6"].ID = "n6"
		}, []string{"W01 n6 nodes[5].id"}},
		"nothing leads there":     {func(f *flow.Flow) { f.Nodes["n6"] = audio("x", "n9"); f.Nodes["n6"].ID = "n6" }, []string{"W01 n6 nodes[5].id"}},
		"empty team":              {func(f *flow.Flow) { f.Nodes["n4"].RingTo.Team = "nobody" }, []string{"W04 n4 nodes[3].config.target.team"}},
		"outgoing only in a team": {func(f *flow.Flow) { f.Nodes["n4"].RingTo.Team = "mixed" }, []string{"W05 n4 nodes[3].config.target.team"}},
		"no voicemail":            {func(f *flow.Flow) { *f.Nodes["n5"] = *bye(); f.Nodes["n5"].ID = "n5" }, []string{"W07 n4 nodes[3].next.unanswered"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := sound()
			tt.damage(f)
			var got []string
			for _, p := range flow.Lint(f, account{}) {
				got = append(got, fmt.Sprintf("%s %s %s", p.Code, p.Node, p.Path))
				if p.Text == "" || p.Code.Blocks() != (p.Code[0] == 'E') {
					t.Errorf("%#v", p)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("problems are %q and must be %q", got, tt.want)
			}
		})
	}
}

// The largest flow that a document may hold, each node of which leads to many others: the checks must not look at each edge from each node.
func TestLintOfTheLargestFlowIsQuick(t *testing.T) {
	f := &flow.Flow{Start: "n0", Nodes: make(map[flow.NodeID]*flow.Node)}
	name := func(i int) flow.NodeID { return flow.NodeID(fmt.Sprintf("n%d", i%1000)) }
	for i := range 1000 {
		n := &flow.Node{ID: name(i), Next: make(map[string]flow.NodeID), Split: &flow.Split{}}
		for b := range 100 {
			id := fmt.Sprintf("b%d", b)
			n.Split.Branches = append(n.Split.Branches, flow.SplitBranch{ID: id, Percent: 1})
			n.Next[id] = name(i + 1 + b*7)
		}
		f.Nodes[n.ID] = n
	}
	began := time.Now()
	if got := flow.Lint(f, everything{}); len(got) != 2 {
		t.Errorf("one silent cycle without an end is told by %d problems", len(got))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it takes %s", took)
	}
}
