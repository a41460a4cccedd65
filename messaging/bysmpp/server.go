package bysmpp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
)

// ServerConfig is what all connectors that bind to us share.
type ServerConfig struct {
	SystemID string // ours
	Notes    Notebook
	Messages Reader
	Log      *slog.Logger // nil: nothing is logged
}

// Server is where programs, carriers and operators bind to us.
type Server struct {
	cfg  ServerConfig
	log  *slog.Logger
	smpp *smpp.Server

	mu    sync.Mutex
	peers map[string]*Peer // by system_id
	names map[messaging.ConnectorID]*Peer
	left  map[string]time.Time // when a system_id was closed: it may be back in a moment, with other settings
}

// justLeft is for how long whoever binds by a system_id that was closed is told to try again, rather than that nobody knows it: many never come again then.
const justLeft = 30 * time.Second

// PeerConfig is a connector that binds to us.
type PeerConfig struct {
	Config

	SystemID string
	Password string         // that it shows
	Sources  []netip.Prefix // that it may bind from; empty: any
	Binds    int            // at the same time; 0: 1
}

// Peer is such a connector at work.
type Peer struct {
	cfg    PeerConfig
	server *Server
	line   *line
	stop   context.CancelFunc
	over   chan struct{}
	news   newsroom
}

// NewServer makes a server; Serve makes it listen. The error names what is wrong with it.
func NewServer(c ServerConfig) (*Server, error) {
	s := &Server{cfg: c, log: c.Log, peers: map[string]*Peer{}, names: map[messaging.ConnectorID]*Peer{}, left: map[string]time.Time{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	made, err := smpp.NewServer(smpp.ServerConfig{SystemID: c.SystemID, Authenticate: s.authenticate, Log: s.log}, s)
	if err != nil {
		return nil, err
	}
	s.smpp = made
	return s, nil
}

// Serve accepts connections of a listener, a TLS one too, until Close or the end of ctx.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return s.smpp.Serve(ctx, l) }

// Close accepts nobody more and drains every bind. When ctx ends, what is left is cut.
func (s *Server) Close(ctx context.Context) error { return s.smpp.Close(ctx) }

// errTaken says that a system_id is another connector's.
var errTaken = errors.New("another connector has its system_id")

// Open lets a connector bind, until Close of what it gives. It fails when another has its system_id.
func (s *Server) Open(ctx context.Context, c PeerConfig) (*Peer, error) {
	l := newLine(c.Config)
	p := &Peer{cfg: c, server: s, line: l, over: make(chan struct{})}
	name := string(c.Connector)
	l.smsc = true
	l.submit = func(ctx context.Context, m *smpp.SM) (smpp.Answer, error) { return s.smpp.Submit(ctx, name, m) }
	l.binds = func() []*smpp.Bind { return s.smpp.Binds(name) }
	p.news.wake = make(chan struct{}, 1)
	s.mu.Lock()
	if s.peers[c.SystemID] != nil {
		s.mu.Unlock()
		return nil, errTaken
	}
	s.peers[c.SystemID], s.names[c.Connector] = p, p
	delete(s.left, c.SystemID)
	s.mu.Unlock()
	life, stop := context.WithCancel(context.WithoutCancel(ctx)) // Close ends it
	p.stop = stop
	go func() {
		defer close(p.over)
		var working sync.WaitGroup
		working.Go(func() { p.report(life) })
		l.attend(life)
		working.Wait()
	}()
	return p, nil
}

// Close ends it: nothing more goes to it, then its binds drain. When ctx ends they are cut.
func (p *Peer) Close(ctx context.Context) {
	s := p.server
	s.mu.Lock()
	delete(s.peers, p.cfg.SystemID)
	s.left[p.cfg.SystemID] = time.Now()
	s.mu.Unlock()
	p.stop()
	<-p.over
	var leaving sync.WaitGroup
	for _, b := range p.line.binds() {
		leaving.Go(func() { _ = b.Close(ctx) }) // what did not drain is cut
	}
	leaving.Wait()
	s.mu.Lock()
	if s.names[p.cfg.Connector] == p {
		delete(s.names, p.cfg.Connector)
	}
	s.mu.Unlock()
}

// State is how the connector is.
func (p *Peer) State() State { return p.line.state() }

// authenticate says on which terms somebody may bind.
func (s *Server) authenticate(_ context.Context, login smpp.Login) (smpp.Terms, error) {
	s.mu.Lock()
	p := s.peers[login.SystemID]
	left, was := s.left[login.SystemID]
	s.mu.Unlock()
	refuse := func(status smpp.Status) (smpp.Terms, error) {
		return smpp.Terms{}, &smpp.RefusedError{Command: login.Kind, Status: status}
	}
	switch {
	case p == nil && was && time.Since(left) < justLeft:
		return refuse(smpp.RBINDFAIL)
	case p == nil:
		return refuse(smpp.RINVSYSID)
	}
	shown, want := sha256.Sum256([]byte(login.Password)), sha256.Sum256([]byte(p.cfg.Password))
	if subtle.ConstantTimeCompare(shown[:], want[:]) != 1 || p.cfg.Password == "" {
		return refuse(smpp.RINVPASWD)
	}
	if !p.mayComeFrom(login.From) {
		return refuse(smpp.RBINDFAIL)
	}
	set := p.cfg.Settings
	return smpp.Terms{Name: string(p.cfg.Connector), Binds: max(p.cfg.Binds, 1), Window: set.Window, Serve: set.Serve}, nil
}

// mayComeFrom says whether a peer may bind from an address.
func (p *Peer) mayComeFrom(from net.Addr) (may bool) {
	if len(p.cfg.Sources) == 0 {
		return true
	}
	at, err := netip.ParseAddrPort(from.String())
	if err != nil {
		return false
	}
	for _, prefix := range p.cfg.Sources {
		if prefix.Contains(at.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// peer is whose bind this is; nil: it is nobody's any more.
func (s *Server) peer(b *smpp.Bind) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[messaging.ConnectorID(b.Name())]
}

// Take implements smpp.Handler.
func (s *Server) Take(ctx context.Context, b *smpp.Bind, m *smpp.SM) smpp.Answer {
	p := s.peer(b)
	switch {
	case p == nil:
		return smpp.Answer{Status: smpp.RMSGQFUL}
	case p.cfg.Role != messaging.RoleProgram && m.IsReceipt():
		return smpp.Answer{Status: p.line.receipt(ctx, b, m)}
	}
	taken, status := p.line.take(ctx, b, m)
	if status != smpp.ROK {
		return smpp.Answer{Status: status}
	}
	id, err := p.noted(ctx, m, taken)
	if err != nil {
		p.line.complain(ctx, b, "a message could not be kept", err)
		return smpp.Answer{Status: smpp.RMSGQFUL} // It is known again when it comes again.
	}
	return smpp.Answer{Status: smpp.ROK, MessageID: id}
}

// Alert implements smpp.Handler.
func (s *Server) Alert(_ context.Context, b *smpp.Bind, a *smpp.Alert) {
	if p := s.peer(b); p != nil && p.cfg.Role == messaging.RoleOperator {
		reachable(p.cfg.Desk, a)
	}
}

// Changed implements smpp.Handler.
func (s *Server) Changed(_ context.Context, c smpp.Change) {
	if c.Bind == nil {
		return
	}
	if p := s.peer(c.Bind); p != nil {
		p.line.changed(c)
		p.news.stir()
	}
}
