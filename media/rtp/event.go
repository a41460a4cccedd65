package rtp

import (
	"encoding/binary"
	"errors"
	"time"
)

// EventSize is the length of one telephone-event payload in bytes (RFC 4733 section 2.3).
const EventSize = 4

// EventEnds is how often the last packet of an event is sent (RFC 4733 section 2.5.1.4).
const EventEnds = 3

const (
	eventEnd    = 0x80
	eventVolume = 10 // -10 dBm0, what we say of our own
	longest     = 0xFFFF
	eventGap    = 30 * time.Millisecond // nobody presses keys faster: a flood of events is no digits
)

var errEvent = errors.New("rtp: telephone-event is shorter than four bytes")

// Event is the payload of a telephone-event packet (RFC 4733 section 2.3).
type Event struct {
	Code   uint8 // 0-9, 10 *, 11 #, 12-15 A-D; more are not digits
	End    bool
	Volume uint8  // dBm0, without its sign
	Ticks  uint16 // since the event began
}

// ParseEvent reads the payload.
func ParseEvent(b []byte) (Event, error) {
	if len(b) < EventSize {
		return Event{}, errEvent
	}
	return Event{Code: b[0], End: b[1]&eventEnd != 0, Volume: b[1] & 0x3F, Ticks: binary.BigEndian.Uint16(b[2:])}, nil
}

// Put writes the payload to the first four bytes of b.
func (e Event) Put(b []byte) {
	b[0], b[1] = e.Code, e.Volume&0x3F
	if e.End {
		b[1] |= eventEnd
	}
	binary.BigEndian.PutUint16(b[2:], e.Ticks)
}

// keys are the sixteen digits in the order of their codes.
const keys = "0123456789*#ABCD"

// Key is the digit of an event code; 0 when it is none.
func Key(code uint8) byte {
	if int(code) < len(keys) {
		return keys[code]
	}
	return 0
}

// EventCode is the event code of a digit; false when it is none.
func EventCode(key byte) (uint8, bool) {
	for i := range len(keys) {
		if keys[i] == key {
			return uint8(i), true
		}
	}
	return 0, false
}

// EventPhase is what a packet is in its event.
type EventPhase int

// The phases.
const (
	EventNothing EventPhase = iota // late, repeated or not a digit
	EventBegins
	EventGoes
	EventCloses
)

// EventReceiver tells one event from the next: by SSRC and timestamp. An event is over with its E bit or with the beginning of another; one whose end was lost is over for its
// owner, who takes no time from it, as soon as nothing more comes. Its owner locks it.
type EventReceiver struct {
	ssrc, timestamp uint32
	known, open     bool
	began           int64
}

// Add takes one packet.
func (r *EventReceiver) Add(h *Header, e Event, now int64) EventPhase {
	if r.known && h.SSRC == r.ssrc {
		switch ahead := ticksAhead(h.Timestamp, r.timestamp); {
		case ahead == 0:
			return r.again(e)
		case ahead < 0 && ahead > -maxTimeJump:
			return EventNothing // of an event that is over
		}
	}
	if Key(e.Code) == 0 || (r.known && now-r.began < int64(eventGap)) {
		return EventNothing
	}
	r.ssrc, r.timestamp, r.known = h.SSRC, h.Timestamp, true
	r.open, r.began = !e.End, now
	return EventBegins
}

func (r *EventReceiver) again(e Event) EventPhase {
	if !r.open {
		return EventNothing
	}
	if e.End {
		r.open = false
		return EventCloses
	}
	return EventGoes
}

// EventSender makes the packets of one event, one each 20 ms: the duration grows, and the last one is sent three times.
type EventSender struct {
	code  uint8
	total uint32 // ticks
	sent  uint32
	ends  int
	base  uint32 // the timestamp; it moves on where an event is longer than its 16 bits (section 2.5.1.3)
	first bool
}

// NewEventSender begins an event of at least 40 ms.
func NewEventSender(code uint8, d time.Duration) EventSender {
	t := max(d, 2*Frame) / (time.Second / Rate)
	t = min(t, 60*Rate)
	return EventSender{code: code, total: uint32(t), first: true}
}

// Next writes the payload of the next packet to b and stamps it. False after the last one.
func (s *EventSender) Next(q *Sequencer, b []byte, now int64) (Mark, bool) {
	if s.ends == EventEnds {
		return Mark{}, false
	}
	s.sent = min(s.sent+FrameTicks, s.total)
	if s.sent == s.total {
		s.ends++
	}
	var m Mark
	if s.first {
		m = q.Next(now, FrameTicks)
		m.Marker = true
		s.base, s.first = m.Timestamp, false
	} else {
		m = q.Again(now, s.base, s.sent)
	}
	if s.sent > longest {
		s.base += longest
		s.sent, s.total = s.sent-longest, s.total-longest
		m.Timestamp = s.base
	}
	Event{Code: s.code, End: s.ends > 0, Volume: eventVolume, Ticks: uint16(s.sent & longest)}.Put(b)
	return m, true
}
