package flow

// OutlineLine is a line of a flow that is read from top to bottom (SPEC F18). A node with one way on is followed by the next one at the same depth;
// under a node with several, each way is a block one deeper.
type OutlineLine struct {
	Depth int    `json:"depth"`
	Edge  Edge   `json:"edge"` // what leads here: where Insert and Move put a node before this line; empty for a node that nothing leads to
	Label string `json:"label,omitempty"`
	Node  NodeID `json:"node,omitempty"` // empty: the edge leads nowhere yet
	Kind  Kind   `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
	Again bool   `json:"again,omitempty"` // the node was told above, with all that follows it
	Faded bool   `json:"faded,omitempty"` // it is never run (SPEC F3)
}

// Outline lists a flow as lines.
func Outline(f *Flow) []OutlineLine {
	o := &outliner{flow: f, told: make(map[NodeID]struct{}), faded: make(map[NodeID]struct{})}
	for _, id := range Faded(f) {
		o.faded[id] = struct{}{}
	}
	o.follow(OutlineLine{Edge: Edge{Port: PortStart}, Node: f.Start})
	for _, id := range f.Order() {
		if _, again := o.told[id]; !again {
			o.follow(OutlineLine{Node: id})
		}
	}
	return o.lines
}

type outliner struct {
	flow  *Flow
	told  map[NodeID]struct{}
	faded map[NodeID]struct{}
	lines []OutlineLine
}

// follow tells a line and what comes after it.
func (o *outliner) follow(l OutlineLine) {
	for {
		n := o.flow.Nodes[l.Node]
		if n == nil {
			l.Node = ""
			if l.Edge.Port != "" && (!l.Faded || l.Edge.From == "") { // after a terminal node nothing needs to follow
				o.lines = append(o.lines, l)
			}
			return
		}
		_, l.Again = o.told[l.Node]
		_, l.Faded = o.faded[l.Node]
		l.Kind, l.Title = n.Kind(), n.Title
		o.lines = append(o.lines, l)
		if l.Again {
			return
		}
		o.told[l.Node] = struct{}{}
		ports := n.Ports()
		if len(ports) != 1 {
			o.blocks(n, ports, l.Depth+1)
		}
		switch {
		case n.Terminal():
			l = OutlineLine{Depth: l.Depth, Edge: Edge{n.ID, PortDone}, Node: n.Next[PortDone], Faded: true}
		case len(ports) == 1:
			l = OutlineLine{Depth: l.Depth, Edge: Edge{n.ID, ports[0]}, Node: n.Next[ports[0]]}
		default:
			return
		}
	}
}

// blocks tells each way on from a node.
func (o *outliner) blocks(n *Node, ports []string, depth int) {
	labels := make(map[string]string)
	for _, b := range n.Branches() {
		labels[b.ID] = b.Title
	}
	for _, p := range ports {
		o.follow(OutlineLine{Depth: depth, Edge: Edge{n.ID, p}, Label: labels[p], Node: n.Next[p]})
	}
}

// InsertAt is Insert before a line of the outline.
func InsertAt(f *Flow, line int, n *Node) (*Flow, NodeID, error) {
	lines := Outline(f)
	if line < 0 || line >= len(lines) {
		return nil, "", ErrNoEdge
	}
	return Insert(f, lines[line].Edge, n)
}

// MoveTo is Move before a line of the outline.
func MoveTo(f *Flow, id NodeID, line int) (*Flow, error) {
	lines := Outline(f)
	if line < 0 || line >= len(lines) {
		return nil, ErrNoEdge
	}
	if lines[line].Node == id && !lines[line].Again {
		return f.Clone(), nil
	}
	return Move(f, id, lines[line].Edge)
}
