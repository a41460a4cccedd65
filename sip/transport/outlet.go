package transport

import (
	"bytes"
	"net/netip"
	"slices"
)

// Outlet is a resolved way to a peer. Writing on it never blocks. The zero value is no outlet.
type Outlet struct {
	port   *udpPort
	stream *stream
	flow   Flow
}

// Flow is what it writes on.
func (o Outlet) Flow() Flow { return o.flow }

// SentBy is what Via and Contact say of us on this way (RFC 3261 section 18.1.1).
func (o Outlet) SentBy() netip.AddrPort { return o.flow.Listener.Advertise }

// maxDatagram is what an IPv4 datagram can carry, in bytes, less some for options.
const maxDatagram = 65000

// Write sends one request or response whole, or queues it on a stream. The bytes are not kept. It fails with ErrFlowGone, ErrCongested,
// ErrTooLarge or what the socket says.
func (o Outlet) Write(b []byte) error {
	switch {
	case o.port != nil:
		if len(b) > maxDatagram {
			return ErrTooLarge
		}
		return o.port.write(b, o.flow.Remote)
	case o.stream != nil:
		return o.stream.write(b)
	default:
		return ErrFlowGone
	}
}

// Outlet finds the way to a target. On a stream without a connection it starts one elsewhere and returns at once; what is written waits
// for it. It fails with ErrFlowGone when the target names a flow that ended.
func (l *Layer) Outlet(t Target) (Outlet, error) {
	switch t.Network {
	case UDP:
		return l.udpOutlet(t)
	case TCP, TLS:
		return l.streamOutlet(t)
	case WS, WSS:
		if t.Flow != 0 {
			return l.streamOutlet(t)
		}
		return Outlet{}, ErrUnsupported // a browser is never dialled
	default:
		return Outlet{}, ErrUnsupported
	}
}

func (l *Layer) udpOutlet(t Target) (Outlet, error) {
	to := unmap(t.Addr)
	if !to.IsValid() || to.Port() == 0 {
		return Outlet{}, ErrFlowGone
	}
	i := slices.IndexFunc(l.udp, func(p *udpPort) bool {
		if t.Listener.Bind.IsValid() && t.Listener.Network == UDP {
			return p.listener.Bind == unmap(t.Listener.Bind) || p.listener.Advertise == t.Listener.Bind
		}
		return p.listener.Bind.Addr().Is4() == to.Addr().Is4()
	})
	if i < 0 {
		return Outlet{}, ErrNoListener
	}
	p := l.udp[i]
	return Outlet{port: p, flow: Flow{ID: udpFlowID(l.seed, p.listener.Bind, to), Network: UDP, Listener: p.listener, Remote: to}}, nil
}

// Lookup finds a connection by its flow. UDP flows are in no table: they are never found and never gone.
func (l *Layer) Lookup(id FlowID) (Flow, error) {
	if s := l.streams.get(id); s != nil {
		return s.flow, nil
	}
	return Flow{}, ErrFlowGone
}

// CloseFlow ends a connection, as when its device is not welcome any more. Nothing happens to a UDP flow.
func (l *Layer) CloseFlow(id FlowID) {
	if s := l.streams.get(id); s != nil {
		s.close()
	}
}

// sentBy is the listener that Via names on a connection that we made: ours of that network, else any of that address family.
func (l *Layer) sentBy(n Network, to netip.AddrPort) Listener {
	var second Listener
	for _, have := range l.Listeners() {
		if have.Bind.Addr().Is4() != to.Addr().Is4() {
			continue
		}
		if have.Network == n {
			return have
		}
		if !second.Bind.IsValid() {
			second = have
		}
	}
	second.Network = n
	if !second.Advertise.IsValid() {
		second.Advertise = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	}
	return second
}

// counted counts a response that we send, by its first line.
func (l *Layer) counted(b []byte) {
	if rest, ok := bytes.CutPrefix(b, []byte("SIP/2.0 ")); ok && len(rest) >= 3 {
		l.count.ResponsesOut.Add(int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0'))
	}
}
