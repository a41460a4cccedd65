package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tandem/routing"
)

// Call finds one call by its id or its call number, with legs, timeline and ladder. It fails with ErrNotFound.
func (s *Store) Call(ctx context.Context, idOrNumber string) (*routing.CallRecord, error) {
	column, arg := "id", any(idOrNumber)
	if n, err := strconv.ParseInt(idOrNumber, 10, 64); err == nil {
		column, arg = "number", n
	}
	calls, err := scanCalls(s.db.read.QueryContext(ctx, `SELECT `+callColumns+` FROM calls WHERE `+column+` = $1`, arg))
	if err == nil && len(calls) == 0 {
		return nil, fmt.Errorf("call %s: %w", idOrNumber, ErrNotFound)
	}
	if err == nil {
		err = errors.Join(s.details(ctx, calls[0]), label(ctx, s.db.read, calls), s.comments(ctx, calls[0]))
	}
	if err != nil {
		return nil, fmt.Errorf("read call %s: %w", idOrNumber, err)
	}
	return calls[0], nil
}

// details adds legs, timeline and ladder.
func (s *Store) details(ctx context.Context, c *routing.CallRecord) error {
	var items, ladder []byte
	err := s.db.read.QueryRowContext(ctx, `SELECT items FROM details WHERE call_id = $1`, string(c.ID)).Scan(&items)
	if err == nil {
		err = decodeDetails(items, c)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("details: %w", err)
	}
	err = s.db.read.QueryRowContext(ctx, `SELECT items FROM ladder WHERE call_id = $1`, string(c.ID)).Scan(&ladder)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // It had none, or was too old to be kept.
	}
	if err == nil {
		c.Ladder, err = unpack(ladder)
	}
	return err
}

// label adds their tags and their teams to calls.
func label(ctx context.Context, t querier, calls []*routing.CallRecord) error {
	if len(calls) == 0 {
		return nil
	}
	byID := make(map[routing.CallID]*routing.CallRecord, len(calls))
	marks, args := make([]string, len(calls)), make([]any, len(calls))
	for i, c := range calls {
		byID[c.ID] = c
		marks[i], args[i] = "$"+strconv.Itoa(i+1), string(c.ID)
	}
	text := `SELECT call_id, kind, label FROM call_labels WHERE call_id IN (` + strings.Join(marks, ", ") + `) ORDER BY call_id, kind, label`
	return each(ctx, t, text, args, func(r *sql.Rows) error {
		var id routing.CallID
		var kind, label string
		if err := r.Scan(&id, &kind, &label); err != nil {
			return err
		}
		if c := byID[id]; kind == labelTag {
			c.Tags = append(c.Tags, label)
		} else {
			c.Teams = append(c.Teams, routing.TeamID(label))
		}
		return nil
	})
}

// comments adds what people wrote about a call.
func (s *Store) comments(ctx context.Context, c *routing.CallRecord) error {
	const text = `SELECT id, at, by_user, text FROM call_comments WHERE call_id = $1 ORDER BY at, id`
	return each(ctx, s.db.read, text, []any{string(c.ID)}, func(r *sql.Rows) error {
		var m routing.CallComment
		var at int64
		err := r.Scan(&m.ID, &at, &m.By, &m.Text)
		m.At = moment(at)
		c.Comments = append(c.Comments, m)
		return err
	})
}

// scanCalls reads all rows of callColumns and closes them.
func scanCalls(rows *sql.Rows, err error) ([]*routing.CallRecord, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*routing.CallRecord
	for rows.Next() {
		var c routing.CallRecord
		var node, voicemail, notified, more string
		var started, queued, answered, ended, updated, seq int64
		if err := rows.Scan(&c.ID, &c.Number, &c.Account, &node, &c.Direction, &c.Status, &c.Outcome, &c.From, &c.To, &c.Anonymous, &c.NumberID,
			&c.User, &c.Flow.ID, &c.Flow.Version, &c.Trunk, &started, &queued, &answered, &ended, &c.Cause.Q850, &c.Cause.SIP, &c.Cause.Text,
			&c.EndedBy, &voicemail, &notified, &more, &c.Missed, &c.AssignedTo, &c.Archived, &updated, &seq); err != nil {
			return nil, err
		}
		c.StartedAt, c.QueuedAt, c.AnsweredAt, c.EndedAt = moment(started), moment(queued), moment(answered), moment(ended)
		c.UpdatedAt = moment(updated)
		var x extra
		if err := errors.Join(json.Unmarshal([]byte(voicemail), &c.Voicemail), json.Unmarshal([]byte(notified), &c.Notified),
			json.Unmarshal([]byte(more), &x)); err != nil {
			return nil, fmt.Errorf("call %s: %w", c.ID, err)
		}
		c.Custom, c.Inputs, c.ByExt = x.Custom, x.Inputs, x.ByExt
		if len(c.Notified) == 0 {
			c.Notified = nil
		}
		out = append(out, &c)
	}
	return out, rows.Err()
}
