package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"tandem/routing"
)

// What is remembered of who spoke to whom.
const (
	knownDays = 90
	mostKnown = 500_000 // the latest, in memory: 100 bytes each
)

// laterKnown lets a later conversation take the place of an earlier one.
const laterKnown = `(account, caller) DO UPDATE SET user_id = excluded.user_id, at = excluded.at WHERE acquaintances.at < excluded.at`

// known is who spoke to whom last. A call asks it before it is answered, so it lies in memory.
type known struct {
	mu  sync.RWMutex
	all map[pair]meeting
}

type pair struct {
	account routing.AccountID
	caller  routing.E164
}

type meeting struct {
	at   int64 // Unix milliseconds
	user routing.UserID
}

// meetingOf is who spoke to whom in a call: a person outside with a user; false: nobody did.
func meetingOf(c *routing.CallRecord) (pair, meeting, bool) {
	caller := c.From
	if c.Direction == routing.Outbound {
		caller = c.To
	}
	spoke := c.Direction != routing.Internal && !c.AnsweredAt.IsZero() && c.User != "" && caller != "" && !c.Anonymous
	return pair{c.Account, routing.E164(caller)}, meeting{millis(c.AnsweredAt), c.User}, spoke
}

// met remembers who spoke in a call that is over.
func (k *known) met(c *routing.CallRecord) {
	p, m, spoke := meetingOf(c)
	if !spoke {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all[p].at > m.at {
		return
	}
	if len(k.all) >= mostKnown {
		for one := range k.all { // Any: which is left out then hardly matters.
			delete(k.all, one)
			break
		}
	}
	k.all[p] = m
}

// Last implements routing.Acquaintances.
func (s *Store) Last(account routing.AccountID, caller routing.E164) (at time.Time, user routing.UserID) {
	s.known.mu.RLock()
	m := s.known.all[pair{account, caller}]
	s.known.mu.RUnlock()
	if m.at < time.Now().Add(-knownDays*24*time.Hour).UnixMilli() {
		return time.Time{}, ""
	}
	return moment(m.at), m.user
}

// knownRows are the rows of who spoke in calls, each pair once, as it was last.
func knownRows(ended []finished) []any {
	last := map[pair]meeting{}
	for _, f := range ended {
		if p, m, spoke := meetingOf(f.call); spoke && last[p].at <= m.at {
			last[p] = m
		}
	}
	out := make([]any, 0, 4*len(last))
	for p, m := range last {
		out = append(out, string(p.account), string(p.caller), string(m.user), m.at)
	}
	return out
}

// loadKnown reads who spoke to whom lately.
func (s *Store) loadKnown(ctx context.Context) (*known, error) {
	k := &known{all: map[pair]meeting{}}
	const text = `SELECT account, caller, user_id, at FROM acquaintances WHERE at >= $1 ORDER BY at DESC LIMIT $2`
	since := time.Now().Add(-knownDays * 24 * time.Hour).UnixMilli()
	err := each(ctx, s.db.read, text, []any{since, mostKnown}, func(r *sql.Rows) error {
		var p pair
		var m meeting
		err := r.Scan(&p.account, &p.caller, &m.user, &m.at)
		k.all[p] = m
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who spoke to whom: %w", err)
	}
	return k, nil
}

// learn takes in what other nodes heard since.
func (s *Store) learn(ctx context.Context, since time.Time) error {
	const text = `SELECT account, caller, user_id, at FROM acquaintances WHERE at >= $1 ORDER BY at DESC LIMIT $2`
	return each(ctx, s.db.read, text, []any{since.UnixMilli(), mostKnown}, func(r *sql.Rows) error {
		var p pair
		var m meeting
		if err := r.Scan(&p.account, &p.caller, &m.user, &m.at); err != nil {
			return err
		}
		s.known.mu.Lock()
		defer s.known.mu.Unlock()
		if s.known.all[p].at < m.at {
			s.known.all[p] = m
		}
		return nil
	})
}
