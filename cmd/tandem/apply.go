package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// applyCommand makes the records what a site file declares.
type applyCommand struct {
	remote

	DryRun bool   `name:"dry-run" help:"Only show what would change."`
	JSON   bool   `name:"json" help:"As JSON."`
	Site   string `arg:"" placeholder:"site.toml" help:"The site file."`
}

// changed is the API's answer to a site file.
type changed struct {
	Applied bool `json:"applied"`
	Changes []struct {
		Verb string `json:"verb"`
		Kind string `json:"kind"`
		ID   string `json:"id"`
		Name string `json:"name"`
		Text string `json:"text"`
	} `json:"changes"`
}

// Run applies the site file to the running program, or to the records when none runs.
func (a applyCommand) Run(ctx context.Context, c console) (err error) {
	text, err := os.ReadFile(a.Site)
	if err != nil {
		return inputError{fmt.Errorf("%s cannot be read: %w", a.Site, errors.Unwrap(err))}
	}
	l, err := a.runningOrRecords(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	how := forGood
	if a.DryRun {
		how = rehearse
	}
	answer, err := l.site(ctx, a.Site, text, how)
	if err != nil {
		return err
	}
	if a.JSON {
		return printJSON(c.out, answer)
	}
	signs := map[string]string{"create": "+", "update": "~", "delete": "-"}
	for _, one := range answer.Changes {
		_, _ = fmt.Fprintf(c.out, "%s %s\n", signs[one.Verb], one.Text)
	}
	switch n := len(answer.Changes); {
	case n == 0:
		_, err = fmt.Fprintln(c.out, "Nothing to change: the records are what the site file declares.")
	case a.DryRun:
		_, err = fmt.Fprintf(c.out, "%d to change; nothing was changed (dry run).\n", n)
	default:
		_, err = fmt.Fprintf(c.out, "%d changed.\n", n)
	}
	return err
}

// manner says whether a site file is applied or only compared.
type manner int

const (
	forGood manner = iota
	rehearse
)

// site sends a site file.
func (l *line) site(ctx context.Context, path string, text []byte, how manner) (changed, error) {
	q := url.Values{"name": {path}}
	if how == rehearse {
		q.Set("dry_run", "true")
	}
	if l.local {
		dir, err := filepath.Abs(filepath.Dir(path))
		if err != nil {
			return changed{}, fmt.Errorf("find the directory of %s: %w", path, err)
		}
		q.Set("base", dir)
	}
	var answer changed
	err := l.ask(ctx, "POST", "/api/v1/site?"+q.Encode(), text, &answer)
	return answer, err
}
