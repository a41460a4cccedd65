package transport

import "net/netip"

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

// Listener is one address that carriers and phones reach us by.
type Listener struct {
	Network   Network
	Bind      netip.AddrPort // exact address; port 0 lets the system choose (tests)
	Advertise netip.AddrPort // what Via and Contact say; the zero value means Bind
}

// FlowID names one connection, or one pair of UDP addresses, for the life of this process (RFC 5626 section 3). Zero is no flow.
type FlowID uint64

// Flow is where a request came from and where its peer can be reached again.
type Flow struct {
	ID       FlowID
	Network  Network
	Listener Listener       // the listener that took it, with its real port
	Remote   netip.AddrPort // the packet's source
}

// Target is where a request goes. A request of a dialog keeps the Target it was first sent to, ACK, CANCEL and BYE included.
type Target struct {
	Network    Network
	Addr       netip.AddrPort
	Flow       FlowID   // not zero: only this flow will do; when it is gone, sending fails with ErrFlowGone
	ServerName string   // TLS: the name the certificate must carry
	Listener   Listener // which of ours to send from on UDP; the zero value lets the layer choose the first of that network and family
}
