package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	if err := l.take.row(ctx, t, int64(len(all))).Scan(&last); err != nil {
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
		r := run{first: pos + 1, last: pos + int64(n), at: t.now, plain: encodeRun(all[:n])}
		pos = r.last
		values = append(values, pos, int64(n), t.now.UnixMilli(), packRun(r.plain))
		*t.log = append(*t.log, r)
		all = all[n:]
	}
	return l.blocks.insert(ctx, t, values)
}

// hold is the place of the newest event. With PostgreSQL it keeps all others who ask for it, or append, from the log until the transaction ends, on every node: so
// what they write under it stays as it was read, and places are known before they are given.
func (l *eventLog) hold(ctx context.Context, t tx) (int64, error) {
	var pos int64
	if err := l.last.row(ctx, t).Scan(&pos); err != nil {
		return 0, fmt.Errorf("place of the newest event: %w", err)
	}
	return pos, nil
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
	last    *prepared
	take    *prepared // places for events
	waiting *listeners
}

func newEventLog(ctx context.Context, db *databases) (*eventLog, error) {
	in, err := newInserter(ctx, db, newTable("events", "pos, count, at, items", "DO NOTHING"))
	if err != nil {
		return nil, err
	}
	last, err := prepare(ctx, db, `SELECT value FROM meta WHERE key = 'event' {lock}`)
	if err != nil {
		return nil, err
	}
	take, err := prepare(ctx, db, `UPDATE meta SET value = value + $1 WHERE key = 'event' RETURNING value`)
	if err != nil {
		return nil, err
	}
	return &eventLog{blocks: in, last: last, take: take, waiting: newListeners()}, nil
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
	if !f.Newest {
		if all, err := s.fromMemory(&page, &f, limit); err != nil || all {
			return page, err
		}
		f.After = page.Last // What others wrote is in the database alone.
	}
	read, err := s.runs(ctx, &f, limit)
	if err != nil {
		return page, fmt.Errorf("read events: %w", err)
	}
	for _, r := range read.all {
		if err := take(&page, &f, r, limit); err != nil || page.More {
			return page, err
		}
	}
	page.More = read.more
	if !f.Newest {
		s.writer.recent.found(read.all)
	}
	return page, nil
}

// fromMemory adds what was written a moment ago to a page; true: that is all there is for it.
func (s *Store) fromMemory(page *provisioning.EventPage, f *provisioning.EventFilter, limit int) (all bool, err error) {
	found := s.writer.recent.after(f.After)
	for _, r := range found.runs {
		if err := take(page, f, r, limit); err != nil || page.More {
			return true, err
		}
	}
	return found.whole || f.Before > 0 && page.Last+1 >= f.Before, nil
}

// take adds the events of a run that a filter picks to a page; it ends where the page is full.
func take(page *provisioning.EventPage, f *provisioning.EventFilter, r run, limit int) error {
	all, err := split(r.plain)
	if err != nil {
		return fmt.Errorf("read events up to %d: %w", r.last, err)
	}
	for i := range all {
		if f.Newest {
			i = len(all) - 1 - i
		}
		pos := r.first + int64(i)
		if pos <= f.After || (f.Before > 0 && pos >= f.Before) {
			continue
		}
		if page.More = len(page.Events) == limit; page.More {
			return nil
		}
		page.Last = pos
		if !f.TakesType(newsType(all[i])) {
			continue // Most who follow want few types: the rest is not read for them.
		}
		if e, sound := decodeAt(all[i], pos); sound && f.Takes(&e) {
			page.Events = append(page.Events, e)
		}
	}
	return nil
}

// blockRead is what is looked at for one page.
type blockRead struct {
	all  []run
	more bool
}

// runs reads the rows that a page may need: while they are read their events are counted, so that a page looks at no more than it may.
func (s *Store) runs(ctx context.Context, f *provisioning.EventFilter, limit int) (blockRead, error) {
	const (
		oldest = `SELECT pos, count, at, items FROM events WHERE pos > $1 AND pos - count + 1 < $2 ORDER BY pos LIMIT $3`
		newest = `SELECT pos, count, at, items FROM events WHERE pos > $1 AND pos < $2 ORDER BY pos DESC LIMIT $3`
	)
	before := f.Before
	if before <= 0 {
		before = 1 << 60
	}
	text, end := oldest, before
	if f.Newest {
		text, end = newest, min(before, 1<<60-blockEvents)+blockEvents // The block that holds the bound ends at or after it.
	}
	most := mostLooked
	if f.Subject == "" && len(f.Types) == 0 && f.Account == "" {
		most = limit
	}
	var out blockRead
	rows, err := s.db.read.QueryContext(ctx, text, f.After, end, mostLooked)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for looked := 0; rows.Next(); {
		if looked > most {
			out.more = true
			break
		}
		r, err := readRun(rows)
		if err != nil {
			return out, err
		}
		if r.first < before {
			out.all = append(out.all, r)
			looked += int(r.last - r.first + 1)
		}
	}
	return out, rows.Err()
}

// readRun reads a row of the log.
func readRun(rows *sql.Rows) (run, error) {
	var r run
	var count, at int64
	var packed []byte
	err := rows.Scan(&r.last, &count, &at, &packed)
	if err != nil {
		return r, err
	}
	r.first, r.at = r.last-count+1, moment(at)
	if r.plain, err = unpackRun(packed); err != nil {
		return r, fmt.Errorf("up to %d: %w", r.last, err)
	}
	return r, nil
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
	if pos, known := s.writer.recent.end(); known {
		return pos, nil
	}
	return s.readLast(ctx)
}

// readLast is the place of the newest event in the database.
func (s *Store) readLast(ctx context.Context) (int64, error) {
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
