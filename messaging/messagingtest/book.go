package messagingtest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tandem/messaging"
)

// Message implements messaging.Book.
func (m *Memory) Message(_ context.Context, id messaging.ID) (*messaging.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	msg := m.messages[id]
	if msg == nil {
		return nil, messaging.ErrNotFound
	}
	out := copied(msg)
	return &out, nil
}

// Messages implements messaging.Book.
func (m *Memory) Messages(_ context.Context, f messaging.Filter) (messaging.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var p messaging.Page
	limit := cmp.Or(f.Limit, 50)
	for i := range m.order {
		id := m.order[len(m.order)-1-i]
		if f.Oldest {
			id = m.order[i]
		}
		msg := m.messages[id]
		if !picks(&f, msg) {
			continue
		}
		if f.Count {
			p.Total++
		}
		if f.Before > 0 && msg.Place >= f.Before || f.After > 0 && msg.Place <= f.After {
			continue
		}
		if len(p.Messages) == limit {
			p.More = true
			continue
		}
		out := copied(msg)
		out.Delivery = nil
		p.Messages = append(p.Messages, out)
	}
	return p, nil
}

func picks(f *messaging.Filter, m *messaging.Message) bool {
	switch {
	case f.Account != "" && m.Account != f.Account,
		f.Numbers != nil && !slices.Contains(f.Numbers, m.Number),
		f.Conversation != nil && !slices.Contains(f.Conversation, m.Conversation),
		f.Peers != nil && !slices.Contains(f.Peers, m.Peer),
		f.Direction != "" && m.Direction != f.Direction,
		f.States != nil && !slices.Contains(f.States, m.State),
		f.Channel != "" && m.Channel != f.Channel,
		f.User != "" && m.User != f.User,
		!f.Since.IsZero() && m.At.Before(f.Since),
		!f.Until.IsZero() && !m.At.Before(f.Until),
		!f.Changed.IsZero() && m.UpdatedAt.Before(f.Changed):
		return false
	}
	return true
}

// Conversation implements messaging.Book.
func (m *Memory) Conversation(_ context.Context, id messaging.ConversationID) (*messaging.Conversation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conversations {
		if c.ID == id {
			out := m.shownLocked(c)
			return &out, nil
		}
	}
	return nil, messaging.ErrNotFound
}

// shownLocked is a conversation with what is known of it elsewhere.
func (m *Memory) shownLocked(c *messaging.Conversation) messaging.Conversation {
	out := *c
	_, out.OptedOut = m.optOuts[pair{c.Number, c.Peer}]
	for _, id := range slices.Backward(m.order) {
		if msg := m.messages[id]; msg.Conversation == c.ID {
			last := copied(msg)
			last.Delivery = nil
			out.Last = &last
			break
		}
	}
	return out
}

// Conversations implements messaging.Book.
func (m *Memory) Conversations(_ context.Context, f messaging.ConversationFilter) (messaging.ConversationPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []messaging.Conversation
	for _, c := range m.conversations {
		if !converses(&f, c) {
			continue
		}
		all = append(all, m.shownLocked(c))
	}
	slices.SortFunc(all, func(a, b messaging.Conversation) int {
		return cmp.Or(b.LastAt.Compare(a.LastAt), cmp.Compare(b.ID, a.ID))
	})
	limit := min(cmp.Or(f.Limit, 50), len(all))
	page := messaging.ConversationPage{Conversations: all[:limit], More: limit < len(all)}
	f.Before = messaging.Mark{}
	for _, c := range m.conversations {
		if f.Count && converses(&f, c) {
			page.Total++
			page.Waiting += int64(c.Unread)
		}
	}
	return page, nil
}

func converses(f *messaging.ConversationFilter, c *messaging.Conversation) bool {
	named := f.Peers == nil && f.Digits == "" || slices.Contains(f.Peers, c.Peer) || f.Digits != "" && strings.Contains(string(c.Peer), f.Digits)
	switch {
	case !named,
		f.Account != "" && c.Account != f.Account,
		f.Numbers != nil && !slices.Contains(f.Numbers, c.Number),
		f.Open != nil && c.Open != *f.Open,
		f.Assignee != nil && c.Assignee != *f.Assignee,
		f.Unread && c.Unread == 0,
		!f.Before.At.IsZero() && (c.LastAt.After(f.Before.At) || c.LastAt.Equal(f.Before.At) && c.ID >= f.Before.ID):
		return false
	}
	return true
}

// EditConversations implements messaging.Book.
func (m *Memory) EditConversations(_ context.Context, e messaging.ConversationEdit) ([]messaging.Conversation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []*messaging.Conversation
	for _, id := range e.IDs {
		i := len(rows)
		for _, c := range m.conversations {
			if c.ID == id {
				rows = append(rows, c)
			}
		}
		if len(rows) == i {
			return nil, messaging.ErrNotFound
		}
	}
	out := make([]messaging.Conversation, 0, len(rows))
	for _, c := range rows {
		m.editLocked(c, &e)
		out = append(out, m.shownLocked(c))
	}
	return out, nil
}

func (m *Memory) editLocked(c *messaging.Conversation, e *messaging.ConversationEdit) {
	about := &messaging.Message{Account: c.Account, Number: c.Number, Peer: c.Peer, Conversation: c.ID}
	if e.Open != nil && *e.Open != c.Open {
		c.Open = *e.Open
		m.tellLocked(map[bool]string{true: "conversation.reopened", false: "conversation.closed"}[c.Open], about)
	}
	if e.Assignee != nil && *e.Assignee != c.Assignee {
		c.Assignee = *e.Assignee
		m.tellLocked("conversation.assigned", about)
	}
	if e.Read && c.Unread > 0 {
		c.Unread = 0
		m.tellLocked("conversation.read", about)
	}
}

// OptOuts implements messaging.Book.
func (m *Memory) OptOuts(_ context.Context, n messaging.NumberID) ([]messaging.OptOut, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []messaging.OptOut
	for at, o := range m.optOuts {
		if at.number == n {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b messaging.OptOut) int { return cmp.Compare(a.Peer, b.Peer) })
	return out, nil
}

// SetOptOut implements messaging.Book.
func (m *Memory) SetOptOut(_ context.Context, o messaging.OptOut, s messaging.Stop) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch s {
	case messaging.StopAdd:
		if o.At.IsZero() {
			o.At = time.Now()
		}
		m.optOuts[pair{o.Number, o.Peer}] = o
	case messaging.StopRemove:
		delete(m.optOuts, pair{o.Number, o.Peer})
	case messaging.StopNothing:
	}
	return nil
}
