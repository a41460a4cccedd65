package sim

import (
	"errors"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// decision is what whoever holds a handset does with a call that rings.
type decision int

const (
	undecided decision = iota
	answers
	rejects
)

// Answer takes the call that rings.
func (t *Talk) Answer() error { return t.tell(func() { t.decided = answers }) }

// Reject declines the call that rings.
func (t *Talk) Reject() error { return t.tell(func() { t.decided = rejects }) }

func q850(cause int) message.Reason { return message.Reason{Protocol: "Q.850", Cause: cause} }

// caller is the number that a handset shows.
func caller(a *sip.Attempt) string {
	switch {
	case a.Private:
		return "anonymous"
	case len(a.Asserted) > 0:
		return a.Asserted[0].User
	}
	return a.From.User
}

// rings is a call that reaches the handset, or does not: each case as it was measured on a real network.
func (h *Handset) rings(p *party, a *sip.Attempt) {
	timing := h.core.cfg.Timing
	t := newTalk(p, caller(a), true)
	defer t.over()
	switch err := h.begin(t); {
	case err == nil:
		h.end(t, h.alert(t, a))
	case errors.Is(err, ErrOff):
		if !h.core.deflects(p, a, WhenOff) && p.wait(timing.Off) == nil {
			p.note(p.leg.Reject(480, q850(18), ""))
		}
	case errors.Is(err, ErrNoCoverage):
		if p.wait(timing.NoCoverage) == nil {
			p.note(p.leg.Reject(502, q850(27), ""))
		}
	default:
		if !h.core.deflects(p, a, WhenBusy) && p.wait(timing.Busy) == nil {
			p.note(p.leg.Reject(486, q850(17), ""))
		}
	}
}

// alert rings the handset until something happens, and says how it is listed there; empty: not at all.
func (h *Handset) alert(t *Talk, a *sip.Attempt) ListedKind {
	p := t.p
	if p.wait(pick(h.core.dice, h.core.cfg.Timing.Paging)) != nil {
		return "" // given up before it rang
	}
	manner := h.core.Voicemail(WhenNoAnswer)
	if manner != AnswersUnrung {
		p.note(p.leg.Ring(180, nil))
	}
	t.set(func() { t.state = TalkRinging })
	h.set(func() { h.arrived = t })
	diverts := time.Now().Add(h.core.cfg.Timing.NoReply)
	for t.decided == undecided && !p.ended && p.ctx.Err() == nil {
		left := time.Minute
		if manner != NoVoicemail {
			left = time.Until(diverts)
		}
		if left <= 0 {
			h.end(t, ListedMissed)
			h.core.deflects(p, a, WhenNoAnswer)
			return ""
		}
		p.next(left)
	}
	return h.decide(t, a)
}

// decide does what was decided on.
func (h *Handset) decide(t *Talk, a *sip.Attempt) ListedKind {
	p := t.p
	switch {
	case p.ended:
		if gone, is := p.over.(dialog.Cancelled); is && gone.Reason.Protocol == "SIP" && gone.Reason.Cause == 200 {
			return "" // completed elsewhere: a handset lists no missed call then
		}
		return ListedMissed
	case t.decided == answers:
		if err := p.answer(a.Offer); err != nil {
			p.note(err)
			return ListedMissed
		}
		t.up()
		return ListedReceived
	case t.decided == rejects:
		h.core.wear(a.CallID, dress{phrase: "No session set by user"})
		p.note(p.leg.Reject(500, q850(16), ""))
		return ListedDeclined
	}
	return ""
}
