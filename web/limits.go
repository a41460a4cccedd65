package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// What one key, one person, or one address without either may ask in a minute, where the configuration says nothing.
const (
	requestsPerMinute = 600
	limitWindow       = time.Minute
	maxPartitions     = 8192 // in one generation; there are two
)

// limits counts requests by who makes them, in windows that begin with a first request. It is bounded: the older half is forgotten when it is full.
type limits struct {
	quota int

	mu     sync.Mutex
	now    map[string]window
	before map[string]window
}

// window is what somebody asked since a moment.
type window struct {
	began time.Time
	asked int
}

// quota is what somebody has left.
type quota struct {
	all, left int
	over      int // requests beyond what is allowed; 0: this one may be served
	reset     time.Duration
}

// count counts a request of somebody.
func (l *limits) count(whose string, now time.Time) quota {
	all := cmp.Or(l.quota, requestsPerMinute)
	l.mu.Lock()
	defer l.mu.Unlock()
	w, known := l.now[whose]
	if !known {
		w, known = l.before[whose]
	}
	if !known || now.Sub(w.began) >= limitWindow {
		w = window{began: now}
	}
	w.asked++
	if _, held := l.now[whose]; !held && (l.now == nil || len(l.now) >= maxPartitions) {
		l.before, l.now = l.now, make(map[string]window)
	}
	l.now[whose] = w
	return quota{all: all, left: max(all-w.asked, 0), over: max(w.asked-all, 0), reset: w.began.Add(limitWindow).Sub(now)}
}

// partition is whose requests are counted together.
func (i identity) partition() string {
	switch {
	case i.key != "":
		return "key " + i.key
	case i.user != "":
		return "user " + string(i.user)
	case bool(i.all):
		return "key of the configuration"
	}
	return "from " + i.source
}

// limited counts a request, says in the headers what is left (draft-ietf-httpapi-ratelimit-headers-10 section 4), and answers when it is too much. It
// says whether it has answered.
func (s *Server) limited(w http.ResponseWriter, r *http.Request, i identity) (answered bool) {
	q := s.limits.count(i.partition(), time.Now())
	seconds := int((q.reset + time.Second - 1) / time.Second)
	w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, q.all, int(limitWindow.Seconds())))
	w.Header().Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, q.left, seconds))
	if q.over == 0 {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	s.refuse(w, r, problem(http.StatusTooManyRequests, codeLimited, "more than "+strconv.Itoa(q.all)+" requests in a minute: wait as long as Retry-After says"))
	return true
}
