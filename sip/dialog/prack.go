package dialog

import (
	"fmt"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Reliable says how an INVITE of ours wants its provisional responses (RFC 3262 section 4).
type Reliable int

// The ways.
const (
	ReliableOffered  Reliable = iota // the peer may send them reliably; an INVITE without an offer does not say so, for its owner may have no answer yet
	ReliableRequired                 // it has to
	ReliableLate                     // as offered, also without an offer of ours: the owner answers an EarlyOffered by AnswerEarly
	ReliableOff                      // nobody says anything of it
)

// fields are the option tags that the INVITE names.
func (s *setup) fields() (offers, requires string) {
	offers = extTimer + ", " + extReplaces + ", " + extNoReferSub
	if s.Refresh.off() {
		offers = extReplaces + ", " + extNoReferSub
	}
	switch s.Reliable {
	case ReliableOffered:
		if s.Offer == nil {
			return offers, ""
		}
	case ReliableRequired:
		requires = ext100rel
	case ReliableLate:
	case ReliableOff:
		return offers, ""
	}
	return ext100rel + ", " + offers, requires
}

// rseqOf is the RSeq of a provisional response that wants to be acknowledged; 0 for every other one.
func rseqOf(r *gosip.Response) uint32 {
	if r.StatusCode <= 100 || r.StatusCode >= 200 || !message.Supports(r, "Require", ext100rel) {
		return 0
	}
	n, err := message.ParseRSeq(headerOf(r, "RSeq"))
	if err != nil {
		return 0
	}
	return n
}

// inOrder says whether a reliable response is the next one of its dialog: a repeat has been acknowledged, and one that overtook another waits for
// its own repeat (RFC 3262 section 4).
func (d *dialog) inOrder(rseq uint32) (is bool) {
	return rseq == 0 || d.rseq == 0 || rseq == d.rseq+1
}

// acknowledge sends the PRACK of a reliable response to the INVITE numbered seq; body is the answer to an offer that it carried.
func (l *Leg) acknowledge(d *dialog, seq uint32, body *message.Body) {
	rack := message.RAck{RSeq: d.rseq, CSeq: seq, Method: string(gosip.INVITE)}
	l.ask(d, request{
		method: gosip.PRACK, body: body, extra: []gosip.Header{gosip.NewHeader("RAck", rack.String())},
		done: func(o outcome) {
			if body != nil && o.status < 300 {
				l.agree(d)
			}
		},
	})
}

// earlyOffer is the peer's offer in a reliable provisional response, to an INVITE of ours that had none.
type earlyOffer struct {
	dialog *dialog
	seq    uint32 // of the INVITE
}

// AnswerEarly answers the offer of an EarlyOffered, in the PRACK (RFC 3262 section 5).
func (l *Leg) AnswerEarly(body *message.Body) error {
	o := l.offered
	if o == nil || body == nil || l.setup == nil {
		return fmt.Errorf("answer early: %w", ErrNotNow)
	}
	l.offered = nil
	l.ours = body
	l.acknowledge(o.dialog, o.seq, body)
	return nil
}

// prove acknowledges a reliable response whose turn it is. True: it carries an offer, which the owner has been told of and answers.
func (l *Leg) prove(inv *invite, d *dialog, resp *gosip.Response) (asks bool) {
	body := BodyOf(resp)
	d.rseq = rseqOf(resp)
	switch {
	case body == nil:
	case inv.offered:
		l.agree(d)
	case !d.agreed && l.setup != nil && l.setup.Reliable == ReliableLate:
		l.offered = &earlyOffer{dialog: d, seq: seqOf(resp)}
		l.tell(EarlyOffered{Status: resp.StatusCode, Tag: d.remoteTag, Body: body, Head: Head{resp}})
		return true
	}
	l.acknowledge(d, seqOf(resp), nil)
	return false
}

// agree notes that the first offer of an early dialog has its answer.
func (l *Leg) agree(d *dialog) {
	if !d.agreed {
		l.turns++
		d.agreed, d.turn = true, l.turns
	}
}
