package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"

	"tandem/cmd/tandem/config"
	"tandem/sip/transport"
)

// sipListeners says where the wire listens. A key without an address stands for every IPv4 address of this machine, one listener each:
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
			if addrs, err = ownAddresses(); err != nil {
				return nil, err
			}
		}
		for _, a := range addrs {
			one := transport.Listener{Network: l.network, Bind: netip.AddrPortFrom(a, l.at.Port)}
			if c.Advertise.IsValid() && !a.IsLoopback() {
				one.Advertise = netip.AddrPortFrom(c.Advertise.Addr, l.at.Port)
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// ownAddresses lists the IPv4 addresses of this machine, loopback last.
func ownAddresses() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list the addresses of this machine: %w", err)
	}
	var outside, loopback []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || !prefix.Addr().Is4() || prefix.Addr().IsLinkLocalUnicast() {
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

// certificate reads the certificate of the TLS listeners; nil without TLS.
func certificate(c config.SIP) (*tls.Config, error) {
	if !c.TLS.On {
		return nil, nil // no listener needs one
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, inputError{fmt.Errorf("[sip] tls_cert and tls_key: %w", err)}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
