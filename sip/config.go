package sip

import (
	"crypto/tls"
	"log/slog"
	"net/netip"
	"time"

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

	MinExpiry time.Duration      // of a registration; 1 min
	Digests   []digest.Algorithm // what phones are asked for, best first; SHA-256, MD5
	ServeTLS  *tls.Config        // certificate of the TLS listeners
	DialTLS   *tls.Config        // roots and client certificate of the connections we make; the system's roots
	Limits    transport.Limits   // of what a peer can make us hold
	Lookup    resolve.Lookup     // asks the DNS; the system's resolver

	Urgent func(user string) bool // says whether a call to that user part is never refused for load or while draining: emergency numbers; nil: none
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
