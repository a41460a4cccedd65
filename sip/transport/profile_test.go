package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t, cert, key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// sign makes a certificate, changed as the test wants it.
func (a *authority) sign(change ...func(*x509.Certificate)) *tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	for _, c := range change {
		c(tmpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func dnsNames(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = names }
}

func sipDomains(domains ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for _, d := range domains {
			c.URIs = append(c.URIs, &url.URL{Scheme: "sip", Opaque: d})
		}
	}
}

func TestACertificateIsOfAnybodyWhomRFC5922Names(t *testing.T) {
	good, bad := newAuthority(t), newAuthority(t)
	sipUse := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 20}
	pin := func(c *tls.Certificate) [][sha256.Size]byte {
		return [][sha256.Size]byte{{1}, sha256.Sum256(c.Leaf.RawSubjectPublicKeyInfo)}
	}
	own := bad.sign()
	for _, c := range []struct {
		name    string
		cert    *tls.Certificate
		profile Profile
		ok      bool
	}{
		{"its DNS name", good.sign(dnsNames("other.test", "SIP.carrier.test")), Profile{Name: "sip.carrier.test"}, true},
		{"another name", good.sign(dnsNames("sip.other.test")), Profile{Name: "sip.carrier.test"}, false},
		{"no name", good.sign(), Profile{Name: "sip.carrier.test"}, false},
		{"its common name alone", good.sign(func(c *x509.Certificate) { c.Subject.CommonName = "sip.carrier.test" }), Profile{Name: "sip.carrier.test"}, false},
		{"its SIP domain", good.sign(sipDomains("carrier.test")), Profile{Name: "carrier.test"}, true},
		{"a DNS name beside a SIP domain", good.sign(sipDomains("carrier.test"), dnsNames("sip.carrier.test")), Profile{Name: "sip.carrier.test"}, false},
		{"a SIP user", good.sign(sipDomains("alice@carrier.test")), Profile{Name: "carrier.test"}, false},
		{"a wildcard", good.sign(dnsNames("*.carrier.test")), Profile{Name: "sip.carrier.test"}, false},
		{"a wildcard that the operator wrote", good.sign(dnsNames("*.carrier.test")), Profile{Name: "*.carrier.test"}, true},
		{"an address", good.sign(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }), Profile{Name: "127.0.0.1"}, true},
		{"another signer", bad.sign(dnsNames("sip.carrier.test")), Profile{Name: "sip.carrier.test"}, false},
		{"out of date", good.sign(dnsNames("a.test"), func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), Profile{Name: "a.test"}, false},
		{"for SIP", good.sign(dnsNames("a.test"), func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{sipUse} }), Profile{Name: "a.test"}, true},
		{"for mail", good.sign(dnsNames("a.test"), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }), Profile{Name: "a.test"}, false},
		{"its key, whoever signed", own, Profile{Name: "a.test", Pins: pin(own)}, true},
		{"another key, well signed", good.sign(dnsNames("a.test")), Profile{Name: "a.test", Pins: pin(own)}, false},
	} {
		c.profile.Roots = good.pool()
		if err := c.profile.judge([]*x509.Certificate{c.cert.Leaf}); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := (&Profile{Name: "a.test"}).judge(nil); err == nil {
		t.Error("no certificate is one")
	}
}

func TestTwoIdentitiesTowardsOnePortAreTwoConnections(t *testing.T) {
	ca := newAuthority(t)
	shown := make(chan string, 10)
	trunk := newSide(t, func(c *Config) {
		c.Listeners = []Listener{{Network: TLS, Bind: c.Listeners[0].Bind}}
		c.ServeTLS = &tls.Config{Certificates: []tls.Certificate{*ca.sign(dnsNames("sip.carrier.test"))}, MinVersion: tls.VersionTLS12}
		c.Certified = func(chain []*x509.Certificate) string {
			shown <- chain[0].DNSNames[0]
			return chain[0].DNSNames[0]
		}
	})
	us := newSide(t)
	for _, name := range []string{"one.test", "two.test"} {
		p := &Profile{Name: "sip.carrier.test", Roots: ca.pool(), MinVersion: tls.VersionTLS13, Certificate: func() (*tls.Certificate, error) { return ca.sign(dnsNames(name)), nil }}
		out, err := us.Outlet(Target{Network: TLS, Addr: trunk.at(TLS), ServerName: "10.0.0.1", Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Write(request("OPTIONS")); err != nil {
			t.Fatal(err)
		}
		select { // its certificate is taken: it is not answered as a stranger
		case f := <-trunk.flows:
			if <-trunk.messages; f.Peer != name {
				t.Errorf("it is known as %q", f.Peer)
			}
		case <-time.After(patience):
			t.Fatal("nothing was let through")
		}
		if got := <-shown; got != name {
			t.Errorf("%s was shown as %s", name, got)
		}
	}
}

func TestATLSHandshakeHasADeadline(t *testing.T) {
	ca := newAuthority(t)
	us := newSide(t, func(c *Config) {
		c.Listeners = []Listener{{Network: TLS, Bind: c.Listeners[0].Bind}}
		c.ServeTLS = &tls.Config{Certificates: []tls.Certificate{*ca.sign(dnsNames("a.test"))}, MinVersion: tls.VersionTLS12}
		c.Limits.PerIP = 3
		c.Limits.Handshake, c.Limits.Complete = 2*time.Second, time.Hour // what ends them is the one, not the other
	})
	begin := time.Now()
	var open []net.Conn
	for range 4 { // each says a byte of a hello and no more; the fourth is one too many
		c, err := net.Dial("tcp", us.at(TLS).String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = c.Write([]byte{22})
		open = append(open, c)
	}
	for i, c := range open {
		_ = c.SetReadDeadline(begin.Add(patience))
		if _, err := c.Read(make([]byte, 64)); err == nil {
			t.Error("an answer")
		}
		if d := time.Since(begin); d >= patience {
			t.Errorf("connection %d was open for %v", i, d)
		}
	}
	if n := us.Counters().Refused[Crowded].Load(); n != 1 {
		t.Errorf("%d refused", n)
	}
}
