package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"text/tabwriter"

	"tandem/web"
)

// doctorCommand looks whether everything is as it should be.
type doctorCommand struct {
	remote
	shown

	Operator string `placeholder:"NAME" help:"Look at what concerns this operator alone."`
}

// errUnwell says that something is not as it should be: what it is was shown.
var errUnwell = errors.New("something is not as it should be: see above what to do")

// Run asks the running program, and fails where a check does.
func (v doctorCommand) Run(ctx context.Context, c console) (err error) {
	l, err := v.running(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	path := "/api/v1/system/doctor"
	if v.Operator != "" {
		id, unknown := l.resolve(ctx, "operator", v.Operator)
		if unknown != nil {
			return unknown
		}
		path += "?operator_id=" + url.QueryEscape(id)
	}
	var found struct {
		State  web.Verdict   `json:"state"`
		Checks []web.Finding `json:"checks"`
	}
	if err = l.ask(ctx, "GET", path, nil, &found); err != nil {
		return err
	}
	if v.Output == "json" {
		err = printJSON(c.out, found)
	} else {
		err = printFindings(c, found.Checks)
	}
	if err == nil && found.State == web.Fail {
		return errUnwell
	}
	return err
}

// printFindings prints one line for each check, with what to do.
func printFindings(c console, all []web.Finding) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, f := range all {
		text := f.Text
		if f.Advice != "" {
			text += ". " + f.Advice
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.State, f.Check, f.About, text)
	}
	return w.Flush()
}
