package media

import (
	"net/netip"
	"sync"

	"tandem/media/codec/g711"
	"tandem/media/rtp"
	"tandem/media/transport"
)

// sender is what goes to a leg's peer: one stream under one SSRC, whoever makes it at the moment. Its mutex is a leaf lock. At any time one
// goroutine sends, the reader of the other leg or the worker, so they meet here only when one takes over from the other.
type sender struct {
	mu      sync.Mutex
	port    transport.Port
	seq     rtp.Sequencer
	to      netip.AddrPort
	control netip.AddrPort // RTCP, as the SDP has it
	open    bool           // agreed, and the peer wants it
	taken   bool           // something of ours plays: the bridge is not heard
	muxed   bool
	kind    kind
	pt      uint8
	eventPT uint8
	events  bool
	packets uint64
	octets  uint64
}

func (t *sender) begin(p transport.Port) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.port = p
}

// agree takes what was negotiated.
func (t *sender) agree(a *agreement, to netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = a.sends && to.IsValid()
	t.to, t.control, t.muxed = to, a.control, a.muxed
	t.kind, t.pt = kindOf(a.audio.Name), a.audio.PayloadType
	t.events, t.eventPT = a.events.Name != "", a.events.PayloadType
}

// redirect sends to the address that the latch has committed.
func (t *sender) redirect(to netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.to = to
}

// cut says that the next packet is of another source.
func (t *sender) cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq.Break()
}

// hold keeps the bridge out while something of ours plays.
func (t *sender) hold(on taking) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = on == takes
}

// taking says whether the worker has a stream to itself.
type taking int

const (
	yields taking = iota
	takes
)

// relay stamps a packet of the other leg and sends it.
func (t *sender) relay(in *arrival, b []byte, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := &in.header
	if in.mask != nil && t.events { // also while nothing is relayed: what it holds would be old when it comes out
		in.mask.pass(h.Payload(b), in)
	}
	if !t.open || t.taken {
		return
	}
	pt, last := t.pt, uint32(rtp.FrameTicks)
	switch in.kind {
	case kindALaw, kindMuLaw:
		payload := h.Payload(b)
		last = uint32(len(payload) & 0xFFFF)
		t.convert(in, payload)
	case kindEvent:
		if !t.events {
			return
		}
		pt = t.eventPT
	case kindNoise, kindNone: // never sent unless agreed, and it never is
		return
	}
	m, fits := t.seq.Map(h, now, last)
	if !fits {
		return
	}
	m.PayloadType = pt
	t.send(m.Patch(b, h))
}

// convert makes the payload what the peer takes.
func (t *sender) convert(in *arrival, payload []byte) {
	switch {
	case in.kind == t.kind:
	case t.kind == kindMuLaw:
		g711.ALawToMuLaw(payload, payload)
	default:
		g711.MuLawToALaw(payload, payload)
	}
}

// fill writes silence.
func fill(b []byte, k kind) {
	code := g711.SilenceA
	if k == kindMuLaw {
		code = g711.SilenceU
	}
	for i := range b {
		b[i] = code
	}
}

// send counts what the network took. An error is the peer's loss: it is gone, and the silence will tell.
func (t *sender) send(b []byte) {
	if t.port.SendRTP(b, t.to) == nil {
		t.packets++
		t.octets += uint64(max(len(b)-rtp.HeaderSize, 0))
	}
}

// codec says what to make; kindNone while nothing may be sent.
func (t *sender) codec() kind {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open {
		return kindNone
	}
	return t.kind
}

// frame sends 20 ms of our own; the payload stands after the room for the header.
func (t *sender) frame(b []byte, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open {
		return
	}
	m := t.seq.Next(now, uint32(len(b)-rtp.HeaderSize)) //nolint:gosec // a frame
	m.PayloadType = t.pt
	m.Put(b)
	t.send(b)
}

// event sends the next packet of a digit; false when it is over, or cannot be sent.
func (t *sender) event(e *rtp.EventSender, b []byte, now int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open || !t.events {
		return false
	}
	b = b[:rtp.HeaderSize+rtp.EventSize]
	m, more := e.Next(&t.seq, b[rtp.HeaderSize:], now)
	if !more {
		return false
	}
	m.PayloadType = t.eventPT
	m.Put(b)
	t.send(b)
	return true
}

// takesEvents says that digits can go as events.
func (t *sender) takesEvents() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open && t.events
}

// shut stops sending and says how many packets there were.
func (t *sender) shut() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = false
	return t.packets
}

func (t *sender) count() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.packets
}
