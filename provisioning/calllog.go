package provisioning

import (
	"context"
	"errors"
	"time"

	"tandem/routing"
)

// ErrNotFound says that the log has no such call, or no such notification.
var ErrNotFound = errors.New("not found")

// CallFilter picks calls from the log; its zero value picks all, newest first. All that is set must hold.
type CallFilter struct {
	Account      routing.AccountID
	Within       *Lines // nil: every line of the account
	User         routing.UserID
	Number       routing.NumberID
	Team         routing.TeamID // one of the call's Teams
	Direction    routing.Direction
	Outcome      routing.Outcome
	Missed       routing.MissedReason
	Tag          string // id of one of the call's Tags
	AssignedTo   routing.UserID
	Archived     *bool     // nil: both
	From, To     string    // whole, as the record has them
	Search       string    // part of From or of To: digits, with or without "+"
	Since        time.Time // started at or after
	Until        time.Time // started before
	UpdatedSince time.Time // UpdatedAt at or after
	UpdatedUntil time.Time // UpdatedAt before
	Oldest       bool      // first
	Count        bool      // fills Total of the page
	Cursor       string    // of the page before: the id that it ended with; empty: the first page
	Limit        int       // 1 to 200; 0: 50
}

// Lines is what somebody sees of an account's calls (SPEC L16): the calls of these numbers, and those that a user is in. With neither it is none.
type Lines struct {
	Numbers []routing.NumberID
	User    routing.UserID // who answered or called out, or to whom the call is assigned; empty: nobody
}

// CallPage is a page of calls, without legs, timeline and ladder.
type CallPage struct {
	Calls []*routing.CallRecord
	Next  string // cursor of the next page; empty: this is the last
	Total int64  // all that match, where they were counted
}

// CallMark is what somebody did to a call that is over; what is nil or empty stays as it is. Each thing that it changes is an event of the call, in the
// same transaction: call.assigned, call.archived, call.tagged, call.untagged, call.commented; what is so already is no change and no event.
type CallMark struct {
	Call       routing.CallID
	By         routing.UserID // empty: a program
	At         time.Time
	AssignedTo *routing.UserID // "": to nobody
	Archived   *bool
	Tag        string // id, put on
	Untag      string // id, taken off
	Comment    *routing.CallComment
}

// CallLog keeps the calls that are over.
type CallLog interface {
	// Calls lists calls.
	Calls(ctx context.Context, f CallFilter) (CallPage, error)
	// Call finds one call by its id or its call number, with everything. It fails with ErrNotFound.
	Call(ctx context.Context, idOrNumber string) (*routing.CallRecord, error)
	// MarkCall changes a call that is over. What a call that ended before has written to the ledger counts: a call that is not yet in the log is waited for.
	// It fails with ErrNotFound.
	MarkCall(ctx context.Context, m CallMark) error
}

// Notification tells one user of a missed call (SPEC L11, X12). One is written for each of CallRecord.Notified in the transaction that brings the call to
// the log, with an event notification.created whose subject is the notification.
type Notification struct {
	ID         string // "ntf_…"
	Account    routing.AccountID
	User       routing.UserID // who is told
	Call       routing.CallID
	CallNumber int64
	Number     routing.NumberID // that was called
	From       string
	Anonymous  bool
	Reason     routing.MissedReason
	At         time.Time // when the call ended
	ReadAt     time.Time // zero: not yet
	// HandledAt is when somebody took care of it: said so, or called back and was answered (SPEC L13), whatever number they showed. Zero: nobody has. It is the
	// same for everybody who was told of the call; event notification.handled.
	HandledAt time.Time
	HandledBy routing.UserID // empty: a program
	CallBack  routing.CallID // the call that called back; empty: none
}

// NotificationFilter picks notifications; its zero value picks all, newest first.
type NotificationFilter struct {
	Account routing.AccountID
	User    routing.UserID
	Call    routing.CallID
	Unread  bool      // those that were not read alone
	Open    bool      // those that were not handled alone
	After   time.Time // those of calls that ended later alone; zero: whenever
	Count   bool
	Oldest  bool // first
	Cursor  string
	Limit   int // 1 to 200; 0: 50
}

// NotificationPage is a page of notifications.
type NotificationPage struct {
	Notifications []Notification
	Next          string // cursor of the next page; empty: this is the last
	Total         int64  // all that match, where they were counted
}

// Notices keeps the notifications.
type Notices interface {
	// Notifications lists them.
	Notifications(ctx context.Context, f NotificationFilter) (NotificationPage, error)
	// Notification finds one. It fails with ErrNotFound.
	Notification(ctx context.Context, id string) (Notification, error)
	// ReadNotification marks one as read; one that was read stays as it was. It fails with ErrNotFound.
	ReadNotification(ctx context.Context, id string, at time.Time) error
	// HandleCall marks all notifications of a call as handled; those that were handled stay as they were.
	HandleCall(ctx context.Context, call routing.CallID, by routing.UserID, at time.Time) error
	// BeginDigest claims the e-mail that tells a user of a day's missed calls ("2006-01-02"), so that it is sent once whoever runs on the same records; false: it
	// was claimed before.
	BeginDigest(ctx context.Context, user routing.UserID, day string) (claimed bool, err error)
	// GiveUpDigest lets a day be claimed again, since its e-mail did not leave.
	GiveUpDigest(ctx context.Context, user routing.UserID, day string) error
}
