package diameter

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// Dial connects to a peer, over TLS where c has it, and exchanges capabilities. ctx bounds that alone; the peer lives until Close. A peer that does not want us is a
// RefusalError.
func Dial(ctx context.Context, c Config, address string) (*Peer, error) {
	c, err := filled(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to a diameter peer: %w", err)
	}
	return c.join(ctx, conn, address)
}

// join makes a peer of a connection that we opened.
func (c *Config) join(ctx context.Context, conn net.Conn, address string) (*Peer, error) {
	if c.TLS != nil {
		t := c.TLS.Clone()
		if host, _, err := net.SplitHostPort(address); err == nil && t.ServerName == "" {
			t.ServerName = host
		}
		conn = tls.Client(conn, t)
	}
	ids := newNumbers(time.Now())
	p, err := c.greet(ctx, conn, ids)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("join the diameter peer %s: %w", address, err), conn.Close())
	}
	p.ready(ids, &tally{})
	life := context.WithoutCancel(ctx) // Close ends it
	go func() {                        // Close waits for it
		why := p.run(life)
		c.Log.LogAttrs(life, slog.LevelInfo, "a diameter peer is gone", slog.String("peer", p.host), slog.Any("err", why))
	}()
	return p, nil
}
