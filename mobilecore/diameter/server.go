package diameter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// Limits of a server.
const (
	mostStrangers = 64  // connections that have not said who they are
	mostPeers     = 256 // that have
)

// Server accepts peers. Whoever the configuration does not know is refused with 3010, and one host has one connection: when it connects again, the older one ends.
type Server struct {
	cfg       Config
	ids       *numbers
	tally     tally
	strangers chan struct{}
	serving   sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	listeners []net.Listener
	pending   map[net.Conn]struct{} // in their handshake
	peers     map[string]*Peer      // by host
	strange   map[string]time.Time  // who was refused, when it was logged
}

// NewServer makes a server. The error names what is wrong with the configuration.
func NewServer(c Config) (*Server, error) {
	c, err := filled(c)
	if err != nil {
		return nil, err
	}
	return &Server{
		cfg: c, ids: newNumbers(time.Now()), strangers: make(chan struct{}, mostStrangers),
		pending: map[net.Conn]struct{}{}, peers: map[string]*Peer{}, strange: map[string]time.Time{},
	}, nil
}

// Serve accepts peers of a listener, a TLS one too, until Close; the listener is closed then. A certificate that a peer shows must be that of its Origin-Host.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errors.Join(net.ErrClosed, l.Close())
	}
	s.listeners = append(s.listeners, l)
	s.serving.Add(1)
	s.mu.Unlock()
	defer s.serving.Done()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			if err = pause(ctx, err); err != nil {
				return err
			}
			continue
		}
		select {
		case s.strangers <- struct{}{}:
			s.serving.Go(func() { s.accept(ctx, conn) })
		default: // too many say nothing: whoever is real comes again
			s.tally.refused("strangers")
			_ = conn.Close()
		}
	}
}

// pause waits after an error of accepting, which is usually that there are too many files.
func pause(ctx context.Context, err error) error {
	t := time.NewTimer(100 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("accept a diameter peer: %w", err)
	}
}

// accept serves one connection until it ends.
func (s *Server) accept(ctx context.Context, conn net.Conn) {
	from := conn.RemoteAddr().String()
	p, err := s.meet(ctx, conn)
	<-s.strangers
	if err != nil {
		if p != nil && p.host != "" {
			from = p.host
		}
		s.complain(ctx, from, err)
		_ = conn.Close()
		return
	}
	s.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "a diameter peer is here", slog.String("peer", p.host))
	why := p.run(ctx)
	s.mu.Lock()
	if s.peers[p.host] == p {
		delete(s.peers, p.host)
	}
	s.mu.Unlock()
	s.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "a diameter peer is gone", slog.String("peer", p.host), slog.Any("err", why))
}

// meet is the handshake, and the place in the table.
func (s *Server) meet(ctx context.Context, conn net.Conn) (*Peer, error) {
	s.mu.Lock()
	closed := s.closed
	s.pending[conn] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pending, conn)
		s.mu.Unlock()
	}()
	if closed {
		return nil, net.ErrClosed
	}
	p, err := s.cfg.meet(ctx, conn)
	if err != nil {
		return p, err
	}
	p.ready(s.ids, &s.tally)
	if err = s.seat(p); err != nil {
		return p, err
	}
	return p, nil
}

// seat puts a peer into the table in place of an older connection of the same host, and welcomes it.
func (s *Server) seat(p *Peer) error {
	s.mu.Lock()
	old, refused := s.peers[p.host], (*RefusalError)(nil)
	switch {
	case s.closed:
		refused = Refusal(UnableToComply, "we are closing")
	case old != nil && old.secure && !p.secure:
		refused = Refusal(ElectionLost, "this host is here already, over TLS")
	case old == nil && len(s.peers) == mostPeers:
		refused = Refusal(TooBusy, "there are too many peers")
	default:
		s.peers[p.host] = p
	}
	s.mu.Unlock()
	if refused != nil {
		return errors.Join(refused, p.writeNow(s.cfg.Refuse(p.hello, refused)))
	}
	if old != nil {
		old.cut(errOther)
	}
	if err := p.welcome(); err != nil {
		s.mu.Lock()
		if s.peers[p.host] == p {
			delete(s.peers, p.host)
		}
		s.mu.Unlock()
		close(p.gone) // whoever has found it in the table waits for these
		close(p.over)
		return err
	}
	return nil
}

// complain logs why somebody was refused: once in ten minutes for each name.
func (s *Server) complain(ctx context.Context, who string, why error) {
	const again, names = 10 * time.Minute, 256
	reason := "broken"
	if refused, is := errors.AsType[*RefusalError](why); is {
		reason = refused.Result.String()
	}
	key := who
	if host, _, err := net.SplitHostPort(who); err == nil {
		key = host // its port is another each time
	}
	now := time.Now()
	s.mu.Lock()
	last, logged := s.strange[key]
	quiet := s.closed || (logged && now.Sub(last) < again)
	if !quiet {
		if len(s.strange) >= names {
			clear(s.strange)
		}
		s.strange[key] = now
	}
	s.mu.Unlock()
	level := slog.LevelWarn
	if quiet {
		level = slog.LevelDebug
	}
	s.cfg.Log.LogAttrs(ctx, level, "a diameter peer is refused", slog.String("peer", who), slog.Any("err", why))
	s.tally.refused(reason) // last: what is counted is logged
}

// Peer is who is connected with this identity; nil: nobody.
func (s *Server) Peer(host string) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[host]
}

// Peers are the identities of who is connected, in order.
func (s *Server) Peers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.peers))
	for host := range s.peers {
		out = append(out, host)
	}
	slices.Sort(out)
	return out
}

// Review ends the connections of whom the configuration knows no more.
func (s *Server) Review() {
	if s.cfg.Knows == nil {
		return
	}
	for _, host := range s.Peers() {
		if p := s.Peer(host); p != nil && !s.cfg.Knows(host) {
			p.cut(errUnknown)
		}
	}
}

// Close accepts nobody more, says goodbye to every peer, and waits until all is over or ctx is.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for _, l := range s.listeners {
		errs = append(errs, l.Close())
	}
	for conn := range s.pending {
		_ = conn.Close()
	}
	peers := make([]*Peer, 0, len(s.peers))
	for _, p := range s.peers {
		peers = append(peers, p)
	}
	s.mu.Unlock()
	var closing sync.WaitGroup
	failed := make([]error, len(peers))
	for i, p := range peers {
		closing.Go(func() { failed[i] = p.Close(ctx) })
	}
	closing.Wait()
	over := make(chan struct{})
	go func() { // ends with the last connection
		s.serving.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-ctx.Done():
		errs = append(errs, fmt.Errorf("close the diameter server: %w", ctx.Err()))
	}
	return errors.Join(append(errs, failed...)...)
}

// Counters is what a server has done since it was made.
func (s *Server) Counters() Counters {
	c := s.tally.read()
	c.Peers = len(s.Peers())
	return c
}
