package ims_test

import (
	"slices"
	"strings"
	"testing"
)

// heads are headers by their names in lower case, one value each time.
type heads map[string][]string

func (h heads) Values(name string) []string { return h[strings.ToLower(name)] }

// head reads "Name: value" lines.
func head(lines ...string) heads {
	h := heads{}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		name = strings.ToLower(name)
		h[name] = append(h[name], strings.TrimSpace(value))
	}
	return h
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func sameList[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n%v\nwant\n%v", what, got, want)
	}
}
