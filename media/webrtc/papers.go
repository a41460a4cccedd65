package webrtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// papersLast is how long one certificate is shown to new legs.
const papersLast = 24 * time.Hour

// papersValid is longer than any call.
const papersValid = 7 * 24 * time.Hour

// paper is a certificate that signs for itself: what makes it ours is its fingerprint in the SDP.
type paper struct {
	cert        tls.Certificate
	fingerprint string // as a=fingerprint has it
}

// papers gives the certificate of the day: making a key for each leg would cost more than the rest of a handshake. Its mutex is a leaf
// lock.
type papers struct {
	mu    sync.Mutex
	paper *paper
	until time.Time
}

func (p *papers) current(now time.Time) (*paper, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paper != nil && now.Before(p.until) {
		return p.paper, nil
	}
	next, err := newPaper(now)
	if err != nil {
		return nil, err
	}
	p.paper, p.until = next, now.Add(papersLast)
	return next, nil
}

func newPaper(now time.Time) (*paper, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "tandem"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(papersValid), // clocks of browsers are wrong by hours
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return &paper{
		cert:        tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		fingerprint: "sha-256 " + printed(sha256.Sum256(der)),
	}, nil
}

// printed writes a digest as a=fingerprint has it (RFC 8122 section 5).
func printed(sum [sha256.Size]byte) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, 3*len(sum))
	for i, c := range sum {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, hex[c>>4], hex[c&15])
	}
	return string(out)
}
