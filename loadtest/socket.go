package loadtest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const sipBuffer = 8 << 20 // bytes asked of the kernel for a SIP socket: a burst must not be the generator's loss

// line is what SIP goes by.
type line interface {
	serve(take func(b []byte, from netip.AddrPort, when time.Time))
	send(b []byte, to netip.AddrPort)
	local() netip.AddrPort
	network() string // as Via names it
	close()
}

// socket is a UDP socket; once serve was called, its reader hands each packet to take.
type socket struct {
	conn *net.UDPConn
	wg   sync.WaitGroup
}

func open(ctx context.Context, at netip.AddrPort) (*socket, error) {
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(ctx, "udp4", at.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", at, err)
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		return nil, fmt.Errorf("open %s: not a UDP socket", at)
	}
	_ = conn.SetReadBuffer(sipBuffer) // the kernel gives what it may
	return &socket{conn: conn}, nil
}

// serve starts the reader. It is apart from open, so that whoever owns the socket holds it before the first packet is taken.
func (s *socket) serve(take func(b []byte, from netip.AddrPort, when time.Time)) {
	s.wg.Go(func() {
		buf := make([]byte, 65536)
		for {
			n, from, err := s.conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			take(buf[:n], from, time.Now())
		}
	})
}

func (s *socket) send(b []byte, to netip.AddrPort) {
	_, _ = s.conn.WriteToUDPAddrPort(b, to) // loss is what the far end's timers are for
}

func (s *socket) network() string { return "UDP" }

func (s *socket) local() netip.AddrPort {
	return addrOf(s.conn.LocalAddr())
}

func (s *socket) close() {
	_ = s.conn.Close()
	s.wg.Wait()
}

// serial gives names that no other run of this machine uses.
type serial struct {
	run string
	n   atomic.Uint64
}

func newSerial() *serial { return &serial{run: fmt.Sprintf("%x", time.Now().UnixNano())} }

func (s *serial) next(kind string) string { return fmt.Sprintf("%s%s-%d", kind, s.run, s.n.Add(1)) }
