package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"tandem/provisioning"
)

// Audit lists the newest entries of the audit log first; before is the id to go on from, 0 at first; limit is 1 to 200, 0 is 50.
func (s *Store) Audit(ctx context.Context, before int64, limit int) ([]provisioning.AuditEntry, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if limit <= 0 {
		limit = usualPage
	}
	rows, err := s.db.read.QueryContext(ctx, `SELECT id, at, actor, account, verb, kind, record, name, fields FROM audit WHERE id < $1
 ORDER BY id DESC LIMIT $2`, before, min(limit, longestPage))
	if err != nil {
		return nil, fmt.Errorf("list the audit log: %w", err)
	}
	defer rows.Close()
	var out []provisioning.AuditEntry
	for rows.Next() {
		var e provisioning.AuditEntry
		var at int64
		var fields string
		err := rows.Scan(&e.ID, &at, &e.Actor, &e.Account, &e.Verb, &e.Kind, &e.Record, &e.Name, &fields)
		if err == nil {
			err = json.Unmarshal([]byte(fields), &e.Fields)
		}
		if err != nil {
			return nil, fmt.Errorf("list the audit log: %w", err)
		}
		e.At = moment(at)
		out = append(out, e)
	}
	return out, rows.Err()
}

// Counts says how many of each thing there are. With a long log of calls it takes its time.
func (s *Store) Counts(ctx context.Context) (provisioning.Counts, error) {
	var c provisioning.Counts
	for _, q := range []struct {
		table string
		to    any
	}{
		{"accounts", &c.Accounts},
		{"users", &c.Users},
		{"devices", &c.Devices},
		{"teams", &c.Teams},
		{"numbers", &c.Numbers},
		{"trunks", &c.Trunks},
		{"flows", &c.Flows},
		{"audio", &c.Audio},
		{"calls", &c.Calls},
		{"deliveries WHERE state = 'waiting'", &c.EventsDue},
	} {
		if err := s.db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+q.table).Scan(q.to); err != nil {
			return c, fmt.Errorf("count: %w", err)
		}
	}
	const events = `SELECT COALESCE(SUM(count), 0) FROM events`
	if err := s.db.read.QueryRowContext(ctx, events).Scan(&c.Events); err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.read.PingContext(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}
