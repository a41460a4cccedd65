package flow

import (
	"fmt"
)

// Catalog is what Lint asks about the account. Whoever answers for the names alone embeds AnyLine for the rest.
type Catalog interface {
	Records
	Lines
}

// Records answers what there is in the account.
type Records interface {
	// User says whether there is such a user, and whether they take calls at all.
	User(u UserID) Reach
	// Team lists the users of a team, and says whether there is one.
	Team(t TeamID) ([]UserID, Has)
	// Audio says whether the account's library or the product has a sound of this name.
	Audio(a AudioID) Has
	// Number says whether the account owns such a number.
	Number(n NumberID) Has
	// ExtensionPrefix says whether any extension of the account begins with these digits.
	ExtensionPrefix(digits string) Has
	// Date says whether the account has such a special date.
	Date(d DateID) Has
	// Tag says whether the account has such a tag.
	Tag(id string) Has
}

// Lint checks a flow against the rules of its graph and against the account. Problems come in the order of the nodes; those whose code blocks
// keep a flow from being published (SPEC F7).
func Lint(f *Flow, c Catalog) []Problem {
	l := &linter{flow: f, catalog: c, graph: newGraph(f)}
	l.start()
	for _, id := range l.graph.order {
		l.at = id
		n := f.Nodes[id]
		if _, reached := l.graph.reached[id]; !reached && len(l.graph.reached) > 0 {
			l.neverRun(id) // what else is wrong with it harms no call
			continue
		}
		l.ports(n)
		l.names(n)
		l.settings(n)
		if n.RingTo != nil {
			l.unanswered(n)
		}
	}
	l.direct()
	l.cycles()
	l.unused()
	return l.problems
}

type linter struct {
	flow    *Flow
	catalog Catalog
	graph   *graph

	voicemails map[NodeID]struct{} // the nodes from which a voicemail can be reached; nil: not asked yet

	at       NodeID
	problems []Problem
}

func (l *linter) say(code Code, path, format string, args ...any) {
	where := path
	if l.at != "" {
		where = fmt.Sprintf("nodes[%d].%s", l.graph.place[l.at], path)
	}
	l.problems = append(l.problems, Problem{Code: code, Node: l.at, Path: where, Text: fmt.Sprintf(format, args...)})
}

func (l *linter) start() {
	switch {
	case l.flow.Start == "":
		l.say(NoStart, "start", "say with which node the flow starts")
	case l.flow.Nodes[l.flow.Start] == nil:
		l.say(NoStart, "start", "the flow starts with node %s, which does not exist: name one of its nodes", l.flow.Start)
	}
}

// ports checks that the node leads somewhere by each of its ports.
func (l *linter) ports(n *Node) {
	for _, p := range n.Ports() {
		switch target, is := n.Next[p]; {
		case !is || target == "":
			l.say(NoTarget, "next."+p, "connect the port %q to a node", p)
		case l.flow.Nodes[target] == nil:
			l.say(NoTarget, "next."+p, "the port %q leads to node %s, which does not exist: connect it to another", p, target)
		}
	}
}

// unanswered warns of callers who can leave no voicemail.
func (l *linter) unanswered(n *Node) {
	target := n.Next[PortUnanswered]
	if l.flow.Nodes[target] == nil {
		return // E02 says it
	}
	if l.voicemails == nil {
		l.voicemails = l.graph.leading(l.graph.all(), func(n *Node) bool { return n.Voicemail != nil })
	}
	if _, is := l.voicemails[target]; is {
		return
	}
	l.say(NoVoicemail, "next."+PortUnanswered, "a caller whom nobody answers can leave no voicemail: put one on this path")
}

// neverRun warns of a node that no walk meets.
func (l *linter) neverRun(id NodeID) {
	if after, is := l.graph.after[id]; is {
		l.say(NeverRun, "id", "this node comes after %s, which ends the call, and is never run: move it or delete it", after)
		return
	}
	l.say(NeverRun, "id", "no path leads from the start to this node, and it is never run: connect it or delete it")
}

// cycles checks that every walk can end, and that a caller hears something on the way round.
func (l *linter) cycles() {
	for _, id := range l.graph.silentCycles() {
		l.at = id
		l.say(SilentCycle, "next", "the flow can come back to this node without the caller hearing anything: put an audio message on the way")
	}
	for _, id := range l.graph.endless() {
		l.at = id
		l.say(NoTerminal, "next", "a call that comes to this node never ends: lead it to a voicemail, a redirection or a hang-up")
	}
}
