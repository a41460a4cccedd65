package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"tandem/routing"
)

// enrol finds the row of this node, or makes it, and says up to where the database has its spool.
func (s *Store) enrol(ctx context.Context) (position, error) {
	var at position
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		const find = `SELECT spool_segment, spool_offset FROM nodes WHERE id = $1`
		err := t.QueryRowContext(ctx, find, s.book.node).Scan(&at.segment, &at.offset)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO nodes (id, spool_segment, spool_offset, number_next, number_end) VALUES ($1, 0, 0, 0, 0)`, s.book.node)
		return err
	})
	if err != nil {
		return at, fmt.Errorf("enrol node: %w", err)
	}
	if at.segment == 0 {
		at = position{segment: 1}
	}
	return at, nil
}

// lostSeq is the place of the end of a call whose timeline is lost: no call has so many events.
const lostSeq = 1 << 20

// interrupted finishes the calls of this node that were begun and never finished: the process that had them ended.
func (s *Store) interrupted(ctx context.Context) error {
	count := 0
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		open, err := scanCalls(t.QueryContext(ctx, `SELECT `+callColumns+` FROM calls WHERE node = $1 AND status <> 'ended'`, s.book.node))
		if err != nil {
			return err
		}
		var x batch
		for _, c := range open {
			c.Status, c.Outcome, c.EndedBy, c.EndedAt = statusEnded, routing.OutcomeFailed, "system", t.now
			c.Cause = routing.Cause{Q850: 41, SIP: 500, Text: "interrupted"} // Q.850: temporary failure.
			x.finish(finished{call: c, head: encodeHead(nil, c)}, lostSeq)
		}
		count = len(open)
		if err := s.book.write(ctx, t, &x); err != nil {
			return err
		}
		return s.book.log.append(ctx, t, append(x.news, x.late...))
	})
	if err != nil {
		return fmt.Errorf("finish interrupted calls: %w", err)
	}
	if count > 0 {
		s.log.LogAttrs(ctx, slog.LevelWarn, fmt.Sprintf("%d calls were interrupted by the end of the last run", count)) //nolint:sloglint // A count is no key of the vocabulary.
	}
	return nil
}

// resumeNumbers goes on after the last call number that may have been given out.
func (s *Store) resumeNumbers(ctx context.Context) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		var next, end int64
		err := t.QueryRowContext(ctx, `SELECT number_next, number_end FROM nodes WHERE id = $1`, s.book.node).Scan(&next, &end)
		if err == nil && next >= end {
			if next, err = takeBlock(ctx, t); err == nil {
				end = next + numberBlock
				_, err = t.ExecContext(ctx, `UPDATE nodes SET number_next = $1, number_end = $2 WHERE id = $3`, next, end, s.book.node)
			}
		}
		s.numbers.next, s.numbers.said, s.numbers.end = next, next, end
		return err
	})
	if err != nil {
		return fmt.Errorf("call numbers: %w", err)
	}
	return nil
}
