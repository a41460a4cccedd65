package dialog

import (
	"fmt"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Inbound is an INVITE that came in, as its leg takes it.
type Inbound struct {
	Tx      Server
	Roaming Roaming
	Auth    Authorizer // nil answers no challenge
	Refresh Refresh
}

// waiting is a caller that has no final response yet.
type waiting struct {
	tx      Server
	seq     uint32
	offered bool // the INVITE carried an offer
	carried []message.Field
}

// Inbound makes the leg of an INVITE outside any dialog.
func (e *Endpoint) Inbound(in Inbound, sink Sink, ref Ref) *Leg {
	r := in.Tx.Request()
	flow := in.Tx.Flow()
	l := &Leg{
		gone: new(atomic.Bool), end: e, sink: sink, ref: ref, auth: in.Auth, phase: trying, call: callIDOf(r),
		dialog:  e.dialogFromRequest(r, Back(flow), in.Roaming),
		waiting: &waiting{tx: in.Tx, seq: seqOf(r), offered: len(r.Body()) > 0},
		en:      &entry{tag: toTag(r), callID: callIDOf(r), sink: sink, ref: ref},

		reliable: reliableOf(r), theirs: BodyOf(r), keeper: keeper{Refresh: in.Refresh},
	}
	l.en.watch(Back(flow))
	e.Table.add(l.en)
	return l
}

// Ring sends a provisional response to the caller: 180 without, 183 with early media. Only on an inbound leg. It is sent reliably where the caller requires
// that, or where it has a body and the caller can acknowledge it (RFC 3262 section 3); then the body of a later one, and of the Answer, is left out.
func (l *Leg) Ring(status int, body *message.Body) error {
	if p := l.reliable; p != nil && body != nil && l.mayRing(status) {
		return l.ringReliably(status, body)
	}
	return l.RingPlainly(status, body)
}

// RingPlainly is Ring for whoever cannot say yet that the body is the last word: it is sent reliably only where the caller requires that.
func (l *Leg) RingPlainly(status int, body *message.Body) error {
	if !l.mayRing(status) {
		return fmt.Errorf("ring: %w", ErrNotNow)
	}
	if p := l.reliable; p != nil && p.required {
		return l.ringReliably(status, body)
	}
	if p := l.reliable; p != nil && p.asked {
		body = nil
	}
	tx := l.waiting.tx
	r := l.end.Response(tx.Request(), status, body, append(l.contact(), l.waiting.carry()...)...)
	if err := tx.Respond(r); err != nil {
		return fmt.Errorf("ring: %w", err)
	}
	return nil
}

// mayRing says whether a provisional response may be sent now.
func (l *Leg) mayRing(status int) (may bool) {
	return l.waiting != nil && status > 100 && status < 200 && (l.reliable == nil || l.reliable.final == nil)
}

// contact is what a response that makes or refreshes a dialog carries (RFC 3261 section 12.1.1).
func (l *Leg) contact() []gosip.Header { return l.contactIn(l.dialog) }

func (l *Leg) contactIn(d *dialog) []gosip.Header {
	return []gosip.Header{
		&gosip.ContactHeader{Address: l.end.Contact(d.target)}, gosip.NewHeader("Allow", Allow), gosip.NewHeader("Supported", supported),
	}
}

// Answer sends 200 to the caller with our answer, or with our offer when the INVITE had none. It is repeated until ACK. While a provisional response with a
// body has no PRACK, it waits for that.
func (l *Leg) Answer(body *message.Body) error {
	if l.waiting == nil || l.reliable != nil && l.reliable.final != nil {
		return fmt.Errorf("answer: %w", ErrNotNow)
	}
	if l.unproved() {
		l.reliable.final = &final{body}
		return nil
	}
	l.accept2xx(body)
	return nil
}

// accept2xx answers the INVITE.
func (l *Leg) accept2xx(body *message.Body) {
	w := l.waiting
	l.answered()
	l.phase = talking
	l.end.Table.settled(l.en)
	ours := !w.offered
	if l.agreed() {
		body, ours = nil, false // RFC 3261 section 13.2.1: what was agreed before stands
	}
	l.send2xx(&accepted{tx: w.tx, seq: w.seq, first: true, offer: ours}, body, w.carry()...)
	l.nextOffer()
}

// Reject sends a final failure to the caller. warning, when not empty, goes out as Warning 399 (RFC 3261 section 20.43).
func (l *Leg) Reject(status int, reason message.Reason, warning string) error {
	if l.waiting == nil || status < 300 || status > 699 {
		return fmt.Errorf("reject: %w", ErrNotNow)
	}
	tx, carried := l.waiting.tx, l.waiting.carry()
	l.answered()
	l.phase = ended
	l.dropAsked()
	l.end.Respond(tx, status, nil, append(append(l.end.Warning(warning), reasonHeader(reason)...), carried...)...)
	l.tidy()
	return nil
}

// giveUp takes a CANCEL, or the end of the connection that the caller waits on.
func (l *Leg) giveUp(e *gaveUp) {
	if a := l.asked; a != nil && a.tx.Request().Method == gosip.INVITE && seqOf(a.tx.Request()) == e.seq {
		l.asked = nil // a re-INVITE was cancelled: the session stays as it is
		l.respond(a.tx, 487)
		return
	}
	w := l.waiting
	if w == nil || e.seq != anySeq && e.seq != w.seq {
		return // our final response crossed the CANCEL: it has no effect (RFC 3261 section 9.2)
	}
	l.answered()
	l.phase = ended
	l.dropAsked()
	l.respond(w.tx, 487)
	l.tell(Cancelled{Reason: e.reason})
}

// accepted is a 2xx of ours to an INVITE, until its ACK. The transaction does not repeat it: that is for the one who knows the dialog
// (RFC 3261 section 13.3.1.4).
type accepted struct {
	tx       Server
	resp     *gosip.Response
	seq      uint32
	first    bool // to the first INVITE, not to a re-INVITE
	offer    bool // it carries our offer: the ACK must bring the answer
	interval time.Duration
	waited   time.Duration
}

func (l *Leg) send2xx(a *accepted, body *message.Body, extra ...gosip.Header) {
	if body != nil {
		l.ours = body
	}
	fields := append(l.contact(), l.grants(a.tx.Request())...)
	a.resp = l.end.Response(a.tx.Request(), 200, body, append(fields, extra...)...)
	a.interval = l.end.Timers.T1
	l.accepted = a
	_ = a.tx.Respond(a.resp) // lost, it is repeated
	l.start(clockRepeat, a.interval)
}

// repeat2xx sends the 2xx again, T1 doubling to T2; after 64*T1 without ACK the dialog is ended with a BYE.
func (l *Leg) repeat2xx() {
	a := l.accepted
	if a == nil {
		return
	}
	a.waited += a.interval
	if a.waited >= 64*l.end.Timers.T1 {
		l.accepted = nil
		if l.phase == talking {
			l.bye(message.Reason{Protocol: "SIP", Cause: 408, Text: "No ACK"}, EndedByTimeout)
		}
		return
	}
	_ = a.tx.Respond(a.resp) // lost, it is repeated
	a.interval = min(2*a.interval, l.end.Timers.T2, 64*l.end.Timers.T1-a.waited)
	l.start(clockRepeat, a.interval)
}

// ack takes the ACK of a 2xx of ours.
func (l *Leg) ack(r *gosip.Request) {
	a := l.accepted
	if a == nil || seqOf(r) != a.seq || fromTag(r) != l.dialog.remoteTag {
		return // a repeat of one that we have
	}
	l.stop(clockRepeat)
	l.accepted = nil
	if l.goodbye != 0 { // hung up before the ACK came: RFC 3261 section 15 made the BYE wait for it
		l.bye(l.reason, l.goodbye)
		return
	}
	var body *message.Body
	if a.offer {
		if body = BodyOf(r); body != nil {
			l.theirs = body
		}
	}
	switch {
	case a.first:
		l.tell(Confirmed{Body: body})
	case a.offer:
		l.tell(OfferConfirmed{Body: body})
	}
	l.nextOffer()
}
