package sip

import (
	"context"
	"crypto/x509"
	"net/netip"
	"strings"
	"time"

	"tandem/sip/transport"
	"tandem/sip/trunk"
)

// Inspection is what can be learnt of a trunk without a call.
type Inspection struct {
	State TrunkState

	Server  netip.AddrPort // that answered OPTIONS; else the last that was asked
	Options int            // its status (RFC 3261 section 11); 408: silence; 503: it could not be reached; 0: no server was found
	RTT     time.Duration

	TLS         bool              // a server is reached over TLS
	Certificate *x509.Certificate // what the first of those shows; nil: nothing came
	Refused     error             // why a connection to it would be refused (RFC 5922); nil: it would not
}

// Inspect sends OPTIONS to the servers of a trunk, and looks at the certificate of the first that is reached over TLS. It waits until one answers, all are
// known not to, or ctx ends. It fails with ErrNoTrunk, and with ErrInboundOnly where there is nobody to ask.
func (s *Stack) Inspect(ctx context.Context, id TrunkID) (Inspection, error) {
	t, _ := s.trunk(id)
	switch {
	case t == nil:
		return Inspection{}, ErrNoTrunk
	case len(t.Servers) == 0:
		return Inspection{State: stateOf(t.State())}, ErrInboundOnly
	}
	hops := make(chan []trunk.Hop, 1)
	t.Hops(func(found []trunk.Hop) { hops <- found })
	var in Inspection
	select {
	case found := <-hops:
		s.askAll(ctx, t, len(found), &in)
		s.look(ctx, found, &in)
	case <-ctx.Done():
	}
	in.State = stateOf(t.State())
	return in, nil
}

// askAll waits for the first server that lives.
func (s *Stack) askAll(ctx context.Context, t *trunk.Trunk, servers int, in *Inspection) {
	if servers == 0 {
		return
	}
	in.Options = statusSilent
	const room = 64
	answers := make(chan trunk.Asked, room)
	t.Ask(func(a trunk.Asked) {
		select {
		case answers <- a:
		default:
		}
	})
	for range servers {
		select {
		case a := <-answers:
			in.Server, in.Options, in.RTT = a.Server, a.Status, a.RTT
			if a.RTT > 0 {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// statusSilent stands for no answer.
const statusSilent = 408

// look looks at the certificate of the first server over TLS.
func (s *Stack) look(ctx context.Context, hops []trunk.Hop, in *Inspection) {
	for _, h := range hops {
		if h.Target.Network != transport.TLS {
			continue
		}
		in.TLS = true
		in.Certificate, in.Refused = s.transport.Look(ctx, h.Target)
		return
	}
}

// NamesOf are the names in a certificate that a SIP server may go by (RFC 5922 section 7.1), joined for people.
func NamesOf(c *x509.Certificate) string { return strings.Join(transport.Names(c), ", ") }
