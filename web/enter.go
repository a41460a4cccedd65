package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tandem/provisioning"
)

// Link is a one-click link: whoever has its key is signed in without a password. Its key travels after the # of the link, which browsers send to nobody.
type Link struct {
	Key   string
	Email string // whose session it opens; empty: the first administrator's, or where there is none, that of whoever has the key of the configuration
	To    string // the path that it leads to; empty: "/"
}

// link finds the link that a key is of; nil: of none.
func (s *Server) link(key string) *Link {
	var found *Link
	for i := range s.cfg.Links {
		if same(key, s.cfg.Links[i].Key) {
			found = &s.cfg.Links[i]
		}
	}
	return found
}

// enter signs a person in: the key of a one-click link, or the API key, becomes a session cookie. The page posts it here, and is told where to go.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Key string `json:"key"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.refuse(w, r, problem(http.StatusBadRequest, codeInvalid, `want JSON: {"key":"…"}`))
		return
	}
	link := s.link(body.Key)
	right := proof(link != nil || same(body.Key, s.cfg.APIKey))
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
	to := "/dashboard" // whoever has the key of the configuration has no phone
	if link != nil {
		to = cmp.Or(link.To, "/")
		as = ring.administrator()
		if link.Email != "" {
			as = ring.emails[strings.ToLower(link.Email)]
		}
		if as == nil && link.Email != "" {
			s.refuse(w, r, problem(http.StatusUnauthorized, codeUnauthorized, "the person whom this link is for is not here any more"))
			return
		}
	}
	http.SetCookie(w, s.signIn(as, time.Now()))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]string{"to": to})
}

// leave signs a person out of this browser.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) {
	if i, known, err := s.identify(r); err == nil && known == rightKey {
		s.endSession(r.Context(), i)
	}
	for _, c := range s.noCookies() {
		w.Header().Add("Set-Cookie", c)
	}
	w.WriteHeader(http.StatusNoContent)
}
