package media

import (
	"log/slog"
	"net/netip"
	"time"

	"tandem/media/prompt"
)

// Config is what an Engine needs to start. New fills what is zero with the defaults named here.
type Config struct {
	Bind      netip.Addr     // local address of RTP sockets; 0.0.0.0
	Advertise netip.Addr     // what SDP says; Bind when that is a real address
	Ports     PortRange      // 20000-29999; even ports carry RTP, the next one RTCP
	Workers   int            // media workers; one a core
	Silence   time.Duration  // no packet for this long, unless held: Event Silent; 60 s
	Deny      []netip.Prefix // addresses that SDP may not send us to, unless the leg's Allow names them
	Log       *slog.Logger
}

// PortRange is a range of UDP ports, both ends included.
type PortRange struct{ First, Last uint16 }

// Ref says which leg of its owner an event belongs to. The owner chooses it.
type Ref int

// Sink is the owner's mailbox. Post never blocks; false says that the owner is gone or its mailbox is full.
type Sink interface{ Post(e Event) bool }

// Latch says from where a Session believes RTP to come (RFC 7362; the rules are on rtp.Latch).
type Latch int

// The latching modes.
const (
	LatchFixed Latch = iota + 1 // the address in the SDP only: trunks
	LatchACL                    // any port of Opening.Allow
	LatchNAT                    // a phone behind NAT: the address the signalling came from, once it has proved itself
)

// Inband says when a Session listens for tones in the audio.
type Inband int

// When to listen for in-band digits.
const (
	InbandAuto Inband = iota // only where telephone-event was not negotiated
	InbandAlways
	InbandNever
)

// Opening is what a new Session must know.
type Opening struct {
	Key       uint64         // Sessions of one call give the same key, and share a worker
	Latch     Latch          // LatchFixed when zero
	Signalled netip.Addr     // where the leg's signalling comes from
	Allow     []netip.Prefix // media addresses this leg may name although Config.Deny has them, and LatchACL's list
	Formats   []Format       // offered and accepted, best first; nil: PCMA, PCMU, telephone-event
	Inband    Inband
	Advertise netip.Addr // instead of Config.Advertise
	Sink      Sink
	Ref       Ref
}

// Event is what a Session tells its owner.
//
//sumtype:decl
type Event interface {
	Of() Ref
	media()
}

// Digit is one key, however it came: RFC 4733, in-band and SIP INFO are one stream and no key counts twice (SPEC X6).
type Digit struct {
	Leg      Ref
	Key      byte // 0-9 * # A-D
	Path     DigitPath
	Duration time.Duration // 0 when not known yet: the event is sent as soon as the key is certain
}

// DigitPath is how a digit came.
type DigitPath int

// The ways of sending digits.
const (
	DigitRFC4733 DigitPath = iota + 1
	DigitInband
	DigitInfo
)

// PlayEnded says that a Play is over.
type PlayEnded struct {
	Leg  Ref
	Play PlayID
	Cut  bool // stopped or replaced before its end
}

// RecordEnded says that a recording is complete on disk, or failed.
type RecordEnded struct {
	Leg    Ref
	Record RecordID
	Why    RecordEnd
	Length time.Duration // of audio, with the silence at its end
	Err    error         // when Why is RecordFailed
}

// RecordEnd says why a recording ended.
type RecordEnd int

// Why a recording ended.
const (
	RecordStopped RecordEnd = iota + 1
	RecordSilence
	RecordTooLong
	RecordFailed
)

// Silent says that nothing has come for Config.Silence; it is told once until something comes again.
type Silent struct {
	Leg Ref
	For time.Duration
}

// Of names the leg.
func (e Digit) Of() Ref { return e.Leg }

// Of names the leg.
func (e PlayEnded) Of() Ref { return e.Leg }

// Of names the leg.
func (e RecordEnded) Of() Ref { return e.Leg }

// Of names the leg.
func (e Silent) Of() Ref { return e.Leg }

func (Digit) media()       {}
func (PlayEnded) media()   {}
func (RecordEnded) media() {}
func (Silent) media()      {}

// PlayID is chosen by the owner, so that a late event can be told from a current one.
type PlayID int

// RecordID is chosen by the owner, like PlayID.
type RecordID int

// Play is sound made here.
type Play struct {
	ID      PlayID
	Prompts []*prompt.Prompt // one after the other
	Loop    bool             // from the start again, for ever
	From    time.Duration    // where in the first prompt to begin: waiting music goes on where it was (SPEC Q4)
}

// Record asks for a recording of what the leg's peer says, as a mono 8 kHz G.711 WAV.
type Record struct {
	ID      RecordID
	Path    string // of a file that does not exist yet
	Max     time.Duration
	Silence time.Duration // ends it; 0: never
}
