package flow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

const support = `{"schema":"flow/v1","name":"Support","language":"fr","timezone":"Europe/Paris","start":"n2","nodes":[
 {"id":"n2","type":"audio_message","title":"Bienvenue","config":{"audio":"aud_1","allow_extensions":true},"next":{"done":"n3"}},
 {"id":"n3","type":"ivr","config":{"audio":"aud_2","options":[{"key":"1","title":"Support","id":"k1"}],"timeout_seconds":5,"attempts":3},"next":{"k1":"n4","no_or_wrong_input":"n9"}},
 {"id":"n4","type":"waiting_experience","config":{"music":"aud_3","announce_ewt":false,"allow_extensions":false},"next":{"done":"n5"}},
 {"id":"n5","type":"ring_to","config":{"target":{"team":"team_1"},"rule":"longest_idle","ring_for_seconds":120,"ring_user_seconds":25.5,"ring_even_if_busy":true},"next":{"unanswered":"n6"}},
 {"id":"n6","type":"ring_to","config":{"target":{"users":["usr_1","usr_2"]},"ring_for_seconds":20},"next":{"unanswered":"n9"}},
 {"id":"n8","type":"redirect","config":{"external":"+33199001234"},"next":{}},
 {"id":"n7","type":"hangup","config":{}},
 {"id":"n9","type":"voicemail","config":{"greeting":"aud_4","max_seconds":90},"next":{}}],
 "layout":{"n2":[0,0],"n3":[120.5,-40]}}`

func TestDocumentIsRead(t *testing.T) {
	f, err := flow.Parse([]byte(support))
	if err != nil {
		t.Fatal(err)
	}
	want := &flow.Flow{
		Name: "Support", Language: "fr", Timezone: "Europe/Paris", Start: "n2",
		Listed: []flow.NodeID{"n2", "n3", "n4", "n5", "n6", "n8", "n7", "n9"},
		Layout: map[flow.NodeID]flow.Point{"n2": {0, 0}, "n3": {120.5, -40}},
		Nodes: map[flow.NodeID]*flow.Node{
			"n2": {ID: "n2", Title: "Bienvenue", Next: to("done", "n3"), AudioMessage: &flow.AudioMessage{Audio: "aud_1", Extensions: flow.AnyUser}},
			"n3": {ID: "n3", Next: to("k1", "n4", "no_or_wrong_input", "n9"), IVR: &flow.IVR{
				Audio: "aud_2", Options: []flow.Option{{ID: "k1", Key: '1', Title: "Support"}}, TimeoutSeconds: 5, Attempts: 3, Extensions: flow.AnyUser,
			}},
			"n4": {ID: "n4", Next: to("done", "n5"), Waiting: &flow.Waiting{Music: "aud_3", Extensions: flow.NoOne}},
			"n5": {ID: "n5", Next: to("unanswered", "n6"), RingTo: &flow.RingTo{
				Team: "team_1", Rule: flow.LongestIdle, RingForSeconds: 120, RingUserSeconds: 25.5, EvenIfBusy: true,
			}},
			"n6": {ID: "n6", Next: to("unanswered", "n9"), RingTo: &flow.RingTo{
				Users: []flow.UserID{"usr_1", "usr_2"}, Rule: flow.Simultaneous, RingForSeconds: 20, RingUserSeconds: 30,
			}},
			"n7": {ID: "n7", Next: to(), Hangup: &flow.Hangup{}},
			"n8": {ID: "n8", Next: to(), Redirect: &flow.Redirect{External: "+33199001234"}},
			"n9": {ID: "n9", Next: to(), Voicemail: &flow.Voicemail{Greeting: "aud_4", MaxSeconds: 90}},
		},
	}
	if !reflect.DeepEqual(f.Nodes, want.Nodes) || !reflect.DeepEqual(f.Listed, want.Listed) || text(t, f) != text(t, want) {
		t.Error(text(t, f))
	}
}

