package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"tandem/provisioning"
)

// Sizes of the log of events.
const (
	blockEvents = 128      // in one block at most
	blockBytes  = 64 << 10 // of a block before it is packed, about
	usualRun    = 100      // events of a page
	longestRun  = 1000
	mostLooked  = 20 * blockEvents // events that one page looks at: a filter that picks little comes back for more
)

// append writes events at the end of the log. It comes last in its transaction: with PostgreSQL the row that gives places is held until the
// commit, so that places are in the order of the commits and without a gap, and nobody reads past one that is still to come.
func (l *eventLog) append(ctx context.Context, t tx, all []news) error {
	if len(all) == 0 {
		return nil
	}
	var last int64
	const take = `UPDATE meta SET value = value + $1 WHERE key = 'event' RETURNING value`
	if err := t.QueryRowContext(ctx, take, int64(len(all))).Scan(&last); err != nil {
		return fmt.Errorf("place of events: %w", err)
	}
	pos := last - int64(len(all))
	var values []any
	for len(all) > 0 {
		n, size := 0, 0
		for n < len(all) && n < blockEvents && size < blockBytes {
			size += len(all[n])
			n++
		}
		pos += int64(n)
		values = append(values, pos, int64(n), t.now.UnixMilli(), encodeBlock(all[:n]))
		all = all[n:]
	}
	return l.blocks.insert(ctx, t, values)
}

// appendEvents writes events that are about no call in progress.
func (l *eventLog) appendEvents(ctx context.Context, t tx, events []provisioning.Event) error {
	all := make([]news, len(events))
	for i := range events {
		all[i] = encodeNews(&events[i])
	}
	return l.append(ctx, t, all)
}

// eventLog writes events, and tells whoever waits for them.
type eventLog struct {
	blocks  *inserter
	waiting *listeners
}

func newEventLog(ctx context.Context, db *databases) (*eventLog, error) {
	in, err := newInserter(ctx, db, newTable("events", "pos, count, at, items", "DO NOTHING"))
	if err != nil {
		return nil, err
	}
	return &eventLog{blocks: in, waiting: newListeners()}, nil
}

// Events implements provisioning.EventLog.
func (s *Store) Events(ctx context.Context, f provisioning.EventFilter) (provisioning.EventPage, error) {
	limit := usualRun
	if f.Limit > 0 {
		limit = min(f.Limit, longestRun)
	}
	page := provisioning.EventPage{Last: f.After}
	if f.Newest {
		page.Last = f.Before
	}
	blocks, err := s.blocks(ctx, &f, limit)
	if err != nil {
		return page, fmt.Errorf("read events: %w", err)
	}
	for _, b := range blocks.all {
		events, err := decodeBlock(b.items, b.last-b.count+1)
		if err != nil {
			return page, fmt.Errorf("read events up to %d: %w", b.last, err)
		}
		if take(&page, &f, events, limit); page.More {
			return page, nil
		}
	}
	page.More = blocks.more
	return page, nil
}

// take adds the events of a block that a filter picks to a page; it ends where the page is full.
func take(page *provisioning.EventPage, f *provisioning.EventFilter, events []provisioning.Event, limit int) {
	if f.Newest {
		slices.Reverse(events)
	}
	for i := range events {
		e := &events[i]
		if e.Pos <= f.After || (f.Before > 0 && e.Pos >= f.Before) {
			continue
		}
		if page.More = len(page.Events) == limit; page.More {
			return
		}
		page.Last = e.Pos
		if f.Takes(e) {
			page.Events = append(page.Events, *e)
		}
	}
}

// block is a row of the log.
type block struct {
	last, count int64
	items       []byte
}

// blockRun is what is looked at for one page.
type blockRun struct {
	all  []block
	more bool
}

// blocks reads the rows that a page may need: while they are read their events are counted, so that a page looks at no more than it may.
func (s *Store) blocks(ctx context.Context, f *provisioning.EventFilter, limit int) (blockRun, error) {
	const (
		oldest = `SELECT pos, count, items FROM events WHERE pos > $1 AND pos - count + 1 < $2 ORDER BY pos LIMIT $3`
		newest = `SELECT pos, count, items FROM events WHERE pos > $1 AND pos < $2 ORDER BY pos DESC LIMIT $3`
	)
	before := f.Before
	if before <= 0 {
		before = 1 << 60
	}
	var run blockRun
	text, end := oldest, before
	if f.Newest {
		text, end = newest, min(before, 1<<60-blockEvents)+blockEvents // The block that holds the bound ends at or after it.
	}
	looked := 0
	most := mostLooked
	if f.Subject == "" && len(f.Types) == 0 && f.Account == "" {
		most = limit
	}
	rows, err := s.db.read.QueryContext(ctx, text, f.After, end, mostLooked)
	if err != nil {
		return run, err
	}
	defer rows.Close()
	for rows.Next() {
		if looked > most {
			run.more = true
			break
		}
		var b block
		if err := rows.Scan(&b.last, &b.count, &b.items); err != nil {
			return run, err
		}
		if b.last-b.count+1 >= before {
			continue
		}
		run.all = append(run.all, b)
		looked += int(b.count)
	}
	return run, rows.Err()
}

// EventsSince implements provisioning.EventLog.
func (s *Store) EventsSince(ctx context.Context, since time.Time) (int64, error) {
	const text = `SELECT pos - count FROM events WHERE at >= $1 ORDER BY at, pos LIMIT 1`
	var pos int64
	err := s.db.read.QueryRowContext(ctx, text, since.UnixMilli()).Scan(&pos)
	if err == nil {
		return pos, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("find events: %w", err)
	}
	return s.LastPos(ctx)
}

// LastPos implements provisioning.EventLog.
func (s *Store) LastPos(ctx context.Context) (int64, error) {
	var pos int64
	if err := s.db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'event'`).Scan(&pos); err != nil {
		return 0, fmt.Errorf("last event: %w", err)
	}
	return pos, nil
}

// OnEvents implements provisioning.EventLog.
func (s *Store) OnEvents(f func()) (stop func()) { return s.events.waiting.add(f) }

// Announce implements provisioning.EventLog.
func (s *Store) Announce(ctx context.Context, events ...provisioning.Event) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		for i := range events {
			if events[i].At.IsZero() {
				events[i].At = t.now
			}
			if len(events[i].Data) == 0 {
				events[i].Data = []byte(noData)
			}
		}
		return s.events.appendEvents(ctx, t, events)
	})
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	s.events.waiting.tell()
	return nil
}
