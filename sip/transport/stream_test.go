package transport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// TestEverySplitOfAFoldedInvite: wherever TCP cuts it, it comes whole (T12).
func TestEverySplitOfAFoldedInvite(t *testing.T) {
	s := newSide(t)
	trustLoopback(s.Layer)
	raw := request("INVITE", "Subject: a\r\n folded\r\n\tline\r\n", "Supported: timer,\r\n replaces\r\n")
	conn := s.dial(t, TCP)
	for cut := 1; cut < len(raw); cut++ {
		for _, part := range [][]byte{raw[:cut], raw[cut:]} {
			if _, err := conn.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		m := s.received(t)
		if h := m.GetHeaders("Subject"); len(h) != 1 || h[0].Value() != "a folded line" {
			t.Fatalf("cut at %d: %s", cut, m)
		}
	}
}

// TestSmugglingIsRefused: two lengths, in whatever form, never make a second message of the first one's body (T11).
func TestSmugglingIsRefused(t *testing.T) {
	inner := request("INVITE")
	for _, extra := range []string{"Content-Length: 0\r\nContent-Length: 5\r\n", "l: 0\r\nContent-Length: 5\r\n", "Content-Length : 0\r\nl: 5\r\n"} {
		s := newSide(t)
		trustLoopback(s.Layer)
		conn := s.dial(t, TCP)
		outer := bytes.Replace(request("MESSAGE"), []byte("Content-Length: 0\r\n"), []byte(extra), 1)
		if _, err := conn.Write(append(outer, inner...)); err != nil {
			t.Fatal(err)
		}
		if got := drained(t, conn); status(got) != "400" {
			t.Errorf("answered %q", got)
		}
		s.nothing(t)
	}
}

// TestKeepAlives: a pair of CRLF is answered with one, also cut in two; one alone is swallowed (RFC 5626 section 4.4.1).
func TestKeepAlives(t *testing.T) {
	s := newSide(t)
	trustLoopback(s.Layer)
	conn := s.dial(t, TCP)
	for _, parts := range [][]string{{"\r\n\r\n"}, {"\r\n", "\r\n"}, {"\r\n\r", "\n"}, {"\r", "\n\r\n"}} {
		for _, p := range parts {
			if _, err := conn.Write([]byte(p)); err != nil {
				t.Fatal(err)
			}
		}
		if got := answerWithin(t, conn, patience); got != "\r\n" {
			t.Errorf("%q was answered %q", parts, got)
		}
	}
	if _, err := conn.Write(append([]byte("\r\n"), request("OPTIONS")...)); err != nil {
		t.Fatal(err)
	}
	s.received(t)
}

// TestASlowMessageEndsItsConnection, and so does silence before the first; both leave others alone (T10, scaled).
func TestASlowMessageEndsItsConnection(t *testing.T) {
	s := newSide(t, func(c *Config) { c.Limits.Complete = 200 * time.Millisecond })
	slow, mute := s.dial(t, TCP), s.dial(t, TCP)
	if _, err := slow.Write([]byte("INVITE sip:a@b SIP/2.0\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, conn := range []net.Conn{slow, mute} {
		if got := drained(t, conn); got != "" {
			t.Errorf("answered %q", got)
		}
		<-s.closed
	}
	if s.Counters().Refused[Slow].Load() != 1 {
		t.Error("not counted")
	}
}

// TestConnectionsOfOneAddressAreCapped; a trunk's are not.
func TestConnectionsOfOneAddressAreCapped(t *testing.T) {
	s := newSide(t, func(c *Config) { c.Limits.PerIP = 3 })
	open := 0
	for range 10 {
		conn := s.dial(t, TCP)
		if status(ask(t, conn, request("OPTIONS"))) == "200" {
			open++
		}
	}
	if open != 3 {
		t.Errorf("%d connections served", open)
	}
	trustLoopback(s.Layer)
	conn := s.dial(t, TCP)
	if _, err := conn.Write(request("OPTIONS")); err != nil {
		t.Fatal(err)
	}
	s.received(t)
}

// TestTooLargeOnAStream is said, and ends it: a claim of 10 MB as well as 64 KB of header.
func TestTooLargeOnAStream(t *testing.T) {
	for name, raw := range map[string][]byte{
		"claimed": bytes.Replace(request("INVITE"), []byte("Content-Length: 0"), []byte("Content-Length: 10000000"), 1),
		"header":  request("INVITE", strings.Repeat("X-Filler: "+strings.Repeat("a", 500)+"\r\n", 140)),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(t)
			trustLoopback(s.Layer)
			conn := s.dial(t, TCP)
			if _, err := conn.Write(raw); err != nil {
				t.Fatal(err)
			}
			if got := drained(t, conn); status(got) != "513" {
				t.Errorf("answered %q", got)
			}
			s.nothing(t)
		})
	}
}

