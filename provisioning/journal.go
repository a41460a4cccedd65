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
