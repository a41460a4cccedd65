package overip

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/sms"
	"tandem/sip"
	"tandem/sip/message"
)

// Carry implements messaging.Carrier: it sends a message to a handset, or to the operator's centre in a handset's name.
func (l *Link) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	units, refused := l.units(d)
	if refused != "" {
		return messaging.Outcome{Delivery: d.ID, Result: messaging.ResultFailed, Reason: refused}
	}
	var ids []string
	for i := l.reached(d.ID); i < len(units); i++ {
		end := l.send(ctx, d, units[i])
		out, done := outcomeOf(end)
		if !done {
			out.Delivery = d.ID
			if out.Result == messaging.ResultFailed {
				l.forget(d.ID)
			}
			return out
		}
		l.reach(d.ID, i+1)
		ids = append(ids, l.nameIn(d, units[i], end))
	}
	l.forget(d.ID)
	if d.Channel == messaging.ChannelNative {
		return messaging.Outcome{Delivery: d.ID, Result: messaging.ResultDelivered}
	}
	return messaging.Outcome{Delivery: d.ID, Result: messaging.ResultSent, IDs: ids}
}

// unit is one RP-DATA to send.
type unit struct {
	octets []byte // the TPDU; of what goes on unchanged the whole RP message
	whole  bool
}

// units makes the units of a delivery, or says why there are none.
func (l *Link) units(d *messaging.Delivery) ([]unit, messaging.Reason) {
	switch {
	case d.Channel != messaging.ChannelNative && d.Channel != messaging.ChannelNetwork:
		return nil, messaging.ReasonNoRoute
	case d.Channel == messaging.ChannelNetwork && l.centre.uri == "":
		return nil, messaging.ReasonNoRoute
	case d.Raw != nil && d.Raw.Kind == "rp":
		return []unit{{d.Raw.Raw, true}}, ""
	}
	m, err := planOf(d)
	if err != nil {
		return nil, messaging.ReasonRejected
	}
	all := make([]unit, len(m.Segments))
	for i, s := range m.Segments {
		data, err := sms.UserDataOf(m, s)
		if err != nil {
			return nil, messaging.ReasonRejected
		}
		var u sms.TPDU = &sms.Deliver{From: sender(d.From), At: d.Created.UTC(), Data: data, More: i+1 < len(m.Segments)}
		if d.Channel == messaging.ChannelNetwork {
			u = &sms.Submit{
				Reference: byte(d.ID + int64(i)), To: sms.AddressOf(string(d.To)), Validity: sms.Validity{For: max(time.Until(d.Until), time.Minute)}, //nolint:gosec // it goes round
				Data: data, Report: d.Receipt, NoRepeats: d.Try > 1,
			}
		}
		if all[i].octets, err = u.Append(nil); err != nil {
			return nil, messaging.ReasonUnknownNumber // nothing else in it can be wrong
		}
	}
	return all, ""
}

// planOf makes the segments of a delivery: of one that is not a text of ours, the one that came.
func planOf(d *messaging.Delivery) (sms.Message, error) {
	if d.Raw == nil {
		return sms.Plan(d.Body, sms.Options{Reference: d.Concat}) //nolint:wrapcheck // the reason alone goes on
	}
	s := sms.Segment{Octets: d.Raw.Octets}
	if p := d.Raw.Part; p.Total > 0 {
		s.Concat = sms.Concat{Reference: uint16(p.Reference), Wide: p.Reference > 255, Total: p.Total, Number: p.Number} //nolint:gosec // 8 or 16 bits
		s.Header = sms.Header{s.Concat.Element()}.Bytes()
	}
	return sms.Message{Coding: sms.Coding(d.Raw.Coding), Segments: []sms.Segment{s}}, nil
}

// sender is who a handset is told that a message is from. What no handset can show of a name is left out.
func sender(a messaging.Address) sms.Address {
	const longest = 11
	s := sms.AddressOf(string(a))
	if s.Type != sms.Alphanumeric {
		return s
	}
	shown := strings.Map(func(r rune) rune {
		if len(sms.AppendGSM7(nil, r)) != 1 {
			return -1
		}
		return r
	}, s.Text)
	if runes := []rune(shown); len(runes) > longest {
		shown = string(runes[:longest])
	}
	s.Text = shown
	return s
}

