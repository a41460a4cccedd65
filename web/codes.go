package web

import (
	"encoding/json"
	"maps"
	"net/http"
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

// listCodes serves the table of codes, in the reader's language.
func (s *Server) listCodes(w http.ResponseWriter, r *http.Request) {
	type code struct {
		Code    string `json:"code"`
		Meaning string `json:"meaning"`
	}
	lang := language(r.Header.Get("Accept-Language"))
	all := []code{}
	for _, one := range s.words.codes() {
		all = append(all, code{one, s.words.meaning(lang, one)})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Vary", "Accept-Language")
	_ = json.NewEncoder(w).Encode(all)
}
