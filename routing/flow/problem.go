package flow

import (
	"fmt"
	"strings"
)

// Code names a rule of flows. E blocks publishing, W does not (SPEC F7).
type Code string

// The rules. E00 is not a rule of the graph: the document does not say what a flow must say.
const (
	BadDocument    Code = "E00"
	NoStart        Code = "E01" // the start names no node
	NoTarget       Code = "E02" // a port leads nowhere
	SilentCycle    Code = "E03" // a cycle without a wait that the caller can hear
	UnknownName    Code = "E04" // a user, team, audio or number that does not exist
	NotDirect      Code = "E05" // what a direct number's flow cannot have: a team, another user, a node outside of its template (SPEC D7, D9)
	NoTerminal     Code = "E06" // a path that never ends
	RingForOutside Code = "E07" // ring_for_seconds outside 5 to 3600 (SPEC R2)
	KeyTwice       Code = "E08" // the same key twice in an IVR
	NeverRun       Code = "W01" // a node after a terminal one, or that nothing leads to (SPEC F3)
	SlotsOverlap   Code = "W02" // slots of two branches overlap: the first branch wins (SPEC T6)
	SlotsGap       Code = "W03" // a gap between the slots of a day
	EmptyTeam      Code = "W04"
	OutgoingInTeam Code = "W05" // an outgoing-calls-only user in a ringing team (SPEC R23)
	KeyIsExtension Code = "W06" // an option's key begins an extension: it acts 1.5 s later (SPEC X19)
	NoVoicemail    Code = "W07" // an unanswered path without a voicemail
	UnusedAudio    Code = "W08" // a sound of the draft that no node plays
	NumberLoop     Code = "W09" // a redirection that comes back by way of other numbers
	CallerRejected Code = "W10" // a redirection outside shows a caller ID that the trunk may reject
)

// Blocks says whether a flow with this problem can be published (SPEC F7).
func (c Code) Blocks() bool { return strings.HasPrefix(string(c), "E") }

// Problem is one thing that is wrong with a flow, or may be.
type Problem struct {
	Code Code
	Node NodeID // empty: the flow as a whole
	Path string // where in the document: "nodes[2].config.audio"
	Text string // a sentence that says what to do
}

// String is the problem in one line.
func (p Problem) String() string {
	where := p.Path
	if p.Node != "" {
		where = fmt.Sprintf("node %s, %s", p.Node, p.Path)
	}
	if where == "" {
		return fmt.Sprintf("%s: %s", p.Code, p.Text)
	}
	return fmt.Sprintf("%s at %s: %s", p.Code, where, p.Text)
}

// DocumentError says why a document is not a flow.
type DocumentError struct{ Problems []Problem }

// Error lists every problem, one after the other.
func (e *DocumentError) Error() string {
	all := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		all[i] = p.String()
	}
	return "flow: " + strings.Join(all, "; ")
}

// meant is the end of a sentence that proposes a name.
func meant(name string, names []string) string {
	if n := Nearest(name, names); n != "" {
		return fmt.Sprintf(": write %q", n)
	}
	return ": write one of " + strings.Join(names, ", ")
}
