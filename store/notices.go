package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

const noticeColumns = `id, account, user_id, call_id, call_number, number_id, from_number, anonymous, reason, at, read_at, handled_at, handled_by, call_back`

// noticeTold is what the events of a notification tell.
type noticeTold struct {
	ID         string               `json:"id"`
	User       routing.UserID       `json:"user_id"`
	Call       routing.CallID       `json:"call_id"`
	CallNumber int64                `json:"call_number"`
	Number     routing.NumberID     `json:"number_id,omitempty"`
	From       string               `json:"from"`
	Anonymous  bool                 `json:"anonymous"`
	Reason     routing.MissedReason `json:"missed_reason,omitempty"`
	At         time.Time            `json:"at"`
	ReadAt     time.Time            `json:"read_at,omitzero"`
	HandledAt  time.Time            `json:"handled_at,omitzero"`
	HandledBy  routing.UserID       `json:"handled_by,omitempty"`
	CallBack   routing.CallID       `json:"call_back,omitempty"`
}

func noticeNews(n *provisioning.Notification, kind string, at time.Time) provisioning.Event {
	data := toJSON(noticeTold{
		n.ID, n.User, n.Call, n.CallNumber, n.Number, n.From, n.Anonymous, n.Reason, n.At, n.ReadAt, n.HandledAt, n.HandledBy, n.CallBack,
	})
	return provisioning.Event{Type: "notification." + kind, Account: n.Account, Subject: n.ID, At: at, Data: json.RawMessage(data)}
}

// notify adds the notifications of a call that is over, with their events.
func (x *batch) notify(f finished) {
	c := f.call
	for _, u := range c.Notified {
		n := provisioning.Notification{
			ID: routing.NewID("ntf", c.EndedAt), Account: c.Account, User: u, Call: c.ID, CallNumber: c.Number, Number: c.NumberID, From: c.From,
			Anonymous: c.Anonymous, Reason: c.Missed, At: c.EndedAt,
		}
		e := noticeNews(&n, "created", c.EndedAt)
		x.notices = append(
			x.notices, n.ID, string(n.Account), string(n.User), string(n.Call), n.CallNumber, string(n.Number), n.From, n.Anonymous, string(n.Reason),
			millis(n.At), int64(0), int64(0), "", "",
		)
		x.news = append(x.news, encodeNews(&e))
	}
}

// calledBack marks what a call out that somebody answered takes care of: the missed calls of whom it reached (SPEC L13).
func (b *book) calledBack(ctx context.Context, t tx, x *batch) error {
	for _, f := range x.ended {
		c := f.call
		if c.Direction != routing.Outbound || c.AnsweredAt.IsZero() || c.To == "" {
			continue
		}
		const text = `UPDATE notifications SET handled_at = $1, handled_by = $2, call_back = $3
 WHERE account = $4 AND from_number = $5 AND handled_at = 0 AND at <= $6 AND NOT anonymous RETURNING ` + noticeColumns
		handled, err := scanNotices(t.QueryContext(ctx, text, millis(c.AnsweredAt), string(c.User), string(c.ID), string(c.Account), c.To, millis(c.StartedAt)))
		if err != nil {
			return err
		}
		for i := range handled {
			e := noticeNews(&handled[i], "handled", c.AnsweredAt)
			x.late = append(x.late, encodeNews(&e))
		}
	}
	return nil
}

// scanNotices reads all rows of noticeColumns and closes them.
func scanNotices(rows *sql.Rows, err error) ([]provisioning.Notification, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []provisioning.Notification
	for rows.Next() {
		var n provisioning.Notification
		var at, read, handled int64
		if err := rows.Scan(&n.ID, &n.Account, &n.User, &n.Call, &n.CallNumber, &n.Number, &n.From, &n.Anonymous, &n.Reason, &at, &read, &handled,
			&n.HandledBy, &n.CallBack); err != nil {
			return nil, err
		}
		n.At, n.ReadAt, n.HandledAt = moment(at), moment(read), moment(handled)
		out = append(out, n)
	}
	return out, rows.Err()
}

