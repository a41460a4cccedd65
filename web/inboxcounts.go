package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
)

// inboxCounts is what waits in the three views of the inbox (SPEC L14).
type inboxCounts struct {
	Conversations struct {
		Open     int64 `json:"open"`
		Mine     int64 `json:"mine" doc:"Open, and one takes care of them oneself."`
		Unread   int64 `json:"unread" doc:"With messages that nobody has read."`
		Nobodies int64 `json:"unassigned" doc:"Open, and nobody takes care of them."`
	} `json:"conversations"`
	Calls struct {
		Missed int64 `json:"missed" doc:"Missed calls one was told of that nobody has taken care of."`
		Unread int64 `json:"unread" doc:"Of one's notifications, those one has not read."`
	} `json:"calls"`
	Messages struct {
		Unread int64 `json:"unread" doc:"Messages that nobody has read."`
	} `json:"messages"`
}

type inboxAnswer struct{ Body inboxCounts }

func (s *Server) inboxCountsAPI(a huma.API) {
	huma.Get(a, "/api/v1/me/inbox", s.countInbox,
		operation("me", "get-my-inbox", "Counts what waits in one's inbox: conversations, calls, messages", provisioning.Own, http.StatusNotFound))
}

func (s *Server) countInbox(ctx context.Context, _ *struct{}) (*inboxAnswer, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	u, err := myself(ctx, st)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	out := &inboxAnswer{}
	if err := s.countConversations(ctx, u, &out.Body); err != nil {
		return nil, err
	}
	if s.rooms.Notices == nil {
		return out, nil
	}
	for to, f := range map[*int64]provisioning.NotificationFilter{
		&out.Body.Calls.Missed: {Open: true}, &out.Body.Calls.Unread: {Unread: true},
	} {
		f.Account, f.User, f.Count, f.Limit = u.Account, u.ID, true, 1
		page, err := s.rooms.Notices.Notifications(ctx, f)
		if err != nil {
			return nil, s.failed(ctx, "count the inbox", err)
		}
		*to = page.Total
	}
	return out, nil
}

// countConversations counts those of the lines that somebody sees (SPEC L16).
func (s *Server) countConversations(ctx context.Context, u *provisioning.User, out *inboxCounts) error {
	me := who(ctx)
	if s.rooms.Messages == nil || !bool(me.may(provisioning.MessagesRead)) {
		return nil
	}
	seen := messaging.ConversationFilter{Account: messaging.AccountID(u.Account), Numbers: s.numbersSeen(me, ""), Count: true, Limit: 1}
	open, mine, nobodies, unread := seen, seen, seen, seen
	open.Open, mine.Open, nobodies.Open = new(true), new(true), new(true)
	mine.Assignee, nobodies.Assignee = new(messaging.UserID(u.ID)), new(messaging.UserID(""))
	unread.Unread = true
	c := &out.Conversations
	for to, f := range map[*int64]messaging.ConversationFilter{&c.Open: open, &c.Mine: mine, &c.Nobodies: nobodies, &c.Unread: unread} {
		page, err := s.rooms.Messages.Conversations(ctx, f)
		if err != nil {
			return s.failed(ctx, "count the inbox", err)
		}
		*to = page.Total
		if f.Unread {
			out.Messages.Unread = page.Waiting
		}
	}
	return nil
}
