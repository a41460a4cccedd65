package store

import (
	"context"
	"fmt"

	"tandem/routing"
)

// BeginDigest implements provisioning.Notices.
func (s *Store) BeginDigest(ctx context.Context, user routing.UserID, day string) (bool, error) {
	const text = `INSERT INTO digests (user_id, day) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET day = $2 WHERE digests.day < $2`
	var n int64
	err := s.writer.do(ctx, func(ctx context.Context, t tx) (err error) {
		n, err = t.changed(ctx, text, string(user), day)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("claim the digest of %s: %w", user, err)
	}
	return n > 0, nil
}

// GiveUpDigest implements provisioning.Notices.
func (s *Store) GiveUpDigest(ctx context.Context, user routing.UserID, day string) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		_, err := t.changed(ctx, `DELETE FROM digests WHERE user_id = $1 AND day = $2`, string(user), day)
		return err
	})
	if err != nil {
		return fmt.Errorf("give up the digest of %s: %w", user, err)
	}
	return nil
}
