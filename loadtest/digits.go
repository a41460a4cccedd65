package loadtest

import "encoding/binary"

const (
	eventPayload = 101
	eventFrames  = 5 // 100 ms of key
	eventEnds    = 3 // RFC 4733 section 2.5.1.4
	gapFrames    = 5 // between keys
)

// eventState is where a stream stands inside its script of digits.
type eventState struct {
	frame int
	start uint32 // the event's timestamp
}

// digit gives the next packet of an RFC 4733 event, or nil when it is time for voice.
func (s *stream) digit() []byte {
	if s.due > 0 {
		s.due--
		return nil
	}
	if len(s.script) == 0 {
		return nil
	}
	e := &s.event
	if e.frame == 0 {
		e.start = s.ts
	}
	e.frame++
	duration, end := min(e.frame, eventFrames)*rtpPayload, byte(0)
	if e.frame > eventFrames {
		end = 0x80
	}
	b := make([]byte, rtpHeader+4)
	b[0], b[1] = 0x80, eventPayload
	if e.frame == 1 {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], s.seq)
	binary.BigEndian.PutUint32(b[4:], e.start)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	b[12], b[13] = s.script[0]-'0', 10|end
	binary.BigEndian.PutUint16(b[14:], uint16(duration))
	if e.frame == eventFrames+eventEnds {
		s.script = s.script[1:]
		*e = eventState{}
		s.due = gapFrames
	}
	return b
}
