package web

import (
	"bytes"
	"net/http"
	"time"

	"tandem/web/asset"
)

// Where pages hear that their files were built anew, while somebody works on them.
const (
	reloadPath  = "/dev/reload"
	reloadEvery = 250 * time.Millisecond
)

// theReloadScript loads a page again when its files are others.
const theReloadScript = `new EventSource("` + reloadPath + `").addEventListener("reload", () => location.reload());` + "\n"

func (s *Server) reloadScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(theReloadScript))
}

// dressed is a shell that reloads itself while somebody works on it; else it is as it was built.
func (s *Server) dressed(page *asset.Asset) *asset.Asset {
	if s.pages.live == nil {
		return page
	}
	body := bytes.Replace(page.Body, []byte("</head>"), []byte(`<script src="`+reloadPath+`.js" defer></script></head>`), 1)
	again, err := asset.New(page.Name, body)
	if err != nil {
		return page
	}
	return again
}

// tellReload tells a page, once, that its files have changed.
func (s *Server) tellReload(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	o := &outlet{w: w, control: http.NewResponseController(w)}
	_ = o.control.SetReadDeadline(time.Time{}) // the limits of the server are for requests that end
	before, err := s.pages.live.Stamp()
	if err == nil {
		err = o.send("retry: 500\n\n")
	}
	look := time.NewTicker(reloadEvery)
	defer look.Stop()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for err == nil {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			err = o.send(": \n\n")
		case <-look.C:
			if s.tail.ended() {
				return
			}
			if now, broken := s.pages.live.Stamp(); broken == nil && now != before {
				before = now
				err = o.send("event: reload\ndata: {}\n\n")
			}
		}
	}
}
