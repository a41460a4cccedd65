package bysip

import (
	"context"
	"errors"
	"hash/fnv"
	"strconv"

	"tandem/messaging"
	"tandem/sip"
	"tandem/sip/message"
)

// phone carries messages to the bindings of one AOR.
type phone struct {
	*Phones

	aor message.AOR
}

// Carry implements messaging.Carrier: the message goes to every place where the phone is registered, and is delivered when one of them has it. Where one may have
// it, it is sent again all the same: a phone that was switched off a moment ago is the usual case, and by its Call-ID another knows the repeat.
func (p *phone) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	contacts := p.Wire.Contacts(p.aor)
	answers := make(chan sip.Answer, len(contacts))
	for _, c := range contacts {
		err := p.Wire.SendMessage(sip.Text{
			Contact: c, From: message.Party{User: string(d.From)}, Body: plain(d.Body), CallID: callID(d, c),
			Headers: []message.Field{{Name: "P-Called-Party-ID", Value: "<tel:" + string(d.To) + ">"}}, // which of the user's numbers it was sent to (RFC 7315 section 4.2)
		}, func(a sip.Answer) { answers <- a })
		if err != nil {
			answers <- unsent(err)
		}
	}
	worst := messaging.Outcome{Delivery: d.ID, Result: messaging.ResultAgain, Reason: messaging.ReasonAbsent}
	refused := 0
	for range contacts {
		select {
		case <-ctx.Done():
			worst.Repeat = true
			return worst
		case <-p.over:
			worst.Repeat = true
			return worst
		case a := <-answers:
			out := outcome(a)
			switch out.Result {
			case messaging.ResultSent, messaging.ResultDelivered:
				return messaging.Outcome{Delivery: d.ID, Result: messaging.ResultDelivered}
			case messaging.ResultFailed:
				refused++
				worst.Reason = out.Reason
			case messaging.ResultUnknown, messaging.ResultAgain, messaging.ResultBack:
				worst.Repeat = worst.Repeat || a.Doubt
				worst.Again = out.Again
			}
		}
	}
	if refused > 0 && refused == len(contacts) {
		worst.Result = messaging.ResultFailed
	}
	return worst
}

// unsent is the answer that stands for a MESSAGE that could not be written: what has no form that SIP takes never will, and what has no way may have one later.
func unsent(err error) sip.Answer {
	if errors.Is(err, sip.ErrBadParty) || errors.Is(err, sip.ErrBadHeader) {
		return sip.Answer{Status: 400}
	}
	return sip.Answer{Status: 503}
}

// callID is the same for a delivery to a binding at each try.
func callID(d *messaging.Delivery, c sip.Contact) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(c.URI)) // a hash takes all
	return string(d.Message) + "-" + strconv.FormatInt(d.ID, 10) + "-" + strconv.FormatUint(uint64(h.Sum32()), 16)
}
