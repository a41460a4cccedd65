package trunk

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"tandem/sip/transport"
)

// Health is the penalty box of servers: one that failed is tried last for a while (RFC 3263 section 4.3). Safe for concurrent use; its
// lock is a leaf lock.
type Health struct {
	mu  sync.Mutex
	ill map[netip.AddrPort]time.Time // until when
}

// penalty is how long a server that did not answer is tried last.
const penalty = 30 * time.Second

// NewHealth makes a box in which nobody sits.
func NewHealth() *Health { return &Health{ill: make(map[netip.AddrPort]time.Time)} }

// Report tells what came of a request to a server: 408 and 503 send it to the box, for retryAfter where it said so (at most an hour);
// any other status is a sign of life.
func (h *Health) Report(t transport.Target, status int, retryAfter time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if status != 408 && status != 503 {
		delete(h.ill, t.Addr)
		return
	}
	if retryAfter <= 0 {
		retryAfter = penalty
	}
	h.ill[t.Addr] = time.Now().Add(min(retryAfter, time.Hour))
}

// Well says whether a server is not in the box.
func (h *Health) Well(t transport.Target) Wellness {
	h.mu.Lock()
	defer h.mu.Unlock()
	until, ill := h.ill[t.Addr]
	if ill && time.Now().After(until) {
		delete(h.ill, t.Addr)
		ill = false
	}
	return Wellness(!ill)
}

// Wellness says whether a server answers as far as is known.
type Wellness bool

// Order puts servers that are in the box behind those that are not, and keeps the order otherwise. The slice is changed in place.
func (h *Health) Order(list []Hop) {
	slices.SortStableFunc(list, func(a, b Hop) int {
		return rank(h.Well(a.Target)) - rank(h.Well(b.Target))
	})
}

func rank(w Wellness) int {
	if w {
		return 0
	}
	return 1
}
