package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// extensionObject is an extension of an account, had by somebody or not.
type extensionObject struct {
	Extension string     `json:"extension"`
	Status    string     `json:"status" enum:"free,taken,resting,emergency" doc:"A resting one was a deleted user's: it is given to who asks for it, and to nobody else for 30 days."`
	User      *reference `json:"user" doc:"Who has it; null: nobody."`
}

type extensionQuery struct {
	Account string `query:"account_id" maxLength:"64"`
}

type extensionRequest struct {
	Account   string `query:"account_id" maxLength:"64"`
	Extension string `path:"extension" maxLength:"16"`
}

type extensionAnswer struct{ Body extensionObject }

type extensionChange struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Extension string `json:"extension" doc:"Any free one, resting or not (SPEC X1, X26)."`
	}
}

func (s *Server) extensionsAPI(a huma.API) {
	const read = provisioning.UsersRead
	huma.Get(a, "/api/v1/extensions/next", s.nextExtension, operation("users", "get-next-extension", "Shows the extension that the next user gets", read, http.StatusConflict))
	huma.Get(a, "/api/v1/extensions/{extension}", s.showExtension, operation("users", "get-extension", "Shows whose an extension is", read))
	huma.Put(a, "/api/v1/users/{id}/extension", s.setExtension,
		operation("users", "set-user-extension", "Gives a user another extension", provisioning.UsersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
}

func (s *Server) nextExtension(ctx context.Context, q *extensionQuery) (*extensionAnswer, error) {
	st, account, err := s.inAccount(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	next, err := st.NextExtension(account, time.Now())
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &extensionAnswer{extensionObject{Extension: next, Status: "free"}}, nil
}

func (s *Server) showExtension(ctx context.Context, q *extensionRequest) (*extensionAnswer, error) {
	st, account, err := s.inAccount(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	what, u, err := st.LookUpExtension(account, q.Extension, time.Now())
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	o := extensionObject{Extension: q.Extension, Status: string(what)}
	if u != nil {
		o.User = &reference{ID: string(u.ID), Name: u.Name}
	}
	return &extensionAnswer{o}, nil
}

func (s *Server) setExtension(ctx context.Context, q *extensionChange) (*objectAnswer[userObject], error) {
	return s.userShelf().patch(ctx, s, &patchRequest[userPatch]{
		ID: q.ID, IfMatch: q.IfMatch, Body: userPatch{Extension: optional[string]{Sent: true, Value: q.Body.Extension}},
	})
}
