package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
)

// receiveBuffer is what the kernel keeps for a UDP socket while we are busy, in bytes.
const receiveBuffer = 8 << 20

// UDPSocket is what a UDP port needs of its socket: a *net.UDPConn, or one of a simulated network. Its reads fail with net.ErrClosed
// once it is closed.
type UDPSocket interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// udpPort is one UDP address of ours. Its one reader guards, parses and delivers; anyone may write.
type udpPort struct {
	layer    *Layer
	listener Listener
	socket   UDPSocket
}

func openUDP(ctx context.Context, l *Layer, n Listener) (*udpPort, error) {
	if l.cfg.OpenUDP != nil {
		s, err := l.cfg.OpenUDP(n.Bind)
		if err != nil {
			return nil, fmt.Errorf("open socket: %w", err)
		}
		return newUDPPort(l, n, s), nil
	}
	network := "udp4"
	if n.Bind.Addr().Unmap().Is6() {
		network = "udp6"
	}
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(ctx, network, unmap(n.Bind).String())
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(errors.New("open socket: not UDP"), pc.Close())
	}
	if err := conn.SetReadBuffer(receiveBuffer); err != nil {
		l.cfg.Log.Warn("small receive buffer", slog.Any("err", err))
	}
	_ = conn.SetWriteBuffer(receiveBuffer / 4) // what the system allows is enough
	return newUDPPort(l, n, conn), nil
}

func newUDPPort(l *Layer, n Listener, s UDPSocket) *udpPort {
	return &udpPort{layer: l, listener: bound(n, s.LocalAddr()), socket: s}
}

// bound fills in the port that the system chose.
func bound(n Listener, at net.Addr) Listener {
	if a, err := netip.ParseAddrPort(at.String()); err == nil {
		n.Bind = unmap(a)
	}
	if !n.Advertise.Addr().IsValid() {
		n.Advertise = n.Bind
	}
	if n.Advertise.Port() == 0 {
		n.Advertise = netip.AddrPortFrom(n.Advertise.Addr(), n.Bind.Port())
	}
	return n
}

// serve reads until the socket is closed. A panic costs one datagram.
func (p *udpPort) serve() {
	buf := make([]byte, maxDatagram)
	for p.read(buf) {
	}
}

// read takes datagrams until one panics (true) or the socket is closed (false).
func (p *udpPort) read(buf []byte) (again bool) {
	again = true
	defer p.layer.Recover("read datagram")
	for {
		n, src, err := p.socket.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return false
		}
		if err != nil {
			continue // an ICMP error of an earlier packet
		}
		src = unmap(src)
		from := Flow{ID: udpFlowID(p.layer.seed, p.listener.Bind, src), Network: UDP, Listener: p.listener, Remote: src}
		p.layer.datagram(buf[:n], from, p)
	}
}

// write sends a datagram; the kernel takes it or drops it.
func (p *udpPort) write(b []byte, to netip.AddrPort) error {
	if _, err := p.socket.WriteToUDPAddrPort(b, to); err != nil {
		return fmt.Errorf("send datagram: %w", err)
	}
	p.layer.trace(true, UDP, p.listener.Bind, to, b)
	return nil
}

// answer sends a stateless response back to where the request came from.
func (p *udpPort) answer(b []byte, to Flow) { _ = p.write(b, to.Remote) }
