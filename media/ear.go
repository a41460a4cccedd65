package media

import "tandem/media/rtp"

// ear is who listens to a leg's peer: a recording, and the detector of in-band digits. It exists only where somebody does. The receiver's
// mutex guards it.
type ear struct {
	order rtp.Order
	rec   *recording
}

// hear takes one packet of audio.
func (e *ear) hear(in *arrival, payload []byte, at int64) {
	if !in.kind.isAudio() {
		return
	}
	e.order.Add(&in.header, payload, func(p rtp.Piece) {
		if e.rec != nil {
			e.rec.hear(p, in.kind, at)
		}
	})
	e.tidy()
}

// tidy forgets a recording that has ended.
func (e *ear) tidy() {
	if e.rec != nil && e.rec.ended {
		e.rec = nil
	}
}

// listenFor starts or stops the detector after a negotiation. It needs mu.
func (s *Session) listenFor(*agreement) {}

// listenOn tells those who listen what time it is.
func (s *Session) listenOn(now int64) {
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	if e := s.rx.ear; e != nil && e.rec != nil {
		e.rec.turn(now)
		e.tidy()
	}
}

// recording says whether one goes on.
func (s *Session) recording() bool {
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	return s.rx.ear != nil && s.rx.ear.rec != nil
}

// stopListening ends a recording and takes the ear off.
func (s *Session) stopListening() {
	s.StopRecord()
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	s.rx.ear = nil
}
