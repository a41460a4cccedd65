package flow

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Why an edit of a flow cannot be made.
var (
	ErrNoEdge     = errors.New("the flow has no such edge")
	ErrNoNode     = errors.New("the flow has no such node")
	ErrNodeTaken  = errors.New("the flow has a node of this id")
	ErrNoContent  = errors.New("the node has no content")
	ErrNoBranches = errors.New("this type of node has no branches to add or to take away")
	ErrNoBranch   = errors.New("the node has no such branch")
	ErrTaken      = errors.New("the node has a branch of this id")
	ErrFull       = errors.New("the node can have no further branch")
	ErrLast       = errors.New("a split needs a branch")
)

// PortStart is the port of the edge that leads from nowhere to the first node.
const PortStart = "start"

// Edge is a place between two nodes: the way out of one by a port. From is empty for the edge to the first node, whose port is PortStart.
type Edge struct {
	From NodeID `json:"from"`
	Port string `json:"port"`
}

// Target is where an edge leads; empty: nowhere yet.
func (f *Flow) Target(e Edge) (NodeID, error) {
	if e.From == "" && e.Port == PortStart {
		return f.Start, nil
	}
	n := f.Nodes[e.From]
	if n == nil || !slices.Contains(append(n.Ports(), n.idle()...), e.Port) {
		return "", ErrNoEdge
	}
	return n.Next[e.Port], nil
}

// lead lets an edge lead to a node; nowhere where that is empty.
func (f *Flow) lead(e Edge, to NodeID) {
	if e.From == "" {
		f.Start = to
		return
	}
	n := f.Nodes[e.From]
	if to == "" {
		delete(n.Next, e.Port)
		return
	}
	if n.Next == nil {
		n.Next = make(map[string]NodeID)
	}
	n.Next[e.Port] = to
}

// Insert is a copy of a flow with a node on an edge (SPEC F4): the edge leads to the node, and every port of the node that leads nowhere leads to where
// the edge led. After a terminal node what followed is kept, and is never run (SPEC F3). A node without an id gets a free one. It gives the node's id.
func Insert(f *Flow, e Edge, n *Node) (*Flow, NodeID, error) {
	switch {
	case n.Kind() == "":
		return nil, "", ErrNoContent
	case n.ID != "" && f.Nodes[n.ID] != nil:
		return nil, "", ErrNodeTaken
	}
	after, err := f.Target(e)
	if err != nil {
		return nil, "", err
	}
	out, added := f.Clone(), n.Clone()
	if added.ID == "" {
		added.ID = f.freeID()
	}
	if added.Next == nil {
		added.Next = make(map[string]NodeID)
	}
	ports := added.Ports()
	if added.Terminal() {
		ports = added.idle()
	}
	for _, p := range ports {
		if added.Next[p] == "" && after != "" {
			added.Next[p] = after
		}
	}
	out.Nodes[added.ID] = added
	out.Listed = out.listedAfter(e.From, added.ID)
	out.lead(e, added.ID)
	return out, added.ID, nil
}

// freeID is an id that no node has.
func (f *Flow) freeID() NodeID {
	for i := len(f.Nodes) + 1; ; i++ {
		if id := NodeID("n" + strconv.Itoa(i)); f.Nodes[id] == nil {
			return id
		}
	}
}

// listedAfter is the document's order with a new node behind another.
func (f *Flow) listedAfter(from, id NodeID) []NodeID {
	if len(f.Listed) == 0 {
		return nil
	}
	return slices.Insert(f.Listed, slices.Index(f.Listed, from)+1, id)
}

// Remove is a copy of a flow without a node: what led to it leads to where its first port led.
func Remove(f *Flow, id NodeID) (*Flow, error) {
	n := f.Nodes[id]
	if n == nil {
		return nil, ErrNoNode
	}
	out := f.Clone()
	after := n.Next[n.wayOn()]
	if after == id {
		after = ""
	}
	delete(out.Nodes, id)
	delete(out.Layout, id)
	out.Listed = slices.DeleteFunc(out.Listed, func(other NodeID) bool { return other == id })
	if out.Start == id {
		out.Start = after
	}
	for _, other := range out.Nodes {
		for p, to := range other.Next {
			if to == id {
				out.lead(Edge{other.ID, p}, after)
			}
		}
	}
	return out, nil
}

// wayOn is the port by which a walk goes on in the first place.
func (n *Node) wayOn() string {
	if ports := append(n.Ports(), n.idle()...); len(ports) > 0 {
		return ports[0]
	}
	return ""
}

// Move is a copy of a flow with a node in another place: taken out as Remove does, and put on an edge as Insert does. Its other branches stay its own.
func Move(f *Flow, id NodeID, e Edge) (*Flow, error) {
	n := f.Nodes[id]
	if n == nil {
		return nil, ErrNoNode
	}
	if _, err := f.Target(e); err != nil || e.From == id {
		return nil, ErrNoEdge
	}
	without, err := Remove(f, id)
	if err != nil {
		return nil, err
	}
	moved := n.Clone()
	delete(moved.Next, moved.wayOn())
	out, _, err := Insert(without, e, moved)
	if err != nil {
		return nil, err
	}
	if place, drawn := f.Layout[id]; drawn {
		out.Layout[id] = place
	}
	return out, nil
}

