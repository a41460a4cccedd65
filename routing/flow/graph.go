package flow

import "slices"

// graph is a flow as Lint looks at it: which node follows which.
type graph struct {
	flow    *Flow
	order   []NodeID
	place   map[NodeID]int      // of a node in order, as Marshal writes them
	reached map[NodeID]struct{} // by a walk from the start
	after   map[NodeID]NodeID   // nodes that a terminal one leads to, with the terminal one
}

func newGraph(f *Flow) *graph {
	g := &graph{flow: f, place: make(map[NodeID]int, len(f.Nodes)), after: make(map[NodeID]NodeID)}
	g.order = f.Order()
	for i, id := range g.order {
		g.place[id] = i
	}
	g.reached = g.from(f.Start)
	for _, id := range g.order {
		n := f.Nodes[id]
		for _, p := range n.idle() {
			for after := range g.walk(n.Next[p], func(NodeID) bool { return true }) {
				g.after[after] = id
			}
		}
	}
	return g
}

// targets lists the nodes that follow a node in a walk.
func (g *graph) targets(id NodeID) []NodeID {
	n := g.flow.Nodes[id]
	var all []NodeID
	for _, p := range n.Ports() {
		if t := n.Next[p]; g.flow.Nodes[t] != nil {
			all = append(all, t)
		}
	}
	return all
}

// from lists the nodes that a walk from a node can meet, itself among them.
func (g *graph) from(start NodeID) map[NodeID]struct{} {
	return g.walk(start, func(NodeID) bool { return true })
}

// walk lists the nodes that can be met from a node by way of those for which through holds.
func (g *graph) walk(start NodeID, through func(NodeID) bool) map[NodeID]struct{} {
	met := make(map[NodeID]struct{})
	if g.flow.Nodes[start] == nil {
		return met
	}
	met[start] = struct{}{}
	for next := []NodeID{start}; len(next) > 0; {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		if !through(id) {
			continue
		}
		for _, t := range g.targets(id) {
			if _, again := met[t]; !again {
				met[t] = struct{}{}
				next = append(next, t)
			}
		}
	}
	return met
}

// silent says whether a walk can pass a node without the caller hearing anything: a Ring-to where nobody is there passes at once.
func (g *graph) silent(id NodeID) bool {
	n := g.flow.Nodes[id]
	return n.AudioMessage == nil && n.IVR == nil && n.Input == nil
}

// silentCycles names one node of each cycle without a wait that the caller can hear.
func (g *graph) silentCycles() []NodeID {
	var found []NodeID
	told := make(map[NodeID]struct{})
	for _, id := range g.order {
		if _, again := told[id]; again || !g.silent(id) {
			continue
		}
		if _, is := g.reached[id]; !is {
			continue
		}
		for _, t := range g.targets(id) {
			round := g.walk(t, g.silent)
			if _, back := round[id]; !back {
				continue
			}
			found = append(found, id)
			for other := range round {
				told[other] = struct{}{}
			}
			break
		}
	}
	return found
}

// endless names one node of each part of the flow that no walk can leave by a terminal node. Where a port has no target the walk ends there,
// which is another rule's (E02).
func (g *graph) endless() []NodeID {
	var found []NodeID
	told := make(map[NodeID]struct{})
	for _, id := range g.order {
		if _, is := g.reached[id]; !is {
			continue
		}
		if _, again := told[id]; again {
			continue
		}
		part := g.from(id)
		if g.ends(part) {
			continue
		}
		found = append(found, id)
		for other := range part {
			told[other] = struct{}{}
		}
	}
	return found
}

// ends says whether a walk can end in one of these nodes.
func (g *graph) ends(part map[NodeID]struct{}) bool {
	for id := range part {
		n := g.flow.Nodes[id]
		if n.Terminal() || slices.ContainsFunc(n.Ports(), func(p string) bool { return g.flow.Nodes[n.Next[p]] == nil }) {
			return true
		}
	}
	return false
}
