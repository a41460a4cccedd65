package media

import "time"

// Format is a codec with its parameters as negotiated (RFC 3551, RFC 8866 section 6.6).
type Format struct {
	Name        string // "PCMA", "PCMU", "telephone-event"
	ClockRate   int
	PayloadType uint8
	Fmtp        string
}

// Session is the media of one leg. Its methods never block and may be called from any goroutine; its owner calls them from one.
type Session struct{}

// Direction is what we say of our side (RFC 3264 section 5.1).
type Direction int

// The directions.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// Offer makes an SDP offer (RFC 3264 section 5), the first or a new one; the version in o= rises when it differs from the last.
func (s *Session) Offer(d Direction) ([]byte, error) { return nil, errBuilding }

// Answer takes the peer's offer and makes our answer (section 6). A *Refusal says why it cannot: the state is as before.
func (s *Session) Answer(offer []byte) ([]byte, error) { return nil, errBuilding }

// Accept takes the peer's answer to our last Offer. A *Refusal says what is wrong with it: the state is as before.
func (s *Session) Accept(answer []byte) error { return errBuilding }

// Abandon forgets our last Offer, which was refused: the state is as before it.
func (s *Session) Abandon() {}

// Refusal is why an SDP cannot be used, for the peer: a SIP status and the text of a Warning.
type Refusal struct {
	Status  int // 400 malformed, 488 nothing in common, 415 not SDP
	Warning string
}

// Error is the warning.
func (r *Refusal) Error() string { return r.Warning }

// Formats lists what was agreed: the audio codec first, then telephone-event where both have it. Empty before the first answer.
func (s *Session) Formats() []Format { return nil }

// HeldByPeer says that the peer put us on hold: sendonly, inactive or c=0.0.0.0.
func (s *Session) HeldByPeer() bool { return false }

// Play replaces what is playing; PlayEnded tells its end. Nothing is heard before the first answer in either direction.
func (s *Session) Play(p Play) {}

// StopPlay ends it and says where it was, so that music can go on there.
func (s *Session) StopPlay() time.Duration { return 0 }

// Record starts a recording; RecordEnded tells its end.
func (s *Session) Record(r Record) {}

// StopRecord ends it.
func (s *Session) StopRecord() {}

// SendDigit sends a key to the peer by RFC 4733, or as tones where that was not agreed. Keys queue up.
func (s *Session) SendDigit(key byte, d time.Duration) {}

// Info takes the body of a SIP INFO (application/dtmf-relay, application/dtmf) into the one stream of digits. False: it holds no digit.
func (s *Session) Info(contentType string, body []byte) bool { return false }

// Stats is the state of both directions.
func (s *Session) Stats() Stats { return Stats{} }

// Close frees the ports after their quarantine, ends a recording and sends RTCP BYE.
func (s *Session) Close() {}

// Bridge ties two Sessions: what one peer says, the other hears, with digits, each leg with its own SSRC. It transcodes between PCMA and
// PCMU where the legs differ. A Session is in at most one bridge; a new bridge replaces the old one. What plays on either is stopped.
func Bridge(a, b *Session) error { return errBuilding }

// Unbridge unties both sides.
func (s *Session) Unbridge() {}

// Stats counts one Session's packets (RFC 3550 section 6.4.1 and appendix A).
type Stats struct {
	Received, Sent uint64
	Lost           uint64
	Duplicate      uint64
	Refused        uint64 // from an address that is not the peer's, or not RTP
	Jitter         time.Duration
	RTT            time.Duration // 0: not known
	LastPacket     time.Time
	Codec          string
}

// EngineStats counts the whole Engine's.
type EngineStats struct {
	Sessions, PortsInUse    int
	Received, Sent, Refused uint64
	LateP99                 time.Duration // of the wheel, over the last minute
}
