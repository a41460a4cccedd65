package routing

import (
	"sync"

	"tandem/sip/message"
)

// lobby is the legs that wait for their page. A leaf lock.
type lobby struct {
	mu   sync.Mutex
	legs map[LegID]waiter
}

// waiter is one of them.
type waiter struct {
	aor  message.AOR
	user UserID
	call CallID
	leg  LegID
}

func (b *lobby) enter(w waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.legs == nil {
		b.legs = map[LegID]waiter{}
	}
	b.legs[w.leg] = w
}

func (b *lobby) leave(id LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.legs, id)
}

func (b *lobby) list(wanted func(w *waiter) bool) []waiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []waiter
	for _, w := range b.legs {
		if wanted(&w) {
			out = append(out, w)
		}
	}
	return out
}

// arrived says that a page has registered anew, and may be the one that a leg waits for.
type arrived struct{ leg LegID }

func (arrived) own() {}

// Arrived takes that a device has registered, other than to refresh what it had. It never blocks.
func (s *Switch) Arrived(aor message.AOR) {
	for _, w := range s.lobby.list(func(w *waiter) bool { return w.aor == aor }) {
		if c := s.find(w.call); c != nil {
			c.box.post(letter{own: arrived{w.leg}})
		}
	}
}

// Suspended is a leg that waits for its page to come back (SPEC C16).
type Suspended struct {
	Call CallID
	Leg  LegID
}

// Suspended lists the legs of a user that wait for their page.
func (s *Switch) Suspended(u UserID) []Suspended {
	var out []Suspended
	for _, w := range s.lobby.list(func(w *waiter) bool { return w.user == u }) {
		out = append(out, Suspended{w.call, w.leg})
	}
	return out
}
