package config

import "fmt"

// Suggestion is `, did you mean "udp"?` when one of the words is close to what was written, else nothing.
func Suggestion(wrote string, words []string) string {
	if w := nearest(wrote, words); w != "" {
		return fmt.Sprintf(", did you mean %q?", w)
	}
	return ""
}

// nearest is the word with the fewest typing errors in it, if they are few enough for its length.
func nearest(wrote string, words []string) string {
	best, least := "", len(wrote)/3+2
	for _, w := range words {
		if d := typos(wrote, w); d < least {
			best, least = w, d
		}
	}
	return best
}

// typos counts the letters to insert, delete, replace or swap with their neighbour to make b of a (the optimal string alignment distance).
func typos(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, prev, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(t)]
}
