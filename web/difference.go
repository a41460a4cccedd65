package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/flow"
)

// flowDifference is what lies between two versions of a flow.
type flowDifference struct {
	From    string           `json:"from" doc:"A version, or draft."`
	To      string           `json:"to" doc:"A version, or draft."`
	Fields  []flowField      `json:"fields" doc:"Of the flow itself."`
	Added   []string         `json:"added" doc:"Nodes."`
	Removed []string         `json:"removed" doc:"Nodes."`
	Changed []nodeDifference `json:"changed"`
	Edges   []edgeDifference `json:"edges"`
}

// nodeDifference is a node that both versions have and that says something else.
type nodeDifference struct {
	Node   string      `json:"node"`
	Title  string      `json:"title"`
	Fields []flowField `json:"fields"`
}

// flowField is one thing that a node or the flow says: null where a version does not say it.
type flowField struct {
	Path   string `json:"path" doc:"config.branches[0].slots[1].from"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// edgeDifference is an edge that leads elsewhere; empty: nowhere.
type edgeDifference struct {
	From   string `json:"from"`
	Port   string `json:"port"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// showDifference is a difference as the API tells it.
func showDifference(d flow.Difference, from, to string) *flowDifference {
	out := &flowDifference{
		From: from, To: to, Fields: fieldsOf(d.Fields), Added: textsOf(d.Added), Removed: textsOf(d.Removed), Changed: []nodeDifference{},
		Edges: []edgeDifference{},
	}
	for _, c := range d.Changed {
		out.Changed = append(out.Changed, nodeDifference{string(c.Node), c.Title, fieldsOf(c.Fields)})
	}
	for _, e := range d.Edges {
		out.Edges = append(out.Edges, edgeDifference{string(e.From), e.Port, string(e.Before), string(e.After)})
	}
	return out
}

func fieldsOf(all []flow.FieldChange) []flowField {
	out := make([]flowField, 0, len(all))
	for _, f := range all {
		out = append(out, flowField(f))
	}
	return out
}

type diffRequest struct {
	ID   string `path:"id" maxLength:"64"`
	From string `query:"from" required:"true" maxLength:"12" doc:"A version, or draft."`
	To   string `query:"to" default:"draft" maxLength:"12" doc:"A version, or draft."`
}

type diffAnswer struct{ Body flowDifference }

func (s *Server) differenceAPI(a huma.API) {
	huma.Get(a, "/api/v1/flows/{id}/diff", s.diff,
		operation("flows", "compare-flow-versions", "Says what was done between two versions of a flow", provisioning.FlowsRead, http.StatusNotFound))
}

func (s *Server) diff(ctx context.Context, q *diffRequest) (*diffAnswer, error) {
	d, err := s.difference(ctx, flow.ID(q.ID), q.From, q.To)
	if err != nil {
		return nil, err
	}
	return &diffAnswer{Body: *d}, nil
}

// difference compares two versions of a flow; version 0 is a flow without nodes.
func (s *Server) difference(ctx context.Context, id flow.ID, from, to string) (*flowDifference, error) {
	_, f, err := s.flowFor(ctx, string(id))
	if err != nil {
		return nil, err
	}
	var sides [2]*flow.Flow
	for i, version := range []string{from, to} {
		if sides[i], err = s.versionOf(ctx, f, version); err != nil {
			return nil, s.refusal(ctx, err)
		}
	}
	return showDifference(flow.Diff(sides[0], sides[1]), from, to), nil
}

// versionOf is a flow as it is in one of its versions, in its draft, or before there was any.
func (s *Server) versionOf(ctx context.Context, f *provisioning.Flow, version string) (*flow.Flow, error) {
	if version == "0" {
		return &flow.Flow{Name: f.Name}, nil
	}
	text, err := s.document(ctx, f, version)
	if err != nil {
		return nil, err
	}
	return flow.Parse(text)
}
