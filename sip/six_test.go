package sip_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/resolve/resolvetest"
	"tandem/sip/transport"
)

// dual opens a house that listens at 127.0.0.1 and at ::1, with a name server.
func dual(t *testing.T, dns ...netip.AddrPort) *house {
	t.Helper()
	six := netip.MustParseAddrPort("[::1]:0")
	if probe, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(six)); err != nil {
		t.Skip("this machine has no ::1")
	} else {
		_ = probe.Close()
	}
	return open(t, func(c *sip.Config) {
		c.DNS = dns
		c.Listeners = append(c.Listeners, transport.Listener{Network: transport.UDP, Bind: six}, transport.Listener{Network: transport.TCP, Bind: six})
	})
}

func TestACallComesByIPv6AndLeavesByIPv4AndTheOtherWayRound(t *testing.T) {
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		t.Run(string(n), func(t *testing.T) {
			h := dual(t)
			four, six := newPeerAt(h, n, "127.0.0.1:0"), newPeerAt(h, n, "[::1]:0")
			in, out := trunkOf(six), trunkOf(four)
			in.ID, in.Sources = "six", []netip.Prefix{netip.MustParsePrefix("::1/128")}
			h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{in, out}})

			call := six.invite(strings.ReplaceAll(offer, "IP4 127.0.0.1", "IP6 ::1"))
			a := h.attempt()
			if a.Trunk != "six" || !a.Source.Addr().Is6() || !strings.Contains(string(a.Offer.Bytes), "IN IP6 ::1") {
				t.Fatalf("attempt of %q from %v", a.Trunk, a.Source)
			}
			ref := h.dial(toCarrier())
			four.accept()
			inv := four.want("INVITE")
			if !strings.Contains(inv.get("Via"), " 127.0.0.1:") || !strings.Contains(inv.get("Contact"), "@127.0.0.1:") && !strings.Contains(inv.get("Contact"), ":127.0.0.1:") {
				t.Errorf("to IPv4 %q", inv.lines)
			}
			four.settles(h, ref, inv)
			h.leg(0, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte(offer))) })
			ok := six.want("SIP/2.0 200")
			if c := ok.get("Contact"); !strings.Contains(c, "[::1]:") {
				t.Errorf("Contact %q", c)
			}
			call.in("ACK", ask{to: ok.get("To")})
			signal[dialog.Confirmed](h)

			d := toCarrier()
			d.Trunk = "six"
			ref = h.dial(d)
			six.accept()
			inv = six.want("INVITE sip:+33199001234@[::1]:")
			if !strings.Contains(inv.get("Via"), " [::1]:") || !strings.Contains(inv.get("Contact"), "[::1]:") {
				t.Errorf("to IPv6 %q", inv.lines)
			}
			six.settles(h, ref, inv)
		})
	}
}

func TestANameOfBothFamiliesIsTriedByBoth(t *testing.T) {
	dns := resolvetest.Start(t, "both.test. 60 IN AAAA ::1\nboth.test. 60 IN A 127.0.7.9\n")
	h := dual(t, dns.At)
	six := newPeerAt(h, transport.TCP, "[::1]:0") // nobody is at 127.0.7.9
	_, port, _ := net.SplitHostPort(six.host())
	h.SetPeers(named("sip:both.test:" + port + ";transport=tcp"))
	ref := h.dial(toCarrier())
	six.accept()
	six.settles(h, ref, six.want("INVITE"))
}

func TestAPhoneRegistersByIPv6(t *testing.T) {
	h := dual(t)
	h.SetPeers(&sip.Peers{Devices: phones()})
	p := newPeerAt(h, transport.UDP, "[::1]:0")
	if m := p.register(try{user: "alice", as: "alice"}); status(m) != "200" || !strings.Contains(m.get("Via"), "rport=") || !strings.Contains(m.get("Contact"), "[::1]") {
		t.Fatalf("answer %q %q", m.first, m.lines)
	}
	ref := h.dial(sip.Dial{Contact: h.Contacts("alice@example.test")[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	p.settles(h, ref, p.want("INVITE sip:peer@[::1]:"))
}
