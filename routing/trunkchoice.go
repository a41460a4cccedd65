package routing

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"tandem/sip"
)

// trunkBoard is what is known of trunks now: their state on the wire, the calls on each, and the last attempts refused. A leaf lock.
type trunkBoard struct {
	mu      sync.Mutex
	state   map[TrunkID]sip.TrunkState
	calls   map[TrunkID]trunkLoad
	refused map[TrunkID][]Refused
	tried   map[TrunkID]bool // those that are being certified
}

// Refused is an attempt from a trunk that was not taken, for the trunk's page (SPEC O13).
type Refused struct {
	At     time.Time
	Status int
	Why    string
}

// refusedKept is how many of them are kept for a trunk.
const refusedKept = 20

func newTrunkBoard() *trunkBoard {
	return &trunkBoard{state: map[TrunkID]sip.TrunkState{}, calls: map[TrunkID]trunkLoad{}, refused: map[TrunkID][]Refused{}, tried: map[TrunkID]bool{}}
}

func (b *trunkBoard) change(s sip.TrunkState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state[TrunkID(s.ID)] = s
}

// take counts one more call on a trunk, unless it has as many as it may. The caller gives it back once.
func (b *trunkBoard) take(t *Trunk, way callWay) (room bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	load, now := b.calls[t.ID], time.Now()
	if !load.room(t, way) || !load.admit(t.Terms.Rate, now) {
		return false
	}
	load.count(way, 1)
	b.calls[t.ID] = load
	return true
}

func (b *trunkBoard) give(s trunkSeat) {
	b.mu.Lock()
	defer b.mu.Unlock()
	load, known := b.calls[s.trunk]
	if !known {
		return
	}
	load.count(s.way, -1)
	if load.in+load.out == 0 && load.rested(time.Now()) {
		delete(b.calls, s.trunk)
		return
	}
	b.calls[s.trunk] = load
}

// refuse keeps a refusal for the trunk's page.
func (b *trunkBoard) refuse(id TrunkID, r Refused) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.refused[id]
	if len(list) == refusedKept {
		list = append(list[:0], list[1:]...)
	}
	b.refused[id] = append(list, r)
}

func (b *trunkBoard) refusals(id TrunkID) []Refused {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.refused[id])
}

func (b *trunkBoard) load() map[TrunkID]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make(map[TrunkID]int, len(b.calls))
	for id, load := range b.calls {
		if n := load.in + load.out; n > 0 {
			out[id] = n
		}
	}
	return out
}

// usable says whether a trunk is up, as far as is known, and has room.
func (b *trunkBoard) usable(t *Trunk) (up, room bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, known := b.state[t.ID]
	load := b.calls[t.ID]
	return !known || state.Up, load.room(t, outward)
}

// chooseTrunks lists the trunks that can carry a call out for an account now, best first.
func (s *Switch) chooseTrunks(snap *Snapshot, account AccountID) []*Trunk {
	return shared(slices.DeleteFunc(snap.trunksOut(account), func(t *Trunk) bool {
		up, room := s.board.usable(t)
		return !up || !room
	}), rand.IntN)
}

// chooseEmergencyTrunks leaves nothing untried: first the trunks that carry emergency calls with the location, then the others; those that
// seem down come last, but they come (SPEC O4, O5).
func (s *Switch) chooseEmergencyTrunks(snap *Snapshot, account AccountID) []*Trunk {
	rank := func(t *Trunk) int {
		r := 0
		if !t.Emergency {
			r += 2
		}
		if up, _ := s.board.usable(t); !up {
			r++
		}
		return r
	}
	list := snap.trunksOut(account)
	slices.SortStableFunc(list, func(a, b *Trunk) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// trunksOut lists the trunks of an account that have somewhere to send calls, by priority; the account's own before shared ones.
func (s *Snapshot) trunksOut(account AccountID) []*Trunk {
	var list []*Trunk
	for _, t := range s.Trunks {
		if len(t.Servers) > 0 && (t.Account == "" || t.Account == account) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *Trunk) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), -cmp.Compare(a.Account, b.Account), cmp.Compare(a.ID, b.ID))
	})
	return list
}
