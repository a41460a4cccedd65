package flow

import (
	"cmp"
	"slices"
)

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
			fresh := func(after NodeID) bool { _, known := g.after[after]; return !known }
			for after := range g.walk(n.Next[p], fresh) {
				if fresh(after) {
					g.after[after] = id
				}
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
	inside := make(map[NodeID]struct{})
	for id := range g.reached {
		if g.silent(id) {
			inside[id] = struct{}{}
		}
	}
	var found []NodeID
	for _, ring := range g.rings(inside) {
		slices.SortFunc(ring, func(a, b NodeID) int { return cmp.Compare(g.place[a], g.place[b]) })
		found = append(found, ring[0])
	}
	slices.SortFunc(found, func(a, b NodeID) int { return cmp.Compare(g.place[a], g.place[b]) })
	return found
}

// rings lists the sets of nodes inside a part of the flow from each of which every other one can be reached, be it only itself: it looks at each edge
// twice (Kosaraju's way).
func (g *graph) rings(inside map[NodeID]struct{}) [][]NodeID {
	var all [][]NodeID
	back := g.back(inside)
	taken := make(map[NodeID]struct{})
	order := g.finished(inside)
	for _, id := range slices.Backward(order) {
		if _, again := taken[id]; again {
			continue
		}
		taken[id] = struct{}{}
		ring := []NodeID{id}
		for i := 0; i < len(ring); i++ {
			for _, from := range back[ring[i]] {
				if _, again := taken[from]; !again {
					taken[from] = struct{}{}
					ring = append(ring, from)
				}
			}
		}
		if len(ring) > 1 || slices.Contains(back[id], id) {
			all = append(all, ring)
		}
	}
	return all
}

// finished lists the nodes of a part in the order in which a walk into the depth leaves them.
func (g *graph) finished(inside map[NodeID]struct{}) []NodeID {
	type visit struct {
		id   NodeID
		next []NodeID
	}
	var order []NodeID
	met := make(map[NodeID]struct{}, len(inside))
	for _, start := range g.order {
		_, is := inside[start]
		if _, again := met[start]; again || !is {
			continue
		}
		met[start] = struct{}{}
		stack := []visit{{start, g.targets(start)}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if len(top.next) == 0 {
				order = append(order, top.id)
				stack = stack[:len(stack)-1]
				continue
			}
			id := top.next[0]
			top.next = top.next[1:]
			_, is := inside[id]
			if _, again := met[id]; is && !again {
				met[id] = struct{}{}
				stack = append(stack, visit{id, g.targets(id)})
			}
		}
	}
	return order
}

// all is the whole flow as a part.
func (g *graph) all() map[NodeID]struct{} {
	all := make(map[NodeID]struct{}, len(g.order))
	for _, id := range g.order {
		all[id] = struct{}{}
	}
	return all
}

// back lists, by node, from which nodes of a part it is reached at once.
func (g *graph) back(inside map[NodeID]struct{}) map[NodeID][]NodeID {
	from := make(map[NodeID][]NodeID, len(inside))
	for id := range inside {
		for _, t := range g.targets(id) {
			if _, is := inside[t]; is {
				from[t] = append(from[t], id)
			}
		}
	}
	return from
}

// leading lists the nodes of a part from which a walk can come to one for which is holds, itself among them.
func (g *graph) leading(inside map[NodeID]struct{}, is func(*Node) bool) map[NodeID]struct{} {
	back := g.back(inside)
	met := make(map[NodeID]struct{})
	var next []NodeID
	for id := range inside {
		if is(g.flow.Nodes[id]) {
			met[id] = struct{}{}
			next = append(next, id)
		}
	}
	for len(next) > 0 {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		for _, from := range back[id] {
			if _, again := met[from]; !again {
				met[from] = struct{}{}
				next = append(next, from)
			}
		}
	}
	return met
}

// endless names one node of each part of the flow that no walk can leave by a terminal node. Where a port has no target the walk ends there,
// which is another rule's (E02).
func (g *graph) endless() []NodeID {
	ends := g.leading(g.reached, func(n *Node) bool {
		return n.Terminal() || slices.ContainsFunc(n.Ports(), func(p string) bool { return g.flow.Nodes[n.Next[p]] == nil })
	})
	var found []NodeID
	told := make(map[NodeID]struct{})
	for _, id := range g.order {
		_, runs := g.reached[id]
		_, ended := ends[id]
		_, again := told[id]
		if !runs || ended || again {
			continue
		}
		found = append(found, id)
		for other := range g.from(id) {
			told[other] = struct{}{}
		}
	}
	return found
}
