package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"tandem/routing/flow"
)

// Sources is where values come from, in rising order of weight: defaults, File, Env, Set.
type Sources struct {
	File string   // path of a TOML file; empty: none
	Env  []string // "NAME=value", as os.Environ has them; only those that begin with TANDEM_ are looked at
	Set  []string // "sip.udp=:5060", from the command line
}

// KeyError is one thing that is wrong with what was set.
type KeyError struct {
	File  string // or the variable or flag
	Line  int    // 0: not in a file, or not known
	Table string
	Text  string
}

// Error is one line: file, line, table and what is right.
func (p *KeyError) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Table != "" {
		fmt.Fprintf(&b, "[%s] ", p.Table)
	}
	b.WriteString(p.Text)
	return b.String()
}

// Default is the configuration of somebody who sets nothing.
func Default() *Config {
	c, _ := Load(Sources{}) // the defaults are checked by a test
	return c
}

// Load makes a configuration of all the sources and checks it. Its error joins one *KeyError for each thing that is wrong.
func Load(s Sources) (*Config, error) {
	c := &Config{}
	l := loader{keys: keys(c), origin: map[string]KeyError{}}
	for _, k := range l.keys {
		if k.standard == "" {
			continue
		}
		if err := k.set(k.standard); err != nil {
			return nil, fmt.Errorf("default of %s: %w", k.path(), err)
		}
	}
	if s.File != "" {
		l.file(s.File)
	}
	l.environment(s.Env)
	l.flags(s.Set)
	if len(l.problems) == 0 {
		l.check(c)
	}
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	return c, nil
}

// loader gathers problems, and remembers where each value came from.
type loader struct {
	keys     []key
	origin   map[string]KeyError
	problems []error
}

func (l *loader) refuse(p KeyError, format string, args ...any) {
	p.Text += fmt.Sprintf(format, args...)
	l.problems = append(l.problems, &p)
}

func (l *loader) find(path string) (key, error) {
	for _, k := range l.keys {
		if k.path() == path {
			return k, nil
		}
	}
	return key{}, fmt.Errorf("unknown key %q%s", path, Suggestion(path, l.paths()))
}

func (l *loader) paths() []string {
	out := make([]string, len(l.keys))
	for i, k := range l.keys {
		out[i] = k.path()
	}
	return out
}

// file reads a TOML file.
func (l *loader) file(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		what := "cannot be read"
		if errors.Is(err, fs.ErrNotExist) {
			what = "there is no such file; `tandem config print --comments` writes one with every key"
		}
		l.refuse(KeyError{File: path}, "%s", what)
		return
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		p := KeyError{File: path}
		if pe, ok := errors.AsType[toml.ParseError](err); ok {
			p.Line, p.Text = 1+strings.Count(string(text[:max(0, min(pe.Position.Start, len(text)))]), "\n"), pe.Message
			if pe.Message == "" {
				p.Text = strings.TrimPrefix(pe.Error(), "toml: ")
			}
			l.refuse(p, "")
			return
		}
		l.refuse(p, "%s", strings.TrimPrefix(err.Error(), "toml: "))
		return
	}
	f := fileLoader{loader: l, path: path, lines: places(string(text))}
	f.table("", tree)
	slices.SortStableFunc(l.problems, func(a, b error) int {
		x, _ := errors.AsType[*KeyError](a)
		y, _ := errors.AsType[*KeyError](b)
		return cmp.Compare(x.Line, y.Line)
	})
}

type fileLoader struct {
	*loader

	path  string
	lines map[string]int
}

// table takes the keys of one table; the top is the table "".
func (f *fileLoader) table(table string, values map[string]any) {
	names, _ := tables()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		path, value := name, values[name]
		if table != "" {
			path = table + "." + name
		}
		at := KeyError{File: f.path, Line: f.lines[path], Table: table}
		sub, isTable := value.(map[string]any)
		if isTable && table == "" && slices.Contains(names, name) {
			f.table(name, sub)
			continue
		}
		k, err := f.find(path)
		if err != nil {
			f.unknown(at, name, value)
			continue
		}
		f.origin[path] = at
		if err := k.setTOML(value); err != nil {
			f.refuse(at, "%s: %s", name, err)
		}
	}
}

// unknown refuses a key or table that is not ours, and says which one was meant, or which table holds it.
func (f *fileLoader) unknown(at KeyError, name string, value any) {
	names, _ := tables()
	if _, isTable := value.(map[string]any); isTable && at.Table == "" {
		f.refuse(at, "unknown table [%s]%s", name, Suggestion(name, names))
		return
	}
	var here, elsewhere []string
	for _, k := range f.keys {
		if k.table == at.Table {
			here = append(here, k.name)
		} else if k.name == name {
			elsewhere = append(elsewhere, k.table)
		}
	}
	if at.Table == "" {
		here = append(here, names...)
	}
	switch {
	case flow.Nearest(name, here) != "":
		f.refuse(at, "unknown key %q%s", name, Suggestion(name, here))
	case len(elsewhere) > 0 && elsewhere[0] == "":
		f.refuse(at, "unknown key %q: it belongs at the top of the file, before the first table", name)
	case len(elsewhere) > 0:
		f.refuse(at, "unknown key %q: it belongs in [%s]", name, elsewhere[0])
	default:
		f.refuse(at, "unknown key %q; known here: %s", name, strings.Join(here, ", "))
	}
}

// environment takes TANDEM_… variables; NAME_FILE names a file that holds the value.
func (l *loader) environment(env []string) {
	known := map[string]key{}
	words := make([]string, 0, len(l.keys))
	for _, k := range l.keys {
		known[k.variable()] = k
		words = append(words, k.variable())
	}
	for _, entry := range slices.Sorted(slices.Values(env)) {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "TANDEM_") {
			continue
		}
		k, direct := known[name]
		at := KeyError{File: name}
		if !direct {
			base, isFile := strings.CutSuffix(name, "_FILE")
			var found bool
			if k, found = known[base]; !isFile || !found {
				l.refuse(at, "unknown variable%s", Suggestion(name, words))
				continue
			}
			text, err := os.ReadFile(value)
			if err != nil {
				l.refuse(at, "the file %s cannot be read", value)
				continue
			}
			value = strings.TrimRight(string(text), "\r\n")
		}
		l.origin[k.path()] = at
		if err := k.set(value); err != nil {
			l.refuse(at, "%s", err)
		}
	}
}

// flags takes "key=value".
func (l *loader) flags(set []string) {
	for _, entry := range set {
		path, value, found := strings.Cut(entry, "=")
		at := KeyError{File: "--set " + path}
		if !found {
			l.refuse(at, "want key=value, such as sip.udp=127.0.0.1:5060")
			continue
		}
		k, err := l.find(path)
		if err != nil {
			l.refuse(at, "%s", err)
			continue
		}
		l.origin[path] = at
		if err := k.set(value); err != nil {
			l.refuse(at, "%s", err)
		}
	}
}
