package transaction

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// Reply is one thing that came of a request that we sent.
type Reply struct {
	Response *gosip.Response // nil when Err is set
	Repeated bool            // a 2xx to INVITE after the first: a retransmission or another branch of a fork (RFC 3261 section 13.2.2.4)
	Err      error           // ErrTimeout (Timer B or F), ErrTransport or ErrFlowGone; nothing follows it
}

// Client is a request that we sent and its transaction (RFC 3261 section 17.1).
//
// sipgo's machine repeats the request and watches the time until a final response; then it is let go, and what is left acknowledges
// repeated failures and passes repeated 2xx on. All replies come from the shard's worker, so their order is that of the wire.
type Client struct {
	shard   *shard
	key     key
	invite  bool
	flow    transport.Flow
	reply   func(Reply)
	wire    clientConn
	machine atomic.Pointer[gosip.ClientTx] // nil once let go
	over    atomic.Bool                    // no Reply follows
	begin   sync.Mutex                     // held while the machine begins: one that was ended before it had its timers would keep them

	final int // status of the first final response; the shard's worker owns it
}

// Flow is the way it went.
func (c *Client) Flow() transport.Flow { return c.flow }

// Terminate forgets the transaction; no Reply follows.
func (c *Client) Terminate() {
	if !c.over.Swap(true) {
		c.release()
		c.remove()
	}
}

// Send sends a request other than ACK and calls reply with what comes of it, in order, never from inside Send. The request is complete
// but for its Via, which Send puts on top with a new branch; CANCEL keeps the Via that it carries. Resolving is done; when a stream has
// to be dialled, that happens elsewhere and Send does not wait.
//
// It fails with ErrFlowGone when the target's flow ended, or with what the transport says; reply is not called then. Nobody changes the
// request afterwards.
func (l *Layer) Send(r *gosip.Request, to transport.Target, reply func(Reply)) (*Client, error) {
	out, err := l.tr.Outlet(to)
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", r.Method, err)
	}
	if !r.IsCancel() || r.Via() == nil {
		stamp(r, out)
	}
	complete(r, out)
	s := l.shard(string(*r.CallID()))
	c := &Client{shard: s, key: l.keys.client(r), invite: r.IsInvite(), flow: out.Flow(), reply: reply}
	c.wire.out, c.wire.count = out, l.count
	m := gosip.NewClientTx("", r, &c.wire, l.log)
	c.machine.Store(m)
	m.OnTerminate(func(_ string, err error) { c.ended(err) })
	s.mu.Lock()
	s.clients[c.key] = c
	s.mu.Unlock()
	l.flows.add(c.flow.ID, c.flow.Network, c)
	if err := c.init(m); err != nil {
		if c.over.Swap(true) {
			return c, nil // The flow ended meanwhile, and reply tells of it.
		}
		c.release()
		c.remove()
		if errors.Is(err, transport.ErrFlowGone) {
			err = ErrFlowGone // without sipgo's words
		}
		return nil, fmt.Errorf("send %s: %w", r.Method, err)
	}
	return c, nil
}

// SendACK sends the ACK of a 2xx, which has no transaction. It puts its Via on top, as Send does.
func (l *Layer) SendACK(r *gosip.Request, to transport.Target) error {
	out, err := l.tr.Outlet(to)
	if err != nil {
		return fmt.Errorf("send ACK: %w", err)
	}
	stamp(r, out)
	complete(r, out)
	l.count.RequestsOut.Add(out.Flow().Network, string(r.Method))
	return write(r, out)
}

// stamp puts our Via on top, in place of one from an earlier attempt.
func stamp(r *gosip.Request, out transport.Outlet) {
	for r.Via() != nil {
		r.RemoveHeader("Via")
	}
	at := out.SentBy()
	r.PrependHeader(&gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: string(out.Flow().Network),
		Host: at.Addr().WithZone("").String(), Port: int(at.Port()),
		Params: gosip.HeaderParams{{K: "branch", V: message.NewBranch()}, {K: "rport"}},
	})
}

// complete gives a request what every request has on the wire.
func complete(r *gosip.Request, out transport.Outlet) {
	if r.ContentLength() == nil {
		r.SetBody(r.Body())
	}
	r.SetTransport(string(out.Flow().Network))
	r.SetDestination(out.Flow().Remote.String())
}

