package media

import (
	"time"

	"tandem/media/codec/g711"
	"tandem/media/dtmf"
	"tandem/media/rtp"
)

const (
	// strokeDefault is how long a key is when nobody says.
	strokeDefault = 100 * time.Millisecond
	strokeLongest = 5 * time.Second
	// toneShortest is the shortest tone that every receiver must take (ITU-T Q.24), with a margin.
	toneShortest = 60 * time.Millisecond
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
	tone  *dtmf.Generator
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
	typingTone
	typingPause
)

func (t *typist) busy() bool { return len(t.queue) > 0 || t.state != typingNothing }

// SendDigit sends a key to the peer as Opening.Typing says: by RFC 4733, or as tones where that was not agreed. Keys queue up. A duration that is not positive is
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
	if s.o.Typing == TypesOwner {
		s.post(Typed{Leg: s.o.Ref, Key: key, Duration: min(d, strokeLongest)})
		return
	}
	s.typing.queue = append(s.typing.queue, stroke{key: key, d: min(d, strokeLongest)})
	s.wake()
}

// turn sends 20 ms of it.
func (t *typist) turn(tx *sender, now int64, b []byte) {
	switch t.state {
	case typingNothing:
		t.begin(tx)
	case typingPause:
		t.pause--
		if t.pause > 0 {
			return
		}
		t.state = typingNothing
		if len(t.queue) == 0 {
			return
		}
		t.begin(tx)
	case typingEvent, typingTone:
	}
	if t.state == typingEvent && !tx.event(&t.event, b, now) || t.state == typingTone && !t.sound(tx, now, b) {
		t.state, t.pause = typingPause, strokePause
	}
}

// toneLevel is how loud keys are, in dBm0 for each of the two tones.
const toneLevel = -9

// sound sends 20 ms of a key's tones; false after the last.
func (t *typist) sound(tx *sender, now int64, b []byte) bool {
	var pcm [rtp.FrameTicks]int16
	k := tx.codec()
	if k == kindNone || t.tone.Fill(pcm[:]) == 0 {
		return false
	}
	b = b[:rtp.HeaderSize+rtp.FrameTicks]
	if k == kindMuLaw {
		g711.EncodeMuLaw(b[rtp.HeaderSize:], pcm[:])
	} else {
		g711.EncodeALaw(b[rtp.HeaderSize:], pcm[:])
	}
	tx.frame(b, now)
	return true
}

// begin takes the next key of the queue.
func (t *typist) begin(tx *sender) {
	next := t.queue[0]
	t.queue = t.queue[1:]
	if !tx.takesEvents() {
		if t.tone == nil {
			t.tone = dtmf.NewGenerator(toneLevel)
		}
		t.tone.Start(next.key, max(next.d, toneShortest))
		t.state = typingTone
		return
	}
	code, _ := rtp.EventCode(next.key)
	t.event = rtp.NewEventSender(code, tx.longest(next.d))
	t.state = typingEvent
}
