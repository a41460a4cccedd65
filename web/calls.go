package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

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
	const one = "/api/v1/calls/{id}"
	s.actionsAPI(a)
	s.startAPI(a)
	s.labelsAPI(a)
	s.cardAPI(a)
	s.notificationsAPI(a)
	huma.Get(a, "/api/v1/calls", s.listCalls, about("list-calls", "Lists the calls, newest first"))
	huma.Get(a, "/api/v1/calls/live", s.liveCalls, about("list-live-calls", "Lists the calls in progress"))
	huma.Get(a, one, s.showCall, about("get-call", "Shows a call with its legs", http.StatusNotFound))
	huma.Get(a, one+"/legs", s.showLegs, about("get-call-legs", "Shows the legs of a call", http.StatusNotFound))
	huma.Get(a, one+"/timeline", s.showTimeline, about("get-call-timeline", "Shows what happened in a call", http.StatusNotFound))
	huma.Get(a, one+"/quality", s.showQuality, about("get-call-quality", "Shows how each leg of a call sounded", http.StatusNotFound))
	huma.Get(a, one+"/sip", s.showLadder, about("get-call-sip", "Shows the SIP requests and responses of a call", http.StatusNotFound))
	huma.Get(a, one+"/sip.txt", s.showLadderText, about("get-call-sip-text", "Shows the same as a drawing, for people", http.StatusNotFound))
	huma.Get(a, one+"/sip.pcap", s.showLadderPcap, about("get-call-sip-pcap", "Gives the same for a packet analyser", http.StatusNotFound))
}

func (s *Server) teller() teller {
	names := s.rooms.Directory.Snapshot()
	if names == nil {
		names = &routing.Snapshot{}
	}
	if t := s.telling.Load(); t != nil && t.names == names {
		return *t
	}
	t := &teller{names: names, numbers: make(map[routing.NumberID]*routing.Number, len(names.Numbers))}
	for _, n := range names.Numbers {
		t.numbers[n.ID] = n
	}
	s.telling.Store(t)
	return *t
}

func (s *Server) listCalls(ctx context.Context, q *callsQuery) (*pageAnswer[callEntry], error) {
	f, err := q.filter()
	if err != nil {
		return nil, err
	}
	me := who(ctx)
	if me.account != "" {
		if f.Account != "" && f.Account != me.account {
			return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindAccount, q.AccountID))
		}
		f.Account = me.account
	}
	f.Within = s.linesOf(me)
	page, err := s.rooms.Book.Calls(ctx, f)
	if err != nil {
		return nil, s.failed(ctx, "list calls", err)
	}
	out, now := &pageAnswer[callEntry]{}, time.Now()
	out.Body.Data = make([]callEntry, 0, len(page.Calls))
	live := s.live()
	for _, c := range page.Calls {
		one := LiveCall{Record: c, Status: c.Status}
		if l, talking := live[c.ID]; talking && c.EndedAt.IsZero() {
			one = l // the log knows of it only that it began
		}
		entry, err := s.entry(ctx, one, q, now)
		if err != nil {
			return nil, err
		}
		out.Body.Data = append(out.Body.Data, entry)
	}
	if q.Count {
		out.Body.TotalCount = &page.Total
	}
	if page.Next != "" {
		next := sealCursor(page.Next)
		out.Body.NextCursor = &next
		out.Link = nextLink(q.path, q.query, next, q.Limit)
	}
	return out, nil
}

// entry tells a call for a list, with what was asked for beside.
func (s *Server) entry(ctx context.Context, c LiveCall, q *callsQuery, now time.Time) (callEntry, error) {
	t := s.teller()
	out := callEntry{CallSummary: t.summary(c.Record, c.Status, now)}
	if !q.expands("legs") && !q.expands("timeline") {
		return out, nil
	}
	whole, err := s.detail(ctx, string(c.Record.ID))
	if err != nil {
		return out, err
	}
	if q.expands("legs") {
		out.Legs = t.legs(whole.Record)
	}
	if q.expands("timeline") {
		out.Timeline = t.timeline(whole.Record, s.words, language(q.Language))
	}
	return out, nil
}

// live is the calls in progress by their id.
func (s *Server) live() map[routing.CallID]LiveCall {
	out := map[routing.CallID]LiveCall{}
	if s.rooms.Switchboard == nil {
		return out
	}
	for _, l := range s.rooms.Switchboard.Live() {
		out[l.Record.ID] = l
	}
	return out
}

func (s *Server) liveCalls(ctx context.Context, _ *struct{}) (*listOf[callObject], error) {
	me, t, now := who(ctx), s.teller(), time.Now()
	out := []callObject{}
	for _, c := range s.rooms.Switchboard.Live() {
		if !s.seesCall(me, c) {
			continue
		}
		if draft, err := s.rooms.Switchboard.Draft(ctx, c.Record.ID); err == nil {
			c.Record = draft // with its legs
		}
		out = append(out, t.object(c, now))
	}
	return asList(out), nil
}

// detail finds a call that who asks may see, with its legs, timeline and ladder: of one in progress, what there is so far.
func (s *Server) detail(ctx context.Context, ref string) (LiveCall, error) {
	c, err := s.callFor(ctx, ref)
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
	if s.rooms.Switchboard != nil {
		for _, c := range s.rooms.Switchboard.Live() {
			if string(c.Record.ID) == ref || strconv.FormatInt(c.Record.Number, 10) == ref {
				return c, nil
			}
		}
	}
	c, err := s.rooms.Book.Call(ctx, ref)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return LiveCall{}, noCall(ref)
		}
		return LiveCall{}, s.failed(ctx, "find call", err)
	}
	return LiveCall{Record: c, Status: c.Status}, nil
}

type callRequest struct {
	ID       string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
	Language string `header:"Accept-Language"`
}

func (s *Server) showCall(ctx context.Context, p *callRequest) (*callAnswer, error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	t := s.teller()
	out := &callAnswer{Body: t.object(c, time.Now())}
	if text := t.explain(c.Record, s.words, language(p.Language)); text != "" {
		out.Body.Explanation = &text
	}
	return out, nil
}

func (s *Server) showLegs(ctx context.Context, p *callPath) (*listOf[legObject], error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return asList(s.teller().legs(c.Record)), nil
}

func (s *Server) showTimeline(ctx context.Context, p *callRequest) (*listOf[timelineItem], error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return asList(s.teller().timeline(c.Record, s.words, language(p.Language))), nil
}
