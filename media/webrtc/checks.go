package webrtc

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// checksMost is how many messages of a leg may wait to be read; more is lost, as on any network.
const checksMost = 16

// letter is one packet that waits.
type letter struct {
	b    []byte
	from netip.AddrPort
}

// letters is a queue of packets that looks like a socket to who reads it, for the few that are no voice: checks and handshakes.
type letters struct {
	local  net.Addr
	write  func(b []byte, to netip.AddrPort) error
	queue  chan letter
	closed chan struct{}
	once   sync.Once
	late   deadline
}

func newLetters(local net.Addr, write func(b []byte, to netip.AddrPort) error) *letters {
	q := &letters{local: local, write: write, queue: make(chan letter, checksMost), closed: make(chan struct{})}
	q.late.begin()
	return q
}

// put takes a copy; false: there is no room.
func (q *letters) put(b []byte, from netip.AddrPort) bool {
	select {
	case q.queue <- letter{b: append([]byte(nil), b...), from: from}:
		return true
	default:
		return false
	}
}

// ReadFrom waits for the next packet.
func (q *letters) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case x := <-q.queue:
		return copy(b, x.b), net.UDPAddrFromAddrPort(x.from), nil
	case <-q.closed:
		return 0, nil, net.ErrClosed
	case <-q.late.passed():
		return 0, nil, os.ErrDeadlineExceeded
	}
}

// WriteTo sends at once.
func (q *letters) WriteTo(b []byte, to net.Addr) (int, error) {
	if err := q.write(b, addrOf(to)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close wakes the reader.
func (q *letters) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// LocalAddr is the port of the Door.
func (q *letters) LocalAddr() net.Addr { return q.local }

// SetDeadline is for reading: nothing waits to write.
func (q *letters) SetDeadline(t time.Time) error { return q.SetReadDeadline(t) }

// SetReadDeadline ends a read that waits; only a time in the past and none at all are ever given.
func (q *letters) SetReadDeadline(t time.Time) error {
	q.late.set(!t.IsZero() && !t.After(time.Now()))
	return nil
}

// SetWriteDeadline does nothing: nothing waits to write.
func (q *letters) SetWriteDeadline(time.Time) error { return nil }

// deadline is a read deadline that has passed or has not: a context is all that ever sets one here.
type deadline struct {
	mu   sync.Mutex
	over chan struct{}
	is   bool
}

func (d *deadline) begin() { d.over = make(chan struct{}) }

func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

func (d *deadline) set(over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case over && !d.is:
		close(d.over)
	case !over && d.is:
		d.over = make(chan struct{})
	}
	d.is = over
}
