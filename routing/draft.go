package routing

import (
	"context"
	"errors"
	"slices"
)

// ErrBusy says that a call has too much to do to be asked now.
var ErrBusy = errors.New("the call has too much to do")

// drafted asks a call for its record so far.
type drafted struct{ done chan<- *CallRecord }

func (drafted) own() {}

// Draft is the record of a call in progress so far, with its legs, their figures, its timeline and its ladder. The copy is the caller's. It
// fails with ErrNoCall, with ErrBusy, or with the cause of ctx.
func (s *Switch) Draft(ctx context.Context, id CallID) (*CallRecord, error) {
	c := s.find(id)
	if c == nil {
		return nil, ErrNoCall
	}
	done := make(chan *CallRecord, 1) // The call never waits for who asked.
	if err := c.box.ask(letter{own: drafted{done}}); err != nil {
		return nil, err
	}
	select {
	case r := <-done:
		for i := range r.Legs {
			r.Ladder = append(r.Ladder, s.ladder.peek(r.Legs[i].SIPCallID, r.Legs[i].ID)...)
		}
		for _, e := range r.earlier {
			r.Ladder = append(r.Ladder, s.ladder.peek(e.sipCallID, e.leg)...)
		}
		sortLadder(r.Ladder)
		r.hideDigits()
		return r, nil
	case <-c.gone:
		return nil, ErrNoCall
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// draft copies the record as it is now.
func (c *call) draft() *CallRecord {
	r := c.rec
	r.Status = string(c.status())
	r.Timeline = slices.Clone(c.rec.Timeline) // The Args of an item are never changed.
	r.Notified = slices.Clone(c.rec.Notified)
	r.Ladder = nil
	r.Legs = make([]LegRecord, 0, len(c.legs))
	for _, l := range c.inOrder() {
		if l.isHeir() {
			r.earlier = append(r.earlier, dialogue{l.rec.SIPCallID, l.rec.ID})
			continue
		}
		one := l.rec
		if l.voice != nil {
			s := l.voice.Stats()
			one.figures(&s)
		}
		r.Legs = append(r.Legs, one)
	}
	return &r
}

// ask posts what comes from outside of the house. It leaves room for what happens in the call: whoever asks too much ends no call by it.
func (m *mailbox) ask(l letter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.over:
		return ErrNoCall
	case len(m.waiting) >= mailboxSize/2:
		return ErrBusy
	}
	m.waiting = append(m.waiting, l)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return nil
}
