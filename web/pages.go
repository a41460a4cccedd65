package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"tandem/provisioning"
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
	for path, file := range map[string]string{"GET /{$}": "index.html", "GET /enter": "enter.html", "GET /docs": "docs.html"} {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, tree, file)
		})
	}
	s.mux.HandleFunc("GET /docs/codes.json", s.listCodes)
	s.mux.HandleFunc("POST /enter", s.enter)
	s.mux.HandleFunc("POST /leave", s.leave)
	return nil
}

// enter signs a person in: the key of the one-click link, or the API key, becomes a session cookie. The key travels after the # of the
// link, which browsers send to nobody; the page posts it here. The one-click link makes of people the first administrator, where there is one.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Key string `json:"key"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.refuse(w, r, problem(http.StatusBadRequest, codeInvalid, `want JSON: {"key":"…"}`))
		return
	}
	oneClick := same(body.Key, s.cfg.Enter)
	right := proof(oneClick || same(body.Key, s.cfg.APIKey))
	if s.tooOften(w, r, right) {
		return
	}
	if right != rightKey {
		s.refused()
		s.refuse(w, r, problem(http.StatusUnauthorized, codeUnauthorized, "this key is not known"))
		return
	}
	ring, err := s.keyring(r.Context())
	if err == nil {
		err = s.sessions.open(r.Context(), s.keep)
	}
	if err != nil {
		s.refuse(w, r, s.broken(r.Context(), "sign in", err))
		return
	}
	var as *provisioning.User
	if oneClick {
		as = ring.administrator()
	}
	http.SetCookie(w, s.signIn(as, time.Now()))
	w.WriteHeader(http.StatusNoContent)
}

// leave signs a person out of this browser.
func (s *Server) leave(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, s.cookie("", -1))
	w.WriteHeader(http.StatusNoContent)
}
