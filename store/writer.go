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
}

// job is one thing to write; it is committed, or it leaves nothing.
type job struct {
	do   func(ctx context.Context, t tx) error
	done chan error // one answer; buffered, so that the writer never waits
}

// writer puts the jobs of many goroutines into few transactions: with SQLite one goroutine writes, and jobs that wait together are
// committed together, so that they share one sync of the disk.
type writer struct {
	db   *databases
	jobs chan job
	stop chan struct{}
	wg   sync.WaitGroup
}

func newWriter(ctx context.Context, db *databases) *writer {
	w := &writer{db: db, jobs: make(chan job), stop: make(chan struct{})}
	for range db.engine.writers {
		w.wg.Go(func() { w.run(ctx) })
	}
	return w
}

// do runs f in a transaction and returns once it is committed. A ctx that ends stops the waiting; what had begun may be committed all the same.
func (w *writer) do(ctx context.Context, f func(ctx context.Context, t tx) error) error {
	j := job{do: f, done: make(chan error, 1)}
	select {
	case w.jobs <- j:
	case <-w.stop:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
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

// commit runs a batch in one transaction; a job that fails takes only its own writes back.
func (w *writer) commit(ctx context.Context, batch []job) {
	errs := make([]error, len(batch))
	err := w.transaction(ctx, func(t tx) error {
		if len(batch) == 1 {
			return batch[0].do(ctx, t)
		}
		for i, j := range batch {
			if _, err := t.ExecContext(ctx, "SAVEPOINT job"); err != nil {
				return err
			}
			if errs[i] = j.do(ctx, t); errs[i] == nil {
				continue
			}
			if _, err := t.ExecContext(ctx, "ROLLBACK TO SAVEPOINT job"); err != nil {
				return err
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
	if err := f(tx{Tx: begun, now: time.Now(), engine: w.db.engine}); err != nil {
		return err
	}
	if err := begun.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
