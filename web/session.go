package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

const (
	sessionCookie = "tandem_session"
	// sessionCookieTLS is its name where people come by https: a browser takes it from us alone, for our whole site (RFC 6265bis section 4.1.3.2).
	sessionCookieTLS = "__Host-tandem_session"
	sessionLength    = 12 * time.Hour
	secretOfSessions = "sessions"
)

// sessions makes and checks session cookies: when they end, whose they are, a fingerprint of what let them in, and a signature that only we can make.
type sessions struct {
	mu     sync.Mutex
	secret []byte // nil until it is asked for
}

// sealed is what a session cookie says.
type sealed struct {
	until time.Time
	user  routing.UserID // empty: whoever has the key of the configuration
	mark  fingerprint
}

// fingerprint is of the password, or of the key, that let somebody in: another one ends the session.
type fingerprint [16]byte

// open makes the secret ready: the keeper's, so that sessions outlive the process and are good on every node.
func (s *sessions) open(ctx context.Context, keep Keeper) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret != nil {
		return nil
	}
	secret, err := keep.Secret(ctx, secretOfSessions)
	if err != nil {
		return fmt.Errorf("read the secret of sessions: %w", err)
	}
	s.secret = secret
	return nil
}

func (s *sessions) mac(purpose string, body []byte) []byte {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte(purpose))
	m.Write([]byte{0})
	m.Write(body)
	return m.Sum(nil)
}

func (s *sessions) printOf(secrets ...string) fingerprint {
	var all []byte
	for _, one := range secrets {
		digest := sha256.Sum256([]byte(one))
		all = append(all, digest[:]...)
	}
	return fingerprint(s.mac("fingerprint", all)[:len(fingerprint{})])
}

// issue writes a cookie.
func (s *sessions) issue(what sealed) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(what.until.Unix())) //nolint:gosec // not before 1970
	body = append(append(body, what.mark[:]...), what.user...)
	return base64.RawURLEncoding.EncodeToString(append(body, s.mac("cookie", body)...))
}

// read says what is in a cookie that we made and that has not ended.
func (s *sessions) read(cookie string, now time.Time) (sealed, proof) {
	const fixed = 8 + len(fingerprint{})
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) < fixed+sha256.Size {
		return sealed{}, wrongKey
	}
	body, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(mac, s.mac("cookie", body)) {
		return sealed{}, wrongKey
	}
	out := sealed{
		until: time.Unix(int64(binary.BigEndian.Uint64(body[:8])), 0), //nolint:gosec // we signed it
		mark:  fingerprint(body[8:fixed]), user: routing.UserID(body[fixed:]),
	}
	return out, proof(now.Before(out.until))
}

// cookieName is that of the session cookie.
func (s *Server) cookieName() string {
	if s.cfg.Encrypted {
		return sessionCookieTLS
	}
	return sessionCookie
}

// cookie is the session cookie. It is marked Secure where people come by https; on plain http a browser would not send it back.
func (s *Server) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure follows from how people come
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.cfg.Encrypted,
	}
}

// signIn makes the cookie of a user; nil: of whoever has the key of the configuration.
func (s *Server) signIn(u *provisioning.User, now time.Time) *http.Cookie {
	what := sealed{until: now.Add(sessionLength), mark: s.printOf(u)}
	if u != nil {
		what.user = u.ID
	}
	return s.cookie(s.sessions.issue(what), int(sessionLength.Seconds()))
}

func (s *Server) printOf(u *provisioning.User) fingerprint {
	if u == nil {
		return s.sessions.printOf("key", s.cfg.APIKey, s.cfg.Enter)
	}
	return s.sessions.printOf("password", string(u.ID), string(u.Password))
}

// session is whose session a request comes with.
func (s *Server) session(r *http.Request, ring *keyring) (identity, proof) {
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return identity{}, wrongKey
	}
	what, good := s.sessions.read(c.Value, time.Now())
	if good != rightKey {
		return identity{}, wrongKey
	}
	if what.user == "" {
		return identity{all: true, until: what.until}, proof(what.mark == s.printOf(nil))
	}
	u, there := ring.users[what.user]
	if !there || what.mark != s.printOf(u) {
		return identity{}, wrongKey
	}
	i := ofUser(u)
	i.until = what.until
	return i, rightKey
}
