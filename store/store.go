package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

var errBuilding = errors.New("being built")

// Errors that callers tell apart.
var (
	// ErrInUse says that another process has the data directory.
	ErrInUse = errors.New("data directory in use")
	// ErrNotFound says that there is no such record.
	ErrNotFound = errors.New("not found")
)

// Config says where the records are.
type Config struct {
	URL     string // empty: SQLite in DataDir; or postgres://…
	DataDir string // of the database file, the spool of calls and the copies of sounds
	Log     *slog.Logger
}

// Store is the open archive.
type Store struct{}

// Open opens the archive, brings its tables up to date, finishes the calls that a crash interrupted, and starts its goroutines. It fails with ErrInUse when another
// process has the data directory.
func Open(ctx context.Context, cfg Config) (*Store, error) { return nil, errBuilding }

// Close writes what the spool still holds to the database, if it answers, and closes both.
func (s *Store) Close() error { return nil }

// Snapshot is the present state for the switchboard; it never blocks.
func (s *Store) Snapshot() *routing.Snapshot { return nil }

// OnChange calls f after each swap of the snapshot, from a goroutine of the store, until stop is called.
func (s *Store) OnChange(f func()) (stop func()) { return func() {} }

// State implements provisioning.Store.
func (s *Store) State(ctx context.Context) (*provisioning.State, error) { return nil, errBuilding }

// Apply implements provisioning.Store.
func (s *Store) Apply(ctx context.Context, b provisioning.Batch) error { return errBuilding }

// Begin implements routing.Ledger.
func (s *Store) Begin(c *routing.CallRecord) error { return errBuilding }

// Finish implements routing.Ledger.
func (s *Store) Finish(c *routing.CallRecord) error { return errBuilding }

// NextNumber implements routing.Ledger.
func (s *Store) NextNumber() int64 { return 0 }

// Flush waits until every call that was begun or finished before is in the database.
func (s *Store) Flush(ctx context.Context) error { return errBuilding }

// Calls lists calls, newest first.
func (s *Store) Calls(ctx context.Context, f provisioning.CallFilter) (provisioning.CallPage, error) {
	return provisioning.CallPage{}, errBuilding
}

// Call finds one call by its id or its call number, with legs, timeline and ladder. It fails with ErrNotFound.
func (s *Store) Call(ctx context.Context, idOrNumber string) (*routing.CallRecord, error) {
	return nil, errBuilding
}

// Claim leases up to limit events that are due to owner, for so long; each comes with its attempt.
func (s *Store) Claim(ctx context.Context, owner string, lease time.Duration, limit int) ([]provisioning.Event, error) {
	return nil, errBuilding
}

// Delivered ends events that the owner claimed.
func (s *Store) Delivered(ctx context.Context, owner string, ids ...string) error { return errBuilding }

// Retry gives an event back, to be due again at the given time.
func (s *Store) Retry(ctx context.Context, owner, id string, due time.Time) error { return errBuilding }

// Audit lists the newest entries of the audit log first; before is the id to go on from, 0 at first.
func (s *Store) Audit(ctx context.Context, before int64, limit int) ([]provisioning.AuditEntry, error) {
	return nil, errBuilding
}

// Counts says how many of each thing there are.
func (s *Store) Counts(ctx context.Context) (provisioning.Counts, error) {
	return provisioning.Counts{}, errBuilding
}

// AudioFile is the path of a sound of the account's library on this machine; empty when there is no such sound.
func (s *Store) AudioFile(id string) string { return "" }
