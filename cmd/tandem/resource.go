package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"
)

// shown says how an answer is shown.
type shown struct {
	Output string `short:"o" enum:"table,json" default:"table" help:"table for people, or json."`
}

// verbs are the commands that every noun has.
type verbs struct {
	List   listVerb   `cmd:"" help:"List them."`
	Get    getVerb    `cmd:"" help:"Show one."`
	Create createVerb `cmd:"" help:"Make one: field=value, as the API names its fields."`
	Update updateVerb `cmd:"" help:"Change one: field=value; field=null clears it."`
	Delete deleteVerb `cmd:"" help:"Delete one."`
	Action actionVerb `cmd:"" help:"Do something with one: its actions are those of the API, such as publish or convert-to-direct."`
}

type listVerb struct {
	remote
	shown

	Where []string `placeholder:"NAME=VALUE" sep:"none" help:"Only those that match, as the API filters. May be given again."`
	Q     string   `short:"q" help:"Only those whose name has this in it."`
	Limit int      `default:"0" help:"At most so many; 0: all."`
}

type getVerb struct {
	remote
	shown

	Ref string `arg:"" help:"Its id, or its name."`
}

type createVerb struct {
	remote
	shown

	Body body `embed:""`
}

type updateVerb struct {
	remote
	shown

	Ref  string `arg:"" help:"Its id, or its name."`
	Body body   `embed:""`
}

type deleteVerb struct {
	remote

	Ref string `arg:"" help:"Its id, or its name."`
}

type actionVerb struct {
	remote
	shown

	Ref    string `arg:"" help:"Its id, or its name."`
	Action string `arg:"" help:"The action, such as publish, lint, simulate, convert-to-direct, test or rotate-secret."`
	Body   body   `embed:""`
}

// with opens the API, does something, and closes it.
func (r remote) with(ctx context.Context, do func(*line) error) (err error) {
	l, err := r.runningOrRecords(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	return do(l)
}

// Run lists things.
func (v listVerb) Run(ctx context.Context, c console, k *kong.Context) error {
	_, n := nounOf(k)
	query := url.Values{}
	if v.Q != "" {
		query.Set("q", v.Q)
	}
	for _, w := range v.Where {
		name, value, is := strings.Cut(w, "=")
		if !is {
			return inputError{fmt.Errorf("--where %s: write name=value", w)}
		}
		query.Add(name, value)
	}
	return v.with(ctx, func(l *line) error {
		all, err := l.all(ctx, n, query, v.Limit)
		if err != nil {
			return err
		}
		if v.Output == "json" {
			if all == nil {
				all = []map[string]any{}
			}
			return printJSON(c.out, all)
		}
		return printTable(c.out, n.columns, all)
	})
}

// Run shows one thing.
func (v getVerb) Run(ctx context.Context, c console, k *kong.Context) error {
	word, n := nounOf(k)
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, word, v.Ref)
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodGet, n.path + "/" + url.PathEscape(id), nil}, v.Output)
	})
}

// Run makes one.
func (v createVerb) Run(ctx context.Context, c console, k *kong.Context) error {
	_, n := nounOf(k)
	return v.with(ctx, func(l *line) error {
		doc, err := v.Body.read(ctx, l, c.in, operationAt{"post", n.path})
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodPost, n.path, doc}, v.Output)
	})
}

// Run changes one.
func (v updateVerb) Run(ctx context.Context, c console, k *kong.Context) error {
	word, n := nounOf(k)
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, word, v.Ref)
		if err != nil {
			return err
		}
		doc, err := v.Body.read(ctx, l, c.in, operationAt{"patch", n.path + "/{id}"})
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodPatch, n.path + "/" + url.PathEscape(id), doc}, v.Output)
	})
}

// Run deletes one.
func (v deleteVerb) Run(ctx context.Context, c console, k *kong.Context) error {
	word, n := nounOf(k)
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, word, v.Ref)
		if err != nil {
			return err
		}
		if err = l.send(ctx, request{http.MethodDelete, n.path + "/" + url.PathEscape(id), nil}, nil); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "Deleted %s.\n", id)
		return err
	})
}

