package provisioning

import (
	"context"
	"time"

	"tandem/routing"
)

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	ID      int64
	At      time.Time
	Actor   string
	Account routing.AccountID
	Verb    Verb
	Kind    Kind
	Record  string // its id
	Name    string
	Fields  []FieldChange
}

// AuditFilter picks lines of the audit log, newest first; its zero value picks all.
type AuditFilter struct {
	Account routing.AccountID
	Record  string // id
	Kind    Kind
	Actor   string
	Since   time.Time // at or after
	Until   time.Time // before
	Before  int64     // of the page before: the id that it ended with; 0: the first page
	Limit   int       // 1 to 200; 0: 50
}

// AuditPage is a page of the audit log.
type AuditPage struct {
	Entries []AuditEntry
	Next    int64 // for Before of the next page; 0: this is the last
}

// AuditLog keeps who changed what.
type AuditLog interface {
	// Audit lists lines of the log.
	Audit(ctx context.Context, f AuditFilter) (AuditPage, error)
	// NoteAudit writes a line of something that was done and changed no record; its ID and At are given by the log.
	NoteAudit(ctx context.Context, e *AuditEntry) error
}

// StatusFilter picks changes of users' statuses.
type StatusFilter struct {
	Account routing.AccountID // empty: all
	User    routing.UserID    // empty: all of the account
	Since   time.Time         // changes at or after, and for each user the last one before: what they were doing then
	Until   time.Time         // changes before
}

// StatusLog keeps what users were doing (SPEC A14).
type StatusLog interface {
	// StatusHistory lists changes user by user, and for each in the order in which they were written. Their Tells are not kept.
	StatusHistory(ctx context.Context, f StatusFilter) ([]routing.StatusChange, error)
}

// Counts says how many of each thing there are.
type Counts struct {
	Accounts, Users, Devices, Teams, Numbers, Trunks, Flows, Audio int
	Calls                                                          int64 // in the log
	Events                                                         int64 // in the log, of the last 30 days
	EventsDue                                                      int64 // that a webhook still waits for
}
