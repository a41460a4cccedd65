package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// documentProblems collects what is wrong while a flow is read. At most a hundred problems are kept: a document that is no flow at all has one per
// key.
type documentProblems struct{ problems []Problem }

func (d *documentProblems) refuse(n NodeID, path, format string, args ...any) {
	if !d.full() {
		d.problems = append(d.problems, Problem{Code: BadDocument, Node: n, Path: path, Text: fmt.Sprintf(format, args...)})
	}
}

// full says that no further problem is kept.
func (d *documentProblems) full() bool { return len(d.problems) >= 100 }

// object is a JSON object or a TOML table that is being read. It remembers which keys were asked for: any other is unknown.
type object struct {
	doc    *documentProblems
	node   NodeID
	path   string
	values map[string]any
	asked  []string
}

func (o *object) at(key string) string {
	key = key[:min(len(key), 80)]
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

func (o *object) refuse(key, format string, args ...any) {
	o.doc.refuse(o.node, o.at(key), format, args...)
}

// value gives what a key holds; nil when it is absent.
func (o *object) value(key string) any {
	o.asked = append(o.asked, key)
	return o.values[key]
}

// text reads a string; empty when absent.
func (o *object) text(key string) string {
	v := o.value(key)
	if v == nil {
		return ""
	}
	s, is := v.(string)
	if !is {
		o.refuse(key, "write %s as a text in quotes", key)
	}
	return s
}

// needed reads a string that must be there.
func (o *object) needed(key string) string {
	s := o.text(key)
	if v := o.values[key]; v == nil || v == "" {
		o.refuse(key, "give %s", key)
	}
	return s
}

// truth reads a boolean; false when absent.
func (o *object) truth(key string) bool {
	v := o.value(key)
	b, is := v.(bool)
	if v != nil && !is {
		o.refuse(key, "write %s as true or false", key)
	}
	return b
}

// limits of a number in a document.
type limits struct{ standard, low, high float64 }

// number reads a number within limits.
func (o *object) number(key string, l limits) float64 {
	v := o.value(key)
	if v == nil {
		return l.standard
	}
	n, is := asNumber(v)
	if !is || n < l.low || n > l.high {
		o.refuse(key, "write %s as a number from %v to %v", key, l.low, l.high)
		return l.standard
	}
	return n
}

// whole reads a number without a fraction.
func (o *object) whole(key string, l limits) int {
	n := o.number(key, l)
	if n != math.Trunc(n) {
		o.refuse(key, "write %s as a whole number", key)
	}
	return int(n)
}

// asNumber takes what JSON and TOML make of numbers.
func asNumber(v any) (float64, bool) {
	n := math.NaN()
	switch v := v.(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	case int:
		n = float64(v)
	case json.Number:
		if f, err := v.Float64(); err == nil {
			n = f
		}
	}
	return n, !math.IsNaN(n) && !math.IsInf(n, 0)
}

// within reads an object inside; an empty one when absent.
func (o *object) within(key string) *object {
	v := o.value(key)
	m, is := v.(map[string]any)
	if v != nil && !is {
		o.refuse(key, "write %s as an object", key)
	}
	return &object{doc: o.doc, node: o.node, path: o.at(key), values: m}
}

// list reads the objects of a list.
func (o *object) list(key string) []*object {
	var all []*object
	for i, v := range o.items(key) {
		path := fmt.Sprintf("%s[%d]", o.at(key), i)
		m, is := v.(map[string]any)
		if !is {
			o.doc.refuse(o.node, path, "write each of %s as an object", key)
			continue
		}
		all = append(all, &object{doc: o.doc, node: o.node, path: path, values: m})
	}
	return all
}

// items reads a list. TOML gives an array of tables in a type of its own.
func (o *object) items(key string) []any {
	switch v := o.value(key).(type) {
	case nil:
	case []any:
		return v
	case []map[string]any:
		items := make([]any, len(v))
		for i, m := range v {
			items[i] = m
		}
		return items
	default:
		o.refuse(key, "write %s as a list", key)
	}
	return nil
}

// one reads a text that must be one of a few; the first one when absent.
func one[S ~string](o *object, key string, allowed ...S) S {
	s := o.text(key)
	if o.values[key] == nil {
		return allowed[0]
	}
	if !slices.Contains(allowed, S(s)) {
		var names []string
		for _, a := range allowed {
			if a != "" {
				names = append(names, string(a))
			}
		}
		o.refuse(key, "%.80q is no %s%s", s, key, meant(s, names))
	}
	return S(s)
}

// later refuses keys of flow/v1 that this version of the product cannot do. A false or a zero asks for nothing.
func (o *object) later(keys ...string) {
	for _, key := range keys {
		switch v := o.value(key); v {
		case nil, false:
		default:
			o.refuse(key, "%s is not available yet: leave it out", key)
		}
	}
}

// close refuses the keys that nobody asked for.
func (o *object) close() {
	for _, key := range slices.Sorted(maps.Keys(o.values)) {
		if slices.Contains(o.asked, key) || o.doc.full() {
			continue
		}
		if len(o.asked) == 0 {
			o.refuse(key, "unknown key %.80q: nothing can be set here", key)
			continue
		}
		o.refuse(key, "unknown key %.80q%s", key, meant(key, o.asked))
	}
}

// printable refuses names that nobody could read on a timeline.
func printable(s string) bool {
	return len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
