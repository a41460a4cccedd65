package registrar

import (
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"time"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// Binding is one place where a device can be reached until Expires.
type Binding struct {
	Key     string // what makes it the same binding when it is registered again
	URI     string // the Contact as it came, written back in every response
	Target  transport.Target
	Flow    transport.FlowID // the connection it depends on; 0 on UDP
	Expires time.Time
	At      time.Time // last registered
	CallID  string
	CSeq    uint32
	Q       string
	Agent   string
	Path    []string // RFC 3327, as URIs

	Instance string    // of a browser: what its WebSocket was opened in the name of, or of a phone: its +sip.instance without brackets
	Since    time.Time // first registered on this connection
	Outbound string    // "+sip.instance" and "reg-id" as they came, written back in every response (RFC 5626 section 6); empty: none
}

// Bindings keeps the bindings of all addresses of record. Update is one indivisible step for its AOR.
type Bindings interface {
	// Get lists the bindings of an AOR, expired ones included. Nobody changes the slice.
	Get(aor message.AOR) []Binding
	// Update replaces the bindings of an AOR by what change makes of them; change is short, calls nothing, and returns a slice of its own.
	Update(aor message.AOR, change func(old []Binding) []Binding)
	// ByFlow lists the AORs that have a binding on a connection.
	ByFlow(id transport.FlowID) []message.AOR
	// All walks over the AORs that have bindings, in no order.
	All(yield func(aor message.AOR, list []Binding) bool)
}

const memoryShards = 64

// Memory is Bindings in memory: the phones register again after a restart. Safe for concurrent use; its locks are leaf locks.
type Memory struct {
	seed   maphash.Seed
	shards [memoryShards]memoryShard
	mu     sync.Mutex
	flows  map[transport.FlowID][]message.AOR
}

type memoryShard struct {
	mu   sync.Mutex
	aors map[message.AOR][]Binding
}

// NewMemory makes an empty one.
func NewMemory() *Memory {
	m := &Memory{seed: maphash.MakeSeed(), flows: make(map[transport.FlowID][]message.AOR)}
	for i := range m.shards {
		m.shards[i].aors = make(map[message.AOR][]Binding)
	}
	return m
}

func (m *Memory) shard(aor message.AOR) *memoryShard {
	return &m.shards[maphash.String(m.seed, string(aor))%memoryShards]
}

// Get implements Bindings.
func (m *Memory) Get(aor message.AOR) []Binding {
	s := m.shard(aor)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.aors[aor]
}

// Update implements Bindings.
func (m *Memory) Update(aor message.AOR, change func(old []Binding) []Binding) {
	s := m.shard(aor)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.aors[aor]
	now := change(old)
	if len(now) == 0 {
		delete(s.aors, aor)
	} else {
		s.aors[aor] = now
	}
	m.index(aor, old, now)
}

// index keeps the list of flows in step.
func (m *Memory) index(aor message.AOR, old, now []Binding) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range old {
		if b.Flow != 0 && !uses(now, b.Flow) {
			m.flows[b.Flow] = slices.DeleteFunc(m.flows[b.Flow], func(a message.AOR) bool { return a == aor })
			if len(m.flows[b.Flow]) == 0 {
				delete(m.flows, b.Flow)
			}
		}
	}
	for _, b := range now {
		if b.Flow != 0 && !slices.Contains(m.flows[b.Flow], aor) {
			m.flows[b.Flow] = append(m.flows[b.Flow], aor)
		}
	}
}

func uses(list []Binding, id transport.FlowID) bool {
	return slices.ContainsFunc(list, func(b Binding) bool { return b.Flow == id })
}

// ByFlow implements Bindings.
func (m *Memory) ByFlow(id transport.FlowID) []message.AOR {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.flows[id])
}

// All implements Bindings.
func (m *Memory) All(yield func(aor message.AOR, list []Binding) bool) {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		part := maps.Clone(s.aors)
		s.mu.Unlock()
		for aor, list := range part {
			if !yield(aor, list) {
				return
			}
		}
	}
}
