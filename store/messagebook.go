package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// Conversation implements messaging.Book.
func (m *Messages) Conversation(ctx context.Context, id messaging.ConversationID) (*messaging.Conversation, error) {
	c, _, err := scanConversation(m.store.db.read.QueryRowContext(ctx, `SELECT `+conversationColumns+` FROM conversations WHERE id = $1`, string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		err = messaging.ErrNotFound
	}
	if err == nil {
		err = show(ctx, m.store.db.read, []*conversation{c})
	}
	if err != nil {
		return nil, fmt.Errorf("conversation %s: %w", id, err)
	}
	return &c.Conversation, nil
}

// show adds to conversations what is known of them elsewhere: their newest message, and whether the other said STOP.
func show(ctx context.Context, db querier, all []*conversation) error {
	byMessage, byPair := map[messaging.ID]*conversation{}, map[string]*conversation{}
	var last, pairs clause
	var ids, keys []string
	for _, c := range all {
		pair := pairOf(c.Number, c.Peer)
		byPair[pair] = c
		keys = append(keys, pair)
		if c.lastID != "" {
			byMessage[c.lastID] = c
			ids = append(ids, string(c.lastID))
		}
	}
	if len(all) == 0 {
		return nil
	}
	pairs.any("pair", keys)
	err := each(ctx, db, `SELECT pair FROM message_optouts`+where(pairs), pairs.args, func(r *sql.Rows) error {
		var pair string
		err := r.Scan(&pair)
		if c := byPair[pair]; c != nil {
			c.OptedOut = true
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	last.any("id", ids)
	return each(ctx, db, `SELECT `+messageColumns+` FROM messages`+where(last), last.args, func(r *sql.Rows) error {
		msg, err := scanMessage(r)
		if err == nil && byMessage[msg.ID] != nil {
			msg.Delivery = nil
			byMessage[msg.ID].Last = msg
		}
		return err
	})
}

// Conversations implements messaging.Book.
func (m *Messages) Conversations(ctx context.Context, f messaging.ConversationFilter) (messaging.ConversationPage, error) {
	limit := usualPage
	if f.Limit > 0 {
		limit = min(f.Limit, longestPage)
	}
	if f.Numbers != nil && len(f.Numbers) == 0 {
		return messaging.ConversationPage{}, nil
	}
	var all []*conversation
	for _, c := range conversationQueries(&f) {
		text := `SELECT ` + conversationColumns + ` FROM conversations` + where(*c) + ` ORDER BY last_at DESC, id DESC LIMIT ` + c.mark(limit+1)
		err := each(ctx, m.store.db.read, text, c.args, func(r *sql.Rows) error {
			one, _, err := scanConversation(r)
			all = append(all, one)
			return err
		})
		if err != nil {
			return messaging.ConversationPage{}, fmt.Errorf("list conversations: %w", err)
		}
	}
	slices.SortFunc(all, func(a, b *conversation) int {
		if c := b.LastAt.Compare(a.LastAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	page := messaging.ConversationPage{More: len(all) > limit}
	if f.Count {
		if err := m.countConversations(ctx, f, &page); err != nil {
			return page, err
		}
	}
	all = all[:min(len(all), limit)]
	if err := show(ctx, m.store.db.read, all); err != nil {
		return page, fmt.Errorf("list conversations: %w", err)
	}
	page.Conversations = shown(all)
	return page, nil
}

// countConversations counts all that a filter picks.
func (m *Messages) countConversations(ctx context.Context, f messaging.ConversationFilter, page *messaging.ConversationPage) error {
	f.Before = messaging.Mark{}
	for _, c := range conversationQueries(&f) {
		var n, waiting int64
		if err := m.store.db.read.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(unread), 0) FROM conversations`+where(*c), c.args...).Scan(&n, &waiting); err != nil {
			return fmt.Errorf("count conversations: %w", err)
		}
		page.Total += n
		page.Waiting += waiting
	}
	return nil
}

func shown(all []*conversation) []messaging.Conversation {
	out := make([]messaging.Conversation, len(all))
	for i, c := range all {
		out[i] = c.Conversation
	}
	return out
}

// conversationQueries are the conditions whose rows together are what a filter picks: of few numbers each by its own index.
func conversationQueries(f *messaging.ConversationFilter) []*clause {
	if f.Numbers == nil || len(f.Numbers) > mostRuns {
		c := conversationConditions(f)
		c.any("number", words(f.Numbers))
		return []*clause{c}
	}
	var out []*clause
	for _, n := range f.Numbers {
		c := conversationConditions(f)
		c.add("number = ?", string(n))
		out = append(out, c)
	}
	return out
}

func conversationConditions(f *messaging.ConversationFilter) *clause {
	c := &clause{}
	if f.Account != "" {
		c.add("account = ?", string(f.Account))
	}
	c.peers(f)
	if f.Open != nil {
		c.where = append(c.where, map[bool]string{true: "open", false: "NOT open"}[*f.Open])
	}
	if f.Assignee != nil {
		c.add("assignee = ?", string(*f.Assignee))
		if *f.Assignee != "" {
			c.where = append(c.where, "assignee <> ''") // Which the index is of.
		}
	}
	if f.Unread {
		c.where = append(c.where, "unread > 0")
	}
	if b := f.Before; !b.At.IsZero() {
		at := b.At.UnixMilli()
		c.add("last_at <= ?", at)
		c.add("(last_at < ? OR id < ?)", at, string(b.ID))
	}
	return c
}

// peers leaves only conversations with some peers, or whose peer has some digits in it.
func (c *clause) peers(f *messaging.ConversationFilter) {
	digits := strings.NewReplacer("%", "", "_", "").Replace(f.Digits)
	switch {
	case f.Peers != nil && len(f.Peers) == 0 && digits == "":
		c.where = append(c.where, "1 = 0")
	case digits == "":
		c.any("peer", words(f.Peers))
	case len(f.Peers) == 0:
		c.add("peer LIKE ?", "%"+digits+"%")
	default:
		either := clause{args: c.args}
		either.any("peer", words(f.Peers))
		either.add("peer LIKE ?", "%"+digits+"%")
		c.args = either.args
		c.where = append(c.where, "("+strings.Join(either.where, " OR ")+")")
	}
}

// EditConversations implements messaging.Book.
func (m *Messages) EditConversations(ctx context.Context, e messaging.ConversationEdit) ([]messaging.Conversation, error) {
	var out []messaging.Conversation
	err := m.jobs.ask(ctx, func(ctx context.Context, t tx) error {
		g := m.newSheet(t)
		var err error
		if g.base, err = m.last(ctx, t); err != nil {
			return err
		}
		all, err := g.byIDs(ctx, e.IDs)
		if err != nil {
			return err
		}
		for _, c := range all {
			if err = g.edit(ctx, c, &e); err != nil {
				return err
			}
		}
		out = shown(all)
		return g.write(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("edit conversations: %w", err)
	}
	m.told(nil)
	return out, nil
}

// byIDs reads conversations, in the order of their ids as they are given.
func (g *sheet) byIDs(ctx context.Context, ids []messaging.ConversationID) ([]*conversation, error) {
	var c clause
	c.any("id", words(ids))
	found := map[messaging.ConversationID]*conversation{}
	err := each(ctx, g.t, `SELECT `+conversationColumns+` FROM conversations`+where(c), c.args, func(r *sql.Rows) error {
		one, pair, err := scanConversation(r)
		found[one.ID], g.conversations[pair] = one, one
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []*conversation
	for _, id := range ids {
		if found[id] == nil {
			return nil, messaging.ErrNotFound
		}
		if !slices.Contains(out, found[id]) {
			out = append(out, found[id])
		}
	}
	return out, show(ctx, g.t, out)
}

// edit changes a conversation, with its events and its lines of the audit log.
func (g *sheet) edit(ctx context.Context, c *conversation, e *messaging.ConversationEdit) error {
	var fields []provisioning.FieldChange
	if e.Open != nil && *e.Open != c.Open {
		fields = append(fields, provisioning.FieldChange{Name: "open", Before: strconv.FormatBool(c.Open), After: strconv.FormatBool(*e.Open)})
		c.Open, c.touched = *e.Open, true
		g.tellConversation(map[bool]string{true: provisioning.ConversationReopened, false: provisioning.ConversationClosed}[c.Open], &c.Conversation)
	}
	if e.Assignee != nil && *e.Assignee != c.Assignee {
		fields = append(fields, provisioning.FieldChange{Name: "assignee", Before: string(c.Assignee), After: string(*e.Assignee)})
		c.Assignee, c.touched = *e.Assignee, true
		g.tellConversation(provisioning.ConversationAssigned, &c.Conversation)
	}
	if e.Read && c.Unread > 0 {
		c.Unread, c.touched = 0, true
		g.tellConversation(provisioning.ConversationRead, &c.Conversation)
	}
	if len(fields) == 0 {
		return nil
	}
	return auditEntry(ctx, g.t, provisioning.AuditEntry{
		Actor: e.By, Account: routing.AccountID(c.Account), Verb: provisioning.Update, Kind: "conversation", Record: string(c.ID), Name: string(c.Peer), Fields: fields,
	})
}

// OptOuts implements messaging.Book.
func (m *Messages) OptOuts(ctx context.Context, n messaging.NumberID) ([]messaging.OptOut, error) {
	var out []messaging.OptOut
	const text = `SELECT number, peer, word, at FROM message_optouts WHERE number = $1`
	err := each(ctx, m.store.db.read, text, []any{string(n)}, func(r *sql.Rows) error {
		var o messaging.OptOut
		var at int64
		err := r.Scan(&o.Number, &o.Peer, &o.Word, &at)
		o.At = moment(at)
		out = append(out, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list who wants no messages: %w", err)
	}
	slices.SortFunc(out, func(a, b messaging.OptOut) int { return strings.Compare(string(a.Peer), string(b.Peer)) })
	return out, nil
}

// SetOptOut implements messaging.Book.
func (m *Messages) SetOptOut(ctx context.Context, o messaging.OptOut, s messaging.Stop) error {
	err := m.jobs.ask(ctx, func(ctx context.Context, t tx) error {
		if _, err := m.last(ctx, t); err != nil {
			return err
		}
		pair := pairOf(o.Number, o.Peer)
		switch s {
		case messaging.StopNothing:
		case messaging.StopAdd:
			at := o.At
			if at.IsZero() {
				at = time.Now()
			}
			return m.stop.exec(ctx, t, pair, string(o.Number), text(string(o.Peer)), text(o.Word), millis(at))
		case messaging.StopRemove:
			return m.start.exec(ctx, t, pair)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list of those who want no messages: %w", err)
	}
	return nil
}
