package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

type callPatch struct {
	ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
	Body struct {
		AssignedTo optional[string] `json:"assigned_to,omitzero" doc:"A user's id; null: nobody takes care of it."`
		Archived   optional[bool]   `json:"archived,omitzero"`
	} `contentType:"application/merge-patch+json"`
}

type callTag struct {
	ID  string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
	Tag string `path:"tag" maxLength:"64" doc:"A tag's id."`
}

type commentRequest struct {
	ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"4000"`
	}
}

type commentAnswer struct{ Body callComment }

// labelsAPI mounts what people say of calls.
func (s *Server) labelsAPI(a huma.API) {
	about := func(id, summary string) func(*huma.Operation) {
		return operation("calls", id, summary, provisioning.CallsControl, http.StatusNotFound)
	}
	const one = "/api/v1/calls/{id}"
	none := func(o *huma.Operation) { o.DefaultStatus = http.StatusNoContent }
	huma.Patch(a, one, s.patchCall, about("update-call", "Says who takes care of a call, and whether it is archived"))
	huma.Get(a, one+"/tags", s.showTags, operation("calls", "get-call-tags", "Lists the tags of a call", provisioning.CallsRead, http.StatusNotFound))
	huma.Put(a, one+"/tags/{tag}", s.putTag, about("tag-call", "Puts a tag on a call"), none)
	huma.Delete(a, one+"/tags/{tag}", s.deleteTag, about("untag-call", "Takes a tag off a call"), none)
	huma.Get(a, one+"/comments", s.showComments, operation("calls", "get-call-comments", "Lists the comments on a call", provisioning.CallsRead, http.StatusNotFound))
	huma.Post(a, one+"/comments", s.postComment, about("comment-call", "Comments on a call"), created)
}

// label changes what people say of a call: while it lasts the call itself does, and afterwards the log.
func (s *Server) label(ctx context.Context, ref string, l routing.Label) error {
	c, err := s.callFor(ctx, ref)
	if err != nil {
		return err
	}
	l.By = who(ctx).user
	if s.rooms.Switchboard != nil {
		err = s.rooms.Switchboard.Do(ctx, c.Record.ID, l)
		if err == nil {
			return nil
		}
		if !errors.Is(err, routing.ErrNoCall) {
			return problem(http.StatusServiceUnavailable, codeUnavailable, "the call does not answer")
		}
	}
	if s.rooms.Marks == nil {
		return problem(http.StatusServiceUnavailable, codeUnavailable, "calls that are over cannot be changed here")
	}
	err = s.rooms.Marks.MarkCall(ctx, provisioning.CallMark{
		Call: c.Record.ID, By: l.By, At: time.Now(), AssignedTo: l.AssignedTo, Archived: l.Archived, Tag: l.Tag, Untag: l.Untag, Comment: l.Comment,
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return noCall(ref)
	case err != nil:
		return s.failed(ctx, "mark a call", err)
	}
	if l.Tag != "" && s.rooms.Switchboard != nil {
		s.rooms.Switchboard.Tagged(c.Record.ID)
	}
	return nil
}

func (s *Server) patchCall(ctx context.Context, r *callPatch) (*callAnswer, error) {
	var l routing.Label
	if r.Body.AssignedTo.Sent {
		to := routing.UserID(r.Body.AssignedTo.Value)
		c, err := s.callFor(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if u := s.teller().names.Users[to]; to != "" && (u == nil || u.Account != c.Record.Account) {
			refusal := provisioning.NotFound(provisioning.KindUser, string(to))
			refusal.Location = "body.assigned_to"
			return nil, s.refusal(ctx, refusal)
		}
		l.AssignedTo = &to
	}
	if r.Body.Archived.Sent {
		l.Archived = &r.Body.Archived.Value
	}
	if err := s.label(ctx, r.ID, l); err != nil {
		return nil, err
	}
	c, err := s.detail(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return &callAnswer{Body: s.teller().object(c, time.Now())}, nil
}

func (s *Server) showTags(ctx context.Context, r *callPath) (*listOf[string], error) {
	c, err := s.detail(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return asList(s.teller().summary(c.Record, c.Status, time.Now()).Tags), nil
}

func (s *Server) putTag(ctx context.Context, r *callTag) (*struct{}, error) {
	c, err := s.callFor(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err = s.checkTags(ctx, c.Record.Account, []string{r.Tag}); err != nil {
		return nil, s.refusal(ctx, err)
	}
	return nil, s.label(ctx, r.ID, routing.Label{Tag: r.Tag})
}

func (s *Server) deleteTag(ctx context.Context, r *callTag) (*struct{}, error) {
	return nil, s.label(ctx, r.ID, routing.Label{Untag: r.Tag})
}

func (s *Server) showComments(ctx context.Context, r *callPath) (*listOf[callComment], error) {
	c, err := s.detail(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return asList(s.teller().object(c, time.Now()).Comments), nil
}

func (s *Server) postComment(ctx context.Context, r *commentRequest) (*commentAnswer, error) {
	text := strings.TrimSpace(r.Body.Text)
	bad := func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == utf8.RuneError }
	if text == "" || strings.ContainsFunc(text, bad) {
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: "text_characters", Location: "body.text", Text: "a comment is text, and not empty"})
	}
	now := time.Now()
	comment := routing.CallComment{ID: routing.NewID("cmt", now), At: now, By: who(ctx).user, Text: text}
	if err := s.label(ctx, r.ID, routing.Label{Comment: &comment}); err != nil {
		return nil, err
	}
	return &commentAnswer{Body: callComment{ID: comment.ID, At: *stamp(now), User: s.teller().userNamed(comment.By), Text: text}}, nil
}
