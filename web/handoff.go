package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// How long a slip is good, and how many there may be at once.
const (
	slipLength = time.Minute
	mostSlips  = 10_000
)

// slips carry a session from one window to another of the same browser that shares no cookie with it: each is good once, and for a minute.
type slips struct {
	mu   sync.Mutex
	held map[[sha256.Size]byte]slip // by their digest
}

// slip is who a code lets in.
type slip struct {
	user  routing.UserID
	mark  fingerprint // of the password with which it was made
	until time.Time
}

// write makes a code. Where there are too many, none is made.
func (s *slips) write(what slip, now time.Time) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for digest, one := range s.held {
		if !now.Before(one.until) {
			delete(s.held, digest)
		}
	}
	if len(s.held) >= mostSlips {
		return "", false
	}
	if s.held == nil {
		s.held = map[[sha256.Size]byte]slip{}
	}
	code := rand.Text()
	s.held[sha256.Sum256([]byte(code))] = what
	return code, true
}

// take uses a code up.
func (s *slips) take(code string, now time.Time) (slip, proof) {
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := sha256.Sum256([]byte(code))
	what, there := s.held[digest]
	delete(s.held, digest)
	return what, proof(there && now.Before(what.until))
}

// handoffObject lets another window of the same browser in.
type handoffObject struct {
	Code    string `json:"code" doc:"Good once. It is handed to the window that asked, and to no other: never put it in an address."`
	Expires string `json:"expires_at" format:"date-time"`
}

type handoffAnswer struct{ Body handoffObject }

type handoffRequest struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"100"`
	}
}

func (s *Server) handoffAPI(a huma.API) {
	huma.Post(a, "/api/v1/session/handoff", s.handOff,
		operation("session", "hand-off-session", "Makes a code that signs the same person in in a frame of another site", provisioning.Own, http.StatusNotFound, http.StatusServiceUnavailable),
		func(o *huma.Operation) {
			o.Description = "A frame in a page of another site has cookies of its own, apart from those of our windows: it opens a window of ours, in which " +
				"the person signs in as usual. That window asks for a code and hands it to the frame by postMessage, to our own origin alone; the frame shows it to " +
				"`POST /api/v1/session/embedded`. A code is good once, and for a minute."
		})
	huma.Post(a, "/api/v1/session/embedded", s.takeOver,
		operation("session", "create-embedded-session", "Signs a person in in a frame of another site, with a code of a window of ours", ""), forEverybody)
}

// handOff makes a code for who is signed in.
func (s *Server) handOff(ctx context.Context, _ *struct{}) (*handoffAnswer, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	u, err := myself(ctx, st)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	now := time.Now()
	until := now.Add(slipLength)
	code, made := s.slips.write(slip{user: u.ID, mark: s.printOf(u), until: until}, now)
	if !made {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "too many windows sign in at once: try again")
	}
	return &handoffAnswer{Body: handoffObject{Code: code, Expires: *stamp(until)}}, nil
}

// takeOver opens the session of a code in a frame.
func (s *Server) takeOver(ctx context.Context, q *handoffRequest) (*sessionAnswer, error) {
	ring, err := s.keyring(ctx)
	if err == nil {
		err = s.sessions.open(ctx, s.keep)
	}
	if err != nil {
		return nil, s.failed(ctx, "sign in", err)
	}
	now := time.Now()
	what, right := s.slips.take(q.Body.Code, now)
	u := ring.users[what.user]
	right = right && proof(u != nil && what.mark == s.printOf(u))
	if wait := s.attempts.judge(who(ctx).source, right, now); wait > 0 {
		return nil, tooMany(wait, "too many wrong codes: wait before you try again")
	}
	if right != rightKey {
		s.refused()
		return nil, problem(http.StatusUnauthorized, codeSlip, "this code was used already, or is too old: sign in again")
	}
	return s.begin(ring, u, placeFrame), nil
}
