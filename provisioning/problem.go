package provisioning

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is one thing wrong with a site file, said so that its author can mend it.
type Problem struct {
	File string
	Line int    // from 1; 0: of the file as a whole
	Key  string // path of the key: "users[2].extension"; empty: of no key
	Code string // the rule: "D2", "X1", "E04", or empty
	Text string // what is wrong, and where there is one, the way out
}

// String is "file:line: key: text (rule)".
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Key != "" {
		s += ": " + p.Key
	}
	s += ": " + p.Text
	if p.Code != "" {
		s += " (" + p.Code + ")"
	}
	return s
}

// sortProblems puts problems in the order of the file.
func sortProblems(ps []Problem) {
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}
