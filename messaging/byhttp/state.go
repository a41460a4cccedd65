package byhttp

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// State is what is known of a link.
type State struct {
	Up     bool      // the other answered the last request, and took our credentials; true before the first
	Since  time.Time // when that began
	Detail string    // what failed last, in words; empty: nothing did
}

// health keeps the state of a link.
type health struct {
	mu  sync.Mutex
	now State
}

// State says how the link is.
func (l *Link) State() State {
	l.health.mu.Lock()
	defer l.health.mu.Unlock()
	return l.health.now
}

// heard notes what came of a request.
func (h *health) heard(a *answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	up, detail := true, h.now.Detail
	switch {
	case a.status == 0:
		up, detail = false, a.err.Error()
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		up, detail = false, "our credentials are refused: "+strconv.Itoa(a.status)
	case a.status/100 != 2:
		detail = strconv.Itoa(a.status) + " " + http.StatusText(a.status)
	}
	if up != h.now.Up {
		h.now.Since = time.Now()
	}
	h.now.Up, h.now.Detail = up, detail
}
