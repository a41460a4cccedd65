package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

const outboxColumns = `id, type, account, subject, seq, at, data, due, lease, owner, attempt, done`

// appendEvent adds an event that is due at once.
func appendEvent(to []any, e provisioning.Event, now time.Time) []any {
	return append(
		to, e.ID, e.Type, string(e.Account), e.Subject, e.Seq, millis(e.At), string(e.Data), now.UnixMilli(), int64(0), "", int64(0), false,
	)
}

// eventCall is what an event tells of its call; whoever delivers it adds the rest of the object from the log.
type eventCall struct {
	ID         routing.CallID    `json:"id"`
	Number     int64             `json:"call_number"`
	Direction  routing.Direction `json:"direction"`
	Status     string            `json:"status"`
	Outcome    routing.Outcome   `json:"outcome,omitempty"`
	From       string            `json:"from"`
	To         string            `json:"to"`
	NumberID   routing.NumberID  `json:"number_id,omitempty"`
	User       routing.UserID    `json:"user_id,omitempty"`
	StartedAt  int64             `json:"started_at_ms"`
	AnsweredAt int64             `json:"answered_at_ms,omitempty"`
	EndedAt    int64             `json:"ended_at_ms,omitempty"`
	Q850       int               `json:"q850,omitempty"`
	SIP        int               `json:"sip_code,omitempty"`
	EndedBy    string            `json:"ended_by,omitempty"`
	Notified   []routing.UserID  `json:"notified,omitempty"`
}

// The events of a call.
const (
	callCreated = "call.created"
	callMissed  = "call.missed"
	callEnded   = "call.ended"
)

// callEvent tells of a call whose timeline has so many lines. The events of one call rise from 1, past every line of its timeline at its end.
func callEvent(c *routing.CallRecord, kind string, steps int) provisioning.Event {
	at, seq, status := c.EndedAt, int64(steps)+3, statusEnded
	switch kind {
	case callCreated:
		at, seq, status = c.StartedAt, 1, statusInitiated
	case callMissed:
		seq--
	}
	data := toJSON(eventCall{
		ID: c.ID, Number: c.Number, Direction: c.Direction, Status: status, Outcome: c.Outcome, From: c.From, To: c.To, NumberID: c.NumberID,
		User: c.User, StartedAt: millis(c.StartedAt), AnsweredAt: millis(c.AnsweredAt), EndedAt: millis(c.EndedAt), Q850: c.Cause.Q850,
		SIP: c.Cause.SIP, EndedBy: c.EndedBy, Notified: c.Notified,
	})
	return provisioning.Event{
		ID: routing.NewID("evt", at), Type: kind, Account: c.Account, Subject: string(c.ID), Seq: seq, At: at, Data: json.RawMessage(data),
	}
}

// claim leases events that are due; with PostgreSQL claimers step over each other's rows.
const claim = `UPDATE outbox SET lease = $1, owner = $2, attempt = attempt + 1
 WHERE id IN (SELECT id FROM outbox WHERE NOT done AND due <= $3 AND lease <= $3 ORDER BY due, id LIMIT $4 {skip})
 RETURNING id, type, account, subject, seq, at, data, attempt`

// Claim leases up to limit events that are due to owner, for so long, oldest first; each comes with its attempt. An event whose lease ran out can be
// claimed again: delivery is at least once.
func (s *Store) Claim(ctx context.Context, owner string, lease time.Duration, limit int) ([]provisioning.Event, error) {
	var out []provisioning.Event
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		rows, err := t.QueryContext(ctx, t.engine.text(claim), t.now.Add(lease).UnixMilli(), owner, t.now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e provisioning.Event
			var at int64
			var data string
			if err := rows.Scan(&e.ID, &e.Type, &e.Account, &e.Subject, &e.Seq, &at, &data, &e.Attempt); err != nil {
				return err
			}
			e.At, e.Data = moment(at), json.RawMessage(data)
			out = append(out, e)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("claim events: %w", err)
	}
	slices.SortFunc(out, func(a, b provisioning.Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Seq, b.Seq))
	})
	return out, nil
}

// Delivered ends events that the owner claimed; one whose lease went to another is left alone.
func (s *Store) Delivered(ctx context.Context, owner string, ids ...string) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		for _, id := range ids {
			if _, err := t.ExecContext(ctx, `UPDATE outbox SET done = TRUE WHERE id = $1 AND owner = $2`, id, owner); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end events: %w", err)
	}
	return nil
}

// Retry gives an event back, to be due again at the given time.
func (s *Store) Retry(ctx context.Context, owner, id string, due time.Time) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		_, err := t.ExecContext(ctx, `UPDATE outbox SET due = $1, lease = 0 WHERE id = $2 AND owner = $3 AND NOT done`, due.UnixMilli(), id, owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("give an event back: %w", err)
	}
	return nil
}
