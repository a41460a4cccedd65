package rtp

import (
	"math/bits"
	"time"
)

// Reception counts what comes from a peer (RFC 3550 appendices A.1, A.3 and A.8). Its owner locks it.
type Reception struct {
	Packets   uint64 // duplicates included
	Duplicate uint64
	Reordered uint64
	Clock     uint32 // ticks a second of the stream; 0: Rate

	ssrc    uint32
	started bool
	base    uint32 // extended number of the first packet
	highest uint32 // extended
	window  uint64 // bit i: highest-i has come
	unique  uint64 // packets of this source, without duplicates
	transit uint32
	jitter  uint32 // ticks times 16
	badSeq  uint32 // the number that would prove a restart; above 16 bits: none
	gone    uint64 // lost of sources that are over

	Late    uint64  // came so much after the quickest that a usual jitter buffer had given up on them
	quick   uint32  // the transit of the quickest
	losses  pattern // of what has left the window
	judged  uint32  // extended number of the first packet that losses does not know
	worst   uint32  // the highest jitter, ticks times 16
	stamp   uint32  // the timestamp of the last packet
	lateRow int

	expectedBefore, uniqueBefore uint64 // at the last report
}

// noBadSeq is a number that no packet has.
const noBadSeq = 1 << 16

// SSRC is the source that counts now; started is false before the first packet.
func (r *Reception) SSRC() (ssrc uint32, started bool) { return r.ssrc, r.started }

// Highest is the extended highest sequence number.
func (r *Reception) Highest() uint32 { return r.highest }

// Jitter is the interarrival jitter (RFC 3550 section 6.4.1), in ticks.
func (r *Reception) Jitter() uint32 { return r.jitter >> 4 }

// JitterTime is the same as a duration.
func (r *Reception) JitterTime() time.Duration {
	return time.Duration(r.Jitter()) * time.Second / time.Duration(r.clock())
}

func (r *Reception) clock() uint32 {
	if r.Clock == 0 {
		return Rate
	}
	return r.Clock
}

// ticks turns a moment into ticks of the stream, which wrap.
func (r *Reception) ticks(now int64) uint32 { return ticks(now) * (r.clock() / Rate) }

// Add counts one packet that came at now. A new SSRC, or one that goes on elsewhere, begins a new count; what was lost is kept.
func (r *Reception) Add(h *Header, now int64) {
	r.Packets++
	if !r.started || h.SSRC != r.ssrc {
		r.begin(h, now)
		return
	}
	ahead := seqAhead(h.Seq, uint16(r.highest&0xFFFF))
	switch {
	case ahead > maxDropout || ahead < -maxMisorder:
		if r.badSeq == uint32(h.Seq) { // two in a row: it did go on there
			r.begin(h, now)
			return
		}
		r.badSeq = uint32(h.Seq+1) & 0xFFFF
		return
	case ahead > 0:
		r.judge(r.highest + uint32(ahead&0xFFFF))
		r.highest += uint32(ahead & 0xFFFF)
		r.window = r.window<<ahead | 1
		r.unique++
	case !r.late(-ahead):
		return
	}
	r.badSeq = noBadSeq
	r.spread(h.Timestamp, now)
}

func (r *Reception) begin(h *Header, now int64) {
	if r.started {
		r.losses = r.judgedAll()
	}
	r.gone += r.missing()
	r.ssrc, r.started = h.SSRC, true
	r.base = uint32(h.Seq) + 1<<16 // so that packets from before the first do not go below zero
	r.highest, r.window, r.unique = r.base, 1, 1
	r.transit, r.jitter, r.badSeq = r.ticks(now)-h.Timestamp, 0, noBadSeq
	r.expectedBefore, r.uniqueBefore = 0, 0
	r.quick, r.judged, r.stamp, r.lateRow = r.transit, r.base, h.Timestamp, 0
}

// late counts a packet that is not the newest; it says whether it is the first copy.
func (r *Reception) late(behind int) bool {
	if behind < bits.UintSize && r.window>>behind&1 != 0 {
		r.Duplicate++
		return false
	}
	if behind < bits.UintSize {
		r.window |= 1 << behind
	}
	if behind > int(r.highest-r.base) {
		r.base = r.highest - uint32(behind&0xFFFF)
		r.judged = max(min(r.judged, r.base), r.highest-min(r.highest, windowSize-1))
	}
	r.Reordered++
	r.unique++
	return true
}

