package sip_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/transport"
)

// identity makes a certificate that signs itself, for a name.
func identity(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func asPEM(c *tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}

func pinOf(c *tls.Certificate) string {
	sum := sha256.Sum256(c.Leaf.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// overTLS opens a house that listens on TLS too, and has one certificate to show.
func overTLS(t *testing.T, listener, own *tls.Certificate) *house {
	t.Helper()
	return open(t, func(c *sip.Config) {
		c.Listeners = append(c.Listeners, transport.Listener{Network: transport.TLS, Bind: c.Listeners[0].Bind})
		c.ServeTLS = &tls.Config{Certificates: []tls.Certificate{*listener}, MinVersion: tls.VersionTLS12}
		c.Identity = func(name string) (*tls.Certificate, error) {
			if name != "own" {
				return nil, errors.New("no such file")
			}
			return own, nil
		}
	})
}

// newSecurePeer is a peer that serves TLS with a certificate, and asks for one.
func newSecurePeer(h *house, c *tls.Certificate) *peer {
	p := newPeer(h, transport.TCP)
	p.to = h.at(transport.TLS)
	p.ln = tls.NewListener(p.ln, &tls.Config{Certificates: []tls.Certificate{*c}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12})
	return p
}

// takeSecure takes the connection that the house makes, and gives the certificate it shows; nil: none, or no connection comes about.
func (p *peer) takeSecure() (*x509.Certificate, error) {
	p.t.Helper()
	c, err := p.ln.Accept()
	if err != nil {
		p.t.Fatal(err)
	}
	secure := c.(*tls.Conn)
	_ = secure.SetDeadline(time.Now().Add(patience))
	if err := secure.HandshakeContext(p.t.Context()); err != nil {
		return nil, err
	}
	_ = secure.SetDeadline(time.Time{})
	p.use(secure)
	if chain := secure.ConnectionState().PeerCertificates; len(chain) > 0 {
		return chain[0], nil
	}
	return nil, nil
}

func TestATrunkOverTLSIsWhoItsProfileSays(t *testing.T) {
	carrier, stranger, own := identity(t, "sip.carrier.test"), identity(t, "sip.stranger.test"), identity(t, "pbx.test")
	for _, c := range []struct {
		name string
		tls  sip.TrunkTLS
		ok   bool
	}{
		{"its name and its authority", sip.TrunkTLS{Name: "sip.carrier.test", Authority: asPEM(carrier), Certificate: "own"}, true},
		{"its key", sip.TrunkTLS{Pins: []string{pinOf(carrier)}, Certificate: "own", MinVersion: "1.3"}, true},
		{"another name", sip.TrunkTLS{Name: "sip.other.test", Authority: asPEM(carrier), Certificate: "own"}, false},
		{"another authority", sip.TrunkTLS{Name: "sip.carrier.test", Authority: asPEM(stranger), Certificate: "own"}, false},
		{"another key", sip.TrunkTLS{Name: "sip.carrier.test", Authority: asPEM(carrier), Pins: []string{pinOf(stranger)}, Certificate: "own"}, false},
		{"the system's authorities", sip.TrunkTLS{}, false},
		{"a certificate of ours that is not there", sip.TrunkTLS{Pins: []string{pinOf(carrier)}, Certificate: "lost"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := overTLS(t, own, own)
			p := newSecurePeer(h, carrier)
			h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "carrier", Servers: []string{"sips:" + p.host()}, TLS: c.tls}}})
			ref := h.dial(toCarrier())
			shown, err := p.takeSecure()
			if !c.ok {
				if f := signal[dialog.Failed](h); f.Status != 503 {
					t.Errorf("failed with %+v", f)
				}
				return
			}
			if err != nil || shown == nil || shown.DNSNames[0] != "pbx.test" {
				t.Fatalf("shown %v: %v", shown, err)
			}
			p.settles(h, ref, p.want("INVITE sips:"))
		})
	}
}

func TestATrunkIsKnownByTheCertificateItConnectsWith(t *testing.T) {
	carrier, stranger, own := identity(t, "sbc.carrier.test"), identity(t, "sbc.carrier.test"), identity(t, "pbx.test")
	h := overTLS(t, own, own)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{
		{ID: "other", TLS: sip.TrunkTLS{Authority: asPEM(own), Callers: []string{"sbc.other.test"}}, Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}},
		{ID: "carrier", TLS: sip.TrunkTLS{Authority: asPEM(carrier), Callers: []string{"sbc.carrier.test"}}},
	}})
	connect := func(certs ...tls.Certificate) *peer {
		t.Helper()
		c, err := tls.Dial("tcp", h.at(transport.TLS).String(), &tls.Config{InsecureSkipVerify: true, Certificates: certs})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		p := newPeer(h, transport.TCP)
		p.conn, p.in = net.Conn(c), bufio.NewReader(c)
		return p
	}
	invite := func(p *peer) {
		p.request(ask{method: "INVITE", uri: "sip:+33199001234@example.test", from: "<sip:+33199005678@carrier.test>;tag=a", to: "<sip:+33199001234@example.test>", callID: "c" + p.host(), seq: 1, body: offer})
	}
	p := connect(*carrier)
	invite(p)
	if a := h.attempt(); a.Trunk != "carrier" {
		t.Errorf("an attempt of %q", a.Trunk)
	}
	for name, certs := range map[string][]tls.Certificate{"signed by somebody else": {*stranger}, "none": nil} {
		p := connect(certs...)
		invite(p)
		if m := p.want("SIP/2.0 401"); !strings.Contains(m.get("WWW-Authenticate"), "Digest") {
			t.Errorf("%s: %q", name, m.lines)
		}
	}
}
