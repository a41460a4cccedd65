package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"tandem/messaging"
)

// keyRow is the message that a name is of.
type keyRow struct {
	message messaging.ID
	at      time.Time
}

// printRow says that a message with a print came by a bind.
type printRow struct {
	message messaging.ID
	bind    string
	expects bool // a copy of it
	at      time.Time
	until   time.Time
	changed bool
}

func (g *sheet) readKeys(ctx context.Context, names set) error {
	return g.m.findKeys.each(ctx, g.t, names.all, func(r *sql.Rows) error {
		var name string
		var k keyRow
		var at int64
		err := r.Scan(&name, &k.message, &at)
		k.at = moment(at)
		g.keys[name] = k
		return err
	})
}

func (g *sheet) readPrints(ctx context.Context, prints set) error {
	err := g.m.findPrints.each(ctx, g.t, prints.all, func(r *sql.Rows) error {
		var name string
		p := &printRow{}
		var at, until int64
		err := r.Scan(&name, &p.message, &p.bind, &p.expects, &at, &until)
		p.at, p.until = moment(at), moment(until)
		g.prints[name] = append(g.prints[name], p)
		return err
	})
	for _, rows := range g.prints {
		slices.SortFunc(rows, func(a, b *printRow) int {
			if c := a.at.Compare(b.at); c != 0 {
				return c
			}
			return strings.Compare(string(a.message), string(b.message))
		})
	}
	return err
}

// repeats is the message that a draft is a repeat of; empty: it is none.
func (g *sheet) repeats(d *messaging.Draft) messaging.ID {
	k, since := &d.Key, exact(d.Key.Since)
	if since.IsZero() {
		return ""
	}
	if known, is := g.keys[text(k.Name)]; is && k.Name != "" && !known.at.Before(since) {
		return known.message
	}
	if p := g.expecting(d); p != nil {
		return p.message
	}
	if k.Name != "" || k.Print == "" {
		return ""
	}
	rows := g.prints[text(k.Print)]
	for _, p := range rows {
		// A sender that repeats two alike repeats each once by its new bind.
		ours := func(o *printRow) bool { return o.message == p.message && o.bind == text(k.Bind) }
		if !p.at.Before(since) && !p.expects && p.bind != "" && !slices.ContainsFunc(rows, ours) {
			return p.message
		}
	}
	return ""
}

// expecting is the oldest message that a draft may be the copy of; nil: there is none.
func (g *sheet) expecting(d *messaging.Draft) *printRow {
	if !d.Key.Copy || d.Key.Print == "" {
		return nil
	}
	for _, p := range g.prints[text(d.Key.Print)] {
		if p.expects && !p.at.Before(exact(d.Key.Since)) {
			return p
		}
	}
	return nil
}

// name keeps the key of a draft, for as long as its window is: it is of the message with the id. Whoever expected the draft as a copy expects no more.
func (g *sheet) name(d *messaging.Draft, id messaging.ID) {
	const usual = 24 * time.Hour
	k, at := &d.Key, g.at(d)
	known, is := g.keys[text(k.Name)]
	again := is && k.Name != "" && known.message == id
	if p := g.expecting(d); p != nil && p.message == id && d.Message.ID != id && !again {
		p.expects, p.changed = false, true
	}
	until := at.Add(usual)
	if !k.Since.IsZero() {
		until = at.Add(at.Sub(k.Since))
	}
	if k.Name != "" && !again {
		g.keys[text(k.Name)] = keyRow{message: id, at: at}
		g.names = append(g.names, text(k.Name), string(id), millis(at), millis(until))
	}
	if k.Print != "" && (k.Name == "" || k.Expects) {
		name := text(k.Print)
		g.prints[name] = append(g.prints[name], &printRow{message: id, bind: text(k.Bind), expects: k.Expects && d.Message.ID == id, at: at, until: until, changed: true})
	}
}

// printRows are the rows of prints that changed.
func (g *sheet) printRows() []any {
	var out []any
	for name, rows := range g.prints {
		for _, p := range rows {
			if p.changed {
				out = append(out, name, string(p.message), p.bind, p.expects, millis(p.at), millis(p.until))
			}
		}
	}
	return out
}

// lastOf leaves of rows of names the last of each: one statement must not write a row twice.
func lastOf(rows []any) []any {
	const width = 4
	last := map[any]int{}
	for i := 0; i < len(rows); i += width {
		last[rows[i]] = i
	}
	if len(last)*width == len(rows) {
		return rows
	}
	var out []any
	for i := 0; i < len(rows); i += width {
		if last[rows[i]] == i {
			out = append(out, rows[i:i+width]...)
		}
	}
	return out
}
