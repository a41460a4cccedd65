package web

import (
	"net/http"
	"net/url"
	"strings"
)

// sealedPolicy is for answers that are no pages: nothing in them is run, and nobody shows them in a frame.
const sealedPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// What pages may use of the machine, wherever they are shown.
const permissions = "microphone=(self), speaker-selection=(self), hid=(self), autoplay=(self), clipboard-write=(self), camera=(), geolocation=(), payment=(), usb=()"

// pagePolicy is what a page may load, and who may show it in a frame. Scripts and styles come from files of ours alone: nothing is written into the page
// itself. ours is the address of our own socket, for browsers that do not take it for 'self'; empty: it is not known.
func pagePolicy(ours string, framers []string) string {
	connect := "'self'"
	if ours != "" {
		connect += " " + ours
	}
	if len(framers) == 0 {
		framers = []string{"'none'"}
	}
	return "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; " +
		"connect-src " + connect + "; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors " + strings.Join(framers, " ")
}

// ownSocket is where our own WebSocket is reached, as a Content-Security-Policy names it; empty where people do not come by https.
func ownSocket(public string) string {
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return "wss://" + u.Host
}

// frame says who may show a page in a frame, and how it stands to the window that opened it.
type frame int

// The frames.
const (
	frameOwn   frame = iota // a page of ours: our own pages alone, and no window of others holds on to it
	frameCTI                // the panel in a CRM: the origins that the account allows
	framePopup              // the window in which one signs in for a panel: in no frame, but known to the panel that opened it
)

// pageHeaders sets the headers of a page.
func (s *Server) pageHeaders(w http.ResponseWriter, r *http.Request, f frame) {
	h := w.Header()
	framers, opener, resource := []string{"'self'"}, "same-origin", "same-origin"
	switch f {
	case frameOwn:
	case frameCTI:
		framers, resource = append(framers, s.framers(r)...), "cross-origin"
	case framePopup:
		framers, opener = nil, "unsafe-none"
	}
	h.Set("Content-Security-Policy", pagePolicy(ownSocket(s.cfg.PublicURL), framers))
	h.Set("Cross-Origin-Opener-Policy", opener)
	h.Set("Cross-Origin-Resource-Policy", resource)
}
