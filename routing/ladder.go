package routing

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"tandem/sip"
)

// Bounds of the ladders in memory: what is beyond them is not kept, and calls go on.
const (
	ladderShards = 64
	ladderCalls  = 512 // Call-IDs a shard: 32768 in all
	ladderSteps  = 200 // requests and responses a Call-ID
)

// Ladder keeps the requests and responses of calls until their record is written. It is the Tracer of the wire. nil keeps nothing.
type Ladder struct {
	shards [ladderShards]ladderShard
}

type ladderShard struct {
	mu    sync.Mutex
	calls map[string][]sip.Trace
	order []string // of arrival: the oldest goes when there are too many
}

// NewLadder makes an empty one.
func NewLadder() *Ladder {
	l := &Ladder{}
	for i := range l.shards {
		l.shards[i].calls = map[string][]sip.Trace{}
	}
	return l
}

// Seen keeps what belongs to a call: a Call-ID that began with INVITE. Registrations and keep-alives are no calls.
func (l *Ladder) Seen(t sip.Trace) {
	s := l.shard(t.CallID)
	s.mu.Lock()
	defer s.mu.Unlock()
	steps, known := s.calls[t.CallID]
	if !known {
		if !strings.HasPrefix(t.First, "INVITE ") {
			return
		}
		s.makeRoomLocked()
		s.order = append(s.order, t.CallID)
		const usual = 8
		steps = make([]sip.Trace, 0, usual)
	}
	if len(steps) < ladderSteps {
		s.calls[t.CallID] = append(steps, t)
	}
}

// makeRoomLocked drops the oldest Call-ID of a full shard, and forgets those that were taken.
func (s *ladderShard) makeRoomLocked() {
	if len(s.order) >= 2*ladderCalls {
		s.order = slices.DeleteFunc(s.order, func(id string) bool { return s.calls[id] == nil })
	}
	for len(s.calls) >= ladderCalls && len(s.order) > 0 {
		delete(s.calls, s.order[0])
		s.order = s.order[1:]
	}
}

// take gives the ladder of a Call-ID and forgets it.
func (l *Ladder) take(callID string, leg LegID) []LadderItem {
	if l == nil || callID == "" {
		return nil
	}
	s := l.shard(callID)
	s.mu.Lock()
	steps := s.calls[callID]
	delete(s.calls, callID)
	s.mu.Unlock()
	return ladderOf(steps, leg)
}

// peek gives the ladder of a Call-ID so far.
func (l *Ladder) peek(callID string, leg LegID) []LadderItem {
	if l == nil || callID == "" {
		return nil
	}
	s := l.shard(callID)
	s.mu.Lock()
	steps := slices.Clone(s.calls[callID]) // What is in a step is never changed.
	s.mu.Unlock()
	return ladderOf(steps, leg)
}

func ladderOf(steps []sip.Trace, leg LegID) []LadderItem {
	items := make([]LadderItem, len(steps))
	for i := range steps {
		t := &steps[i]
		items[i] = LadderItem{At: t.At, Leg: leg, From: t.From.String(), To: t.To.String(), Network: string(t.Network), Raw: string(t.Raw)}
	}
	return items
}

// shard spreads Call-IDs by FNV-1a.
func (l *Ladder) shard(callID string) *ladderShard {
	return &l.shards[hash(callID)%ladderShards]
}

func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// sortLadder puts the steps of all legs in the order in which they were seen.
func sortLadder(items []LadderItem) {
	slices.SortStableFunc(items, func(a, b LadderItem) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
}
