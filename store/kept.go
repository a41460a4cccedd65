package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// Secret gives 32 random bytes under a name: made when it is first asked for, and the same ever after, on every node.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	const find = `SELECT value FROM secrets WHERE name = $1`
	var value []byte
	err := s.db.read.QueryRowContext(ctx, find, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		made := make([]byte, 32)
		_, _ = rand.Read(made) // Never fails: crypto/rand ends the process instead.
		err = s.writer.do(ctx, func(ctx context.Context, t tx) error {
			_, failed := t.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, made)
			if failed != nil {
				return failed
			}
			return t.QueryRowContext(ctx, find, name).Scan(&value)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return value, nil
}

// Remember keeps an answer under a key until a time; of two under one key the first stays, until it has run out.
func (s *Store) Remember(ctx context.Context, key string, answer []byte, until time.Time) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO remembered (key, until, answer) VALUES ($1, $2, $3)
 ON CONFLICT (key) DO UPDATE SET until = excluded.until, answer = excluded.answer WHERE remembered.until <= $4`,
			key, until.UnixMilli(), answer, t.now.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("remember an answer: %w", err)
	}
	return nil
}

// Recall gives what is kept under a key and has not run out; nil: nothing.
func (s *Store) Recall(ctx context.Context, key string) ([]byte, error) {
	var answer []byte
	const find = `SELECT answer FROM remembered WHERE key = $1 AND until > $2`
	err := s.db.read.QueryRowContext(ctx, find, key, time.Now().UnixMilli()).Scan(&answer)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("recall an answer: %w", err)
	}
	return answer, nil
}

// KeysUsed keeps when API keys were last shown, by their id; an earlier time than the one that is kept changes nothing.
func (s *Store) KeysUsed(ctx context.Context, last map[string]time.Time) error {
	if len(last) == 0 {
		return nil
	}
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		for id, at := range last {
			_, err := t.ExecContext(ctx, `INSERT INTO key_use (key_id, at) VALUES ($1, $2)
 ON CONFLICT (key_id) DO UPDATE SET at = excluded.at WHERE key_use.at < excluded.at`, id, at.UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the use of keys: %w", err)
	}
	return nil
}

// KeyUse says when API keys were last shown, by their id; those that never were are left out.
func (s *Store) KeyUse(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := each(ctx, s.db.read, `SELECT key_id, at FROM key_use`, nil, func(r *sql.Rows) error {
		var id string
		var at int64
		err := r.Scan(&id, &at)
		out[id] = moment(at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the use of keys: %w", err)
	}
	return out, nil
}

// StatusHistory implements provisioning.StatusLog.
func (s *Store) StatusHistory(ctx context.Context, f provisioning.StatusFilter) ([]routing.StatusChange, error) {
	const columns = `h.id, h.account, h.user_id, h.at, h.status, h.reason, h.device, h.call_id`
	who, before := clause{}, clause{}
	if f.Account != "" {
		who.add("h.account = ?", string(f.Account))
	}
	if f.User != "" {
		who.add("h.user_id = ?", string(f.User))
	}
	during := clause{where: append([]string{}, who.where...), args: append([]any{}, who.args...)}
	if !f.Since.IsZero() {
		during.add("h.at >= ?", f.Since.UnixMilli())
		before = clause{where: append([]string{}, who.where...), args: append([]any{}, who.args...)}
		before.add("h.at < ?", f.Since.UnixMilli())
		before.add("h.id = (SELECT l.id FROM status_history l WHERE l.user_id = h.user_id AND l.at < ? ORDER BY l.at DESC, l.id DESC LIMIT 1)", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		during.add("h.at < ?", f.Until.UnixMilli())
	}
	var out []routing.StatusChange
	read := func(c clause) error {
		return each(ctx, s.db.read, `SELECT `+columns+` FROM status_history h`+where(c)+` ORDER BY h.user_id, h.id`, c.args, func(r *sql.Rows) error {
			var x routing.StatusChange
			var id, at int64
			err := r.Scan(&id, &x.Account, &x.User, &at, &x.Status, &x.Reason, &x.Device, &x.Call)
			x.At = moment(at)
			out = append(out, x)
			return err
		})
	}
	err := read(during)
	if err == nil && len(before.where) > 0 {
		late := out
		out = nil
		if err = read(before); err == nil {
			out = merge(out, late)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read what users were doing: %w", err)
	}
	return out, nil
}

// merge puts what each user was doing before in front of what they did then; both are in the order of users.
func merge(before, during []routing.StatusChange) []routing.StatusChange {
	out := make([]routing.StatusChange, 0, len(before)+len(during))
	for _, b := range before {
		for len(during) > 0 && during[0].User < b.User {
			out, during = append(out, during[0]), during[1:]
		}
		out = append(out, b)
	}
	return append(out, during...)
}
