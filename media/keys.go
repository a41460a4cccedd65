package media

import (
	"sync"
	"time"
)

// sameKey is how far apart two ways may tell the same key (SPEC X6).
const sameKey = 300 * time.Millisecond

// keyStream makes one stream of the digits that come by several ways. Its mutex is a leaf lock.
type keyStream struct {
	mu     sync.Mutex
	recent [8]heardKey
	next   int
}

// heardKey is a digit that was told, and the ways that have told it.
type heardKey struct {
	key  byte
	ways [DigitInfo + 1]bool
	at   int64 // when the last of it came: a long key is told at its end by some ways
}

// add says whether a key is a new one: not the same that another way has told already.
func (k *keyStream) add(key byte, way DigitPath, now int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.recent {
		h := &k.recent[i]
		if h.key == key && !h.ways[way] && now-h.at <= int64(sameKey) {
			h.ways[way] = true
			return false
		}
	}
	h := &k.recent[k.next]
	k.next = (k.next + 1) % len(k.recent)
	*h = heardKey{key: key, at: now}
	h.ways[way] = true
	return true
}

// still says that the last key of a way goes on.
func (k *keyStream) still(way DigitPath, now int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	last := -1
	for i := range k.recent {
		if k.recent[i].ways[way] && (last < 0 || k.recent[i].at > k.recent[last].at) {
			last = i
		}
	}
	if last >= 0 {
		k.recent[last].at = now
	}
}

// digit takes one key into the stream. It says whether it counts. When it does, the other side of a bridge gets it too, unless the packets
// that carry it are relayed as they are.
func (s *Session) digit(d Digit, now int64) bool {
	if !s.keys.add(d.Key, d.Path, now) {
		return false
	}
	d.Leg = s.o.Ref
	s.post(d)
	peer := s.peer.Load()
	if peer == nil {
		return true
	}
	events := peer.tx.takesEvents()
	if d.Path == DigitInfo || (d.Path == DigitRFC4733) != events {
		peer.SendDigit(d.Key, d.Duration)
	}
	return true
}
