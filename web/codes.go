package web

import (
	"maps"
	"slices"
	"strings"
)

// codes lists the codes that problems and their errors may have: those that we have words for.
func (c catalogue) codes() []string {
	all := map[string]struct{}{}
	for key := range c["en"] {
		for _, prefix := range []string{"problem.", "refusal."} {
			if code, is := strings.CutPrefix(key, prefix); is {
				all[code] = struct{}{}
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// meaning says what a code means, with the names of what it is about in braces.
func (c catalogue) meaning(lang, code string) string {
	if s, known := c[lang]["refusal."+code]; known {
		return s
	}
	return c[lang]["problem."+code]
}
