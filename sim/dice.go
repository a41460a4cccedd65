package sim

import (
	"math/rand/v2"
	"sync"
	"time"
)

// dice is chance that can be repeated by its seed.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand // guarded by mu
}

func newDice(seed uint64) *dice {
	return &dice{rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))} //nolint:gosec // chance in a play, not a secret
}

func (d *dice) intn(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.IntN(n)
}

func (d *dice) between(a, b time.Duration) time.Duration {
	return a + time.Duration(d.intn(int((b-a)/time.Millisecond)+1))*time.Millisecond
}

func pick[T any](d *dice, from []T) T { return from[d.intn(len(from))] }
