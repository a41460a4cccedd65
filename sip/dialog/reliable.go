package dialog

import (
	"fmt"
	"math/rand/v2"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// maxRings is how many provisional responses wait for the PRACK of the one before them.
const maxRings = 16

// reliable is what an inbound leg sends of provisional responses that its caller acknowledges (RFC 3262 section 3). It outlives the final response, for a
// PRACK may cross that.
type reliable struct {
	required bool // of all of them but 100; otherwise of those with a body
	next     uint32
	out      *ring   // sent, without its PRACK
	queue    []*ring // wait for that
	agreed   bool    // offer and answer have passed: the 2xx has neither
	asked    bool    // a ring carried our offer, or our answer: there is no second one
	final    *final  // the 2xx, which waits for a PRACK
}

// ring is one provisional response that wants a PRACK.
type ring struct {
	resp     *gosip.Response
	rseq     uint32
	body     bool
	interval time.Duration
	waited   time.Duration
}

// final is an answer that waits for a PRACK.
type final struct{ body *message.Body }

// reliableOf reads what the INVITE wants; nil: its caller knows nothing of it.
func reliableOf(r *gosip.Request) *reliable {
	required := message.Supports(r, "Require", ext100rel)
	if !required && !message.Supports(r, "Supported", ext100rel) {
		return nil
	}
	return &reliable{required: required, next: 1 + rand.Uint32N(1<<30)} //nolint:gosec // nobody gains by guessing it
}

// Acknowledges says whether the caller of an INVITE can take provisional responses reliably.
func Acknowledges(r *gosip.Request) (can bool) { return reliableOf(r) != nil }

// ringReliably sends a provisional response that wants a PRACK, or lets it wait for the one before it.
func (l *Leg) ringReliably(status int, body *message.Body) error {
	p := l.reliable
	if len(p.queue) >= maxRings {
		return fmt.Errorf("ring: too many wait for a PRACK: %w", ErrNotNow)
	}
	if p.asked {
		body = nil // one answer an offer
	}
	if body != nil {
		p.asked, l.ours = true, body
	}
	extra := append(l.contact(), gosip.NewHeader("Require", ext100rel), gosip.NewHeader("RSeq", message.FormatRSeq(p.next)))
	one := &ring{
		resp: l.end.Response(l.waiting.tx.Request(), status, body, append(extra, l.waiting.carry()...)...),
		rseq: p.next, body: body != nil, interval: l.end.Timers.T1,
	}
	p.next++
	p.queue = append(p.queue, one)
	l.nextRing()
	return nil
}

// nextRing sends the provisional response whose turn it is.
func (l *Leg) nextRing() {
	p := l.reliable
	if p.out != nil || len(p.queue) == 0 || l.waiting == nil {
		return
	}
	p.out, p.queue = p.queue[0], p.queue[1:]
	_ = l.waiting.tx.Respond(p.out.resp) // lost, it is repeated
	l.start(clockReliable, p.out.interval)
}

// repeatRing sends it again, T1 doubling; after 64*T1 without a PRACK the INVITE is refused (RFC 3262 section 3).
func (l *Leg) repeatRing() {
	p := l.reliable
	if p == nil || p.out == nil || l.waiting == nil {
		return
	}
	one := p.out
	one.waited += one.interval
	if one.waited >= 64*l.end.Timers.T1 {
		why := message.Reason{Protocol: "SIP", Cause: 504, Text: "No PRACK"}
		tx := l.waiting.tx
		l.answered()
		l.phase = ended
		l.respond(tx, 504, reasonHeader(why)...)
		l.tell(Cancelled{Reason: why})
		return
	}
	_ = l.waiting.tx.Respond(one.resp) // lost, it is repeated
	one.interval = min(2*one.interval, 64*l.end.Timers.T1-one.waited)
	l.start(clockReliable, one.interval)
}

// answered forgets that the caller waits: it has its final response.
func (l *Leg) answered() {
	l.waiting = nil
	l.stop(clockReliable)
	if l.reliable != nil {
		l.reliable.queue, l.reliable.final = nil, nil
	}
}

// peerPrack takes the acknowledgement of a provisional response of ours.
func (l *Leg) peerPrack(tx Server) {
	r := tx.Request()
	rack, err := message.ParseRAck(headerOf(r, "RAck"))
	if err != nil {
		l.respond(tx, 400, l.end.Warning("PRACK without a RAck that can be read")...)
		return
	}
	p := l.reliable
	if p == nil || p.out == nil || rack.RSeq != p.out.rseq || rack.CSeq != p.seq() || rack.Method != string(gosip.INVITE) {
		l.respond(tx, 481)
		return
	}
	one, body := p.out, BodyOf(r)
	if body != nil && body.Type != sdpType {
		l.respond(tx, 415, gosip.NewHeader("Accept", sdpType))
		return
	}
	p.out = nil
	l.stop(clockReliable)
	l.pracked(tx, one, body)
	l.nextRing()
	if f := p.final; f != nil && !bool(l.unproved()) {
		l.accept2xx(f.body)
	}
}

// seq is the CSeq number of the INVITE that it answers.
func (p *reliable) seq() uint32 { return seqOf(p.out.resp) }

// pracked takes what a PRACK carries: the answer to our offer, or an offer of its own (RFC 3262 section 5).
func (l *Leg) pracked(tx Server, one *ring, body *message.Body) {
	p := l.reliable
	ours := one.body && l.waiting != nil && !l.waiting.offered
	switch {
	case ours && body != nil:
		p.agreed = true
		l.theirs = body
		l.end.Respond(tx, 200, nil)
		l.tell(EarlyConfirmed{Body: body})
		return
	case one.body && !ours:
		p.agreed = true
	}
	switch {
	case body == nil:
		l.end.Respond(tx, 200, nil)
	case l.asked != nil || !p.agreed:
		l.respond(tx, 491)
	default:
		l.asked = &asked{tx: tx, offered: true, dialog: l.dialog}
		l.tell(Offered{Body: body})
	}
}

// unproved says whether a session description of ours waits for its PRACK, so that no 2xx may be sent (RFC 3262 section 3).
func (l *Leg) unproved() (is unproved) {
	p := l.reliable
	if p == nil || l.waiting == nil {
		return false
	}
	if p.out != nil && p.out.body {
		return true
	}
	for _, one := range p.queue {
		if one.body {
			return true
		}
	}
	return false
}

type unproved bool

// agreed says whether offer and answer of the INVITE have passed before its 2xx, so that an UPDATE may bring new ones (RFC 3311 section 5.1).
func (l *Leg) agreed() (is bool) { return l.reliable != nil && l.reliable.agreed }

const sdpType = "application/sdp"
