package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// What is kept, and how often that is looked after.
const (
	pollEvery    = time.Second // for what another node changed
	tidyEvery    = time.Minute
	ladderDays   = 7
	ladderCalls  = 200_000 // the newest ones have a ladder
	eventDays    = 30
	deliveryDays = 30
	tidyAtOnce   = 2000
	millisPerDay = int64(24 * time.Hour / time.Millisecond)
)

// Snapshot implements routing.Directory: the present state for the switchboard; it never blocks.
func (s *Store) Snapshot() *routing.Snapshot { return s.snapshot.Load().snapshot }

// Post implements messaging.Directory: the present state for the SMS switchboard; it never blocks.
func (s *Store) Post() *messaging.Snapshot { return s.snapshot.Load().post }

// OnChange calls f after each swap of the snapshot, from a goroutine of the store, until stop is called. f must not wait for another change.
func (s *Store) OnChange(f func()) (stop func()) {
	return s.changes.add(f)
}

// reload reads the state from the database and shows it.
func (s *Store) reload(ctx context.Context) error {
	st, err := s.readState(ctx)
	if err != nil {
		return err
	}
	return s.show(ctx, st)
}

// show makes a state the present one where it is newer, and tells the listeners.
func (s *Store) show(ctx context.Context, st *provisioning.State) error {
	prior, before := provisioning.Prior{}, provisioning.PriorPost{}
	if old := s.snapshot.Load(); old != nil {
		prior, before = provisioning.Prior{State: old.state, Snapshot: old.snapshot}, provisioning.PriorPost{State: old.state, Post: old.post}
	}
	snapshot, err := st.SnapshotAfter(prior, time.Now())
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "part of the state cannot be used", slog.Any("err", err))
	}
	sounds := map[flow.AudioID]string{}
	next := &view{version: st.Version, state: st, snapshot: snapshot, post: st.Post(before), audio: sounds}
	for _, a := range st.Audio {
		path, err := s.copyAudio(ctx, a)
		if err != nil {
			return err
		}
		sounds[a.ID] = path
	}
	for {
		old := s.snapshot.Load()
		if old != nil && old.version >= next.version {
			return nil
		}
		if s.snapshot.CompareAndSwap(old, next) {
			break
		}
	}
	s.changes.tell()
	return nil
}

// AudioFile is the path of a sound of an account's library on this machine; empty when there is no such sound.
func (s *Store) AudioFile(id flow.AudioID) string { return s.snapshot.Load().audio[id] }

// copyAudio keeps a copy of a sound beside the database, named for its content, so that it is read like any other file.
func (s *Store) copyAudio(ctx context.Context, a *provisioning.Audio) (string, error) {
	dir := filepath.Join(s.dir, "audio")
	path := filepath.Join(dir, a.SHA256+".wav")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	var content []byte
	err := s.db.read.QueryRowContext(ctx, `SELECT content FROM audio WHERE id = $1`, string(a.ID)).Scan(&content)
	if err != nil {
		return "", fmt.Errorf("read sound %s: %w", a.ID, err)
	}
	if err = os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("copy sound: %w", err)
	}
	// A name of its own, then the right one: nobody ever reads half a sound.
	f, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return "", fmt.Errorf("copy sound: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("copy sound: %w", err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return "", fmt.Errorf("copy sound: %w", err)
	}
	return path, nil
}

// keep looks after what other nodes change and what is old, until stop.
func (s *Store) keep(ctx context.Context) {
	poll, tidy := time.NewTicker(pollEvery), time.NewTicker(tidyEvery)
	defer poll.Stop()
	defer tidy.Stop()
	away := false
	seen, heard := int64(0), time.Now()
	for {
		var err error
		select {
		case <-s.stop:
			return
		case <-poll.C:
			if s.db.engine.shared {
				err = errors.Join(s.look(ctx), s.listen(ctx, &seen), s.messages.look(ctx))
			}
		case <-tidy.C:
			err = s.tidy(ctx)
			if s.db.engine.shared {
				since := heard.Add(-tidyEvery) // What was said a moment ago may be written a moment later.
				heard = time.Now()
				err = errors.Join(err, s.learn(ctx, since))
			}
		}
		if err != nil && !away {
			s.log.LogAttrs(ctx, slog.LevelWarn, "the records cannot be looked after", slog.Any("err", err))
		}
		away = err != nil
	}
}

