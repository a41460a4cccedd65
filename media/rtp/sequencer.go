package rtp

import "time"

// Where a source may jump before it counts as another one (RFC 3550 appendix A.1; the time is ours).
const (
	maxDropout  = 3000
	maxMisorder = 100
	maxTimeJump = 3 * Rate // ticks away from what the clock says
)

// Sequencer stamps one outgoing stream: one SSRC for the whole call, and a sequence and a timestamp that go on when the source
// changes from a prompt to a peer and back. Border controllers stop forwarding when the timestamp jumps under one SSRC, and strict
// phones lose their SRTP state on a new SSRC.
//
// Its owner locks it; it belongs to one writer at a time.
type Sequencer struct {
	ssrc uint32
	seq  uint16 // of the packet that would follow
	next uint32 // its timestamp, if it follows without a gap
	due  int64  // when it would be due, nanoseconds; 0 before the first packet

	began int64 // when the first packet was sent
	base  uint32

	mapped bool // the source is a peer's stream, known by in
	in     uint32
	seqOff uint16
	tsOff  uint32
	floor  uint16 // the first sequence number of this source
	fresh  bool   // the next packet begins a source
}

// NewSequencer begins a stream. The numbers should be unpredictable (RFC 3550 section 5.1).
func NewSequencer(ssrc uint32, seq uint16, timestamp uint32) Sequencer {
	return Sequencer{ssrc: ssrc, seq: seq, next: timestamp, fresh: true}
}

// SSRC is the stream's own.
func (q *Sequencer) SSRC() uint32 { return q.ssrc }

// Renew takes another SSRC because a peer uses the same one (RFC 3550 section 8.2).
func (q *Sequencer) Renew(ssrc uint32) { q.ssrc = ssrc }

// Break says that the next packet begins a new source, even if it comes from the peer that was heard last.
func (q *Sequencer) Break() { q.fresh = true }

// Clock is the timestamp that belongs to now, for a sender report; started is false before the first packet.
func (q *Sequencer) Clock(now int64) (timestamp uint32, started bool) {
	return q.next + ticks(now-q.due), q.due != 0
}

// ticks turns a span in nanoseconds into ticks, which wrap.
func ticks(ns int64) uint32 {
	return uint32(ns / int64(time.Second/Rate) & 0xFFFFFFFF)
}

// start is the timestamp of a source that begins now: what the clock says since the stream began, in whole frames after the last packet.
// A source that begins before the last packet is over puts the stream a little ahead of the clock; the next pause takes it back.
func (q *Sequencer) start(now int64) uint32 {
	if q.due == 0 {
		q.began, q.base = now, q.next
		return q.next
	}
	behind := ticksAhead(q.base+ticks(now-q.began), q.next)
	if behind <= 0 {
		return q.next
	}
	frames := (behind + FrameTicks/2) / FrameTicks
	return q.next + uint32(frames*FrameTicks&0xFFFFFFFF)
}

// Next stamps a packet of our own that lasts so many ticks. The payload type is the caller's to fill in.
func (q *Sequencer) Next(now int64, last uint32) Mark {
	m := Mark{Seq: q.seq, Timestamp: q.next, SSRC: q.ssrc}
	if q.fresh || q.mapped {
		m.Timestamp, m.Marker = q.start(now), true
		q.fresh, q.mapped = false, false
		q.due = now
	}
	q.seq++
	q.next = m.Timestamp + last
	q.due += int64(last) * int64(time.Second/Rate)
	return m
}

// Again stamps one more packet of an event that began at timestamp and has lasted so many ticks (RFC 4733 section 2.5.1.2).
func (q *Sequencer) Again(now int64, timestamp, lasted uint32) Mark {
	m := Mark{Seq: q.seq, Timestamp: timestamp, SSRC: q.ssrc}
	q.seq++
	if end := timestamp + lasted; ticksAhead(end, q.next) > 0 {
		q.next = end
		q.due = now + int64(Frame)
	}
	return m
}

// Map stamps a packet of a peer that lasts so many ticks. Gaps, reordering and duplicates keep their shape. False: it is older than
// the beginning of this source, and its number is taken.
func (q *Sequencer) Map(h *Header, now int64, last uint32) (Mark, bool) {
	if q.fresh || !q.mapped || q.in != h.SSRC || q.jumped(h, now) {
		return q.adopt(h, now, last), true
	}
	m := Mark{Marker: h.Marker, Seq: h.Seq + q.seqOff, Timestamp: h.Timestamp + q.tsOff, SSRC: q.ssrc}
	if seqAhead(m.Seq, q.floor) < 0 {
		return Mark{}, false
	}
	if seqAhead(m.Seq, q.seq) >= 0 {
		q.seq = m.Seq + 1
		q.next = m.Timestamp + last
		q.due = now + int64(last)*int64(time.Second/Rate)
	}
	return m, true
}

// adopt begins a peer's stream where ours stands.
func (q *Sequencer) adopt(h *Header, now int64, last uint32) Mark {
	m := Mark{Marker: true, Seq: q.seq, Timestamp: q.start(now), SSRC: q.ssrc}
	q.fresh, q.mapped, q.in = false, true, h.SSRC
	q.seqOff, q.tsOff, q.floor = m.Seq-h.Seq, m.Timestamp-h.Timestamp, m.Seq
	q.seq, q.next = m.Seq+1, m.Timestamp+last
	q.due = now + int64(last)*int64(time.Second/Rate)
	return m
}

// jumped says that a peer went on elsewhere under the same SSRC: numbers that no loss explains, or a time that the clock contradicts.
func (q *Sequencer) jumped(h *Header, now int64) bool {
	ahead := seqAhead(h.Seq+q.seqOff, q.seq)
	if ahead > maxDropout || ahead < -maxMisorder {
		return true
	}
	if ahead < 0 {
		return false // late: its time is in the past by right
	}
	want := q.next + ticks(now-q.due)
	off := ticksAhead(h.Timestamp+q.tsOff, want)
	return off > maxTimeJump || off < -maxTimeJump
}
