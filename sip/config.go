package sip

import (
	"crypto/tls"
	"log/slog"
	"net/netip"
	"time"

	"tandem/sip/dialog"
	"tandem/sip/digest"
	"tandem/sip/message"
	"tandem/sip/resolve"
	"tandem/sip/transport"
)

// Config is what a Stack needs to start. New fills what is zero with the defaults named here.
type Config struct {
	Listeners []transport.Listener
	Realm     string        // of our challenges, and the host of our AORs; "tandem"
	UserAgent string        // Server and User-Agent; empty sends neither (scanners read them)
	MaxExpiry time.Duration // of a registration; 1 h
	Trace     Tracer        // nil keeps no ladder
	Log       *slog.Logger

	MinExpiry time.Duration                               // of a registration; 1 min
	Digests   []digest.Algorithm                          // what phones are asked for, best first; SHA-256, MD5
	ServeTLS  *tls.Config                                 // certificate of the TLS listeners
	DialTLS   *tls.Config                                 // roots and client certificate of the connections we make; the system's roots
	Identity  func(name string) (*tls.Certificate, error) // the certificates that trunks may have us show, read for each connection; nil: there are none
	Limits    transport.Limits                            // of what a peer can make us hold
	Lookup    resolve.Lookup                              // asks the DNS; resolve.NewDNS(DNS...)
	DNS       []netip.AddrPort                            // name servers; those that this machine is set to ask

	Refresh dialog.Refresh // the session timer of calls whose trunk has none of its own

	Core Core // nil: what only mobile cores send is refused with 403
	// Arrived is told that a device registered, other than to refresh what it had; it does not block. Nil: nobody asks.
	Arrived func(aor message.AOR)

	// Blocked is told that something is not listened to any more, other than as somebody ordered: its Net, User and Cause. It does not block. Nil: nobody asks.
	Blocked func(Ban)

	Notes  Notes                  // nil: MESSAGE is refused with 405
	Urgent func(user string) bool // says whether a call or MESSAGE to that user part is never refused for load or while draining: emergency numbers; nil: none
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

// Core is what the Stack tells upward of a mobile core. It never blocks.
type Core interface {
	// CoreRegistered tells that a trunk, the registrar of a mobile core, says who has registered there (TS 24.229 section 5.4.1.7). It has been answered 200.
	CoreRegistered(r CoreRegistration)
}

// Notes is what the Stack tells upward of MESSAGEs, and to whoever has some for a device. Its methods never block.
type Notes interface {
	// Message hands over a MESSAGE outside any dialog (RFC 3428), of a trunk or of a device that proved who it is. Accept, Pass or Refuse is called on it, at any
	// time, but the sender gives up after 32 s and sends it again.
	Message(n *Note)
	// Registered tells that a device registered, other than to refresh what it had, or that it has no registration left. Contacts says where it can be reached.
	Registered(aor message.AOR, is Registered)
}

// CoreRegistration is a third-party REGISTER: the registrar of a mobile core tells an application server of a subscriber's phone.
type CoreRegistration struct {
	Trunk   TrunkID
	Who     message.Party // To: the public identity
	Expires time.Duration // 0: the phone has gone
	Head    dialog.Head
}

// Registered says whether a device can be reached.
type Registered bool

// TrunkID names a trunk.
type TrunkID string

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
