package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/messaging"
)

// scanMessage reads a row of messageColumns.
func scanMessage(r scanner) (*messaging.Message, error) {
	msg := &messaging.Message{}
	var at, updated int64
	var tried string
	err := r.Scan(&msg.ID, &msg.Place, &msg.Account, &msg.Number, &msg.Own, &msg.Peer, &msg.Conversation, &msg.Direction, &msg.Channel, &msg.User, &msg.Call,
		&msg.Body, &msg.Encoding, &msg.Class, &msg.Segments, &msg.Missing, &msg.Emergency, &msg.State, &msg.Reason, &tried, &at, &updated, &msg.Seq)
	if err != nil {
		return nil, err
	}
	msg.At, msg.UpdatedAt = moment(at), moment(updated)
	if tried == "[]" {
		return msg, nil
	}
	if err = json.Unmarshal([]byte(tried), &msg.Delivery); err != nil {
		return nil, fmt.Errorf("deliveries of %s: %w", msg.ID, err)
	}
	return msg, nil
}

// byID reads messages in a transaction.
func (m *Messages) byID(ctx context.Context, t tx, ids []any) (map[messaging.ID]*messaging.Message, error) {
	out := map[messaging.ID]*messaging.Message{}
	err := m.findMessages.each(ctx, t, ids, func(r *sql.Rows) error {
		msg, err := scanMessage(r)
		if err == nil {
			out[msg.ID] = msg
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return out, nil
}

// Message implements messaging.Book.
func (m *Messages) Message(ctx context.Context, id messaging.ID) (*messaging.Message, error) {
	msg, err := scanMessage(m.store.db.read.QueryRowContext(ctx, `SELECT `+messageColumns+` FROM messages WHERE id = $1`, string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		err = messaging.ErrNotFound
	}
	if err == nil {
		err = m.tries(ctx, msg)
	}
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", id, err)
	}
	return msg, nil
}

// tries adds the tries that are under way, of which the message is told when they end.
func (m *Messages) tries(ctx context.Context, msg *messaging.Message) error {
	const text = `SELECT slot, tries FROM message_deliveries WHERE message = $1`
	return each(ctx, m.store.db.read, text, []any{string(msg.ID)}, func(r *sql.Rows) error {
		var slot, tries int
		err := r.Scan(&slot, &tries)
		if err == nil && slot < len(msg.Delivery) {
			msg.Delivery[slot].Tries = tries
		}
		return err
	})
}

// Messages implements messaging.Book.
func (m *Messages) Messages(ctx context.Context, f messaging.Filter) (messaging.Page, error) {
	page, err := m.list(ctx, &f)
	if err != nil {
		return messaging.Page{}, fmt.Errorf("list messages: %w", err)
	}
	return page, nil
}

func (m *Messages) list(ctx context.Context, f *messaging.Filter) (messaging.Page, error) {
	limit := usualPage
	if f.Limit > 0 {
		limit = min(f.Limit, longestPage)
	}
	if picksNone(f) {
		return messaging.Page{}, nil
	}
	var page messaging.Page
	floor, err := m.floor(ctx, f)
	if err == nil && f.Count {
		page.Total, err = m.count(ctx, f, floor)
	}
	if err != nil {
		return page, err
	}
	for _, q := range messageQueries(f, limit+1) {
		if f.Before > 0 {
			q.add("m.place < ?", f.Before)
		}
		q.add("m.place > ?", max(floor, f.After))
		err := each(ctx, m.store.db.read, q.statement(), q.args, func(r *sql.Rows) error {
			msg, failed := scanMessage(r)
			if failed == nil {
				msg.Delivery = nil
				page.Messages = append(page.Messages, *msg)
			}
			return failed
		})
		if err != nil {
			return page, err
		}
	}
	slices.SortFunc(page.Messages, func(a, b messaging.Message) int {
		if f.Oldest {
			return int(a.Place - b.Place)
		}
		return int(b.Place - a.Place)
	})
	page.Messages = slices.CompactFunc(page.Messages, func(a, b messaging.Message) bool { return a.ID == b.ID })
	if page.More = len(page.Messages) > limit; page.More {
		page.Messages = page.Messages[:limit]
	}
	return page, nil
}

// picksNone says whether a filter names none of something.
func picksNone(f *messaging.Filter) (none bool) {
	return f.Numbers != nil && len(f.Numbers) == 0 || f.Conversation != nil && len(f.Conversation) == 0 || f.Peers != nil && len(f.Peers) == 0 ||
		f.States != nil && len(f.States) == 0
}

// count is how many messages a filter picks, whatever its bounds of places.
func (m *Messages) count(ctx context.Context, f *messaging.Filter, floor int64) (int64, error) {
	var c clause
	messageConditions(&c, f)
	c.any("m.number", words(f.Numbers))
	c.any("m.conversation", words(f.Conversation))
	c.add("m.place > ?", floor)
	var n int64
	err := m.store.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM messages m`+where(c), c.args...).Scan(&n)
	return n, err
}

// lateness is how much later than it was taken a message may be in the log: one that waited for its segments is there a day later.
const lateness = 25 * time.Hour

// floor is a place below which no message is that a filter with a time picks; the log of events knows, for as long as it goes back.
func (m *Messages) floor(ctx context.Context, f *messaging.Filter) (int64, error) {
	since := f.Since
	if since.IsZero() || time.Since(since.Add(-lateness)) > (eventDays-1)*24*time.Hour {
		return 0, nil
	}
	return m.store.EventsSince(ctx, since.Add(-lateness))
}

// messageQuery is one way to find messages: by an index in the order of their places.
type messageQuery struct {
	clause

	oldest bool
	most   int
}

func (q *messageQuery) statement() string {
	order := "DESC"
	if q.oldest {
		order = "ASC"
	}
	return `SELECT ` + qualified("m", messageColumns) + ` FROM messages m` + where(q.clause) + ` ORDER BY m.place ` + order + ` LIMIT ` + q.mark(q.most)
}

// qualified puts the name of a table before each of a list of columns.
func qualified(table, columns string) string {
	names := strings.Split(columns, ",")
	for i, n := range names {
		names[i] = table + "." + strings.TrimSpace(n)
	}
	return strings.Join(names, ", ")
}

// mostRuns are the conversations or numbers of which each is asked by its own index; more are looked for in the account's.
const mostRuns = 20

// messageQueries are the queries whose rows together are what a filter picks. Of few conversations, or few numbers, each has one, so that its index gives
// the rows in their order.
func messageQueries(f *messaging.Filter, most int) []*messageQuery {
	plain := func() *messageQuery {
		q := &messageQuery{oldest: f.Oldest, most: most}
		messageConditions(&q.clause, f)
		return q
	}
	var out []*messageQuery
	switch {
	case f.Conversation != nil && len(f.Conversation) <= mostRuns:
		for _, c := range f.Conversation {
			q := plain()
			q.add("m.conversation = ?", string(c))
			narrow(q, f)
			out = append(out, q)
		}
		return out
	case f.Numbers != nil && len(f.Numbers) <= mostRuns:
		for _, n := range f.Numbers {
			q := plain()
			q.add("m.number = ?", string(n))
			out = append(out, q)
		}
	default:
		q := plain()
		q.any("m.number", words(f.Numbers))
		out = []*messageQuery{q}
	}
	for _, q := range out {
		q.any("m.conversation", words(f.Conversation))
	}
	return out
}

// narrow leaves only the numbers of a filter.
func narrow(q *messageQuery, f *messaging.Filter) { q.any("m.number", words(f.Numbers)) }

// words are values of a kind of text.
func words[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// any adds that a column has any of the values; without values it says nothing.
func (c *clause) any(column string, values []string) {
	if len(values) == 0 {
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = c.mark(v)
	}
	c.where = append(c.where, column+" IN ("+strings.Join(marks, ", ")+")")
}

func messageConditions(c *clause, f *messaging.Filter) {
	for _, x := range []struct{ column, value string }{
		{"m.account", string(f.Account)},
		{"m.direction", string(f.Direction)},
		{"m.channel", string(f.Channel)},
		{"m.user_id", string(f.User)},
	} {
		if x.value != "" {
			c.add(x.column+" = ?", x.value)
		}
	}
	if f.User != "" {
		c.where = append(c.where, "m.user_id <> ''") // Which the index is of.
	}
	c.any("m.peer", words(f.Peers))
	c.any("m.state", words(f.States))
	if len(f.States) > 0 && !slices.ContainsFunc(f.States, func(s messaging.State) bool { return s != messaging.StateFailed && s != messaging.StateUnknown }) {
		c.where = append(c.where, "(m.state = 'failed' OR m.state = 'unknown')") // Which the index is of.
	}
	if !f.Since.IsZero() {
		c.add("m.at >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		c.add("m.at < ?", f.Until.UnixMilli())
	}
	if !f.Changed.IsZero() {
		c.add("m.updated_at >= ?", f.Changed.UnixMilli())
	}
}
