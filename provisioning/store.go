package provisioning

import (
	"context"
	"errors"
	"time"

	"tandem/routing"
)

// ErrMoved says that the records changed between State and Apply: read the state and plan again.
var ErrMoved = errors.New("the records changed meanwhile")

// Store keeps the records.
type Store interface {
	// State reads everything, as of one moment. Sounds come without their content.
	State(ctx context.Context) (*State, error)
	// Apply makes all changes, their audit rows and their events in one transaction, or none of them. It fails with ErrMoved when the records are not those of
	// the given version any more.
	Apply(ctx context.Context, batch Batch) error
}

// Batch is what is applied at once.
type Batch struct {
	Version int64  // of the State that it was planned on
	Actor   string // who asked, for the audit log: "apply", or a user's id
	Changes []Change
}

// State is everything that the office keeps, as of one moment. Nobody changes one, nor what it points at: With makes the next.
type State struct {
	Version  int64 // rises with every Batch
	Accounts []*Account
	Users    []*User
	Devices  []*Device
	Teams    []*Team
	Numbers  []*Number
	Trunks   []*Trunk
	Flows    []*Flow
	Audio    []*Audio
	Freed    []FreedExtension // of the last 30 days

	Hours    []*WorkingHours
	Dates    []*SpecialDate
	Reasons  []*Reason
	Tags     []*Tag
	Blocked  []*BlockedNumber
	Contacts []*Contact
	Webhooks []*Webhook
	Keys     []*Key

	Operators  []*Operator
	Connectors []*Connector
}

// FreedExtension is one that a deleted user had (SPEC X26).
type FreedExtension struct {
	Account   routing.AccountID
	Extension string
	At        time.Time
}
