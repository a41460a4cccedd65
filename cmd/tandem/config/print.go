package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Comments says whether a printed configuration explains itself.
type Comments int

// With and without explanations.
const (
	Bare Comments = iota
	Explained
)

// Print writes the configuration as a file that Load reads; secrets are masked. Explained, and of Default, it is the reference file.
func (c *Config) Print(w io.Writer, comments Comments) error {
	p := printer{w: w, comments: comments}
	if comments == Explained {
		p.comment("Tandem's configuration: every key, what it means, and its default. Leave out what you do not change; the program runs " +
			"without any file. An environment variable wins over this file, and the command line (--set sip.udp=:5080) over both. A variable " +
			"with _FILE at its end names a file that holds the value. Numbers, users, trunks and flows are not here: see site.toml.")
	}
	_, docs := tables()
	table := ""
	for _, k := range keys(c) {
		if k.table != table {
			table = k.table
			p.line("")
			if comments == Explained {
				p.comment(docs[table])
			}
			p.line("[" + table + "]")
		}
		p.key(k)
	}
	return p.err
}

// PrintEnvironment writes the variable of every key, with its default.
func PrintEnvironment(w io.Writer) error {
	p := printer{w: w}
	for _, k := range keys(Default()) {
		p.line(fmt.Sprintf("%-32s # %s = %s", k.variable(), k.path(), k.literal()))
	}
	return p.err
}

type printer struct {
	w        io.Writer
	comments Comments
	err      error
}

func (p *printer) line(s string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, s)
	}
}

func (p *printer) key(k key) {
	if p.comments == Explained {
		p.line("")
		doc := k.doc
		if len(k.oneOf) > 1 {
			doc += " One of: " + strings.Join(k.oneOf, ", ") + "."
		}
		p.comment(doc)
		p.comment(k.variable())
	}
	p.line(k.name + " = " + k.literal())
}

// literal is the value as TOML writes it.
func (k key) literal() string {
	switch v := k.field.Interface().(type) {
	case Prefixes:
		words := make([]string, len(v))
		for i := range v {
			words[i] = quoteTOML(v[i].String())
		}
		return "[" + strings.Join(words, ", ") + "]"
	default:
		if kind := k.field.Kind(); kind == reflect.Int || kind == reflect.Bool {
			return k.text()
		}
		return quoteTOML(k.text())
	}
}

// comment writes words in lines of at most 120 columns.
func (p *printer) comment(words string) {
	line := "#"
	for word := range strings.FieldsSeq(words) {
		if len(line)+1+len(word) > 120 {
			p.line(line)
			line = "#"
		}
		line += " " + word
	}
	p.line(line)
}

// quoteTOML writes a basic string (TOML 1.0).
func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
