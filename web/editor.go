package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/flow"
)

// widgetObject is a type of node, or one of its targets, in the palette of an editor.
type widgetObject struct {
	Type    string `json:"type"`
	Target  string `json:"target" doc:"user, other_user, team, number, external or sip; empty: the type itself."`
	Allowed bool   `json:"allowed"`
	Why     string `json:"why" doc:"Why it is not, for programs."`
	Text    string `json:"text" doc:"Why it is not, for people."`
}

// templateObject is a flow to begin with.
type templateObject struct {
	ID    string   `json:"id"`
	Kind  string   `json:"kind" enum:"shared,direct" doc:"What it is for."`
	Title string   `json:"title"`
	Text  string   `json:"text" doc:"What it does."`
	Holes []string `json:"needs" doc:"What must be given: user, team."`
}

type spoken struct {
	Language string `header:"Accept-Language" maxLength:"1000"`
}

type flowVersionPath struct {
	ID       string `path:"id" maxLength:"64"`
	Version  string `query:"version" default:"draft" maxLength:"12" doc:"A version, or draft."`
	Language string `header:"Accept-Language" maxLength:"1000"`
}

type edgeObject struct {
	From string `json:"from" maxLength:"64" doc:"A node; empty, with the port start: before the first node."`
	Port string `json:"port" maxLength:"64"`
}

func (e edgeObject) edge() flow.Edge { return flow.Edge{From: flow.NodeID(e.From), Port: e.Port} }

type insertRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Edge edgeObject `json:"edge"`
		Node flowText   `json:"node" doc:"A node of flow/v1; without an id it gets a free one."`
	}
}

type removeRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Node   string `json:"node" maxLength:"64"`
		Branch string `json:"branch,omitempty" maxLength:"64" doc:"Takes one branch of the node away, not the node."`
	}
}

type moveRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Node string     `json:"node" maxLength:"64"`
		Edge edgeObject `json:"edge"`
	}
}

type branchRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Node  string `json:"node" maxLength:"64"`
		ID    string `json:"id,omitempty" maxLength:"64" doc:"Left out: a free one."`
		Title string `json:"title,omitempty" maxLength:"400"`
	}
}

func (s *Server) editorAPI(a huma.API) {
	const at = "/api/v1/flows/{id}"
	changes := []int{http.StatusNotFound, http.StatusPreconditionFailed}
	huma.Post(a, at+"/draft/insert", s.insertNode,
		operation("flow editor", "insert-flow-node", "Puts a node on an edge", provisioning.FlowsWrite, changes...), ok)
	huma.Post(a, at+"/draft/remove", s.removeNode,
		operation("flow editor", "remove-flow-node", "Takes a node or a branch away", provisioning.FlowsWrite, changes...), ok)
	huma.Post(a, at+"/draft/move", s.moveNode,
		operation("flow editor", "move-flow-node", "Puts a node in another place", provisioning.FlowsWrite, changes...), ok)
	huma.Post(a, at+"/draft/branch", s.addBranch,
		operation("flow editor", "add-flow-branch", "Gives a node one more branch", provisioning.FlowsWrite, changes...), ok)
	huma.Get(a, at+"/outline", s.outline,
		operation("flow editor", "get-flow-outline", "Shows a flow as lines, from top to bottom", provisioning.FlowsRead, http.StatusNotFound))
	huma.Get(a, at+"/palette", s.palette,
		operation("flow editor", "get-flow-palette", "Says what a flow may have, and why not", provisioning.FlowsRead, http.StatusNotFound))
	huma.Get(a, "/api/v1/flow-templates", s.templates, operation("flow editor", "list-flow-templates", "Lists the flows to begin with", provisioning.FlowsRead))
	huma.Get(a, "/api/v1/flow-schema", s.schema, operation("flow editor", "get-flow-schema", "Gives the JSON Schema of flow/v1", provisioning.FlowsRead))
}

// editFlow changes the draft of a flow, or what is published where there is none, and keeps it as the draft.
func (s *Server) editFlow(ctx context.Context, id, ifMatch string, change func(*flow.Flow) (*flow.Flow, error)) (*objectAnswer[draftObject], error) {
	return s.onFlow(ctx, id, ifMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		f, _ := st.Find(provisioning.KindFlow, id).(*provisioning.Flow)
		before, err := flow.Parse([]byte(f.Current()))
		if err != nil {
			return nil, provisioning.FlowRefusals(err)
		}
		after, err := change(before)
		if err != nil {
			return nil, editRefusal(err)
		}
		text, err := flow.Marshal(after)
		if err != nil {
			return nil, provisioning.FlowRefusals(err)
		}
		return st.SaveDraft(f.ID, text, nil)
	})
}