// Notifications implements provisioning.Notices.
func (s *Store) Notifications(ctx context.Context, f provisioning.NotificationFilter) (provisioning.NotificationPage, error) {
	limit := usualPage
	if f.Limit > 0 {
		limit = min(f.Limit, longestPage)
	}
	c := clause{}
	for _, x := range []struct{ column, value string }{{"user_id", string(f.User)}, {"call_id", string(f.Call)}, {"account", string(f.Account)}} {
		if x.value != "" {
			c.add(x.column+" = ?", x.value)
		}
	}
	if f.Unread {
		c.add("read_at = 0")
	}
	if f.Open {
		c.add("handled_at = 0")
	}
	if !f.After.IsZero() {
		c.add("at > ?", millis(f.After))
	}
	var page provisioning.NotificationPage
	if f.Count {
		if err := s.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM notifications`+where(c), c.args...).Scan(&page.Total); err != nil {
			return page, fmt.Errorf("count notifications: %w", err)
		}
	}
	if f.Cursor != "" && f.Oldest {
		c.add("id > ?", f.Cursor)
	} else if f.Cursor != "" {
		c.add("id < ?", f.Cursor)
	}
	text := `SELECT ` + noticeColumns + ` FROM notifications` + where(c) + ` ORDER BY id ` + callOrder(f.Oldest).direction() + ` LIMIT ` + c.mark(limit+1)
	all, err := scanNotices(s.db.read.QueryContext(ctx, text, c.args...))
	if err != nil {
		return page, fmt.Errorf("list notifications: %w", err)
	}
	if len(all) > limit {
		all = all[:limit]
		page.Next = all[limit-1].ID
	}
	page.Notifications = all
	return page, nil
}

// Notification implements provisioning.Notices.
func (s *Store) Notification(ctx context.Context, id string) (provisioning.Notification, error) {
	all, err := scanNotices(s.db.read.QueryContext(ctx, `SELECT `+noticeColumns+` FROM notifications WHERE id = $1`, id))
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return provisioning.Notification{}, fmt.Errorf("notification %s: %w", id, err)
	}
	return all[0], nil
}

// ReadNotification implements provisioning.Notices.
func (s *Store) ReadNotification(ctx context.Context, id string, at time.Time) error {
	const text = `UPDATE notifications SET read_at = $1 WHERE id = $2 AND read_at = 0 RETURNING ` + noticeColumns
	err := s.noticed(ctx, "read", at, text, millis(at), id)
	if isMissing(err) {
		_, err = s.Notification(ctx, id) // It was read before, or is not there.
	}
	if err != nil {
		return fmt.Errorf("read notification %s: %w", id, err)
	}
	return nil
}

// HandleCall implements provisioning.Notices.
func (s *Store) HandleCall(ctx context.Context, call routing.CallID, by routing.UserID, at time.Time) error {
	const text = `UPDATE notifications SET handled_at = $1, handled_by = $2 WHERE call_id = $3 AND handled_at = 0 RETURNING ` + noticeColumns
	err := s.noticed(ctx, "handled", at, text, millis(at), string(by), string(call))
	if err != nil && !isMissing(err) {
		return fmt.Errorf("handle call %s: %w", call, err)
	}
	return nil
}

// noticed changes notifications and tells of those that it changed. It fails with ErrNotFound where it changes none.
func (s *Store) noticed(ctx context.Context, kind string, at time.Time, text string, args ...any) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		all, err := scanNotices(t.QueryContext(ctx, text, args...))
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return ErrNotFound
		}
		var events []provisioning.Event
		for i := range all {
			events = append(events, noticeNews(&all[i], kind, at))
		}
		return s.events.appendEvents(ctx, t, events)
	})
	if err == nil {
		s.events.waiting.tell()
	}
	return err
}

func isMissing(err error) bool { return errors.Is(err, ErrNotFound) }
