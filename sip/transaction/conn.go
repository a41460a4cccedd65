package transaction

import (
	"bytes"
	"errors"
	"net"
	"sync"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/transport"
)

// write sends one message that is not remembered.
func write(m gosip.Message, out transport.Outlet) error {
	var b bytes.Buffer
	b.Grow(1024)
	m.StringWrite(&b)
	return out.Write(b.Bytes()) // transport's errors are part of our contract
}

// pinned is what both kinds of connection have in common: sipgo's machines write on it and go nowhere else. Whatever destination a message
// names, it goes out by the one way that was resolved for its transaction: the ACK of a failure too, which sipgo would send to the host of
// the Request-URI.
type pinned struct{ out transport.Outlet }

// LocalAddr implements gosip.Connection.
func (p *pinned) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(p.out.Flow().Listener.Bind) }

// Ref implements gosip.Connection: flows live on without it.
func (p *pinned) Ref(int) int { return 1 }

// TryClose implements gosip.Connection.
func (p *pinned) TryClose() (int, error) { return 1, nil }

// Close implements gosip.Connection.
func (p *pinned) Close() error { return nil }

// serverConn is the connection of a server transaction. It remembers the final response as bytes.
type serverConn struct {
	pinned

	count *transport.Counters

	mu    sync.Mutex
	last  gosip.Message
	bytes []byte
}

// WriteMsg implements gosip.Connection.
func (c *serverConn) WriteMsg(m gosip.Message) error {
	c.mu.Lock()
	if c.last == m {
		b := c.bytes
		c.mu.Unlock()
		c.count.Retransmissions.Add(1)
		return c.out.Write(b) // transport's errors are part of our contract
	}
	var buf bytes.Buffer
	buf.Grow(1024)
	m.StringWrite(&buf)
	c.last, c.bytes = m, buf.Bytes()
	c.mu.Unlock()
	return c.out.Write(buf.Bytes()) // as above
}

// final is the last response as it was sent.
func (c *serverConn) final() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.bytes)
}

// clientConn is the connection of a client transaction. It remembers the request as bytes for its repeats, and the ACK of a failure.
type clientConn struct {
	pinned

	count *transport.Counters

	mu      sync.Mutex
	request []byte
	ack     []byte
}

var errNotOurs = errors.New("not a request")

// WriteMsg implements gosip.Connection.
func (c *clientConn) WriteMsg(m gosip.Message) error {
	r, ok := m.(*gosip.Request)
	if !ok {
		return errNotOurs
	}
	c.mu.Lock()
	if !r.IsAck() && c.request != nil {
		b := c.request
		c.mu.Unlock()
		c.count.Retransmissions.Add(1)
		return c.out.Write(b) // transport's errors are part of our contract
	}
	var buf bytes.Buffer
	buf.Grow(1024)
	r.StringWrite(&buf)
	if r.IsAck() {
		c.ack, c.request = buf.Bytes(), nil
	} else {
		c.request = buf.Bytes()
	}
	c.mu.Unlock()
	c.count.RequestsOut.Add(c.out.Flow().Network, string(r.Method))
	return c.out.Write(buf.Bytes()) // as above
}

// forget lets the request go: it is not repeated after a final response.
func (c *clientConn) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request = nil
}

// ackAgain sends the ACK of a failure once more.
func (c *clientConn) ackAgain() {
	c.mu.Lock()
	ack := c.ack
	c.mu.Unlock()
	if ack != nil {
		c.count.Retransmissions.Add(1)
		_ = c.out.Write(ack)
	}
}
