package web

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/flow"
)

// flowObject is a flow in the API, without its document.
type flowObject struct {
	ID          string      `json:"id"`
	AccountID   string      `json:"account_id"`
	Name        string      `json:"name"`
	Version     int         `json:"version" doc:"Of what is published; 0: nothing is."`
	HasDraft    bool        `json:"has_draft"`
	DraftBase   int         `json:"draft_base" doc:"The version that the draft began from."`
	Numbers     []reference `json:"numbers" doc:"Whose calls walk it."`
	Restricted  bool        `json:"restricted" doc:"true: it is a direct number's, or is about to be."`
	ForNumber   *reference  `json:"for_number" doc:"The number whose conversion is published with it."`
	DirectUsers []reference `json:"direct_users" doc:"Whom alone a restricted flow rings."`
}

// flowText is a flow/v1 document, as it was kept.
type flowText string

// MarshalJSON gives the document itself.
func (t flowText) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return []byte(t), nil
}

// UnmarshalJSON keeps a document as it was sent: what is twice in it is refused later.
func (t *flowText) UnmarshalJSON(b []byte) error {
	*t = flowText(b)
	return nil
}

// Schema says that it is an object.
func (flowText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "object", Nullable: true, AdditionalProperties: true, Description: "A flow/v1 document; its schema is at /api/v1/flow-schema."}
}

type flowCreate struct {
	Name     string   `json:"name,omitempty" maxLength:"400" doc:"Left out: the document's."`
	Template string   `json:"template,omitempty" maxLength:"64" doc:"Begins with a template."`
	UserID   string   `json:"user_id,omitempty" maxLength:"64" doc:"For a template that needs one."`
	TeamID   string   `json:"team_id,omitempty" maxLength:"64" doc:"For a template that needs one."`
	Document flowText `json:"document,omitempty" doc:"Begins with a flow/v1 document, such as one that was exported."`
}

type flowPatch struct {
	Name optional[string] `json:"name,omitzero"`
}

// FlowsQuery picks flows. It is exported for the framework, which passes over what is not.
type FlowsQuery struct {
	Paged

	Q string `query:"q" maxLength:"100" doc:"Part of the name."`
}

func (s *Server) flowsAPI(a huma.API) {
	f := shelf[*provisioning.Flow, flowObject, flowCreate, flowPatch]{
		kind: provisioning.KindFlow, path: "flows", tag: "flows", one: "flow", article: "a flow",
		read: provisioning.FlowsRead, write: provisioning.FlowsWrite,
		show: showFlow, make: s.makeFlow, change: func(f *provisioning.Flow, p flowPatch) (*provisioning.Flow, error) {
			next := *f
			p.Name.set(&next.Name)
			next.Name = provisioning.Clean(next.Name)
			return &next, nil
		},
	}
	huma.Get(a, "/api/v1/flows", s.listFlows, operation("flows", "list-flows", "Lists the flows", provisioning.FlowsRead))
	mountOne(s, a, f)
	s.draftAPI(a)
	s.versionsAPI(a)
	s.differenceAPI(a)
	s.editorAPI(a)
	s.simulateAPI(a)
	s.overlayAPI(a)
}

func (s *Server) listFlows(ctx context.Context, q *FlowsQuery) (*pageAnswer[flowObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	picked := slices.DeleteFunc(slices.Clone(st.Flows), func(f *provisioning.Flow) bool {
		return q.Q != "" && !strings.Contains(provisioning.Fold(f.Name), provisioning.Fold(q.Q))
	})
	return cut(&q.Paged, itemsOf(ctx, picked, func(f *provisioning.Flow) flowObject { return showFlow(st, f) }))
}

// makeFlow begins with a document, a template, or nothing but a voicemail.
func (s *Server) makeFlow(c flowCreate, b born) (*provisioning.Flow, error) {
	document := []byte(c.Document)
	if len(document) > 0 && c.Template != "" {
		return nil, &provisioning.Refusal{Code: "one_beginning", Location: "body.template", Text: "give a document or a template, not both"}
	}
	if len(document) == 0 {
		var err error
		if document, err = templateDocument(c, b); err != nil {
			return nil, err
		}
	}
	return b.state.NewFlow(provisioning.Beginning{
		ID: flow.ID(b.id), Account: b.account, Name: provisioning.Clean(c.Name), Document: document,
	})
}

// templateDocument is the document of a template; without one, a voicemail.
func templateDocument(c flowCreate, b born) ([]byte, error) {
	with := flow.Filling{Name: c.Name, User: flow.UserID(c.UserID), Team: flow.TeamID(c.TeamID)}
	if a, is := b.state.Find(provisioning.KindAccount, string(b.account)).(*provisioning.Account); is {
		with.Language, with.Timezone = a.Language, a.Settings.Timezone
	}
	f, err := flow.FromTemplate(cmp.Or(c.Template, flow.TemplateVoicemail), with)
	if err != nil {
		code := "template_unknown"
		if errors.Is(err, flow.ErrHole) {
			code = "template_needs"
		}
		return nil, &provisioning.Refusal{Code: code, Location: "body.template", Args: map[string]string{"template": c.Template}, Text: err.Error()}
	}
	return flow.Marshal(f)
}

// showFlow is a flow as the API tells it.
func showFlow(st *provisioning.State, f *provisioning.Flow) flowObject {
	o := flowObject{
		ID: string(f.ID), AccountID: string(f.Account), Name: f.Name, Version: f.Version, HasDraft: f.Draft != "", Numbers: []reference{},
		DirectUsers: []reference{},
	}
	if o.HasDraft {
		o.DraftBase = f.Base
	}
	for _, n := range st.Numbers {
		c := n.Settings.Conversion
		begun := c != nil && c.Flow == f.ID
		if !begun && n.Flow != f.ID {
			continue
		}
		one := reference{string(n.ID), string(n.E164)}
		if n.Flow == f.ID {
			o.Numbers = append(o.Numbers, one)
		}
		switch {
		case begun:
			o.Restricted, o.ForNumber = true, &one
			o.DirectUsers = append(o.DirectUsers, refTo(st, provisioning.KindUser, c.User))
		case n.CanConvert() != nil && n.Kind == "direct":
			o.Restricted = true
			o.DirectUsers = append(o.DirectUsers, refs(st, provisioning.KindUser, n.Users)...)
		}
	}
	return o
}
