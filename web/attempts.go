package web

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// How often a wrong key may be shown from one address: so many at once, and then one in so much time.
const (
	attemptsAtOnce = 10
	attemptEvery   = 6 * time.Second
	maxAttempters  = 4096 // in one generation; there are two
)

// attempts counts wrong keys by whom they are of: the address that they come from, or the person whom they are for. It is bounded: the older half
// is forgotten when it is full.
type attempts[K comparable] struct {
	atOnce float64
	every  time.Duration

	mu     sync.Mutex
	now    map[K]allowance
	before map[K]allowance
}

// allowance is what is left to somebody, as it was at a moment.
type allowance struct {
	left float64
	at   time.Time
}

// proof says whether a key that was shown is right.
type proof bool

const (
	wrongKey proof = false
	rightKey proof = true
)

// judge says how long somebody has to wait before their keys are looked at again; 0: the proof counts. While they wait even the right key is
// refused, or else one could go on trying and see which one is let through.
func (a *attempts[K]) judge(from K, p proof, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	one, known := a.now[from]
	if !known {
		one, known = a.before[from]
	}
	if !known {
		one = allowance{left: a.atOnce, at: now}
	}
	one.left = min(a.atOnce, one.left+now.Sub(one.at).Seconds()/a.every.Seconds())
	one.at = now
	if one.left < 1 {
		return time.Duration((1 - one.left) * float64(a.every))
	}
	if p == rightKey {
		return 0
	}
	one.left--
	if _, held := a.now[from]; !held && (a.now == nil || len(a.now) >= maxAttempters) {
		a.before, a.now = a.now, make(map[K]allowance)
	}
	a.now[from] = one
	return 0
}

// sourceOf is where a request comes from: its IPv4 address, or the network of its IPv6 address, which is one customer's. It is not valid on
// the control socket.
func sourceOf(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	const customer = 64
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, customer).Masked()
	}
	return netip.PrefixFrom(addr, addr.BitLen())
}

// tooOften counts an attempt, and answers when there were too many. It says whether it has answered.
func (s *Server) tooOften(w http.ResponseWriter, r *http.Request, p proof) (answered bool) {
	from := sourceOf(r)
	if !from.IsValid() {
		return false
	}
	wait := s.attempts.judge(from.String(), p, time.Now())
	if wait == 0 {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	s.refuse(w, r, problem(http.StatusTooManyRequests, codeTooMany, "too many wrong keys came from this address: wait before you try again"))
	return true
}
