package routing

import (
	"strings"
	"testing"
	"time"
)

func TestIDsHaveAPrefixAndSortByTime(t *testing.T) {
	at := time.UnixMilli(1_795_268_800_123)
	seen := map[string]bool{}
	last := ""
	for i := range 1000 {
		id := NewID("call", at.Add(time.Duration(i)*time.Millisecond))
		if !strings.HasPrefix(id, "call_") || len(id) != 31 {
			t.Fatalf("%q is not call_ and 26 characters", id)
		}
		if id <= last || seen[id] {
			t.Fatalf("%q does not come after %q", id, last)
		}
		seen[id], last = true, id
	}
	a, b := NewID("call", at), NewID("call", at)
	if a == b || a[:15] != b[:15] {
		t.Fatalf("%q and %q: same time, so the same first ten characters and another rest", a, b)
	}
}
