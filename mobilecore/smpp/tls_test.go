package smpp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/mobilecore/smpp"
)

// certificate is one for 127.0.0.1 that signs itself, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// loopback opens a server on the loopback; secure puts TLS on its listener.
func loopback(tb testing.TB, e smpp.Handler, secure *tls.Config) (s *smpp.Server, address string) {
	tb.Helper()
	s, err := smpp.NewServer(smpp.ServerConfig{SystemID: "TANDEM", Log: silence(), Authenticate: secrets, Settings: smpp.Settings{Serve: 100}}, e)
	if err != nil {
		tb.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address = l.Addr().String()
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(context.WithoutCancel(tb.Context()), l) })
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			tb.Error(err)
		}
		serving.Wait()
	})
	return s, address
}

func TestBindsGoOverTLS(t *testing.T) {
	pair, trust := certificate(t)
	h, address := loopback(t, newEar(nil), &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	c := smpp.ClientConfig{Address: address, TLS: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}, SystemID: "kate", Password: "secret", Log: silence()}
	b, err := smpp.Dial(t.Context(), c, newEar(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = b.Submit(t.Context(), hello("1", "2", "x")); err != nil {
		t.Error(err)
	}
	if _, err = h.Submit(t.Context(), "kate", hello("2", "1", "x")); err != nil {
		t.Error(err)
	}
	part(t, b)
	c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if _, err = smpp.Dial(t.Context(), c, newEar(nil)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody signed is trusted: %v", err)
	}
}

// BenchmarkSubmit sends over the loopback, with as many senders as the window is wide; both sides are in this process, so that its CPU is that of both.
func BenchmarkSubmit(b *testing.B) {
	for _, c := range []struct {
		name   string
		window int
	}{{"window 10", 10}, {"window 100", 100}} {
		b.Run(c.name, func(b *testing.B) {
			e := &mute{}
			_, address := loopback(b, e, nil)
			bind, err := smpp.Dial(b.Context(), smpp.ClientConfig{
				Address: address, SystemID: "kate", Password: "secret", Log: silence(), Settings: smpp.Settings{Window: c.window},
			}, e)
			if err != nil {
				b.Fatal(err)
			}
			m := hello("33700000001", "33612345678", strings.Repeat("x", 140))
			b.ReportAllocs()
			before := cpu(b)
			b.ResetTimer()
			var senders sync.WaitGroup
			work := make(chan struct{}, c.window)
			for i := range c.window {
				senders.Go(func() {
					m := *m
					m.Source.Number += string(rune('0' + i%10))
					m.Destination.Number += string(rune('0' + i/10))
					for range work {
						if _, failed := bind.Submit(b.Context(), &m); failed != nil {
							b.Error(failed)
						}
					}
				})
			}
			for range b.N {
				work <- struct{}{}
			}
			close(work)
			senders.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submits/s")
			b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N)/1000, "cpu-µs/submit")
			if err = bind.Close(context.Background()); err != nil {
				b.Error(err)
			}
		})
	}
}

// mute is a Handler that keeps nothing.
type mute struct{}

func (*mute) Take(context.Context, *smpp.Bind, *smpp.SM) smpp.Answer {
	return smpp.Answer{MessageID: "1234567890"}
}
func (*mute) Alert(context.Context, *smpp.Bind, *smpp.Alert) {}
func (*mute) Changed(context.Context, smpp.Change)           {}

// cpu is what this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
