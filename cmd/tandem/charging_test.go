package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/diameter"
)

// signer signs certificates of hosts.
type signer struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	s := &signer{t: t}
	s.key, s.cert = s.make(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "signer"}})
	return s
}

// make makes a key with its certificate; the first signs itself.
func (s *signer) make(template *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, with := s.cert, s.key
	if parent == nil {
		parent, with = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), with)
	if err != nil {
		s.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	return key, cert
}

// pair is a certificate of a host, as TLS and as files.
func (s *signer) pair(host string) (tls.Certificate, string, string) {
	s.t.Helper()
	key, cert := s.make(&x509.Certificate{
		Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	})
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key},
		write(s.t, "cert.pem", armoured("CERTIFICATE", cert.Raw)), write(s.t, "key.pem", armoured("PRIVATE KEY", private))
}

func armoured(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// chargingSite has an operator whose gateway may ask for credit.
const chargingSite = `
[[accounts]]
name = "Bakery"
[[trunks]]
name = "core"
sources = ["127.0.0.2"]
servers = ["sip:127.0.0.2:6060"]
country = "FR"
[[operators]]
name = "Core"
trunk = "core"
attachment = "trunk"
charging = {peers = ["pgw.example.org"]}
`

func TestChargingPeersComeOverTLSWithTheirOwnCertificate(t *testing.T) {
	data, ours, foreign := t.TempDir(), newSigner(t), newSigner(t)
	if o := tandem(t, append([]string{"apply", write(t, "site.toml", chargingSite)}, at(data)...)...); o.code != 0 {
		t.Fatalf("apply: %s", o.err)
	}
	_, cert, key := ours.pair("tandem.example.net")
	s := launch(t, append([]string{
		"serve", "--set", "http.listen=", "--set", "observe.metrics=", "--set", "sip.udp=127.0.0.1:0", "--set", "sip.tcp=", "--set", "media.bind=127.0.0.1",
		"--set", "media.rtp_ports=14000-14099", "--set", "mobile.identity=tandem.example.net", "--set", "mobile.diameter_tls=127.0.0.1:0", "--set", "mobile.certificate=" + cert,
		"--set", "mobile.key=" + key, "--set", "mobile.authority=" + write(t, "authority.pem", armoured("CERTIFICATE", ours.cert.Raw)),
	}, at(data)...)...)
	s.waitFor("tandem is ready")
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	dial := func(host string, pair tls.Certificate) error {
		p, err := diameter.Dial(t.Context(), diameter.Config{
			Node: diameter.Node{Identity: host}, Applications: []diameter.Application{diameter.CreditControl},
			TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: "tandem.example.net", Certificates: []tls.Certificate{pair}},
		}, s.address("diameter over TLS").String())
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return p.Close(ctx)
	}
	own, _, _ := ours.pair("pgw.example.org")
	if err := dial("pgw.example.org", own); err != nil {
		t.Errorf("the gateway: %v", err)
	}
	other, _, _ := ours.pair("upf.example.org")
	if refused, is := errors.AsType[*diameter.RefusalError](dial("pgw.example.org", other)); !is || refused.Result != diameter.UnknownPeer {
		t.Errorf("another's certificate: %v", refused)
	}
	if refused, is := errors.AsType[*diameter.RefusalError](dial("upf.example.org", other)); !is || refused.Result != diameter.UnknownPeer {
		t.Errorf("a peer that no operator names: %v", refused)
	}
	forged, _, _ := foreign.pair("pgw.example.org")
	if err := dial("pgw.example.org", forged); err == nil {
		t.Error("a foreign certificate was taken")
	}
	s.waitFor(`"a diameter peer is refused","peer":"pgw.example.org"`)
	s.terminate()
	if code := s.exit(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	if log := s.log.String(); strings.Count(log, `"a diameter peer is here"`) != 1 || strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the log is\n%s", log)
	}
}
