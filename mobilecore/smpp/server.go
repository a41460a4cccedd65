package smpp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// ServerConfig is how to be an SMSC for ESMEs. What is zero is as it says.
type ServerConfig struct {
	SystemID string // ours
	Settings Settings
	Log      *slog.Logger

	// Authenticate says on which terms somebody may bind. An error that is a RefusedError tells its status to the peer (RINVPASWD, RINVSYSID), any other RBINDFAIL.
	Authenticate func(ctx context.Context, l Login) (Terms, error)

	Ask       Asked // answers query_sm, cancel_sm, replace_sm and submit_multi; nil: each is refused by its own status
	Most      int   // connections; 0: 512
	PerSource int   // connections of one source; 0: 32
	Failures  int   // failed binds of one source in a minute before it is refused unheard; 0: 10
}

// Login is who asks to be bound.
type Login struct {
	SystemID   string
	Password   Secret
	SystemType string
	Kind       Command
	Version    Version
	Range      Address
	From       net.Addr
}

// Terms are what somebody who is bound may do. What is zero is as the server's settings say.
type Terms struct {
	Name   string // what Bind.Name says and Server.Submit is given; empty: the system_id
	Binds  int    // at the same time; 0: any number that the server takes
	Window int
	Serve  int
	Rate   float64
}

// Server accepts ESMEs.
type Server struct {
	cfg     ServerConfig
	up      Handler
	pool    pool
	gate    *gate
	serving sync.WaitGroup
	laments laments
	mu      sync.Mutex
	closed  bool
	open    []net.Listener
	pending map[net.Conn]struct{} // in their handshake
}

// NewServer makes a server. The error names what is wrong with the configuration.
func NewServer(c ServerConfig, h Handler) (*Server, error) {
	const most, perSource, failures = 512, 32, 10
	c.Settings = c.Settings.filled()
	for _, n := range []struct {
		at      *int
		instead int
	}{{&c.Most, most}, {&c.PerSource, perSource}, {&c.Failures, failures}} {
		if *n.at <= 0 {
			*n.at = n.instead
		}
	}
	switch {
	case c.Log == nil:
		return nil, errors.New("make an SMPP server: it has no log")
	case h == nil:
		return nil, errors.New("make an SMPP server: it has no handler")
	case c.Authenticate == nil:
		return nil, errors.New("make an SMPP server: nobody says who may bind")
	case len(c.SystemID) > 15:
		return nil, errors.New("make an SMPP server: system_id is longer than 15 characters")
	}
	return &Server{cfg: c, up: h, gate: newGate(c), pending: map[net.Conn]struct{}{}}, nil
}

// Serve accepts connections of a listener, a TLS one too, until Close or the end of ctx, which cuts every bind; the listener is closed then. It may be called for
// several.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errors.Join(net.ErrClosed, l.Close())
	}
	s.open = append(s.open, l)
	s.serving.Add(1)
	s.mu.Unlock()
	defer s.serving.Done()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil { // usually there are too many files
			const moment = 100 * time.Millisecond
			if pause(ctx, moment) != nil {
				return fmt.Errorf("accept an SMPP peer: %w", err)
			}
			continue
		}
		s.serving.Go(func() { s.accept(ctx, conn) })
	}
}

// accept serves one connection until it ends.
func (s *Server) accept(ctx context.Context, conn net.Conn) {
	from := sourceOf(conn.RemoteAddr())
	if err := s.gate.enter(from); err != nil {
		s.complain(ctx, from, err)
		_ = conn.Close()
		return
	}
	defer s.gate.leave(from)
	b, err := s.meet(ctx, conn, from)
	s.gate.met()
	if err != nil {
		s.complain(ctx, from, err)
		_ = conn.Close()
		if _, refused := errors.AsType[*RefusedError](err); refused {
			s.up.Changed(ctx, Change{Phase: PhaseFailed, Err: err})
		}
		return
	}
	s.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "an ESME is bound", slog.String("peer", b.systemID), slog.String("method", b.kind.String()))
	why := b.run(ctx)
	close(b.over)
	s.pool.remove(b)
	s.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "an ESME is gone", slog.String("peer", b.systemID), slog.Any("err", why))
	s.up.Changed(ctx, Change{Phase: PhaseDown, Bind: b, Err: why})
}

