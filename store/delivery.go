package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tandem/provisioning"
)

// deliveryColumns are those that are written when a delivery is made; its position is the database's to give.
const deliveryColumns = `id, webhook, account, event, type, subject, seq, at, data, origin, trace, state, due, lease, owner, created, attempts, body, response`

// appendDelivery adds a delivery that waits.
func appendDelivery(to []any, d *provisioning.Delivery, now time.Time) []any {
	e := d.Event
	return append(
		to, d.ID, d.Webhook, string(d.Account), e.ID, e.Type, e.Subject, e.Seq, millis(e.At), string(e.Data), string(d.Origin), d.Trace,
		string(provisioning.DeliveryWaiting), millis(d.Due), int64(0), "", now.UnixMilli(), "[]", []byte{}, []byte{},
	)
}

// claimDeliveries leases deliveries of one webhook: of each subject the oldest that waits, so that what is told of a subject comes in its order. Tests wait
// for nothing, and hold up nothing. With PostgreSQL claimers step over each other's rows.
const claimDeliveries = `UPDATE deliveries SET lease = $1, owner = $2
 WHERE position IN (SELECT d.position FROM deliveries d
  WHERE d.webhook = $3 AND d.state = 'waiting' AND d.due <= $4 AND d.lease <= $4
   AND (d.origin = 'test' OR
    NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = d.webhook AND e.subject = d.subject AND e.state = 'waiting'
     AND e.origin <> 'test' AND e.position < d.position)
    AND NOT EXISTS (SELECT 1 FROM webhook_health h WHERE h.webhook = d.webhook AND h.paused > $4))
  ORDER BY d.due, d.position LIMIT $5 {skip})
 RETURNING ` + readDeliveryColumns

const readDeliveryColumns = `position, id, webhook, account, event, type, subject, seq, at, data, origin, trace, state, due, created, attempts, body, response`

// ClaimDeliveries leases up to limit deliveries of a webhook that are due, for so long, oldest first. One whose lease ran out can be claimed again:
// delivery is at least once.
func (s *Store) ClaimDeliveries(ctx context.Context, webhook string, lease time.Duration, limit int) ([]*provisioning.Delivery, error) {
	var out []*provisioning.Delivery
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		now := t.now.UnixMilli()
		rows, err := t.QueryContext(ctx, t.engine.text(claimDeliveries), t.now.Add(lease).UnixMilli(), s.book.node, webhook, now, limit)
		if err != nil {
			return err
		}
		out, err = scanDeliveries(rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	slices.SortFunc(out, func(a, b *provisioning.Delivery) int { return int(a.Position - b.Position) })
	return out, nil
}

// scanDeliveries reads rows of readDeliveryColumns and closes them.
func scanDeliveries(rows *sql.Rows) ([]*provisioning.Delivery, error) {
	defer rows.Close()
	var out []*provisioning.Delivery
	for rows.Next() {
		var d provisioning.Delivery
		var at, due, created int64
		var data, attempts string
		e := &d.Event
		if err := rows.Scan(&d.Position, &d.ID, &d.Webhook, &d.Account, &e.ID, &e.Type, &e.Subject, &e.Seq, &at, &data, &d.Origin, &d.Trace, &d.State, &due,
			&created, &attempts, &d.Body, &d.Response); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(attempts), &d.Attempts); err != nil {
			return nil, fmt.Errorf("attempts of %s: %w", d.ID, err)
		}
		e.Account, e.At, e.Data, e.Attempt = d.Account, moment(at), json.RawMessage(data), len(d.Attempts)+1
		d.Due, d.Created = moment(due), moment(created)
		out = append(out, &d)
	}
	return out, rows.Err()
}

