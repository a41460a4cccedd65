package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// errClosed says that the store is closed.
var errClosed = errors.New("store is closed")

// tx is a transaction with its one present.
type tx struct {
	*sql.Tx

	now    time.Time
	engine *engine
	log    *[]run // what it adds to the log of events
}

// part runs f so that what it writes can be taken back alone; it gives the error of f, and one of the transaction.
func (t tx) part(ctx context.Context, name string, f func(ctx context.Context, t tx) error) (failed, broken error) {
	if _, err := t.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return err, err
	}
	before := len(*t.log)
	if failed = f(ctx, t); failed == nil {
		return nil, nil
	}
	*t.log = (*t.log)[:before]
	_, broken = t.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name)
	return failed, broken
}

// job is one thing to write; it is committed, or it leaves nothing.
type job struct {
	do   func(ctx context.Context, t tx) error
	done chan error // one answer; buffered, so that the writer never waits
}

// writer puts the jobs of many goroutines into few transactions: with SQLite one goroutine writes, and jobs that wait together are
// committed together, so that they share one sync of the disk.
type writer struct {
	db     *databases
	recent *recent // end of the log of events
	jobs   chan job
	stop   chan struct{}
	wg     sync.WaitGroup
}

func newWriter(ctx context.Context, db *databases) *writer {
	w := &writer{db: db, recent: newRecent(db.engine), jobs: make(chan job), stop: make(chan struct{})}
	if !db.engine.shared {
		ctx = context.WithoutCancel(ctx) // A file is never away; and for a context that may end the driver starts a goroutine with each statement.
	}
	for range db.engine.writers {
		w.wg.Go(func() { w.run(ctx) })
	}
	return w
}

// do runs f in a transaction and returns once it is committed. A ctx that ends stops the waiting; what had begun may be committed all the same.
func (w *writer) do(ctx context.Context, f func(ctx context.Context, t tx) error) error {
	done, err := w.begin(ctx, f)
	if err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin has f run in a transaction, and gives where its outcome will be told, whatever becomes of ctx. With an error f is never run.
func (w *writer) begin(ctx context.Context, f func(ctx context.Context, t tx) error) (<-chan error, error) {
	j := job{do: f, done: make(chan error, 1)}
	select {
	case w.jobs <- j:
		return j.done, nil
	case <-w.stop:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close waits for the jobs in hand.
func (w *writer) close() {
	close(w.stop)
	w.wg.Wait()
}

func (w *writer) run(ctx context.Context) {
	for {
		select {
		case <-w.stop:
			return
		case j := <-w.jobs:
			w.commit(ctx, w.gather(j))
		}
	}
}

// gather takes what waits besides the first job.
func (w *writer) gather(first job) []job {
	batch := []job{first}
	for len(batch) < w.db.engine.group {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// together does all of some things in one transaction; what fails takes only its own writes back.
func (w *writer) together(ctx context.Context, all []func(ctx context.Context, t tx) error) []error {
	errs := make([]error, len(all))
	err := w.do(ctx, func(ctx context.Context, t tx) error {
		if len(all) == 1 {
			return all[0](ctx, t)
		}
		for i, do := range all {
			var broken error
			if errs[i], broken = t.part(ctx, "part", do); broken != nil {
				return broken
			}
		}
		return nil
	})
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return errs
}

// commit runs a batch in one transaction; a job that fails takes only its own writes back.
func (w *writer) commit(ctx context.Context, batch []job) {
	errs := make([]error, len(batch))
	err := w.transaction(ctx, func(t tx) error {
		if len(batch) == 1 {
			return batch[0].do(ctx, t)
		}
		for i, j := range batch {
			var broken error
			if errs[i], broken = t.part(ctx, "job", j.do); broken != nil {
				return broken
			}
		}
		return nil
	})
	for i, j := range batch {
		if errs[i] == nil {
			errs[i] = err
		}
		j.done <- errs[i]
	}
}

func (w *writer) transaction(ctx context.Context, f func(t tx) error) error {
	begun, err := w.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer begun.Rollback() //nolint:errcheck // After a commit there is nothing to roll back.
	var log []run
	if err := f(tx{Tx: begun, now: time.Now(), engine: w.db.engine, log: &log}); err != nil {
		return err
	}
	if err := begun.Commit(); err != nil {
		w.recent.doubt(log)
		return fmt.Errorf("commit: %w", err)
	}
	w.recent.committed(log)
	return nil
}
