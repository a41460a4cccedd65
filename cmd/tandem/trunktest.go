package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"tandem/routing/certify"
)

// trunkCommand is the commands of trunks.
type trunkCommand struct {
	verbs

	Test trunkTest `cmd:"" help:"Ask a trunk whether it is there; with --certify, try it step by step with calls to a test number."`
}

type trunkTest struct {
	remote

	Ref      string   `arg:"" help:"Its id, or its name."`
	Certify  bool     `help:"Call the test number, up to three times, and judge what the carrier does."`
	To       string   `placeholder:"NUMBER" help:"The test number; it answers by itself. With --certify."`
	From     string   `placeholder:"NUMBER" help:"The caller ID: a number of the account, or its id. Without it, the first that may be shown."`
	Wrong    string   `placeholder:"NUMBER" help:"A number that is nobody's: the carrier is to refuse it."`
	Step     []string `placeholder:"STEP" help:"This step alone, such as audio, hold or cancel. May be given again."`
	Markdown bool     `xor:"how" help:"As a letter to the carrier, in Markdown."`
	Output   string   `short:"o" xor:"how" enum:"table,json" default:"table" help:"table for people, or json."`
}

// errNotCertified says that a step failed: which was shown.
var errNotCertified = errors.New("the trunk fails: see above what to tell the carrier")

// testPatience is how long an answer may take: the run, and a little more.
const testPatience = 2 * time.Minute

// Run tries the trunk, and fails where a step does.
func (v trunkTest) Run(ctx context.Context, c console) (err error) {
	switch {
	case v.Certify && v.To == "":
		return inputError{errors.New("--certify: give the test number with --to")}
	case !v.Certify && (v.To != "" || v.Wrong != "" || v.From != ""):
		return inputError{errors.New("nobody is called without --certify")}
	}
	l, err := v.running(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	l.client.Timeout = testPatience
	id, err := l.resolve(ctx, "trunk", v.Ref)
	if err != nil {
		return err
	}
	doc := map[string]any{}
	for name, value := range map[string]string{"to": v.To, "wrong": v.Wrong} {
		if value != "" {
			doc[name] = value
		}
	}
	if v.From != "" {
		if doc["from_number_id"], err = l.resolve(ctx, "number", v.From); err != nil {
			return err
		}
	}
	if len(v.Step) > 0 {
		doc["steps"] = v.Step
	}
	var sheet certify.Sheet
	if err = l.send(ctx, request{http.MethodPost, "/api/v1/trunks/" + url.PathEscape(id) + "/certify", doc}, &sheet); err != nil {
		return err
	}
	if err = v.print(c.out, &sheet); err == nil && !sheet.Passed {
		return errNotCertified
	}
	return err
}

// print writes the sheet as it is wanted.
func (v trunkTest) print(out io.Writer, sheet *certify.Sheet) error {
	switch {
	case v.Markdown:
		_, err := io.WriteString(out, sheet.Markdown())
		return err
	case v.Output == "json":
		return printJSON(out, sheet)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i := range sheet.Steps {
		r := &sheet.Steps[i]
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", strings.ReplaceAll(string(r.Verdict), "_", " "), r.Step, oneLine(r.Seen))
		if r.Advice != "" {
			_, _ = fmt.Fprintf(w, "\t\tTell the carrier: %s\n", r.Advice)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: %s.\n", sheet.Name, sheet.Summary())
	return err
}
