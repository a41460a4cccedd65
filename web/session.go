package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
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
	// sessionCookieCTI is that of the panel in a page of another site, to which browsers send no other. It is kept apart for each such site, and there by
	// https alone: nothing else may be sent across sites.
	sessionCookieCTI = "__Host-tandem_cti"
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
	role  provisioning.Role // that the user had when it began: one that may do less ends it
	id    sessionID
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
	body = append(append(append(body, what.mark[:]...), what.id[:]...), what.user...)
	body = append(append(body, 0), what.role...)
	return base64.RawURLEncoding.EncodeToString(append(body, s.mac("cookie", body)...))
}

// read says what is in a cookie that we made and that has not ended.
func (s *sessions) read(cookie string, now time.Time) (sealed, proof) {
	const marked = 8 + len(fingerprint{})
	const fixed = marked + len(sessionID{})
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) < fixed+sha256.Size {
		return sealed{}, wrongKey
	}
	body, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(mac, s.mac("cookie", body)) {
		return sealed{}, wrongKey
	}
	user, role, _ := bytes.Cut(body[fixed:], []byte{0})
	out := sealed{
		until: time.Unix(int64(binary.BigEndian.Uint64(body[:8])), 0), //nolint:gosec // we signed it
		mark:  fingerprint(body[8:marked]), id: sessionID(body[marked:fixed]), user: routing.UserID(user), role: provisioning.Role(role),
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

// place says where a page is in which somebody signs in.
type place int

// The places.
const (
	placeOwn   place = iota // a window of its own, or a frame in a page of ours
	placeFrame              // a frame in a page of another site
)

// placed is a cookie for a page in a place. Without https there is one kind only: a panel then works in pages of our own site.
func (s *Server) placed(c *http.Cookie, at place) *http.Cookie { //nolint:gosec // Secure is as it was made, and frames are by https alone
	if at == placeFrame && s.cfg.Encrypted {
		c.Name, c.SameSite, c.Partitioned = sessionCookieCTI, http.SameSiteNoneMode, true
	}
	return c
}

// noCookies takes every cookie of ours away.
func (s *Server) noCookies() []string {
	out := []string{s.cookie("", -1).String()}
	if s.cfg.Encrypted {
		out = append(out, s.placed(s.cookie("", -1), placeFrame).String())
	}
	return out
}

// signIn makes the cookie of a user; nil: of whoever has the key of the configuration.
func (s *Server) signIn(u *provisioning.User, now time.Time) *http.Cookie {
	what := sealed{until: now.Add(sessionLength), mark: s.printOf(u)}
	_, _ = rand.Read(what.id[:]) // it never fails
	if u != nil {
		what.user, what.role = u.ID, u.Settings.Role
	}
	return s.cookie(s.sessions.issue(what), int(sessionLength.Seconds()))
}

func (s *Server) printOf(u *provisioning.User) fingerprint {
	if u == nil {
		secrets := []string{"key", s.cfg.APIKey}
		for _, l := range s.cfg.Links {
			secrets = append(secrets, l.Key)
		}
		return s.sessions.printOf(secrets...)
	}
	return s.sessions.printOf("password", string(u.ID), string(u.Password))
}

// session is whose session a request comes with. A panel in a page of another site has its own, where the usual one does not come.
func (s *Server) session(r *http.Request, ring *keyring) (identity, proof) {
	for _, name := range []string{s.cookieName(), sessionCookieCTI} {
		c, err := r.Cookie(name)
		if err != nil || name == sessionCookieCTI && !s.cfg.Encrypted {
			continue
		}
		if i, good := s.sessionIn(r.Context(), c, ring); good == rightKey {
			if name == sessionCookieCTI {
				i.place = placeFrame
			}
			return i, rightKey
		}
	}
	return identity{}, wrongKey
}

// sessionIn is whose session a cookie is.
func (s *Server) sessionIn(ctx context.Context, c *http.Cookie, ring *keyring) (identity, proof) {
	what, good := s.sessions.read(c.Value, time.Now())
	if good != rightKey || s.sessionOver(ctx, what.id, what.until) {
		return identity{}, wrongKey
	}
	now, stands := s.standing(ctx, what, ring)
	if stands != rightKey {
		return identity{}, wrongKey
	}
	i := identity{all: true}
	if what.user != "" {
		i = ofUser(ring.users[what.user])
	}
	i.until, i.session, i.sealed = what.until, what.id, now
	return i, rightKey
}
