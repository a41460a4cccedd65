package messagingtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"tandem/messaging"
)

// row is a delivery.
type row struct {
	messaging.Delivery

	attempt int // its place among those of its message
	due     time.Time
	under   bool // way
	process int  // that has it under way
	lease   time.Time
	done    bool
	hurried bool // hastened while it was under way
}

// queueLocked makes the deliveries of a draft, and says on which routes.
func (m *Memory) queueLocked(d *messaging.Draft) (routes []messaging.Route) {
	msg := m.messages[d.Message.ID]
	for _, n := range d.Deliveries {
		m.nextDelivery++
		r := &row{due: d.Message.At, attempt: len(msg.Delivery), Delivery: messaging.Delivery{
			ID: m.nextDelivery, Message: msg.ID, Account: msg.Account, Channel: n.Channel, Route: n.Route, Lane: n.Lane, From: n.From, To: n.To, IMSI: n.IMSI,
			Body: msg.Body, Raw: n.Raw, Segments: msg.Segments, Concat: uint16(m.nextDelivery & 0xffff), Receipt: n.Receipt, Until: n.Until, Created: msg.At,
		}}
		m.rows[r.ID], m.open = r, append(m.open, r)
		msg.Delivery = append(msg.Delivery, messaging.Attempted{Channel: n.Channel, Connector: connectorOf(n.Route), State: messaging.StateAccepted, At: msg.At})
		if !slices.Contains(routes, n.Route) {
			routes = append(routes, n.Route)
		}
	}
	return routes
}

func connectorOf(r messaging.Route) messaging.ConnectorID {
	if strings.HasPrefix(string(r), "phone:") {
		return ""
	}
	return messaging.ConnectorID(r)
}

// Claim implements messaging.Store.
func (m *Memory) Claim(ctx context.Context, c messaging.Claim) (out []messaging.Delivery, err error) {
	err = m.turn(ctx, "claim", func() ([]messaging.Route, error) {
		routes := m.endsLocked(c.Ended)
		now := time.Now()
		blocked := map[string]bool{}
		for _, w := range m.open {
			if blocked[w.Lane] {
				continue
			}
			if w.Route != c.Route || w.under || w.due.After(now) || len(out) == c.Limit {
				blocked[w.Lane] = true
				continue
			}
			w.under, w.hurried, w.process, w.lease = true, false, m.process, now.Add(c.Lease)
			w.Try++
			m.messages[w.Message].Delivery[w.attempt].Tries = w.Try
			out = append(out, w.Delivery)
		}
		return routes, nil
	})
	return out, err
}

// End implements messaging.Store.
func (m *Memory) End(ctx context.Context, outcomes ...messaging.Outcome) error {
	return m.turn(ctx, "end", func() ([]messaging.Route, error) { return m.endsLocked(outcomes), nil })
}

func (m *Memory) endsLocked(outcomes []messaging.Outcome) (routes []messaging.Route) {
	for i := range outcomes {
		out := &outcomes[i]
		w := m.rows[out.Delivery]
		if w == nil || w.done || !w.under || w.process != m.process {
			continue
		}
		m.endLocked(w, out)
		routes = append(routes, w.Route)
	}
	if len(outcomes) > 0 {
		m.open = slices.DeleteFunc(m.open, func(w *row) bool { return w.done })
		m.matchLooseLocked()
	}
	return routes
}

// endLocked writes an outcome.
func (m *Memory) endLocked(w *row, out *messaging.Outcome) {
	w.under = false
	switch out.Result {
	case messaging.ResultSent:
		w.done = true
		m.keepSegmentsLocked(w, out.IDs)
		m.attemptLocked(w, messaging.StateSent, "")
	case messaging.ResultDelivered:
		w.done = true
		m.attemptLocked(w, messaging.StateDelivered, "")
	case messaging.ResultFailed:
		w.done = true
		m.attemptLocked(w, messaging.StateFailed, out.Reason)
	case messaging.ResultUnknown:
		w.done = true
		m.keepSegmentsLocked(w, nil)
		m.attemptLocked(w, messaging.StateUnknown, out.Reason)
	case messaging.ResultAgain:
		w.due, w.Repeat = out.Again, w.Repeat || out.Repeat
		if w.hurried {
			w.due = time.Now()
		}
		if out.Route != "" {
			w.Route = out.Route
		}
		a := &m.messages[w.Message].Delivery[w.attempt]
		a.Connector, a.Reason, a.Repeated, a.At = connectorOf(w.Route), out.Reason, w.Repeat, time.Now()
	case messaging.ResultBack:
		w.Try--
		m.messages[w.Message].Delivery[w.attempt].Tries = w.Try
	}
}

