package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// FanOut makes deliveries of up to limit events that webhooks have not been told of, oldest first, for each webhook that wants them, in one transaction
// with the mark that they were taken: whatever ends this process, no event is lost, and none makes two deliveries.
func (s *Store) FanOut(ctx context.Context, limit int) (provisioning.FanOut, error) {
	var out provisioning.FanOut
	if len(s.snapshot.Load().state.Webhooks) == 0 {
		return out, nil // The first that is made begins where the log ends then.
	}
	handed, err := s.handed(ctx)
	if err != nil {
		return out, err
	}
	last, err := s.LastPos(ctx)
	if err != nil || last <= handed {
		return out, err
	}
	err = s.writer.do(ctx, func(ctx context.Context, t tx) (err error) {
		out, err = s.fanOut(ctx, t, limit)
		return err
	})
	if err != nil {
		return provisioning.FanOut{}, fmt.Errorf("hand events to webhooks: %w", err)
	}
	return out, nil
}

func (s *Store) fanOut(ctx context.Context, t tx, limit int) (provisioning.FanOut, error) {
	var out provisioning.FanOut
	var handed int64
	// Who holds the row hands events out alone: those of one subject keep their order.
	if err := t.QueryRowContext(ctx, `UPDATE meta SET value = value WHERE key = 'webhooks' RETURNING value`).Scan(&handed); err != nil {
		return out, err
	}
	// The place comes before the webhooks: one that is made meanwhile hears of something from before it, and misses nothing.
	last, err := s.LastPos(ctx)
	if err != nil {
		return out, err
	}
	hooks, err := readWebhooks(ctx, t.Tx)
	page := provisioning.EventPage{Last: last}
	if err == nil && len(hooks) > 0 { // Where nobody listens any more nothing is read.
		page, err = s.Events(ctx, provisioning.EventFilter{After: handed, Before: last + 1, Limit: limit})
	}
	if err != nil || page.Last <= handed {
		return out, err
	}
	if _, err = t.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE key = 'webhooks'`, page.Last); err != nil {
		return out, err
	}
	byAccount := map[routing.AccountID][]*provisioning.Webhook{}
	for _, w := range hooks {
		byAccount[w.Account] = append(byAccount[w.Account], w)
	}
	var rows []any
	told := map[string]bool{}
	for _, e := range page.Events {
		for _, w := range byAccount[e.Account] {
			if !bool(w.Wants(e.Type)) {
				continue
			}
			told[w.ID] = true
			rows = appendDelivery(rows, &provisioning.Delivery{
				ID: routing.NewID("whd", t.now), Webhook: w.ID, Account: w.Account, Event: e, Origin: provisioning.OfEvent, Due: t.now,
			}, t.now)
		}
	}
	out.Taken = int(page.Last - handed)
	for id := range told {
		out.Webhooks = append(out.Webhooks, id)
	}
	return out, s.book.deliveries.insert(ctx, t, rows)
}

// beginWebhooks lets the first webhook begin at the end of the log: what was written while there was none was handed to nobody.
func beginWebhooks(ctx context.Context, t tx) error {
	_, err := t.ExecContext(ctx, `UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'event') WHERE key = 'webhooks'
 AND NOT EXISTS (SELECT 1 FROM documents WHERE kind = 'webhook')`)
	return err
}

// handed is the place up to which events were handed to webhooks.
func (s *Store) handed(ctx context.Context) (int64, error) {
	var pos int64
	if err := s.db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'webhooks'`).Scan(&pos); err != nil {
		return 0, fmt.Errorf("hand events to webhooks: %w", err)
	}
	return pos, nil
}

// readWebhooks reads the webhooks of every account.
func readWebhooks(ctx context.Context, t *sql.Tx) ([]*provisioning.Webhook, error) {
	var out []*provisioning.Webhook
	err := each(ctx, t, `SELECT body, secrets FROM documents WHERE kind = 'webhook' ORDER BY id`, nil, func(r *sql.Rows) error {
		var body, secrets string
		if err := r.Scan(&body, &secrets); err != nil {
			return err
		}
		w := &provisioning.Webhook{}
		out = append(out, w)
		return readDocument(w, body, secrets)
	})
	return out, err
}

// Webhook reads one webhook. It fails with ErrNotFound.
func (s *Store) Webhook(ctx context.Context, id string) (*provisioning.Webhook, error) {
	var body, secrets string
	err := s.db.read.QueryRowContext(ctx, `SELECT body, secrets FROM documents WHERE id = $1 AND kind = 'webhook'`, id).Scan(&body, &secrets)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("webhook %s: %w", id, ErrNotFound)
	}
	w := &provisioning.Webhook{}
	if err == nil {
		err = readDocument(w, body, secrets)
	}
	if err != nil {
		return nil, fmt.Errorf("read webhook %s: %w", id, err)
	}
	return w, nil
}

// SigningSecrets are the secrets that sign what flows of an account ask outside, the present one first; the first is made when it is first asked for.
func (s *Store) SigningSecrets(ctx context.Context, account routing.AccountID) ([]provisioning.Secret, error) {
	var secret, former string
	var until int64
	read := func() error {
		return s.db.read.QueryRowContext(ctx, `SELECT secret, former, until FROM signing WHERE account = $1`, string(account)).Scan(&secret, &former, &until)
	}
	err := read()
	if errors.Is(err, sql.ErrNoRows) {
		err = s.writer.do(ctx, func(ctx context.Context, t tx) (err error) {
			_, err = t.ExecContext(ctx, `INSERT INTO signing (account, secret, former, until) VALUES ($1, $2, '', 0) ON CONFLICT DO NOTHING`,
				string(account), string(provisioning.NewWebhookSecret()))
			return err
		})
		if err == nil {
			err = read()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read what signs for %s: %w", account, err)
	}
	out := []provisioning.Secret{provisioning.Secret(secret)}
	if former != "" && time.Now().UnixMilli() < until {
		out = append(out, provisioning.Secret(former))
	}
	return out, nil
}

// RotateSigning gives an account a new secret that signs what its flows ask outside; the present one goes on signing until then.
func (s *Store) RotateSigning(ctx context.Context, account routing.AccountID, until time.Time) (provisioning.Secret, error) {
	next := provisioning.NewWebhookSecret()
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO signing (account, secret, former, until) VALUES ($1, $2, '', 0)
 ON CONFLICT (account) DO UPDATE SET former = signing.secret, until = $3, secret = excluded.secret`, string(account), string(next), until.UnixMilli())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("change what signs for %s: %w", account, err)
	}
	return next, nil
}
