package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// keep writes a certificate and its key into a file, of a number and an age of its own.
func keep(t *testing.T, path string, number int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(number), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_700_000_000+number, 0)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestARenewedCertificateIsShownWithoutARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.pem")
	synctest.Test(t, func(t *testing.T) {
		keep(t, path, 1)
		p, err := newPair(path, path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		shows := func(want int64, when string) {
			t.Helper()
			time.Sleep(lookEvery)
			c, err := p.get(nil)
			if err != nil || c.Leaf.SerialNumber.Int64() != want {
				t.Errorf("%s: %v, %v", when, c.Leaf.SerialNumber, err)
			}
		}
		shows(1, "as it was")
		keep(t, path, 2)
		shows(2, "renewed")
		if err := os.WriteFile(path, []byte("half of it"), 0o600); err != nil {
			t.Fatal(err)
		}
		shows(2, "while it is being written")
		keep(t, path, 3)
		shows(3, "written")
	})
}

func TestATrunkNamesNoFileOutsideOfItsDirectory(t *testing.T) {
	dir := t.TempDir()
	own := identities{filepath.Join(dir, "certificates")}
	if err := os.Mkdir(own.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	keep(t, filepath.Join(dir, "secret.pem"), 1)
	keep(t, filepath.Join(own.dir, "carrier.pem"), 2)
	if c, err := own.get("carrier"); err != nil || c.Leaf.SerialNumber.Int64() != 2 {
		t.Errorf("its own: %v", err)
	}
	for _, name := range []string{"../secret", "lost", ""} {
		if _, err := own.get(name); err == nil {
			t.Errorf("%q is read", name)
		}
	}
	if names, err := own.names(); err != nil || len(names) != 1 || names[0] != "carrier" {
		t.Errorf("names %v: %v", names, err)
	}
}
