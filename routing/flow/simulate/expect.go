package simulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"tandem/routing/flow"
)

// Suite is a file of tests of flows: in TOML, [[tests]] with what happens and [tests.expect] with what must come of it.
type Suite struct {
	Tests []Case `json:"tests" toml:"tests"`
}

// Read reads a file of tests. Keys that mean nothing are refused.
func Read(document string) (Suite, error) {
	var s Suite
	meta, err := toml.Decode(document, &s)
	if err != nil {
		return Suite{}, fmt.Errorf("read tests: %w", err)
	}
	for _, key := range meta.Undecoded() {
		if !slices.Contains(key, "mock") { // the body of an answer is as its program likes
			return Suite{}, fmt.Errorf("read tests: unknown key %s", key)
		}
	}
	return s, nil
}

// Case is one test of a flow.
type Case struct {
	Request

	Name   string `json:"name" toml:"name"`
	Flow   string `json:"flow" toml:"flow"` // the name or the file of the flow
	Expect Expect `json:"expect" toml:"expect"`
}

// Expect is what must come of a simulation. What is left out is not looked at.
type Expect struct {
	Outcome    string            `json:"outcome,omitempty" toml:"outcome"`         // see Course.Result
	AnsweredBy string            `json:"answered_by,omitempty" toml:"answered_by"` // a user
	Redirects  string            `json:"redirects_to,omitempty" toml:"redirects_to"`
	Path       []string          `json:"path,omitempty" toml:"path"`         // all the nodes, in order
	Passes     []string          `json:"passes,omitempty" toml:"passes"`     // some of the nodes, in order
	Avoids     []string          `json:"avoids,omitempty" toml:"avoids"`     // nodes that are not entered
	Branches   map[string]string `json:"branches,omitempty" toml:"branches"` // by node: the port by which it was last left
	Rings      []string          `json:"rings,omitempty" toml:"rings"`       // all the users who ring, in order
	WithinMS   int64             `json:"within_ms,omitempty" toml:"within_ms"`
}

// Check compares a course with what was expected: a sentence for each thing that is otherwise.
func Check(c *Course, e Expect) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got := c.Result(); e.Outcome != "" && got != e.Outcome {
		say("the outcome is %s, not %s", got, e.Outcome)
	}
	if e.AnsweredBy != "" && (c.Outcome != Answered || c.User != flow.UserID(e.AnsweredBy)) {
		say("the call is answered by %q, not by %s", string(c.User), e.AnsweredBy)
	}
	if got := c.RedirectedTo(); e.Redirects != "" && got != e.Redirects {
		say("the call is redirected to %q, not to %s", got, e.Redirects)
	}
	wrong = append(wrong, checkPath(c.Path(), e)...)
	rang := make([]string, 0, len(e.Rings))
	for _, u := range c.Rang() {
		rang = append(rang, string(u))
	}
	if e.Rings != nil && !slices.Equal(rang, e.Rings) {
		say("%q ring, not %q", rang, e.Rings)
	}
	if e.WithinMS > 0 && c.Lasted.Milliseconds() > e.WithinMS {
		say("the call lasts %d ms, more than %d", c.Lasted.Milliseconds(), e.WithinMS)
	}
	return wrong
}

// checkPath compares the nodes that were entered, and how they were left.
func checkPath(path []Visit, e Expect) []string {
	var wrong []string
	nodes := make([]string, len(path))
	left := make(map[string]string)
	for i, v := range path {
		nodes[i] = string(v.Node)
		left[nodes[i]] = v.Branch
	}
	walk := strings.Join(nodes, " → ")
	if e.Path != nil && !slices.Equal(nodes, e.Path) {
		wrong = append(wrong, fmt.Sprintf("the path is %s, not %s", walk, strings.Join(e.Path, " → ")))
	}
	if missed := firstMissed(nodes, e.Passes); missed != "" {
		wrong = append(wrong, fmt.Sprintf("the path %s does not pass %s, or not in this order", walk, missed))
	}
	for _, id := range e.Avoids {
		if slices.Contains(nodes, id) {
			wrong = append(wrong, "the path enters "+id)
		}
	}
	for _, id := range sorted(e.Branches) {
		if left[id] != e.Branches[id] {
			wrong = append(wrong, fmt.Sprintf("node %s is left by %q, not by %s", id, left[id], e.Branches[id]))
		}
	}
	return wrong
}

// firstMissed is the first name that does not come after those before it; empty: all do.
func firstMissed(nodes, wanted []string) string {
	for _, want := range wanted {
		i := slices.Index(nodes, want)
		if i < 0 {
			return want
		}
		nodes = nodes[i+1:]
	}
	return ""
}

func sorted(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
