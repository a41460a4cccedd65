package sip

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

var errBuilding = errors.New("not built yet")

// Config is what a Stack needs to start. New fills what is zero with the defaults named here.
type Config struct {
	Listeners []transport.Listener
	Realm     string        // of our challenges, and the host of our AORs; "tandem"
	UserAgent string        // Server and User-Agent; empty sends neither (facts: scanners read it)
	MaxExpiry time.Duration // of a registration; 1 h
	Trace     Tracer        // nil keeps no ladder
	Log       *slog.Logger
}

// Handler is what the Stack tells upward. Its methods run on a worker that serves other calls too: they never block.
type Handler interface {
	// Invite hands over an attempt that passed the guard: from a trunk, or from a device that proved who it is. Before it returns, the
	// handler calls Accept or Refuse on it.
	Invite(a *Attempt)
	// TrunkChanged tells the state of a trunk on the wire, each time it changes.
	TrunkChanged(s TrunkState)
	// DeviceChanged tells that a device registered or has no registration left.
	DeviceChanged(aor message.AOR, registered Registered)
}

// Registered says whether a device can be reached.
type Registered bool

// TrunkID names a trunk.
type TrunkID string

// Attempt is a request to call that came from outside.
type Attempt struct {
	CallID     string        // SIP Call-ID
	Trunk      TrunkID       // where it came from; empty when from a device
	Device     message.AOR   // who it came from; empty when from a trunk
	RequestURI message.Party // who is called
	To         message.Party
	From       message.Party
	Asserted   []message.Party // P-Asserted-Identity (RFC 3325); empty unless the peer is trusted to send it
	Private    bool            // Privacy: id (RFC 3323), or an anonymous From
	Diversion  []message.Party // RFC 5806 and History-Info entries, newest first
	Source     netip.AddrPort
	Network    transport.Network
	Offer      *message.Body // nil: late offer
	At         time.Time
	// (unexported: the server transaction)
}

// Accept makes the inbound leg; its events go to sink with ref. It has been answered 100 already.
func (a *Attempt) Accept(sink dialog.Sink, ref dialog.Ref) *dialog.Leg { return nil }

// Refuse answers with a final failure and forgets it. retryAfter zero sends none.
func (a *Attempt) Refuse(status int, warning string, retryAfter time.Duration) {}

// Dial is an INVITE to be sent.
type Dial struct {
	Trunk       TrunkID       // send it by this trunk, or
	Contact     Contact       // to this binding of a device
	To          message.Party // who is called; for a trunk the host is filled from its settings
	From        message.Party // the caller ID to show
	Asserted    *message.Party
	Private     bool // Privacy: id, and an anonymous From
	Diversion   []message.Party
	AutoAnswer  bool          // Call-Info: answer-after=0
	Offer       *message.Body // nil: late offer
	MaxForwards int           // 0: 70
}

// Contact is one binding of a device: where it can be reached now.
type Contact struct {
	AOR     message.AOR
	URI     string
	Target  transport.Target
	Expires time.Time
	Agent   string // its User-Agent, for people
	Path    []string
}

// Peers is what the wire must know of trunks and devices: an immutable snapshot, swapped whole. Nobody changes one after SetPeers.
type Peers struct {
	Trunks  []Trunk
	Devices []Device
}

// Trunk is a peering with a carrier or PBX as the wire sees it.
type Trunk struct {
	ID             TrunkID
	Sources        []netip.Prefix // where its requests come from; no challenge from there
	Username       string         // digest in: what its requests must prove when they come from elsewhere; empty: not allowed
	HA1            HA1
	Servers        []string // where calls go, best first: "sip:host:port;transport=tcp"; by RFC 3263 where the port is missing; empty: inbound only
	AuthUser       string   // digest out
	AuthPass       Secret
	AuthRealm      string        // the only realm we answer; empty takes the first one that the trunk's own address sends
	Domain         string        // host of From and To; empty takes the first server's
	Register       bool          // register out with AuthUser at the first server
	RegisterExpiry time.Duration // 10 min
	OptionsEvery   time.Duration // keep-alive; 0: none
}

// Device is a phone that may register and call.
type Device struct {
	AOR      message.AOR
	Username string // of its digest; usually the user part of the AOR
	HA1      HA1
}

// HA1 is H(username:realm:password) for each algorithm on offer (RFC 7616 section 3.4.2), in lower-case hex.
type HA1 struct{ MD5, SHA256 string }

// Secret is a password; it prints as dots.
type Secret string

// LogValue masks it.
func (Secret) LogValue() slog.Value { return slog.StringValue("••••") }

// String masks it.
func (Secret) String() string { return "••••" }

// TrunkState is what is known of a trunk on the wire.
type TrunkState struct {
	ID         TrunkID
	Up         bool          // answers OPTIONS or registered, whichever is asked of it; true when neither is
	LastStatus int           // last SIP status of OPTIONS or REGISTER; 0 for none, 408 for a timeout
	RTT        time.Duration // of the last OPTIONS
	Until      time.Time     // our registration's end
	Detail     string        // in words, for the operator
}

// Tracer keeps the SIP ladder. Seen runs where packets are read and written: it must not block. Credentials are masked already.
type Tracer interface{ Seen(t Trace) }

// Trace is one request or response as it was on the wire.
type Trace struct {
	At      time.Time
	CallID  string
	Network transport.Network
	From    netip.AddrPort
	To      netip.AddrPort
	Sent    bool
	First   string // first line
	Raw     []byte // the whole of it, Authorization and keys masked; the tracer owns it
}

// Stack is the wire.
type Stack struct{}

// New checks the configuration and opens nothing yet.
func New(cfg Config, h Handler) (*Stack, error) { return nil, errBuilding }

// Start opens the listeners and serves until Close. It returns once all are bound, or the first error.
func (s *Stack) Start(ctx context.Context) error { return errBuilding }

// Listeners says where it listens, with the ports the system chose.
func (s *Stack) Listeners() []transport.Listener { return nil }

// SetPeers swaps the trunks and devices. Calls in progress stay as they are; trunks that are gone are unregistered.
func (s *Stack) SetPeers(p *Peers) {}

// Dial sends an INVITE; the leg's events go to sink with ref. Resolving and connecting happen elsewhere: an error here means that the
// Dial itself cannot be right (an unknown trunk, an inbound-only trunk, control characters in a name).
func (s *Stack) Dial(d Dial, sink dialog.Sink, ref dialog.Ref) (*dialog.Leg, error) {
	return nil, errBuilding
}

// Contacts lists where a device can be reached now, newest first.
func (s *Stack) Contacts(aor message.AOR) []Contact { return nil }

// Trunks lists the state of every trunk.
func (s *Stack) Trunks() []TrunkState { return nil }

// Drain refuses new attempts with 503 and Retry-After, and answers OPTIONS 503; what is inside dialogs goes on.
func (s *Stack) Drain() {}

// Close unregisters, ends every transaction and closes the listeners.
func (s *Stack) Close(ctx context.Context) error { return errBuilding }
