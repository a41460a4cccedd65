package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// The headers of every answer. Scripts and styles come from files of ours alone.
const (
	contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	permissions = "microphone=(self), speaker-selection=(self), hid=(self), camera=(), geolocation=()"
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keyLocal
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
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Permissions-Policy", permissions)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		r = r.WithContext(context.WithValue(r.Context(), keyRequestID, id))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
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
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		shows := r.Header.Get("Authorization") != ""
		known := s.knows(r)
		if shows && s.tooOften(w, r, known) {
			return
		}
		if known == rightKey {
			next.ServeHTTP(w, r.WithContext(withIdentity(r.Context(), identity{all: true})))
			return
		}
		detail := "show a key: Authorization: Bearer pk_…"
		switch {
		case s.cfg.APIKey == "":
			detail = "no key is set, so the API answers on the control socket alone: set http.api_key (TANDEM_HTTP_API_KEY)"
		case shows:
			s.refused()
			detail = "this key is not known"
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="tandem"`)
		s.refuse(w, r, problem(http.StatusUnauthorized, codeUnauthorized, detail))
	})
}

// knows says whether a request proves who it is from: a key wins over a session, and a wrong key is wrong whatever else comes with it.
func (s *Server) knows(r *http.Request) proof {
	if auth := r.Header.Get("Authorization"); auth != "" {
		shown, bearer := strings.CutPrefix(auth, "Bearer ")
		if _, password, basic := r.BasicAuth(); basic {
			shown, bearer = password, true
		}
		return proof(bearer && same(shown, s.cfg.APIKey))
	}
	c, err := r.Cookie(sessionCookie)
	return proof(err == nil && s.sessions.valid(c.Value, time.Now()))
}

// same compares secrets in constant time; an empty secret is nobody's.
func same(shown, secret string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(secret))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

const (
	sessionCookie = "tandem_session"
	sessionLength = 12 * time.Hour
)

// sessions makes and checks session cookies: when they end, and a signature that only this process can make.
type sessions struct{ secret [32]byte }

func (s *sessions) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, s.secret[:])
	mac.Write(body)
	return mac.Sum(nil)
}

func (s *sessions) issue(now time.Time) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(now.Add(sessionLength).Unix())) //nolint:gosec // not before 1970
	return base64.RawURLEncoding.EncodeToString(append(body, s.sign(body)...))
}

func (s *sessions) valid(cookie string, now time.Time) bool {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) != 8+sha256.Size || !hmac.Equal(raw[8:], s.sign(raw[:8])) {
		return false
	}
	return now.Unix() < int64(binary.BigEndian.Uint64(raw[:8])) //nolint:gosec // we signed it
}