// attemptLocked writes the state of a delivery, and of an outbound message that of the message.
func (m *Memory) attemptLocked(w *row, s messaging.State, why messaging.Reason) {
	msg := m.messages[w.Message]
	a := &msg.Delivery[w.attempt]
	next := a.State.Advance(s)
	if next == a.State {
		return
	}
	a.State, a.Reason, a.At, a.Repeated = next, why, time.Now(), w.Repeat
	msg.UpdatedAt = a.At
	if msg.Direction == messaging.Outbound && w.Channel == messaging.ChannelNetwork {
		msg.State, msg.Reason = msg.State.Advance(next), why
	}
	if msg.Class == messaging.ClassOrdinary {
		m.tellLocked("message.status_updated", msg)
	}
}

// Recover implements messaging.Store.
func (m *Memory) Recover(ctx context.Context, policy func(messaging.Route) messaging.InDoubt) (got messaging.Recovered, err error) {
	err = m.turn(ctx, "recover", func() (routes []messaging.Route, _ error) {
		for _, w := range m.open {
			if !w.under || w.process == m.process && w.lease.After(time.Now()) {
				continue
			}
			w.under = false
			routes = append(routes, w.Route)
			switch policy(w.Route) {
			case messaging.InDoubtHold:
				got.InDoubt++
				w.done = true
				m.keepSegmentsLocked(w, nil)
				m.attemptLocked(w, messaging.StateUnknown, messaging.ReasonInDoubt)
			case messaging.InDoubtRetry:
				got.Again++
				w.due, w.Repeat = time.Now(), true
				m.messages[w.Message].Delivery[w.attempt].Repeated = true
			}
		}
		m.open = slices.DeleteFunc(m.open, func(w *row) bool { return w.done })
		return routes, nil
	})
	return got, err
}

// OnDeliveries implements messaging.Waker.
func (m *Memory) OnDeliveries(f func(messaging.Route)) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.listeners)
	for m.listeners[n] != nil {
		n++
	}
	m.listeners[n] = f
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, n)
	}
}

// Due implements messaging.Waker.
func (m *Memory) Due(ctx context.Context, r messaging.Route) (at time.Time, err error) {
	err = m.turn(ctx, "due", func() ([]messaging.Route, error) {
		for _, w := range m.open {
			if w.Route == r && !w.under && (at.IsZero() || w.due.Before(at)) {
				at = w.due
			}
		}
		return nil, nil
	})
	return at, err
}

// Hasten implements messaging.Waker.
func (m *Memory) Hasten(ctx context.Context, lane string) error {
	return m.turn(ctx, "hasten", func() (routes []messaging.Route, _ error) {
		for _, w := range m.open {
			w.hurried = w.hurried || w.Lane == lane && w.under
			if w.Lane == lane && !w.under {
				w.due, routes = time.Now(), append(routes, w.Route)
			}
		}
		slices.Sort(routes)
		return slices.Compact(routes), nil
	})
}

// Expire implements messaging.Waker.
func (m *Memory) Expire(ctx context.Context, limit int) (n int, err error) {
	err = m.turn(ctx, "expire", func() (routes []messaging.Route, _ error) {
		for _, w := range m.open {
			if n < limit && !w.under && !w.Until.After(time.Now()) {
				w.done = true
				m.attemptLocked(w, messaging.StateFailed, messaging.ReasonExpired)
				n, routes = n+1, append(routes, w.Route)
			}
		}
		m.open = slices.DeleteFunc(m.open, func(w *row) bool { return w.done })
		return routes, nil
	})
	return n, err
}
