package transport

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
)

// Network names a SIP transport as Via does (RFC 3261 section 7.1).
type Network string

// The transports of this room. WS and WSS are fed by the HTTP server of the web room.
const (
	UDP Network = "UDP"
	TCP Network = "TCP"
	TLS Network = "TLS"
	WS  Network = "WS"
	WSS Network = "WSS"
)

// Reliable says that the transport neither loses nor reorders (RFC 3261 section 17).
func (n Network) Reliable() bool { return n != UDP }

// Errors of sending.
var (
	ErrFlowGone    = errors.New("flow is gone")
	ErrNoListener  = errors.New("no listener for this network and address family")
	ErrTooLarge    = errors.New("larger than a datagram may be")
	ErrCongested   = errors.New("peer does not read what we write")
	ErrUnsupported = errors.New("transport is not served here")
	ErrClosed      = errors.New("transport layer is closed")

	ErrNoConnection = fmt.Errorf("%w: no connection could be made", ErrFlowGone) // nothing was ever written
)

// Listener is one address that carriers and phones reach us by.
type Listener struct {
	Network   Network
	Bind      netip.AddrPort // exact address; port 0 lets the system choose (tests)
	Advertise netip.AddrPort // what Via and Contact say; the zero value means Bind
}

// FlowID names one connection, or one pair of UDP addresses, for the life of this process (RFC 5626 section 3). Zero is no flow.
type FlowID uint64

// udpFlow marks the FlowID of a pair of UDP addresses: it is made of the addresses alone, since a table of them would grow with every
// address that a stranger claims to have.
const udpFlow FlowID = 1 << 63

// Flow is where a request came from and where its peer can be reached again.
type Flow struct {
	ID       FlowID
	Network  Network
	Listener Listener       // the listener that took it, with its real port; of a connection that we dialled: the one that Via names
	Remote   netip.AddrPort // the packet's source
	Seat     Seat           // of a WebSocket: whose it is
	Peer     string         // of a connection that a peer made over TLS: who its certificate proves it to be; empty: nobody
}

// Target is the way back over this flow.
func (f Flow) Target() Target {
	return Target{Network: f.Network, Addr: f.Remote, Flow: f.ID, Listener: f.Listener}
}

// Target is where a request goes. A request of a dialog keeps the Target it was first sent to, ACK, CANCEL and BYE included.
type Target struct {
	Network    Network
	Addr       netip.AddrPort
	Flow       FlowID   // not zero: only this flow will do; when it is gone, sending fails with ErrFlowGone
	ServerName string   // TLS: the name the certificate must carry
	Profile    *Profile // TLS: how a new connection is judged; nil: by ServerName
	Listener   Listener // which of ours to send from on UDP; the zero value lets the layer choose the first of that network and family
}

// udpFlowID is the name of a pair of UDP addresses: always the same in one process.
func udpFlowID(seed maphash.Seed, local, remote netip.AddrPort) FlowID {
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, local)
	maphash.WriteComparable(&h, remote)
	return FlowID(h.Sum64()) | udpFlow
}

// unmap takes the IPv6 clothes off an IPv4 address, so that one peer has one name.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
