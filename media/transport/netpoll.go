package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

const (
	// packetSize is the longest packet that we take; a longer one is cut, and dropped.
	packetSize = 1500
	// socketBuffer holds about a second of one stream. More would only be late.
	socketBuffer = 64 << 10
)

// Netpoll is the back end that works everywhere: one goroutine a leg reads its RTP port. The RTCP ports, which are quiet, share one.
type Netpoll struct {
	cfg     Config
	network string
	ports   *ports
	control *controls
	readers sync.WaitGroup
	closed  atomic.Bool
}

// NewNetpoll makes the back end. It fails when the range holds no pair of ports.
func NewNetpoll(cfg Config) (*Netpoll, error) {
	p, err := newPorts(cfg.Ports, cfg.Now)
	if err != nil {
		return nil, err
	}
	c, err := newControls(cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("watch rtcp ports: %w", err)
	}
	network := "udp6"
	if cfg.Bind.Unmap().Is4() {
		network, cfg.Bind = "udp4", cfg.Bind.Unmap()
	}
	return &Netpoll{cfg: cfg, network: network, ports: p, control: c}, nil
}

// Open binds a pair of ports and starts the reader, or takes a pair that has rested.
func (t *Netpoll) Open(to Receiver, _ uint64) (Port, error) {
	if t.closed.Load() {
		return nil, errClosed
	}
	got, err := t.ports.open(0, t.bind)
	if err != nil {
		return nil, err
	}
	s, _ := got.(*sockets)
	p := &netpollPort{s: s, to: to}
	s.tenant.Store(p)
	return p, nil
}

func (t *Netpoll) bind(n uint16) (bound, error) {
	local := netip.AddrPortFrom(t.cfg.Bind, n)
	conn, err := net.ListenUDP(t.network, net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	if err = conn.SetReadBuffer(socketBuffer); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s := &sockets{t: t, conn: conn, local: local}
	s.control, err = t.control.open(netip.AddrPortFrom(t.cfg.Bind, n+1), s)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	t.readers.Go(s.read)
	return s, nil
}

// Stats says how many pairs are in use.
func (t *Netpoll) Stats() Stats { return Stats{InUse: t.ports.used()} }

// Close waits for the readers.
func (t *Netpoll) Close() error {
	t.closed.Store(true)
	t.ports.close()
	t.readers.Wait()
	return t.control.close()
}

// sockets are a pair that is bound, with a leg or without.
type sockets struct {
	t       *Netpoll
	conn    *net.UDPConn
	control *control
	local   netip.AddrPort
	tenant  atomic.Pointer[netpollPort] // nil: the ports rest, and what comes is dropped
}

// read hands packets to the leg until the socket is closed.
func (s *sockets) read() {
	b := make([]byte, packetSize)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(b)
		switch p := s.tenant.Load(); {
		case err == nil && n < len(b) && p != nil:
			p.to.ReceiveRTP(b[:n], from, s.t.cfg.Now())
		case errors.Is(err, net.ErrClosed):
			return
		}
	}
}

// ReceiveRTP is of no use: read does that.
func (s *sockets) ReceiveRTP([]byte, netip.AddrPort, int64) {}

// ReceiveRTCP hands a packet to the leg.
func (s *sockets) ReceiveRTCP(b []byte, from netip.AddrPort, at int64) {
	if p := s.tenant.Load(); p != nil {
		p.to.ReceiveRTCP(b, from, at)
	}
}

func (s *sockets) lane() int { return 0 }

// release closes the sockets. They fail to close only when they are closed.
func (s *sockets) release() { _ = errors.Join(s.conn.Close(), s.control.close()) }

// netpollPort is what a leg has of a pair.
type netpollPort struct {
	s      *sockets
	to     Receiver
	closed atomic.Bool
}

func (p *netpollPort) Local() netip.AddrPort { return p.s.local }

func (p *netpollPort) SendRTP(b []byte, to netip.AddrPort) error {
	if p.closed.Load() {
		return errClosed
	}
	_, err := p.s.conn.WriteToUDPAddrPort(b, to)
	return err
}

func (p *netpollPort) SendRTCP(b []byte, to netip.AddrPort) error {
	if p.closed.Load() {
		return errClosed
	}
	return p.s.control.send(b, to)
}

func (p *netpollPort) Close(u Use) {
	if p.closed.CompareAndSwap(false, true) {
		p.s.tenant.Store(nil)
		p.s.t.ports.give(p.s.local.Port(), u, p.s)
	}
}
