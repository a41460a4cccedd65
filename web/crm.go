package web

import (
	"encoding/json"
	"net/http"
	"strings"
)

// CRM serves the customer list of somebody else, of the demonstration: a page of an origin of its own, which shows the panel of whoever looks at it. home is
// where we are, as browsers know us; page is where they find this one. From now on /crm leads there.
func (s *Server) CRM(home, page string) http.Handler {
	s.pages.crm.Store(&page)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' "+home+"; frame-src "+home+"; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("Permissions-Policy", `microphone=(self "`+home+`"), autoplay=(self "`+home+`"), speaker-selection=(self "`+home+`"), hid=(self "`+home+`"), clipboard-write=(self "`+home+`")`)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		set, err := s.pages.set()
		if err != nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "not here", http.StatusNotFound)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "home.json" {
			h.Set("Content-Type", "application/json")
			h.Set("Cache-Control", "no-store")
			_ = json.NewEncoder(w).Encode(map[string]string{"home": home})
			return
		}
		file := set.Get(name)
		if rest, own := strings.CutPrefix(name, "page/"); own {
			file = s.pages.own.Get(rest)
		}
		if name == "" {
			file = set.Get(shellCRM)
		}
		if file == nil || name != "" && isShell(file) {
			http.NotFound(w, r)
			return
		}
		file.ServeHTTP(w, r)
	})
}

// toCRM sends whoever opens /crm to its own origin, and says whether it did.
func (s *Server) toCRM(w http.ResponseWriter, r *http.Request, shell string) led {
	at := s.pages.crm.Load()
	if shell != shellCRM || at == nil {
		return false
	}
	to := *at + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusFound) //nolint:gosec // to an origin that we were given; the query stays a query
	return true
}

// led says that somebody was led elsewhere.
type led bool
