package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/provisioning"
)

// Audit implements provisioning.AuditLog.
func (s *Store) Audit(ctx context.Context, f provisioning.AuditFilter) (provisioning.AuditPage, error) {
	limit := usualPage
	if f.Limit > 0 {
		limit = min(f.Limit, longestPage)
	}
	c := clause{}
	for _, x := range []struct{ column, value string }{
		{"record", f.Record},
		{"account", string(f.Account)},
		{"kind", string(f.Kind)},
		{"actor", f.Actor},
	} {
		if x.value != "" {
			c.add(x.column+" = ?", x.value)
		}
	}
	if !f.Since.IsZero() {
		c.add("at >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		c.add("at < ?", f.Until.UnixMilli())
	}
	if f.Before > 0 {
		c.add("id < ?", f.Before)
	}
	text := `SELECT id, at, actor, account, verb, kind, record, name, fields FROM audit` + where(c) + ` ORDER BY id DESC LIMIT ` + c.mark(limit+1)
	var page provisioning.AuditPage
	err := each(ctx, s.db.read, text, c.args, func(r *sql.Rows) error {
		var e provisioning.AuditEntry
		var at int64
		var fields string
		if err := r.Scan(&e.ID, &at, &e.Actor, &e.Account, &e.Verb, &e.Kind, &e.Record, &e.Name, &fields); err != nil {
			return err
		}
		e.At = moment(at)
		page.Entries = append(page.Entries, e)
		return json.Unmarshal([]byte(fields), &page.Entries[len(page.Entries)-1].Fields)
	})
	if err != nil {
		return page, fmt.Errorf("list the audit log: %w", err)
	}
	if len(page.Entries) > limit {
		page.Entries = page.Entries[:limit]
		page.Next = page.Entries[limit-1].ID
	}
	return page, nil
}

// NoteAudit implements provisioning.AuditLog.
func (s *Store) NoteAudit(ctx context.Context, e *provisioning.AuditEntry) error {
	if err := s.writer.do(ctx, func(ctx context.Context, t tx) error { return auditEntry(ctx, t, *e) }); err != nil {
		return fmt.Errorf("note in the audit log: %w", err)
	}
	return nil
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
	} {
		if err := s.db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+q.table).Scan(q.to); err != nil {
			return c, fmt.Errorf("count: %w", err)
		}
	}
	var err error
	if c.EventsDue, err = s.EventsDue(ctx); err != nil {
		return c, err
	}
	const events = `SELECT COALESCE(SUM(count), 0) FROM events`
	if err = s.db.read.QueryRowContext(ctx, events).Scan(&c.Events); err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

// EventsDue is how many events a webhook still waits for.
func (s *Store) EventsDue(ctx context.Context) (int64, error) {
	var n int64
	if err := s.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count deliveries: %w", err)
	}
	return n, nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.read.PingContext(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}