// spread is RFC 3550 appendix A.8, in integers.
func (r *Reception) spread(timestamp uint32, now int64) {
	if timestamp == r.stamp {
		return // an event goes on (RFC 4733 section 2.5.1.2): its packets say when it began
	}
	r.stamp = timestamp
	transit := r.ticks(now) - timestamp
	d := ticksAhead(transit, r.transit)
	r.transit = transit
	r.delay(transit)
	if d < 0 {
		d = -d
	}
	if d > maxTimeJump*int(r.clock()/Rate) {
		return // the sender's clock jumped; that is not jitter
	}
	r.jitter += uint32(d&0xFFFFFF) - (r.jitter+8)>>4
	r.worst = max(r.worst, r.jitter)
}

// What a usual jitter buffer waits for a packet, and how often the memory of the quickest grows older by one tick, so that a clock of the peer's
// which runs slow does not make all of them late.
const (
	usualBuffer = Rate / 10
	lateMost    = 10 // packets in a row
	forgetEvery = 32
)

// delay counts packets that came too late to be heard.
func (r *Reception) delay(transit uint32) {
	times := int(r.clock() / Rate)
	switch behind := ticksAhead(transit, r.quick); {
	case behind < 0, behind > maxTimeJump*times:
		r.quick = transit
	case behind > usualBuffer*times && r.lateRow < lateMost:
		r.Late++
		r.lateRow++
		return
	case behind > usualBuffer*times:
		r.quick = transit // the way is longer now, or the peer's clock stood still: a buffer takes that in
	}
	r.lateRow = 0
	if r.unique%forgetEvery == 0 {
		r.quick += uint32(times & 0xFF)
	}
}

// windowSize is how many packets back a repeat is known as such.
const windowSize = 64

// judge decides over the packets that leave the window because another one is the highest now.
func (r *Reception) judge(highest uint32) {
	for highest-r.judged >= windowSize {
		r.losses.count(r.has(r.judged))
		r.judged++
	}
}

// has says whether a packet of the window has come.
func (r *Reception) has(seq uint32) fate {
	behind := r.highest - seq
	if seq <= r.highest && behind < windowSize && r.window>>behind&1 != 0 {
		return arrived
	}
	return missing
}

// judgedAll is the account of losses with those of the window.
func (r *Reception) judgedAll() pattern {
	p := r.losses
	for seq := r.judged; seq <= r.highest; seq++ {
		p.count(r.has(seq))
	}
	return p
}

// Bursts says how the losses lie, of all sources so far.
func (r *Reception) Bursts() Bursts {
	if !r.started {
		return Bursts{Ratio: 1}
	}
	all := r.judgedAll()
	return all.account()
}

// Expected is how many packets of this source should have come, and how many of them did.
func (r *Reception) Expected() (due, came uint64) { return r.expected(), r.unique }

// WorstJitter is the highest that the interarrival jitter was.
func (r *Reception) WorstJitter() time.Duration {
	return time.Duration(r.worst>>4) * time.Second / time.Duration(r.clock())
}

func (r *Reception) expected() uint64 {
	if !r.started {
		return 0
	}
	return uint64(r.highest-r.base) + 1
}

func (r *Reception) missing() uint64 {
	if e := r.expected(); e > r.unique {
		return e - r.unique
	}
	return 0
}

// Lost is how many packets never came, of all sources so far.
func (r *Reception) Lost() uint64 { return r.gone + r.missing() }

// Report is what a report block says of this reception (RFC 3550 section 6.4.1): the fraction lost since the last Report, in 1/256,
// and the packets lost of this source, at most 24 bits.
func (r *Reception) Report() (fraction uint8, lost uint32) {
	expected, unique := r.expected(), r.unique
	due, got := expected-r.expectedBefore, unique-r.uniqueBefore
	if expected < r.expectedBefore || unique < r.uniqueBefore {
		due, got = 0, 0
	}
	r.expectedBefore, r.uniqueBefore = expected, unique
	if due > got {
		fraction = uint8(min((due-got)<<8/due, 255))
	}
	return fraction, uint32(min(r.missing(), 0x7FFFFF))
}
