package media

import (
	"time"

	"tandem/media/rtp"
)

const (
	// strokeDefault is how long a key is when nobody says.
	strokeDefault = 100 * time.Millisecond
	strokeLongest = 5 * time.Second
	// strokePause is the silence between two keys, in frames of 20 ms.
	strokePause = 3
	// strokesMost is how many keys may wait; nobody types more.
	strokesMost = 64
)

// typist sends digits one after the other. Session.mu guards it.
type typist struct {
	queue []stroke
	state typing
	event rtp.EventSender
	pause int
}

type stroke struct {
	key byte
	d   time.Duration
}

// typing is what the typist is doing.
type typing int

const (
	typingNothing typing = iota
	typingEvent
	typingPause
)

func (t *typist) busy() bool { return len(t.queue) > 0 || t.state != typingNothing }

// SendDigit sends a key to the peer by RFC 4733, or as tones where that was not agreed. Keys queue up. A duration that is not positive is
// 100 ms.
func (s *Session) SendDigit(key byte, d time.Duration) {
	if _, ok := rtp.EventCode(key); !ok {
		return
	}
	if d <= 0 {
		d = strokeDefault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.typing.queue) == strokesMost {
		return
	}
	s.typing.queue = append(s.typing.queue, stroke{key: key, d: min(d, strokeLongest)})
	s.wake()
}

// turn sends 20 ms of it.
func (t *typist) turn(tx *sender, now int64, b []byte) {
	switch t.state {
	case typingNothing:
		t.begin()
	case typingPause:
		t.pause--
		if t.pause > 0 {
			return
		}
		t.state = typingNothing
		if len(t.queue) == 0 {
			return
		}
		t.begin()
	case typingEvent:
	}
	if t.state == typingEvent && !tx.event(&t.event, b, now) {
		t.state, t.pause = typingPause, strokePause
	}
}

func (t *typist) begin() {
	next := t.queue[0]
	t.queue = t.queue[1:]
	code, _ := rtp.EventCode(next.key)
	t.event = rtp.NewEventSender(code, next.d)
	t.state = typingEvent
}
