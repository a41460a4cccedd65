package softphone

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// hostLink takes TLS connections, as a carrier's server does, and makes one where it has none to whom it sends.
type hostLink struct {
	listener net.Listener
	cfg      Config
	wg       sync.WaitGroup

	mu    sync.Mutex
	take  func(b []byte, from netip.AddrPort)
	conns map[netip.AddrPort]*streamLink
	over  bool
}

func takeTLS(ctx context.Context, cfg Config) (link, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Bind.String())
	if err != nil {
		return nil, fmt.Errorf("open the phone's listener: %w", err)
	}
	return &hostLink{listener: tls.NewListener(l, cfg.Shows), cfg: cfg, conns: map[netip.AddrPort]*streamLink{}}, nil
}

func (l *hostLink) listen(take func(b []byte, from netip.AddrPort)) {
	l.take = take
	l.wg.Go(func() {
		for {
			conn, err := l.listener.Accept()
			if err != nil {
				return
			}
			l.keep(addrOf(conn.RemoteAddr()), conn)
		}
	})
}

// keep begins to read a connection, by which whoever is at the other end is reached from now on.
func (l *hostLink) keep(at netip.AddrPort, conn net.Conn) *streamLink {
	s := &streamLink{conn: conn}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		_ = conn.Close()
		return s
	}
	l.conns[at] = s
	s.listen(l.take)
	return s
}

// send writes to the connection with that address; what cannot be sent shows as no answer.
func (l *hostLink) send(b []byte, to netip.AddrPort) {
	l.mu.Lock()
	s := l.conns[to]
	l.mu.Unlock()
	if s == nil {
		d := &tls.Dialer{NetDialer: &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(l.cfg.Bind.Addr(), 0))}, Config: l.cfg.TLS}
		conn, err := d.DialContext(context.Background(), "tcp", to.String())
		if err != nil {
			return
		}
		s = l.keep(to, conn)
	}
	s.send(b, to)
}

func (l *hostLink) local() netip.AddrPort { return addrOf(l.listener.Addr()) }

func (l *hostLink) close() {
	_ = l.listener.Close()
	l.mu.Lock()
	l.over = true
	all := l.conns
	l.mu.Unlock()
	for _, s := range all {
		s.close()
	}
	l.wg.Wait()
}
