package store

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/messaging"
)

// MessageFigures counts what is on its way.
type MessageFigures struct {
	Waiting map[messaging.Route]int64 // deliveries that are to be carried out, or are under way, by route
	InDoubt int64                     // messages that were perhaps sent
}

// Figures counts what is on its way, of all accounts.
func (m *Messages) Figures(ctx context.Context) (MessageFigures, error) {
	out := MessageFigures{Waiting: map[messaging.Route]int64{}}
	// The conditions are those of the indexes, word by word, so that they are used.
	const waiting = `SELECT route, COUNT(*) FROM message_deliveries WHERE state = 'waiting' OR state = 'submitting' GROUP BY route`
	err := each(ctx, m.store.db.read, waiting, nil, func(r *sql.Rows) error {
		var route messaging.Route
		var n int64
		err := r.Scan(&route, &n)
		out.Waiting[route] = n
		return err
	})
	if err == nil {
		const doubt = `SELECT COUNT(*) FROM messages WHERE (state = 'failed' OR state = 'unknown') AND state = 'unknown'`
		err = m.store.db.read.QueryRowContext(ctx, doubt).Scan(&out.InDoubt)
	}
	if err != nil {
		return out, fmt.Errorf("count messages: %w", err)
	}
	return out, nil
}
