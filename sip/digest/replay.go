package digest

import (
	"hash/maphash"
	"sync"
	"time"
)

// replays remembers which counts of which nonces were used, in two generations that take turns: an entry lives at least as long as its
// nonce is fresh, unless there are more right answers than fit, and then the oldest half goes.
type replays struct {
	mu      sync.Mutex
	seed    maphash.Seed
	now     map[uint64]window
	before  map[uint64]window
	rotated time.Time
}

// window is the counts of one nonce: the highest, and the 64 up to it as bits, since requests may overtake one another.
type window struct {
	high uint32
	bits uint64
}

// maxReplays is how many nonces a generation holds; about 2 MB at the most.
const maxReplays = 32768

func newReplays() *replays {
	return &replays{seed: maphash.MakeSeed(), now: make(map[uint64]window), rotated: time.Now()}
}

// first says whether this count of this nonce is new, and remembers it.
func (r *replays) first(nonce string, nc uint32) bool {
	key := maphash.String(r.seed, nonce)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.now) >= maxReplays || time.Since(r.rotated) > nonceLife+time.Minute {
		r.before, r.now, r.rotated = r.now, make(map[uint64]window), time.Now()
	}
	w, ok := r.now[key]
	if !ok {
		w = r.before[key]
	}
	if !w.use(nc) {
		return false
	}
	r.now[key] = w
	return true
}

// use takes a count; false when it was taken before or is too far behind.
func (w *window) use(nc uint32) bool {
	if nc > w.high {
		w.bits = w.bits<<min(nc-w.high, 64) | 1
		w.high = nc
		return true
	}
	back := w.high - nc
	if back >= 64 || w.bits&(1<<back) != 0 {
		return false
	}
	w.bits |= 1 << back
	return true
}
