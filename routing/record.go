package routing

import (
	"log/slog"
)

// settle closes the record, but for what the wire still adds: how the call ended, and who must hear that they missed it.
func (c *call) settle() {
	c.rec.Status = "ended"
	c.settleOutcome()
	c.sw.log.Info("call ended",
		slog.String("call_id", string(c.id)), slog.Any("cause", c.rec.Cause), slog.Any("number", E164(c.rec.From)))
}

// settleOutcome says how the call ended; a voicemail that is complete only now changes it.
func (c *call) settleOutcome() {
	c.rec.Outcome = outcomeOf(&c.rec)
	c.rec.Missed = Missed(&c.rec)
	c.rec.Notified = nil
	if c.mustNotify() {
		c.rec.Notified = c.assigned()
	}
}

// outcomeOf reads how a call ended from its record (API call object).
func outcomeOf(r *CallRecord) Outcome {
	switch {
	case !r.AnsweredAt.IsZero():
		return OutcomeAnswered
	case r.Voicemail != nil:
		return OutcomeVoicemail
	case r.Cause.SIP == statusNotAcceptable || r.Cause.SIP == 415 || r.Cause.SIP == statusBadRequest || r.Cause.SIP == statusServerError:
		return OutcomeFailed
	case r.Direction == Inbound:
		return inboundOutcome(r)
	case r.EndedBy == "caller":
		return OutcomeCancelled
	}
	return outcomeOfStatus(r.Cause.SIP)
}

// inboundOutcome tells a call that was missed from one whose caller left before anybody could be rung.
func inboundOutcome(r *CallRecord) Outcome {
	rung, ringTo := rungIn(r)
	switch {
	case rung || ringTo:
		return OutcomeMissed
	case r.EndedBy == "caller":
		return OutcomeAbandoned
	}
	return OutcomeMissed
}

// outcomeOfStatus reads the final failure of a call out, or inside.
func outcomeOfStatus(status int) Outcome {
	switch status {
	case statusBusy, statusBusyEverywhere:
		return OutcomeBusy
	case 401, statusForbidden, 407, statusDecline, 607, 608:
		return OutcomeRejected
	case statusTimeout, statusUnavailable, statusTerminated:
		return OutcomeMissed
	}
	return OutcomeFailed
}

// mustNotify says whether everybody of the number hears of this call (SPEC L11, X12): one that nobody answered, or that an extension did not.
func (c *call) mustNotify() bool {
	if c.rec.Direction != Inbound {
		return false
	}
	switch c.rec.Outcome {
	case OutcomeMissed, OutcomeAbandoned:
		return true
	case OutcomeVoicemail:
		return c.rec.ByExt
	case OutcomeAnswered, OutcomeBusy, OutcomeRejected, OutcomeFailed, OutcomeCancelled:
	}
	return false
}

// assigned lists who is assigned to the number that was called.
func (c *call) assigned() []UserID {
	snap := c.sw.dir.Snapshot()
	if n := c.sw.numberByID(snap, c.rec.NumberID, c.account); n != nil {
		return snap.assigned(n)
	}
	return nil
}

// finish hands the record to the ledger, once.
func (c *call) finish() {
	if c.linger.recorded {
		return
	}
	c.linger.recorded = true
	c.sw.counters.ended(c.rec.Direction, c.rec.Outcome)
	c.clocks.stop(clockRecord, 0)
	c.rec.Legs = make([]LegRecord, 0, len(c.legs))
	for _, l := range c.inOrder() {
		if !l.isHeir() {
			c.rec.Legs = append(c.rec.Legs, l.rec)
		}
		c.rec.Ladder = append(c.rec.Ladder, c.sw.ladder.take(l.rec.SIPCallID, l.rec.ID)...)
	}
	sortLadder(c.rec.Ladder)
	c.rec.hideDigits()
	if err := c.sw.ledger.Finish(&c.rec); err != nil {
		c.sw.log.Error("call is not in the ledger", slog.String("call_id", string(c.id)), slog.Any("err", err))
	}
}
