package web

import (
	"context"
	"crypto/sha256"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// How often passwords may be tried for one person, from wherever: less often than from one address, so that others do not lock a person out with ease.
const (
	loginsAtOnce = 30
	loginEvery   = 20 * time.Second
)

// passwordsAtOnce is how many passwords are checked at a time: each is work for a good part of a second, which calls would miss.
const passwordsAtOnce = 2

type loginRequest struct {
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"254" doc:"In any letters."`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
		Embedded bool   `json:"embedded,omitempty" doc:"The page is in a frame of another site: the session is for such frames alone (by https; else it is the usual one)."`
	}
}

// sessionObject is who is signed in.
type sessionObject struct {
	User      *sessionUser `json:"user" doc:"null: somebody with the key of the configuration, or a program."`
	Key       *string      `json:"key_id" doc:"The API key that was shown; null for people."`
	AccountID *string      `json:"account_id" doc:"null: every account."`
	Scopes    []string     `json:"scopes" doc:"What may be done; \"calls:*\" stands for all scopes of calls, \"*\" for everything."`
	Expires   *string      `json:"expires_at" format:"date-time" doc:"When the session ends; null where it is not known."`
}

type sessionUser struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role" enum:"owner,admin,supervisor,agent,readonly,carrier"`
	Language string `json:"language" doc:"en or fr; empty: the account's."`
}

type sessionAnswer struct {
	SetCookie string `header:"Set-Cookie"`
	Body      sessionObject
}

type signedOut struct {
	SetCookie []string `header:"Set-Cookie"`
}

func (s *Server) sessionAPI(a huma.API) {
	huma.Post(a, "/api/v1/session", s.login, operation("session", "create-session", "Signs a person in", ""), forEverybody)
	huma.Get(a, "/api/v1/session", s.showSession, operation("session", "get-session", "Shows who is signed in, and what they may do", ""))
	huma.Delete(a, "/api/v1/session", s.logout, operation("session", "delete-session", "Signs a person out of this browser", ""), forEverybody)
	s.handoffAPI(a)
}

// login signs a person in by e-mail address and password. Whether there is such a person is not told, neither in words nor by the clock.
func (s *Server) login(ctx context.Context, r *loginRequest) (*sessionAnswer, error) {
	email := strings.ToLower(strings.TrimSpace(r.Body.Email))
	ring, err := s.keyring(ctx)
	if err == nil {
		err = s.sessions.open(ctx, s.keep)
	}
	if err != nil {
		return nil, s.failed(ctx, "sign in", err)
	}
	u := ring.emails[email]
	right, err := s.passwordOf(ctx, u, r.Body.Password)
	if err != nil {
		return nil, err
	}
	wait := max(s.attempts.judge(who(ctx).source, right, time.Now()), s.logins.judge(sha256.Sum256([]byte(email)), right, time.Now()))
	if wait > 0 {
		return nil, tooMany(wait, "too many wrong passwords: wait before you try again")
	}
	if right != rightKey {
		s.refused()
		return nil, problem(http.StatusUnauthorized, codeCredentials, "the e-mail address or the password is not right")
	}
	at := placeOwn
	if r.Body.Embedded {
		at = placeFrame
	}
	return s.begin(ring, u, at), nil
}

// tooMany sends away whoever tried too often.
func tooMany(wait time.Duration, detail string) error {
	return huma.ErrorWithHeaders(problem(http.StatusTooManyRequests, codeTooMany, detail), http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(wait.Seconds())))}})
}

// begin opens the session of a person.
func (s *Server) begin(ring *keyring, u *provisioning.User, at place) *sessionAnswer {
	now := time.Now()
	out := &sessionAnswer{SetCookie: s.placed(s.signIn(u, now), at).String()}
	out.Body = sessionOf(ofUser(u), ring)
	out.Body.Expires = stamp(now.Add(sessionLength))
	return out
}

// passwordOf checks a password, a few at a time.
func (s *Server) passwordOf(ctx context.Context, u *provisioning.User, shown string) (proof, error) {
	var kept provisioning.Secret
	if u != nil {
		kept = u.Password
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return wrongKey, problem(http.StatusServiceUnavailable, codeUnavailable, "too many people sign in at once: try again")
	}
	return proof(provisioning.CheckPassword(kept, shown) == nil), nil
}

// showSession says who asks.
func (s *Server) showSession(ctx context.Context, _ *struct{}) (*sessionAnswer, error) {
	ring, err := s.keyring(ctx)
	if err != nil {
		return nil, s.failed(ctx, "show session", err)
	}
	i := who(ctx)
	out := &sessionAnswer{Body: sessionOf(i, ring)}
	out.Body.Expires = stamp(i.until)
	return out, nil
}

// logout takes the cookie away, and ends the session with what it has open: whoever kept the cookie has nothing of it.
func (s *Server) logout(ctx context.Context, _ *struct{}) (*signedOut, error) {
	s.endSession(ctx, who(ctx))
	return &signedOut{SetCookie: s.noCookies()}, nil
}

func sessionOf(i identity, ring *keyring) sessionObject {
	out := sessionObject{Scopes: []string{}}
	if u, there := ring.users[i.user]; there {
		out.User = &sessionUser{ID: string(u.ID), Name: u.Name, Email: u.Email, Role: string(i.role), Language: u.Settings.Language}
	}
	if i.account != "" {
		out.AccountID = new(string(i.account))
	}
	if i.key != "" {
		out.Key = new(i.key)
	}
	if i.all {
		out.Scopes = []string{"*"}
	}
	for _, one := range i.scopes {
		out.Scopes = append(out.Scopes, string(one))
	}
	return out
}
