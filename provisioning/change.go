package provisioning

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Verb says what happens to a record.
type Verb string

// The verbs.
const (
	Create Verb = "create"
	Update Verb = "update"
	Delete Verb = "delete"
)

// Change is one record that becomes another, appears or goes.
type Change struct {
	Verb   Verb
	Record Record // as it is after the change; what is deleted as it was
	Fields []FieldChange
	// Event is the type of the event that tells of the change; empty: its kind and its verb, "user.updated".
	Event string
}

// FieldChange is one field before and after; a secret is dots on both sides.
type FieldChange struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// String tells the change in one line for people: what, which, and each field before and after.
func (c Change) String() string {
	ref := c.Record.Ref()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", c.Verb, ref.Kind, ref.Name)
	for i, f := range c.Fields {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		switch {
		case c.Verb == Create:
			fmt.Fprintf(&b, "%s%s=%s", sep, f.Name, short(f.After))
		case f.Before == "":
			fmt.Fprintf(&b, "%s%s set to %s", sep, f.Name, short(f.After))
		case f.After == "":
			fmt.Fprintf(&b, "%s%s cleared, was %s", sep, f.Name, short(f.Before))
		default:
			fmt.Fprintf(&b, "%s%s %s -> %s", sep, f.Name, short(f.Before), short(f.After))
		}
	}
	return b.String()
}

// short keeps a value readable inside a line.
func short(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// difference lists the fields that differ between two records of one kind; before may be nil.
func difference(before, after Record) []FieldChange {
	var was []Field
	if before != nil {
		was = before.Fields()
	}
	var out []FieldChange
	for i, f := range after.Fields() {
		var old Field
		if was != nil {
			old = was[i]
		}
		if f == old || (was == nil && f.Value == "" && f.Secret == "") {
			continue
		}
		c := FieldChange{Name: f.Name, Before: old.Value, After: f.Value}
		if f.Secret != "" || old.Secret != "" {
			c.Before, c.After = old.Secret.String(), f.Secret.String()
		}
		out = append(out, c)
	}
	return out
}
