package config

import (
	"fmt"

	"tandem/routing/flow"
)

// Suggestion is `, did you mean "udp"?` when one of the words is close to what was written, else nothing.
func Suggestion(wrote string, words []string) string {
	if w := flow.Nearest(wrote, words); w != "" {
		return fmt.Sprintf(", did you mean %q?", w)
	}
	return ""
}
