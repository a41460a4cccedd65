package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// itemsQuery picks the items of a conversation.
type itemsQuery struct {
	ID     string `path:"id" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Order  string `query:"order" enum:"asc,desc" default:"desc" doc:"By age: desc gives the newest first."`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (q *itemsQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

// itemObject is a message or a call of a conversation (SPEC L18).
type itemObject struct {
	Type    string        `json:"type" enum:"message,call"`
	At      string        `json:"at" format:"date-time"`
	Message *MessageEntry `json:"message"`
	Call    *CallSummary  `json:"call" doc:"Calls are for those alone who may read calls."`
}

// itemsMark is where a page of items ends: behind a message, and behind a call.
type itemsMark struct {
	place int64
	call  string
}

func openItemsMark(cursor string) (itemsMark, error) {
	text, err := openCursor(cursor)
	if err != nil || text == "" {
		return itemsMark{}, err
	}
	place, call, both := strings.Cut(text, ".")
	n, err := strconv.ParseInt(place, 10, 64)
	if err != nil || !both || n < 0 {
		return itemsMark{}, badCursor()
	}
	return itemsMark{place: n, call: call}, nil
}

func (m itemsMark) text() string { return strconv.FormatInt(m.place, 10) + "." + m.call }

// itemRun is what two books have of a conversation, each in its own order: messages in theirs, calls by when they began.
type itemRun struct {
	messages     []messaging.Message
	moreMessages everything
	calls        []LiveCall
	edge         string // id of a call: up to here every call was read; empty: all were
}

// listItems interleaves them.
func (s *Server) listItems(ctx context.Context, q *itemsQuery) (*pageAnswer[itemObject], error) {
	c, err := s.conversationFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	mark, err := openItemsMark(q.Cursor)
	if err != nil {
		return nil, err
	}
	run := itemRun{}
	if run.messages, run.moreMessages, err = s.messagesOf(ctx, c, mark, q); err != nil {
		return nil, err
	}
	if run.calls, run.edge, err = s.callsOf(ctx, c, mark, q); err != nil {
		return nil, err
	}
	out, t, now := &pageAnswer[itemObject]{}, s.teller(), time.Now()
	out.Body.Data = []itemObject{}
	for len(out.Body.Data) < q.Limit && bool(run.ready()) {
		if messageFirst(run.messages, run.calls, q.Order) {
			entry := t.MessageEntry(&run.messages[0])
			out.Body.Data = append(out.Body.Data, itemObject{Type: "message", At: entry.CreatedAt, Message: &entry})
			mark.place, run.messages = run.messages[0].Place, run.messages[1:]
			continue
		}
		one := t.summary(run.calls[0].Record, run.calls[0].Status, now)
		out.Body.Data = append(out.Body.Data, itemObject{Type: "call", At: one.StartedAt, Call: &one})
		mark.call, run.calls = one.ID, run.calls[1:]
	}
	if bool(run.moreMessages) || run.edge != "" || len(run.messages) > 0 || len(run.calls) > 0 {
		if len(out.Body.Data) == 0 {
			mark.call = run.edge
		}
		next := sealCursor(mark.text())
		out.Body.NextCursor = &next
		out.Link = nextLink(q.path, q.query, next, q.Limit)
	}
	return out, nil
}

// ready says whether it is known which item comes next: neither of the two books has more than was read, or its next one is there.
func (r *itemRun) ready() everything {
	if len(r.messages) == 0 && bool(r.moreMessages) || len(r.calls) == 0 && r.edge != "" {
		return false
	}
	return len(r.messages) > 0 || len(r.calls) > 0
}

// messageFirst says whether the next item is the next message.
func messageFirst(messages []messaging.Message, calls []LiveCall, order string) (is bool) {
	if len(messages) == 0 || len(calls) == 0 {
		return len(calls) == 0
	}
	if order == "asc" {
		return !calls[0].Record.StartedAt.Before(messages[0].At)
	}
	return !calls[0].Record.StartedAt.After(messages[0].At)
}

// messagesOf are the next messages of a conversation.
func (s *Server) messagesOf(ctx context.Context, c conversation, mark itemsMark, q *itemsQuery) ([]messaging.Message, everything, error) {
	f := messaging.Filter{Account: c.rows[0].Account, Conversation: c.ids(), Limit: q.Limit}
	if f.Oldest = q.Order == "asc"; f.Oldest {
		f.After = mark.place
	} else {
		f.Before = mark.place
	}
	page, err := s.rooms.Messages.Messages(ctx, f)
	if err != nil {
		return nil, false, s.failed(ctx, "list the messages of a conversation", err)
	}
	return page.Messages, everything(page.More), nil
}

// callsOf are the next calls of a conversation: those between its number and each number of the other, in both directions. With more to come, edge is the id
// of the call up to which they are all there.
func (s *Server) callsOf(ctx context.Context, c conversation, mark itemsMark, q *itemsQuery) (calls []LiveCall, edge string, err error) {
	if s.rooms.Book == nil || !bool(who(ctx).may(provisioning.CallsRead)) {
		return nil, "", nil
	}
	oldest, live := q.Order == "asc", s.live()
	f := provisioning.CallFilter{
		Account: routing.AccountID(c.rows[0].Account), Number: routing.NumberID(c.rows[0].Number), Oldest: oldest, Cursor: mark.call, Limit: q.Limit,
	}
	for _, peer := range c.peers() {
		from, to := f, f
		from.From, to.To = string(peer), string(peer)
		for _, one := range []provisioning.CallFilter{from, to} {
			page, err := s.rooms.Book.Calls(ctx, one)
			if err != nil {
				return nil, "", s.failed(ctx, "list the calls of a conversation", err)
			}
			if page.Next != "" && (edge == "" || oldest == (page.Next < edge)) {
				edge = page.Next
			}
			for _, r := range page.Calls {
				calls = append(calls, liveOr(live, r))
			}
		}
	}
	return inTurn(calls, edge, &f), edge, nil
}

// inTurn orders calls, and leaves out those beyond the edge and those of whom nobody may know that they are the contact's.
func inTurn(calls []LiveCall, edge string, f *provisioning.CallFilter) []LiveCall {
	slices.SortFunc(calls, func(a, b LiveCall) int {
		if f.Oldest {
			return cmp.Compare(a.Record.ID, b.Record.ID)
		}
		return cmp.Compare(b.Record.ID, a.Record.ID)
	})
	return slices.DeleteFunc(calls, func(l LiveCall) bool {
		id := string(l.Record.ID)
		beyond := edge != "" && id != edge && f.Oldest == (id > edge)
		return beyond || l.Record.Anonymous && l.Record.Direction == routing.Inbound
	})
}

// liveOr is a call as it is now: the log knows of one in progress only that it began.
func liveOr(live map[routing.CallID]LiveCall, r *routing.CallRecord) LiveCall {
	if l, talking := live[r.ID]; talking && r.EndedAt.IsZero() {
		return l
	}
	return LiveCall{Record: r, Status: r.Status}
}
