package media

import (
	"net/netip"
	"sync"

	"tandem/media/jitter"
	"tandem/media/rtp"
)

// receiver is what comes from a leg's peer. Its mutex is a leaf lock which the leg's reader takes once a packet; nobody else takes it more
// than fifty times a second.
type receiver struct {
	mu      sync.Mutex
	kinds   [128]kind
	latch   rtp.Latch
	count   rtp.Reception
	ahead   *jitter.Buffer // of what the worker hears; nil: packets go on as they come
	events  rtp.EventReceiver
	refused uint64
	heard   int64 // when the peer last gave a sign of life, RTCP included
	packet  int64 // when its last packet came; 0: none
	ear     *ear  // who listens here; nil: nobody
	doubt   doubts

	skip bool // the event that goes on counts as heard by another way; the reader's own
	asIs bool // its packets go on to the other leg; the reader's own too
}

// arrival is what one packet turned out to be.
type arrival struct {
	header rtp.Header
	kind   kind
	key    byte // a digit begins
	phase  rtp.EventPhase
	tone   byte // a digit was heard in band
	held   byte // it goes on
	over   byte // it ended
	mask   *mask
	mute   bool // the audio is the tone of a digit
	lost   bool // the audio was made up
	decode bool // somebody listens who cannot hear the packet as it is
	moved  bool // the latch has committed: media goes to another address
	to     netip.AddrPort
}

// ReceiveRTP takes one packet off the wire. It is the transport's door, for nobody else.
func (s *Session) ReceiveRTP(b []byte, from netip.AddrPort, at int64) {
	if rtp.IsControl(b) {
		s.ReceiveRTCP(b, from, at)
		return
	}
	if b = s.unseal(b, from, at); b == nil {
		return
	}
	var in arrival
	if !s.rx.take(&in, b, from, at) {
		return
	}
	if in.moved {
		s.tx.redirect(in.to)
	}
	s.pass(&in, b, at)
}

// pass gives a packet to the other side of the bridge, and digits to the owner.
func (s *Session) pass(in *arrival, b []byte, at int64) {
	peer := s.peer.Load()
	if in.kind == kindEvent {
		if !s.event(in, peer, at) {
			return
		}
	}
	s.inband(in, at)
	if in.decode || peer != nil && peer.tx.relay(in, b, at) == unsuitable {
		s.decodeFrom(in, b, at)
	}
}

// event takes a telephone-event packet; it says whether the packet goes on as it is.
func (s *Session) event(in *arrival, peer *Session, at int64) bool {
	switch in.phase {
	case rtp.EventBegins:
		s.rx.asIs = peer != nil && s.asIs(peer)
		s.rx.skip = !s.digit(Digit{Key: in.key, Path: DigitRFC4733}, at)
	case rtp.EventGoes, rtp.EventCloses:
		s.keys.lasts(DigitRFC4733, in.key, s.e.time(at))
	case rtp.EventNothing:
	}
	return peer != nil && !s.rx.skip && s.rx.asIs
}

// inband takes what the detector heard.
func (s *Session) inband(in *arrival, at int64) {
	if in.over != 0 {
		s.keys.lasts(DigitInband, in.over, s.e.time(at))
	}
	if in.tone != 0 {
		s.digit(Digit{Key: in.tone, Path: DigitInband}, at)
	}
	if in.held != 0 {
		s.keys.lasts(DigitInband, in.held, s.e.time(at))
	}
}

// take judges a packet and counts it. False: it is not from the peer, or nothing that was agreed on.
func (r *receiver) take(in *arrival, b []byte, from netip.AddrPort, at int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.latch.Settled(from, at) {
		r.refused++
		r.doubt.elsewhere(from)
		return false
	}
	h, err := rtp.Parse(b)
	if err != nil {
		r.refused++
		r.doubt.broken++
		return false
	}
	in.header, in.kind = h, r.kinds[h.PayloadType&0x7F]
	if in.kind == kindNone {
		r.refused++
		r.doubt.unknown(h.PayloadType)
		return false
	}
	switch r.latch.Check(from, &h, at) {
	case rtp.Refuse:
		r.refused++
		r.doubt.elsewhere(from)
		return false
	case rtp.Commit:
		in.moved, in.to = true, from
	case rtp.Accept:
	}
	r.heard, r.packet = at, at
	r.count.Add(&h, at)
	r.doubt.listen(in, b)
	if in.kind == kindEvent {
		r.event(in, b, at)
		return true
	}
	switch {
	case r.ahead != nil:
		r.wait(&h, b, at)
		return false // the worker hears it when its turn has come
	case r.ear == nil:
	case in.kind.isPlain():
		r.ear.hear(in, h.Payload(b))
	case in.kind.isAudio():
		in.decode = true
	}
	return true
}

func (r *receiver) event(in *arrival, b []byte, at int64) {
	e, err := rtp.ParseEvent(in.header.Payload(b))
	if err != nil {
		return
	}
	in.phase = r.events.Add(&in.header, e, at)
	in.key = rtp.Key(e.Code)
}

// expect takes what was agreed, and says where media goes from now on.
func (r *receiver) expect(a *agreement, t rtp.LatchTerms) netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kinds = a.received
	if clock := uint32(a.audio.ClockRate); r.count.Clock != clock { //nolint:gosec // 8000 or 48000
		r.count.Clock, r.ahead = clock, nil
	}
	if t.Peer.IsValid() {
		r.latch.Update(t)
	}
	return r.latch.Peer()
}

// terms are what the latch must know of a peer.
func (s *Session) terms(a *agreement) rtp.LatchTerms {
	t := rtp.LatchTerms{Peer: a.peer, Signalled: s.o.Signalled, Mode: rtp.LatchFixed}
	switch s.o.Latch {
	case LatchFixed:
	case LatchACL:
		t.Mode, t.Allow = rtp.LatchACL, s.o.Allow
	case LatchNAT:
		t.Mode = rtp.LatchNAT
	}
	return t
}

// any says whether anything ever came.
func (r *receiver) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.packet != 0 || r.refused != 0
}

func (r *receiver) fill(st *Stats, e *Engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	st.Received, st.Refused = r.count.Packets, r.refused
	st.Lost, st.Duplicate = r.count.Lost(), r.count.Duplicate
	st.Jitter = r.count.JitterTime()
	r.fillQuality(&st.Quality.In)
	if r.packet != 0 {
		st.LastPacket = e.time(r.packet)
	}
}
