package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// mePatch is what a person may change of their own.
type mePatch struct {
	Name      optional[string] `json:"name,omitzero"`
	Language  optional[string] `json:"language,omitzero"`
	Timezone  optional[string] `json:"timezone,omitzero"`
	ForwardTo optional[string] `json:"forward_to,omitzero"`
	CallerID  optional[string] `json:"caller_id,omitzero" doc:"One of their numbers (SPEC O1, O2)."`
}

type meChange struct {
	IfMatch string  `header:"If-Match" maxLength:"100"`
	Body    mePatch `contentType:"application/merge-patch+json"`
}

type passwordChange struct {
	Body struct {
		Current  string `json:"current_password" maxLength:"1024"`
		Password string `json:"password" maxLength:"1024" doc:"12 to 256 characters."`
	}
}

func (s *Server) meAPI(a huma.API) {
	const own = provisioning.Own
	huma.Get(a, "/api/v1/me", s.showMe, operation("me", "get-me", "Shows oneself, with one's extension", own, http.StatusNotFound))
	huma.Patch(a, "/api/v1/me", s.changeMe, operation("me", "update-me", "Changes one's profile", own, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Put(a, "/api/v1/me/password", s.changePassword,
		operation("me", "set-my-password", "Sets one's password; other browsers are signed out", own, http.StatusNotFound))
}

// myself is the person who asks. A program is nobody.
func myself(ctx context.Context, st *provisioning.State) (*provisioning.User, error) {
	id := who(ctx).user
	if id == "" {
		return nil, problem(http.StatusNotFound, "not_a_person", "this is about the person who is signed in, and a key is nobody")
	}
	return theirs[*provisioning.User](ctx, st, provisioning.KindUser, string(id))
}

func (s *Server) meOf(st *provisioning.State, u *provisioning.User) *objectAnswer[userObject] {
	out := &objectAnswer[userObject]{ETag: etag(u), Body: s.expandUser(st, showUser(st, u), expansion{more: []string{"teams", "numbers"}})}
	if a, is := st.Find(provisioning.KindAccount, string(u.Account)).(*provisioning.Account); is {
		o := showAccount(st, a)
		out.Body.Account = &o
	}
	resumable := s.resumable(u.ID)
	out.Body.Resumable = &resumable
	return out
}

func (s *Server) showMe(ctx context.Context, _ *struct{}) (*objectAnswer[userObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	u, err := myself(ctx, st)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return s.meOf(st, u), nil
}

func (s *Server) changeMe(ctx context.Context, q *meChange) (*objectAnswer[userObject], error) {
	var out *objectAnswer[userObject]
	p := userPatch{Name: q.Body.Name, Language: q.Body.Language, Timezone: q.Body.Timezone, ForwardTo: q.Body.ForwardTo, CallerID: q.Body.CallerID}
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		u, err := myself(ctx, st)
		if err != nil {
			return nil, err
		}
		if err = matches(q.IfMatch, u); err != nil {
			return nil, err
		}
		next, err := changeUser(u, p)
		if err != nil {
			return nil, err
		}
		changes, err := st.Put(next)
		out = s.meOf(st.With(changes), next)
		return changes, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// changePassword sets the password of who asks, who shows the present one: a browser that was left open is not enough.
func (s *Server) changePassword(ctx context.Context, q *passwordChange) (*struct{}, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	before, err := myself(ctx, st)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	right, err := s.passwordOf(ctx, before, q.Body.Current)
	if err != nil {
		return nil, err
	}
	if right != rightKey {
		s.refused()
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: "password_wrong", Location: "body.current_password", Text: "this is not your present password"})
	}
	kept, err := s.newPassword(ctx, q.Body.Password)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	var next provisioning.User
	_, err = s.edit(ctx, func(latest *provisioning.State) ([]provisioning.Change, error) {
		u, missing := myself(ctx, latest)
		if missing != nil {
			return nil, missing
		}
		if u.Password != before.Password {
			return nil, &provisioning.Refusal{Why: provisioning.Clash, Code: codeConflict, Text: "the password was changed meanwhile"}
		}
		next = *u
		next.Password = kept
		s.keepSession(ctx, &next)
		return latest.Put(&next)
	})
	if err == nil {
		s.renew(ctx, &next)
	}
	return nil, err
}
