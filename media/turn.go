package media

import "tandem/media/rtp"

// busy says that the Session has sound to make. It needs mu.
func (s *Session) busy() bool { return s.play != nil || s.typing.busy() }

// wake puts the Session on the wheel when there is something to do and the peer is known. It needs mu.
func (s *Session) wake() {
	if s.closed || s.neg.agreed == nil || !s.ready {
		return
	}
	if s.busy() {
		s.tx.hold(takes)
	}
	if s.busy() || s.recording() || s.ears != nil {
		s.w.join(s)
	}
}

// rest lets the bridge be heard again when nothing is left to do. It needs mu.
func (s *Session) rest() {
	if s.busy() {
		return
	}
	s.tx.hold(yields)
	if !s.recording() && s.ears == nil {
		s.w.leave(s)
	}
}

// turn is the Session's 20 ms: the worker calls it.
func (s *Session) turn(now int64, b []byte) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	var ended *player
	switch {
	case s.typing.busy():
		s.typing.turn(&s.tx, now, b)
	case s.play != nil:
		ended = s.sound(now, b)
	}
	s.rest()
	s.mu.Unlock()
	if ended != nil {
		s.post(PlayEnded{Leg: s.o.Ref, Play: ended.id})
	}
	s.listenOn(now)
	s.hearOn(now)
}

// sound sends the next frame of what plays; it gives the player back when that was the last one.
func (s *Session) sound(now int64, b []byte) *player {
	p := s.play
	b = b[:rtp.HeaderSize+rtp.FrameTicks]
	if k := s.tx.codec(); k != kindNone {
		p.read(b[rtp.HeaderSize:], k)
		s.tx.frame(b, now)
	} else { // held: the music goes on unheard
		p.read(b[rtp.HeaderSize:], kindALaw)
	}
	if p.over() {
		s.play = nil
		return p
	}
	return nil
}