// Run does something with one.
func (v actionVerb) Run(ctx context.Context, c console, k *kong.Context) error {
	word, n := nounOf(k)
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, word, v.Ref)
		if err != nil {
			return err
		}
		at, err := l.action(ctx, n.path+"/{id}/", v.Action)
		if err != nil {
			return err
		}
		doc, err := v.Body.read(ctx, l, c.in, at)
		if err != nil {
			return err
		}
		path := n.path + "/" + url.PathEscape(id) + "/" + v.Action
		return l.show(ctx, c.out, request{strings.ToUpper(at.method), path, doc}, v.Output)
	})
}

// request is one request to the API; doc is its body as JSON, nil for none.
type request struct {
	method string
	path   string
	doc    any
}

// send makes a request and reads the answer.
func (l *line) send(ctx context.Context, q request, into any) error {
	var payload io.Reader = http.NoBody
	if q.doc != nil {
		text, err := json.Marshal(q.doc)
		if err != nil {
			return fmt.Errorf("ask: %w", err)
		}
		payload = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, l.base+q.path, payload)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	switch {
	case q.doc == nil:
	case q.method == http.MethodPatch:
		r.Header.Set("Content-Type", "application/merge-patch+json")
	default:
		r.Header.Set("Content-Type", "application/json")
	}
	if l.repeat != "" {
		r.Header.Set("Idempotency-Key", l.repeat)
	}
	return l.exchange(r, into)
}

// show makes a request and prints the object, or the list, that comes back.
func (l *line) show(ctx context.Context, w io.Writer, q request, how string) error {
	var text string
	if err := l.send(ctx, q, &text); err != nil {
		return err
	}
	if text == "" {
		_, err := fmt.Fprintln(w, "Done.")
		return err
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		_, err = io.WriteString(w, text)
		return err
	}
	object, is := v.(map[string]any)
	if how == "json" || !is {
		return printJSON(w, v)
	}
	return printObject(w, object)
}

// printTable prints things in columns.
func printTable(out io.Writer, columns []string, all []map[string]any) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "None.")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, strings.ToUpper(strings.NewReplacer("_", " ", ".", " ").Replace(strings.Join(columns, "\t"))))
	for _, one := range all {
		cells := make([]string, len(columns))
		for i, path := range columns {
			cells[i] = oneLine(cell(field(one, path)))
		}
		_, _ = fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// printObject prints one thing, a field on each line; what is empty is left out.
func printObject(out io.Writer, v map[string]any) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printFields(w, "", v)
	return w.Flush()
}

// printFields writes a line for each field; those of an object in it that has no name come under its own.
func printFields(w io.Writer, under string, v map[string]any) {
	for _, name := range inOrder(v) {
		if inner, is := v[name].(map[string]any); is && inner["name"] == nil && inner["id"] == nil {
			printFields(w, under+name+".", inner)
			continue
		}
		if text := fieldText(name, v[name]); text != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", under+name, text)
		}
	}
}

// fieldText is cell, for a field whose name says more of it.
func fieldText(name string, v any) string {
	if n, is := v.(float64); is && strings.HasSuffix(name, "_bytes") {
		return volume(n)
	}
	return oneLine(cell(v))
}

// volume writes a number of bytes for people, as operators count them.
func volume(octets float64) string {
	const giga, mega, kilo = 1e9, 1e6, 1e3
	switch {
	case octets >= giga:
		return fmt.Sprintf("%.2f GB", octets/giga)
	case octets >= mega:
		return fmt.Sprintf("%.1f MB", octets/mega)
	case octets >= kilo:
		return fmt.Sprintf("%.1f kB", octets/kilo)
	}
	return fmt.Sprintf("%.0f B", octets)
}

// readFile reads a file, or the standard input for "-".
func readFile(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("read the standard input: %w", err)
		}
		return text, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, inputError{fmt.Errorf("%s cannot be read: %w", name, errors.Unwrap(err))}
	}
	return text, nil
}

// The commands of the nouns.
type (
	userCommand    struct{ verbs }
	teamCommand    struct{ verbs }
	webhookCommand struct{ verbs }
	keyCommand     struct{ verbs }
)
