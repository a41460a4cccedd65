package webrtc

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// streamsMost is how many TCP connections there may be at a time; half of them may belong to nobody yet.
	streamsMost = 4096
	// streamProof is how long a connection may stay that has named no leg.
	streamProof = 5 * time.Second
	// streamIdle is how long one may say nothing: longer than a browser in the background does.
	streamIdle = 60 * time.Second
	// streamWrite is how long the peer may take to take a packet; voice that is older is of no use.
	streamWrite = time.Second
)

var errStreams = errors.New("webrtc: too many connections")

// stream is a TCP connection of a browser whose UDP is blocked. Each packet has its length before it (RFC 4571).
type stream struct {
	conn net.Conn
	from netip.AddrPort

	mu  sync.Mutex
	leg *Leg
	out [packetSize + 2]byte
}

// streams knows the connections. Its mutex is a leaf lock.
type streams struct {
	mu  sync.Mutex
	all map[netip.AddrPort]*stream
}

func (t *streams) begin() { t.all = map[netip.AddrPort]*stream{} }

func (t *streams) add(s *stream) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) >= streamsMost {
		return errStreams
	}
	t.all[s.from] = s
	return nil
}

func (t *streams) remove(s *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[s.from] == s {
		delete(t.all, s.from)
	}
}

// of finds the connection of a leg's peer at an address; nil: it is there by UDP.
func (t *streams) of(l *Leg, a netip.AddrPort) *stream {
	t.mu.Lock()
	s := t.all[a]
	t.mu.Unlock()
	if s == nil || !s.is(l) {
		return nil
	}
	return s
}

func (t *streams) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

func (t *streams) closeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.all {
		s.end()
	}
}

// closeOf ends the connections of a leg.
func (t *streams) closeOf(l *Leg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.all {
		if s.is(l) {
			s.end()
		}
	}
}

// acceptTCP takes connections until the listener is closed.
func (d *Door) acceptTCP() {
	for {
		conn, err := d.tcp.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		s := &stream{conn: conn, from: addrOf(conn.RemoteAddr())}
		if err = d.streams.add(s); err != nil || d.closed.Load() {
			s.end()
			d.streams.remove(s)
			continue
		}
		d.tasks.Go(func() { d.readTCP(s) })
	}
}

// readTCP takes packets off a connection until it ends.
func (d *Door) readTCP(s *stream) {
	defer d.streams.remove(s)
	defer s.end()
	var b [packetSize]byte
	wait := streamProof
	for {
		if s.conn.SetReadDeadline(time.Now().Add(wait)) != nil {
			return
		}
		if _, err := io.ReadFull(s.conn, b[:2]); err != nil {
			return
		}
		n := int(binary.BigEndian.Uint16(b[:]))
		if n > len(b) {
			d.refused.Add(1)
			return
		}
		if _, err := io.ReadFull(s.conn, b[:n]); err != nil {
			return
		}
		d.take(b[:n], s.from, s)
		if !s.claimed() {
			return // the first packet must be a check that names a leg
		}
		wait = streamIdle
	}
}

func (s *stream) claim(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leg == nil {
		s.leg = l
	}
}

func (s *stream) claimed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leg != nil
}

func (s *stream) is(l *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leg == l
}

// send writes one packet; a peer that does not take it in time loses the connection.
func (s *stream) send(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(b) > packetSize {
		return errTooLong
	}
	binary.BigEndian.PutUint16(s.out[:], uint16(len(b)&0xFFFF))
	n := copy(s.out[2:], b)
	if err := s.conn.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := s.conn.Write(s.out[:2+n]); err != nil {
		return errors.Join(err, s.conn.Close())
	}
	return nil
}

func (s *stream) end() { _ = s.conn.Close() }

func addrOf(a net.Addr) netip.AddrPort {
	var p netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		p = a.AddrPort()
	case *net.UDPAddr:
		p = a.AddrPort()
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
