package loadtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
)

const (
	frame      = 20 * time.Millisecond
	rtpHeader  = 12
	rtpPayload = 160
	batch      = 64
	slots      = 20 // of 1 ms in a frame: streams are spread over them
)

// mouth is the RTP of one side: few sockets that all calls share, senders on a wheel of 1 ms and readers that check every packet.
type mouth struct {
	name  string
	conns []*net.UDPConn
	next  atomic.Uint32

	mu      sync.Mutex
	streams [slots][]*stream
	count   int

	measuring atomic.Bool
	received  atomic.Uint64
	foreign   atomic.Uint64 // packets without our mark: nothing else should ever come
	lat       []latencies
	wg        sync.WaitGroup
	stop      chan struct{}
	lateNS    atomic.Int64 // worst lateness of our own wheel while measuring
}

// stream is one direction of one call.
type stream struct {
	id     uint32
	conn   int
	to     netip.AddrPort
	seq    uint16
	ts     uint32
	ssrc   uint32
	sent   uint64 // while measuring
	script []byte // digits to send, see digits.go; nil: only voice
	due    int    // frames until the script begins
	event  eventState
}

// latencies is a histogram of one-way latency: 10 µs a bin.
type latencies struct {
	bins [20000]uint32
	_    [64]byte
}

func newMouth(ctx context.Context, name string, first netip.AddrPort, sockets int) (*mouth, error) {
	m := &mouth{name: name, stop: make(chan struct{}), lat: make([]latencies, sockets)}
	var lc net.ListenConfig
	for i := range sockets {
		at := netip.AddrPortFrom(first.Addr(), first.Port()+uint16(2*i))
		pc, err := lc.ListenPacket(ctx, "udp4", at.String())
		if err != nil {
			return nil, fmt.Errorf("open RTP socket: %w", err)
		}
		conn, ok := pc.(*net.UDPConn)
		if !ok {
			return nil, fmt.Errorf("open RTP socket %s: not UDP", at)
		}
		_ = conn.SetReadBuffer(sipBuffer)
		m.conns = append(m.conns, conn)
		m.wg.Go(func() { m.read(conn, &m.lat[i]) })
	}
	m.wg.Go(m.send)
	return m, nil
}

// place gives the socket address that the next call names in its SDP.
func (m *mouth) place() netip.AddrPort {
	i := int(m.next.Add(1)) % len(m.conns)
	a, _ := netip.ParseAddrPort(m.conns[i].LocalAddr().String())
	return a
}

// indexOf finds the socket with that address.
func (m *mouth) indexOf(at netip.AddrPort) int {
	return slices.IndexFunc(m.conns, func(c *net.UDPConn) bool { return c.LocalAddr().String() == at.String() })
}

// talk begins a stream to an address.
func (m *mouth) talk(conn int, to netip.AddrPort, script []byte) *stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &stream{id: uint32(m.count), conn: conn, to: to, ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), ts: rand.Uint32(), script: script, due: 110}
	slot := m.count % slots
	m.count++
	m.streams[slot] = append(m.streams[slot], s)
	return s
}

// hush ends a stream.
func (m *mouth) hush(s *stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.streams {
		m.streams[i] = slices.DeleteFunc(m.streams[i], func(o *stream) bool { return o == s })
	}
}

// send runs the wheel: each slot's streams send one packet each, at an absolute deadline.
func (m *mouth) send() {
	writers := make([]*ipv4.PacketConn, len(m.conns))
	for i, c := range m.conns {
		writers[i] = ipv4.NewPacketConn(c)
	}
	out := make([][]ipv4.Message, len(m.conns))
	due := time.Now()
	for tick := 0; ; tick++ {
		due = due.Add(frame / slots)
		if !m.waitUntil(due) {
			return
		}
		m.mu.Lock()
		for _, s := range m.streams[tick%slots] {
			out[s.conn] = append(out[s.conn], ipv4.Message{Buffers: [][]byte{m.packet(s)}, Addr: net.UDPAddrFromAddrPort(s.to)})
		}
		m.mu.Unlock()
		for i := range out {
			flush(writers[i], out[i])
			out[i] = out[i][:0]
		}
	}
}

func (m *mouth) waitUntil(due time.Time) bool {
	wait := time.Until(due)
	if wait <= 0 {
		if late := -int64(wait); m.measuring.Load() && late > m.lateNS.Load() {
			m.lateNS.Store(late)
		}
		select {
		case <-m.stop:
			return false
		default:
			return true
		}
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-m.stop:
		return false
	}
}

func flush(w *ipv4.PacketConn, msgs []ipv4.Message) {
	for len(msgs) > 0 {
		n, err := w.WriteBatch(msgs[:min(batch, len(msgs))], 0)
		if err != nil || n <= 0 {
			return
		}
		msgs = msgs[n:]
	}
}

// packet makes the next packet of a stream: voice with our mark in the payload, or a piece of a digit.
func (m *mouth) packet(s *stream) []byte {
	s.seq++
	s.ts += rtpPayload
	if b := s.digit(); b != nil {
		return b
	}
	b := make([]byte, rtpHeader+rtpPayload)
	b[0], b[1] = 0x80, 0
	binary.BigEndian.PutUint16(b[2:], s.seq)
	binary.BigEndian.PutUint32(b[4:], s.ts)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	copy(b[12:], "TNDM")
	binary.BigEndian.PutUint32(b[16:], s.id)
	binary.BigEndian.PutUint64(b[20:], uint64(time.Now().UnixNano()))
	if m.measuring.Load() {
		b[28] = 1
		s.sent++
	}
	return b
}

// read checks every packet that comes: ours, once, and how long it took.
func (m *mouth) read(conn *net.UDPConn, lat *latencies) {
	r := ipv4.NewPacketConn(conn)
	msgs := make([]ipv4.Message, batch)
	for i := range msgs {
		msgs[i].Buffers = [][]byte{make([]byte, 2048)}
	}
	for {
		n, err := r.ReadBatch(msgs, 0)
		if err != nil {
			return
		}
		now := time.Now().UnixNano()
		for _, msg := range msgs[:n] {
			b := msg.Buffers[0][:msg.N]
			if len(b) < rtpHeader+20 || string(b[12:16]) != "TNDM" {
				m.foreign.Add(1)
				continue
			}
			if b[28] != 1 {
				continue
			}
			m.received.Add(1)
			took := max(now-int64(binary.BigEndian.Uint64(b[20:])), 0) / 10_000
			lat.bins[min(int(took), len(lat.bins)-1)]++
		}
	}
}

// sent counts what was sent while measuring.
func (m *mouth) sent() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var n uint64
	for _, slot := range m.streams {
		for _, s := range slot {
			n += s.sent
		}
	}
	return n
}

func (m *mouth) close() {
	close(m.stop)
	for _, c := range m.conns {
		_ = c.Close()
	}
	m.wg.Wait()
}

// quantile reads the latency below which that share of packets was.
func quantile(q float64, mouths ...*mouth) time.Duration {
	var bins [20000]uint64
	var total uint64
	for _, m := range mouths {
		for i := range m.lat {
			for j, n := range m.lat[i].bins {
				bins[j] += uint64(n)
				total += uint64(n)
			}
		}
	}
	want, seen := uint64(q*float64(total)), uint64(0)
	for j, n := range bins {
		if seen += n; seen >= want && total > 0 {
			return time.Duration(j) * 10 * time.Microsecond
		}
	}
	return 0
}
