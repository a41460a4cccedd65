package dialog

import (
	gosip "github.com/emiago/sipgo/sip"
)

// updatable is the early dialog in which an UPDATE may bring a new offer: the caller's, or of several the one that agreed last. Nil: there is none (RFC 3311
// section 5.1).
func (l *Leg) updatable() *dialog {
	switch {
	case l.phase != trying:
		return nil
	case l.waiting != nil:
		if l.agreed() && l.dialog.update && l.reliable.final == nil {
			return l.dialog
		}
		return nil
	}
	var found *dialog
	for _, d := range l.early {
		if d.agreed && d.update && (found == nil || d.turn > found.turn) {
			found = d
		}
	}
	return found
}

// openTo says whether the first offer of an early dialog has its answer, so that the peer may make another one.
func (l *Leg) openTo(d *dialog) (is bool) {
	if l.waiting != nil {
		return l.agreed()
	}
	return d.agreed
}

// unanswered says whether the caller's own offer waits for our answer: it may make no other (RFC 3311 section 5.2).
func (l *Leg) unanswered() (is bool) {
	return l.waiting != nil && l.waiting.offered && !l.agreed()
}

// sendUpdate sends an offer of ours before the 2xx.
func (l *Leg) sendUpdate(q *queued) {
	d := l.updatable()
	if d == nil {
		return // it waits for the 2xx, and becomes a re-INVITE
	}
	l.updating = q
	l.ask(d, request{method: gosip.UPDATE, body: q.body, done: func(o outcome) { l.updated(d, q, o) }})
}

// updated takes the last word on it.
func (l *Leg) updated(d *dialog, q *queued, o outcome) {
	l.updating = nil
	if l.phase == ended || l.goodbye != 0 || d != l.dialog && l.early[d.remoteTag] != d {
		return // the early dialog has gone with its fork
	}
	if o.status == 491 && q.glare < maxGlare {
		q.glare++
		l.start(clockGlare, l.glareWait())
		return
	}
	if l.queued == q {
		l.queued = nil
	}
	e := OfferEnded{Status: o.status}
	if o.status < 300 {
		d.refresh(o.resp)
		l.ours = q.body
		if e.Body = BodyOf(o.resp); e.Body != nil {
			l.theirs, d.early = e.Body, e.Body
		}
	}
	l.tell(e)
	l.nextOffer()
}