// meet is the handshake.
func (s *Server) meet(ctx context.Context, conn net.Conn, from string) (*Bind, error) {
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
	g, lift := greet(ctx, conn, s.cfg.Settings.Patience)
	p, err := g.await()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("await a bind: %w", err), lift())
	}
	request, _ := p.Body.(*BindRequest)
	b, status, err := s.admit(ctx, request, g, from)
	answer := &PDU{Status: status, Sequence: p.Sequence, Body: &Plain{Command: request.Command.Response()}}
	if err == nil {
		body := &BindResponse{Command: request.Command.Response(), SystemID: s.cfg.SystemID}
		if request.Version >= Version34 {
			body.TLVs.SetOctet(TagSCInterfaceVersion, uint8(Version34))
		}
		answer.Body = body
		s.up.Changed(ctx, Change{Phase: PhaseUp, Bind: b})
	}
	said := errors.Join(g.say(answer), lift())
	if err != nil {
		return nil, errors.Join(err, said)
	}
	if said == nil && s.isClosed() {
		said = ErrClosed
	}
	if said != nil {
		b.die(said)
	}
	return b, nil
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// admit is whether somebody is bound. With an error the status says why not.
func (s *Server) admit(ctx context.Context, r *BindRequest, g *greeting, from string) (*Bind, Status, error) {
	refuse := func(why string) (*Bind, Status, error) {
		return nil, RBINDFAIL, fmt.Errorf("%s: %w", why, &RefusedError{Command: r.Command, Status: RBINDFAIL})
	}
	if s.gate.barred(from) {
		return refuse("too many failed binds")
	}
	if !r.Version.spoken() {
		return refuse(fmt.Sprintf("version 0x%02x is not spoken", uint8(r.Version)))
	}
	terms, err := s.cfg.Authenticate(ctx, Login{
		SystemID: r.SystemID, Password: r.Password, SystemType: r.SystemType, Kind: r.Command, Version: r.Version, Range: r.Range, From: g.conn.RemoteAddr(),
	})
	if err != nil {
		s.gate.failed(from)
		if refused, is := errors.AsType[*RefusedError](err); is && refused.Status != ROK {
			return nil, refused.Status, fmt.Errorf("bind as %q: %w", r.SystemID, err)
		}
		return refuse(fmt.Sprintf("bind as %q: %v", r.SystemID, err))
	}
	if terms.Name == "" {
		terms.Name = r.SystemID
	}
	b := newBind(about{
		name: terms.Name, kind: r.Command, side: smsc, systemID: r.SystemID, peer: r.SystemID, remote: g.conn.RemoteAddr().String(), version: r.Version,
	}, g.conn, g.r, terms.settings(s.cfg.Settings))
	b.up, b.ask, b.log = s.up, s.cfg.Ask, s.cfg.Log
	if err = s.pool.add(b, terms.Binds); err != nil {
		return refuse(err.Error())
	}
	return b, ROK, nil
}

// settings are the server's with what the terms say.
func (t *Terms) settings(s Settings) Settings {
	if t.Window > 0 {
		s.Window = t.Window
	}
	if t.Serve > 0 {
		s.Serve = t.Serve
	}
	if t.Rate > 0 {
		s.Rate = t.Rate
	}
	return s
}

// complain logs why somebody was refused, once in a while for each.
func (s *Server) complain(ctx context.Context, from string, why error) {
	level := slog.LevelWarn
	if s.laments.quiet(from, time.Now()) {
		level = slog.LevelDebug
	}
	s.cfg.Log.LogAttrs(ctx, level, "an ESME is refused", slog.String("peer", from), slog.Any("err", why))
}

// Submit sends a message (deliver_sm, or data_sm) to whoever is bound by a name and receives, by the bind with the emptiest window. The errors are those of
// Bind.Submit; with nobody there it is a NotSentError of ErrNoBind at once.
func (s *Server) Submit(ctx context.Context, name string, m *SM) (Answer, error) {
	return s.pool.submit(ctx, m, named(name))
}

func named(name string) func(*Bind) bool { return func(b *Bind) bool { return b.name == name } }

// Binds are those of a name; of an empty one all.
func (s *Server) Binds(name string) []*Bind {
	if name == "" {
		return s.pool.all(everyBind)
	}
	return s.pool.all(named(name))
}

// Close accepts nobody more, drains every bind (see Bind.Close), and waits until all is over. When ctx ends, what is left is cut, and Close waits for the calls of
// Handler that see the end of their context.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for _, l := range s.open {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	for conn := range s.pending {
		_ = conn.Close()
	}
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, b := range s.Binds("") {
		closing.Go(func() { _ = b.Close(ctx) }) // what did not drain is cut
	}
	closing.Wait()
	s.serving.Wait()
	return errors.Join(errs...)
}
