package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"tandem/messaging"
)

// Recover implements messaging.Store.
func (m *Messages) Recover(ctx context.Context, policy func(messaging.Route) messaging.InDoubt) (messaging.Recovered, error) {
	var out messaging.Recovered
	err := m.change(ctx, func(ctx context.Context, g *changes) error {
		out = messaging.Recovered{}
		ids, err := g.abandoned(ctx)
		if err != nil {
			return err
		}
		if err = g.load(ctx, ids); err != nil {
			return err
		}
		for _, id := range ids {
			d := g.on[id.(int64)]
			if d == nil {
				continue
			}
			if policy(d.route) == messaging.InDoubtRetry {
				out.Again++
				g.end(d, &messaging.Outcome{Result: messaging.ResultAgain, Repeat: true})
			} else {
				out.InDoubt++
				g.end(d, &messaging.Outcome{Result: messaging.ResultUnknown})
			}
		}
		return nil
	})
	if err != nil {
		return messaging.Recovered{}, fmt.Errorf("recover deliveries of messages: %w", err)
	}
	return out, nil
}

// abandoned are the deliveries that a former process of this node had under way, or anybody whose lease ran out.
func (g *changes) abandoned(ctx context.Context) ([]any, error) {
	const text = `SELECT id, owner, lease FROM message_deliveries WHERE state = 'submitting' ORDER BY id`
	var out []any
	err := each(ctx, g.t, text, nil, func(r *sql.Rows) error {
		var id, lease int64
		var owner string
		err := r.Scan(&id, &owner, &lease)
		former := strings.HasPrefix(owner, g.m.store.book.node+lifeMark)
		if owner != g.m.life && former || lease < g.t.now.UnixMilli() {
			out = append(out, id)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find what was under way: %w", err)
	}
	return out, nil
}

// Expire implements messaging.Waker.
func (m *Messages) Expire(ctx context.Context, limit int) (int, error) {
	n := 0
	err := m.change(ctx, func(ctx context.Context, g *changes) error {
		const text = `SELECT id FROM message_deliveries WHERE state = 'waiting' AND until > 0 AND until <= $1 ORDER BY until LIMIT $2 {skip}`
		var ids []any
		err := each(ctx, g.t, g.t.engine.text(text), []any{g.t.now.UnixMilli(), int64(limit)}, func(r *sql.Rows) error {
			var id int64
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return err
		}
		if err = g.load(ctx, ids); err != nil {
			return err
		}
		n = len(ids)
		for _, id := range ids {
			g.becomes(g.on[id.(int64)], sendFailed, messaging.ReasonExpired)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("expire deliveries of messages: %w", err)
	}
	return n, nil
}

// Due implements messaging.Waker. What waits behind something that is under way is due when that is over, of which OnDeliveries tells.
func (m *Messages) Due(ctx context.Context, r messaging.Route) (time.Time, error) {
	const text = `SELECT COALESCE(MIN(due), 0) FROM (SELECT d.due FROM message_deliveries d WHERE d.route = $1 AND d.state = 'waiting' AND d.head
 AND NOT EXISTS (SELECT 1 FROM message_deliveries e WHERE e.lane = d.lane AND e.state = 'submitting') ORDER BY d.due LIMIT 1) f`
	var due int64
	if err := m.store.db.read.QueryRowContext(ctx, text, string(r)).Scan(&due); err != nil {
		return time.Time{}, fmt.Errorf("find the next delivery of a message: %w", err)
	}
	return moment(due), nil
}

// Waiting counts the deliveries of a route that nobody has carried out yet.
func (m *Messages) Waiting(ctx context.Context, r messaging.Route) (int, error) {
	var n int
	const text = `SELECT COUNT(*) FROM message_deliveries WHERE state = 'waiting' AND until > 0 AND route = $1`
	if err := m.store.db.read.QueryRowContext(ctx, text, string(r)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the deliveries that wait: %w", err)
	}
	return n, nil
}

// hastened is when a delivery that is under way is due, should it have to be tried again: at once. Somebody came back after it had begun.
const hastened = int64(0)

// Hasten implements messaging.Waker.
func (m *Messages) Hasten(ctx context.Context, lane string) error {
	var routes []messaging.Route
	err := m.store.writer.do(ctx, func(ctx context.Context, t tx) error {
		routes = nil
		if _, err := m.last(ctx, t); err != nil { // What ends meanwhile is written before, or sees this.
			return err
		}
		const under = `UPDATE message_deliveries SET due = $1 WHERE lane = $2 AND state = 'submitting'`
		if _, err := t.ExecContext(ctx, under, hastened, text(lane)); err != nil {
			return err
		}
		const sooner = `UPDATE message_deliveries SET due = $1 WHERE lane = $2 AND state = 'waiting' AND due > $1 RETURNING route`
		return each(ctx, t, sooner, []any{t.now.UnixMilli(), text(lane)}, func(r *sql.Rows) error {
			var route messaging.Route
			err := r.Scan(&route)
			routes = append(routes, route)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("hasten deliveries of messages: %w", err)
	}
	told := map[messaging.Route]bool{}
	for _, r := range routes {
		if !told[r] {
			m.wakes.tell(r)
		}
		told[r] = true
	}
	return nil
}

// heed tells of routes that have something due, which another node may have written.
func (m *Messages) look(ctx context.Context) error {
	const text = `SELECT route FROM message_deliveries WHERE state = 'waiting' AND head AND due <= $1 GROUP BY route`
	return each(ctx, m.store.db.read, text, []any{time.Now().UnixMilli()}, func(r *sql.Rows) error {
		var route messaging.Route
		err := r.Scan(&route)
		if err == nil {
			m.wakes.tell(route)
		}
		return err
	})
}
