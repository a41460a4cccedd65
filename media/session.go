package media

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"tandem/media/rtp"
	"tandem/media/transport"
	"tandem/media/webrtc"
)

// Format is a codec with its parameters as negotiated (RFC 3551, RFC 8866 section 6.6).
type Format struct {
	Name        string // "PCMA", "PCMU", "telephone-event"
	ClockRate   int
	PayloadType uint8
	Fmtp        string
}

// Session is the media of one leg. Its methods never block and may be called from any goroutine; its owner calls them from one.
//
// Who touches what: mu guards the negotiation, what plays and the queue of digits; rx and tx have a leaf lock each, so that a packet takes
// the one of the leg that it came from, and then the one of the leg that it goes to, and nothing else. Nobody holds one of those while
// taking mu.
type Session struct {
	e    *Engine
	o    Opening
	port transport.Port
	leg  *webrtc.Leg // the same as port, for a browser; else nil
	w    *worker
	rx   receiver
	tx   sender
	keys keyStream

	secret secrecy                 // of a plain leg whose media may be encrypted
	peer   atomic.Pointer[Session] // the other side of the bridge

	mu     sync.Mutex
	neg    negotiation
	ready  bool // packets can go out: always, but for a browser that has not been reached yet
	play   *player
	typing typist
	place  place // on the wheel; its worker's mutex guards it
	closed bool

	care care     // the upkeep's own
	ears *hearing // of a leg that the worker hears; mu guards the pointer
}

// newSession makes a Session without ports. What a peer could guess to harm the stream is random (RFC 3550 section 5.1); rand is seeded by
// the operating system and its state cannot be had from the numbers that go out.
func newSession(e *Engine, o Opening) *Session {
	s := &Session{e: e, o: o, w: e.workers[o.Key%uint64(len(e.workers))]}
	s.neg.id = uint64(rand.Uint32()) //nolint:gosec // see above
	s.neg.formats = o.Formats
	s.ready = o.Kind == Plain
	s.tx.encoder = e.opusEncoder
	s.tx.seq = rtp.NewSequencer(rand.Uint32(), uint16(rand.Uint32()&0x7FFF), rand.Uint32()) //nolint:gosec // see above
	s.rx.heard = e.now()
	s.tx.typing = o.Typing
	return s
}

// Direction is what we say of our side (RFC 3264 section 5.1).
type Direction int

// The directions.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// Refusal is why an SDP cannot be used, for the peer: a SIP status and the text of a Warning.
type Refusal struct { //nolint:errname // the glossary's word: routing passes it on as a refusal
	Status  int // 400 malformed, 488 nothing in common, 415 not SDP
	Warning string
}

// Error is the warning.
func (r *Refusal) Error() string { return r.Warning }

// Formats lists what was agreed: the audio codec first, then telephone-event where both have it. Empty before the first answer.
func (s *Session) Formats() []Format {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.neg.agreed == nil {
		return nil
	}
	return s.neg.agreed.formats()
}

// HeldByPeer says that the peer put us on hold: sendonly, inactive or c=0.0.0.0.
func (s *Session) HeldByPeer() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.neg.agreed != nil && s.neg.agreed.held
}

// post tells the owner, who may be gone.
func (s *Session) post(e Event) {
	if s.o.Sink != nil {
		s.o.Sink.Post(e)
	}
}

// Close frees the ports after their quarantine, ends a recording and sends RTCP BYE. What plays is over without an event.
func (s *Session) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.play = nil
	s.typing = typist{}
	s.mu.Unlock()

	s.Unbridge()
	s.w.leave(s)
	s.stopListening()
	s.sayGoodbye()
	s.e.upkeep.remove(s)
	use := transport.Unused
	if s.tx.shut() > 0 || s.rx.any() {
		use = transport.Used
	}
	s.port.Close(use)
}

// Stats counts one Session's packets (RFC 3550 section 6.4.1 and appendix A).
type Stats struct {
	Received, Sent uint64
	Lost           uint64
	Duplicate      uint64
	Refused        uint64 // from an address that is not the peer's, or not RTP
	Jitter         time.Duration
	RTT            time.Duration // 0: not known
	LastPacket     time.Time     // zero: none
	Codec          string
	Quality        Quality
}

// Stats is the state of both directions.
func (s *Session) Stats() Stats {
	st := Stats{Sent: s.tx.count(), RTT: time.Duration(s.care.rtt.Load())}
	s.rx.fill(&st, s.e)
	s.fillLeg(&st)
	if f := s.Formats(); len(f) > 0 {
		st.Codec = f[0].Name
	}
	s.judge(&st)
	return st
}

// EngineStats counts the whole Engine's.
type EngineStats struct {
	Sessions, PortsInUse    int
	Received, Sent, Refused uint64
	Unsent                  uint64        // of what counts as sent, packets that the kernel then did not take
	LateP99                 time.Duration // of the wheel, over the last minute
	Browsers                int           // Sessions of Kind Browser
}

// add counts one Session more.
func (t *EngineStats) add(x EngineStats) {
	t.Sessions += x.Sessions
	t.Received += x.Received
	t.Sent += x.Sent
	t.Refused += x.Refused
}
