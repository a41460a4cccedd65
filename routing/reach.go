package routing

import (
	"slices"
	"sync"
	"time"

	"tandem/sip"
)

// handsetBoard is what is known of handsets now: which are off, and which calls would ring one that is switched on. What is not known to be off is rung. A
// leaf lock.
type handsetBoard struct {
	mu      sync.Mutex
	asleep  map[E164]time.Time // until when it is taken for granted
	waiting map[E164][]*call
}

// How long a handset is taken for off.
const (
	offAfterFailure = 30 * time.Second // a core that could not find it
	offAfterLeaving = 10 * time.Minute // it left its core: it may still be reached in another way, and the word of its return may be lost
	mostAsleep      = 1 << 16          // handsets: of more than these, nothing is known
)

func newHandsetBoard() *handsetBoard {
	return &handsetBoard{asleep: map[E164]time.Time{}, waiting: map[E164][]*call{}}
}

// off says whether a handset is known to be off.
func (b *handsetBoard) off(n E164, now time.Time) (known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, known := b.asleep[n]
	if known && !now.Before(until) {
		delete(b.asleep, n)
		return false
	}
	return known
}

// failed takes that a handset could not be reached.
func (b *handsetBoard) failed(n E164, now time.Time) { b.sleep(n, now, now.Add(offAfterFailure)) }

// left takes that a handset has left its core.
func (b *handsetBoard) left(n E164, now time.Time) { b.sleep(n, now, now.Add(offAfterLeaving)) }

func (b *handsetBoard) sleep(n E164, now, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asleep) >= mostAsleep {
		for old, t := range b.asleep {
			if !now.Before(t) {
				delete(b.asleep, old)
			}
		}
		if len(b.asleep) >= mostAsleep {
			return // It is rung, and its leg fails.
		}
	}
	if until.After(b.asleep[n]) {
		b.asleep[n] = until
	}
}

// woke takes that a handset is there, and gives the calls that would ring it.
func (b *handsetBoard) woke(n E164) []*call {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.asleep, n)
	return slices.Clone(b.waiting[n])
}

// await lets a call hear when a handset is switched on, until it leaves.
func (b *handsetBoard) await(n E164, c *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.waiting[n], c) {
		b.waiting[n] = append(b.waiting[n], c)
	}
}

func (b *handsetBoard) leave(n E164, c *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.DeleteFunc(b.waiting[n], func(w *call) bool { return w == c })
	if len(list) == 0 {
		delete(b.waiting, n)
		return
	}
	b.waiting[n] = list
}

// HandsetOff says whether the handset of a number is known to be off.
func (s *Switch) HandsetOff(n E164) (known bool) { return s.handsets.off(n, time.Now()) }

// CoreRegistered takes what a mobile core says of a subscriber's phone (TS 24.229 section 5.4.1.7). It never blocks.
func (s *Switch) CoreRegistered(r sip.CoreRegistration) {
	snap := s.dir.Snapshot()
	n := s.subscriber(snap, r)
	if n == nil {
		return // Of a subscriber who is none of ours, or no more.
	}
	s.counters.hear(n.Mobile.Operator, func(h *Heard) { h.Registrations++ })
	s.handsetChanged(snap, n, r.Expires)
}

// subscriber finds whose phone a registration is about: by the number in the public identity, or by the IMSI of one that was made of it (TS 23.003 section
// 13.4B). Only the operator whose core it is may speak for it.
func (s *Switch) subscriber(snap *Snapshot, r sip.CoreRegistration) *Number {
	t := snap.Trunks[TrunkID(r.Trunk)]
	if t == nil {
		return nil
	}
	n := s.indexOf(snap).imsi[r.Who.User]
	if n == nil {
		n, _ = snap.numberOf(r.Who.User, t)
	}
	if n == nil || n.Mobile == nil {
		return nil
	}
	if o := snap.Operators[n.Mobile.Operator]; o == nil || o.Trunk != t.ID {
		return nil
	}
	return n
}

// handsetChanged takes that a handset has registered for a while, or has left. One that is switched on rings at once for the calls that would have rung it.
func (s *Switch) handsetChanged(snap *Snapshot, n *Number, expires time.Duration) {
	if expires <= 0 {
		s.handsets.left(n.E164, time.Now())
		return
	}
	for _, c := range s.handsets.woke(n.E164) {
		c.box.post(letter{own: phoneOn{n.E164}})
	}
	if snap.Users[n.Mobile.User] != nil {
		s.presence.nudge(n.Mobile.User) // Who waits for them in a queue looks again.
	}
}
