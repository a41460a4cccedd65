package smpp

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// gate bounds what one source may do to a server: how many connections it has, and how often it binds wrongly.
type gate struct {
	most, perSource, failures int

	mu     sync.Mutex
	all    int
	new    int                 // of all: those that are not bound
	by     map[string]int      // connections
	wrong  map[string]attempts // failed binds
	forget time.Time           // when wrong is swept
}

// attempts are failed binds within a minute.
type attempts struct {
	n     int
	until time.Time
}

// Bounds of what a gate remembers.
const (
	barredFor   = time.Minute
	mostSources = 4096
	mostNew     = 128 // connections that are not bound: they leave room for those that are
)

func newGate(c ServerConfig) *gate {
	return &gate{most: c.Most, perSource: c.PerSource, failures: c.Failures, by: map[string]int{}, wrong: map[string]attempts{}}
}

// sourceOf is the host of an address: of IPv6 its network of 64 bits, which is one customer's.
func sourceOf(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.String()
	}
	ip := at.Addr().Unmap()
	if ip.Is6() {
		const customer = 64
		if p, cut := ip.WithZone("").Prefix(customer); cut == nil {
			return p.String()
		}
	}
	return ip.String()
}

// Why a connection is not accepted.
var (
	errFull      = errors.New("there are too many connections")
	errFullOfOne = errors.New("there are too many connections of one source")
)

// enter counts a connection in.
func (g *gate) enter(from string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= g.most || g.new >= mostNew {
		return errFull
	}
	if g.by[from] >= g.perSource {
		return errFullOfOne
	}
	g.all++
	g.new++
	g.by[from]++
	return nil
}

// met notes that a connection is bound, or will not be.
func (g *gate) met() {
	g.mu.Lock()
	g.new--
	g.mu.Unlock()
}

// leave counts it out.
func (g *gate) leave(from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.by[from]--; g.by[from] == 0 {
		delete(g.by, from)
	}
}

// failed counts a bind that failed.
func (g *gate) failed(from string) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.After(g.forget) || len(g.wrong) >= mostSources {
		for source, a := range g.wrong {
			if now.After(a.until) || len(g.wrong) >= mostSources {
				delete(g.wrong, source)
			}
		}
		g.forget = now.Add(barredFor)
	}
	a := g.wrong[from]
	if now.After(a.until) {
		a = attempts{until: now.Add(barredFor)}
	}
	a.n++
	g.wrong[from] = a
}

// barred says whether a source failed too often to be heard now.
func (g *gate) barred(from string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.wrong[from]
	return a.n >= g.failures && time.Now().Before(a.until)
}

// laments remember who was complained about.
type laments struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// quiet says whether that was not long ago.
func (l *laments) quiet(who string, now time.Time) bool {
	const again, most = 10 * time.Minute, 256
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, was := l.last[who]; was && now.Sub(at) < again {
		return true
	}
	if l.last == nil || len(l.last) >= most {
		l.last = map[string]time.Time{}
	}
	l.last[who] = now
	return false
}