// EndAttempt writes how an attempt ended, and how its webhook answers now. Of a delivery whose lease went to another node nothing is written.
func (s *Store) EndAttempt(ctx context.Context, end provisioning.DeliveryEnd) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		var subject, origin string
		err := t.QueryRowContext(ctx, `UPDATE deliveries SET state = $1, due = $2, lease = 0, owner = '', attempts = $3, body = $4, response = $5
 WHERE id = $6 AND owner = $7 AND state = 'waiting' RETURNING subject, origin`, string(end.State), millis(end.Due), toJSON(end.Attempts), orEmpty(end.Body),
			orEmpty(end.Response), end.ID, s.book.node).Scan(&subject, &origin)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil || origin == string(provisioning.OfTest) {
			return err
		}
		if end.State == provisioning.DeliveryWaiting {
			// Those behind it wait for it: so nobody looks at them before.
			if _, err := t.ExecContext(ctx, `UPDATE deliveries SET due = $1 WHERE webhook = $2 AND subject = $3 AND state = 'waiting' AND due < $1
 AND origin <> 'test' AND position > (SELECT position FROM deliveries WHERE id = $4)`, millis(end.Due), end.Webhook, subject, end.ID); err != nil {
				return err
			}
		}
		return keepHealth(ctx, t, end.Webhook, end.Health)
	})
	if err != nil {
		return fmt.Errorf("end an attempt: %w", err)
	}
	return nil
}

// orEmpty is never nil, which a database would take for no value.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func keepHealth(ctx context.Context, t tx, webhook string, h provisioning.WebhookHealth) error {
	if h.Failures == 0 {
		return t.delete(ctx, "webhook_health", "webhook", webhook)
	}
	return t.upsert(ctx, "webhook_health", "webhook, failures, since, paused", webhook, int64(h.Failures), millis(h.Since), millis(h.Paused))
}

// WebhookHealth is how a webhook answers.
func (s *Store) WebhookHealth(ctx context.Context, webhook string) (provisioning.WebhookHealth, error) {
	var h provisioning.WebhookHealth
	var since, paused int64
	err := s.db.read.QueryRowContext(ctx, `SELECT failures, since, paused FROM webhook_health WHERE webhook = $1`, webhook).Scan(&h.Failures, &since, &paused)
	if errors.Is(err, sql.ErrNoRows) {
		return provisioning.WebhookHealth{}, nil
	}
	if err != nil {
		return h, fmt.Errorf("read how %s answers: %w", webhook, err)
	}
	h.Since, h.Paused = moment(since), moment(paused)
	return h, nil
}

// WaitingWebhooks are the webhooks for which something waits, each with when the first of it is due, or its lease ends.
func (s *Store) WaitingWebhooks(ctx context.Context) (map[string]time.Time, error) {
	rows, err := s.db.read.QueryContext(ctx, `SELECT webhook, MIN(due) FROM deliveries WHERE state = 'waiting' GROUP BY webhook`)
	if err != nil {
		return nil, fmt.Errorf("find deliveries that wait: %w", err)
	}
	defer rows.Close()
	out := map[string]time.Time{}
	for rows.Next() {
		var id string
		var due int64
		if err := rows.Scan(&id, &due); err != nil {
			return nil, fmt.Errorf("find deliveries that wait: %w", err)
		}
		out[id] = moment(due)
	}
	return out, rows.Err()
}

// NextDelivery is when the next delivery of a webhook falls due, after now; zero: none does.
func (s *Store) NextDelivery(ctx context.Context, webhook string) (time.Time, error) {
	var due sql.NullInt64
	err := s.db.read.QueryRowContext(ctx, `SELECT MIN(due) FROM deliveries WHERE webhook = $1 AND state = 'waiting' AND due > $2`, webhook,
		time.Now().UnixMilli()).Scan(&due)
	if err != nil {
		return time.Time{}, fmt.Errorf("find the next delivery: %w", err)
	}
	return moment(due.Int64), nil
}

// ReleaseDeliveries gives back what a former run of this node had in hand.
func (s *Store) ReleaseDeliveries(ctx context.Context) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		_, err := t.ExecContext(ctx, `UPDATE deliveries SET lease = 0, owner = '' WHERE owner = $1 AND state = 'waiting'`, s.book.node)
		return err
	})
	if err != nil {
		return fmt.Errorf("give deliveries back: %w", err)
	}
	return nil
}

// DropDeliveries gives up what waits for a webhook that is disabled or gone, but tests.
func (s *Store) DropDeliveries(ctx context.Context, webhook string) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		_, err := t.ExecContext(ctx, `UPDATE deliveries SET state = 'dropped', lease = 0, owner = '' WHERE webhook = $1 AND state = 'waiting' AND origin <> 'test'`, webhook)
		if err != nil {
			return err
		}
		return t.delete(ctx, "webhook_health", "webhook", webhook)
	})
	if err != nil {
		return fmt.Errorf("drop deliveries: %w", err)
	}
	return nil
}