// send has one unit taken.
func (l *Link) send(ctx context.Context, d *messaging.Delivery, u unit) ended {
	handset := d.To
	if d.Channel == messaging.ChannelNetwork {
		handset = d.From
	}
	id, x := l.begin(handset)
	defer l.finish(id)
	rp := sms.RP{Kind: sms.RPData, Way: sms.ToHandset, Reference: x.reference, From: l.centre.number, Unit: u.octets}
	if rp.From.Text == "" {
		rp.From = sms.AddressOf(string(handset)) // a handset wants one, and does nothing with it
	}
	if d.Channel == messaging.ChannelNetwork {
		rp.Way, rp.From, rp.To = sms.ToCentre, sms.Address{}, rp.From
	}
	b := u.octets
	if !u.whole {
		var err error
		if b, err = rp.Append(nil); err != nil {
			return ended{err: err}
		}
	}
	m := l.toHandset(handset, l.centre.party, b)
	if d.Channel == messaging.ChannelNetwork {
		m = l.toCentre(handset, b)
	}
	m.CallID = id
	return l.ask(ctx, m, x)
}

// toCentre is a MESSAGE to the operator's centre in the name of a subscriber, which the core takes for one of theirs (TS 24.229 section 5.7.3).
func (l *Link) toCentre(number messaging.Address, rp []byte) sip.Text {
	who := l.subscriber(number)
	return sip.Text{
		Trunk: l.cfg.Trunk, To: l.centre.party, From: who, Asked: l.centre.uri, Route: []string{l.cfg.Server + ";lr;orig"},
		Headers: []message.Field{identity(who), {Name: "P-Served-User", Value: "<sip:" + string(number) + "@" + l.cfg.Domain + ">;sescase=orig;regstate=reg"}},
		Body:    &message.Body{Type: contentType, Bytes: rp},
	}
}

// nameIn is how a status report will name a segment that the centre took.
func (l *Link) nameIn(d *messaging.Delivery, u unit, end ended) string {
	var at time.Time
	if end.rp != nil {
		if t, err := end.rp.TPDU(); err == nil {
			if r, is := t.(*sms.SubmitReport); is {
				at = r.At
			}
		}
	}
	b := u.octets
	if u.whole {
		rp, _ := sms.ParseRP(b) // it was read when it came
		b = rp.Unit
	}
	if len(b) < 2 {
		return ""
	}
	return nameOf(d.From, d.To, b[1], at)
}

// outcomeOf is what an exchange comes to; done means that the segment was taken.
func outcomeOf(end ended) (out messaging.Outcome, done bool) {
	switch {
	case end.err != nil:
		return messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.ReasonNoRoute}, false
	case end.rp != nil && end.rp.Kind == sms.RPAck:
		return out, true
	case end.rp != nil:
		return outcomeOfCause(end.rp.Cause), false
	case end.answer.Status >= 300 && !end.answer.Doubt:
		return outcomeOfStatus(end.answer), false
	}
	return messaging.Outcome{Result: messaging.ResultUnknown, Reason: messaging.ReasonInDoubt}, false
}

func outcomeOfCause(c sms.Cause) messaging.Outcome {
	reason := messaging.Reason("rp_" + strconv.Itoa(int(c)))
	switch {
	case c == sms.CauseMemoryFull:
		return messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.ReasonMemoryFull}
	case c.IsTemporary():
		return messaging.Outcome{Result: messaging.ResultAgain, Reason: reason}
	case c == sms.CauseUnassigned, c == sms.CauseUnknown:
		return messaging.Outcome{Result: messaging.ResultFailed, Reason: messaging.ReasonUnknownNumber}
	}
	return messaging.Outcome{Result: messaging.ResultFailed, Reason: reason}
}

// outcomeOfStatus reads a refusal of the core or the handset. Whoever cannot be reached over IP may be reached by the next way.
func outcomeOfStatus(a sip.Answer) messaging.Outcome {
	out := messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.Reason("sip_" + strconv.Itoa(a.Status))}
	if a.RetryAfter > 0 {
		out.Again = time.Now().Add(a.RetryAfter)
	}
	switch a.Status {
	case 404, 408, 410, 430, 480, 604: // not there, or not registered for this
		out.Reason = messaging.ReasonAbsent
	case 400, 403, 405, 406, 415, 416, 420, 488, 501, 606:
		out.Result = messaging.ResultFailed
	}
	return out
}

// reached is how many segments of a delivery the other has from an earlier try. Forgotten, they are sent again, which a handset knows by their numbers.
func (l *Link) reached(id int64) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.progress[id]
}

func (l *Link) reach(id int64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for old := range l.progress {
		if len(l.progress) < mostProgress {
			break
		}
		delete(l.progress, old)
	}
	l.progress[id] = n
}

func (l *Link) forget(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.progress, id)
}
