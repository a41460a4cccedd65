package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// pages mounts the page that shows calls, and the way in to it.
func (s *Server) pages() error {
	tree, err := fs.Sub(files, "page")
	if err != nil {
		return fmt.Errorf("open the pages: %w", err)
	}
	static := http.StripPrefix("/page/", http.FileServerFS(tree))
	s.mux.HandleFunc("GET /page/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		static.ServeHTTP(w, r)
	})
	for path, file := range map[string]string{"GET /{$}": "index.html", "GET /enter": "enter.html"} {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, tree, file)
		})
	}
	s.mux.HandleFunc("POST /enter", s.enter)
	s.mux.HandleFunc("POST /leave", s.leave)
	return nil
}

// enter signs a person in: the key of the one-click link, or the API key, becomes a session cookie. The key travels after the # of the
// link, which browsers send to nobody; the page posts it here.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Key string `json:"key"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.refuse(w, r, problem(http.StatusBadRequest, codeInvalid, `want JSON: {"key":"…"}`))
		return
	}
	right := proof(same(body.Key, s.cfg.Enter) || same(body.Key, s.cfg.APIKey))
	if s.tooOften(w, r, right) {
		return
	}
	if right != rightKey {
		s.refused()
		s.refuse(w, r, problem(http.StatusUnauthorized, codeUnauthorized, "this key is not known"))
		return
	}
	http.SetCookie(w, s.cookie(s.sessions.issue(time.Now()), int(sessionLength.Seconds())))
	w.WriteHeader(http.StatusNoContent)
}

// leave signs a person out of this browser.
func (s *Server) leave(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, s.cookie("", -1))
	w.WriteHeader(http.StatusNoContent)
}

// cookie is the session cookie. It is marked Secure where people come by https; on plain http a browser would not send it back.
func (s *Server) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure follows from how people come
		Name: sessionCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.cfg.Encrypted,
	}
}
