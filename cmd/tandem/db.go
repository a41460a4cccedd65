package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"

	"tandem/cmd/tandem/config"
	"tandem/store"
)

// dbCommand is about the database under the records.
type dbCommand struct {
	Status dbStatus `cmd:"" help:"Show which database there is, and what is in it. Its tables are brought up to date first."`
	Move   dbMove   `cmd:"" help:"Copy everything to another, empty database, and prove that it arrived. The program must not run."`
}

type dbStatus struct {
	configured
	shown
}

type dbMove struct {
	configured
	shown

	To string `required:"" placeholder:"URL" help:"postgres://user@host/name, or sqlite for the embedded database in data_dir."`
}

// Run shows the database.
func (d dbStatus) Run(ctx context.Context, c console) (err error) {
	cfg, err := d.load()
	if err != nil {
		return err
	}
	s, err := openStore(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	counts, err := s.Counts(ctx)
	if err != nil {
		return err
	}
	if d.Output == "json" {
		return printJSON(c.out, counts)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "database\t%s\n", engineOf(cfg))
	_, _ = fmt.Fprintf(w, "accounts\t%d\nusers\t%d\nteams\t%d\nnumbers\t%d\nflows\t%d\ntrunks\t%d\ncalls\t%d\n", counts.Accounts, counts.Users,
		counts.Teams, counts.Numbers, counts.Flows, counts.Trunks, counts.Calls)
	return w.Flush()
}

// engineOf names the database of a configuration, without its secrets.
func engineOf(cfg *config.Config) string {
	if cfg.Database.URL.Reveal() == "" {
		return "SQLite in " + cfg.DataDir
	}
	return "PostgreSQL"
}

// Run moves everything.
func (d dbMove) Run(ctx context.Context, c console) error {
	cfg, err := d.load()
	if err != nil {
		return err
	}
	from := store.Config{URL: cfg.Database.URL.Reveal(), DataDir: cfg.DataDir, Log: slog.New(slog.DiscardHandler)}
	to := from
	to.URL = d.To
	if d.To == "sqlite" {
		to.URL = ""
	}
	if to.URL == from.URL {
		return inputError{errors.New("--to: this is the database that the configuration names already")}
	}
	moved, err := store.Move(ctx, from, to, func(m store.Moved) {
		if d.Output != "json" {
			_, _ = fmt.Fprintf(c.out, "%-20s %9d rows  %.16s\n", m.Table, m.Rows, m.Digest)
		}
	})
	switch {
	case errors.Is(err, store.ErrInUse):
		return fmt.Errorf("%s is in use: stop the program first", cfg.DataDir)
	case errors.Is(err, store.ErrNotEmpty):
		return inputError{errors.New("--to: that database is not empty: nothing was moved")}
	case err != nil:
		return fmt.Errorf("nothing was moved: %w", err)
	case d.Output == "json":
		return printJSON(c.out, moved)
	}
	where := "set database.url to it (TANDEM_DATABASE_URL)"
	if d.To == "sqlite" {
		where = "empty database.url"
	}
	_, err = fmt.Fprintf(c.out, "%d tables arrived, row for row. Now %s and start the program; the old database stays as it is.\n", len(moved), where)
	return err
}
