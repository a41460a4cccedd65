package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Input is a request or an answer that is to be read.
type Input struct {
	Header http.Header
	Query  url.Values
	Body   []byte
}

// Found is what a Reading found.
type Found struct{ From, To, Body, ID, State, Reason string }

// Read reads. It fails when the body is not of the kind that the Reading looks for; what is not there is empty.
func (r *Reading) Read(in Input) (Found, error) {
	s := source{in: in}
	f := Found{From: s.get(r.From), To: s.get(r.To), Body: s.get(r.Body), ID: s.get(r.ID), Reason: s.get(r.Reason), State: r.state(s.get(r.State))}
	return f, s.err
}

// state is what their word means; empty: nothing.
func (r *Reading) state(word string) string {
	for theirs, ours := range r.States {
		if strings.EqualFold(theirs, word) {
			return ours
		}
	}
	return ""
}

// source looks things up, and parses the body once.
type source struct {
	in   Input
	form url.Values
	doc  any
	err  error // the first
}

func (s *source) get(expression string) string {
	kind, path, _ := strings.Cut(expression, ":")
	value := ""
	switch kind {
	case "header":
		value = s.in.Header.Get(path)
	case "query":
		value = s.in.Query.Get(path)
	case "form":
		value = s.fields().Get(path)
	case "json":
		value = textOf(walk(s.document(), path))
	}
	if !utf8.ValidString(value) {
		s.fail(errors.New("a text that is not UTF-8"))
		return ""
	}
	return value
}

func (s *source) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *source) fields() url.Values {
	if s.form == nil {
		form, err := url.ParseQuery(string(s.in.Body))
		if err != nil {
			s.fail(fmt.Errorf("read form: %w", err))
		}
		s.form = form
	}
	return s.form
}

func (s *source) document() any {
	if s.doc == nil && s.err == nil {
		d := json.NewDecoder(bytes.NewReader(s.in.Body))
		d.UseNumber()
		err := d.Decode(&s.doc)
		if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
			err = errors.New("something follows the document")
		}
		if err != nil {
			s.doc = nil
			s.fail(fmt.Errorf("read JSON: %w", err))
		}
	}
	return s.doc
}

// walk follows a path of names and indices.
func walk(doc any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch at := doc.(type) {
		case map[string]any:
			doc = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			doc = at[i]
		default:
			return nil
		}
	}
	return doc
}

// textOf is a value as text: what is no single value is none.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}