// listen tells whoever waits for events of those that another node wrote.
func (s *Store) listen(ctx context.Context, seen *int64) error {
	ctx, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	last, err := s.LastPos(ctx)
	if err == nil && last > *seen {
		*seen = last
		s.events.waiting.tell()
	}
	return err
}

// look reloads the state where another node changed it.
func (s *Store) look(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	if version <= s.snapshot.Load().version {
		return nil
	}
	return s.reload(ctx)
}

// tidy deletes what is too old, a little at a time.
func (s *Store) tidy(ctx context.Context) error {
	s.writer.recent.forget(time.Now().AddDate(0, 0, -eventDays))
	return s.writer.do(ctx, func(ctx context.Context, t tx) error {
		now := t.now.UnixMilli()
		for _, q := range []struct {
			text string
			args []any
		}{
			{`DELETE FROM ladder WHERE at < $1 AND call_id IN (SELECT call_id FROM ladder ORDER BY call_id LIMIT $2)`, []any{now - ladderDays*millisPerDay, tidyAtOnce}},
			{`DELETE FROM ladder WHERE call_id IN (SELECT call_id FROM ladder WHERE call_id <
 (SELECT call_id FROM ladder ORDER BY call_id DESC LIMIT 1 OFFSET $1) LIMIT $2)`, []any{ladderCalls, 10 * tidyAtOnce}},
			{`DELETE FROM events WHERE pos IN (SELECT pos FROM events WHERE at < $1 ORDER BY at LIMIT $2)`, []any{now - eventDays*millisPerDay, tidyAtOnce}},
			{
				`DELETE FROM deliveries WHERE created < $1 AND position IN (SELECT position FROM deliveries ORDER BY position LIMIT $2)`,
				[]any{now - deliveryDays*millisPerDay, tidyAtOnce},
			},
			{`DELETE FROM remembered WHERE key IN (SELECT key FROM remembered WHERE until < $1 ORDER BY until LIMIT $2)`, []any{now, tidyAtOnce}},
			{`DELETE FROM acquaintances WHERE at < $1`, []any{now - knownDays*millisPerDay}},
			{`DELETE FROM message_keys WHERE name IN (SELECT name FROM message_keys WHERE until < $1 ORDER BY until LIMIT $2)`, []any{now, 10 * tidyAtOnce}},
			{
				`DELETE FROM message_prints WHERE until < $1 AND print IN (SELECT print FROM message_prints WHERE until < $2 ORDER BY until LIMIT $3)`,
				[]any{now, now, 10 * tidyAtOnce},
			},
			{`DELETE FROM message_receipts WHERE until < $1`, []any{now}},
			{
				`DELETE FROM message_submits WHERE delivery IN (SELECT id FROM message_deliveries WHERE ended > 0 AND ended < $1 ORDER BY ended LIMIT $2)`,
				[]any{now - deliveryDays*millisPerDay, tidyAtOnce},
			},
			{
				`DELETE FROM message_deliveries WHERE id IN (SELECT id FROM message_deliveries WHERE ended > 0 AND ended < $1 ORDER BY ended LIMIT $2)`,
				[]any{now - deliveryDays*millisPerDay, tidyAtOnce},
			},
			{
				`DELETE FROM message_parts WHERE set_id IN (SELECT id FROM message_sets WHERE state = 'done' AND changed < $1 ORDER BY changed LIMIT $2)`,
				[]any{now - partsKept.Milliseconds(), tidyAtOnce},
			},
			{
				`DELETE FROM message_sets WHERE id IN (SELECT id FROM message_sets WHERE state = 'done' AND changed < $1 ORDER BY changed LIMIT $2)`,
				[]any{now - partsKept.Milliseconds(), tidyAtOnce},
			},
			{`DELETE FROM freed_extensions WHERE at < $1`, []any{now - 31*millisPerDay}},
		} {
			if _, err := t.ExecContext(ctx, q.text, q.args...); err != nil {
				return fmt.Errorf("tidy: %w", err)
			}
		}
		return nil
	})
}
