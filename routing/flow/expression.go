package flow

import (
	"errors"
	"strconv"
	"strings"
)

// expression is a path into a JSON document: the part of JSONPath (RFC 9535) that names one place. $.a.b, $['a b'][0].
type expression []step

// step goes into an object by a name, or into a list by a place.
type step struct {
	name  string
	index int // -1: by the name
}

var errExpression = errors.New("this is no path into an answer")

// parseExpression reads a path of at most 20 steps.
func parseExpression(s string) (expression, error) {
	rest, root := strings.CutPrefix(s, "$")
	if !root || rest == "" || len(s) > 300 {
		return nil, errExpression
	}
	var e expression
	for rest != "" {
		var next step
		var is bool
		switch {
		case strings.HasPrefix(rest, "['"), strings.HasPrefix(rest, `["`):
			next, rest, is = quotedStep(rest)
		case rest[0] == '[':
			next, rest, is = placeStep(rest)
		case rest[0] == '.':
			next, rest, is = namedStep(rest)
		}
		if !is || len(e) == 20 {
			return nil, errExpression
		}
		e = append(e, next)
	}
	return e, nil
}

// quotedStep reads ['name'].
func quotedStep(s string) (step, string, bool) {
	name, rest, closed := strings.Cut(s[2:], s[1:2]+"]")
	return step{name, -1}, rest, closed && name != "" && !strings.ContainsAny(name, `\'"`)
}

// placeStep reads [0].
func placeStep(s string) (step, string, bool) {
	digits, rest, closed := strings.Cut(s[1:], "]")
	n, err := strconv.Atoi(digits)
	return step{"", n}, rest, closed && err == nil && len(digits) <= 4 && numeric(digits)
}

// namedStep reads .name.
func namedStep(s string) (step, string, bool) {
	end := strings.IndexAny(s[1:], ".[")
	if end < 0 {
		end = len(s) - 1
	}
	name := s[1 : 1+end]
	wild := strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`*?()@'"\],:`, r) })
	return step{name, -1}, s[1+end:], name != "" && !wild
}

// find goes down a decoded JSON document; nil where there is nothing.
func (e expression) find(v any) any {
	for _, s := range e {
		switch in := v.(type) {
		case map[string]any:
			if s.index >= 0 {
				return nil
			}
			v = in[s.name]
		case []any:
			if s.index < 0 || s.index >= len(in) {
				return nil
			}
			v = in[s.index]
		default:
			return nil
		}
	}
	return v
}