// text is the document of a flow.
func text(t *testing.T, f *flow.Flow) string {
	t.Helper()
	b, err := flow.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDocumentWrittenIsTheSameFlow(t *testing.T) {
	legacy := flow.FromLegacy(flow.Legacy{Name: "old", Welcome: "w", Ring: flow.RingTo{Team: "t", RingForSeconds: 30}})
	old, err := flow.Marshal(legacy)
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range []string{support, string(old)} {
		f, err := flow.Parse([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		b, err := flow.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := flow.Parse(b)
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if !reflect.DeepEqual(f, again) {
			t.Errorf("another flow: %s", b)
		}
		twice, err := flow.Marshal(again)
		if err != nil || string(b) != string(twice) {
			t.Errorf("written in another way: %s, %s, %v", b, twice, err)
		}
	}
	if _, err := flow.Marshal(&flow.Flow{Nodes: map[flow.NodeID]*flow.Node{"n1": {ID: "n1"}}}); err == nil {
		t.Error("a node without content has no document")
	}
}

func TestSiteFileDeclaresTheSameFlow(t *testing.T) {
	const site = `
schema = "flow/v1"
name = "Support"
language = "fr"
timezone = "Europe/Paris"
start = "n2"
layout = { n2 = [0, 0], n3 = [120.5, -40] }
nodes = [
 { id = "n2", type = "audio_message", title = "Bienvenue", config = { audio = "aud_1", allow_extensions = true }, next = { done = "n3" } },
 { id = "n3", type = "ivr", config = { audio = "aud_2", options = [ { key = "1", title = "Support", id = "k1" } ], timeout_seconds = 5, attempts = 3 }, next = { k1 = "n4", no_or_wrong_input = "n9" } },
 { id = "n4", type = "waiting_experience", config = { music = "aud_3", allow_extensions = false }, next = { done = "n5" } },
]
[[nodes]]
id = "never"
type = "hangup"
`
	// An array cannot be written in both ways: the last table belongs to another file.
	inline, _, _ := strings.Cut(site, "[[nodes]]")
	var v map[string]any
	if _, err := toml.Decode(inline, &v); err != nil {
		t.Fatal(err)
	}
	f, problems := flow.Decode(v)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	full, err := flow.Parse([]byte(support))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []flow.NodeID{"n2", "n3", "n4"} {
		if !reflect.DeepEqual(f.Nodes[id], full.Nodes[id]) {
			t.Errorf("node %s is another: %+v", id, f.Nodes[id])
		}
	}
	if !reflect.DeepEqual(f.Layout, full.Layout) || f.Language != "fr" {
		t.Error(f.Layout, f.Language)
	}
	tables := "name = 'x'\nstart = 'n5'\n[[nodes]]\nid = 'n5'\ntype = 'ring_to'\n[nodes.config]\nring_for_seconds = 120\nring_user_seconds = 25.5\n" +
		"rule = 'longest_idle'\nring_even_if_busy = true\n[nodes.config.target]\nteam = 'team_1'\n[nodes.next]\nunanswered = 'n6'\n"
	v = nil
	if _, err := toml.Decode(tables, &v); err != nil {
		t.Fatal(err)
	}
	if f, problems = flow.Decode(v); len(problems) > 0 || !reflect.DeepEqual(f.Nodes["n5"], full.Nodes["n5"]) {
		t.Error(problems)
	}
}

func TestWrongDocumentsAreRefused(t *testing.T) {
	node := func(s string) string { return `{"start":"n1","nodes":[` + s + `]}` }
	tests := map[string]struct{ document, want string }{
		"not JSON":            {"{\n \"name\": \"a\",\n oops }", `E00 at line 3, column 2: write JSON: invalid character 'o'`},
		"cut off":             {`{"name":`, "write JSON: unexpected EOF"},
		"two documents":       {`{} {}`, "something follows"},
		"a list":              {`[1]`, "the document is not an object"},
		"nothing":             {`null`, "the document is null"},
		"key twice":           {node(`{"id":"n1","type":"hangup","next":{"done":"n1","done":"n2"}}`), `E00 at nodes[0].next.done: "done" is written twice: keep one`},
		"another version":     {`{"schema":"flow/v2"}`, `E00 at schema: "flow/v2" is no schema: write "flow/v1"`},
		"unknown key":         {`{"nodse":[]}`, `E00 at nodse: unknown key "nodse": write "nodes"`},
		"unknown language":    {`{"language":"de"}`, `"de" is no language`},
		"unknown type":        {node(`{"id":"n1","type":"audio_mesage"}`), `E00 at node n1, nodes[0].type: unknown node type "audio_mesage": write "audio_message"`},
		"no type":             {node(`{"id":"n1"}`), `at node n1, nodes[0].type: give type`},
		"no id":               {node(`{"type":"hangup"}`), `at nodes[0].id: give id`},
		"id twice":            {node(`{"id":"n1","type":"hangup"},{"id":"n1","type":"hangup"}`), `at node n1, nodes[1].id: two nodes have the id "n1"`},
		"id with a space":     {node(`{"id":"n 1","type":"hangup"}`), "without spaces"},
		"node is a text":      {node(`"n1"`), "at nodes[0]: write each of nodes as an object"},
		"nodes is an object":  {`{"nodes":{}}`, "write nodes as a list"},
		"unknown setting":     {node(`{"id":"n1","type":"hangup","config":{"adio":"x"}}`), `node n1, nodes[0].config.adio: unknown key "adio": write "audio"`},
		"later setting":       {node(`{"id":"n1","type":"waiting_experience","config":{"announce_ewt":true}}`), "config.announce_ewt: announce_ewt is not available yet"},
		"unknown port":        {node(`{"id":"n1","type":"ring_to","config":{"target":{"user":"u"}},"next":{"unaswered":"n2"}}`), `next.unaswered: unknown key "unaswered": write "unanswered"`},
		"port of no option":   {node(`{"id":"n1","type":"ivr","config":{"audio":"a","options":[{"id":"k1","key":"1"}]},"next":{"k2":"n1"}}`), `next.k2: unknown key "k2": write "k1"`},
		"no audio":            {node(`{"id":"n1","type":"audio_message"}`), "node n1, nodes[0].config.audio: give audio"},
		"audio is a number":   {node(`{"id":"n1","type":"audio_message","config":{"audio":7}}`), "write audio as a text in quotes"},
		"key of no telephone": {node(`{"id":"n1","type":"ivr","config":{"audio":"a","options":[{"id":"k1","key":"12"}]}}`), `options[0].key: "12" is no key of a telephone: write 0 to 9, * or #`},
		"option twice":        {node(`{"id":"n1","type":"ivr","config":{"audio":"a","options":[{"id":"k","key":"1"},{"id":"k","key":"2"}]}}`), `options[1].id: two options have the id "k"`},
		"option as a port":    {node(`{"id":"n1","type":"ivr","config":{"audio":"a","options":[{"id":"no_or_wrong_input","key":"1"}]}}`), "an option cannot have the id"},
		"attempts":            {node(`{"id":"n1","type":"ivr","config":{"audio":"a","attempts":0}}`), "write attempts as a number from 1 to 10"},
		"half an attempt":     {node(`{"id":"n1","type":"ivr","config":{"audio":"a","attempts":2.5}}`), "write attempts as a whole number"},
		"time as a text":      {node(`{"id":"n1","type":"ivr","config":{"audio":"a","timeout_seconds":"5"}}`), "write timeout_seconds as a number from 1 to 60"},
		"rule":                {node(`{"id":"n1","type":"ring_to","config":{"target":{"team":"t"},"rule":"longest-idle"}}`), `"longest-idle" is no rule: write "longest_idle"`},
		"no target":           {node(`{"id":"n1","type":"ring_to","config":{}}`), "config.target: give one user, or one team"},
		"two targets":         {node(`{"id":"n1","type":"ring_to","config":{"target":{"user":"u","team":"t"}}}`), "give one user, or one team"},
		"rings a number":      {node(`{"id":"n1","type":"ring_to","config":{"target":{"number":"num_1"}}}`), "reach a number with a redirect node (rule R1)"},
		"users that are none": {node(`{"id":"n1","type":"ring_to","config":{"target":{"users":["a",2]}}}`), "write user 2 of users as a text"},
		"redirect nowhere":    {node(`{"id":"n1","type":"redirect"}`), "give one of number, external and sip"},
		"not E.164":           {node(`{"id":"n1","type":"redirect","config":{"external":"0199001234"}}`), `"0199001234" is not an international number: write + and 7 to 15 digits`},
		"digits of elsewhere": {node(`{"id":"n1","type":"redirect","config":{"external":"+3319900١234"}}`), "is not an international number"},
		"extensions":          {node(`{"id":"n1","type":"audio_message","config":{"audio":"a","allow_extensions":"all"}}`), `write allow_extensions as true, false or "distribution"`},
		"layout":              {`{"layout":{"n1":[1]}}`, "at layout.n1: write a place as [x, y]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := flow.Parse([]byte(tt.document))
			if f != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nmust say %s", err, tt.want)
			}
			if _, is := errors.AsType[*flow.DocumentError](err); !is {
				t.Errorf("%T", err)
			}
		})
	}
}

func TestEveryProblemIsTold(t *testing.T) {
	_, err := flow.Parse([]byte(`{"nodes":[{"id":"a","type":"ivr","config":{"x":1}},{"id":"b","type":"voicmail"}],"y":2}`))
	refused, is := errors.AsType[*flow.DocumentError](err)
	if !is || len(refused.Problems) != 4 {
		t.Fatal(err)
	}
	for i, want := range []string{"nodes[0].config.audio", "nodes[0].config.x", "nodes[1].type", "y"} {
		if refused.Problems[i].Path != want {
			t.Errorf("problem %d is at %s", i, refused.Problems[i].Path)
		}
	}
}

func TestHopelessDocumentIsRefusedInFewWords(t *testing.T) {
	keys := make([]string, 5000)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"%s%d":0`, strings.Repeat("x", 1000), i)
	}
	_, err := flow.Parse([]byte("{" + strings.Join(keys, ",") + "}"))
	refused, is := errors.AsType[*flow.DocumentError](err)
	if !is || len(refused.Problems) != 100 || len(err.Error()) > 100*500 {
		t.Errorf("%d letters", len(err.Error()))
	}
}

// Whatever is read can be written, is the same flow when read again, and can be checked and walked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(support))
	f.Add([]byte(everyNode))
	f.Add([]byte(`{"nodes":[{"id":"n1","type":"hangup","next":{"done":"n1"}}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		read, err := flow.Parse(document)
		if err != nil {
			return
		}
		b, err := flow.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		again, err := flow.Parse(b)
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if !reflect.DeepEqual(read, again) {
			t.Fatalf("another flow: %s", b)
		}
		for _, p := range flow.Lint(read, everything{}) {
			if p.Text == "" || p.Path == "" {
				t.Fatalf("a problem without words: %#v", p)
			}
		}
		begin(t, read, desk(), flow.Settings{})
		if !json.Valid(b) {
			t.Fatal("not JSON")
		}
		anyEdit(t, read, again)
	})
}

// anyEdit tries every edit on a flow: none may panic, change the flow, or make one that cannot be written.
func anyEdit(t *testing.T, f, same *flow.Flow) {
	t.Helper()
	if d := flow.Diff(f, same); !bool(d.Empty()) {
		t.Fatalf("%+v", d)
	}
	flow.Lint(f, lines{line: flow.Line{Kind: flow.DirectLine, User: "alice"}})
	var edited []*flow.Flow
	keep := func(f *flow.Flow, err error) {
		if err == nil {
			edited = append(edited, f)
		}
	}
	direct, _, _ := flow.ForUser(f, "alice", lines{})
	keep(direct, nil)
	for i, l := range flow.Outline(f) {
		if i > 20 {
			break
		}
		out, _, err := flow.InsertAt(f, i, bye())
		keep(out, err)
		keep(flow.MoveTo(f, f.Start, i))
		keep(flow.Remove(f, l.Node))
		out, _, err = flow.AddBranch(f, l.Node, flow.Branch{})
		keep(out, err)
		if n := f.Nodes[l.Node]; n != nil {
			for _, b := range n.Branches() {
				keep(flow.RemoveBranch(f, l.Node, b.ID))
			}
		}
	}
	for _, out := range edited {
		if _, err := flow.Marshal(out); err != nil {
			t.Fatal(err)
		}
		flow.Lint(out, everything{})
		flow.Outline(out)
	}
	if d := flow.Diff(f, same); !bool(d.Empty()) {
		t.Fatalf("an edit changed the flow itself: %+v", d)
	}
	simulate.Run(f, desk(), &simulate.Script{Digits: simulate.Keys(time.Second, time.Second, "1204#9"), Limit: 2 * time.Minute})
}
