package web

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	rememberFor     = 24 * time.Hour
	maxRepeatKey    = 255
	maxRemembered   = 1 << 20 // bytes of an answer; a larger one is not kept
	secretOfRepeats = "idempotency"
)

// repeats serves each POST with an Idempotency-Key once. What succeeded is kept for a day under the key, the method, the path and who asked, and told
// again; what was refused or failed changed nothing and may be asked again. Answers can hold secrets, such as a new API key: they are kept encrypted with
// a key that is made of the Idempotency-Key, which we do not keep.
type repeats struct {
	mu   sync.Mutex
	open map[string]struct{} // what is being served now
}

// begin says whether nobody else is served under a name now.
func (r *repeats) begin(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, busy := r.open[name]; busy {
		return false
	}
	if r.open == nil {
		r.open = map[string]struct{}{}
	}
	r.open[name] = struct{}{}
	return true
}

func (r *repeats) end(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, name)
}

// remembered is an answer as it is kept.
type remembered struct {
	Asked  []byte      `json:"asked"` // digest of the body that it answers
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// keptHeaders are those of an answer that belong to it, not to its delivery.
func keptHeaders(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range []string{"Content-Type", "Location", "ETag", "Link"} {
		if v := h.Values(name); len(v) > 0 {
			out[http.CanonicalHeaderKey(name)] = v
		}
	}
	return out
}

// once serves repeats of a POST from what was answered before.
func (s *Server) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys := r.Header.Values("Idempotency-Key")
		if r.Method != http.MethodPost || len(keys) == 0 || !strings.HasPrefix(r.URL.Path, "/api/") || s.isOpen(r) {
			next.ServeHTTP(w, r)
			return
		}
		key := strings.Trim(keys[0], `"`) // a string of RFC 9651, or the bare word that most programs send
		if len(keys) > 1 || key == "" || len(key) > maxRepeatKey || strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
			p := problem(http.StatusBadRequest, codeBadRepeatKey, "an Idempotency-Key has 1 to 255 printable characters")
			p.Errors = []Fault{{Location: "header.Idempotency-Key", Message: p.Detail, Code: codeBadRepeatKey}}
			s.refuse(w, r, p)
			return
		}
		secret, err := s.keep.Secret(r.Context(), secretOfRepeats)
		if err != nil {
			s.refuse(w, r, s.broken(r.Context(), "remember answers", err))
			return
		}
		one := repeat{partition: who(r.Context()).partition(), request: r.Method + " " + r.URL.RequestURI(), key: key, secret: secret}
		if !s.repeats.begin(one.name()) {
			w.Header().Set("Retry-After", "1")
			s.refuse(w, r, problem(http.StatusConflict, codeInProgress, "the first request with this Idempotency-Key is not answered yet"))
			return
		}
		defer s.repeats.end(one.name())
		s.serveOnce(w, r.WithContext(context.WithValue(r.Context(), repeatedAs{}, one.name())), one, next)
	})
}

// repeatedAs is what the name of a request that may come again is kept under in its context.
type repeatedAs struct{}

// repeatName is the name of a request with an Idempotency-Key: its repeats have the same. Empty: it has none.
func repeatName(ctx context.Context) string {
	name, _ := ctx.Value(repeatedAs{}).(string)
	return name
}

// serveOnce tells what was answered before, or serves the request and keeps its answer.
func (s *Server) serveOnce(w http.ResponseWriter, r *http.Request, one repeat, next http.Handler) {
	before, err := s.recall(r.Context(), one)
	if err != nil {
		s.refuse(w, r, s.broken(r.Context(), "recall an answer", err))
		return
	}
	asked := &digested{Reader: r.Body, hash: sha256.New()}
	if before != nil {
		if !hmac.Equal(asked.sum(r), before.Asked) {
			s.refuse(w, r, problem(http.StatusUnprocessableEntity, codeRepeated, "this Idempotency-Key came with another body before: a new request needs a new key"))
			return
		}
		maps.Copy(w.Header(), before.Header)
		w.Header().Set("Idempotency-Replayed", "true")
		w.WriteHeader(before.Status)
		_, _ = w.Write(before.Body)
		return
	}
	r.Body = io.NopCloser(asked)
	k := &keepingWriter{ResponseWriter: w, status: http.StatusOK}
	next.ServeHTTP(k, r)
	if k.status >= http.StatusMultipleChoices || k.body.Len() > maxRemembered {
		return
	}
	answer := &remembered{Asked: asked.sum(r), Status: k.status, Header: keptHeaders(w.Header()), Body: k.body.Bytes()}
	if err := s.remember(context.WithoutCancel(r.Context()), one, answer); err != nil {
		s.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "an answer is not remembered", slog.Any("err", err))
	}
}

// repeat is a request that may come again.
type repeat struct {
	partition, request, key string
	secret                  []byte
}

func (o repeat) mac(purpose string) []byte {
	m := hmac.New(sha256.New, o.secret)
	for _, part := range []string{purpose, o.partition, o.request, o.key} {
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	return m.Sum(nil)
}

// name is what its answer is kept under.
func (o repeat) name() string { return "idempotency:" + hex.EncodeToString(o.mac("name")) }

func (o repeat) seal() (cipher.AEAD, error) {
	block, err := aes.NewCipher(o.mac("seal"))
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Server) remember(ctx context.Context, one repeat, answer *remembered) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	aead, err := one.seal()
	if err != nil {
		return err
	}
	return s.keep.Remember(ctx, one.name(), aead.Seal(nil, nil, text, nil), time.Now().Add(rememberFor))
}

// recall finds what was answered before; nil: nothing.
func (s *Server) recall(ctx context.Context, one repeat) (*remembered, error) {
	kept, err := s.keep.Recall(ctx, one.name())
	if err != nil || kept == nil {
		return nil, err
	}
	aead, err := one.seal()
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, nil, kept, nil)
	if err != nil {
		return nil, fmt.Errorf("open an answer: %w", err)
	}
	var out remembered
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return &out, nil
}

// digested takes the digest of a body while it is read.
type digested struct {
	io.Reader

	hash hash.Hash
}

// Read reads.
func (d *digested) Read(b []byte) (int, error) {
	n, err := d.Reader.Read(b)
	d.hash.Write(b[:n])
	return n, err
}

// sum is the digest of the whole body and its type, once nobody reads it any more.
func (d *digested) sum(r *http.Request) []byte {
	_, _ = io.Copy(io.Discard, d)
	d.hash.Write([]byte("\x00" + r.Header.Get("Content-Type")))
	return d.hash.Sum(nil)
}

// keepingWriter keeps what is answered.
type keepingWriter struct {
	http.ResponseWriter

	status int
	wrote  bool
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (k *keepingWriter) WriteHeader(status int) {
	if !k.wrote {
		k.status, k.wrote = status, true
	}
	k.ResponseWriter.WriteHeader(status)
}

// Write keeps what is written, up to what is remembered.
func (k *keepingWriter) Write(b []byte) (int, error) {
	k.wrote = true
	if k.body.Len() <= maxRemembered {
		k.body.Write(b)
	}
	return k.ResponseWriter.Write(b)
}

// Unwrap gives what it stands before (http.ResponseController).
func (k *keepingWriter) Unwrap() http.ResponseWriter { return k.ResponseWriter }
