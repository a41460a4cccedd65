package messagingtest

import (
	"context"
	"slices"
	"time"

	"tandem/messaging"
)

// segment is one that a network took.
type segment struct {
	row   *row
	route messaging.Route
	ids   []string // what the network calls it; receipts that found it by its addresses add theirs
	state messaging.State
}

// loose is a receipt that fits nothing yet.
type loose struct {
	messaging.Receipt

	until time.Time
}

// looseFor is how long such a receipt is kept.
const looseFor = 10 * time.Minute

// keepSegmentsLocked keeps what the network calls the segments of a delivery; where it said nothing there is one without a name.
func (m *Memory) keepSegmentsLocked(w *row, ids []string) {
	if len(ids) == 0 {
		ids = []string{""}
	}
	for _, id := range ids {
		s := &segment{row: w, route: w.Route, state: messaging.StateSent}
		if id != "" {
			s.ids = []string{id}
		}
		m.segments = append(m.segments, s)
	}
}

// Receipt implements messaging.Store.
func (m *Memory) Receipt(ctx context.Context, r messaging.Receipt) (found messaging.Found, err error) {
	err = m.turn(ctx, "receipt", func() ([]messaging.Route, error) {
		found = m.receiptLocked(&r)
		if !found {
			m.loose = append(m.loose, loose{r, time.Now().Add(looseFor)})
		}
		return nil, nil
	})
	return found, err
}

func (m *Memory) receiptLocked(r *messaging.Receipt) messaging.Found {
	s := m.byIDLocked(r)
	if s == nil {
		s = m.byAddressLocked(r)
	}
	if s == nil {
		return false
	}
	s.state = s.state.Advance(r.State)
	var states []messaging.State
	for _, other := range m.segments {
		if other.row == s.row && other.route == s.route {
			states = append(states, other.state)
		}
	}
	if state := messaging.SegmentsState(states); state != messaging.StateSent || m.messages[s.row.Message].Delivery[s.row.attempt].State == messaging.StateUnknown {
		m.attemptLocked(s.row, state, r.Reason)
	}
	return true
}

// byIDLocked finds the newest segment of a connector by one of the ids that a receipt may mean.
func (m *Memory) byIDLocked(r *messaging.Receipt) *segment {
	for _, id := range r.IDs {
		for _, s := range slices.Backward(m.segments) {
			if id != "" && s.route == messaging.Route(r.Connector) && slices.Contains(s.ids, id) {
				return s
			}
		}
	}
	return nil
}

// byAddressLocked finds the oldest segment that waits for a receipt between two parties, those without a name first. While one is under way its receipt may be
// this one.
func (m *Memory) byAddressLocked(r *messaging.Receipt) *segment {
	for _, w := range m.open {
		if w.under && w.Route == messaging.Route(r.Connector) && w.To == r.From && w.From == r.To {
			return nil
		}
	}
	var found *segment
	for _, s := range m.segments {
		fits := s.route == messaging.Route(r.Connector) && s.row.To == r.From && s.row.From == r.To && s.state == messaging.StateSent
		if fits && (found == nil || len(found.ids) > 0 && len(s.ids) == 0) {
			found = s
		}
	}
	if found != nil {
		found.ids = append(found.ids, r.IDs...)
	}
	return found
}

// matchLooseLocked tries receipts again that fitted nothing.
func (m *Memory) matchLooseLocked() {
	m.loose = slices.DeleteFunc(m.loose, func(l loose) bool {
		return l.until.Before(time.Now()) || bool(m.receiptLocked(&l.Receipt))
	})
}
