package resolve

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tandem/sip/transport"
)

// Lookup asks the DNS. *net.Resolver is one.
type Lookup interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, addrs []*net.SRV, err error)
}

// Limits bound what a Resolver keeps and how long it asks. Zero takes the default.
type Limits struct {
	MaxAge  time.Duration // of an answer; 1 min (the system's resolver tells no TTL)
	Stale   time.Duration // how long an older answer serves when the DNS does not; 1 h
	Timeout time.Duration // of one question; 5 s
	Names   int           // kept; 4,096
}

// Resolver finds the addresses of servers and remembers them for a while. Safe for concurrent use.
type Resolver struct {
	lookup Lookup
	limits Limits
	start  func(ask func(context.Context)) // on a goroutine of its own, until Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	known   map[string]answer
	waiting map[string][]func([]transport.Target, error)
}

type answer struct {
	targets []transport.Target
	at      time.Time
}

// New makes a resolver; ctx ends its questions, as Close does.
func New(ctx context.Context, lookup Lookup, limits Limits) *Resolver {
	if limits.MaxAge == 0 {
		limits.MaxAge = time.Minute
	}
	if limits.Stale == 0 {
		limits.Stale = time.Hour
	}
	if limits.Timeout == 0 {
		limits.Timeout = 5 * time.Second
	}
	if limits.Names == 0 {
		limits.Names = 4096
	}
	r := &Resolver{
		lookup: lookup, limits: limits,
		known: make(map[string]answer), waiting: make(map[string][]func([]transport.Target, error)),
	}
	ctx, r.cancel = context.WithCancel(ctx)
	r.start = func(ask func(context.Context)) { r.wg.Go(func() { ask(ctx) }) }
	return r
}

// Close ends the questions under way and waits for them.
func (r *Resolver) Close() {
	r.cancel()
	r.wg.Wait()
}

// Resolve hands over the targets of a server, best first. It never asks the DNS on the caller's goroutine: digits and what is known are
// delivered at once, everything else later and from another goroutine. One question at a time is asked for one name.
func (r *Resolver) Resolve(v Server, deliver func([]transport.Target, error)) {
	if t, ok := v.literal(); ok {
		deliver([]transport.Target{t}, nil)
		return
	}
	key := string(v.Network) + " " + v.URI.String()
	r.mu.Lock()
	if a, ok := r.known[key]; ok && time.Since(a.at) < r.limits.MaxAge {
		r.mu.Unlock()
		deliver(a.targets, nil)
		return
	}
	first := len(r.waiting[key]) == 0
	r.waiting[key] = append(r.waiting[key], deliver)
	r.mu.Unlock()
	if first {
		r.start(func(ctx context.Context) { r.ask(ctx, key, v) })
	}
}

func (r *Resolver) ask(ctx context.Context, key string, v Server) {
	ctx, cancel := context.WithTimeout(ctx, r.limits.Timeout)
	defer cancel()
	targets, err := r.question(ctx, v)
	r.mu.Lock()
	switch a, ok := r.known[key]; {
	case err == nil:
		if len(r.known) >= r.limits.Names {
			clear(r.known)
		}
		r.known[key] = answer{targets: targets, at: time.Now()}
	case ok && time.Since(a.at) < r.limits.Stale:
		targets, err = a.targets, nil
	}
	waiting := r.waiting[key]
	delete(r.waiting, key)
	r.mu.Unlock()
	for _, deliver := range waiting {
		deliver(targets, err)
	}
}

// question asks in the order of RFC 3263 section 4.2: a port means A and AAAA; without one SRV comes first.
func (r *Resolver) question(ctx context.Context, v Server) ([]transport.Target, error) {
	if v.Port == 0 {
		if targets := r.bySRV(ctx, v); len(targets) > 0 {
			return targets, nil
		}
	}
	targets, err := r.byName(ctx, v, v.Host, v.Port)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", v.Host, err)
	}
	return targets, nil
}

// bySRV asks for the service records of the transport that is wanted, or of UDP and then TCP when none is (RFC 3263 section 4.1).
func (r *Resolver) bySRV(ctx context.Context, v Server) []transport.Target {
	networks := []transport.Network{v.Network}
	if v.Network == "" {
		networks = []transport.Network{transport.UDP, transport.TCP}
	}
	for _, n := range networks {
		service, proto := srvName(n)
		_, records, err := r.lookup.LookupSRV(ctx, service, proto, v.Host)
		if err != nil {
			continue // none, or no answer: the next way may do
		}
		var targets []transport.Target
		w := v
		w.Network = n
		for _, rec := range records { // already in the order of priority and weight (RFC 2782)
			found, err := r.byName(ctx, w, strings.TrimSuffix(rec.Target, "."), rec.Port)
			if err == nil {
				targets = append(targets, found...)
			}
		}
		if len(targets) > 0 {
			return targets
		}
	}
	return nil
}

func srvName(n transport.Network) (service, proto string) {
	switch n {
	case transport.TLS:
		return "sips", "tcp"
	case transport.TCP:
		return "sip", "tcp"
	case transport.UDP, transport.WS, transport.WSS:
	}
	return "sip", "udp"
}

// byName asks for addresses, those of IPv4 first. The certificate must carry the name that was asked for, not the one that SRV gave
// (RFC 5922 section 4).
func (r *Resolver) byName(ctx context.Context, v Server, host string, port uint16) ([]transport.Target, error) {
	ips, err := r.lookup.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var four, six []transport.Target
	for _, ip := range ips {
		if t := v.target(ip, port); t.Addr.Addr().Is4() {
			four = append(four, t)
		} else {
			six = append(six, t)
		}
	}
	return append(four, six...), nil
}
