package web

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// usesEvery is how often the last uses of keys are kept: a key that is used a thousand times a second is written once.
const usesEvery = time.Minute

// uses collects when each key was last shown.
type uses struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (u *uses) note(key string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]time.Time{}
	}
	u.last[key] = now
}

// take gives what came together since the last time.
func (u *uses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := u.last
	u.last = nil
	return out
}

// since is when a key was last shown and not kept yet.
func (u *uses) since(key string) (at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last[key]
}

// keepUses hands the last uses of keys to the store. What the store does not take is tried again with the next.
func (s *Server) keepUses(ctx context.Context) {
	used := s.uses.take()
	if len(used) == 0 {
		return
	}
	if err := s.keep.KeysUsed(ctx, used); err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "the last uses of keys are not kept", slog.Any("err", err))
		for key, at := range maps.All(used) {
			if s.uses.since(key).IsZero() {
				s.uses.note(key, at)
			}
		}
	}
}
