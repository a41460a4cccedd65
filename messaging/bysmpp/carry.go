package bysmpp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

// Carry implements messaging.Carrier: it submits, or delivers to a program, segment by segment.
func (l *line) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	out := messaging.Outcome{Delivery: d.ID}
	units, err := l.units(d)
	if err != nil {
		out.Result, out.Reason = messaging.ResultFailed, messaging.ReasonRejected
		return out
	}
	ids := l.progress.of(d.ID)
	for _, m := range units[min(len(ids), len(units)):] {
		answer, err := l.submit(ctx, m)
		if err != nil {
			l.failed(err)
			return l.outcome(d, out, err)
		}
		l.meter.count(time.Now())
		ids = append(ids, answer.MessageID)
		l.progress.reached(d.ID, ids)
	}
	l.progress.forget(d.ID)
	if d.Channel == messaging.ChannelAPI {
		out.Result = messaging.ResultDelivered // The program has it.
		return out
	}
	out.Result, out.IDs = messaging.ResultSent, named(ids)
	return out
}

// named takes away ids that name nothing.
func named(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		if all := smpp.MessageIDs(id); len(all) > 0 {
			out[i] = all[0]
		}
	}
	return out
}

// outcome is what an error means for a delivery.
func (l *line) outcome(d *messaging.Delivery, out messaging.Outcome, err error) messaging.Outcome {
	if _, doubt := errors.AsType[*smpp.InDoubtError](err); doubt {
		out.Result = messaging.ResultUnknown
		return out
	}
	if refused, is := errors.AsType[*smpp.RefusedError](err); is {
		out.Reason = messaging.Reason(fmt.Sprintf("smpp_0x%08x", uint32(refused.Status)))
		if !refused.Temporary() {
			l.progress.forget(d.ID)
			out.Result = messaging.ResultFailed
			return out
		}
		out.Result, out.Again = messaging.ResultAgain, time.Now().Add(refused.Again)
		return out
	}
	for _, none := range []error{smpp.ErrNoBind, smpp.ErrGone, smpp.ErrLeaving, smpp.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, none) {
			out.Result = messaging.ResultBack
			return out
		}
	}
	l.progress.forget(d.ID)
	out.Result, out.Reason = messaging.ResultFailed, messaging.ReasonRejected // It cannot be written in SMPP.
	return out
}

// units are the PDUs of a delivery.
func (l *line) units(d *messaging.Delivery) ([]*smpp.SM, error) {
	if d.Raw != nil {
		if m, is := l.unchanged(d); is {
			return []*smpp.SM{m}, nil
		}
	}
	plan, err := sms.Plan(d.Body, sms.Options{Reference: d.Concat, Long: l.cfg.Long, Standard: l.cfg.Default})
	if err != nil {
		return nil, err
	}
	out := make([]*smpp.SM, len(plan.Segments))
	for i, s := range plan.Segments {
		m := l.envelope(d)
		m.DataCoding = sms.DataCoding(plan.Coding, l.cfg.Default)
		if len(s.Header) > 0 {
			m.ESMClass |= smpp.FeatureUDHI
		}
		m.SetOctets(s.UserData())
		if l.cfg.Long == sms.LongSAR && s.Concat.Total > 1 {
			m.SetSAR(smpp.SAR{Reference: s.Concat.Reference, Total: uint8(s.Concat.Total), Number: uint8(s.Concat.Number)}) //nolint:gosec // 1 to 255.
		}
		out[i] = m
	}
	return out, nil
}

// envelope is a PDU without what it says.
func (l *line) envelope(d *messaging.Delivery) *smpp.SM {
	m := &smpp.SM{Command: smpp.SubmitSM, ServiceType: l.cfg.ServiceType, Source: addressFor(d.From), Destination: addressFor(d.To)}
	if l.smsc {
		m.Command = smpp.DeliverSM
	}
	if d.Receipt {
		m.Registered = smpp.ReceiptFinal
	}
	return m
}

// unchanged is a PDU that says what came, as it came; false: it came by something else than SMPP.
func (l *line) unchanged(d *messaging.Delivery) (*smpp.SM, bool) {
	var class, coding uint8
	if n, err := fmt.Sscanf(d.Raw.Kind, "smpp:%d:%d", &class, &coding); n != 2 || err != nil {
		return nil, false
	}
	m := l.envelope(d)
	m.ESMClass = smpp.ESMClass(class) & (smpp.FeatureUDHI | smpp.FeatureReplyPath)
	m.DataCoding = coding
	m.SetOctets(d.Raw.Raw)
	return m, true
}
