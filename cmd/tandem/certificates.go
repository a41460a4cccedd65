package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tandem/cmd/tandem/config"
)

// pair is a certificate and its key in files. It is read again when the files change: what renews certificates need not know of this program. Safe for
// concurrent use.
type pair struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	have   *tls.Certificate
	from   [2]time.Time // when the files that it was read from were written
	looked time.Time
}

// lookEvery is how often the files are looked at, at the most.
const lookEvery = 10 * time.Second

// newPair reads it for the first time.
func newPair(cert, key string, log *slog.Logger) (*pair, error) {
	p := &pair{cert: cert, key: key, log: log}
	if err := p.read(p.written()); err != nil {
		return nil, err
	}
	return p, nil
}

// get is the certificate as its files have it now, or as they had it when they were last in order.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.looked) >= lookEvery {
		p.looked = now
		if at := p.written(); at != p.from {
			if err := p.read(at); err != nil {
				p.from = at // told once
				p.log.Error("certificate stays as it was", slog.Any("err", err))
			}
		}
	}
	return p.have, nil
}

func (p *pair) read(at [2]time.Time) error {
	c, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", p.cert, err)
	}
	p.have, p.from = &c, at
	return nil
}

func (p *pair) written() [2]time.Time {
	var at [2]time.Time
	for i, name := range []string{p.cert, p.key} {
		if info, err := os.Stat(name); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// listenersTLS is what the TLS listeners show; nil without TLS.
func listenersTLS(c config.SIP, log *slog.Logger) (*tls.Config, error) {
	if !c.TLS.On {
		return nil, nil //nolint:nilnil // no listener needs one
	}
	p, err := newPair(c.TLSCert, c.TLSKey, log)
	if err != nil {
		return nil, inputError{fmt.Errorf("[sip] tls_cert and tls_key: %w", err)}
	}
	return &tls.Config{GetCertificate: p.get, MinVersion: tls.VersionTLS12}, nil
}

// identities are the certificates that trunks may have us show: NAME.pem, chain and key in one, in a directory of their own. Nothing outside of it can be named.
type identities struct{ dir string }

// identitiesOf is where they are.
func identitiesOf(c *config.Config) identities {
	if c.SIP.TLSDir != "" {
		return identities{c.SIP.TLSDir}
	}
	return identities{filepath.Join(c.DataDir, "certificates")}
}

const pemSuffix = ".pem"

// get reads one.
func (i identities) get(name string) (*tls.Certificate, error) {
	root, err := os.OpenRoot(i.dir)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	defer func() { _ = root.Close() }()
	text, err := root.ReadFile(name + pemSuffix)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	c, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	return &c, nil
}

// names lists those that there are.
func (i identities) names() ([]string, error) {
	entries, err := os.ReadDir(i.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	var out []string
	for _, e := range entries {
		if name, is := strings.CutSuffix(e.Name(), pemSuffix); is {
			out = append(out, name)
		}
	}
	return out, nil
}

// lifetimes are how long our certificates are good, by what they are for.
func lifetimes(c *config.Config) map[string]time.Time {
	out := map[string]time.Time{}
	note := func(about string, pair tls.Certificate, err error) {
		if err == nil && pair.Leaf != nil {
			out[about] = pair.Leaf.NotAfter
		}
	}
	for about, files := range map[string][2]string{"sip": {c.SIP.TLSCert, c.SIP.TLSKey}, "mobile": {c.Mobile.Certificate, c.Mobile.Key}} {
		if files[0] != "" {
			p, err := tls.LoadX509KeyPair(files[0], files[1])
			note(about, p, err)
		}
	}
	own := identitiesOf(c)
	names, _ := own.names() // a directory that cannot be read has none to tell of; the doctor says why
	for _, name := range names {
		if p, err := own.get(name); err == nil {
			note("trunk:"+name, *p, nil)
		}
	}
	return out
}