// TestAFlowThatIsGoneIsNotDialled: its peer left; sending says so, and nobody connects to where it was.
func TestAFlowThatIsGoneIsNotDialled(t *testing.T) {
	s := newSide(t)
	trustLoopback(s.Layer)
	own := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 60, 4, 15)}} // where nobody else takes the port meanwhile
	conn, err := own.DialContext(t.Context(), "tcp", s.at(TCP).String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = conn.Write(request("REGISTER")); err != nil {
		t.Fatal(err)
	}
	<-s.messages
	flow := <-s.flows
	if tcp, ok := conn.(*net.TCPConn); !ok || tcp.SetLinger(0) != nil { // its port is free at once
		t.Fatal("cannot reset")
	}
	if err = conn.Close(); err != nil {
		t.Fatal(err)
	}
	if id := <-s.closed; id != flow.ID {
		t.Errorf("flow %d closed, want %d", id, flow.ID)
	}
	again, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(flow.Remote)) // another user gets the port of the one who left
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if _, err := s.Outlet(flow.Target()); !errors.Is(err, ErrFlowGone) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Lookup(flow.ID); !errors.Is(err, ErrFlowGone) {
		t.Errorf("got %v", err)
	}
	if err := again.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if c, err := again.Accept(); err == nil {
		t.Errorf("connected to %s", c.LocalAddr())
	}
}

// TestAPeerThatDoesNotReadLosesItsConnection, and nobody waits for it.
func TestAPeerThatDoesNotReadLosesItsConnection(t *testing.T) {
	s := newSide(t, func(c *Config) { c.Limits.Backlog, c.Limits.Write = 64<<10, time.Hour }) // who waited for the peer would wait for an hour
	trustLoopback(s.Layer)
	conn := s.dial(t, TCP)
	if _, err := conn.Write(request("REGISTER")); err != nil {
		t.Fatal(err)
	}
	<-s.messages
	out, err := s.Outlet((<-s.flows).Target())
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.Repeat([]byte("x"), 16<<10)
	var took time.Duration
	for err == nil {
		start := time.Now()
		err = out.Write(line)
		took = max(took, time.Since(start))
	}
	if !errors.Is(err, ErrCongested) && !errors.Is(err, ErrFlowGone) {
		t.Errorf("got %v", err)
	}
	if took > patience {
		t.Errorf("a write took %v", took)
	}
	<-s.closed
}

// certificate makes a self-signed one for a name.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
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
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestTLSToAPinnedAddressChecksTheName: the address says where, the name says who; the wrong name gets nothing.
func TestTLSToAPinnedAddressChecksTheName(t *testing.T) {
	cert, roots := certificate(t, "sip.carrier.example")
	trunk := newSide(t, func(c *Config) {
		c.Listeners = []Listener{{Network: TLS, Bind: c.Listeners[0].Bind}}
		c.ServeTLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	})
	trustLoopback(trunk.Layer)
	us := newSide(t, func(c *Config) { c.DialTLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12} })

	out, err := us.Outlet(Target{Network: TLS, Addr: trunk.at(TLS), ServerName: "sip.carrier.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err = out.Write(request("OPTIONS")); err != nil {
		t.Fatal(err)
	}
	if m, ok := trunk.received(t).(*gosip.Request); !ok || m.Transport() != "TLS" {
		t.Errorf("got %v", m)
	}
	again, err := us.Outlet(Target{Network: TLS, Addr: trunk.at(TLS), ServerName: "sip.carrier.example"})
	if err != nil || again.Flow().ID != out.Flow().ID {
		t.Errorf("another connection for the same name: %v", err)
	}
	wrong, err := us.Outlet(Target{Network: TLS, Addr: trunk.at(TLS), ServerName: "sip.other.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := wrong.Write(request("OPTIONS")); err != nil {
		t.Fatal(err)
	}
	if id := <-us.closed; id != wrong.Flow().ID {
		t.Errorf("flow %d closed", id)
	}
	trunk.nothing(t)
}
