package media

import (
	"math/rand/v2"
	"net/netip"
	"sync"

	"tandem/media/codec/g711"
	"tandem/media/codec/opus"
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
	events  bool   // digits go as such
	typing  Typing // the session's, fixed
	packets uint64
	octets  uint64
	length  uint32   // ticks of a packet
	noise   bool     // comfort noise may be sent
	odd     int      // packets in a row that are longer or shorter
	speaker *speaker // makes packets of sound; nil: nobody has needed one yet
	encoder func() (*opus.Encoder, error)
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
	next := kindOf(a.audio.Name)
	if wasWide := t.kind == kindOpus; t.kind != kindNone && wasWide != (next == kindOpus) {
		t.seq.Renew(rand.Uint32()) //nolint:gosec // one stream has one clock (RFC 7160 section 4.1), and an SSRC is no secret
	}
	if t.kind != next || t.length != a.frame {
		t.speaker, t.odd = nil, 0
	}
	t.kind, t.pt, t.length, t.noise = next, a.audio.PayloadType, a.frame, a.noise
	t.events, t.eventPT = a.events.Name != "" && t.typing == TypesMedia, a.events.PayloadType
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
	if t.taken != (on == takes) {
		t.taken = on == takes
		t.seq.Break()
	}
}

// taking says whether the worker has a stream to itself.
type taking int

const (
	yields taking = iota
	takes
)

// carried says what became of a packet that was to be relayed.
type carried int

const (
	passed     carried = iota
	unsuitable         // the peer takes nothing of that kind or length: it must be heard and said anew
)

// oddMost is how many packets of another length than agreed pass in a row.
const oddMost = 2

// relay stamps a packet of the other leg and sends it.
func (t *sender) relay(in *arrival, b []byte, now int64) carried {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := &in.header
	if in.mask != nil && (t.events || t.typing == TypesOwner) && in.kind.isPlain() { // also while nothing is relayed: what it holds would be old when it comes out
		in.mask.pass(h.Payload(b), in)
	}
	if !t.open || t.taken {
		return passed
	}
	pt, last := t.pt, uint32(rtp.FrameTicks)
	switch in.kind {
	case kindALaw, kindMuLaw, kindG722:
		last = uint32(len(h.Payload(b)) & 0xFFFF)
		if !t.suits(in.kind, last) {
			return unsuitable
		}
		t.convert(in, h.Payload(b))
	case kindEvent:
		if !t.events {
			return passed
		}
		pt = t.eventPT
	case kindNoise:
		if !t.noise {
			return unsuitable
		}
		pt = noiseType
	case kindNone:
		return passed
	case kindOpus:
		return unsuitable
	}
	m, fits := t.seq.Map(h, now, last)
	if !fits {
		return passed
	}
	m.PayloadType = pt
	t.send(m.Patch(b, h))
	return passed
}

// suits says whether audio can go out as it is. A single packet of another length may: a phone stops in the middle of one.
func (t *sender) suits(k kind, ticks uint32) bool {
	if k != t.kind && (!k.isPlain() || !t.kind.isPlain()) {
		return false
	}
	if ticks == t.length {
		t.odd = 0
		return true
	}
	t.odd++
	return t.odd <= oddMost
}

// takes says whether packets of a kind and length could go out as they are from now on.
func (t *sender) takes(k kind, ticks uint32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return ticks == t.length && (k == t.kind && k.isBytes() || k.isPlain() && t.kind.isPlain())
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

// voice sends sound of the other leg.
func (t *sender) voice(f sound, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open && !t.taken {
		t.spoken().say(t, f, now)
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
	return inside(t.kind)
}

// frame sends 20 ms of our own; the payload stands after the room for the header.
func (t *sender) frame(b []byte, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open {
		return
	}
	if !t.kind.isPlain() || t.length != rtp.FrameTicks {
		t.spoken().codes(t, b[rtp.HeaderSize:], now)
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
	if t.kind == kindOpus {
		widen(&m, b[rtp.HeaderSize:])
	}
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
