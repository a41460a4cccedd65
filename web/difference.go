package web

import (
	"context"
	"encoding/json"

	"tandem/routing/flow"
)

// flowDifference is what lies between two versions of a flow.
type flowDifference struct {
	From  string           `json:"from" doc:"A version, or draft."`
	To    string           `json:"to" doc:"A version, or draft."`
	Nodes []nodeDifference `json:"nodes"`
}

// nodeDifference is a node that was added, removed or changed.
type nodeDifference struct {
	Node   string `json:"node"`
	Change string `json:"change" enum:"added,removed,changed"`
}

// difference compares two versions of a flow.
func (s *Server) difference(ctx context.Context, id flow.ID, from, to string) (*flowDifference, error) {
	_, f, err := s.flowFor(ctx, string(id))
	if err != nil {
		return nil, err
	}
	var sides [2]map[string]json.RawMessage
	for i, version := range []string{from, to} {
		text, err := s.document(ctx, f, version)
		if err != nil {
			return nil, s.refusal(ctx, err)
		}
		sides[i] = nodesOf(text)
	}
	out := &flowDifference{From: from, To: to, Nodes: []nodeDifference{}}
	for node, was := range sides[0] {
		is, there := sides[1][node]
		if !there {
			out.Nodes = append(out.Nodes, nodeDifference{node, "removed"})
		} else if string(is) != string(was) {
			out.Nodes = append(out.Nodes, nodeDifference{node, "changed"})
		}
	}
	for node := range sides[1] {
		if _, there := sides[0][node]; !there {
			out.Nodes = append(out.Nodes, nodeDifference{node, "added"})
		}
	}
	return out, nil
}

func nodesOf(document []byte) map[string]json.RawMessage {
	var v struct{ Nodes []json.RawMessage }
	out := map[string]json.RawMessage{}
	if json.Unmarshal(document, &v) != nil {
		return out
	}
	for _, n := range v.Nodes {
		var id struct{ ID string }
		if json.Unmarshal(n, &id) == nil {
			out[id.ID] = n
		}
	}
	return out
}
