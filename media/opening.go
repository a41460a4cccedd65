package media

import (
	"log/slog"
	"net/netip"
	"time"

	"tandem/media/prompt"
	"tandem/media/transport"
)

// Config is what an Engine needs to start. New fills what is zero with the defaults named here.
type Config struct {
	Bind      netip.Addr     // local address of RTP sockets; 0.0.0.0
	Advertise netip.Addr     // what SDP says; Bind when that is a real address
	Six       netip.Addr     // local address of the RTP sockets towards peers of IPv6, and what SDP says to them; not valid: all are reached from Bind
	Ports     PortRange      // 20000-29999; even ports carry RTP, the next one RTCP
	Workers   int            // media workers; one a core
	Silence   time.Duration  // no packet for this long, unless held: Event Silent; 60 s
	Deny      []netip.Prefix // addresses that SDP may not send us to, unless the leg's Allow names them
	Browser   Door
	Opus      Opus
	Transport Transport
	Log       *slog.Logger
}

// Transport is how packets reach the kernel. The zero value is io_uring where it works, as it is on every Linux from 6.1 on that does not
// forbid it, else a goroutine for each leg, with packets that gather for DefaultGather while there are many.
type Transport struct {
	Backend Backend
	Gather  time.Duration // how long io_uring lets packets gather while many come; 0: DefaultGather, negative: not at all
}

// DefaultGather is what Transport.Gather is when zero.
const DefaultGather = time.Millisecond

// Backend is a way to reach the kernel.
type Backend = transport.Backend

// The back ends.
const (
	TransportAuto    = transport.Auto
	TransportNetpoll = transport.Goroutines
	TransportUring   = transport.IOUring // New fails where it does not work
)

// Opus says whether Opus may be spoken, where libopus is installed.
type Opus int

// The choices.
const (
	OpusAuto Opus = iota // with browsers, after G.711: it is spoken where the browser offers nothing else
	OpusOff
)

// Door is where browsers come in, all by one port: its number is one to open in the firewall, for UDP and TCP.
type Door struct {
	Listen    netip.AddrPort // not valid: no browsers; port 0: any free one
	Advertise []netip.Addr   // what browsers are told, best first; none: Config.Advertise
	TCP       TCP
}

// TCP says whether browsers may come by TCP, for those whose UDP is blocked.
type TCP int

// The choices.
const (
	WithTCP TCP = iota
	WithoutTCP
)

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

// Typing says who sends digits to the peer, those of SendDigit and those of the other leg.
type Typing int

// Who sends digits.
const (
	TypesMedia Typing = iota // as events, or as tones where those were not agreed
	TypesTones               // as tones, whatever was agreed
	TypesOwner               // the owner, who is told by Typed and signals them
)

// Kind is how the media of a leg travel.
type Kind int

// The kinds.
const (
	Plain   Kind = iota // RTP (RFC 3550): trunks and telephones
	Browser             // ICE and DTLS-SRTP (RFC 8834, RFC 8835); nothing is latched, since every packet proves itself
)

// SRTP says whether the media of a plain leg are encrypted under keys that SDP brings (RFC 4568). Who asks for it vouches that the leg's
// signalling is encrypted itself: the keys stand in it.
type SRTP int

// The policies.
const (
	SRTPOff      SRTP = iota
	SRTPAllowed       // offered as what the peer may take or leave; taken where the peer offers it
	SRTPRequired      // a peer that will not is refused
)

// Opening is what a new Session must know.
type Opening struct {
	Kind      Kind
	Key       uint64         // Sessions of one call give the same key, and share a worker
	Latch     Latch          // LatchFixed when zero
	Signalled netip.Addr     // where the leg's signalling comes from
	Allow     []netip.Prefix // media addresses this leg may name although Config.Deny has them, and LatchACL's list
	Formats   []Format       // offered and accepted, best first; nil: Codecs, and without those PCMA, PCMU, telephone-event
	Codecs    []string       // instead of Formats: names of codecs, best first, in any case; telephone-event belongs to each
	Prefer    string         // the codec of the other party, which goes first if it is among Codecs, so that packets can pass as they are
	Ptime     int            // milliseconds of voice in a packet that our descriptions ask for: 10, 20, 30, 40 or 60; 20 when zero
	SRTP      SRTP           // of Kind Plain; a browser's media are always encrypted
	Inband    Inband
	Typing    Typing
	Advertise netip.Addr // instead of Config.Advertise
	Offer     []byte     // the peer's, where there is one already: with Config.Six, its media are reached by the family of addresses that it names
	Family    Family     // where there is no Offer
	Sink      Sink
	Ref       Ref
}

