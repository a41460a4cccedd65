package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tandem/routing"
)

// Times and sizes of the way from the spool to the database.
const (
	linger      = 15 * time.Millisecond  // what is written within it shares a transaction
	apart       = 100 * time.Millisecond // transactions begin so far apart while calls come all the time
	firstRetry  = 100 * time.Millisecond
	longRetry   = 5 * time.Second
	drainBlock  = 2 << 20 // bytes of the spool in one transaction, about
	suspicious  = 3       // failures, with the database there, before entries are tried alone, and before one that is alone is put aside
	refusedFile = "refused.calls"
)

// drain brings calls from the spool to the database, in groups, in the order they were written. How far it came is written in the same
// transaction, so that each entry is brought once, whatever ends this process or the connection.
type drain struct {
	spool   *spool
	writer  *writer
	book    *book
	numbers *numbers
	log     *slog.Logger

	want chan struct{} // holds one when call numbers are wanted
	soon chan struct{} // holds one when somebody waits for the database to have everything
	stop chan struct{}
	wg   sync.WaitGroup

	// Of the goroutine that runs.
	at       position
	block    []byte   // what was read of the spool last
	unsure   bool     // the last transaction may have been committed
	failures int      // in a row, with the database there
	careful  position // up to here entries are tried one by one

	mu       sync.Mutex
	done     position      // up to where the database has everything
	progress chan struct{} // closed when done moves
}

func newDrain(s *spool, w *writer, b *book, n *numbers, at position, log *slog.Logger) *drain {
	return &drain{
		spool: s, writer: w, book: b, numbers: n, log: log, at: at, done: at,
		want: make(chan struct{}, 1), soon: make(chan struct{}, 1), stop: make(chan struct{}), progress: make(chan struct{}),
	}
}

// wantNumbers asks for another block of call numbers, and never waits.
func (d *drain) wantNumbers() {
	select {
	case d.want <- struct{}{}:
	default: // Asked already.
	}
}

// run works until stop.
func (d *drain) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	armed, retry, last := true, firstRetry, time.Time{}
	for {
		wrote := d.spool.wrote
		if armed {
			wrote = nil // Whatever comes now is brought when the time has come: nobody is woken for it.
		}
		select {
		case <-d.stop:
			return
		case <-wrote:
			timer.Reset(max(linger, time.Until(last.Add(apart))))
			armed = true
			continue
		case <-d.soon:
			timer.Reset(0)
			armed = true
			continue
		case <-d.want:
			d.fetchNumbers(ctx)
			continue
		case <-timer.C:
		}
		last = time.Now()
		select {
		case <-d.spool.wrote: // It is brought with the rest.
		default:
		}
		if err := d.all(ctx); err != nil {
			if retry == firstRetry && d.failures <= 1 {
				d.log.LogAttrs(ctx, slog.LevelWarn, "calls wait in the spool: the database does not take them", slog.Any("err", err))
			}
			if d.failures > 0 || d.at.before(d.careful) {
				timer.Reset(firstRetry) // The database is there: it is an entry that it does not like.
				continue
			}
			timer.Reset(retry)
			retry = min(2*retry, longRetry)
			continue
		}
		armed = false
		if retry != firstRetry {
			d.log.LogAttrs(ctx, slog.LevelInfo, "the database takes calls again")
		}
		retry = firstRetry
	}
}

// all brings everything that the spool holds now; what comes meanwhile comes in the next group.
func (d *drain) all(ctx context.Context) error {
	for until := d.spool.tail(); d.at.before(until); {
		if err := d.group(ctx); err != nil {
			return err
		}
	}
	return nil
}

// catchUp brings everything, and puts aside what a database that is there refuses.
func (d *drain) catchUp(ctx context.Context) error {
	for {
		err := d.all(ctx)
		if err == nil || (d.failures == 0 && !d.at.before(d.careful)) {
			return err
		}
	}
}

// group brings one group of entries.
func (d *drain) group(ctx context.Context) error {
	if d.unsure {
		at, err := d.committed(ctx)
		if err != nil {
			return err
		}
		d.unsure = false
		if d.at.before(at) {
			d.move(ctx, at)
			return nil
		}
	}
	entries, next, err := d.spool.read(d.at, drainBlock, &d.block)
	if err != nil && !errors.Is(err, errEntry) {
		return err
	}
	if err != nil {
		d.log.LogAttrs(ctx, slog.LevelError, "part of the spool is damaged and left out", slog.Any("err", err))
	}
	if d.at.before(d.careful) && len(entries) > 0 {
		entries, next = entries[:1], entries[0].end
	}
	if err := d.bring(ctx, entries, next); err != nil {
		return d.failed(ctx, err, entries)
	}
	d.failures = 0
	d.move(ctx, next)
	d.book.log.waiting.tell()
	return nil
}

