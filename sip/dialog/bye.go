package dialog

import (
	"fmt"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Hangup ends the leg as its state asks: CANCEL as soon as a 1xx allows it, a final failure on an unanswered inbound leg, BYE in a
// dialog; a 2xx that crosses our CANCEL is acknowledged and ended. An unanswered caller gets 603, or the reason's own SIP cause where
// that is a failure (487 among them). An outbound leg that was not answered still tells Failed with the final response to its INVITE
// (487 as a rule), or Ended when a 2xx crossed the CANCEL. A leg that has ended already stays so.
func (l *Leg) Hangup(reason message.Reason) error {
	switch {
	case l.phase == ended, l.goodbye != 0:
		return nil
	case l.waiting != nil:
		status := 603
		if reason.Protocol == "SIP" && reason.Cause >= 400 && reason.Cause < 700 {
			status = reason.Cause
		}
		return l.Reject(status, reason, "")
	case l.setup != nil:
		l.callOff(reason)
		return nil
	case l.phase != talking:
		return fmt.Errorf("hang up: %w", ErrNotNow)
	}
	l.bye(reason, EndedByUs)
	return nil
}

// callOff stops an INVITE of ours that has no final response.
func (l *Leg) callOff(reason message.Reason) {
	inv := l.invite
	if inv == nil { // its servers are still being looked for: nothing was sent
		l.phase = ended
		l.tidy()
		return
	}
	if inv.cancelWanted {
		return
	}
	inv.cancelWanted, inv.reason = true, reason
	l.cancel(inv) // waits for a 1xx (RFC 3261 section 9.1); without any, Timer B ends the INVITE
}

// bye ends the dialog from our side. After a 2xx of ours it waits for the ACK (RFC 3261 section 15).
func (l *Leg) bye(reason message.Reason, by Ender) {
	l.goodbye, l.reason = by, reason
	if l.accepted != nil {
		return
	}
	if l.late != nil { // an offer that nobody will answer: the ACK is due all the same
		l.sendAck(l.late.seq, nil)
		l.late = nil
	}
	l.closeOpen()
	l.phase = ended
	l.ask(l.dialog, request{method: gosip.BYE, extra: reasonHeader(reason), done: func(outcome) {
		l.over(by, reason)
	}})
}

// over tells the owner, once, that the dialog has ended.
func (l *Leg) over(by Ender, reason message.Reason) {
	if l.goodbye == told {
		return
	}
	l.goodbye = told
	l.phase = ended
	l.tell(Ended{Reason: reason, By: by})
}

// told marks that Ended has been told.
const told Ender = -1

// closeOpen ends what was going on inside the dialog: a re-INVITE of ours is cancelled, requests that wait for the owner are answered.
func (l *Leg) closeOpen() {
	l.stop(clockGlare)
	l.stop(clockRepeat)
	l.stop(clockRefresh)
	l.stop(clockExpiry)
	l.queued = nil
	if inv := l.invite; inv != nil && !inv.cancelWanted {
		inv.cancelWanted = true
		l.cancel(inv)
	}
	l.dropAsked()
	if l.refer != nil {
		l.respond(l.refer, 481)
		l.refer = nil
	}
}

// peerBye takes the peer's BYE. It is answered even when ours is on its way, so that neither side waits.
func (l *Leg) peerBye(tx Server, reason message.Reason) {
	l.respond(tx, 200)
	switch {
	case l.waiting != nil: // a caller may end its early dialog by BYE (RFC 3261 section 15)
		w := l.waiting
		l.answered()
		l.phase = ended
		l.dropAsked()
		l.respond(w.tx, 487)
		l.tell(Cancelled{Reason: reason})
	case l.phase == talking:
		if l.late != nil {
			l.sendAck(l.late.seq, nil)
			l.late = nil
		}
		l.accepted = nil // it heard our 2xx, or does not care any more
		l.closeOpen()
		l.over(EndedByPeer, reason)
	}
}

// lost ends a dialog that the peer does not know any more (RFC 3261 section 12.2.1.2: 481 or 408 to a request inside it).
func (l *Leg) lost(status int) {
	if l.phase != talking || l.goodbye != 0 {
		return
	}
	l.bye(message.Reason{Protocol: "SIP", Cause: status, Text: message.Phrase(status)}, EndedByTimeout)
}
