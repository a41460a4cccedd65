package config

import (
	"fmt"
	"time"
)

// gatherMost is how long packets may gather: more would be heard.
const gatherMost = 2 * time.Millisecond

// Gather is how long packets may gather, from nothing to 2 ms.
type Gather struct{ time.Duration }

// UnmarshalText reads a length of time such as "1ms".
func (g *Gather) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d < 0 || d > gatherMost {
		return fmt.Errorf("%q is not a length of time from \"0s\" to \"2ms\"", b)
	}
	g.Duration = d
	return nil
}

// String writes it as UnmarshalText reads it.
func (g Gather) String() string { return g.Duration.String() }
