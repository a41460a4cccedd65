package loadtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tlsAddr   = "127.77.0.1:5061"
	tlsLines  = 16 // connections that all calls share, as a carrier has few
	tlsHeader = 64 << 10
)

// secured is SIP over TLS on a few connections; what belongs to one call keeps to one of them.
type secured struct {
	conns []net.Conn
	locks []sync.Mutex
	wg    sync.WaitGroup
}

// secure connects from an address to the peer, whose certificate must be the one in dir.
func secure(ctx context.Context, from netip.AddrPort, dir string) (line, error) {
	trusted, err := os.ReadFile(filepath.Join(dir, certFile))
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(trusted)
	d := tls.Dialer{
		NetDialer: &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from.Addr(), 0))},
		Config:    &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}
	s := &secured{locks: make([]sync.Mutex, tlsLines)}
	for range tlsLines {
		conn, err := d.DialContext(ctx, "tcp4", tlsAddr)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("connect by TLS: %w", err)
		}
		s.conns = append(s.conns, conn)
	}
	return s, nil
}

func (s *secured) network() string       { return "TLS" }
func (s *secured) local() netip.AddrPort { return addrOf(s.conns[0].LocalAddr()) }

// send writes a message to the connection of its call.
func (s *secured) send(b []byte, _ netip.AddrPort) {
	h := fnv.New32a()
	if _, rest, ok := bytes.Cut(b, []byte("Call-ID: ")); ok {
		id, _, _ := bytes.Cut(rest, []byte("\r\n"))
		_, _ = h.Write(id)
	}
	i := int(h.Sum32() % tlsLines)
	s.locks[i].Lock()
	defer s.locks[i].Unlock()
	_, _ = s.conns[i].Write(b) // a connection that is gone shows as calls without an answer
}

// serve starts a reader for each connection.
func (s *secured) serve(take func(b []byte, from netip.AddrPort, when time.Time)) {
	for _, conn := range s.conns {
		from := addrOf(conn.RemoteAddr())
		s.wg.Go(func() {
			for r := bufio.NewReaderSize(conn, tlsHeader); ; {
				b, err := message(r)
				if err != nil {
					return
				}
				take(b, from, time.Now())
			}
		})
	}
}

// message reads one message of a stream: its headers, and as much body as Content-Length says (RFC 3261 section 18.3).
func message(r *bufio.Reader) ([]byte, error) {
	var out []byte
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return nil, fmt.Errorf("read a header: %w", err)
		}
		if len(out) == 0 && len(bytes.TrimSpace(line)) == 0 {
			continue // a keep-alive
		}
		out = append(out, line...)
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length < 0 || length > tlsHeader {
				return nil, errors.New("read a message: its length makes no sense")
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("read a body: %w", err)
	}
	return append(out, body...), nil
}

func (s *secured) close() {
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.wg.Wait()
}

func addrOf(a net.Addr) netip.AddrPort {
	at, _ := netip.ParseAddrPort(a.String())
	return at
}

const (
	certFile = "load.crt" // in the directory of the peer's data
	keyFile  = "load.key"
)

// certify puts a certificate for the peer's address into dir, with its key. It is good for a day.
func certify(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	at := netip.MustParseAddrPort(tlsAddr)
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: at.Addr().String()}, IPAddresses: []net.IP{at.Addr().AsSlice()},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, certFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600),
		os.WriteFile(filepath.Join(dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
	)
}
