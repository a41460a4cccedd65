package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
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

// Open binds a pair of ports and starts the reader. Ports that another program has are passed over, and tried again later; any other
// failure, such as the limit of open files, would be the same on every port.
func (t *Netpoll) Open(to Receiver) (Port, error) {
	if t.closed.Load() {
		return nil, errClosed
	}
	var last error
	for {
		n, err := t.ports.take()
		if err != nil {
			return nil, errors.Join(err, last)
		}
		p, err := t.bind(n, to)
		if err == nil {
			t.readers.Go(p.read)
			return p, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.ports.give(n, Unused)
			return nil, fmt.Errorf("bind a pair of ports: %w", err)
		}
		last = err
		t.ports.give(n, Used)
	}
}

func (t *Netpoll) bind(n uint16, to Receiver) (*netpollPort, error) {
	local := netip.AddrPortFrom(t.cfg.Bind, n)
	conn, err := net.ListenUDP(t.network, net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	if err = conn.SetReadBuffer(socketBuffer); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	c, err := t.control.open(netip.AddrPortFrom(t.cfg.Bind, n+1), to)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &netpollPort{t: t, conn: conn, control: c, local: local, to: to}, nil
}

// Stats says how many pairs are bound.
func (t *Netpoll) Stats() Stats { return Stats{InUse: t.ports.used()} }

// Close waits for the readers.
func (t *Netpoll) Close() error {
	t.closed.Store(true)
	t.readers.Wait()
	return t.control.close()
}

type netpollPort struct {
	t       *Netpoll
	conn    *net.UDPConn
	control *control
	local   netip.AddrPort
	to      Receiver
	once    sync.Once
}

// read hands packets to the leg until the socket is closed.
func (p *netpollPort) read() {
	b := make([]byte, packetSize)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(b)
		switch {
		case err == nil && n < len(b):
			p.to.ReceiveRTP(b[:n], from, p.t.cfg.Now())
		case errors.Is(err, net.ErrClosed):
			return
		}
	}
}

func (p *netpollPort) Local() netip.AddrPort { return p.local }

func (p *netpollPort) SendRTP(b []byte, to netip.AddrPort) error {
	_, err := p.conn.WriteToUDPAddrPort(b, to)
	return err
}

func (p *netpollPort) SendRTCP(b []byte, to netip.AddrPort) error { return p.control.send(b, to) }

func (p *netpollPort) Close(u Use) {
	p.once.Do(func() {
		err := errors.Join(p.conn.Close(), p.control.close())
		if err == nil {
			p.t.ports.give(p.local.Port(), u)
		}
	})
}
