package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// notificationObject tells one user of a missed call (SPEC L11, X12).
type notificationObject struct {
	ID           string     `json:"id" example:"ntf_01JD3Q4V9M6Z0Y8K2T7RBN5XHC"`
	User         *reference `json:"user" doc:"Who is told."`
	CallID       string     `json:"call_id"`
	CallNumber   int64      `json:"call_number"`
	Number       *reference `json:"number" doc:"Ours, that was called."`
	From         string     `json:"from"`
	FromDisplay  string     `json:"from_display"`
	Anonymous    bool       `json:"anonymous"`
	Contact      *reference `json:"contact"`
	MissedReason string     `json:"missed_reason"`
	At           string     `json:"at" format:"date-time" doc:"When the call ended."`
	ReadAt       *string    `json:"read_at" format:"date-time"`
	HandledAt    *string    `json:"handled_at" format:"date-time" doc:"The same for everybody who was told of the call."`
	HandledBy    *reference `json:"handled_by"`
	CallBackID   *string    `json:"call_back_id" doc:"The call that called back."`
}

type noticesQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Order  string `query:"order" enum:"asc,desc" default:"desc" doc:"By age: desc gives the newest first."`
	Count  bool   `query:"count" doc:"Counts all that match, in total_count."`
	UserID string `query:"user_id" maxLength:"64" doc:"Whom they are for; people who are no administrators see their own alone."`
	CallID string `query:"call_id" maxLength:"64"`
	Unread bool   `query:"unread" doc:"Those that were not read alone."`
	Open   bool   `query:"open" doc:"Those that nobody has taken care of alone."`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (q *noticesQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

// notificationsAPI mounts the notifications of missed calls.
func (s *Server) notificationsAPI(a huma.API) {
	none := func(o *huma.Operation) { o.DefaultStatus = http.StatusNoContent }
	huma.Get(a, "/api/v1/notifications", s.listNotices,
		operation("notifications", "list-notifications", "Lists the notifications of missed calls, newest first", provisioning.CallsRead))
	huma.Get(a, "/api/v1/me/notifications", s.myNotices,
		operation("me", "list-my-notifications", "Lists one's own notifications", provisioning.Own))
	huma.Post(a, "/api/v1/notifications/{id}/read", s.readNotice,
		operation("notifications", "read-notification", "Marks a notification as read", provisioning.CallsRead, http.StatusNotFound), none)
	huma.Post(a, "/api/v1/notifications/{id}/handled", s.handleNotice,
		operation("notifications", "handle-notification", "Marks a missed call as handled, for everybody who was told of it", provisioning.CallsControl, http.StatusNotFound), none)
}

// noticesOf are the rules of whose notifications somebody sees: people their own, those who look after others also theirs.
func noticesOf(i identity, f provisioning.NotificationFilter) provisioning.NotificationFilter {
	if i.account != "" {
		f.Account = i.account
	}
	switch i.role {
	case provisioning.RoleAgent, provisioning.RoleSupervisor, provisioning.RoleCarrier:
		f.User = i.user
	case provisioning.RoleOwner, provisioning.RoleAdmin, provisioning.RoleReadonly, "":
	}
	return f
}

func (s *Server) myNotices(ctx context.Context, q *noticesQuery) (*pageAnswer[notificationObject], error) {
	me := who(ctx)
	if me.user == "" {
		return nil, problem(http.StatusForbidden, codeForbidden, "only people have notifications of their own: see /api/v1/notifications")
	}
	q.UserID = string(me.user)
	return s.listNotices(ctx, q)
}

func (s *Server) listNotices(ctx context.Context, q *noticesQuery) (*pageAnswer[notificationObject], error) {
	after, err := openCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	if s.rooms.Notices == nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "notifications are not kept here")
	}
	page, err := s.rooms.Notices.Notifications(ctx, noticesOf(who(ctx), provisioning.NotificationFilter{
		User: routing.UserID(q.UserID), Call: routing.CallID(q.CallID), Unread: q.Unread, Open: q.Open, Count: q.Count, Oldest: q.Order == "asc",
		Cursor: after, Limit: q.Limit,
	}))
	if err != nil {
		return nil, s.failed(ctx, "list notifications", err)
	}
	out, t := &pageAnswer[notificationObject]{}, s.teller()
	out.Body.Data = make([]notificationObject, 0, len(page.Notifications))
	for i := range page.Notifications {
		out.Body.Data = append(out.Body.Data, t.notice(&page.Notifications[i]))
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

// notice tells a notification.
func (t teller) notice(n *provisioning.Notification) notificationObject {
	call := routing.CallRecord{Account: n.Account, Direction: routing.Inbound, From: n.From, Anonymous: n.Anonymous}
	out := notificationObject{
		ID: n.ID, User: t.userNamed(n.User), CallID: string(n.Call), CallNumber: n.CallNumber, Number: t.numberNamed(n.Number), From: n.From,
		FromDisplay: display(n.From, t.country(n.Account)), Anonymous: n.Anonymous, Contact: t.contactOf(&call), MissedReason: string(n.Reason),
		At: *stamp(n.At), ReadAt: stamp(n.ReadAt), HandledAt: stamp(n.HandledAt), HandledBy: t.userNamed(n.HandledBy),
	}
	if n.CallBack != "" {
		out.CallBackID = new(string(n.CallBack))
	}
	return out
}

// noticeFor finds a notification that who asks may see.
func (s *Server) noticeFor(ctx context.Context, id string) (provisioning.Notification, error) {
	missing := &provisioning.Refusal{
		Why: provisioning.Missing, Code: codeNotFound, Args: map[string]string{"kind": "notification", "id": id}, Text: "there is no notification " + id,
	}
	if s.rooms.Notices == nil {
		return provisioning.Notification{}, s.refusal(ctx, missing)
	}
	n, err := s.rooms.Notices.Notification(ctx, id)
	switch {
	case errors.Is(err, provisioning.ErrNotFound):
		return n, s.refusal(ctx, missing)
	case err != nil:
		return n, s.failed(ctx, "find a notification", err)
	}
	f := noticesOf(who(ctx), provisioning.NotificationFilter{Account: n.Account, User: n.User})
	if f.Account != n.Account || f.User != n.User {
		return n, s.refusal(ctx, missing)
	}
	return n, nil
}

func (s *Server) readNotice(ctx context.Context, r *idRequest) (*struct{}, error) {
	n, err := s.noticeFor(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := s.rooms.Notices.ReadNotification(ctx, n.ID, time.Now()); err != nil {
		return nil, s.failed(ctx, "read a notification", err)
	}
	return nil, nil
}

func (s *Server) handleNotice(ctx context.Context, r *idRequest) (*struct{}, error) {
	n, err := s.noticeFor(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := s.rooms.Notices.HandleCall(ctx, n.Call, who(ctx).user, time.Now()); err != nil {
		return nil, s.failed(ctx, "handle a missed call", err)
	}
	return nil, nil
}
