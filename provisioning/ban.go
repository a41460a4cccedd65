package provisioning

import (
	"net/netip"
	"strings"
	"time"
)

// AuditBan is the kind of the audit log's lines about bans, which are no records.
const AuditBan = "ban"

// BanOrder is what somebody wants SIP not to listen to for a while.
type BanOrder struct {
	Address string        // "203.0.113.7" or "203.0.113.0/24"
	For     time.Duration // 1 min to 30 days
	Note    string
	Asks    netip.Prefix // where the order comes from; the zero value: from this machine
}

// Bounds of a BanOrder.
const (
	shortestBan = time.Minute
	longestBan  = 30 * 24 * time.Hour
	mostBanNote = 200 // characters
	widestBan4  = 16  // bits of IPv4
	widestBan6  = 32  // bits of IPv6
)

// Net is the address or the network that is meant. An order that cannot be followed is refused: whose address is a trunk's only the wire knows.
func (o *BanOrder) Net() (netip.Prefix, error) {
	net, err := Network(o.Address)
	switch {
	case err != nil:
		return net, err
	case net.Addr().Is4() && net.Bits() < widestBan4, net.Addr().Is6() && net.Bits() < widestBan6:
		return net, told(Refusal{
			Code: "ban_too_wide", Location: "body.address", Args: map[string]string{"address": net.String()},
			Text: "{address} is too wide: take /16 or less of IPv4, /32 or less of IPv6",
		})
	case net.Contains(netip.AddrFrom4([4]byte{127, 0, 0, 1})), net.Contains(netip.IPv6Loopback()):
		return net, told(Refusal{
			Code: "ban_loopback", Location: "body.address", Args: map[string]string{"address": net.String()},
			Text: "{address} is how this machine speaks to itself: it is never banned",
		})
	case o.Asks.IsValid() && net.Overlaps(o.Asks):
		return net, told(Refusal{
			Code: "ban_own_address", Location: "body.address", Args: map[string]string{"address": net.String()},
			Text: "{address} is where this request comes from: it is not banned, or whoever asks would shut themselves out",
		})
	case o.For < shortestBan || o.For > longestBan:
		return net, told(Refusal{Code: "ban_duration", Location: "body.duration_seconds", Text: "a ban lasts from a minute to 30 days: 60 to 2592000 seconds"})
	}
	return net, checkText("body.note", o.Note, lengths{0, mostBanNote}).err()
}

// Network reads an address or a network as bans are kept: masked, and of IPv4 where it is IPv4 in IPv6. What no peer can have is refused.
func Network(text string) (netip.Prefix, error) {
	refused := told(Refusal{
		Code: "ban_address", Location: "body.address", Args: map[string]string{"address": text},
		Text: "{address} is neither an IP address nor a network, such as 203.0.113.7 or 203.0.113.0/24",
	})
	if one, err := netip.ParseAddr(strings.TrimSpace(text)); err == nil {
		one = one.Unmap()
		if one.Zone() != "" || one.IsUnspecified() || one.IsMulticast() {
			return netip.Prefix{}, refused
		}
		return netip.PrefixFrom(one, one.BitLen()), nil
	}
	net, err := netip.ParsePrefix(strings.TrimSpace(text))
	if err != nil || net.Addr().Is4In6() {
		return netip.Prefix{}, refused
	}
	return net.Masked(), nil
}

// BanTrusted refuses to ban a network of which a trunk has an address.
func BanTrusted(net netip.Prefix) *Refusal {
	return told(Refusal{
		Code: "ban_trunk", Location: "body.address", Args: map[string]string{"address": net.String()},
		Text: "{address} has an address of a trunk: disable the trunk, or take the address out of it, first",
	})
}

// BansFull refuses one ban more than are kept.
func BansFull() *Refusal {
	return &Refusal{Why: Clash, Code: "bans_full", Text: "as many addresses are banned as are kept: lift one, or ban their network"}
}
