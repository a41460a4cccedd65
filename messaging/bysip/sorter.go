package bysip

import (
	"sync"

	"tandem/sip"
	"tandem/sip/message"
)

// Sorter hands each MESSAGE to who takes it: it is the sip.Notes of the house. It can be made before the stack, and takers come and go.
type Sorter struct {
	otherwise func(*sip.Note)

	mu         sync.Mutex
	trunks     map[sip.TrunkID]*taker
	phones     *taker
	registered map[message.AOR]struct{}
}

// taker is who takes MESSAGEs. None of its functions blocks.
type taker struct {
	take    func(*sip.Note)
	changed func(message.AOR) // a phone came or went; nil: it is all one
}

var _ sip.Notes = (*Sorter)(nil)

// NewSorter makes one; otherwise takes what nobody else does, without blocking: nil refuses it.
func NewSorter(otherwise func(*sip.Note)) *Sorter {
	if otherwise == nil {
		otherwise = func(n *sip.Note) { n.Refuse(405, "messages are not taken here") }
	}
	return &Sorter{otherwise: otherwise, trunks: make(map[sip.TrunkID]*taker), registered: make(map[message.AOR]struct{})}
}

// Trunk has the MESSAGEs of a trunk handed to take, which does not block, until stop is called. Of two for one trunk the later takes them.
func (s *Sorter) Trunk(id sip.TrunkID, take func(*sip.Note)) (stop func()) {
	t := &taker{take: take}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trunks[id] = t
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.trunks[id] == t {
			delete(s.trunks, id)
		}
	}
}

// attend has the MESSAGEs of phones handed to a taker, and says who is registered now.
func (s *Sorter) attend(t *taker) (registered []message.AOR, stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phones = t
	for aor := range s.registered {
		registered = append(registered, aor)
	}
	return registered, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.phones == t {
			s.phones = nil
		}
	}
}

// Message implements sip.Notes.
func (s *Sorter) Message(n *sip.Note) {
	s.mu.Lock()
	t := s.trunks[n.Trunk]
	if n.Device != "" {
		t = s.phones
	}
	s.mu.Unlock()
	switch {
	case t != nil:
		t.take(n)
	case n.Device != "":
		n.Refuse(405, "messages are not taken here")
	default:
		s.otherwise(n)
	}
}

// Registered implements sip.Notes.
func (s *Sorter) Registered(aor message.AOR, is sip.Registered) {
	s.mu.Lock()
	if is {
		s.registered[aor] = struct{}{}
	} else {
		delete(s.registered, aor)
	}
	t := s.phones
	s.mu.Unlock()
	if t != nil && t.changed != nil {
		t.changed(aor)
	}
}
