package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// Errors that callers tell apart.
var (
	// ErrInUse says that another process has the data directory.
	ErrInUse = errors.New("data directory in use")
	// ErrNotFound says that there is no such record.
	ErrNotFound = provisioning.ErrNotFound
)

// Config says where the records are.
type Config struct {
	URL     string // empty: SQLite in DataDir; or postgres://…
	DataDir string // of the database file, the spool of calls and the copies of sounds
	Log     *slog.Logger
}

// Store is the open archive. All its methods may be called by any goroutine.
type Store struct {
	dir     string
	log     *slog.Logger
	lock    *os.File
	db      *databases
	writer  *writer
	book    *book
	spool   *spool
	packer  packer // whoever writes an entry has it
	numbers *numbers
	drain   *drain

	started  bool // the drain runs
	cancel   context.CancelFunc
	stop     chan struct{}
	wg       sync.WaitGroup // of the keeper; writer and drain have their own
	applies  sync.WaitGroup // of changes that are being made
	once     sync.Once
	snapshot atomic.Pointer[view]

	events   *eventLog
	credit   *Credit
	messages *Messages
	changes  *listeners // of the state
	known    *known

	applying sync.Mutex    // held while a batch is written and shown
	editing  chan struct{} // holds one while somebody plans a change
}

// Open opens the archive, brings its tables up to date, finishes the calls that a crash interrupted, and starts its goroutines, which Close
// ends: ctx bounds only the opening. It fails with ErrInUse when another process has the data directory.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o750); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	held, err := lock(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	db, err := openDatabases(ctx, cfg)
	if err != nil {
		_ = held.Close()
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Store{
		dir: cfg.DataDir, log: cfg.Log, lock: held, db: db, cancel: cancel, stop: make(chan struct{}), changes: newListeners(),
		editing: make(chan struct{}, 1),
	}
	if err := s.start(ctx, running); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// start does what can fail once the database is open.
func (s *Store) start(ctx, running context.Context) error {
	if err := migrate(ctx, s.db, migrationFiles, time.Now()); err != nil {
		return err
	}
	s.writer = newWriter(running, s.db)
	last, err := s.readLast(ctx)
	if err != nil {
		return err
	}
	s.writer.recent.begin(last)
	node, err := nodeID(s.dir)
	if err != nil {
		return err
	}
	if s.book, err = newBook(ctx, s.db, node); err != nil {
		return err
	}
	s.events = s.book.log
	if s.credit, err = newCredit(ctx, s); err != nil {
		return err
	}
	if s.messages, err = newMessages(ctx, s); err != nil {
		return err
	}
	if err = s.adopt(ctx); err != nil {
		return err
	}
	at, err := s.enrol(ctx)
	if err != nil {
		return err
	}
	if s.spool, err = openSpool(filepath.Join(s.dir, "spool"), at); err != nil {
		return err
	}
	s.numbers = &numbers{}
	s.drain = newDrain(s.spool, s.writer, s.book, s.numbers, at, s.log)
	// What the last process left comes first: only then is known which calls it did not finish, and which numbers it gave out.
	if err = s.drain.catchUp(ctx); err != nil {
		return fmt.Errorf("bring the spool of the last run to the database: %w", err)
	}
	if err = s.interrupted(ctx); err != nil {
		return err
	}
	if s.known, err = s.loadKnown(ctx); err != nil {
		return err
	}
	if err = s.resumeNumbers(ctx); err != nil {
		return err
	}
	if err = s.reload(ctx); err != nil {
		return err
	}
	s.started = true
	s.drain.wg.Go(func() { s.drain.run(running) })
	s.wg.Go(func() { s.keep(running) })
	return nil
}

// Close writes what the spool still holds to the database, waiting at most 5 seconds for it, and closes both. What the database did not take
// stays in the spool for the next start.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() { err = s.close() })
	return err
}

func (s *Store) close() error {
	const patience = 5 * time.Second
	close(s.stop)
	s.wg.Wait()
	var errs []error
	if s.started {
		ctx, done := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // Closing must not end with the caller's context.
		if err := s.drain.flush(ctx); err != nil {
			s.log.LogAttrs(ctx, slog.LevelWarn, "calls stay in the spool for the next start", slog.Any("err", err))
		}
		done()
		close(s.drain.stop)
	}
	if s.messages != nil {
		s.messages.drain()
	}
	s.cancel() // A transaction that hangs on a database that is away ends here.
	if s.started {
		s.drain.wg.Wait()
	}
	if s.spool != nil {
		errs = append(errs, s.spool.close())
	}
	if s.writer != nil {
		s.writer.close()
	}
	s.applies.Wait()
	if s.credit != nil {
		s.credit.close()
	}
	if s.messages != nil {
		s.messages.close()
	}
	if s.book != nil {
		s.book.close()
	}
	errs = append(errs, s.db.close(), s.lock.Close())
	return errors.Join(errs...)
}

// Flush waits until every call that was begun or finished before is in the database.
func (s *Store) Flush(ctx context.Context) error { return s.drain.flush(ctx) }

// nodeID is the name of this data directory among the nodes that share a database.
func nodeID(dir string) (string, error) {
	path := filepath.Join(dir, "node")
	b, err := os.ReadFile(path) //nolint:gosec // The path is ours.
	if err == nil && len(b) > 0 {
		return string(b), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("node: %w", err)
	}
	id := routing.NewID("node", time.Now())
	if err := os.WriteFile(path, []byte(id), 0o600); err != nil {
		return "", fmt.Errorf("node: %w", err)
	}
	return id, nil
}