// editRefusal says why an edit cannot be made.
func editRefusal(err error) error {
	for _, known := range []struct {
		err      error
		code, at string
	}{
		{flow.ErrNoEdge, "flow_no_edge", "body.edge"},
		{flow.ErrNoNode, "flow_no_node", "body.node"},
		{flow.ErrNodeTaken, "flow_node_taken", "body.node.id"},
		{flow.ErrNoContent, "flow_no_content", "body.node"},
		{flow.ErrNoBranches, "flow_no_branches", "body.node"},
		{flow.ErrNoBranch, "flow_no_branch", "body.branch"},
		{flow.ErrTaken, "flow_branch_taken", "body.id"},
		{flow.ErrFull, "flow_full", "body.node"},
		{flow.ErrLast, "flow_last_branch", "body.branch"},
	} {
		if errors.Is(err, known.err) {
			return &provisioning.Refusal{Code: known.code, Location: known.at, Text: err.Error()}
		}
	}
	return provisioning.FlowRefusals(err)
}

func (s *Server) insertNode(ctx context.Context, q *insertRequest) (*objectAnswer[draftObject], error) {
	return s.editFlow(ctx, q.ID, q.IfMatch, func(f *flow.Flow) (*flow.Flow, error) {
		node, err := readNode([]byte(q.Body.Node))
		if err != nil {
			return nil, err
		}
		out, _, err := flow.Insert(f, q.Body.Edge.edge(), node)
		return out, err
	})
}

// readNode reads one node: as the only one of a flow, since that is what can be read.
func readNode(text []byte) (*flow.Node, error) {
	const stand = "new"
	var node map[string]any
	if err := json.Unmarshal(text, &node); err != nil || node == nil {
		return nil, &provisioning.Refusal{Code: "flow_no_content", Location: "body.node", Text: "write the node as an object"}
	}
	given, named := node["id"].(string)
	if !named || given == "" {
		node["id"] = stand
	}
	whole, err := json.Marshal(map[string]any{"schema": flow.Schema, "name": "n", "start": node["id"], "nodes": []any{node}})
	if err != nil {
		return nil, err
	}
	f, err := flow.Parse(whole)
	if err != nil {
		return nil, err
	}
	for _, n := range f.Nodes {
		if !named || given == "" {
			n.ID = ""
		}
		return n, nil
	}
	return nil, flow.ErrNoContent
}

func (s *Server) removeNode(ctx context.Context, q *removeRequest) (*objectAnswer[draftObject], error) {
	return s.editFlow(ctx, q.ID, q.IfMatch, func(f *flow.Flow) (*flow.Flow, error) {
		if q.Body.Branch != "" {
			return flow.RemoveBranch(f, flow.NodeID(q.Body.Node), q.Body.Branch)
		}
		return flow.Remove(f, flow.NodeID(q.Body.Node))
	})
}

func (s *Server) moveNode(ctx context.Context, q *moveRequest) (*objectAnswer[draftObject], error) {
	return s.editFlow(ctx, q.ID, q.IfMatch, func(f *flow.Flow) (*flow.Flow, error) {
		return flow.Move(f, flow.NodeID(q.Body.Node), q.Body.Edge.edge())
	})
}

func (s *Server) addBranch(ctx context.Context, q *branchRequest) (*objectAnswer[draftObject], error) {
	return s.editFlow(ctx, q.ID, q.IfMatch, func(f *flow.Flow) (*flow.Flow, error) {
		out, _, err := flow.AddBranch(f, flow.NodeID(q.Body.Node), flow.Branch{ID: q.Body.ID, Title: q.Body.Title})
		return out, err
	})
}

func (s *Server) outline(ctx context.Context, q *flowVersionPath) (*listOf[flow.OutlineLine], error) {
	_, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	parsed, err := s.versionOf(ctx, f, q.Version)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return asList(append([]flow.OutlineLine{}, flow.Outline(parsed)...)), nil
}

func (s *Server) palette(ctx context.Context, q *flowVersionPath) (*listOf[widgetObject], error) {
	st, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	out := []widgetObject{}
	for _, w := range flow.Palette(st.Catalog(f, nil).Line().Kind) {
		one := widgetObject{Type: string(w.Kind), Target: w.Target, Allowed: bool(w.Allowed), Why: w.Why}
		if w.Why != "" {
			one.Text = flow.WhyText(w.Why, language(q.Language))
		}
		out = append(out, one)
	}
	return asList(out), nil
}

func (s *Server) templates(_ context.Context, q *spoken) (*listOf[templateObject], error) {
	out := []templateObject{}
	lang := language(q.Language)
	for _, t := range flow.Templates() {
		out = append(out, templateObject{ID: t.ID, Kind: string(t.Kind), Title: t.Title.In(lang), Text: t.Text.In(lang), Holes: textsOf(t.Holes)})
	}
	return asList(out), nil
}

type schemaAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) schema(context.Context, *struct{}) (*schemaAnswer, error) {
	return &schemaAnswer{ContentType: "application/schema+json", Body: slices.Clone(flow.SchemaDocument())}, nil
}
