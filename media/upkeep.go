package media

import (
	"slices"
	"sync"
	"time"
)

// The upkeep visits every Session once a second, a tenth of them at a time.
const (
	visitEvery = 100 * time.Millisecond
	visitParts = 10
)

// upkeep knows every Session that is open, and does what has no hurry: reports, and who has fallen silent. Its mutex is a leaf lock.
type upkeep struct {
	e    *Engine
	quit chan struct{}
	done chan struct{}

	mu    sync.Mutex
	parts [visitParts][]*Session
	next  int         // the part that a new Session goes to
	gone  EngineStats // of Sessions that are closed
	ended bool
}

func newUpkeep(e *Engine) *upkeep {
	u := &upkeep{e: e, quit: make(chan struct{}), done: make(chan struct{})}
	go u.run()
	return u
}

// add takes a Session in; false when the Engine is closed.
func (u *upkeep) add(s *Session) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return false
	}
	s.care.part = u.next
	u.parts[u.next] = append(u.parts[u.next], s)
	u.next = (u.next + 1) % visitParts
	return true
}

// remove counts a Session for the last time.
func (u *upkeep) remove(s *Session) {
	last := s.traffic()
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.parts[s.care.part]
	if i := slices.Index(all, s); i >= 0 {
		u.parts[s.care.part] = slices.Delete(all, i, i+1)
		u.gone.add(last)
	}
}

// total counts all Sessions, those that are closed included.
func (u *upkeep) total() EngineStats {
	u.mu.Lock()
	sum := u.gone
	open := u.open()
	u.mu.Unlock()
	for _, s := range open {
		sum.add(s.traffic())
	}
	sum.Sessions = len(open)
	return sum
}

// open lists the Sessions; it needs mu.
func (u *upkeep) open() []*Session {
	var all []*Session
	for _, p := range u.parts {
		all = append(all, p...)
	}
	return all
}

// end stops the visits and gives the Sessions that are still open.
func (u *upkeep) end() []*Session {
	u.mu.Lock()
	u.ended = true
	all := u.open()
	u.mu.Unlock()
	close(u.quit)
	<-u.done
	return all
}

func (u *upkeep) run() {
	defer close(u.done)
	ticker := time.NewTicker(visitEvery)
	defer ticker.Stop()
	var visit []*Session
	for part := 0; ; part = (part + 1) % visitParts {
		select {
		case <-ticker.C:
		case <-u.quit:
			return
		}
		u.mu.Lock()
		visit = append(visit[:0], u.parts[part]...)
		u.mu.Unlock()
		for _, s := range visit {
			s.visit(u.e.now())
		}
		clear(visit)
	}
}

// traffic counts what went through the Session.
func (s *Session) traffic() EngineStats {
	var st Stats
	s.rx.fill(&st, s.e)
	s.fillLeg(&st)
	return EngineStats{Received: st.Received, Refused: st.Refused, Sent: s.tx.count()}
}
