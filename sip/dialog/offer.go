package dialog

import (
	"fmt"
	"math/rand/v2"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// queued is an offer of ours that waits: for the peer's own to be settled, or after glare for its turn.
type queued struct {
	body  *message.Body
	glare int // how often it met 491
}

// maxGlare is how often a re-INVITE is tried again after 491.
const maxGlare = 6

// asked is a re-INVITE or UPDATE of the peer that the owner has to answer.
type asked struct {
	tx      Server
	offered bool // it carried an offer; otherwise we are to make one
	dialog  *dialog
}

// late is a 2xx that carried the peer's offer: its ACK takes our answer.
type late struct{ seq uint32 }

// lastAck is the ACK that a repeated 2xx gets again.
type lastAck struct {
	seq  uint32
	body *message.Body
}

func (l *Leg) sendAck(seq uint32, body *message.Body) {
	l.lastAck = lastAck{seq: seq, body: body}
	_ = l.end.Sender.SendACK(l.dialog.ack(seq, body), l.dialog.target) // lost, it brings the 2xx again
}

func (l *Leg) ackAgain(seq uint32) {
	var body *message.Body
	if l.lastAck.seq == seq {
		body = l.lastAck.body
	}
	_ = l.end.Sender.SendACK(l.dialog.ack(seq, body), l.dialog.target) // lost, it brings the 2xx again
}

// Acknowledge sends the ACK of a 2xx that carried the peer's offer (late offer), with our answer.
func (l *Leg) Acknowledge(body *message.Body) error {
	if l.late == nil || l.phase != talking {
		return fmt.Errorf("acknowledge: %w", ErrNotNow)
	}
	seq := l.late.seq
	l.late = nil
	if body != nil {
		l.ours = body
	}
	l.sendAck(seq, body)
	l.nextOffer()
	return nil
}

// Offer sends a re-INVITE; nil asks the peer for its offer. Before the 2xx it sends an UPDATE, where the peer takes that and the first offer has its answer
// (RFC 3311 section 5.1). While another one, of either side, is not settled it waits for it. A 491 is tried again as RFC 3261 section 14.1 says; the outcome is
// OfferEnded.
func (l *Leg) Offer(body *message.Body) error {
	if l.goodbye != 0 || l.phase != talking && (body == nil || l.updatable() == nil) {
		return fmt.Errorf("offer: %w", ErrNotNow)
	}
	l.queued = &queued{body: body}
	l.stop(clockGlare)
	l.nextOffer()
	return nil
}

// settled says whether no offer of either side is open (RFC 3261 section 14.1: only then may one be made).
func (l *Leg) settled() settled {
	return settled((l.invite == nil || l.setup != nil) && l.accepted == nil && l.late == nil && l.asked == nil && l.updating == nil)
}

type settled bool

// nextOffer sends the offer that waits, if its turn has come.
func (l *Leg) nextOffer() {
	q := l.queued
	if q == nil || l.goodbye != 0 || !l.settled() || l.clocks[clockGlare].timer != nil {
		return
	}
	if l.phase == trying {
		l.sendUpdate(q)
		return
	}
	if l.phase != talking {
		return
	}
	inv := &invite{offered: q.body != nil}
	l.invite, l.dialog.rseq = inv, 0
	inv.req = l.ask(l.dialog, request{
		method: gosip.INVITE, body: q.body, extra: l.keeper.asks(true), invite: inv, done: func(o outcome) { l.offerRefused(inv, o) },
	})
	inv.seq = l.dialog.localSeq
}

// offerAgain tries again after glare.
func (l *Leg) offerAgain() { l.nextOffer() }

// offerAccepted takes the 2xx to a re-INVITE of ours.
func (l *Leg) offerAccepted(inv *invite, resp *gosip.Response) {
	if inv.refreshes {
		l.refreshAccepted(resp)
		return
	}
	if q := l.queued; q != nil && q.body != nil {
		l.ours = q.body
	}
	l.invite, l.queued = nil, nil
	l.dialog.refresh(resp)
	if l.phase != talking { // it crossed our BYE
		l.sendAck(seqOf(resp), nil)
		return
	}
	if inv.offered {
		l.sendAck(seqOf(resp), nil)
	} else {
		l.late = &late{seq: seqOf(resp)}
	}
	l.granted(resp)
	body := BodyOf(resp)
	if body == nil {
		body = inv.early
	}
	if body != nil {
		l.theirs = body
	}
	l.tell(OfferEnded{Status: resp.StatusCode, Body: body})
	l.nextOffer()
}

// offerRefused takes the last word on a re-INVITE of ours when it is no 2xx.
func (l *Leg) offerRefused(inv *invite, o outcome) {
	l.stop(clockC)
	l.stop(clockCancel)
	l.invite = nil
	q := l.queued
	if l.phase != talking {
		return
	}
	if o.status == 491 && q != nil && q.glare < maxGlare && !inv.cancelWanted {
		q.glare++
		l.start(clockGlare, l.glareWait())
		return
	}
	if q != nil && !inv.cancelWanted && l.keeper.raise(o.resp) {
		l.nextOffer()
		return
	}
	l.queued = nil
	l.tell(OfferEnded{Status: o.status})
	if o.status == 481 || o.status == 408 && !inv.cancelWanted {
		l.lost(o.status)
		return
	}
}

// glareWait is how long to wait after 491: the side that made the Call-ID waits 2.1 to 4 s, the other up to 2 s, in steps of 10 ms
// (RFC 3261 section 14.1).
func (l *Leg) glareWait() time.Duration {
	const step = 10 * time.Millisecond
	if l.outbound {
		return 2100*time.Millisecond + time.Duration(rand.N(191))*step //nolint:gosec // nobody gains by guessing it
	}
	return time.Duration(rand.N(201)) * step //nolint:gosec // nobody gains by guessing it
}

// AnswerOffer accepts the peer's re-INVITE, or the offer in an UPDATE or a PRACK.
func (l *Leg) AnswerOffer(body *message.Body) error {
	a := l.asked
	if a == nil {
		return fmt.Errorf("answer offer: %w", ErrNotNow)
	}
	l.asked = nil
	r := a.tx.Request()
	if offer := BodyOf(r); offer != nil {
		l.theirs = offer
		if l.phase == trying {
			a.dialog.early = offer
		}
	}
	if body != nil {
		l.ours = body
	}
	switch string(r.Method) {
	case "UPDATE":
		a.dialog.refresh(r)
		l.end.Respond(a.tx, 200, body, append(l.contactIn(a.dialog), l.grants(r)...)...)
		l.nextOffer()
		return nil
	case "PRACK":
		l.end.Respond(a.tx, 200, body)
		l.nextOffer()
		return nil
	default:
		l.dialog.refresh(r)
	}
	l.send2xx(&accepted{tx: a.tx, seq: seqOf(a.tx.Request()), offer: !a.offered}, body)
	return nil
}

// RefuseOffer refuses it; the session goes on as before.
func (l *Leg) RefuseOffer(status int, warning string) error {
	a := l.asked
	if a == nil || status < 300 || status > 699 {
		return fmt.Errorf("refuse offer: %w", ErrNotNow)
	}
	l.asked = nil
	l.respond(a.tx, status, l.end.Warning(warning)...)
	l.nextOffer()
	return nil
}

// dropAsked answers a request that waits for the owner and will not hear from it: 487.
func (l *Leg) dropAsked() {
	if l.asked != nil {
		l.respond(l.asked.tx, 487)
		l.asked = nil
	}
}

// peerOffer takes a re-INVITE or an UPDATE of the peer, in one of its dialogs.
func (l *Leg) peerOffer(tx Server, d *dialog) {
	r := tx.Request()
	body := BodyOf(r)
	early := l.phase == trying
	switch {
	case l.phase == talking && l.keeper.TooShort(r) != nil:
		l.respond(tx, 422, l.keeper.TooShort(r))
	case r.Method == gosip.UPDATE && body == nil: // only refreshes the target, and the session timer
		d.refresh(r)
		extra := l.contactIn(d)
		if !early {
			extra = append(extra, l.grants(r)...)
		}
		l.end.Respond(tx, 200, nil, extra...)
	case l.asked != nil, early && r.Method == gosip.INVITE, l.unanswered(): // RFC 3261 section 14.2, RFC 3311 section 5.2: one offer after the other
		l.respond(tx, 500, RetryAfter(time.Duration(rand.N(10))*time.Second)) //nolint:gosec // nobody gains by guessing it
	case body != nil && body.Type != sdpType:
		l.respond(tx, 415, gosip.NewHeader("Accept", sdpType))
	case !bool(l.settled()), early && !l.openTo(d): // an offer of ours is open: glare
		l.respond(tx, 491)
	default:
		l.asked = &asked{tx: tx, offered: body != nil, dialog: d}
		o := Offered{Body: body}
		if l.setup != nil {
			o.Tag = d.remoteTag
		}
		l.tell(o)
	}
}