// bring writes entries and the place after them in one transaction.
func (d *drain) bring(ctx context.Context, entries []entry, next position) error {
	x, said := d.sort(ctx, entries)
	return d.writer.do(ctx, func(ctx context.Context, t tx) error {
		if err := d.book.write(ctx, t, x); err != nil {
			return err
		}
		if err := d.book.came.exec(ctx, t, next.segment, next.offset, said.next, said.next, said.next, said.end, d.book.node); err != nil {
			return err
		}
		return d.book.log.append(ctx, t, append(x.news, x.late...))
	})
}

// sort decodes entries: calls that began, calls that are over, each once, events, changes of status, and the highest promise of call numbers.
func (d *drain) sort(ctx context.Context, entries []entry) (*batch, promise) {
	x, said := &batch{}, promise{}
	seen := sorted{over: map[routing.CallID]bool{}, started: map[routing.CallID]bool{}}
	for _, e := range entries {
		sound := true
		switch e.kind {
		case entryNumbers:
			if p := decodePromise(e.payload); p.next > said.next {
				said = p
			}
		case entryBegin, entryFinish:
			sound = seen.call(x, e)
		case entryTell:
			x.news = append(x.news, news(e.payload))
		case entryShift:
			var s routing.StatusChange
			if s, sound = decodeShift(e.payload); sound {
				x.shift(s)
			}
		}
		if !sound {
			d.log.LogAttrs(ctx, slog.LevelError, "an entry of the spool cannot be read and is left out", slog.Any("err", errEntry))
		}
	}
	return x, said
}

// sorted are the calls that a run of entries names.
type sorted struct{ over, started map[routing.CallID]bool }

// call adds what an entry says of a call, once; false: it cannot be read.
func (s sorted) call(x *batch, e entry) bool {
	f, err := decodeCall(e.payload)
	if err != nil {
		return false
	}
	id := f.call.ID
	if e.kind == entryBegin {
		if !s.started[id] && !s.over[id] {
			x.begin(f)
		}
		s.started[id] = true
		return true
	}
	if !s.over[id] {
		x.finish(f, 0)
	}
	s.over[id] = true
	return true
}

// failed counts a failure. When the database is there and refuses one entry again and again, the entry is put aside, so that it does not hold up
// all others.
func (d *drain) failed(ctx context.Context, cause error, entries []entry) error {
	d.unsure = true
	if d.writer.db.write.PingContext(ctx) != nil {
		d.failures = 0
		return cause
	}
	if d.failures++; d.failures < suspicious || len(entries) == 0 {
		return cause
	}
	d.failures = 0
	if len(entries) > 1 {
		d.careful = entries[len(entries)-1].end
		return cause
	}
	path := filepath.Join(d.spool.dir, refusedFile)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // The path is ours.
	if err != nil {
		return errors.Join(cause, err)
	}
	_, err = f.Write(append([]byte{byte(entries[0].kind)}, entries[0].payload...))
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(cause, err)
	}
	d.log.LogAttrs(ctx, slog.LevelError, "the database refuses an entry of the spool: it is put aside in "+refusedFile, slog.Any("err", cause))
	if err := d.bring(ctx, nil, entries[0].end); err != nil {
		return err
	}
	d.move(ctx, entries[0].end)
	return nil
}

// committed is how far the database says that it came.
func (d *drain) committed(ctx context.Context) (position, error) {
	var p position
	err := d.writer.do(ctx, func(ctx context.Context, t tx) error {
		return t.QueryRowContext(ctx, `SELECT spool_segment, spool_offset FROM nodes WHERE id = $1`, d.book.node).Scan(&p.segment, &p.offset)
	})
	if err != nil {
		return p, fmt.Errorf("ask how far the spool is written: %w", err)
	}
	return p, nil
}

// move goes on to p, which the database has reached.
func (d *drain) move(ctx context.Context, p position) {
	crossed := p.segment != d.at.segment
	d.at = p
	d.mu.Lock()
	d.done = p
	close(d.progress)
	d.progress = make(chan struct{})
	d.mu.Unlock()
	if !crossed {
		return
	}
	if err := d.spool.forget(p); err != nil {
		d.log.LogAttrs(ctx, slog.LevelWarn, "old segments of the spool stay", slog.Any("err", err))
	}
}

// flush waits until the database has everything that the spool holds now.
func (d *drain) flush(ctx context.Context) error {
	until := d.spool.tail()
	for {
		d.mu.Lock()
		done, progress := d.done, d.progress
		d.mu.Unlock()
		if !done.before(until) {
			return nil
		}
		select {
		case d.soon <- struct{}{}:
		default: // Somebody asked already.
		}
		select {
		case <-progress:
		case <-d.stop:
			return errClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fetchNumbers takes the next block of call numbers; where that fails the next call asks again.
func (d *drain) fetchNumbers(ctx context.Context) {
	err := d.writer.do(ctx, func(ctx context.Context, t tx) error {
		start, err := takeBlock(ctx, t)
		if err == nil {
			d.numbers.give(start)
		}
		return err
	})
	if err != nil {
		d.log.LogAttrs(ctx, slog.LevelWarn, "no new call numbers yet", slog.Any("err", err))
	}
}
