package flow_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// The people of these tests: a welcome, a menu and a queue in front of three users of one team. 204 is Alice, 205 Bruno, 310 Chloé; Farid (206)
// is there for outgoing calls only.
func desk() *simulate.Desk {
	return &simulate.Desk{
		Extensions: map[string]flow.UserID{"204": "alice", "205": "bruno", "206": "farid", "310": "chloe"},
		Outgoing:   map[flow.UserID]bool{"farid": true},
		Own:        []flow.UserID{"alice", "bruno"},
		Teams:      map[flow.TeamID][]flow.UserID{"support": {"alice", "bruno", "chloe"}},
	}
}

// line is a flow from its nodes; the first one is the start, and each is named by its place: n1, n2 and so on.
func line(nodes ...*flow.Node) *flow.Flow {
	f := &flow.Flow{Name: "test", Start: "n1", Nodes: make(map[flow.NodeID]*flow.Node)}
	for i, n := range nodes {
		n.ID = flow.NodeID("n" + string(rune('1'+i)))
		f.Nodes[n.ID] = n
	}
	return f
}

func to(pairs ...string) map[string]flow.NodeID {
	next := make(map[string]flow.NodeID)
	for i := 0; i < len(pairs); i += 2 {
		next[pairs[i]] = flow.NodeID(pairs[i+1])
	}
	return next
}

func audio(name flow.AudioID, next string) *flow.Node {
	return &flow.Node{Next: to("done", next), AudioMessage: &flow.AudioMessage{Audio: name}}
}

func team(rule flow.Rule, next string) *flow.Node {
	return &flow.Node{Next: to("unanswered", next), RingTo: &flow.RingTo{Team: "support", Rule: rule, RingForSeconds: 120, RingUserSeconds: 20}}
}

func mailbox() *flow.Node { return &flow.Node{Voicemail: &flow.Voicemail{}} }

func bye() *flow.Node { return &flow.Node{Hangup: &flow.Hangup{}} }

// ivr is a menu whose options 1 and 2 lead to n2 and n3, and its last port to n4.
func ivr() *flow.Node {
	return &flow.Node{
		Next: to("k1", "n2", "k2", "n3", "no_or_wrong_input", "n4"),
		IVR:  &flow.IVR{Audio: "menu", Options: []flow.Option{{ID: "k1", Key: '1', Title: "Support"}, {ID: "k2", Key: '2', Title: "Sales"}}},
	}
}

func run(t *testing.T, f *flow.Flow, d *simulate.Desk, s simulate.Script) *simulate.Course {
	t.Helper()
	s.At = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	c := simulate.Run(f, d, &s)
	if testing.Verbose() {
		t.Log("\n" + c.Ladder())
	}
	return c
}

// golden compares a ladder with what it must be; the tabs before its lines do not count.
func golden(t *testing.T, c *simulate.Course, want string) {
	t.Helper()
	var lines []string
	for l := range strings.Lines(want) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	var got []string
	for l := range strings.Lines(c.Ladder()) {
		got = append(got, strings.TrimSpace(l))
	}
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("ladder is\n%s\nand must be\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// told is a ladder with one line for each command: the time, and the command without its id.
func told(c *simulate.Course) []string {
	id := regexp.MustCompile(` #\d+`)
	var lines []string
	at := ""
	for l := range strings.Lines(c.Ladder()) {
		l = id.ReplaceAllString(strings.TrimRight(l, "\n"), "")
		switch {
		case strings.HasPrefix(l, "            "):
			lines = append(lines, at+" "+strings.TrimSpace(l))
		case strings.Contains(l, " = "):
			lines = append(lines, strings.Replace(strings.TrimSpace(l), "  = ", " = ", 1))
		default:
			at, _, _ = strings.Cut(strings.TrimSpace(l), " ")
		}
	}
	return lines
}

// expect checks that these lines are told, in this order; others may lie between them.
func expect(t *testing.T, c *simulate.Course, wants ...string) {
	t.Helper()
	lines := told(c)
	for _, want := range wants {
		i := slices.Index(lines, want)
		if i < 0 {
			t.Fatalf("%q is not told, or too early:\n%s", want, c.Ladder())
		}
		lines = lines[i+1:]
	}
}

// never checks that no line contains these words.
func never(t *testing.T, c *simulate.Course, wants ...string) {
	t.Helper()
	for _, want := range wants {
		for _, l := range told(c) {
			if strings.Contains(l, want) {
				t.Errorf("%q is told:\n%s", want, c.Ladder())
			}
		}
	}
}

// keys presses keys at given moments: "4s" "1", "6.5s" "204" (400 ms apart).
func keys(t *testing.T, pairs ...string) []simulate.Press {
	t.Helper()
	var all []simulate.Press
	for i := 0; i < len(pairs); i += 2 {
		after, err := time.ParseDuration(pairs[i])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, simulate.Keys(after, 400*time.Millisecond, pairs[i+1])...)
	}
	return all
}

func scriptOf(digits []simulate.Press) simulate.Script { return simulate.Script{Digits: digits} }
