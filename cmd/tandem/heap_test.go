package main

import "testing"

func TestMoreGarbageMayGatherWhileTheHeapIsSmall(t *testing.T) {
	const mega = 1 << 20
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 400}, {10 * mega, 400}, {24 * mega, 400}, {32 * mega, 300}, {48 * mega, 200}, {96 * mega, 100}, {500 * mega, 100}, {100_000 * mega, 100},
	} {
		if got := percentFor(c.live); got != c.want {
			t.Errorf("%d MB live: %d %%, want %d", c.live/mega, got, c.want)
		}
	}
}
