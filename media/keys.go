package media

import (
	"sync"
	"time"

	"tandem/media/dtmf"
)

// keyStream makes one stream of the digits that come by several ways. Its mutex is a leaf lock.
type keyStream struct {
	mu    sync.Mutex
	dedup dtmf.Dedup
}

// wayOf is the same way in dtmf's words.
func wayOf(p DigitPath) dtmf.Path {
	switch p {
	case DigitRFC4733:
		return dtmf.PathRFC4733
	case DigitInband:
		return dtmf.PathInband
	case DigitInfo:
	}
	return dtmf.PathInfo
}

// begins says whether a key is a new one: not the same that another way has told already.
func (k *keyStream) begins(d Digit, at time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.dedup.Begin(wayOf(d.Path), d.Key, at) == dtmf.Fresh
}

// lasts says that a key is still held.
func (k *keyStream) lasts(way DigitPath, key byte, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dedup.End(wayOf(way), key, at)
}

// digit takes one key into the stream. It says whether it counts. When it does, the other side of a bridge gets it too, unless the packets
// that carry it are relayed as they are.
func (s *Session) digit(d Digit, now int64) bool {
	if !s.keys.begins(d, s.e.time(now)) {
		return false
	}
	d.Leg = s.o.Ref
	s.post(d)
	peer := s.peer.Load()
	if peer == nil {
		return true
	}
	if d.Path == DigitInfo || peer.o.Typing == TypesOwner || (d.Path == DigitRFC4733) != peer.tx.takesEvents() || (d.Path == DigitRFC4733 && !s.rx.asIs) {
		peer.SendDigit(d.Key, d.Duration)
	}
	return true
}

// Info takes the body of a SIP INFO (application/dtmf-relay, application/dtmf) into the one stream of digits. False: it holds no digit.
func (s *Session) Info(contentType string, body []byte) bool {
	p, err := dtmf.ParseInfo(contentType, body)
	if err != nil {
		return false
	}
	s.digit(Digit{Key: p.Key, Path: DigitInfo, Duration: p.Duration}, s.e.now())
	return true
}
