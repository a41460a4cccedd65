package transport

import "time"

// Of all connections, those that shake hands slowly, or begin and do not go on, are the ones that cost an attacker nothing. When there are as many connections as there
// may be, the oldest of them makes room for a newcomer, who may be somebody with something to say. One that is younger than a moment may be in a crowd that
// connects at once, after a restart of ours, and stays.

// moment is how long a connection has to say something before it may have to make room.
const moment = time.Second

// settle takes a stream out of the fresh: it has said something whole.
func (t *flowTable) settle(s *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settleLocked(s)
}

func (t *flowTable) settleLocked(s *stream) {
	if s.fresh != nil {
		t.fresh.Remove(s.fresh)
		s.fresh = nil
	}
}

// makeRoomLocked ends the oldest connection that has not said anything yet; false: there is none, or all are new. Its reader forgets it presently.
func (t *flowTable) makeRoomLocked() (made bool) {
	first := t.fresh.Front()
	if first == nil {
		return false
	}
	s, is := first.Value.(*stream)
	if !is || time.Since(s.since) < moment {
		return false
	}
	t.settleLocked(s)
	delete(t.byID, s.flow.ID)
	s.layer.count.Refused[Slow].Add(1)
	s.layer.wg.Go(s.close) // over TLS it says goodbye, which may take a moment
	return true
}
