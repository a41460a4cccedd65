package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Errors of the tables' versions.
var (
	errChanged = errors.New("a migration that was applied has changed since")
	errNewer   = errors.New("the database was made by a newer version of this program")
)

// migration is one numbered step of the tables; steps only go forward.
type migration struct {
	version  int
	name     string
	text     string
	checksum string
}

// migrations reads the steps, in order; their numbers are 1, 2, 3 and so on.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var out []migration
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		base := name[len("migrations/"):]
		version, err := strconv.Atoi(base[:min(4, len(base))])
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: want the number %04d", base, i+1)
		}
		sum := sha256.Sum256(text)
		out = append(out, migration{version, base, string(text), hex.EncodeToString(sum[:])})
	}
	return out, nil
}

// migrate brings the tables up to date, each step in a transaction of its own. Several processes may do so at once: the row of a step is
// written first, so that the others wait for its end.
func migrate(ctx context.Context, d *databases, files fs.FS, now time.Time) error {
	steps, err := migrations(files)
	if err != nil {
		return err
	}
	const table = `CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, at BIGINT NOT NULL)`
	if _, err = d.write.ExecContext(ctx, table); err != nil {
		// Two processes that make the table at once collide in PostgreSQL's catalogue; the second try finds it.
		_, err = d.write.ExecContext(ctx, table)
	}
	if err != nil {
		return fmt.Errorf("make the table of migrations: %w", err)
	}
	done, err := applied(ctx, d.write)
	if err != nil {
		return err
	}
	for v, sum := range done {
		if v > len(steps) {
			return fmt.Errorf("migration %d: %w", v, errNewer)
		}
		if steps[v-1].checksum != sum {
			return fmt.Errorf("migration %s: %w", steps[v-1].name, errChanged)
		}
	}
	for _, step := range steps[len(done):] {
		if err := step.apply(ctx, d, now); err != nil {
			return err
		}
	}
	return nil
}

// applied is the checksum of each step that was made, by version.
func applied(ctx context.Context, db *sql.DB) (map[int]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT version, checksum FROM migrations`)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	defer rows.Close()
	done := map[int]string{}
	for rows.Next() {
		var v int
		var sum string
		if err := rows.Scan(&v, &sum); err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		done[v] = sum
	}
	return done, rows.Err()
}

func (m migration) apply(ctx context.Context, d *databases, now time.Time) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("migration %s: %w", m.name, err)
	}
	defer tx.Rollback() //nolint:errcheck // After a commit there is nothing to roll back.
	res, err := tx.ExecContext(ctx, `INSERT INTO migrations (version, name, checksum, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		m.version, m.name, m.checksum, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("migration %s: %w", m.name, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err // Another process was faster.
	}
	if _, err := tx.ExecContext(ctx, d.engine.text(m.text)); err != nil {
		return fmt.Errorf("migration %s: %w", m.name, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("migration %s: %w", m.name, err)
	}
	return nil
}