// init sends the request for the first time and sets the timers. The answer may be here before it returns.
func (c *Client) init(m *gosip.ClientTx) error {
	c.begin.Lock()
	defer c.begin.Unlock()
	return m.Init() // sipgo's errors wrap the transport's, which are part of our contract
}

// feed lets the machine have a response, and reads what it passes up, so that it does not wait; the reply itself is the worker's.
func (c *Client) feed(m *gosip.ClientTx, r *gosip.Response) {
	fed := make(chan struct{})
	defer close(fed)
	go func() {
		select {
		case <-m.Responses():
		case <-m.Done():
		case <-fed:
		}
	}()
	c.begin.Lock()
	defer c.begin.Unlock()
	m.Receive(r)
}

// response takes one response, in order.
func (s *shard) response(r *gosip.Response, from transport.Flow) {
	s.mu.Lock()
	c := s.clients[s.layer.keys.client(r)]
	s.mu.Unlock()
	switch {
	case c != nil:
		c.take(r)
	case r.IsSuccess() && r.CSeq().MethodName == gosip.INVITE && s.layer.ourDialog(r):
		s.layer.handler.Stray(r, from)
	default:
		s.layer.count.Stray.Add(1)
	}
}

// ourDialog says that we sent the request that a response answers.
func (l *Layer) ourDialog(r *gosip.Response) bool {
	tag, _ := r.From().Params.Get("tag")
	return l.tags.Ours([]byte(tag), []byte(*r.CallID()))
}

// take passes one response on, or deals with a repeat.
func (c *Client) take(r *gosip.Response) {
	switch m := c.machine.Load(); {
	case c.over.Load():
	case c.final == 0 && r.IsProvisional():
		if m != nil {
			c.feed(m, r)
		}
		c.reply(Reply{Response: r})
	case c.final == 0:
		c.final = r.StatusCode
		if m != nil && c.invite && c.final >= 300 {
			c.feed(m, r) // acknowledges the failure
		}
		c.settle()
		c.reply(Reply{Response: r})
	case c.invite && c.final < 300 && r.IsSuccess():
		c.shard.layer.count.Retransmissions.Add(1)
		c.reply(Reply{Response: r, Repeated: true})
	case c.invite && c.final >= 300 && r.StatusCode >= 300:
		c.wire.ackAgain() // the machine would wait 4 s first, with the shard
	}
}

// settle lets the machine go after the final response. What is left of an INVITE stays as long as repeats can come.
func (c *Client) settle() {
	c.release()
	c.wire.forget()
	c.shard.layer.flows.remove(c.flow.ID, c)
	if !c.invite || c.final >= 300 && c.flow.Network.Reliable() {
		c.remove()
		return
	}
	c.shard.mu.Lock()
	c.shard.fadeLocked(transport.UDP, fade{client: c.key}) // forked 2xx come over streams too
	c.shard.mu.Unlock()
}

// release ends the machine; its end is ours then and tells nobody.
func (c *Client) release() {
	if m := c.machine.Swap(nil); m != nil {
		c.begin.Lock()
		defer c.begin.Unlock()
		m.Terminate()
	}
}

func (c *Client) remove() {
	c.shard.mu.Lock()
	if c.shard.clients[c.key] == c {
		delete(c.shard.clients, c.key)
	}
	c.shard.mu.Unlock()
	c.shard.layer.flows.remove(c.flow.ID, c)
}

// ended is the machine's own end: a timeout, or a repeat that could not be sent. It runs under the machine's lock.
func (c *Client) ended(err error) {
	if c.machine.Load() == nil {
		return
	}
	reason := ErrTransport
	switch {
	case errors.Is(err, gosip.ErrTransactionTimeout):
		reason = ErrTimeout
	case errors.Is(err, transport.ErrFlowGone):
		reason = ErrFlowGone
	}
	c.shard.post(item{failed: c, err: reason})
}

// fail tells the last of it, on the worker.
func (c *Client) fail(err error) {
	if c.final != 0 || c.over.Swap(true) {
		return
	}
	c.release()
	c.remove()
	c.reply(Reply{Err: err})
}
