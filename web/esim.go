package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// esimObject is the eSIM of a direct number.
type esimObject struct {
	User    reference `json:"user"`
	Package int       `json:"package" enum:"0,20,50" doc:"GB a month; 0: voice and messages alone."`
	State   string    `json:"state" doc:"requested: it was assigned, and no eSIM platform was asked for it yet."`
	Since   string    `json:"since" format:"date-time" doc:"Of the state."`
}

type esimRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		UserID  string `json:"user_id" maxLength:"64" doc:"The user of the number."`
		Package int    `json:"package,omitempty" doc:"GB a month: 0, 20 or 50."`
	}
}

func (s *Server) esimAPI(a huma.API) {
	const at = "/api/v1/numbers/{id}/esim"
	huma.Get(a, at, s.showESIM, operation("eSIM", "get-number-esim", "Shows the eSIM of a number", provisioning.NumbersRead, http.StatusNotFound))
	huma.Put(a, at, s.assignESIM, operation("eSIM", "assign-number-esim", "Gives the user of a direct number an eSIM, or another package",
		provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Delete(a, at, s.removeESIM,
		operation("eSIM", "remove-number-esim", "Takes the eSIM of a number away", provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
}

func showESIM(st *provisioning.State, n *provisioning.Number) *esimObject {
	e := n.Settings.ESIM
	if e == nil {
		return nil
	}
	return &esimObject{User: refTo(st, provisioning.KindUser, e.User), Package: e.Package, State: string(e.State), Since: *stamp(e.Since)}
}

func (s *Server) showESIM(ctx context.Context, q *idRequest) (*objectAnswer[esimObject], error) {
	st, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	if n.Settings.ESIM == nil {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Why: provisioning.Missing, Code: "no_esim", Row: "E1", Location: "path.id", Text: "no eSIM is assigned to this number",
		})
	}
	return &objectAnswer[esimObject]{ETag: etag(n), Body: *showESIM(st, n)}, nil
}

func (s *Server) assignESIM(ctx context.Context, q *esimRequest) (*objectAnswer[esimObject], error) {
	st, err := s.act(ctx, target{provisioning.KindNumber, q.ID, q.IfMatch}, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.AssignESIM(routing.NumberID(q.ID), routing.UserID(q.Body.UserID), q.Body.Package, time.Now())
	})
	if err != nil {
		return nil, err
	}
	n, _ := st.Find(provisioning.KindNumber, q.ID).(*provisioning.Number)
	return &objectAnswer[esimObject]{ETag: etag(n), Body: *showESIM(st, n)}, nil
}

func (s *Server) removeESIM(ctx context.Context, q *numberRequest) (*struct{}, error) {
	_, err := s.act(ctx, target{provisioning.KindNumber, q.ID, q.IfMatch}, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.RemoveESIM(routing.NumberID(q.ID))
	})
	return nil, err
}
