package sip

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"tandem/sip/dialog"
	"tandem/sip/transport"
)

// TrunkTLS is how the connections with a trunk over TLS are judged, and what is shown on them (RFC 5922).
type TrunkTLS struct {
	Name        string   // the name that its certificate must carry, and that is asked for; empty: the host of its server
	Authority   string   // PEM: who signs its certificate; empty: the system's authorities
	Pins        []string // SHA-256 of its public key, in hexadecimal: where there are any, it has one of them, whoever signed
	Certificate string   // what we show it, as Config.Identity knows it; empty: nothing of its own
	MinVersion  string   // "1.3", or TLS 1.2
	Callers     []string // names in the certificates it connects with, which prove that it is the trunk
}

// Errors of what a trunk says of TLS.
var (
	errNoIdentity = errors.New("no certificates of ours are kept")
	errAuthority  = errors.New("its authority holds no certificate")
	errPin        = errors.New("a pin that is no SHA-256 in hexadecimal")
)

// roots are who may sign the trunk's certificates; nil: the system's authorities.
func (t *TrunkTLS) roots() (*x509.CertPool, error) {
	if strings.TrimSpace(t.Authority) == "" {
		return nil, nil //nolint:nilnil // nil stands for the system's
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(t.Authority)) {
		return nil, errAuthority
	}
	return pool, nil
}

// profile is what the transport must know of it; nil: nothing was said. What cannot be understood refuses every connection: a trunk whose pin cannot be read
// must not be trusted without.
func (s *Stack) profile(t *TrunkTLS) (*transport.Profile, error) {
	if t.Name == "" && t.Authority == "" && len(t.Pins) == 0 && t.Certificate == "" && t.MinVersion == "" {
		return nil, nil //nolint:nilnil // nil stands for nothing said
	}
	p := &transport.Profile{Name: t.Name, MinVersion: tls.VersionTLS12}
	if t.MinVersion == "1.3" {
		p.MinVersion = tls.VersionTLS13
	}
	var err error
	if p.Roots, err = t.roots(); err != nil {
		p.Roots = x509.NewCertPool()
	}
	for _, text := range t.Pins {
		var pin [sha256.Size]byte
		if n, bad := hex.Decode(pin[:], []byte(text[:min(len(text), 2*len(pin))])); bad != nil || n != len(pin) {
			err = errors.Join(err, errPin)
		}
		p.Pins = append(p.Pins, pin)
	}
	if name := t.Certificate; name != "" {
		p.Certificate = func() (*tls.Certificate, error) {
			if s.cfg.Identity == nil {
				return nil, errNoIdentity
			}
			c, failed := s.cfg.Identity(name)
			if failed != nil {
				return nil, fmt.Errorf("our certificate %s: %w", name, failed)
			}
			return c, nil
		}
	}
	return p, err
}

// certified says which trunk a certificate proves its holder to be: one that names it among its callers, and whose authority signed it.
func (s *Stack) certified(chain []*x509.Certificate) string {
	b := s.book.Load()
	for i := range b.peers.Trunks {
		t := &b.peers.Trunks[i]
		if !slices.ContainsFunc(t.TLS.Callers, func(name string) bool { return transport.NameMatches(chain[0], name) == nil }) {
			continue
		}
		roots, err := t.TLS.roots()
		if err == nil {
			err = transport.Trusted(chain, roots)
		}
		if err == nil {
			return string(t.ID)
		}
		s.cfg.Log.Warn("certificate names a trunk and proves nothing", slog.String("trunk", string(t.ID)), slog.Any("err", err))
	}
	return ""
}

// trunkOf finds the trunk that a request came from: by the certificate of its connection, by the operator's list, or as one of its servers.
func (s *Stack) trunkOf(b *book, f transport.Flow) TrunkID {
	if t := b.trunks[TrunkID(f.Peer)]; t != nil && len(t.TLS.Callers) > 0 {
		return t.ID
	}
	return s.trunkAt(b, f.Remote.Addr().Unmap())
}

// withProfile makes what is dialled by a Route of a trunk's own be judged as the trunk is.
func withProfile(find func(deliver func([]dialog.Hop)), p *transport.Profile) func(deliver func([]dialog.Hop)) {
	if p == nil {
		return find
	}
	return func(deliver func([]dialog.Hop)) {
		find(func(hops []dialog.Hop) {
			for i := range hops {
				hops[i].Target.Profile = p
			}
			deliver(hops)
		})
	}
}
