package messaging

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is what a Book says of what it does not have.
var ErrNotFound = errors.New("no such message or conversation")

// Filter picks messages; the zero value picks all, newest first.
type Filter struct {
	Account      AccountID
	Numbers      []NumberID // nil: all; empty but not nil: none
	Conversation []ConversationID
	Peers        []Address // of any of these
	Direction    Direction
	States       []State
	Channel      Channel
	User         UserID
	Since, Until time.Time
	Changed      time.Time // updated since
	Before       int64     // places below it; 0: no bound
	After        int64     // places above it; 0: no bound
	Oldest       bool      // first
	Count        bool      // fills Total of the page
	Limit        int       // 1 to 200; 0: 50
}

// Page is a run of messages, without what became of them on each channel.
type Page struct {
	Messages []Message
	More     bool
	Total    int64 // all that match, whatever the bounds of places, where they were counted
}

// ConversationFilter picks conversations, the one with the newest item first.
type ConversationFilter struct {
	Account  AccountID
	Numbers  []NumberID // as in Filter
	Peers    []Address
	Digits   string // with it those too whose peer has these digits in it; it is Peers or this
	Open     *bool
	Assignee *UserID // empty: those of nobody
	Unread   bool    // only such with unread messages
	Count    bool    // fills Total and Waiting of the page
	Before   Mark    // zero: no bound; it does not bound what is counted
	Limit    int
}

// Mark is a place in the list of conversations.
type Mark struct {
	At time.Time
	ID ConversationID
}

// ConversationPage is a run of conversations.
type ConversationPage struct {
	Conversations []Conversation
	More          bool

	Total   int64 // all that match, where they were counted
	Waiting int64 // unread messages in all of them
}

// ConversationEdit changes conversations; nil leaves a thing as it is.
type ConversationEdit struct {
	IDs      []ConversationID // of one contact at one number
	Open     *bool
	Assignee *UserID
	Read     bool
	By       string // who asked, for the audit log
}

// OptOut is somebody who wants no messages from a number (SPEC L20).
type OptOut struct {
	Number NumberID
	Peer   Address
	Word   string
	At     time.Time
}

// Book is what was written.
type Book interface {
	// Message finds one, with its deliveries. It fails with ErrNotFound.
	Message(ctx context.Context, id ID) (*Message, error)
	// Messages lists messages.
	Messages(ctx context.Context, f Filter) (Page, error)
	// Conversation finds one. It fails with ErrNotFound.
	Conversation(ctx context.Context, id ConversationID) (*Conversation, error)
	// Conversations lists conversations.
	Conversations(ctx context.Context, f ConversationFilter) (ConversationPage, error)
	// EditConversations changes conversations, with the events that tell of it (conversation.assigned, .closed, .reopened, .read): all, or none. What is so
	// already is no change and no event. It fails with ErrNotFound.
	EditConversations(ctx context.Context, e ConversationEdit) ([]Conversation, error)
	// OptOuts lists who wants no messages from a number, in the order of their addresses.
	OptOuts(ctx context.Context, n NumberID) ([]OptOut, error)
	// SetOptOut adds somebody to that list, or takes them off.
	SetOptOut(ctx context.Context, o OptOut, s Stop) error
}
