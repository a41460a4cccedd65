package transport

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Profile is how the connections that we make to one peer over TLS are judged, and what we show there. Nobody changes one after its first use. Its address
// names it: connections of two profiles are never shared, though they lead to the same port.
type Profile struct {
	Name        string                           // the SIP domain or DNS name that the certificate must carry, and that is asked for (SNI); empty: Target.ServerName
	Roots       *x509.CertPool                   // who may sign it; nil: those of Config.DialTLS, else the system's
	Pins        [][sha256.Size]byte              // of public keys (SubjectPublicKeyInfo): where there are any, the peer has one of them, whoever signed it
	Certificate func() (*tls.Certificate, error) // what we show when we are asked, read for each connection; nil: that of Config.DialTLS
	MinVersion  uint16                           // tls.VersionTLS12 or tls.VersionTLS13; 0: TLS 1.2
}

// Errors of a certificate.
var (
	ErrPin     = errors.New("its public key is none of those that are expected")
	ErrPurpose = errors.New("its certificate is for another purpose")
	ErrNoName  = errors.New("it shows no certificate")
)

// secure is the configuration of a connection that we make.
func (l *Layer) secure(key dialKey) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if l.cfg.DialTLS != nil {
		cfg = l.cfg.DialTLS.Clone()
	}
	var p Profile
	if key.profile != nil {
		p = *key.profile
	}
	if p.MinVersion > cfg.MinVersion {
		cfg.MinVersion = p.MinVersion
	}
	if p.Roots == nil {
		p.Roots = cfg.RootCAs
	}
	if give := p.Certificate; give != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return give() }
	}
	if p.Name == "" {
		p.Name = key.serverName
	}
	if p.Name == "" {
		p.Name = key.addr.Addr().String()
	}
	cfg.ServerName = p.Name
	if strings.HasPrefix(p.Name, "*.") {
		cfg.ServerName = key.serverName
	}
	cfg.InsecureSkipVerify = true // VerifyConnection checks in its place: RFC 5922 has its own rules for names
	cfg.VerifyConnection = func(state tls.ConnectionState) error { return p.judge(state.PeerCertificates) }
	return cfg
}

// judge checks what a peer shows.
func (p *Profile) judge(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return ErrNoName
	}
	if len(p.Pins) > 0 {
		if !p.pinned(chain[0]) {
			return ErrPin
		}
		return nil
	}
	if err := Trusted(chain, p.Roots); err != nil {
		return err
	}
	return NameMatches(chain[0], p.Name)
}

func (p *Profile) pinned(c *x509.Certificate) bool {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return slices.ContainsFunc(p.Pins, func(pin [sha256.Size]byte) bool { return subtle.ConstantTimeCompare(pin[:], sum[:]) == 1 })
}

// Trusted checks that a chain leads to one of the roots, now, and that its first certificate may be used by a SIP server (RFC 5924). Nil stands for the
// system's roots.
func Trusted(chain []*x509.Certificate, roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	o := x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: time.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := chain[0].Verify(o); err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	return purpose(chain[0])
}

// purpose checks what a certificate may be used for: one that says so must say TLS or SIP.
func purpose(c *x509.Certificate) error {
	sipDomain := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 20} // id-kp-sipDomain (RFC 5924 section 4)
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 || slices.ContainsFunc(c.UnknownExtKeyUsage, sipDomain.Equal) {
		return nil
	}
	for _, u := range []x509.ExtKeyUsage{x509.ExtKeyUsageAny, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		if slices.Contains(c.ExtKeyUsage, u) {
			return nil
		}
	}
	return ErrPurpose
}

// NameMatches checks that a certificate carries a name as RFC 5922 section 7 has it: one of its SIP domains where it has any, else one of its DNS names.
// A wildcard stands for itself alone (section 7.2): it matches where the operator wrote that very name. A name in digits is one of its addresses.
func NameMatches(c *x509.Certificate, name string) error {
	if ip, err := netip.ParseAddr(name); err == nil {
		for _, have := range c.IPAddresses {
			if a, ok := netip.AddrFromSlice(have); ok && a.Unmap() == ip.Unmap() {
				return nil
			}
		}
	}
	names := Names(c)
	for _, have := range names {
		if strings.EqualFold(strings.TrimSuffix(have, "."), strings.TrimSuffix(name, ".")) {
			return nil
		}
	}
	return &NameError{Want: name, Has: names}
}

// Names are those that a certificate stands for: its SIP domains where it has any, else its DNS names (RFC 5922 section 7.1).
func Names(c *x509.Certificate) []string {
	var domains []string
	for _, u := range c.URIs {
		if strings.EqualFold(u.Scheme, "sip") && !strings.Contains(u.Opaque, "@") {
			host, _, _ := strings.Cut(u.Opaque, ";")
			domains = append(domains, host)
		}
	}
	if len(domains) > 0 {
		return domains
	}
	return c.DNSNames
}

// NameError is a certificate of somebody else.
type NameError struct {
	Want string
	Has  []string
}

// Error implements error.
func (e *NameError) Error() string {
	return fmt.Sprintf("its certificate is of %q and not of %q", strings.Join(e.Has, ", "), e.Want)
}
