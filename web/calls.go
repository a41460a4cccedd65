package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

type callsQuery struct {
	Limit         int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor        string    `query:"cursor" doc:"next_cursor of the page before."`
	CreatedAfter  time.Time `query:"created_after" doc:"Started at this time or later."`
	CreatedBefore time.Time `query:"created_before" doc:"Started before this time."`
	Direction     string    `query:"direction" enum:"inbound,outbound,internal"`
	Outcome       string    `query:"outcome" enum:"answered,missed,voicemail,abandoned,busy,rejected,failed,cancelled"`
	AccountID     string    `query:"account_id"`
	UserID        string    `query:"user_id"`
	NumberID      string    `query:"number_id"`
}

type callsAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Data       []callSummary `json:"data"`
		NextCursor *string       `json:"next_cursor" doc:"null at the end."`
	}
}

type callPath struct {
	ID string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
}

type callAnswer struct{ Body callObject }

// listOf is the body of a list that has no pages.
type listOf[T any] struct {
	Body struct {
		Data []T `json:"data"`
	}
}

func asList[T any](items []T) *listOf[T] {
	out := &listOf[T]{}
	out.Body.Data = items
	return out
}

func (s *Server) callsAPI(a huma.API) {
	about := func(id, summary string, refuses ...int) func(*huma.Operation) {
		return operation("calls", id, summary, provisioning.CallsRead, refuses...)
	}
	s.actionsAPI(a)
	huma.Get(a, "/api/v1/calls", s.listCalls, about("list-calls", "Lists the calls, newest first"))
	huma.Get(a, "/api/v1/calls/live", s.liveCalls, about("list-live-calls", "Lists the calls in progress"))
	huma.Get(a, "/api/v1/calls/{id}", s.showCall, about("get-call", "Shows a call with its legs", http.StatusNotFound))
	huma.Get(a, "/api/v1/calls/{id}/legs", s.showLegs, about("get-call-legs", "Shows the legs of a call", http.StatusNotFound))
	huma.Get(a, "/api/v1/calls/{id}/timeline", s.showTimeline, about("get-call-timeline", "Shows what happened in a call", http.StatusNotFound))
	huma.Get(a, "/api/v1/calls/{id}/sip", s.showLadder, about("get-call-sip", "Shows the SIP requests and responses of a call", http.StatusNotFound))
	huma.Get(a, "/api/v1/calls/{id}/sip.txt", s.showLadderText, about("get-call-sip-text", "Shows the same as a drawing, for people", http.StatusNotFound))
}

func (s *Server) teller() teller {
	names := s.rooms.Directory.Snapshot()
	if names == nil {
		names = &routing.Snapshot{}
	}
	return teller{names: names}
}

func (s *Server) listCalls(ctx context.Context, q *callsQuery) (*callsAnswer, error) {
	page, err := s.rooms.Book.Calls(ctx, provisioning.CallFilter{
		Account: routing.AccountID(q.AccountID), User: routing.UserID(q.UserID), Number: routing.NumberID(q.NumberID),
		Direction: routing.Direction(q.Direction), Outcome: routing.Outcome(q.Outcome), Since: q.CreatedAfter, Until: q.CreatedBefore,
		Cursor: q.Cursor, Limit: q.Limit,
	})
	if err != nil {
		return nil, s.failed(ctx, "list calls", err)
	}
	out, t, now := &callsAnswer{}, s.teller(), time.Now()
	out.Body.Data = make([]callSummary, 0, len(page.Calls))
	live := s.live()
	for _, c := range page.Calls {
		one := LiveCall{Record: c, Status: c.Status}
		if l, talking := live[c.ID]; talking && c.EndedAt.IsZero() {
			one = l // the log knows of it only that it began
		}
		out.Body.Data = append(out.Body.Data, t.summary(one.Record, one.Status, now))
	}
	if page.Next != "" {
		out.Body.NextCursor = &page.Next
		out.Link = "</api/v1/calls?" + q.next(page.Next) + `>; rel="next"`
	}
	return out, nil
}

// live is the calls in progress by their id.
func (s *Server) live() map[routing.CallID]LiveCall {
	out := map[routing.CallID]LiveCall{}
	for _, l := range s.rooms.Switchboard.Live() {
		out[l.Record.ID] = l
	}
	return out
}

// next is the query of the page after: the same, from another cursor.
func (q *callsQuery) next(cursor string) string {
	v := url.Values{"cursor": {cursor}, "limit": {strconv.Itoa(q.Limit)}}
	for name, value := range map[string]string{
		"direction": q.Direction, "outcome": q.Outcome, "account_id": q.AccountID, "user_id": q.UserID, "number_id": q.NumberID,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"created_after": q.CreatedAfter, "created_before": q.CreatedBefore} {
		if !at.IsZero() {
			v.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	return v.Encode()
}

func (s *Server) liveCalls(context.Context, *struct{}) (*listOf[callObject], error) {
	t, now := s.teller(), time.Now()
	out := []callObject{}
	for _, c := range s.rooms.Switchboard.Live() {
		out = append(out, t.object(c, now))
	}
	return asList(out), nil
}

// detail finds a call with its legs, timeline and ladder: of one in progress, what there is so far.
func (s *Server) detail(ctx context.Context, ref string) (LiveCall, error) {
	c, err := s.find(ctx, ref)
	if err != nil || c.Status == string(routing.CallEnded) {
		return c, err
	}
	draft, err := s.rooms.Switchboard.Draft(ctx, c.Record.ID)
	switch {
	case err == nil:
		c.Record, c.Status = draft, draft.Status
	case errors.Is(err, routing.ErrNoCall): // It ended meanwhile, or it is from before we started: the log has what there is.
		if r, err := s.rooms.Book.Call(ctx, ref); err == nil {
			c = LiveCall{Record: r, Status: r.Status}
		}
	}
	return c, nil
}

// find looks among the calls in progress first: the log knows of those only that they began.
func (s *Server) find(ctx context.Context, ref string) (LiveCall, error) {
	for _, c := range s.rooms.Switchboard.Live() {
		if string(c.Record.ID) == ref || strconv.FormatInt(c.Record.Number, 10) == ref {
			return c, nil
		}
	}
	c, err := s.rooms.Book.Call(ctx, ref)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return LiveCall{}, problem(http.StatusNotFound, codeNotFound, "there is no call "+ref)
		}
		return LiveCall{}, s.failed(ctx, "find call", err)
	}
	return LiveCall{Record: c, Status: c.Status}, nil
}

func (s *Server) showCall(ctx context.Context, p *callPath) (*callAnswer, error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &callAnswer{Body: s.teller().object(c, time.Now())}, nil
}

func (s *Server) showLegs(ctx context.Context, p *callPath) (*listOf[legObject], error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return asList(s.teller().legs(c.Record)), nil
}

type timelinePath struct {
	ID       string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
	Language string `header:"Accept-Language"`
}

func (s *Server) showTimeline(ctx context.Context, p *timelinePath) (*listOf[timelineItem], error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return asList(s.teller().timeline(c.Record, s.words, language(p.Language))), nil
}
