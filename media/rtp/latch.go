package rtp

import (
	"net/netip"
	"slices"
	"time"
)

// LatchMode says which addresses may prove themselves.
type LatchMode int

// The modes.
const (
	LatchFixed LatchMode = iota + 1 // the SDP address and nothing else
	LatchACL                        // any port of the allowed addresses
	LatchNAT                        // the address that the signalling came from, any port
)

// What a candidate must show before it is believed.
const (
	proofPackets = 5
	proofTime    = 80 * time.Millisecond
	neighbour    = 500 * time.Millisecond // instead, where the candidate has the IP address of the SDP: who names it is hardly behind NAT
	grace        = 400 * time.Millisecond // in which the exact SDP address still overrides it
	relearnAfter = 2 * time.Second        // of silence, in LatchNAT
	proofStep    = Rate                   // ticks between two packets that are still plausible
)

// LatchTerms are what SDP and configuration say of a peer.
type LatchTerms struct {
	Mode      LatchMode
	Peer      netip.AddrPort // what the SDP says; zero: it names no address yet
	Signalled netip.Addr
	Allow     []netip.Prefix
}

// Latch decides from where packets are believed (RFC 7362). The rules:
//
//   - Until an address is committed, media goes to the SDP address only, and nothing is forwarded from any other.
//   - A packet from the exact SDP address commits at once and ends learning.
//   - Any other address must be one that the mode allows, and show five packets in sequence, of one SSRC and of agreed payload types,
//     with plausible timestamps, over at least 80 ms (500 ms where its IP address is the one in the SDP). For 400 ms after that the exact SDP address still overrides it.
//   - After that all else is dropped. It learns again only when SDP names another address, or, behind NAT, after two seconds of
//     silence when the same SSRC goes on in sequence from the same IP address.
//
// Its owner locks it.
type Latch struct {
	terms     LatchTerms
	committed netip.AddrPort
	exact     bool  // committed to the SDP address: nothing overrides it
	since     int64 // of the commit
	heard     int64 // the last packet of the committed address
	last      Header

	candidate netip.AddrPort
	first     int64
	shown     int
	seen      Header
}

// Verdict is what a Latch says of a packet.
type Verdict int

// The verdicts.
const (
	Refuse Verdict = iota // not the peer
	Accept                // from the committed address
	Commit                // from an address that has just been committed: media goes there from now on
)

// Update takes new terms. The latch starts afresh only when the address in the SDP or the mode is another one. It says whether it did.
func (l *Latch) Update(t LatchTerms) bool {
	same := t.Mode == l.terms.Mode && t.Peer == l.terms.Peer
	if !same {
		*l = Latch{}
	}
	l.terms = t
	return !same
}

// Committed is the proved address; it is not valid before there is one.
func (l *Latch) Committed() netip.AddrPort { return l.committed }

// Peer is where media goes: to the committed address, else to the one in the SDP.
func (l *Latch) Peer() netip.AddrPort {
	if l.committed.IsValid() {
		return l.committed
	}
	return l.terms.Peer
}

// Settled says, before any parsing, that a packet cannot matter: something is committed, past every doubt, and this is not it.
func (l *Latch) Settled(from netip.AddrPort, now int64) bool {
	return l.committed.IsValid() && from != l.committed && !l.overrides(from, now) && !l.silent(now)
}

// Check judges one packet whose payload type was agreed on.
func (l *Latch) Check(from netip.AddrPort, h *Header, now int64) Verdict {
	if from == l.committed {
		l.heard, l.last = now, *h
		if from == l.terms.Peer {
			l.exact = true
		}
		return Accept
	}
	switch {
	case from == l.terms.Peer && (!l.committed.IsValid() || l.overrides(from, now)):
		return l.commit(from, h, now)
	case l.terms.Mode == LatchFixed:
		return Refuse
	case l.committed.IsValid():
		if l.silent(now) && from.Addr() == l.committed.Addr() && l.follows(h) {
			return l.commit(from, h, now)
		}
		return Refuse
	case !l.may(from.Addr()):
		return Refuse
	}
	return l.learn(from, h, now)
}

// overrides says that the exact SDP address may take the place of one that was learned a moment ago.
func (l *Latch) overrides(from netip.AddrPort, now int64) bool {
	return from == l.terms.Peer && !l.exact && now-l.since <= int64(grace)
}

func (l *Latch) silent(now int64) bool {
	return l.terms.Mode == LatchNAT && now-l.heard >= int64(relearnAfter)
}

// follows says that a packet goes on where the committed stream was.
func (l *Latch) follows(h *Header) bool {
	ahead := seqAhead(h.Seq, l.last.Seq)
	return h.SSRC == l.last.SSRC && ahead > 0 && ahead < maxDropout
}

func (l *Latch) may(a netip.Addr) bool {
	if l.terms.Mode == LatchNAT && a == l.terms.Signalled {
		return true
	}
	return slices.ContainsFunc(l.terms.Allow, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (l *Latch) commit(from netip.AddrPort, h *Header, now int64) Verdict {
	l.committed, l.exact = from, from == l.terms.Peer
	l.since, l.heard, l.last = now, now, *h
	l.candidate, l.shown = netip.AddrPort{}, 0
	return Commit
}

// learn counts what a candidate shows. One candidate is heard out at a time; another takes its place only once it has been silent, so
// that two who talk at once do not restart each other for ever.
func (l *Latch) learn(from netip.AddrPort, h *Header, now int64) Verdict {
	if from != l.candidate || !l.plausible(h) {
		if from != l.candidate && l.shown > 0 && now-l.first < int64(time.Second) {
			return Refuse
		}
		l.candidate, l.first, l.shown, l.seen = from, now, 1, *h
		return Refuse
	}
	l.shown++
	l.seen = *h
	need := proofTime
	if from.Addr() == l.terms.Peer.Addr() {
		need = neighbour
	}
	if l.shown < proofPackets || now-l.first < int64(need) {
		return Refuse
	}
	return l.commit(from, h, now)
}

func (l *Latch) plausible(h *Header) bool {
	step := ticksAhead(h.Timestamp, l.seen.Timestamp)
	return h.SSRC == l.seen.SSRC && h.Seq == l.seen.Seq+1 && step >= 0 && step <= proofStep
}
