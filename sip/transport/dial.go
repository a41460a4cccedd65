package transport

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// dialTimeout bounds connecting and shaking hands.
const dialTimeout = 5 * time.Second

// streamOutlet finds the connection to a target: the flow it names, else the one that we made to that address, else a new one.
func (l *Layer) streamOutlet(t Target) (Outlet, error) {
	if t.Flow != 0 {
		s := l.streams.get(t.Flow)
		if s == nil || !s.live() {
			return Outlet{}, ErrFlowGone
		}
		return Outlet{stream: s, flow: s.flow}, nil
	}
	key := dialKey{network: t.Network, addr: unmap(t.Addr)}
	if t.Network == TLS {
		key.serverName, key.profile = t.ServerName, t.Profile
	}
	if !key.addr.IsValid() || key.addr.Port() == 0 {
		return Outlet{}, ErrFlowGone
	}
	tab := &l.streams
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if tab.closed || l.dialling == nil {
		return Outlet{}, ErrClosed
	}
	s := tab.byKey[key]
	if s == nil || !s.live() {
		s = &stream{layer: l, key: key, flow: Flow{Network: t.Network, Listener: l.sentBy(t.Network, key.addr), Remote: key.addr}}
		tab.addLocked(s)
		l.dialling(s)
	}
	return Outlet{stream: s, flow: s.flow}, nil
}

// live says that the stream is not over.
func (s *stream) live() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state != over
}

// dial connects and then reads; when it cannot, the flow is over.
func (l *Layer) dial(ctx context.Context, s *stream) {
	conn, err := l.connect(ctx, s.key)
	if err != nil || !s.attach(conn) {
		if err == nil {
			_ = conn.Close()
		} else {
			l.cfg.Log.Info("connect failed", slog.String("peer", s.key.addr.String()), slog.Any("err", err))
		}
		s.close()
		l.flowOver(s, ErrNoConnection)
		return
	}
	s.serve()
}

func (l *Layer) connect(ctx context.Context, key dialKey) (net.Conn, error) {
	if key.network == TCP {
		return l.reach(ctx, key.addr, nil)
	}
	return l.reach(ctx, key.addr, l.secure(key))
}

// reach connects to an address, over TLS where there is a configuration for it.
func (l *Layer) reach(ctx context.Context, addr netip.AddrPort, secure *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	d := net.Dialer{KeepAliveConfig: keepAlive()}
	if local := l.dialFrom(addr); local.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
	}
	if secure == nil {
		return d.DialContext(ctx, "tcp", addr.String()) // logged with the peer's address by the caller
	}
	td := tls.Dialer{NetDialer: &d, Config: secure}
	return td.DialContext(ctx, "tcp", addr.String()) // as above
}

// dialFrom is the address that our listeners of that family are bound to, so that carriers that know us by address see the right one;
// invalid lets the system choose.
func (l *Layer) dialFrom(to netip.AddrPort) netip.Addr {
	bind := l.sentBy(TCP, to).Bind.Addr()
	if !bind.IsValid() || bind.IsUnspecified() {
		return netip.Addr{}
	}
	return bind
}
