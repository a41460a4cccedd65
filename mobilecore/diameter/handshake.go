package diameter

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// handshakeWithin is how long a peer may take to say who it is.
const handshakeWithin = 5 * time.Second

// firstVendorApplication is where applications of vendors begin (RFC 6733 section 11.3).
const firstVendorApplication Application = 0x01000000

// encrypted ends TLS's own handshake, where there is one, and gives the certificate that the peer showed; nil: none.
func encrypted(ctx context.Context, conn net.Conn) (*x509.Certificate, error) {
	secured, is := conn.(*tls.Conn)
	if !is {
		return nil, nil //nolint:nilnil // said above
	}
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	if shown := secured.ConnectionState().PeerCertificates; len(shown) > 0 {
		return shown[0], nil
	}
	return nil, nil //nolint:nilnil // said above
}

// belongs says whether a certificate is that of a host: by its alternative names, or, where it has none, by its common name, as Diameter nodes still have it.
func belongs(cert *x509.Certificate, host string) bool {
	if len(cert.DNSNames) > 0 {
		return cert.VerifyHostname(host) == nil
	}
	return strings.EqualFold(cert.Subject.CommonName, host)
}

// capabilities are what CER and CEA say of us (RFC 6733 section 5.3).
func (c *Config) capabilities(conn net.Conn) []AVP {
	out := make([]AVP, 0, 8)
	if at, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
		out = append(out, IP(HostIPAddress, at.Addr()))
	} else {
		out = append(out, IP(HostIPAddress, netip.IPv4Unspecified())) // a pipe: the attribute may not be left out
	}
	out = append(out, Number(VendorID, 0), Text(ProductName, c.Product), Number(SupportedVendorID, uint64(TGPP)))
	for _, app := range c.Applications {
		if app < firstVendorApplication {
			out = append(out, Number(AuthApplicationID, uint64(app)))
		}
		// Kamailio has no application without a vendor.
		out = append(out, Group(VendorSpecificApplicationID, Number(VendorID, uint64(TGPP)), Number(AuthApplicationID, uint64(app))))
	}
	return out
}

// meet is the handshake of who accepted a connection: it reads CER and answers. The error says why there is no peer, which the other side has been told.
func (c *Config) meet(ctx context.Context, conn net.Conn) (*Peer, error) {
	if err := conn.SetDeadline(time.Now().Add(handshakeWithin)); err != nil {
		return nil, fmt.Errorf("set a deadline: %w", err)
	}
	cert, err := encrypted(ctx, conn)
	if err != nil {
		return nil, err
	}
	request, err := Read(conn)
	refused, isRefused := errors.AsType[*RefusalError](err)
	if err != nil && !isRefused {
		return nil, err
	}
	if request.Command != CapabilitiesExchange || !request.IsRequest() {
		return nil, errors.New("it began with something else than CER")
	}
	p := &Peer{cfg: c, conn: conn, secure: cert != nil, hello: request}
	if !isRefused {
		refused = p.introduce(request, cert)
	}
	p.host = strings.ToLower(request.Text(OriginHost))
	if refused != nil {
		if err = p.writeNow(c.Refuse(request, refused)); err != nil {
			return p, errors.Join(refused, err)
		}
		return p, refused
	}
	return p, nil
}

// welcome answers CER.
func (p *Peer) welcome() error {
	if err := p.writeNow(p.cfg.Answer(p.hello, Success, p.cfg.capabilities(p.conn)...)); err != nil {
		return err
	}
	return p.unhurried()
}

// greet is the handshake of who opened a connection.
func (c *Config) greet(ctx context.Context, conn net.Conn, ids *numbers) (*Peer, error) {
	if err := conn.SetDeadline(time.Now().Add(handshakeWithin)); err != nil {
		return nil, fmt.Errorf("set a deadline: %w", err)
	}
	cert, err := encrypted(ctx, conn)
	if err != nil {
		return nil, err
	}
	p := &Peer{cfg: c, conn: conn, secure: cert != nil}
	host, realm := c.origin()
	request := NewRequest(CapabilitiesExchange, Common, append([]AVP{host, realm}, c.capabilities(conn)...)...)
	request.HopByHop, request.EndToEnd = ids.next(), ids.next()
	if err = p.writeNow(request); err != nil {
		return nil, err
	}
	answer, err := Read(conn)
	if err != nil {
		return nil, err
	}
	if answer.Command != CapabilitiesExchange || answer.IsRequest() || answer.HopByHop != request.HopByHop {
		return nil, errors.New("CER was answered with something else")
	}
	if r := answer.Result(); r != Success {
		return nil, &RefusalError{Result: r, Why: "the peer does not want us: " + answer.Text(ErrorMessage)}
	}
	if refused := p.introduce(answer, cert); refused != nil {
		return nil, refused
	}
	return p, p.unhurried()
}

// unhurried ends the deadline of the handshake.
func (p *Peer) unhurried() error {
	if err := p.conn.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("end a deadline: %w", err)
	}
	return nil
}

// introduce learns who the peer is, of its CER or CEA, and refuses whom we do not know; nil: welcome.
func (p *Peer) introduce(m *Message, cert *x509.Certificate) *RefusalError {
	for _, a := range []Attribute{OriginHost, OriginRealm} {
		if refused := sameAll(m, a); refused != nil { // Kamailio says them twice
			return refused
		}
	}
	p.host, p.realm = strings.ToLower(m.Text(OriginHost)), m.Text(OriginRealm)
	if cert != nil && !belongs(cert, p.host) {
		return Refusal(UnknownPeer, "the certificate is not this peer's", *m.Find(OriginHost))
	}
	if p.host == strings.ToLower(p.cfg.Identity) || (p.cfg.Knows != nil && !p.cfg.Knows(p.host)) {
		return Refusal(UnknownPeer, "this peer is not known here", *m.Find(OriginHost))
	}
	theirs := applications(m)
	p.relay = slices.Contains(theirs, Relay)
	if !p.relay && len(p.cfg.Applications) > 0 && !slices.ContainsFunc(theirs, p.cfg.serves) {
		return Refusal(NoCommonApplication, "there is no application that both sides have")
	}
	if onlyTLS(m) && !p.secure {
		return Refusal(NoCommonSecurity, "TLS is spoken from the first octet, on a port of its own")
	}
	return nil
}

// sameAll refuses a message without an attribute, or with two values of it.
func sameAll(m *Message, a Attribute) *RefusalError {
	first := m.Find(a)
	if first == nil {
		return Missing(a)
	}
	for other := range m.All(a) {
		if !strings.EqualFold(string(other.Payload), string(first.Payload)) {
			return other.refuse(AVPOccursTooManyTimes, "is there with two values")
		}
	}
	return nil
}

// applications are all that a peer says it has.
func applications(m *Message) []Application {
	var out []Application
	add := func(s Set) {
		for _, a := range []Attribute{AuthApplicationID, AcctApplicationID} {
			for found := range s.All(a) {
				if n, err := found.Number(); err == nil {
					out = append(out, Application(n)) //nolint:gosec // 32 bits, by the dictionary
				}
			}
		}
	}
	add(m.Set)
	for group := range m.All(VendorSpecificApplicationID) {
		if members, err := group.Members(); err == nil {
			add(members)
		}
	}
	return out
}

// onlyTLS says whether a peer wants to begin TLS on this connection, and nothing else (RFC 6733 section 6.10).
func onlyTLS(m *Message) bool {
	only := false
	for a := range m.All(InbandSecurityID) {
		if n, err := a.Number(); err != nil || n == 0 {
			return false
		}
		only = true
	}
	return only
}
