package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrAddressRefused says that an address is not one that requests go to.
var ErrAddressRefused = errors.New("requests do not go to this address")

// Reach says how far requests go.
type Reach int

// How far requests go.
const (
	PublicOnly Reach = iota // to addresses of the internet alone
	InHouseToo              // to those of our own networks and machine too
)

// Guard says to which addresses requests go. It is asked about the very address that is dialled, after every name was resolved: a name that changes
// its mind does not pass.
type Guard struct {
	Reach Reach
	// Own lists where this program listens, which is no place for requests of ours with PublicOnly; nil: nowhere.
	Own func() []netip.AddrPort
	// Names finds the addresses of names; nil: as this machine does.
	Names *net.Resolver
}

// Allow refuses an address with ErrAddressRefused.
func (g Guard) Allow(to netip.AddrPort) error {
	why := g.refuses(to)
	if why == "" {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrAddressRefused, why)
}

func (g Guard) refuses(to netip.AddrPort) string {
	a := inner(to.Addr().Unmap().WithZone(""))
	switch {
	case !a.IsValid():
		return "it is none"
	case a.IsUnspecified(), a.IsMulticast(), isMetadata(a):
		return "it is special" // To these nobody has a reason to post.
	case g.Reach == InHouseToo:
		return ""
	case a.IsLoopback():
		return "it is this machine"
	case a.IsPrivate(), a.IsLinkLocalUnicast(), within(a, reserved()):
		return "it is not on the internet"
	case a.Is6() && !within(a, []string{"2000::/3"}): // All that was ever given out (RFC 4291 section 2.4).
		return "it is not on the internet"
	case g.ours(netip.AddrPortFrom(a, to.Port())):
		return "it is this program"
	}
	return ""
}

// isMetadata finds the addresses where clouds tell a machine its secrets.
func isMetadata(a netip.Addr) bool {
	return a == netip.AddrFrom4([4]byte{169, 254, 169, 254}) || a == netip.MustParseAddr("fd00:ec2::254")
}

// reserved are networks that are not the internet, beside those that package netip knows (RFC 6890 and the registries that it names).
func reserved() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	}
}

func within(a netip.Addr, networks []string) bool {
	for _, n := range networks {
		if netip.MustParsePrefix(n).Contains(a) {
			return true
		}
	}
	return false
}

// inner is the IPv4 address that an IPv6 address leads to, where it does: by NAT64 (RFC 6052), 6to4 (RFC 3056), or as the old IPv4-compatible form.
func inner(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case within(a, []string{"64:ff9b::/96"}), within(a, []string{"::/96"}) && !a.IsUnspecified() && !a.IsLoopback():
		return netip.AddrFrom4([4]byte(b[12:16]))
	case within(a, []string{"2002::/16"}):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// ours says whether this program listens at an address.
func (g Guard) ours(to netip.AddrPort) bool {
	if g.Own == nil {
		return false
	}
	for _, l := range g.Own() {
		if l.Port() != to.Port() {
			continue
		}
		if l.Addr().Unmap() == to.Addr() || l.Addr().IsUnspecified() && isLocal(to.Addr()) {
			return true
		}
	}
	return false
}

// isLocal says whether an address is one of this machine.
func isLocal(a netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return true // Who cannot tell is careful.
	}
	for _, one := range all {
		if p, err := netip.ParsePrefix(one.String()); err == nil && p.Addr().Unmap().WithZone("") == a {
			return true
		}
	}
	return false
}

// Limits of connections.
const (
	connectWithin  = 5 * time.Second
	tlsWithin      = 5 * time.Second
	idleFor        = 30 * time.Second
	idlePerHost    = 2
	idleInAll      = 100
	longestHeaders = 16 << 10
)

// NewTransport makes a transport whose every connection goes to an address that the guard allows. It asks no proxy, whatever the environment says.
func NewTransport(g Guard) http.RoundTripper {
	d := &net.Dialer{
		Timeout: connectWithin, Resolver: g.Names,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%w: %q is no address", ErrAddressRefused, address)
			}
			return g.Allow(to)
		},
	}
	return &transport{g, &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: tlsWithin, ForceAttemptHTTP2: true, MaxIdleConns: idleInAll, MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout: idleFor, MaxResponseHeaderBytes: longestHeaders,
	}}
}

// transport refuses what the address of a request alone says.
type transport struct {
	guard Guard
	http  *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case r.URL.User != nil:
		return nil, fmt.Errorf("%w: it carries a user", ErrAddressRefused)
	case r.URL.Scheme != "https" && t.guard.Reach == PublicOnly:
		return nil, fmt.Errorf("%w: it is not encrypted", ErrAddressRefused)
	}
	return t.http.RoundTrip(r)
}

// CloseIdleConnections lets go of what is kept for later.
func (t *transport) CloseIdleConnections() { t.http.CloseIdleConnections() }
