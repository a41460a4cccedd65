package diameter

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// journal keeps what is logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

// count is how many lines have all of these words.
func (j *journal) count(words ...string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
lines:
	for line := range strings.Lines(j.b.String()) {
		for _, w := range words {
			if !strings.Contains(line, w) {
				continue lines
			}
		}
		n++
	}
	return n
}

func (j *journal) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// echo grants whatever it is asked.
func echo(_ context.Context, from *Peer, request *Message) *Message {
	if request.Command != CreditRequest {
		return nil
	}
	return from.Us().Answer(request, Success, Number(AuthApplicationID, uint64(CreditControl)), *request.Find(CCRequestType), *request.Find(CCRequestNumber))
}

// usual is a server's configuration that knows one peer.
func usual(j *journal) Config {
	return Config{
		Node: Node{Identity: "tandem.example.net"}, Applications: []Application{CreditControl}, Serve: echo, Log: j.log(),
		Knows: func(host string) bool { return host == "smf.example.org" },
	}
}

// serve runs a server until the test ends.
func serve(t *testing.T, c Config, secured *tls.Config) (*Server, string) {
	t.Helper()
	s, err := NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if secured != nil {
		l = tls.NewListener(l, secured)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s, at
}

func smf() Config {
	return Config{Node: Node{Identity: "smf.example.org"}, Applications: []Application{CreditControl}}
}

// join dials, and says goodbye when the test ends.
func join(t *testing.T, c Config, at string) *Peer {
	t.Helper()
	p, err := Dial(t.Context(), c, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

// refusedWith fails unless err is this result.
func refusedWith(t *testing.T, err error, want Result) {
	t.Helper()
	if refused, is := errors.AsType[*RefusalError](err); !is || refused.Result != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

// eventually waits until something is so, looking each time something was read of a connection or a moment is over.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

// raw is a peer of nothing but octets.
type raw struct {
	net.Conn

	t *testing.T
}

func connect(t *testing.T, at string) raw {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err = conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return raw{conn, t}
}

func (r raw) say(m *Message) {
	r.t.Helper()
	if _, err := r.Write(wire(r.t, m)); err != nil {
		r.t.Fatal(err)
	}
}

func (r raw) hear() *Message {
	r.t.Helper()
	m, err := Read(r)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

// ended fails unless the other side ends the connection, with whatever it says before.
func (r raw) ended() {
	r.t.Helper()
	for {
		if _, err := Read(r); err != nil {
			if e, is := errors.AsType[net.Error](err); is && e.Timeout() {
				r.t.Fatal("the connection is still open")
			}
			return
		}
	}
}

// cer is the CER of a host.
func cer(host string, more ...AVP) *Message {
	m := NewRequest(CapabilitiesExchange, Common, Text(OriginHost, host), Text(OriginRealm, RealmOf(host)),
		Number(VendorID, 0), Text(ProductName, "test"), Number(AuthApplicationID, uint64(CreditControl)))
	m.Add(more...)
	m.HopByHop, m.EndToEnd = 1, 2
	return m
}

// met is a raw peer after its handshake.
func met(t *testing.T, at string) raw {
	t.Helper()
	r := connect(t, at)
	r.say(cer("smf.example.org"))
	if m := r.hear(); m.Result() != Success {
		t.Fatalf("CEA: %v %s", m.Result(), m.Text(ErrorMessage))
	}
	return r
}

// authority signs certificates.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t, key, cert}
}

// pair is a certificate of a host: with its name as an alternative name too, or as the common name alone.
func (a *authority) pair(host string, alternative ...string) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: alternative, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}
