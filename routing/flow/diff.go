package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Difference is what was done between two versions of a flow (SPEC F9). Where nodes are drawn does not count.
type Difference struct {
	Fields  []FieldChange `json:"fields"` // of the flow itself
	Added   []NodeID      `json:"added"`
	Removed []NodeID      `json:"removed"`
	Changed []NodeChange  `json:"changed"`
	Edges   []EdgeChange  `json:"edges"`
}

// NodeChange is a node that both versions have and that says something else.
type NodeChange struct {
	Node   NodeID        `json:"node"`
	Title  string        `json:"title,omitempty"` // in the later version
	Fields []FieldChange `json:"fields"`
}

// FieldChange is one thing that a node or the flow says: nil where a version does not say it.
type FieldChange struct {
	Path   string `json:"path"` // "config.branches[0].slots[1].from"
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// EdgeChange is an edge that leads elsewhere; empty: nowhere.
type EdgeChange struct {
	Edge

	Before NodeID `json:"before,omitempty"`
	After  NodeID `json:"after,omitempty"`
}

// Empty says that nothing was done.
func (d *Difference) Empty() Has {
	return len(d.Fields)+len(d.Added)+len(d.Removed)+len(d.Changed)+len(d.Edges) == 0
}

// Diff compares two versions of a flow.
func Diff(before, after *Flow) Difference {
	d := Difference{Fields: []FieldChange{}, Added: []NodeID{}, Removed: []NodeID{}, Changed: []NodeChange{}, Edges: []EdgeChange{}}
	d.Fields = compare(d.Fields, "", before.told(), after.told())
	if before.Start != after.Start {
		d.Edges = append(d.Edges, EdgeChange{Edge{Port: PortStart}, before.Start, after.Start})
	}
	for _, id := range after.Order() {
		if before.Nodes[id] == nil {
			d.Added = append(d.Added, id)
		}
	}
	order := after.Order()
	for _, id := range before.Order() {
		if after.Nodes[id] == nil {
			d.Removed = append(d.Removed, id)
			order = append(order, id)
		}
	}
	for _, id := range order {
		d.node(id, before.Nodes[id], after.Nodes[id])
	}
	return d
}

// told is what a flow says beside its nodes.
func (f *Flow) told() map[string]any {
	return map[string]any{"name": f.Name, "language": f.Language, "timezone": f.Timezone}
}

// told is what a node says beside its edges, as JSON has it.
func (n *Node) told() any {
	var v any
	b, err := json.Marshal(map[string]any{"type": n.Kind(), "title": n.Title, "config": n.config()})
	if err != nil || json.Unmarshal(b, &v) != nil {
		return nil
	}
	return v
}

// node compares one node; nil: the version does not have it.
func (d *Difference) node(id NodeID, before, after *Node) {
	if before != nil && after != nil {
		if fields := compare(nil, "", before.told(), after.told()); len(fields) > 0 {
			d.Changed = append(d.Changed, NodeChange{id, after.Title, fields})
		}
	}
	old, now := before.next(), after.next()
	ports := slices.Sorted(maps.Keys(now))
	for _, p := range slices.Sorted(maps.Keys(old)) {
		if _, kept := now[p]; !kept {
			ports = append(ports, p)
		}
	}
	for _, p := range ports {
		if old[p] != now[p] {
			d.Edges = append(d.Edges, EdgeChange{Edge{id, p}, old[p], now[p]})
		}
	}
}

func (n *Node) next() map[string]NodeID {
	if n == nil {
		return nil
	}
	return n.Next
}

// compare lists where two JSON values differ, down to what cannot be taken apart.
func compare(all []FieldChange, path string, before, after any) []FieldChange {
	switch b := before.(type) {
	case map[string]any:
		a, is := after.(map[string]any)
		if !is {
			break
		}
		keys := slices.Collect(maps.Keys(b))
		for k := range a {
			if _, both := b[k]; !both {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			at := k
			if path != "" {
				at = path + "." + k
			}
			all = compare(all, at, b[k], a[k])
		}
		return all
	case []any:
		a, is := after.([]any)
		if !is {
			break
		}
		for i := range max(len(a), len(b)) {
			all = compare(all, fmt.Sprintf("%s[%d]", path, i), at0(b, i), at0(a, i))
		}
		return all
	}
	if !reflect.DeepEqual(before, after) {
		all = append(all, FieldChange{path, before, after})
	}
	return all
}

// at0 is an element of a list; nil beyond its end.
func at0(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}
