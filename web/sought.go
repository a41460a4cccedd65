package web

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// sought are the words that somebody types to find something, as they are compared: small letters without accents.
type sought []string

// soughtFor reads what was typed. What has no letters and no digits is in nothing.
func soughtFor(q string) sought {
	words := wordsOf(q)
	if len(words) == 0 && strings.TrimSpace(q) != "" {
		return sought{q}
	}
	return words
}

// in says whether each word that is sought begins a word of one of the texts: "ma al" finds Alice Martin. Nothing sought is in everything.
func (s sought) in(texts ...string) bool {
	if len(s) == 0 {
		return true
	}
	var all []string
	for _, t := range texts {
		all = append(all, wordsOf(t)...)
	}
	for _, w := range s {
		if !slices.ContainsFunc(all, func(has string) bool { return strings.HasPrefix(has, w) }) {
			return false
		}
	}
	return true
}

// wordsOf splits a text where neither a letter nor a digit is.
func wordsOf(s string) []string {
	plain, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn))), s)
	if err != nil {
		plain = s
	}
	return strings.FieldsFunc(strings.ToLower(plain), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
