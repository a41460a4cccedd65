package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// ErrNotTLS says that a target is reached without TLS.
var ErrNotTLS = errors.New("it is not reached over TLS")

// Look connects to a target over TLS beside the connections that carry requests, and gives what it shows first in its certificates (nil: nothing came) and what
// a connection of ours would make of it: nil, or why it would be refused. The connection is closed again.
func (l *Layer) Look(ctx context.Context, t Target) (*x509.Certificate, error) {
	if t.Network != TLS {
		return nil, ErrNotTLS
	}
	cfg := l.secure(dialKey{network: TLS, addr: t.Addr, serverName: t.ServerName, profile: t.Profile})
	var shown *x509.Certificate
	judge := cfg.VerifyConnection
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) > 0 {
			shown = state.PeerCertificates[0]
		}
		return judge(state)
	}
	conn, err := l.reach(ctx, t.Addr, cfg)
	if err != nil {
		return shown, fmt.Errorf("connect to %s: %w", t.Addr, err)
	}
	_ = conn.Close() // Nothing was sent.
	return shown, nil
}
