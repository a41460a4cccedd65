package trunk

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"tandem/sip/transport"
)

// Health is the penalty box of servers: one that failed is tried last for a while (RFC 3263 section 4.3), and for longer each time that it
// fails again. Safe for concurrent use; its lock is a leaf lock.
type Health struct {
	mu  sync.Mutex
	ill map[server]illness
}

// server is one address by one transport: what takes no connection may take datagrams.
type server struct {
	network transport.Network
	addr    netip.AddrPort
}

// illness is that of a server that failed.
type illness struct {
	until time.Time
	times int // in a row
}

// How long a server that did not answer is tried last: the first time, and at most.
const (
	penalty    = 30 * time.Second
	maxPenalty = 10 * time.Minute
)

// NewHealth makes a box in which nobody sits.
func NewHealth() *Health { return &Health{ill: make(map[server]illness)} }

// Report tells what came of a request to a server: 408 and 503 send it to the box, for retryAfter where it said so (at most an hour);
// any other status is a sign of life. Failures of requests that were under way together count as one.
func (h *Health) Report(t transport.Target, status int, retryAfter time.Duration) {
	at := server{t.Network, t.Addr}
	h.mu.Lock()
	defer h.mu.Unlock()
	if status != 408 && status != 503 {
		delete(h.ill, at)
		return
	}
	now := time.Now()
	i := h.ill[at]
	if now.After(i.until) {
		i.times++
	}
	if retryAfter <= 0 {
		retryAfter = min(penalty<<min(i.times-1, 8), maxPenalty)
	}
	if until := now.Add(min(retryAfter, time.Hour)); until.After(i.until) {
		i.until = until
	}
	h.ill[at] = i
}

// Well says whether a server is not in the box.
func (h *Health) Well(t transport.Target) Wellness {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Wellness(!time.Now().Before(h.ill[server{t.Network, t.Addr}].until))
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
