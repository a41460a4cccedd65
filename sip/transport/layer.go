package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/digest"
	"tandem/sip/message"
)

// Receiver is told what passed the guard. Its methods run in the reader of a socket: they queue and return.
type Receiver interface {
	// Receive hands over a request or response and where it came from.
	Receive(m gosip.Message, from Flow)
	// FlowClosed says that a connection ended, with ErrFlowGone, or that it could not be made, with ErrNoConnection: then nothing was ever written on it.
	FlowClosed(id FlowID, why error)
}

// Config is what a Layer needs. New fills what is zero with the defaults named here.
type Config struct {
	Listeners []Listener
	Auth      *digest.Server                          // challenges strangers (nonce cookie); nil challenges nobody: for the far end of a test
	Tags      *message.Tags                           // knows the tags of our dialogs; a new one
	ServeTLS  *tls.Config                             // certificate of the TLS listeners; without it none can be opened
	Certified func(chain []*x509.Certificate) string  // says whose certificate a peer connected with, empty for nobody's; nil asks for none
	DialTLS   *tls.Config                             // roots and client certificate of the connections we make; the system's roots
	OpenUDP   func(netip.AddrPort) (UDPSocket, error) // opens UDP sockets; the system's. A test gives a simulated network
	Trace     func(Trace)                             // called where packets are read and written: it must not block; nil keeps no ladder
	Limits    Limits
	Log       *slog.Logger // nothing
}

// Limits bound what a peer can make us hold. Zero takes the default.
type Limits struct {
	Datagram    int           // bytes of a UDP datagram; 8,192
	Message     int           // bytes of a request or response on a stream, body included; 65,535
	Connections int           // open at once; 10,000
	PerIP       int           // open at once from one address that is not a trunk's; 20
	PerSeat     int           // WebSockets of one AOR open at once, from wherever: each has proved whose it is; 10
	Complete    time.Duration // to complete a message, and for a new connection to send its first; 10 s
	Handshake   time.Duration // of TLS that a peer begins; 5 s
	Idle        time.Duration // silence after which a connection is closed; 1 h
	Ping        time.Duration // between pings of a WebSocket: proxies cut connections that are silent for a minute; 27 s
	Pong        time.Duration // for a browser to answer a ping; 10 s
	Write       time.Duration // that a peer may leave unread what we write on a connection; 5 s
	Rate        float64       // requests a second of strangers from one address that is not a trunk's; ten times as many proved ones; 200
	Burst       float64       // at once from such an address; 1,000
	Backlog     int           // bytes that wait to be written on one connection before it is given up; 262,144
}

// Layer owns the sockets. Safe for concurrent use once started.
type Layer struct {
	cfg      Config
	parser   *gosip.Parser
	seed     maphash.Seed
	guard    *guard
	count    Counters
	receiver Receiver
	draining atomic.Bool
	done     chan struct{}
	wg       sync.WaitGroup

	udp     []*udpPort    // fixed after Start
	ports   []*streamPort // fixed after Start
	streams flowTable

	serving  *tls.Config        // fixed from New
	dialling func(*stream)      // connects elsewhere, until Close; fixed after Start
	cancel   context.CancelFunc // ends what dialling began
}

// New checks the configuration; it opens nothing yet.
func New(cfg Config) (*Layer, error) {
	if err := checkListeners(cfg); err != nil {
		return nil, err
	}
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Tags == nil {
		cfg.Tags = message.NewTags()
	}
	l := &Layer{cfg: cfg, parser: message.NewParser(), seed: maphash.MakeSeed(), done: make(chan struct{}), serving: servingTLS(cfg)}
	l.guard = newGuard(l)
	l.streams.init()
	return l, nil
}

func (m Limits) withDefaults() Limits {
	setDefault(&m.Datagram, 8192)
	setDefault(&m.Message, 65535)
	setDefault(&m.Connections, 10000)
	setDefault(&m.PerIP, 20)
	setDefault(&m.PerSeat, 10)
	setDefault(&m.Complete, 10*time.Second)
	setDefault(&m.Handshake, 5*time.Second)
	setDefault(&m.Idle, time.Hour)
	setDefault(&m.Ping, 27*time.Second)
	setDefault(&m.Pong, 10*time.Second)
	setDefault(&m.Write, 5*time.Second)
	setDefault(&m.Rate, 200)
	setDefault(&m.Burst, 1000)
	setDefault(&m.Backlog, 256<<10)
	m.Datagram = min(m.Datagram, maxDatagram-1)
	m.Message = min(m.Message, 65535)
	return m
}

