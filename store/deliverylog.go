package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// Deliveries lists deliveries of a webhook, newest first.
func (s *Store) Deliveries(ctx context.Context, f provisioning.DeliveryFilter) ([]*provisioning.Delivery, error) {
	text := `SELECT ` + readDeliveryColumns + ` FROM deliveries WHERE webhook = $1 AND ($2 = '' OR state = $2) AND position < $3
 ORDER BY position DESC LIMIT $4`
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := s.db.read.QueryContext(ctx, text, f.Webhook, string(f.State), before, max(f.Limit, 1))
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	out, err := scanDeliveries(rows)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return out, nil
}

// Delivery reads one delivery of a webhook. It fails with ErrNotFound.
func (s *Store) Delivery(ctx context.Context, webhook, id string) (*provisioning.Delivery, error) {
	rows, err := s.db.read.QueryContext(ctx, `SELECT `+readDeliveryColumns+` FROM deliveries WHERE webhook = $1 AND id = $2`, webhook, id)
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", id, err)
	}
	out, err := scanDeliveries(rows)
	if err != nil {
		return nil, fmt.Errorf("read delivery %s: %w", id, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("delivery %s: %w", id, provisioning.ErrNotFound)
	}
	return out[0], nil
}

// AddDeliveries makes deliveries that are due at once: tests, and what is sent again.
func (s *Store) AddDeliveries(ctx context.Context, all []*provisioning.Delivery) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		var rows []any
		for _, d := range all {
			d.Due, d.Created, d.State = t.now, t.now, provisioning.DeliveryWaiting
			rows = appendDelivery(rows, d, t.now)
		}
		return s.book.deliveries.insert(ctx, t, rows)
	})
	if err != nil {
		return fmt.Errorf("add deliveries: %w", err)
	}
	return nil
}

// Replay sends a webhook again what the account was told of since a moment, in the order in which it was written, and says how many events those are.
// More than most are refused with provisioning.ErrTooMany, and none is sent.
func (s *Store) Replay(ctx context.Context, r provisioning.Replay) (int, error) {
	events, err := s.writtenSince(ctx, r)
	if err != nil {
		return 0, fmt.Errorf("replay: %w", err)
	}
	all := make([]*provisioning.Delivery, 0, len(events))
	for _, e := range events {
		all = append(all, &provisioning.Delivery{
			ID: routing.NewID("whd", time.Now()), Webhook: r.Webhook.ID, Account: e.Account, Event: e, Origin: provisioning.OfReplay, Trace: r.Trace,
		})
	}
	return len(all), s.AddDeliveries(ctx, all)
}

// writtenSince reads the events that webhooks were told of, in the order in which they were written.
func (s *Store) writtenSince(ctx context.Context, r provisioning.Replay) ([]provisioning.Event, error) {
	rows, err := s.db.read.QueryContext(ctx, `SELECT id, type, account, subject, seq, at, data FROM outbox WHERE account = $1 AND due >= $2 AND done
 ORDER BY due, subject, seq`, string(r.Webhook.Account), millis(r.Since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []provisioning.Event
	for rows.Next() {
		var e provisioning.Event
		var at int64
		var data string
		if err := rows.Scan(&e.ID, &e.Type, &e.Account, &e.Subject, &e.Seq, &at, &data); err != nil {
			return nil, err
		}
		if !bool(r.Wants(e.Type)) {
			continue
		}
		if len(out) == r.Most {
			return nil, provisioning.ErrTooMany
		}
		e.At, e.Data = moment(at), json.RawMessage(data)
		out = append(out, e)
	}
	return out, rows.Err()
}