// AddBranch is a copy of a flow in which a node has one more branch (SPEC F5, T2), the last of them; it leads to where calls that fit no branch go. A
// branch without an id gets a free one, an option of an IVR the first free key, and the shares of a split become equal. It gives the branch's id.
func AddBranch(f *Flow, id NodeID, b Branch) (*Flow, string, error) {
	if f.Nodes[id] == nil {
		return nil, "", ErrNoNode
	}
	out := f.Clone()
	n := out.Nodes[id]
	all := n.Branches()
	taken := func(name string) bool {
		return slices.ContainsFunc(all, func(o Branch) bool { return o.ID == name }) || name == PortOtherwise || name == PortNoOrWrongInput
	}
	for i := len(all) + 1; b.ID == ""; i++ {
		if name := "b" + strconv.Itoa(i); !taken(name) {
			b.ID = name
		}
	}
	switch {
	case taken(b.ID) || !printable(b.ID):
		return nil, "", ErrTaken
	case len(all) >= mostBranches:
		return nil, "", ErrFull
	}
	after := n.Next[n.rest()]
	if n.Split != nil && len(all) > 0 {
		after = n.Next[all[0].ID]
	}
	if err := n.addBranch(b); err != nil {
		return nil, "", err
	}
	out.lead(Edge{id, b.ID}, after)
	return out, b.ID, nil
}

func (n *Node) addBranch(b Branch) error {
	switch {
	case n.IVR != nil:
		for _, key := range []byte("1234567890*#") {
			if _, used := n.IVR.option(key); !used {
				n.IVR.Options = append(n.IVR.Options, Option{ID: b.ID, Title: b.Title, Key: key})
				return nil
			}
		}
		return ErrFull
	case n.TimeRule != nil:
		n.TimeRule.Branches = append(n.TimeRule.Branches, TimeBranch{ID: b.ID, Title: b.Title})
	case n.CallerRule != nil:
		n.CallerRule.Branches = append(n.CallerRule.Branches, CallerBranch{ID: b.ID, Title: b.Title})
	case n.Split != nil:
		n.Split.Branches = append(n.Split.Branches, SplitBranch{ID: b.ID, Title: b.Title})
		n.Split.share()
	default:
		return ErrNoBranches
	}
	return nil
}

// share makes the shares equal; the last one takes what rounding leaves.
func (s *Split) share() {
	each := math.Floor(10000/float64(len(s.Branches))) / 100
	rest := 100.0
	for i := range s.Branches {
		s.Branches[i].Percent = each
		rest -= each
	}
	last := &s.Branches[len(s.Branches)-1]
	last.Percent = math.Round((each+rest)*100) / 100
}

// RemoveBranch is a copy of a flow in which a node has one branch less (SPEC T2); what followed it stays, and may not be reached any more. The shares
// of a split become equal.
func RemoveBranch(f *Flow, id NodeID, branch string) (*Flow, error) {
	if f.Nodes[id] == nil {
		return nil, ErrNoNode
	}
	out := f.Clone()
	n := out.Nodes[id]
	if !slices.ContainsFunc(n.Branches(), func(b Branch) bool { return b.ID == branch }) {
		if n.rest() == "" && n.Split == nil {
			return nil, ErrNoBranches
		}
		return nil, ErrNoBranch
	}
	switch {
	case n.IVR != nil:
		n.IVR.Options = slices.DeleteFunc(n.IVR.Options, func(o Option) bool { return o.ID == branch })
	case n.TimeRule != nil:
		n.TimeRule.Branches = slices.DeleteFunc(n.TimeRule.Branches, func(b TimeBranch) bool { return b.ID == branch })
	case n.CallerRule != nil:
		n.CallerRule.Branches = slices.DeleteFunc(n.CallerRule.Branches, func(b CallerBranch) bool { return b.ID == branch })
	case len(n.Split.Branches) == 1:
		return nil, ErrLast
	default:
		n.Split.Branches = slices.DeleteFunc(n.Split.Branches, func(b SplitBranch) bool { return b.ID == branch })
		n.Split.share()
	}
	delete(n.Next, branch)
	return out, nil
}

// Faded lists the nodes that are never run, in the document's order: those after a terminal node and those that nothing leads to (SPEC F3).
func Faded(f *Flow) []NodeID {
	g := newGraph(f)
	var all []NodeID
	for _, id := range g.order {
		if _, runs := g.reached[id]; !runs {
			all = append(all, id)
		}
	}
	return all
}

// Duplicate is a copy of a flow under another name (SPEC F12); it is a record of its own, without id and version.
func Duplicate(f *Flow, name string) *Flow {
	out := f.Clone()
	out.ID, out.Version, out.Name = "", 0, name
	out.places = maps.Clone(f.places)
	return out
}
