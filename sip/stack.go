package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/digest"
	"tandem/sip/message"
	"tandem/sip/registrar"
	"tandem/sip/resolve"
	"tandem/sip/transaction"
	"tandem/sip/transport"
	"tandem/sip/trunk"
)

// Stack is the wire: sockets, guard, transactions, dialogs, registrar and trunks in one. Safe for concurrent use after Start.
type Stack struct {
	// fixed after Start
	cfg       Config
	handler   Handler
	transport *transport.Layer
	layer     *transaction.Layer
	end       *dialog.Endpoint
	auth      *digest.Server
	registrar *registrar.Registrar
	resolver  *resolve.Resolver
	health    *trunk.Health
	listeners []transport.Listener
	locks     lockout

	book     atomic.Pointer[book]
	servers  atomic.Pointer[map[netip.Addr]TrunkID] // the resolved addresses of the trunks' servers
	draining atomic.Bool
	lines    lines
}

// New checks the configuration and opens nothing yet.
func New(cfg Config, h Handler) (*Stack, error) {
	if h == nil {
		return nil, errors.New("sip stack: no handler")
	}
	if cfg.Realm == "" {
		cfg.Realm = "tandem"
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Lookup == nil {
		cfg.Lookup = resolve.NewDNS(cfg.DNS...)
	}
	s := &Stack{cfg: cfg, handler: h, auth: digest.NewServer(cfg.Realm, nil, cfg.Digests...), health: trunk.NewHealth()}
	s.book.Store(newBook(&Peers{}))
	s.servers.Store(&map[netip.Addr]TrunkID{})
	var err error
	s.transport, err = transport.New(transport.Config{
		Listeners: cfg.Listeners, Auth: s.auth, Tags: message.NewTags(), ServeTLS: cfg.ServeTLS, DialTLS: cfg.DialTLS,
		Certified: s.certified, Trace: traceTo(cfg.Trace), Limits: cfg.Limits, Log: cfg.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("sip stack: %w", err)
	}
	s.layer = transaction.New(transaction.Config{Log: cfg.Log, Spare: s.urgent}, s.transport)
	s.layer.SetHandler(upward{s})
	s.end = dialog.New(dialog.Endpoint{
		Sender: s.layer, Contact: s.contact, UserAgent: cfg.UserAgent, Host: cfg.Realm, Tags: s.transport.Tags(),
	})
	s.registrar = registrar.New(registrar.Config{
		Endpoint: s.end, MinExpiry: cfg.MinExpiry, MaxExpiry: cfg.MaxExpiry, Forbidden: s.foreign,
		Changed: func(aor message.AOR, p registrar.Presence) {
			h.DeviceChanged(aor, Registered(p))
			if cfg.Notes != nil && !p {
				cfg.Notes.Registered(aor, false)
			}
		},
		Left: s.transport.CloseFlow,
		Anew: func(aor message.AOR) {
			if cfg.Arrived != nil {
				cfg.Arrived(aor)
			}
			if cfg.Notes != nil {
				cfg.Notes.Registered(aor, true)
			}
		},
	})
	return s, nil
}

// Start opens the listeners and serves until Close. It returns once all are bound, or the first error.
func (s *Stack) Start(ctx context.Context) error {
	life := context.WithoutCancel(ctx) // Close ends it
	s.resolver = resolve.New(life, s.cfg.Lookup, resolve.Limits{})
	if err := s.transport.Start(ctx); err != nil {
		s.resolver.Close()
		return fmt.Errorf("start sip stack: %w", err)
	}
	s.listeners = s.transport.Listeners()
	s.lines.start(life)
	s.arrange(s.book.Load().peers)
	return nil
}

// Listeners says where it listens, with the ports the system chose.
func (s *Stack) Listeners() []transport.Listener { return slices.Clone(s.listeners) }

// SetPeers swaps the trunks and devices. Calls in progress stay as they are; trunks that are gone are unregistered.
func (s *Stack) SetPeers(p *Peers) {
	b := newBook(p)
	old := s.book.Swap(b)
	for aor := range old.devices {
		if _, still := b.devices[aor]; !still {
			s.registrar.Forget(aor)
			s.transport.CloseSeat(aor)
		}
	}
	s.arrange(p)
}

// Trunks lists the state of every trunk.
func (s *Stack) Trunks() []TrunkState {
	var list []TrunkState
	for _, l := range s.lines.all() {
		list = append(list, stateOf(l.trunk.State()))
	}
	return list
}

// Probe sends OPTIONS to a trunk now, whatever its schedule says; Trunks shows what came of it. It fails with ErrNoTrunk.
func (s *Stack) Probe(id TrunkID) error {
	t, _ := s.trunk(id)
	if t == nil {
		return ErrNoTrunk
	}
	t.Probe()
	return nil
}

// Renew registers with a trunk now; Trunks shows what came of it. It fails with ErrNoTrunk.
func (s *Stack) Renew(id TrunkID) error {
	t, _ := s.trunk(id)
	if t == nil {
		return ErrNoTrunk
	}
	t.Renew()
	return nil
}

// Drain refuses new attempts with 503 and Retry-After, and answers OPTIONS 503; what is inside dialogs goes on.
func (s *Stack) Drain() {
	s.draining.Store(true)
	s.transport.Drain()
}

// Resume takes new attempts again after Drain.
func (s *Stack) Resume() {
	s.transport.Resume()
	s.draining.Store(false)
}

// Close unregisters, ends every transaction and closes the listeners.
func (s *Stack) Close(ctx context.Context) error {
	err := s.lines.close(ctx)
	s.registrar.Close()
	if s.resolver != nil {
		s.resolver.Close()
	}
	return errors.Join(err, s.transport.Close(ctx))
}

// foreign says whether a Contact names an address that no phone at from can have: one of our listeners, or a trunk's.
func (s *Stack) foreign(contact netip.AddrPort, from netip.Addr) registrar.Foreign {
	for _, l := range s.listeners {
		if l.Bind == contact || l.Advertise == contact {
			return true
		}
	}
	return registrar.Foreign(contact.Addr() != from && s.trunkAt(s.book.Load(), contact.Addr()) != "")
}

func traceTo(t Tracer) func(transport.Trace) {
	if t == nil {
		return nil
	}
	return func(w transport.Trace) {
		from, to := w.Remote, w.Local
		if w.Sent {
			from, to = to, from
		}
		t.Seen(Trace{At: w.At, CallID: w.CallID, Network: w.Network, From: from, To: to, Sent: w.Sent, First: w.First, Raw: w.Raw})
	}
}

// urgent says that an INVITE or MESSAGE is never refused for want of time: neither shed nor turned away while we drain.
func (s *Stack) urgent(r *gosip.Request) bool {
	return s.cfg.Urgent != nil && (r.IsInvite() || r.Method == gosip.MESSAGE) && s.cfg.Urgent(message.PartyOf("", r.Recipient).User)
}
