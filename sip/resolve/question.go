package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"tandem/sip/transport"
)

// longestLife is the longest that an answer is kept, whatever it says.
const longestLife = time.Hour

// maxRecords is how many records of one answer are followed.
const maxRecords = 16

// find asks in the order of RFC 3263 section 4: a port means A and AAAA; a transport means SRV; with neither NAPTR is asked first.
func (r *Resolver) find(ctx context.Context, v Server) (found, error) {
	ways := []func(context.Context, Server) found{r.byNAPTR, r.bySRV}
	switch {
	case v.Port != 0:
		ways = nil
	case v.Network != "" && !v.anyStream():
		ways = ways[1:]
	}
	closed := false
	for _, way := range ways {
		f := way(ctx, v)
		if len(f.places) > 0 {
			return f, nil
		}
		closed = closed || f.closed
	}
	if closed {
		return found{}, fmt.Errorf("resolve %s: %w", v.Host, errClosed)
	}
	targets, life, err := r.byName(ctx, v, v.Host, v.Port)
	if err != nil {
		return found{}, fmt.Errorf("resolve %s: %w", v.Host, err)
	}
	return found{places: []place{{targets: targets}}, life: life}, nil
}

// anyStream says that the server was named by a sips URI without a transport: NAPTR may still say which (RFC 3263 section 4.1).
func (v Server) anyStream() bool { return v.URI.Scheme == "sips" && !v.URI.UriParams.Has("transport") }

// byNAPTR asks which transports the domain prefers (RFC 3263 section 4.1). Of the orders the lowest one with a service that we can reach
// counts (RFC 3403 section 4.1).
func (r *Resolver) byNAPTR(ctx context.Context, v Server) found {
	list, err := r.lookup.Lookup(ctx, v.Host, dns.TypeNAPTR)
	if err != nil {
		return found{} // none, or no answer: SRV may do
	}
	var usable []*dns.NAPTR
	for _, rr := range list {
		if n, ok := rr.(*dns.NAPTR); ok && v.takes(n) && len(usable) < maxRecords {
			usable = append(usable, n)
		}
	}
	slices.SortStableFunc(usable, func(a, b *dns.NAPTR) int {
		if a.Order != b.Order {
			return int(a.Order) - int(b.Order)
		}
		return int(a.Preference) - int(b.Preference)
	})
	var out found
	for _, n := range usable {
		if n.Order != usable[0].Order && len(out.places) > 0 {
			break
		}
		w := v
		w.Network, _ = serviceNetwork(n.Service)
		var f found
		if strings.EqualFold(n.Flags, "s") {
			f = r.service(ctx, w, n.Replacement)
		} else if targets, life, err := r.byName(ctx, w, n.Replacement, 0); err == nil {
			f = found{places: []place{{targets: targets}}, life: life}
		}
		if len(f.places) > 0 {
			f.life = min(f.life, lifeOf(n))
			out.add(f)
		}
	}
	return out
}

// takes says whether a NAPTR record is for us: a service that we can reach, led to by a name. A sips URI takes encrypted ones alone.
func (v Server) takes(n *dns.NAPTR) bool {
	network, known := serviceNetwork(n.Service)
	leads := n.Regexp == "" && n.Replacement != "" && n.Replacement != "." && (strings.EqualFold(n.Flags, "s") || strings.EqualFold(n.Flags, "a"))
	return known && leads && (v.URI.Scheme != "sips" || network == transport.TLS)
}

// serviceNetwork is the transport of a NAPTR service field.
func serviceNetwork(service string) (transport.Network, bool) {
	switch strings.ToUpper(service) {
	case "SIP+D2U":
		return transport.UDP, true
	case "SIP+D2T":
		return transport.TCP, true
	case "SIPS+D2T":
		return transport.TLS, true
	default:
		return "", false
	}
}

// bySRV asks for the service records of the transport that is wanted, or of each in turn when none is (RFC 3263 section 4.1).
func (r *Resolver) bySRV(ctx context.Context, v Server) found {
	networks := []transport.Network{v.Network}
	if v.Network == "" {
		networks = []transport.Network{transport.UDP, transport.TCP, transport.TLS}
	}
	closed := false
	for _, n := range networks {
		w := v
		w.Network = n
		f := r.service(ctx, w, srvName(n)+v.Host)
		if len(f.places) > 0 {
			return f
		}
		closed = closed || f.closed
	}
	return found{closed: closed}
}

func srvName(n transport.Network) string {
	switch n {
	case transport.TLS:
		return "_sips._tcp."
	case transport.TCP:
		return "_sip._tcp."
	case transport.UDP, transport.WS, transport.WSS:
	}
	return "_sip._udp."
}

// service follows the SRV records of a name. Their hosts are asked for at the same time; one that has no address is left out.
func (r *Resolver) service(ctx context.Context, v Server, name string) found {
	list, err := r.lookup.Lookup(ctx, name, dns.TypeSRV)
	if err != nil {
		return found{} // none, or no answer: the next way may do
	}
	list = list[:min(len(list), maxRecords)]
	places, lives := make([]place, len(list)), make([]time.Duration, len(list))
	out := found{life: longestLife}
	var wg sync.WaitGroup
	for i, rr := range list {
		rec, ok := rr.(*dns.SRV)
		if !ok || rec.Target == "." {
			out.closed = out.closed || ok
			continue
		}
		wg.Go(func() {
			targets, life, err := r.byName(ctx, v, strings.TrimSuffix(rec.Target, "."), rec.Port)
			if err == nil {
				places[i] = place{rank: int(rec.Priority), weight: rec.Weight, targets: targets}
				lives[i] = min(life, lifeOf(rec))
			}
		})
	}
	wg.Wait()
	for i, p := range places {
		if len(p.targets) > 0 {
			out.places = append(out.places, p)
			out.life = min(out.life, lives[i])
		}
	}
	return out
}

// byName asks for addresses, those of IPv4 first. The certificate must carry the name that was asked for, not the one that SRV gave
// (RFC 5922 section 4).
func (r *Resolver) byName(ctx context.Context, v Server, host string, port uint16) ([]transport.Target, time.Duration, error) {
	ips, life, err := r.lookup.Addresses(ctx, strings.TrimSuffix(host, "."))
	if err != nil {
		return nil, 0, err // the caller says of what
	}
	var four, six []transport.Target
	for _, ip := range ips {
		if t := v.target(ip, port); t.Addr.Addr().Is4() {
			four = append(four, t)
		} else {
			six = append(six, t)
		}
	}
	if len(four)+len(six) == 0 {
		return nil, 0, errors.New("no address")
	}
	return append(four, six...), life, nil
}
