package web

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"tandem/routing"
)

const (
	ticketLife  = time.Minute
	mostTickets = 16384 // that wait to be used; some 100 bytes each
)

// tickets let pages into SIP over WebSocket, where they cannot show a header: each once, and for a minute. What is kept is a digest.
type tickets struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]ticket
}

type ticket struct {
	seat  Seat
	user  routing.UserID
	until time.Time

	session sealed // that asked for it: the socket ends with it
}

// issue keeps a ticket and says what opens it; empty: too many wait.
func (t *tickets) issue(what ticket, now time.Time) string {
	shown := rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[[sha256.Size]byte]ticket{}
	}
	if len(t.open) >= mostTickets {
		for k, one := range t.open {
			if !now.Before(one.until) {
				delete(t.open, k)
			}
		}
		if len(t.open) >= mostTickets {
			return ""
		}
	}
	t.open[sha256.Sum256([]byte(shown))] = what
	return shown
}

// take uses a ticket up.
func (t *tickets) take(shown string, now time.Time) (ticket, proof) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := sha256.Sum256([]byte(shown))
	one, there := t.open[k]
	delete(t.open, k)
	if !there || !now.Before(one.until) {
		return ticket{}, wrongKey
	}
	return one, rightKey
}
