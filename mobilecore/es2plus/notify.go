package es2plus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Teller is a platform that may tell us what became of its profiles: whose certificate says so.
type Teller struct {
	Name        string         // as the layer above knows it
	CommonName  string         // of its certificate: the subject's, or a DNS name
	Authorities *x509.CertPool // who may sign it; nil: the system's
}

// ErrStranger says that a certificate is no teller's, or that a teller speaks of what is not its own.
var ErrStranger = errors.New("the certificate is that of no platform that is known here")

// Match finds the tellers that a peer's certificates are of. It fails with ErrStranger where there are none.
func Match(chain []*x509.Certificate, tellers []Teller) ([]Teller, error) {
	if len(chain) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrStranger)
	}
	leaf, between := chain[0], x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	var out []Teller
	for _, t := range tellers {
		if t.CommonName == "" || (leaf.Subject.CommonName != t.CommonName && leaf.VerifyHostname(t.CommonName) != nil) {
			continue
		}
		_, err := leaf.Verify(x509.VerifyOptions{
			Roots: t.Authorities, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		})
		if err == nil {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: %.80q", ErrStranger, leaf.Subject.CommonName)
	}
	return out, nil
}

// Desk takes what platforms tell. Notified keeps it before it returns; an error makes the platform tell it again, but for ErrStranger.
type Desk interface {
	Tellers(ctx context.Context) []Teller
	Notified(ctx context.Context, from []Teller, n Notification) error
}

// NotifyTLS is how notifications are listened for: a client whose certificate is no teller's does not get past the handshake.
func NotifyTLS(ours tls.Certificate, desk Desk, refused func(peer string, err error)) *tls.Config {
	base := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{ours}, ClientAuth: tls.RequireAnyClientCert, SessionTicketsDisabled: true}
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		one := base.Clone()
		one.GetConfigForClient = nil
		one.VerifyConnection = func(cs tls.ConnectionState) error {
			_, err := Match(cs.PeerCertificates, desk.Tellers(hello.Context()))
			if err != nil {
				refused(hello.Conn.RemoteAddr().String(), err)
			}
			return err
		}
		return one, nil
	}
	return base
}

// Notify is the endpoint that platforms tell what became of profiles (SGP.22 section 6.5.2.5): handleDownloadProgressInfo, and handleNotification of version 3.
func Notify(desk Desk, log *slog.Logger) http.Handler {
	h := &notify{desk: desk, log: log}
	mux := http.NewServeMux()
	mux.Handle("POST "+Path+"handleDownloadProgressInfo", h)
	mux.Handle("POST "+Path+"handleNotification", h)
	return mux
}

type notify struct {
	desk Desk
	log  *slog.Logger
}

// readWithin is how long a platform may take to say what it has to say.
const readWithin = 10 * time.Second

// ServeHTTP takes one notification.
func (h *notify) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(adminProtocol, Protocol)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin)) // A recorder has none.
	status, peer, err := h.take(r)
	if err != nil {
		h.log.LogAttrs(r.Context(), slog.LevelWarn, "a notification of an eSIM platform was refused",
			slog.String("peer", peer), slog.Int("status", status), slog.Any("err", err))
	}
	w.WriteHeader(status)
}

// take reads a notification and hands it on; it gives the HTTP status, and who sent it.
func (h *notify) take(r *http.Request) (status int, peer string, err error) {
	peer = r.RemoteAddr
	if r.TLS == nil {
		return http.StatusForbidden, peer, ErrStranger
	}
	from, err := Match(r.TLS.PeerCertificates, h.desk.Tellers(r.Context()))
	if err != nil {
		return http.StatusForbidden, peer, err
	}
	peer = from[0].CommonName
	if err = speaks(r.Header); err != nil {
		return http.StatusUnsupportedMediaType, peer, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, longestBody+1))
	if err != nil {
		return http.StatusBadRequest, peer, fmt.Errorf("read it: %w", err)
	}
	n, err := ReadNotification(body)
	if err != nil {
		return http.StatusBadRequest, peer, err
	}
	const fast = 24 * time.Hour // A clock that goes so wrong would hide everything that is told after it.
	if n.At.After(time.Now().Add(fast)) {
		return http.StatusBadRequest, peer, fmt.Errorf("the timestamp %s is not yet", n.At.Format(time.RFC3339))
	}
	switch err = h.desk.Notified(r.Context(), from, n); {
	case errors.Is(err, ErrStranger):
		return http.StatusForbidden, peer, err
	case err != nil:
		return http.StatusServiceUnavailable, peer, err
	}
	return http.StatusNoContent, peer, nil
}
