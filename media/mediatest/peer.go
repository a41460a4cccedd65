package mediatest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// Rate is samples, and ticks, a second.
	Rate = 8000
	// frame is the samples of a packet.
	frame = 160
	// frameTime is how long they last.
	frameTime = 20 * time.Millisecond
	// eventType is the payload type of telephone-event that a peer offers.
	eventType = 101
)

// Law is an encoding of G.711, by its payload type.
type Law uint8

// The two laws.
const (
	MuLaw Law = 0
	ALaw  Law = 8
)

// TB is what a Peer needs of a test.
type TB interface {
	Helper()
	Cleanup(f func())
	Fatalf(format string, args ...any)
}

// Peer is one telephone: a UDP socket for RTP and one for RTCP on the next port. It sends what it is told to, 20 ms at a time, and
// nothing or what Always said the rest of the time. Its methods may be called from any goroutine.
type Peer struct {
	rtp, rtcp *net.UDPConn
	local     netip.AddrPort
	heard     record
	reports   record
	over      func(b []byte) error // instead of rtp
	quit      chan struct{}
	ended     sync.WaitGroup
	once      sync.Once

	mu     sync.Mutex
	to     netip.AddrPort // where to send
	law    Law            // sends
	event  uint8          // payload type of digits it sends; 0: not agreed
	ssrc   uint32
	seq    uint16
	ts     uint32
	queue  []item // what is to be sent
	always []byte // what it sends when the queue is empty; nil: nothing
	quiet  bool   // the last beat sent nothing
	sent   int
	idle   chan struct{} // closed while the queue is empty
}

// NewPeer makes a peer for a test and closes it at its end.
func NewPeer(t TB, addr netip.Addr) *Peer {
	t.Helper()
	p, err := Listen(addr)
	if err != nil {
		t.Fatalf("make a peer: %v", err)
		return nil
	}
	t.Cleanup(p.Close)
	return p
}

// Listen makes a peer on a free pair of ports of an address.
func Listen(addr netip.Addr) (*Peer, error) {
	var last error
	for range 50 {
		p, err := listen(addr)
		if err == nil {
			return p, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no pair of ports: %w", last)
}

func listen(addr netip.Addr) (*Peer, error) {
	a, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return nil, err
	}
	local := a.LocalAddr().(*net.UDPAddr).AddrPort() // a UDP socket
	b, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, local.Port()+1)))
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	p := newPeer()
	p.rtp, p.rtcp, p.local = a, b, netip.AddrPortFrom(addr, local.Port())
	p.ended.Go(func() { p.listen(p.rtp, &p.heard) })
	p.ended.Go(func() { p.listen(p.rtcp, &p.reports) })
	p.ended.Go(p.beat)
	return p, nil
}

func newPeer() *Peer {
	p := &Peer{
		law: ALaw, event: eventType,
		ssrc: rand.Uint32(), seq: uint16(rand.Uint32() & 0xFFFF), ts: rand.Uint32(), //nolint:gosec // a test's numbers
		quit: make(chan struct{}), idle: make(chan struct{}), quiet: true,
	}
	close(p.idle)
	return p
}

// Over makes a peer without sockets: its packets go through send, and what comes is given to Arrived. Close it.
func Over(send func(b []byte) error) *Peer {
	p := newPeer()
	p.over, p.local = send, netip.AddrPortFrom(netip.IPv4Unspecified(), 9)
	p.to = p.local
	p.ended.Go(p.beat)
	return p
}

// Arrived records a packet of RTP.
func (p *Peer) Arrived(b []byte) { p.heard.add(b, p.local) }

// ArrivedReport records a packet of RTCP.
func (p *Peer) ArrivedReport(b []byte) { p.reports.add(b, p.local) }

// Speak says what it sends from now on: the law, and the payload type of its digits; 0: none.
func (p *Peer) Speak(l Law, event uint8) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.law, p.event = l, event
}

// Addr is where it receives RTP.
func (p *Peer) Addr() netip.AddrPort { return p.local }

// SSRC is what it sends under.
func (p *Peer) SSRC() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ssrc
}

// Close ends it.
func (p *Peer) Close() {
	p.once.Do(func() {
		close(p.quit)
		if p.over != nil {
			return
		}
		if err := errors.Join(p.rtp.Close(), p.rtcp.Close()); err != nil {
			return // a socket that cannot be closed ends with the program
		}
	})
	p.ended.Wait()
}

// listen records what comes.
func (p *Peer) listen(c *net.UDPConn, r *record) {
	b := make([]byte, 2048)
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			r.add(b[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		}
	}
}

// SendTo says where it sends, whatever an SDP says.
func (p *Peer) SendTo(to netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
}

// SetLaw says what it sends and offers.
func (p *Peer) SetLaw(l Law) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.law = l
}

// NewStream takes another SSRC, sequence and timestamp, as phones do on transfer.
func (p *Peer) NewStream() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ssrc, p.seq, p.ts = rand.Uint32(), uint16(rand.Uint32()&0xFFFF), rand.Uint32() //nolint:gosec // a test's numbers
}

// beat sends a packet each 20 ms, to absolute deadlines.
func (p *Peer) beat() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	next := time.Now()
	for {
		select {
		case <-timer.C:
		case <-p.quit:
			return
		}
		p.send()
		next = next.Add(frameTime)
		timer.Reset(time.Until(next))
	}
}

// send sends what is due. Its clock goes on while there is nothing to say, as a phone's does that is silent.
func (p *Peer) send() {
	p.mu.Lock()
	defer p.mu.Unlock()
	it := p.take()
	ts := p.ts
	p.ts += frame
	if len(it.payload) == 0 || !p.to.IsValid() {
		p.quiet = true
		return
	}
	x := Packet{
		PayloadType: uint8(p.law), Marker: it.marker || (p.quiet && !it.event),
		Seq: p.seq, Timestamp: ts, SSRC: p.ssrc, Payload: it.payload,
	}
	if it.event {
		x.PayloadType, x.Timestamp = p.event, ts-it.since
	}
	p.quiet = false
	p.seq++
	b := x.Bytes()
	for range max(it.times, 1) {
		if p.emit(b) == nil {
			p.sent++
		}
	}
}

func (p *Peer) emit(b []byte) error {
	if p.over != nil {
		return p.over(b)
	}
	_, err := p.rtp.WriteToUDPAddrPort(b, p.to)
	return err
}

// Sent is how many packets it has sent.
func (p *Peer) Sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

// Inject sends bytes as they are, at once, from its RTP port.
func (p *Peer) Inject(b []byte, to netip.AddrPort) error {
	_, err := p.rtp.WriteToUDPAddrPort(b, to)
	return err
}

// InjectControl sends bytes as they are from its RTCP port.
func (p *Peer) InjectControl(b []byte, to netip.AddrPort) error {
	_, err := p.rtcp.WriteToUDPAddrPort(b, to)
	return err
}

// Bytes is the packet as it goes on the wire, for Inject.
func (p *Packet) Bytes() []byte {
	b := make([]byte, headerSize, headerSize+len(p.Payload))
	b[0], b[1] = 0x80, p.PayloadType
	if p.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.Seq)
	binary.BigEndian.PutUint32(b[4:], p.Timestamp)
	binary.BigEndian.PutUint32(b[8:], p.SSRC)
	return append(b, p.Payload...)
}

// headerSize is an RTP header without CSRC and extension.
const headerSize = 12
