package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tandem/cmd/tandem/config"
)

// body is what a command sends: fields on the command line, on top of a file.
type body struct {
	File   string   `short:"f" name:"file" placeholder:"FILE" help:"Read the body from a JSON file; - is the standard input."`
	Fields []string `arg:"" optional:"" placeholder:"FIELD=VALUE" help:"Fields, as the API names them; dots lead into objects, commas separate the values of a list."`
}

// operationAt is where an operation stands in the description of the API.
type operationAt struct {
	method string // "post"
	path   string // "/api/v1/users"
}

// read makes the body of an operation: each value becomes what the description of the API wants there, and names become ids.
func (b body) read(ctx context.Context, l *line, in io.Reader, at operationAt) (any, error) {
	doc := map[string]any{}
	if b.File != "" {
		text, err := readFile(b.File, in)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			return nil, inputError{fmt.Errorf("%s is no JSON object: %w", b.File, err)}
		}
	}
	if len(b.Fields) == 0 && b.File != "" {
		return doc, nil
	}
	api, err := l.describe(ctx)
	if err != nil {
		return nil, err
	}
	schema := api.bodyOf(at)
	if schema == nil && len(b.Fields) == 0 {
		return nil, nil //nolint:nilnil // An operation without a body.
	}
	for _, pair := range b.Fields {
		name, text, is := strings.Cut(pair, "=")
		if !is {
			return nil, inputError{fmt.Errorf("%s: write field=value", pair)}
		}
		want, err := api.find(schema, name)
		if err != nil {
			return nil, err
		}
		value, err := l.value(ctx, api, want, typed{name, text})
		if err != nil {
			return nil, err
		}
		put(doc, name, value)
	}
	return doc, nil
}

// typed is a field as somebody typed it.
type typed struct{ name, text string }

// put sets a field by a path of names with dots.
func put(doc map[string]any, path string, value any) {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		doc[head] = value
		return
	}
	inner, is := doc[head].(map[string]any)
	if !is {
		inner = map[string]any{}
		doc[head] = inner
	}
	put(inner, rest, value)
}

// schema is what the description of the API says of a value, as far as a command line needs it.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"` // a text, or a list of them
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	OneOf      []*schema          `json:"oneOf"`
}

// description is the description of the API.
type description struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct {
				Schema *schema `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

// describe fetches the description of the API from the program that a command talks to.
func (l *line) describe(ctx context.Context) (*description, error) {
	var d description
	if err := l.ask(ctx, "GET", "/openapi.json", nil, &d); err != nil {
		return nil, err
	}
	return &d, nil
}

// action finds an action below a path, by any method that changes something, else by reading.
func (l *line) action(ctx context.Context, under, name string) (operationAt, error) {
	api, err := l.describe(ctx)
	if err != nil {
		return operationAt{}, err
	}
	var known []string
	for path, methods := range api.Paths {
		rest, below := strings.CutPrefix(path, under)
		if !below || strings.Contains(rest, "{") {
			continue
		}
		known = append(known, rest)
		if rest != name {
			continue
		}
		for _, method := range []string{"post", "put", "get", "delete"} {
			if _, has := methods[method]; has {
				return operationAt{method, path}, nil
			}
		}
	}
	slices.Sort(known)
	return operationAt{}, inputError{fmt.Errorf("there is no action %q%s: there are %s", name, config.Suggestion(name, known), strings.Join(known, ", "))}
}

// bodyOf is the schema of an operation's body; nil where it has none.
func (d *description) bodyOf(at operationAt) *schema {
	for _, path := range []string{at.path, strings.Replace(at.path, "{id}", "{ref}", 1)} {
		for _, c := range d.Paths[path][at.method].RequestBody.Content {
			return d.plain(c.Schema)
		}
	}
	return nil
}

// plain follows references, and takes the first of several choices that is not null.
func (d *description) plain(s *schema) *schema {
	for s != nil && (s.Ref != "" || len(s.OneOf) > 0) {
		if s.Ref != "" {
			s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
			continue
		}
		i := slices.IndexFunc(s.OneOf, func(o *schema) bool { return o.Type != "null" })
		s = s.OneOf[max(i, 0)]
	}
	return s
}

// find is the schema of a field by its path; a name that is not there is an error that proposes the nearest.
func (d *description) find(in *schema, path string) (*schema, error) {
	at := d.plain(in)
	for name := range strings.SplitSeq(path, ".") {
		if at == nil || at.Properties == nil {
			return at, nil // Free form: whatever is sent is checked there.
		}
		next, known := at.Properties[name]
		if !known {
			names := slices.Sorted(maps.Keys(at.Properties))
			return nil, inputError{fmt.Errorf("there is no field %q%s: there are %s", name, config.Suggestion(name, names), strings.Join(names, ", "))}
		}
		at = d.plain(next)
	}
	return at, nil
}

// kind is the JSON type that a schema wants; empty: any.
func (s *schema) kind() string {
	if s == nil {
		return ""
	}
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		for _, one := range t {
			if name, is := one.(string); is && name != "null" {
				return name
			}
		}
	}
	return ""
}

// value makes of a typed text what a schema wants.
func (l *line) value(ctx context.Context, api *description, want *schema, f typed) (any, error) {
	if f.text == "null" {
		return nil, nil //nolint:nilnil // JSON's null.
	}
	switch kind := want.kind(); {
	case kind == "array" && !strings.HasPrefix(f.text, "["):
		return l.values(ctx, api, want, f)
	case kind == "string":
		if word := nounOfField(f.name); word != "" && f.text != "" {
			return l.resolve(ctx, word, f.text)
		}
		return f.text, nil
	default:
		return scalar(kind, f)
	}
}

// values makes a list of texts with commas between them.
func (l *line) values(ctx context.Context, api *description, want *schema, f typed) (any, error) {
	list := []any{}
	for part := range strings.SplitSeq(f.text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		v, err := l.value(ctx, api, api.plain(want.Items), typed{f.name, part})
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// scalar makes a number, a truth or an object of a text.
func scalar(kind string, f typed) (any, error) {
	switch kind {
	case "boolean":
		switch f.text {
		case "true", "yes":
			return true, nil
		case "false", "no":
			return false, nil
		}
		return nil, inputError{fmt.Errorf("%s: write true or false, not %q", f.name, f.text)}
	case "integer", "number":
		n, err := strconv.ParseFloat(f.text, 64)
		if err != nil {
			return nil, inputError{fmt.Errorf("%s: write a number, not %q", f.name, f.text)}
		}
		return n, nil
	}
	var v any
	err := json.Unmarshal([]byte(f.text), &v)
	switch {
	case err != nil && kind == "":
		return f.text, nil
	case err != nil:
		return nil, inputError{fmt.Errorf("%s: write JSON, such as {\"name\": \"value\"}: %w", f.name, err)}
	}
	return v, nil
}

// inOrder lists the fields of an object: how it is called first, then the others by name.
func inOrder(v map[string]any) []string {
	names := slices.Sorted(maps.Keys(v))
	front := []string{"id", "name", "email", "number", "extension"}
	slices.SortStableFunc(names, func(a, b string) int { return rank(front, a) - rank(front, b) })
	return names
}

func rank(front []string, name string) int {
	if i := slices.Index(front, name); i >= 0 {
		return i
	}
	return len(front)
}
