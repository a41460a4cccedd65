package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

func flowID(s string) flow.ID { return flow.ID(s) }

// assignments says whom a number rings, and who may show it.
type assignments struct {
	Users    []string `json:"users" maxItems:"1000" doc:"Ids."`
	Teams    []string `json:"teams" maxItems:"1000" doc:"Ids."`
	Outbound []string `json:"outbound_users" maxItems:"1000" doc:"Ids: they may show it when they call."`
}

type assignRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    assignments
}

type setFlowRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		FlowID string `json:"flow_id" maxLength:"64"`
	}
}

type convertRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		UserID  string `json:"user_id,omitempty" maxLength:"64" doc:"Left out: of the conversion that was begun."`
		Publish bool   `json:"publish,omitempty" doc:"true: at once. Else calls follow the old distribution until it is published."`
	}
}

// convertAnswer is a number on its way to be direct, and the draft that will be its flow.
type convertAnswer struct {
	ETag string `header:"ETag"`
	Body struct {
		Number   numberObject   `json:"number"`
		Flow     *flowObject    `json:"flow" doc:"The flow of the direct number."`
		Document flowText       `json:"document" doc:"What it says: flow/v1."`
		Warnings []reasonObject `json:"warnings" doc:"What to know before it is published."`
	}
}

type numberRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
}

func (s *Server) assignmentsAPI(a huma.API) {
	const at = "/api/v1/numbers/{id}"
	huma.Get(a, at+"/assignments", s.showAssignments,
		operation("numbers", "get-number-assignments", "Shows whom a number rings, and who may show it", provisioning.NumbersRead, http.StatusNotFound))
	huma.Put(a, at+"/assignments", s.assign, operation("numbers", "set-number-assignments", "Says whom a number rings, and who may show it",
		provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Put(a, at+"/flow", s.setFlow, operation("numbers", "set-number-flow", "Gives a number another flow", provisioning.NumbersWrite, http.StatusNotFound,
		http.StatusPreconditionFailed))
}

func (s *Server) conversionAPI(a huma.API) {
	const at = "/api/v1/numbers/{id}"
	add := func(path, id, summary string, handler func(context.Context, *numberRequest) (*objectAnswer[numberObject], error)) {
		huma.Post(a, at+path, handler, operation("direct numbers", id, summary, provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed), ok)
	}
	huma.Post(a, at+"/convert-to-direct", s.convert, operation("direct numbers", "convert-to-direct",
		"Begins to make a number the direct number of a user, or publishes it", provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed), ok)
	add("/keep-shared", "keep-shared", "Makes an unconfigured number a shared line, or takes back a conversion that was begun", s.keepShared)
	add("/reconfigure", "reconfigure-number", "Makes a direct number a shared line again, from scratch", s.reconfigure)
	add("/convert-to-flow", "convert-to-flow", "Makes a number from before flows one with a flow that does the same", s.convertToFlow)
}

// ok says that a POST makes nothing that has an address.
func ok(o *huma.Operation) { o.DefaultStatus = http.StatusOK }

// target is what an action on a record is asked for.
type target struct {
	kind        provisioning.Kind
	id, ifMatch string
}

// act plans changes on a record that who asks may see, applies them, and gives the state after them.
func (s *Server) act(ctx context.Context, q target, plan provisioning.Edit) (*provisioning.State, error) {
	var seen *provisioning.State
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		r, err := theirs[provisioning.Record](ctx, st, q.kind, q.id)
		if err != nil {
			return nil, err
		}
		if err = matches(q.ifMatch, r); err != nil {
			return nil, err
		}
		changes, err := plan(st)
		seen = st.With(changes)
		return changes, err
	})
	return seen, err
}

// onNumber is act for numbers; it answers with the number as it is then.
func (s *Server) onNumber(ctx context.Context, id, ifMatch string, plan provisioning.Edit) (*objectAnswer[numberObject], error) {
	st, err := s.act(ctx, target{provisioning.KindNumber, id, ifMatch}, plan)
	if err != nil {
		return nil, err
	}
	n, _ := st.Find(provisioning.KindNumber, id).(*provisioning.Number)
	return &objectAnswer[numberObject]{ETag: etag(n), Body: showNumber(st, n)}, nil
}

func (s *Server) showAssignments(ctx context.Context, q *idRequest) (*objectAnswer[assignments], error) {
	_, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[assignments]{ETag: etag(n), Body: assignments{
		Users: textsOf(n.Users), Teams: textsOf(n.Teams), Outbound: textsOf(n.Settings.Outbound),
	}}, nil
}

func textsOf[T ~string](ids []T) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

func (s *Server) assign(ctx context.Context, q *assignRequest) (*objectAnswer[numberObject], error) {
	return s.onNumber(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.Reassign(provisioning.Assign{
			Number: routing.NumberID(q.ID), Users: idsOf[routing.UserID](q.Body.Users), Teams: idsOf[routing.TeamID](q.Body.Teams),
			Outbound: idsOf[routing.UserID](q.Body.Outbound), Prompts: s.rooms.Prompts,
		})
	})
}

func (s *Server) setFlow(ctx context.Context, q *setFlowRequest) (*objectAnswer[numberObject], error) {
	return s.onNumber(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.SetFlow(routing.NumberID(q.ID), flow.ID(q.Body.FlowID))
	})
}

func (s *Server) convert(ctx context.Context, q *convertRequest) (*convertAnswer, error) {
	var warnings []provisioning.Warning
	var direct flow.ID
	st, err := s.act(ctx, target{provisioning.KindNumber, q.ID, q.IfMatch}, func(st *provisioning.State) ([]provisioning.Change, error) {
		c := provisioning.ToDirect{
			Number: routing.NumberID(q.ID), User: routing.UserID(q.Body.UserID), Publish: provisioning.Publish(q.Body.Publish),
			Prompts: s.rooms.Prompts, Now: time.Now(),
		}
		changes, err := st.ConvertToDirect(c)
		if err != nil {
			return nil, err
		}
		after, _ := st.With(changes).Find(provisioning.KindNumber, q.ID).(*provisioning.Number)
		warnings, direct = st.With(changes).ConversionWarnings(after), after.Flow
		if begun := after.Settings.Conversion; begun != nil {
			direct = begun.Flow
		}
		return changes, nil
	})
	if err != nil {
		return nil, err
	}
	n, _ := st.Find(provisioning.KindNumber, q.ID).(*provisioning.Number)
	out := &convertAnswer{ETag: etag(n)}
	out.Body.Number, out.Body.Warnings = showNumber(st, n), reasons(warnings)
	if f, is := st.Find(provisioning.KindFlow, string(direct)).(*provisioning.Flow); is {
		shown := showFlow(st, f)
		out.Body.Flow, out.Body.Document = &shown, flowText(f.Current())
	}
	return out, nil
}

func (s *Server) keepShared(ctx context.Context, q *numberRequest) (*objectAnswer[numberObject], error) {
	return s.onNumber(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.KeepShared(routing.NumberID(q.ID), time.Now())
	})
}

func (s *Server) reconfigure(ctx context.Context, q *numberRequest) (*objectAnswer[numberObject], error) {
	return s.onNumber(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.Reconfigure(routing.NumberID(q.ID), time.Now())
	})
}

func (s *Server) convertToFlow(ctx context.Context, q *numberRequest) (*objectAnswer[numberObject], error) {
	return s.onNumber(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.ConvertToFlow(routing.NumberID(q.ID))
	})
}
