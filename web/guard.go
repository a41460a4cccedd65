package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keyLocal
	keyCookies
)

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// isLocal says whether the request came by the control socket.
func isLocal(ctx context.Context) bool {
	local, _ := ctx.Value(keyLocal).(bool)
	return local
}

func markLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(withIdentity(context.WithValue(r.Context(), keyLocal, true), identity{all: true})))
	})
}

// safeguard sets the headers of every answer, limits bodies, and outlives a handler that panics.
func (s *Server) safeguard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' }) {
			id = rand.Text()
		}
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Content-Security-Policy", sealedPolicy) // pages set their own
		h.Set("Permissions-Policy", permissions)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		r = r.WithContext(context.WithValue(r.Context(), keyRequestID, id))
		limit := int64(maxBody)
		if isUpload(r) {
			limit = maxUpload
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		defer func() {
			if v := recover(); v != nil {
				s.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("method", r.Method), slog.Any("err", v))
				s.refuse(w, r, problem(http.StatusInternalServerError, codeInternal, "this request could not be served"))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// authenticate asks for a key or a session where the API begins.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != inboxPath+".json" {
			next.ServeHTTP(w, r)
			return
		}
		i, known, err := s.identify(r)
		if err != nil {
			s.refuse(w, r, s.broken(r.Context(), "authenticate", err))
			return
		}
		i.source = sourceOf(r).String()
		if s.limited(w, r, i) {
			return
		}
		shows := r.Header.Get("Authorization") != ""
		if shows && s.tooOften(w, r, known) {
			return
		}
		r = r.WithContext(context.WithValue(withIdentity(r.Context(), i), keyCookies, w.Header()))
		if known == rightKey || !shows && s.isOpen(r) {
			next.ServeHTTP(w, r)
			return
		}
		detail := "show a key: Authorization: Bearer pk_…"
		switch {
		case s.cfg.APIKey == "" && !shows:
			detail = "sign in, or show a key; no key is set in the configuration: http.api_key (TANDEM_HTTP_API_KEY)"
		case s.cfg.APIKey == "":
			s.refused()
			detail = "this key is not known, and none is set in the configuration: http.api_key (TANDEM_HTTP_API_KEY)"
		case shows:
			s.refused()
			detail = "this key is not known"
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="tandem"`)
		s.refuse(w, r, problem(http.StatusUnauthorized, codeUnauthorized, detail))
	})
}

// isOpen says whether a request is for an operation that is for everybody.
func (s *Server) isOpen(r *http.Request) bool {
	_, open := s.open[r.Method+" "+r.URL.Path]
	return open
}

// identify says who a request is from: a key wins over a session, and a wrong key is wrong whatever else comes with it.
func (s *Server) identify(r *http.Request) (identity, proof, error) {
	ring, err := s.keyring(r.Context())
	if err == nil {
		err = s.sessions.open(r.Context(), s.keep)
	}
	if err != nil {
		return identity{}, wrongKey, err
	}
	auth := r.Header.Get("Authorization")
	if auth == "" {
		i, good := s.session(r, ring)
		return i, good, nil
	}
	scheme, shown, _ := strings.Cut(auth, " ")
	if _, password, basic := r.BasicAuth(); basic {
		scheme, shown = "bearer", password
	}
	if !strings.EqualFold(scheme, "bearer") {
		return identity{}, wrongKey, nil
	}
	if same(shown, s.cfg.APIKey) {
		return identity{all: true}, rightKey, nil
	}
	key, good := ring.find(shown, time.Now())
	if !good {
		return identity{}, wrongKey, nil
	}
	s.uses.note(key.ID, time.Now())
	return ofKey(key), rightKey, nil
}

// same compares secrets in constant time; an empty secret is nobody's.
func same(shown, secret string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(secret))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
