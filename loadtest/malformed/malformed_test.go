package malformed_test

import (
	"bytes"
	"testing"

	"tandem/loadtest/malformed"
)

// There are more than ten thousand, no two the same, each the same each time, and none is longer than a datagram.
func TestTheCasesAreManyAndRepeatable(t *testing.T) {
	if n := malformed.Cases(); n < 10000 {
		t.Fatalf("%d cases", n)
	}
	seen := map[string]int{}
	const looked = 3000
	for n := range looked {
		raw := malformed.Request(n)
		if !bytes.Equal(raw, malformed.Request(n)) || len(raw) > malformed.Most || len(raw) == 0 {
			t.Fatalf("case %d: %d bytes", n, len(raw))
		}
		if before, again := seen[string(raw)]; again {
			t.Errorf("case %d is case %d again", n, before)
		}
		seen[string(raw)] = n
	}
}
