package dialog

import (
	"hash/maphash"
	"sync"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

const tableShards = 64

// Table finds the leg of what arrives inside a dialog, by our own tag alone; then the Call-ID is checked here, and the peer's tag by the
// leg. Safe for all goroutines: its locks are leaf locks.
type Table struct {
	seed   maphash.Seed
	shards [tableShards]shard
	flows  flowIndex
}

type shard struct {
	mu   sync.Mutex
	legs map[string]*entry // by our tag
}

// flowIndex lists the legs of each connection that have nothing without it: unanswered callers, who have gone when it closes, and browsers, who may come back.
type flowIndex struct {
	mu     sync.Mutex
	byFlow map[transport.FlowID]map[*entry]struct{}
}

// entry is the way to one leg.
type entry struct {
	tag    string
	callID string
	sink   Sink
	ref    Ref
	flow   transport.FlowID
	page   transport.Network // WS or WSS: the far end is a browser, which nobody can connect to; empty: another phone
}

// watch says by which connection alone the far end can be reached.
func (en *entry) watch(to transport.Target) {
	en.flow = to.Flow
	if to.Network == transport.WS || to.Network == transport.WSS {
		en.page = to.Network
	}
}

// NewTable makes an empty one.
func NewTable() *Table {
	t := &Table{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].legs = make(map[string]*entry)
	}
	t.flows.byFlow = make(map[transport.FlowID]map[*entry]struct{})
	return t
}

func (t *Table) shard(key string) *shard {
	return &t.shards[maphash.String(t.seed, key)%tableShards]
}

func (t *Table) find(tag string) (*entry, bool) {
	s := t.shard(tag)
	s.mu.Lock()
	defer s.mu.Unlock()
	en, found := s.legs[tag]
	return en, found
}

func (t *Table) add(en *entry) {
	s := t.shard(en.tag)
	s.mu.Lock()
	s.legs[en.tag] = en
	s.mu.Unlock()
	if en.flow != 0 {
		t.flows.mu.Lock()
		if t.flows.byFlow[en.flow] == nil {
			t.flows.byFlow[en.flow] = make(map[*entry]struct{})
		}
		t.flows.byFlow[en.flow][en] = struct{}{}
		t.flows.mu.Unlock()
	}
}

func (t *Table) remove(en *entry) {
	s := t.shard(en.tag)
	s.mu.Lock()
	if s.legs[en.tag] == en {
		delete(s.legs, en.tag)
	}
	s.mu.Unlock()
	t.settle(en)
}

// settled stops watching the connection of a caller that has been answered, but for a browser's.
func (t *Table) settled(en *entry) {
	if en.page == "" {
		t.settle(en)
	}
}

// settle stops watching a connection.
func (t *Table) settle(en *entry) {
	if en.flow == 0 {
		return
	}
	t.flows.mu.Lock()
	defer t.flows.mu.Unlock()
	delete(t.flows.byFlow[en.flow], en)
	if len(t.flows.byFlow[en.flow]) == 0 {
		delete(t.flows.byFlow, en.flow)
	}
}

// Len is the number of legs on the wire.
func (t *Table) Len() int {
	n := 0
	for i := range t.shards {
		t.shards[i].mu.Lock()
		n += len(t.shards[i].legs)
		t.shards[i].mu.Unlock()
	}
	return n
}

// Delivery is what became of something handed to the Table.
type Delivery int

// What became of it.
const (
	NoSuchDialog Delivery = iota // answer 481
	Delivered
	OwnerBusy // the leg's owner is gone or its mailbox is full: answer 500
)

func delivery(en *entry, e Event) Delivery {
	if en.sink.Post(e) {
		return Delivered
	}
	return OwnerBusy
}

// Request hands a request inside a dialog to its leg.
func (t *Table) Request(tx Server) Delivery {
	en, found := t.find(toTag(tx.Request()))
	if !found || en.callID != callIDOf(tx.Request()) {
		return NoSuchDialog
	}
	return delivery(en, &requested{ref: en.ref, tx: tx})
}

// Ack hands the ACK of a 2xx to its leg. One without a leg is dropped: an ACK has no answer.
func (t *Table) Ack(r *gosip.Request) Delivery {
	en, found := t.find(toTag(r))
	if !found || en.callID != callIDOf(r) {
		return NoSuchDialog
	}
	return delivery(en, &acked{ref: en.ref, req: r})
}

// Cancel tells the leg of an INVITE that its caller gave up.
func (t *Table) Cancel(invite, cancel *gosip.Request) Delivery {
	en, found := t.find(toTag(invite))
	if !found || en.callID != callIDOf(invite) {
		return NoSuchDialog
	}
	return delivery(en, &gaveUp{ref: en.ref, seq: seqOf(invite), reason: reasonOf(cancel)})
}

// FlowClosed ends the callers that were still waiting on a connection that closed, and tells browsers' legs that it did.
func (t *Table) FlowClosed(id transport.FlowID) {
	t.flows.mu.Lock()
	waiting := make([]*entry, 0, len(t.flows.byFlow[id]))
	for en := range t.flows.byFlow[id] {
		waiting = append(waiting, en)
	}
	delete(t.flows.byFlow, id)
	t.flows.mu.Unlock()
	for _, en := range waiting {
		en.sink.Post(&gaveUp{ref: en.ref, seq: anySeq, reason: message.Reason{Protocol: "SIP", Cause: 480, Text: "Connection closed"}})
		if en.page != "" {
			en.sink.Post(&parted{ref: en.ref})
		}
	}
}
