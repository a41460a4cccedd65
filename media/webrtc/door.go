package webrtc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	piontransport "github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"

	"tandem/media/transport"
)

// ErrClosed says that a Door takes no more legs.
var ErrClosed = errors.New("webrtc: the door is closed")

// Config is what a Door needs.
type Config struct {
	Listen    netip.AddrPort // one UDP port for every browser; port 0: any
	TCP       TCP
	Advertise []netip.Addr          // what our candidates say, best first
	Deny      func(netip.Addr) bool // candidates of a peer that are not tried; nil: none
	Now       func() int64          // nanoseconds of a monotonic clock
	Log       *slog.Logger

	SetUp     time.Duration // ICE and DTLS must be done by then; 20 s
	Uncertain time.Duration // without a sign of the peer: StateUncertain; 10 s
	Gone      time.Duration // after that, StateLost; 35 s
}

// TCP says whether browsers whose UDP is blocked may come by TCP.
type TCP int

// The choices.
const (
	WithTCP TCP = iota
	WithoutTCP
)

// The defaults of Config. The two waits are long, because a browser lets pages in the background check rarely.
const (
	defaultSetUp     = 20 * time.Second
	defaultUncertain = 10 * time.Second
	defaultGone      = 35 * time.Second
)

// Door is where browsers come in.
type Door struct {
	cfg     Config
	local   netip.AddrPort
	udp     []*net.UDPConn
	tcp     net.Listener // nil: none
	net     piontransport.Net
	papers  papers
	table   table
	streams streams
	refused atomic.Uint64
	turn    atomic.Uint32 // spreads legs over the sockets
	lines   []string      // our candidates

	ctx    context.Context //nolint:containedctx // ends what legs have begun, when the Door closes
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	closed atomic.Bool
}

// Listen opens the ports. It fails when one of them is taken.
func Listen(cfg Config) (*Door, error) {
	cfg.SetUp = cmp.Or(cfg.SetUp, defaultSetUp)
	cfg.Uncertain = cmp.Or(cfg.Uncertain, defaultUncertain)
	cfg.Gone = cmp.Or(cfg.Gone, defaultGone)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Deny == nil {
		cfg.Deny = func(netip.Addr) bool { return false }
	}
	if len(cfg.Advertise) == 0 {
		return nil, errors.New("webrtc: no address to tell browsers")
	}
	d := &Door{cfg: cfg}
	d.table.begin()
	d.streams.begin()
	var err error
	if d.net, err = stdnet.NewNet(); err != nil {
		return nil, fmt.Errorf("webrtc: %w", err)
	}
	d.ctx, d.cancel = context.WithCancel(context.Background()) //nolint:forbidigo // a Door lives until Close, whoever opened it
	if err = d.bind(); err != nil {
		d.cancel()
		return nil, fmt.Errorf("webrtc: %w", err)
	}
	d.lines = d.candidateLines()
	for _, c := range d.udp {
		d.tasks.Go(func() { d.readUDP(c) })
	}
	if d.tcp != nil {
		d.tasks.Go(d.acceptTCP)
	}
	return d, nil
}

// Addr is the UDP port.
func (d *Door) Addr() netip.AddrPort { return d.local }

// Stats counts.
type Stats struct {
	Legs    int
	Streams int    // TCP connections
	Refused uint64 // packets that belong to no leg
}

// Stats counts what is open.
func (d *Door) Stats() Stats {
	return Stats{Legs: d.table.legs(), Streams: d.streams.count(), Refused: d.refused.Load()}
}

// Open makes a leg. Nothing is sent before Leg.Begin.
func (d *Door) Open(to Receiver) (*Leg, error) {
	if d.closed.Load() {
		return nil, ErrClosed
	}
	p, err := d.papers.current(time.Now())
	if err != nil {
		return nil, fmt.Errorf("webrtc: %w", err)
	}
	l := newLeg(d, to, p)
	d.table.enter(l)
	return l, nil
}

// Close ends what is still open and waits.
func (d *Door) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	for _, l := range d.table.all() {
		l.Close(transport.Used)
	}
	d.cancel()
	var all error
	for _, c := range d.udp {
		all = errors.Join(all, c.Close())
	}
	if d.tcp != nil {
		all = errors.Join(all, d.tcp.Close())
	}
	d.streams.closeAll()
	d.tasks.Wait()
	return all
}
