package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// checkCommand checks without changing.
type checkCommand struct {
	remote

	Site string `arg:"" optional:"" placeholder:"site.toml" help:"A site file to check too."`
}

// Run checks the configuration, then the database, then the site file.
func (k checkCommand) Run(ctx context.Context, c console) (err error) {
	cfg, err := k.load()
	if err != nil {
		return err
	}
	if _, err = sipListeners(cfg.SIP); err != nil {
		return err
	}
	if _, err = listenersTLS(cfg.SIP, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(c.out, "configuration  ok")
	l, err := k.runningOrRecords(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	var calls callPage
	if err = l.ask(ctx, "GET", "/api/v1/calls?limit=1", nil, &calls); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	_, _ = fmt.Fprintln(c.out, "database       ok")
	if k.Site == "" {
		return nil
	}
	text, err := os.ReadFile(k.Site)
	if err != nil {
		return inputError{fmt.Errorf("%s cannot be read: %w", k.Site, errors.Unwrap(err))}
	}
	answer, err := l.site(ctx, k.Site, text, rehearse)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "site           ok, %d would change\n", len(answer.Changes))
	return err
}
