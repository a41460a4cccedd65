package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// exportCommand writes the records as a site file.
type exportCommand struct {
	remote

	Passwords bool   `help:"Tell passwords too, or the digests of those that others show to us: who has the file can log in."`
	Account   string `placeholder:"ID" help:"Only this account."`
	Dir       string `placeholder:"DIR" help:"Write site.toml and its sounds into this directory, which must be empty or new, instead of to the standard output."`
}

// Run exports.
func (e exportCommand) Run(ctx context.Context, c console) error {
	query := url.Values{}
	if e.Passwords {
		query.Set("passwords", "true")
	}
	if e.Account != "" {
		query.Set("account_id", e.Account)
	}
	return e.with(ctx, func(l *line) error {
		if e.Dir != "" {
			return e.write(ctx, c, l, query)
		}
		var text string
		if err := l.ask(ctx, "GET", "/api/v1/site?"+query.Encode(), nil, &text); err != nil {
			return err
		}
		_, err := fmt.Fprint(c.out, text)
		return err
	})
}

// write puts the site file and its sounds into a directory.
func (e exportCommand) write(ctx context.Context, c console, l *line, query url.Values) error {
	const private = 0o700
	if err := os.MkdirAll(filepath.Join(e.Dir, "sounds"), private); err != nil {
		return inputError{fmt.Errorf("--dir: %w", err)}
	}
	root, err := os.OpenRoot(e.Dir)
	if err != nil {
		return inputError{fmt.Errorf("--dir: %w", err)}
	}
	defer func() { _ = root.Close() }()
	if _, err = root.Stat("site.toml"); err == nil {
		return inputError{fmt.Errorf("%s has a site.toml already: choose another directory", e.Dir)}
	}
	query.Set("sounds", "files")
	var text string
	if err = l.ask(ctx, "GET", "/api/v1/site?"+query.Encode(), nil, &text); err != nil {
		return err
	}
	sounds, err := l.all(ctx, noun{path: "/api/v1/audio"}, url.Values{}, 0)
	if err != nil {
		return err
	}
	for _, one := range sounds {
		id := cell(one["id"])
		var content string
		if err = l.send(ctx, request{http.MethodGet, "/api/v1/audio/" + url.PathEscape(id) + "/content", nil}, &content); err != nil {
			return err
		}
		if err = root.WriteFile("sounds/"+id+".wav", []byte(content), 0o600); err != nil {
			return fmt.Errorf("write a sound: %w", err)
		}
	}
	if err = root.WriteFile("site.toml", []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the site file: %w", err)
	}
	_, err = fmt.Fprintf(c.out, "%s and %d sounds are written.\n", filepath.Join(e.Dir, "site.toml"), len(sounds))
	return err
}
