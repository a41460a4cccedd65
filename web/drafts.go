package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/flow"
)

// draftObject is what people work on: the draft, or what is published where there is none.
type draftObject struct {
	Flow     flowObject      `json:"flow"`
	IsDraft  bool            `json:"is_draft" doc:"false: it is what is published."`
	Base     int             `json:"base" doc:"The version that it began from: give it back when you publish."`
	Document flowText        `json:"document"`
	Problems []problemObject `json:"problems"`
}

// problemObject is something that is wrong with a flow, or may be.
type problemObject struct {
	Code     string `json:"code" doc:"E00 to E08 keep a flow from being published; W01 to W10 do not."`
	Severity string `json:"severity" enum:"error,warning"`
	Node     string `json:"node" doc:"Empty: the flow as a whole."`
	Path     string `json:"path" doc:"Where in the document: nodes[2].config.audio"`
	Text     string `json:"text"`
}

type draftPut struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Base    int    `query:"base" default:"-1" minimum:"-1" doc:"The version that it began from; left out: as it is."`
	Body    flowText
}

type publishRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Base *int `json:"base,omitempty" minimum:"0" doc:"The version that you have seen; left out: the one that the draft began from."`
	}
}

func (s *Server) draftAPI(a huma.API) {
	const at = "/api/v1/flows/{id}"
	huma.Get(a, at+"/draft", s.showDraft, operation("flows", "get-flow-draft", "Shows the draft of a flow", provisioning.FlowsRead, http.StatusNotFound))
	huma.Put(a, at+"/draft", s.saveDraft, operation("flows", "save-flow-draft", "Keeps a document as the draft of a flow", provisioning.FlowsWrite,
		http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Delete(a, at+"/draft", s.dropDraft, operation("flows", "drop-flow-draft", "Forgets the draft of a flow", provisioning.FlowsWrite,
		http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Post(a, at+"/publish", s.publish, operation("flows", "publish-flow", "Makes the draft of a flow what the next call walks",
		provisioning.FlowsWrite, http.StatusNotFound, http.StatusPreconditionFailed), ok)
	huma.Post(a, at+"/lint", s.lint, operation("flows", "lint-flow", "Says what is wrong with a flow", provisioning.FlowsRead, http.StatusNotFound), ok)
	huma.Post(a, at+"/duplicate", s.duplicate, operation("flows", "duplicate-flow", "Makes a flow of what another one is", provisioning.FlowsWrite,
		http.StatusNotFound, http.StatusConflict), created)
}

// draftOf is a flow as people work on it.
func (s *Server) draftOf(st *provisioning.State, f *provisioning.Flow) draftObject {
	o := draftObject{Flow: showFlow(st, f), IsDraft: f.Draft != "", Base: f.Version, Document: flowText(f.Current())}
	if o.IsDraft {
		o.Base = f.Base
	}
	o.Problems = s.problems(st, f, []byte(o.Document))
	return o
}

// problems is what is wrong with a document of a flow.
func (s *Server) problems(st *provisioning.State, f *provisioning.Flow, document []byte) []problemObject {
	out := []problemObject{}
	for _, p := range st.Problems(f, document, s.rooms.Prompts) {
		severity := "warning"
		if p.Code.Blocks() {
			severity = "error"
		}
		out = append(out, problemObject{Code: string(p.Code), Severity: severity, Node: string(p.Node), Path: p.Path, Text: p.Text})
	}
	return out
}

func (s *Server) showDraft(ctx context.Context, q *idRequest) (*objectAnswer[draftObject], error) {
	st, f, err := look[*provisioning.Flow](ctx, s, provisioning.KindFlow, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[draftObject]{ETag: etag(f), Body: s.draftOf(st, f)}, nil
}

// onFlow is act for flows; it answers with the flow as people work on it then.
func (s *Server) onFlow(ctx context.Context, id, ifMatch string, plan provisioning.Edit) (*objectAnswer[draftObject], error) {
	st, err := s.act(ctx, target{provisioning.KindFlow, id, ifMatch}, plan)
	if err != nil {
		return nil, err
	}
	f, _ := st.Find(provisioning.KindFlow, id).(*provisioning.Flow)
	return &objectAnswer[draftObject]{ETag: etag(f), Body: s.draftOf(st, f)}, nil
}

func (s *Server) saveDraft(ctx context.Context, q *draftPut) (*objectAnswer[draftObject], error) {
	var base *int
	if q.Base >= 0 {
		base = &q.Base
	}
	return s.onFlow(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.SaveDraft(flow.ID(q.ID), []byte(q.Body), base)
	})
}

func (s *Server) dropDraft(ctx context.Context, q *numberRequest) (*struct{}, error) {
	_, err := s.act(ctx, target{provisioning.KindFlow, q.ID, q.IfMatch}, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.DropDraft(flow.ID(q.ID))
	})
	return nil, err
}

func (s *Server) publish(ctx context.Context, q *publishRequest) (*objectAnswer[draftObject], error) {
	out, err := s.onFlow(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.Publish(provisioning.Publishing{Flow: flow.ID(q.ID), Base: q.Body.Base, Prompts: s.rooms.Prompts})
	})
	if err != nil {
		return nil, s.withDifference(ctx, q.ID, err)
	}
	return out, nil
}

type lintRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Document flowText `json:"document,omitempty" doc:"Left out: the draft."`
	} `required:"false"`
}

type lintAnswer struct {
	Body struct {
		Problems    []problemObject `json:"problems"`
		Publishable bool            `json:"publishable"`
	}
}

func (s *Server) lint(ctx context.Context, q *lintRequest) (*lintAnswer, error) {
	st, f, err := look[*provisioning.Flow](ctx, s, provisioning.KindFlow, q.ID)
	if err != nil {
		return nil, err
	}
	document := []byte(q.Body.Document)
	if len(document) == 0 {
		document = []byte(f.Current())
	}
	out := &lintAnswer{}
	out.Body.Problems, out.Body.Publishable = s.problems(st, f, document), true
	for _, p := range out.Body.Problems {
		out.Body.Publishable = out.Body.Publishable && p.Severity != "error"
	}
	return out, nil
}

type duplicateRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name string `json:"name,omitempty" maxLength:"400" doc:"Left out: the old one, with a number behind it."`
	} `required:"false"`
}

func (s *Server) duplicate(ctx context.Context, q *duplicateRequest) (*createdAnswer[draftObject], error) {
	var copied *provisioning.Flow
	st, err := s.act(ctx, target{provisioning.KindFlow, q.ID, ""}, func(st *provisioning.State) ([]provisioning.Change, error) {
		old, _ := st.Find(provisioning.KindFlow, q.ID).(*provisioning.Flow)
		var err error
		if copied, err = st.Duplicate(old, flow.ID(newID(provisioning.KindFlow)), provisioning.Clean(q.Body.Name)); err != nil {
			return nil, err
		}
		return st.Put(copied)
	})
	if err != nil {
		return nil, err
	}
	return &createdAnswer[draftObject]{ETag: etag(copied), Location: "/api/v1/flows/" + string(copied.ID), Body: s.draftOf(st, copied)}, nil
}

// withDifference adds to the refusal of an old base what was published since (SPEC F21).
func (s *Server) withDifference(ctx context.Context, id string, err error) error {
	p, is := errors.AsType[*ProblemError](err)
	if !is || p.Code != provisioning.CodeBaseStale || len(p.Errors) == 0 {
		return err
	}
	from, to := p.Errors[0].args["base"], p.Errors[0].args["version"]
	if d, err := s.difference(ctx, flow.ID(id), from, to); err == nil {
		p.Difference = d
	}
	return p
}