func setDefault[T int | float64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

func checkListeners(cfg Config) error {
	for _, n := range cfg.Listeners {
		switch n.Network {
		case UDP, TCP:
		case TLS:
			if cfg.ServeTLS == nil {
				return fmt.Errorf("listen on %s: no certificate", n.Bind)
			}
		case WS, WSS:
			return fmt.Errorf("listen on %s %s: %w", n.Network, n.Bind, ErrUnsupported)
		default:
			return fmt.Errorf("listen on %q: %w", n.Network, ErrUnsupported)
		}
		if !n.Bind.Addr().IsValid() {
			return fmt.Errorf("listen on %s: no address", n.Network)
		}
		if n.Bind.Addr().IsUnspecified() && !n.Advertise.Addr().IsValid() {
			return fmt.Errorf("listen on %s: advertise an address, since peers cannot answer to %s", n.Bind, n.Bind.Addr())
		}
	}
	return nil
}

// SetReceiver says who is told what arrives. Call it once, before Start.
func (l *Layer) SetReceiver(r Receiver) { l.receiver = r }

// SetTrusted says which addresses are those of trunks: no challenge, no rate limit, no cap. The slice is not kept.
func (l *Layer) SetTrusted(prefixes []netip.Prefix) { l.guard.setTrusted(prefixes) }

// Drain answers OPTIONS of strangers 503 from now on; the rest is the dialog layer's.
func (l *Layer) Drain() { l.draining.Store(true) }

// Resume ends what Drain began.
func (l *Layer) Resume() { l.draining.Store(false) }

// Counters count what passes.
func (l *Layer) Counters() *Counters { return &l.count }

// Tags makes the tags of our dialogs: a request that carries one is inside a dialog and is not challenged.
func (l *Layer) Tags() *message.Tags { return l.cfg.Tags }

// Start opens the listeners and serves until Close. It returns once all are bound, or the first error, and then nothing is open.
func (l *Layer) Start(ctx context.Context) error {
	if l.receiver == nil {
		return errors.New("start transport: nobody receives")
	}
	for _, n := range l.cfg.Listeners {
		if err := l.open(ctx, n); err != nil {
			return errors.Join(fmt.Errorf("listen on %s %s: %w", n.Network, n.Bind, err), l.closeSockets())
		}
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx)) // ctx is for starting
	l.cancel = cancel
	l.dialling = func(s *stream) { l.wg.Go(func() { l.dial(life, s) }) }
	for _, p := range l.udp {
		l.wg.Go(p.serve)
	}
	for _, p := range l.ports {
		l.wg.Go(p.serve)
	}
	return nil
}

func (l *Layer) open(ctx context.Context, n Listener) error {
	if n.Network == UDP {
		p, err := openUDP(ctx, l, n)
		if err != nil {
			return err
		}
		l.udp = append(l.udp, p)
		return nil
	}
	p, err := openStream(ctx, l, n)
	if err != nil {
		return err
	}
	l.ports = append(l.ports, p)
	return nil
}

// Listeners says where it listens, with the ports the system chose, in the order of Config.
func (l *Layer) Listeners() []Listener {
	all := make([]Listener, 0, len(l.udp)+len(l.ports))
	u, s := 0, 0
	for _, n := range l.cfg.Listeners {
		if n.Network == UDP && u < len(l.udp) {
			all = append(all, l.udp[u].listener)
			u++
		} else if n.Network != UDP && s < len(l.ports) {
			all = append(all, l.ports[s].listener)
			s++
		}
	}
	return all
}

// Close closes the listeners and every connection, and waits for their readers; ctx bounds the wait.
func (l *Layer) Close(ctx context.Context) error {
	select {
	case <-l.done:
		return nil
	default:
		close(l.done)
	}
	if l.cancel != nil {
		l.cancel()
	}
	err := l.closeSockets()
	l.streams.closeAll()
	gone := make(chan struct{})
	go func() { l.wg.Wait(); close(gone) }()
	select {
	case <-gone:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("close transport: %w", context.Cause(ctx)))
	}
}

func (l *Layer) closeSockets() error {
	var err error
	for _, p := range l.udp {
		err = errors.Join(err, p.socket.Close())
	}
	for _, p := range l.ports {
		err = errors.Join(err, p.socket.Close())
	}
	return err
}

// deliver hands a parsed request or response over. A panic in what follows costs that message only.
func (l *Layer) deliver(m gosip.Message, from Flow) {
	defer l.Recover("deliver")
	switch m := m.(type) {
	case *gosip.Request:
		l.count.RequestsIn.Add(from.Network, string(m.Method))
	case *gosip.Response:
		l.count.ResponsesIn.Add(m.StatusCode)
	}
	l.receiver.Receive(m, from)
}

// Recover ends a panic: it is counted and logged, and the process goes on. Use it with defer.
func (l *Layer) Recover(where string) {
	if p := recover(); p != nil {
		l.count.Panics.Add(1)
		l.cfg.Log.Error("panic", slog.String("cause", where), slog.Any("err", p))
	}
}

// Trusted says whether an address is a trunk's.
func (l *Layer) Trusted(a netip.Addr) bool { return l.guard.isTrusted(a.Unmap()) }
