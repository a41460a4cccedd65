package media

import "errors"

// Bridge ties two Sessions: what one peer says, the other hears, with digits, each leg with its own SSRC. It transcodes between PCMA and
// PCMU where the legs differ. A Session is in at most one bridge; a new bridge replaces the old one. What plays on either is stopped.
// Sessions may be bridged before their answers: audio passes as soon as each side knows where to. A Session bridged with itself is an echo. It
// fails for Sessions of two Engines, and closed ones.
func Bridge(a, b *Session) error {
	if a.e != b.e {
		return errors.New("media: sessions of two engines make no bridge")
	}
	if err := tie(a, b); err != nil {
		return err
	}
	a.StopPlay()
	b.StopPlay()
	return nil
}

// tie asks under the lock whether both still live: Close unties after it has said that it closes.
func tie(a, b *Session) error {
	a.e.bridging.Lock()
	defer a.e.bridging.Unlock()
	if a.isClosed() || b.isClosed() {
		return errClosed
	}
	a.untie()
	b.untie()
	a.tx.cut()
	b.tx.cut()
	a.peer.Store(b)
	b.peer.Store(a)
	return nil
}

// Unbridge unties both sides.
func (s *Session) Unbridge() {
	s.e.bridging.Lock()
	defer s.e.bridging.Unlock()
	s.untie()
}

// untie needs the Engine's bridging lock.
func (s *Session) untie() {
	peer := s.peer.Swap(nil)
	if peer != nil {
		peer.peer.Store(nil)
	}
}

func (s *Session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}
