package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// logRounds is how often the log is asked for one page: who may see little of it gets a page that is not full, and goes on.
const logRounds = 20

type eventsQuery struct {
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string    `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Order  string    `query:"order" enum:"asc,desc" default:"desc" doc:"By age: desc gives the newest first."`
	Types  string    `query:"types" maxLength:"2000" doc:"Types of event, separated by commas; call.* stands for all of a family. Empty: all."`
	CallID string    `query:"call_id" maxLength:"64" doc:"Only what is about this call."`
	After  time.Time `query:"created_after" doc:"What happened at this time or later."`

	path  string
	query url.Values
}

// Resolve notes the address of the request, for the link to the next page.
func (q *eventsQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

// listEvents gives a page of the log of events. A page may hold fewer than were asked for, though more follow.
func (s *Server) listEvents(ctx context.Context, q *eventsQuery) (*pageAnswer[eventObject], error) {
	if s.rooms.Events == nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "there are no events to be had now")
	}
	f, err := s.eventsWanted(ctx, q)
	if err != nil {
		return nil, err
	}
	seen, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	out := &pageAnswer[eventObject]{Body: pageBody[eventObject]{Data: []eventObject{}}}
	for round := 1; ; round++ {
		f.Limit = q.Limit - len(out.Body.Data)
		page, err := s.rooms.Events.Events(ctx, f)
		if err != nil {
			return nil, s.failed(ctx, "list events", err)
		}
		for i := range page.Events {
			if seen.takes(&page.Events[i]) {
				out.Body.Data = append(out.Body.Data, s.renderEvent(ctx, page.Events[i]))
			}
		}
		if !page.More {
			return out, nil
		}
		if f.Newest {
			f.Before = page.Last
		} else {
			f.After = page.Last
		}
		if len(out.Body.Data) >= q.Limit || round == logRounds {
			next := sealCursor(strconv.FormatInt(page.Last, 10))
			out.Body.NextCursor = &next
			out.Link = nextLink(q.path, q.query, next, q.Limit)
			return out, nil
		}
	}
}

// eventsWanted reads what a page of the log begins with, and which events it has.
func (s *Server) eventsWanted(ctx context.Context, q *eventsQuery) (provisioning.EventFilter, error) {
	f, err := s.eventFilter(ctx, q.Types, q.CallID)
	if err != nil {
		return f, err
	}
	f.Newest = q.Order == "desc"
	if !q.After.IsZero() {
		if f.After, err = s.rooms.Events.EventsSince(ctx, q.After); err != nil {
			return f, s.failed(ctx, "list events", err)
		}
	}
	cursor, err := openCursor(q.Cursor)
	if err != nil || cursor == "" {
		return f, err
	}
	pos, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || pos < 1 {
		return f, badCursor()
	}
	if f.Newest {
		f.Before = pos
	} else {
		f.After = max(f.After, pos)
	}
	return f, nil
}
