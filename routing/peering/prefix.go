package peering

import "strings"

// PrefixRule writes one kind of number another way: what it begins with is taken off, and something else put there.
type PrefixRule struct {
	Match  string `json:"match" toml:"match" maxLength:"20" doc:"What the number begins with: digits, +, * or #. Towards a trunk numbers are matched as +33…, so + alone is every number."`
	Put    string `json:"put,omitempty" toml:"put,omitempty" maxLength:"20" doc:"What takes its place."`
	Length int    `json:"length,omitempty" toml:"length,omitzero" doc:"Only for numbers of so many characters in all. 0: of any length."`
}

// isDialled says whether a text is made of what a number can have, and is not too long.
func isDialled(s string) (is bool) {
	const most = 20
	return len(s) <= most && strings.Trim(s, "0123456789+*#") == ""
}

// takes says whether a rule is for a number.
func (r *PrefixRule) takes(number string) (does bool) {
	return strings.HasPrefix(number, r.Match) && (r.Length == 0 || r.Length == len(number))
}

// Apply writes a number by the rule that matches most of it; of two that match as much, one for this length comes before one for any, and then the first.
// It gives the index of the rule, -1 where none matches and the number stays.
func Apply(rules []PrefixRule, number string) (written string, rule int) {
	best := -1
	for i := range rules {
		r := &rules[i]
		if !r.takes(number) {
			continue
		}
		if best < 0 || len(r.Match) > len(rules[best].Match) || len(r.Match) == len(rules[best].Match) && r.Length > 0 && rules[best].Length == 0 {
			best = i
		}
	}
	if best < 0 {
		return number, -1
	}
	return rules[best].Put + number[len(rules[best].Match):], best
}