// Family says by which addresses a peer is reached, where Config.Six lets it be either.
type Family int

// The families.
const (
	FamilyAuto Family = iota // that of Opening.Signalled; IPv4 without one
	FamilySix
)

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

// Typed asks the owner to send a key to the leg's peer; only with TypesOwner.
type Typed struct {
	Leg      Ref
	Key      byte
	Duration time.Duration
}

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

// AudioChanged says that a party who should be heard in a bridge is not, and why as far as it can be told from here; or, with FaultNone, that they are heard
// again. A party on hold is not waited for.
type AudioChanged struct {
	Leg         Ref
	Fault       Fault
	For         time.Duration  // since when it is so; with FaultNone, how long it was
	From        netip.AddrPort // with FaultElsewhere: where packets come from instead
	PayloadType uint8          // with FaultFormat: what came instead
}

// Fault is why a party is not heard.
type Fault int

// The faults, in the order in which they are looked for.
const (
	FaultNone      Fault = iota
	FaultPath            // a browser has not been reached: ICE or DTLS came to no end
	FaultKeys            // packets come, and their SRTP tags are wrong
	FaultElsewhere       // packets come, from another address than the one agreed on
	FaultFormat          // packets come, in a payload type that nobody agreed on
	FaultBroken          // something comes that is no RTP
	FaultNothing         // nothing has come at all
	FaultStopped         // there was audio, and there is none any more
	FaultSilence         // packets come, and hold nothing but silence from the beginning: a microphone that is off
)

// QualityChanged says that a party has sounded badly for ten seconds, or well again for as long.
type QualityChanged struct {
	Leg   Ref
	Way   Way
	Sound Sound
	MOS   float64
	Loss  float64 // share of the packets, 0 to 1, of the last five seconds
}

// Way is a direction of a leg.
type Way int

// The ways.
const (
	WayIn  Way = iota // what the peer sends
	WayOut            // what the peer hears, as it reports
)

// Sound is a verdict.
type Sound int

// The verdicts.
const (
	SoundGood Sound = iota
	SoundPoor
)

// PathChanged says how the way to a browser stands. A Session of Kind Browser tells PathUp once its first answer has led to keys; what is
// played before that waits.
type PathChanged struct {
	Leg   Ref
	State PathState
	Err   error // why, with PathLost
}

// PathState is how the way to a browser stands.
type PathState int

// The states. After PathLost nothing comes and nothing goes until the browser restarts ICE by a new offer, which leads to PathUp again;
// or never, and the leg is to be hung up, or another Session to take its place.
const (
	PathUp        PathState = iota + 1 // voice passes
	PathUncertain                      // no sign of it for 10 s
	PathLost                           // not reached in 20 s, no sign for 45 s, closed by the browser, or it is not who the SDP says
)

// Of names the leg.
func (e Digit) Of() Ref { return e.Leg }

// Of names the leg.
func (e Typed) Of() Ref { return e.Leg }

// Of names the leg.
func (e PlayEnded) Of() Ref { return e.Leg }

// Of names the leg.
func (e RecordEnded) Of() Ref { return e.Leg }

// Of names the leg.
func (e Silent) Of() Ref { return e.Leg }

// Of names the leg.
func (e PathChanged) Of() Ref { return e.Leg }

// Of names the leg.
func (e AudioChanged) Of() Ref { return e.Leg }

// Of names the leg.
func (e QualityChanged) Of() Ref { return e.Leg }

func (Digit) media()          {}
func (PathChanged) media()    {}
func (Typed) media()          {}
func (AudioChanged) media()   {}
func (QualityChanged) media() {}
func (PlayEnded) media()      {}
func (RecordEnded) media()    {}
func (Silent) media()         {}

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
