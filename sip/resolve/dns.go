package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Errors of a question.
var (
	errNoRecord  = errors.New("no such record")
	errNoAnswer  = errors.New("no name server answers")
	errNoServers = errors.New("no name server is known")
	errClosed    = errors.New("its service records say that it takes no SIP")
)

// Lookup asks the DNS. *DNS is one.
type Lookup interface {
	// Lookup asks for the records of one type at an absolute name. None is an error.
	Lookup(ctx context.Context, name string, kind uint16) ([]dns.RR, error)
	// Addresses asks for A and AAAA, and looks where this machine lists names beside the DNS. None is an error.
	Addresses(ctx context.Context, name string) ([]netip.Addr, time.Duration, error)
}

// DNS asks name servers. Safe for concurrent use.
type DNS struct {
	servers []netip.AddrPort // empty: those of resolv.conf, read anew for each question
	conf    string           // path of resolv.conf
	hosts   string           // path of the names that this machine lists itself
	try     time.Duration    // how long one server may take
}

// NewDNS asks these servers; without any those that the machine is set to ask (/etc/resolv.conf).
func NewDNS(servers ...netip.AddrPort) *DNS {
	return &DNS{servers: servers, conf: "/etc/resolv.conf", hosts: "/etc/hosts", try: time.Second}
}

// rounds is how often each server is asked.
const rounds = 2

// Lookup implements Lookup. What the first server does not say in a second, the next one is asked; one that says that there is none is
// believed.
func (d *DNS) Lookup(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	servers, _ := d.settings()
	if len(servers) == 0 {
		return nil, errNoServers
	}
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), kind)
	q.SetEdns0(dns.DefaultMsgSize, false)
	for range rounds {
		for _, server := range servers {
			list, err := d.ask(ctx, q, server)
			if err == nil || errors.Is(err, errNoRecord) || ctx.Err() != nil {
				return list, err
			}
		}
	}
	return nil, fmt.Errorf("ask for %s: %w", name, errNoAnswer)
}

// ask asks one server, by TCP when the answer is too long for a datagram.
func (d *DNS) ask(ctx context.Context, q *dns.Msg, server string) ([]dns.RR, error) {
	ctx, cancel := context.WithTimeout(ctx, d.try)
	defer cancel()
	client := dns.Client{Timeout: d.try}
	answer, _, err := client.ExchangeContext(ctx, q, server)
	if err == nil && answer.Truncated {
		client.Net = "tcp"
		answer, _, err = client.ExchangeContext(ctx, q, server)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask %s: %w", server, err)
	case answer.Rcode == dns.RcodeNameError:
		return nil, errNoRecord
	case answer.Rcode != dns.RcodeSuccess:
		return nil, fmt.Errorf("ask %s: %s", server, dns.RcodeToString[answer.Rcode])
	}
	var list []dns.RR
	for _, rr := range answer.Answer {
		if rr.Header().Rrtype == q.Question[0].Qtype {
			list = append(list, shortest(rr, answer.Answer))
		}
	}
	if len(list) == 0 {
		return nil, errNoRecord
	}
	return list, nil
}

// shortest gives a record the life of the shortest in its answer: an alias may live shorter than what it leads to.
func shortest(rr dns.RR, all []dns.RR) dns.RR {
	for _, other := range all {
		rr.Header().Ttl = min(rr.Header().Ttl, other.Header().Ttl)
	}
	return rr
}

// Addresses implements Lookup: the machine's own list comes first, then the DNS, with the domains that the machine adds to short names.
func (d *DNS) Addresses(ctx context.Context, name string) ([]netip.Addr, time.Duration, error) {
	if own := hostsOf(d.hosts, name); len(own) > 0 {
		return own, ownLife, nil
	}
	_, names := d.settings()
	err := errNoRecord
	for _, full := range names(name) {
		var list []netip.Addr
		var life time.Duration
		if list, life, err = d.both(ctx, full); len(list) > 0 {
			return list, life, nil
		}
	}
	return nil, 0, fmt.Errorf("addresses of %s: %w", name, err)
}

// ownLife is how long a name of the machine's own list is kept.
const ownLife = 10 * time.Second

// both asks for A and AAAA at once.
func (d *DNS) both(ctx context.Context, name string) ([]netip.Addr, time.Duration, error) {
	type part struct {
		list []dns.RR
		err  error
	}
	kinds := []uint16{dns.TypeA, dns.TypeAAAA}
	parts := make([]chan part, len(kinds))
	for i, kind := range kinds {
		parts[i] = make(chan part, 1) // so that the asker never waits
		go func() {
			list, err := d.Lookup(ctx, name, kind)
			parts[i] <- part{list, err}
		}()
	}
	var all []netip.Addr
	var err error
	life := longestLife
	for _, p := range parts {
		got := <-p
		if err == nil || errors.Is(err, errNoRecord) {
			err = got.err
		}
		for _, rr := range got.list {
			if a, ok := addressOf(rr); ok {
				all = append(all, a)
				life = min(life, lifeOf(rr))
			}
		}
	}
	return all, life, err
}

func addressOf(rr dns.RR) (netip.Addr, bool) {
	var a netip.Addr
	var ok bool
	switch rr := rr.(type) {
	case *dns.A:
		a, ok = netip.AddrFromSlice(rr.A)
	case *dns.AAAA:
		a, ok = netip.AddrFromSlice(rr.AAAA)
	}
	return a.Unmap(), ok
}

func lifeOf(rr dns.RR) time.Duration { return time.Duration(rr.Header().Ttl) * time.Second }
