package web

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// conversationObject is what passed between one number of ours and one contact, or one number outside (SPEC L18).
type conversationObject struct {
	ID          string             `json:"id" example:"conv_01JD3Q4V9M6Z0Y8K2T7RBN5XHC"`
	IDs         []string           `json:"ids" doc:"All that it answers to: with a contact who has several numbers there is one for each that was in touch. Its messages name any of them."`
	AccountID   string             `json:"account_id"`
	Number      *reference         `json:"number" doc:"Ours."`
	Contact     *reference         `json:"contact"`
	Peers       []conversationPeer `json:"peers" doc:"The other's numbers that were in touch, the one that was last first."`
	Status      string             `json:"status" enum:"open,closed"`
	Assignee    *reference         `json:"assignee" doc:"The user who takes care of it."`
	Unread      int                `json:"unread" doc:"Messages that came in since somebody read it, or answered."`
	LastMessage *MessageEntry      `json:"last_message" doc:"null: there were only calls."`
	LastAt      string             `json:"last_at" format:"date-time" doc:"Of its newest message or call."`
	CreatedAt   string             `json:"created_at" format:"date-time"`
}

// conversationPeer is a number of the other.
type conversationPeer struct {
	Number   string `json:"number"`
	Display  string `json:"number_display"`
	OptedOut bool   `json:"opted_out" doc:"They said STOP: messages to it are refused."`
}

// conversationChange is what an event says happened to a conversation.
type conversationChange struct {
	Verb string `json:"verb" enum:"assigned,closed,reopened,read"`
}

// conversation is what one contact has with a number: a row for each number of theirs that was in touch, that with the newest item first.
type conversation struct {
	rows  []messaging.Conversation
	known []messaging.Address // every number of the contact; nil: there is none
}

// newest orders rows as lists do.
func newest(a, b messaging.Conversation) int {
	return cmp.Or(b.LastAt.Compare(a.LastAt), strings.Compare(string(b.ID), string(a.ID)))
}

func (c conversation) ids() []messaging.ConversationID {
	out := make([]messaging.ConversationID, 0, len(c.rows))
	for _, r := range c.rows {
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return out
}

// peers are the other's numbers whose calls belong to it.
func (c conversation) peers() []messaging.Address {
	const most = 20 // of each both directions are asked for
	var out []messaging.Address
	for _, r := range c.rows {
		out = append(out, r.Peer)
	}
	for _, a := range c.known {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out[:min(len(out), most)]
}

func (c conversation) open() everything {
	return everything(slices.ContainsFunc(c.rows, func(r messaging.Conversation) bool { return r.Open }))
}

// assignee is who takes care of it: of rows that differ, as one that is new does, the newest that somebody takes care of.
func (c conversation) assignee() messaging.UserID {
	for _, r := range c.rows {
		if r.Assignee != "" {
			return r.Assignee
		}
	}
	return ""
}

func (c conversation) unread() int {
	n := 0
	for _, r := range c.rows {
		n += r.Unread
	}
	return n
}

// conversation tells a conversation.
func (t teller) conversation(c conversation) conversationObject {
	newest := c.rows[0]
	country := t.country(routing.AccountID(newest.Account))
	ids := c.ids()
	out := conversationObject{
		ID: string(ids[0]), IDs: textsOf(ids), AccountID: string(newest.Account), Number: t.numberNamed(routing.NumberID(newest.Number)),
		Contact: t.contactAt(newest.Account, newest.Peer), Status: "closed", Assignee: t.userNamed(routing.UserID(c.assignee())), Unread: c.unread(),
		LastAt: *stamp(newest.LastAt),
	}
	if c.open() {
		out.Status = "open"
	}
	began := newest.CreatedAt
	var last *messaging.Message
	for _, r := range c.rows {
		out.Peers = append(out.Peers, conversationPeer{Number: string(r.Peer), Display: display(string(r.Peer), country), OptedOut: r.OptedOut})
		if r.CreatedAt.Before(began) {
			began = r.CreatedAt
		}
		if r.Last != nil && (last == nil || r.Last.Place > last.Place) {
			last = r.Last
		}
	}
	out.CreatedAt = *stamp(began)
	if last != nil {
		out.LastMessage = new(t.MessageEntry(last))
	}
	return out
}

// whole finds the other rows of a contact who has several numbers.
func (s *Server) whole(ctx context.Context, st *provisioning.State, row messaging.Conversation) (conversation, error) {
	c := st.Contact(routing.AccountID(row.Account), routing.E164(row.Peer))
	if c == nil || len(c.Numbers) == 1 {
		return conversation{rows: []messaging.Conversation{row}}, nil
	}
	const most = 200
	page, err := s.rooms.Messages.Conversations(ctx, messaging.ConversationFilter{
		Account: row.Account, Numbers: []messaging.NumberID{row.Number}, Peers: addressesOf(c.Numbers), Limit: most,
	})
	if err != nil {
		return conversation{}, s.failed(ctx, "find the conversations of a contact", err)
	}
	if len(page.Conversations) == 0 {
		page.Conversations = []messaging.Conversation{row}
	}
	slices.SortFunc(page.Conversations, newest)
	return conversation{rows: page.Conversations, known: addressesOf(c.Numbers)}, nil
}

func addressesOf(numbers []routing.E164) []messaging.Address {
	out := make([]messaging.Address, 0, len(numbers))
	for _, n := range numbers {
		out = append(out, messaging.Address(n))
	}
	return out
}

// conversationFor finds a conversation that who asks may see; any other is as if it were not there.
func (s *Server) conversationFor(ctx context.Context, id string) (conversation, error) {
	book, err := s.book()
	if err != nil {
		return conversation{}, err
	}
	row, err := book.Conversation(ctx, messaging.ConversationID(id))
	switch {
	case errors.Is(err, messaging.ErrNotFound):
		return conversation{}, noneSuch("conversation", id)
	case err != nil:
		return conversation{}, s.failed(ctx, "find a conversation", err)
	case !bool(s.seesNumber(who(ctx), row.Account, row.Number)):
		return conversation{}, noneSuch("conversation", id)
	}
	st, err := s.state(ctx)
	if err != nil {
		return conversation{}, err
	}
	return s.whole(ctx, st, *row)
}
