package provisioning

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"tandem/routing/flow"
)

// document is a TOML file that is being read: where its keys stand, and what is wrong with them.
type document struct {
	file     string
	lines    map[string]int
	problems []Problem
}

// line of a path, or of the nearest thing around it that has one.
func (d *document) line(path string) int {
	if n := d.lines[path+"[0]"]; n > 0 {
		return n // Of an array of tables, the first.
	}
	for path != "" {
		if n := d.lines[path]; n > 0 {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

func (d *document) refuse(path, code, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: d.line(path), Key: path, Code: code, Text: fmt.Sprintf(format, args...)})
}

// table is a table of the file. It remembers which keys were asked for: any other is unknown.
type table struct {
	doc    *document
	path   string
	values map[string]any
	asked  []string
}

func (t *table) at(key string) string { return join(t.path, key) }

func (t *table) refuse(key, code, format string, args ...any) {
	t.doc.refuse(t.at(key), code, format, args...)
}

func (t *table) value(key string) any {
	t.asked = append(t.asked, key)
	return t.values[key]
}

// mistyped says what a key holds instead of what it should hold.
func (t *table) mistyped(key, want string) {
	has := "something else"
	switch t.values[key].(type) {
	case string:
		has = "a text"
	case int64, float64:
		has = "a number"
	case bool:
		has = "true or false"
	case []any, []map[string]any:
		has = "a list"
	case map[string]any:
		has = "a table"
	}
	t.refuse(key, "", "want %s, not %s", want, has)
}

// text reads a string; empty when absent.
func (t *table) text(key string) string {
	v := t.value(key)
	s, is := v.(string)
	if v != nil && !is {
		t.mistyped(key, "a text in quotes")
	}
	return strings.TrimSpace(s)
}

// needed reads a string that must be there.
func (t *table) needed(key string) string {
	s := t.text(key)
	if v, there := t.values[key]; !there || v == "" {
		t.doc.refuse(t.path, "", "%s is missing", key)
	}
	return s
}

// truth reads a boolean; false when absent.
func (t *table) truth(key string) bool {
	v := t.value(key)
	b, is := v.(bool)
	if v != nil && !is {
		t.mistyped(key, "true or false")
	}
	return b
}

// whole reads a number from 0 to most; 0 when absent.
func (t *table) whole(key string, most int64) int {
	v := t.value(key)
	n, is := v.(int64)
	if v != nil && !is {
		t.mistyped(key, "a whole number")
	}
	if n < 0 || n > most {
		t.refuse(key, "", "want a number from 0 to %d", most)
		return 0
	}
	return int(n)
}

// number reads a number from least to most, with or without a fraction.
func (t *table) number(key string, standard, least, most float64) float64 {
	n := standard
	switch v := t.value(key).(type) {
	case nil:
	case int64:
		n = float64(v)
	case float64:
		n = v
	default:
		t.mistyped(key, "a number")
	}
	if math.IsNaN(n) || n < least || n > most {
		t.refuse(key, "", "want a number from %g to %g", least, most)
		return standard
	}
	return n
}

// duration reads a time such as "30s"; 0 when absent.
func (t *table) duration(key string, most time.Duration) time.Duration {
	s := t.text(key)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > most {
		t.refuse(key, "", "want a time up to %s, such as \"30s\"", most)
		return 0
	}
	return d
}

// texts reads a list of strings.
func (t *table) texts(key string) []string {
	v := t.value(key)
	items, is := v.([]any)
	if v != nil && !is {
		t.mistyped(key, "a list of texts")
	}
	var out []string
	for i, item := range items {
		s, is := item.(string)
		if !is {
			t.doc.refuse(fmt.Sprintf("%s[%d]", t.at(key), i), "", "want a text in quotes")
			continue
		}
		out = append(out, strings.TrimSpace(s))
	}
	return out
}

// tables reads a list of tables, however it is written.
func (t *table) tables(key string) []*table {
	var out []*table
	add := func(i int, m map[string]any) {
		out = append(out, &table{doc: t.doc, path: fmt.Sprintf("%s[%d]", t.at(key), i), values: m})
	}
	switch v := t.value(key).(type) {
	case nil:
	case []map[string]any:
		for i, m := range v {
			add(i, m)
		}
	case []any:
		for i, item := range v {
			m, is := item.(map[string]any)
			if !is {
				t.doc.refuse(fmt.Sprintf("%s[%d]", t.at(key), i), "", "want a table")
				continue
			}
			add(i, m)
		}
	default:
		t.mistyped(key, "tables: write [["+key+"]]")
	}
	return out
}

// within reads a table inside; nil when absent.
func (t *table) within(key string) *table {
	v := t.value(key)
	m, is := v.(map[string]any)
	if v == nil {
		return nil
	}
	if !is {
		t.mistyped(key, "a table")
	}
	return &table{doc: t.doc, path: t.at(key), values: m}
}

// one reads a text that must be one of a few; the first one when absent.
func one[S ~string](t *table, key string, allowed ...S) S {
	s := t.text(key)
	if _, there := t.values[key]; !there {
		return allowed[0]
	}
	if !slices.Contains(allowed, S(s)) {
		names := make([]string, len(allowed))
		for i, a := range allowed {
			names[i] = string(a)
		}
		t.refuse(key, "", "%q is none of %s%s", s, strings.Join(names, ", "), didYouMean(s, names))
		return allowed[0]
	}
	return S(s)
}

// close refuses the keys that nobody asked for.
func (t *table) close() {
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if slices.Contains(t.asked, key) {
			continue
		}
		t.refuse(key, "", "unknown key %q%s", key, didYouMean(key, t.asked))
	}
}

// didYouMean is the end of a sentence that proposes the nearest name, where one is near.
func didYouMean(name string, names []string) string {
	if best := flow.Nearest(name, names); best != "" {
		return fmt.Sprintf(", did you mean %q?", best)
	}
	return ""
}
