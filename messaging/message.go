package messaging

import "time"

// The ids of what messaging names; those of other rooms' things are as these write them.
type (
	// ID is "msg_" and 26 characters in time order.
	ID string
	// ConversationID is "conv_" and 26 characters in time order.
	ConversationID string
	// ConnectorID names a way to a carrier, an operator or a program.
	ConnectorID string
	// AccountID names an account.
	AccountID string
	// NumberID names a number of ours.
	NumberID string
	// UserID names a user.
	UserID string
)

// Message is one SMS, however many segments it has. Its JSON is what the log of events keeps of it.
type Message struct {
	ID           ID             `json:"id"`
	Account      AccountID      `json:"account"`
	Number       NumberID       `json:"number"` // of ours
	Own          Address        `json:"own"`    // its E.164
	Peer         Address        `json:"peer"`   // the other
	Conversation ConversationID `json:"conversation"`
	Direction    Direction      `json:"direction"`
	Channel      Channel        `json:"channel"`        // that it came from
	User         UserID         `json:"user,omitempty"` // who wrote it; empty: nobody of ours, or a program
	Call         string         `json:"call,omitempty"` // id of the call whose flow sent it
	Body         string         `json:"body"`
	Encoding     string         `json:"encoding"`            // "gsm7" or "ucs2"
	Class        Class          `json:"class,omitempty"`     // not ClassOrdinary: it is no text. It is kept and delivered, but in no list and no conversation, and no event tells of it
	Segments     int            `json:"segments"`            // 1 or more
	Missing      int            `json:"missing,omitempty"`   // segments that never came: the body has a gap (after 24 h)
	Emergency    bool           `json:"emergency,omitempty"` // to an emergency number: it went as it came
	State        State          `json:"state"`
	Reason       Reason         `json:"reason,omitempty"`   // why it failed, or is in doubt
	Delivery     []Attempted    `json:"delivery,omitempty"` // what became of it on each channel that it is delivered to
	At           time.Time      `json:"at"`                 // when it was taken
	UpdatedAt    time.Time      `json:"updated_at"`
	Place        int64          `json:"place"` // in the one order that all channels agree on (SPEC M2): that of the event that first told of it
	Seq          int64          `json:"seq"`   // rises with each event about it
}

// Attempted is what became of a message on one channel.
type Attempted struct {
	Channel   Channel     `json:"channel"`
	Connector ConnectorID `json:"connector,omitempty"`
	State     State       `json:"state"`
	Reason    Reason      `json:"reason,omitempty"`
	At        time.Time   `json:"at"`
	Tries     int         `json:"tries"`
	Repeated  bool        `json:"repeated,omitempty"` // it was in doubt and was sent again: the other may have it twice
}

// Reason says in a word why a message failed, or is in doubt. Words of ours are below; "smpp_0x00000045", "rp_22" and "sip_480" are a network's own.
type Reason string

// Reasons of ours.
const (
	ReasonNoRoute       Reason = "no_route"       // the number has no connector
	ReasonExpired       Reason = "expired"        // nobody took it in time
	ReasonInDoubt       Reason = "in_doubt"       // the line or we went down while it was sent
	ReasonRejected      Reason = "rejected"       // the network will not carry it
	ReasonUndeliverable Reason = "undeliverable"  // the network gave up
	ReasonUnknownNumber Reason = "unknown_number" // nobody has that number
	ReasonMemoryFull    Reason = "memory_full"    // the handset has no room: it is tried again
	ReasonAbsent        Reason = "absent"         // the handset is off: it is tried again
	ReasonOptedOut      Reason = "opted_out"      // the other said STOP (SPEC L20)
)

// Conversation is what passed between one number and one party (SPEC L18). Calls between them belong to it.
type Conversation struct {
	ID        ConversationID `json:"id"`
	Account   AccountID      `json:"account"`
	Number    NumberID       `json:"number"`
	Peer      Address        `json:"peer"`
	Open      bool           `json:"open"`
	Assignee  UserID         `json:"assignee,omitempty"`
	Unread    int            `json:"unread"`         // inbound messages since somebody read or answered
	OptedOut  bool           `json:"opted_out"`      // the other said STOP
	Last      *Message       `json:"last,omitempty"` // its newest message; nil: there were only calls
	LastAt    time.Time      `json:"last_at"`        // of its newest message or call
	CreatedAt time.Time      `json:"created_at"`
}
