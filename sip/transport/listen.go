package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"
)

// streamPort is one TCP or TLS address of ours.
type streamPort struct {
	layer    *Layer
	listener Listener
	socket   net.Listener
}

func openStream(ctx context.Context, l *Layer, n Listener) (*streamPort, error) {
	network := "tcp4"
	if n.Bind.Addr().Unmap().Is6() {
		network = "tcp6"
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive()}
	socket, err := lc.Listen(ctx, network, unmap(n.Bind).String())
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	return &streamPort{layer: l, listener: bound(n, socket.Addr()), socket: socket}, nil
}

// keepAlive finds peers that vanished without a word within two minutes.
func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 60 * time.Second, Interval: 20 * time.Second, Count: 3}
}

// serve accepts until the socket is closed.
func (p *streamPort) serve() {
	for {
		conn, err := p.socket.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			p.layer.cfg.Log.Warn("accept failed", slog.Any("err", err))
			if !p.layer.pause(acceptPause) {
				return
			}
			continue
		}
		s := p.admit(conn)
		if s == nil {
			p.layer.count.Refused[Crowded].Add(1)
			_ = conn.Close()
			continue
		}
		p.layer.wg.Go(func() { p.begin(s) })
	}
}

// acceptPause is the wait after a failed accept: out of descriptors, the loop would spin.
const acceptPause = 50 * time.Millisecond

// pause waits, at most until the layer closes, which gives false.
func (l *Layer) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.done:
		return false
	}
}

// admit keeps the connection if there is room for it, nil otherwise.
func (p *streamPort) admit(conn net.Conn) *stream {
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil
	}
	remote = unmap(remote)
	l, t := p.layer, &p.layer.streams
	trusted := l.guard.isTrusted(remote.Addr())
	if !trusted && l.guard.isBanned(remote.Addr()) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed, !trusted && t.perIP[remote.Addr()] >= l.cfg.Limits.PerIP:
		return nil
	case !trusted && len(t.byID) >= l.cfg.Limits.Connections && !t.makeRoomLocked():
		return nil
	}
	s := &stream{layer: l, state: open, conn: conn, since: time.Now(), flow: Flow{Network: p.listener.Network, Listener: p.listener, Remote: remote}}
	t.addLocked(s)
	if !trusted {
		s.fresh = t.fresh.PushBack(s)
	}
	return s
}

// begin shakes hands where the network asks for it, and reads.
func (p *streamPort) begin(s *stream) {
	if p.listener.Network == TLS {
		conn := tls.Server(s.conn, p.layer.serving)
		_ = conn.SetDeadline(time.Now().Add(p.layer.cfg.Limits.Handshake))
		if err := conn.Handshake(); err != nil { //nolint:noctx // the deadline bounds it, closing the connection ends it
			s.close()
			p.layer.flowOver(s, ErrFlowGone)
			return
		}
		_ = conn.SetDeadline(time.Time{})
		s.secure(conn)
		p.layer.introduce(s, conn)
	}
	s.serve()
}

// secure puts TLS over the connection that was accepted.
func (s *stream) secure(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = c
}

// introduce notes whose certificate a peer shows. Nothing has been read yet: nobody else knows the flow.
func (l *Layer) introduce(s *stream, c *tls.Conn) {
	chain := c.ConnectionState().PeerCertificates
	if len(chain) == 0 || l.cfg.Certified == nil {
		return
	}
	who := l.cfg.Certified(chain)
	l.streams.mu.Lock()
	s.flow.Peer = who
	if who != "" {
		l.streams.settleLocked(s)
	}
	l.streams.mu.Unlock()
	if who == "" {
		l.cfg.Log.Info("certificate of nobody here", slog.String("peer", s.flow.Remote.String()), slog.String("cause", strings.Join(Names(chain[0]), ", ")))
	}
}

// servingTLS is the configuration of the TLS listeners: a certificate is asked for and judged after the handshake, since whose it may be depends on the trunks.
func servingTLS(cfg Config) *tls.Config {
	if cfg.ServeTLS == nil || cfg.Certified == nil {
		return cfg.ServeTLS
	}
	c := cfg.ServeTLS.Clone()
	if c.ClientAuth == tls.NoClientCert {
		c.ClientAuth = tls.RequestClientCert
	}
	return c
}
