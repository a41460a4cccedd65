package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Step is one step of the tables.
type Step struct {
	Version int
	Name    string
	Applied bool
}

// Status is what is known of a database.
type Status struct {
	Engine string // "sqlite" or "postgres"
	Steps  []Step
	Rows   map[string]int64 // by table
}

// Inspect looks at a database without changing it. A program may have it meanwhile.
func Inspect(ctx context.Context, cfg Config) (Status, error) {
	db, err := openDatabases(ctx, cfg)
	if err != nil {
		return Status{}, err
	}
	out := Status{Engine: db.engine.name, Rows: map[string]int64{}}
	err = errors.Join(out.look(ctx, db), db.close())
	return out, err
}

func (s *Status) look(ctx context.Context, db *databases) error {
	tables, err := catalogue(ctx, db.read, db.engine)
	if err != nil {
		return err
	}
	steps, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	done := map[int]string{}
	if _, made := tables["migrations"]; made {
		if done, err = applied(ctx, db.read); err != nil {
			return err
		}
	}
	for _, step := range steps {
		s.Steps = append(s.Steps, Step{Version: step.version, Name: step.name, Applied: done[step.version] != ""})
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		var n int64
		if err := db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
			return fmt.Errorf("count %s: %w", table, err)
		}
		s.Rows[table] = n
	}
	return nil
}

// Migrate brings the tables of a database up to date, as Open does, and nothing else.
func Migrate(ctx context.Context, cfg Config) error {
	held, err := lock(cfg.DataDir)
	if err != nil {
		return err
	}
	defer held.Close()
	db, err := openDatabases(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, db, migrationFiles, time.Now()), db.close())
}
