package transaction

import (
	"sync"
	"sync/atomic"

	"tandem/sip/transport"
)

// flowIndex is the transactions of each connection, so that they end with it. UDP flows never end and are not in it.
type flowIndex struct {
	mu   sync.Mutex
	byID map[transport.FlowID]map[any]struct{} // *Client or *Server
}

func (x *flowIndex) add(id transport.FlowID, n transport.Network, tx any) {
	if !n.Reliable() {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byID == nil {
		x.byID = make(map[transport.FlowID]map[any]struct{})
	}
	if x.byID[id] == nil {
		x.byID[id] = make(map[any]struct{})
	}
	x.byID[id][tx] = struct{}{}
}

func (x *flowIndex) remove(id transport.FlowID, tx any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.byID[id], tx)
	if len(x.byID[id]) == 0 {
		delete(x.byID, id)
	}
}

func (x *flowIndex) take(id transport.FlowID) map[any]struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := x.byID[id]
	delete(x.byID, id)
	return all
}

// closing counts the transactions that are still to be told of a flow's end. The handler is told last.
type closing struct {
	layer *Layer
	id    transport.FlowID
	left  atomic.Int64
}

// told counts one off.
func (c *closing) told() {
	if c != nil && c.left.Add(-1) == 0 {
		c.layer.handler.FlowClosed(c.id)
	}
}

// FlowClosed implements transport.Receiver.
func (l *Layer) FlowClosed(id transport.FlowID, why error) {
	all := l.flows.take(id)
	c := &closing{layer: l, id: id}
	c.left.Store(1)
	for tx := range all {
		switch tx := tx.(type) {
		case *Client:
			c.left.Add(1)
			tx.shard.post(item{failed: tx, err: why, closing: c})
		case *Server:
			tx.gone()
			tx.machine.Terminate()
		}
	}
	c.told()
}
