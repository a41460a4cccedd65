package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"tandem/cmd/tandem/config"
	"tandem/media"
	"tandem/sip/transport"
)

// sipListeners says where the wire listens. A key without an address stands for every address of this machine, one listener each:
// what we send must leave from the address that the peer knows.
func sipListeners(c config.SIP) ([]transport.Listener, error) {
	var out []transport.Listener
	for _, l := range []struct {
		network transport.Network
		at      config.Listen
	}{{transport.UDP, c.UDP}, {transport.TCP, c.TCP}, {transport.TLS, c.TLS}} {
		if !l.at.On {
			continue
		}
		addrs := []netip.Addr{l.at.Addr}
		if !l.at.Addr.IsValid() || l.at.Addr.IsUnspecified() {
			var err error
			if addrs, err = ownAddresses(c); err != nil {
				return nil, err
			}
		}
		for _, a := range addrs {
			one := transport.Listener{Network: l.network, Bind: netip.AddrPortFrom(a, l.at.Port)}
			if c.Advertise.IsValid() && !a.IsLoopback() && c.Advertise.Is4() == a.Is4() {
				one.Advertise = netip.AddrPortFrom(c.Advertise.Addr, l.at.Port)
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// ownAddresses lists the addresses of this machine that a peer can be told, loopback last: those of IPv4, and of IPv6 where that is wanted.
func ownAddresses(c config.SIP) ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list the addresses of this machine: %w", err)
	}
	var outside, loopback []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || !prefix.Addr().Is4() && !c.IPv6 || prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		if prefix.Addr().IsLoopback() {
			loopback = append(loopback, prefix.Addr())
		} else {
			outside = append(outside, prefix.Addr())
		}
	}
	return append(outside, loopback...), nil
}

// publicIP is the address that our SDP names.
func publicIP(ctx context.Context, c *config.Config) netip.Addr {
	for _, a := range []netip.Addr{c.Media.PublicIP.Addr, c.SIP.Advertise.Addr, c.Media.Bind.Addr, c.SIP.UDP.Addr, c.SIP.TCP.Addr} {
		if a.IsValid() && !a.IsUnspecified() {
			return a
		}
	}
	return routeOut(ctx)
}

// denied is where no SDP may send our voice. Where our own voice comes from loopback, all our peers are there: it is not denied.
func denied(all []netip.Prefix, public netip.Addr) []netip.Prefix {
	out := []netip.Prefix{} // not nil: an operator who denies nothing means it
	for _, p := range all {
		if !public.IsLoopback() || !p.Contains(public) {
			out = append(out, p)
		}
	}
	return out
}

// routeOut is our address on the way to the outside; no packet is sent to find it. A machine without a way out has its loopback.
func routeOut(ctx context.Context) netip.Addr {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp4", "192.0.2.1:9") // TEST-NET-1, RFC 5737
	if err != nil {
		return loopback
	}
	defer func() { _ = conn.Close() }()
	if at, isUDP := conn.LocalAddr().(*net.UDPAddr); isUDP {
		return at.AddrPort().Addr().Unmap()
	}
	return loopback
}

// usualDoor is the port that most firewalls know as STUN's.
const usualDoor = 3478

// doorOf is where browsers bring their voice.
func doorOf(c config.Media) media.Door {
	if c.WebRTC.Off {
		return media.Door{}
	}
	port := c.WebRTC.Port
	if c.WebRTC.Auto {
		port = usualDoor
	}
	at := c.Bind.Addr
	if !at.IsValid() {
		at = netip.IPv4Unspecified()
	}
	return media.Door{Listen: netip.AddrPortFrom(at, port)}
}

// opusOf says whether Opus may be spoken.
func opusOf(c config.Media) media.Opus {
	if c.Opus == "off" {
		return media.OpusOff
	}
	return media.OpusAuto
}

// transportOf says how voice reaches the kernel.
func transportOf(c config.Media) media.Transport {
	t := media.Transport{Gather: c.Gather.Duration}
	if t.Gather == 0 {
		t.Gather = -1
	}
	switch c.Transport {
	case "netpoll":
		t.Backend = media.TransportNetpoll
	case "uring":
		t.Backend = media.TransportUring
	}
	return t
}
