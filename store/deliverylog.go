package store

import (
	"context"
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
	handed, err := s.handed(ctx)
	if err != nil {
		return nil, err
	}
	f := provisioning.EventFilter{Before: handed + 1, Account: r.Webhook.Account, Limit: longestRun}
	if f.After, err = s.EventsSince(ctx, r.Since); err != nil {
		return nil, err
	}
	var out []provisioning.Event
	for page := (provisioning.EventPage{More: true}); page.More; f.After = page.Last {
		if page, err = s.Events(ctx, f); err != nil {
			return nil, err
		}
		for _, e := range page.Events {
			if !bool(r.Wants(e.Type)) {
				continue
			}
			if len(out) == r.Most {
				return nil, provisioning.ErrTooMany
			}
			out = append(out, e)
		}
	}
	return out, nil
}
