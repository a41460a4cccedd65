package bysmpp

import (
	"context"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
)

// receipt hands to the desk what an SMSC says of a message.
func (l *line) receipt(ctx context.Context, b *smpp.Bind, m *smpp.SM) smpp.Status {
	r, err := smpp.ReadReceipt(m)
	if err != nil {
		l.complain(ctx, b, "a receipt that cannot be read", err)
		return smpp.ROK // Sent again it would say no more.
	}
	out := messaging.Receipt{Connector: l.cfg.Connector, IDs: r.IDs, At: time.Now()}
	out.From, _ = addressOf(m.Source)
	out.To, _ = addressOf(m.Destination)
	out.State, out.Reason = stateOf(r)
	if err = l.cfg.Desk.Receipt(ctx, out); err != nil {
		l.complain(ctx, b, "a receipt could not be kept", err)
		return l.later()
	}
	return smpp.ROK
}

// stateOf is what a receipt says, and why.
func stateOf(r *smpp.Receipt) (messaging.State, messaging.Reason) {
	switch r.State {
	case smpp.StateDelivered:
		return messaging.StateDelivered, ""
	case smpp.StateExpired:
		return messaging.StateFailed, messaging.ReasonExpired
	case smpp.StateUndeliverable, smpp.StateDeleted, smpp.StateSkipped:
		return messaging.StateFailed, messaging.ReasonUndeliverable
	case smpp.StateRejected:
		return messaging.StateFailed, messaging.ReasonRejected
	case smpp.StateScheduled, smpp.StateEnroute, smpp.StateAccepted, smpp.StateUnknown:
	}
	return messaging.StateSent, ""
}
