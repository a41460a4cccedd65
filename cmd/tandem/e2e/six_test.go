package e2e

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"tandem/loadtest/softphone"
)

// sixPorts are free ports of ::1. They are none of those that the kernel gives to who asks for any: what is let go of here is still free when it is wanted.
func sixPorts(t *testing.T, n int) (free []netip.AddrPort) {
	t.Helper()
	const first, all = 5100, 4000
	for i := range all {
		at := netip.AddrPortFrom(netip.IPv6Loopback(), uint16(first+(os.Getpid()+i)%all))
		conn, err := net.ListenPacket("udp6", at.String())
		if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Skip("this machine has no ::1")
		}
		if err != nil {
			continue
		}
		_ = conn.Close()
		if free = append(free, at); len(free) == n {
			return free
		}
	}
	t.Fatal("no port of ::1 is free")
	return nil
}

// sixPhone is a phone or a carrier of IPv6.
func (o *office) sixPhone(house netip.AddrPort, cfg softphone.Config) *softphone.Phone {
	o.t.Helper()
	if !cfg.Bind.IsValid() {
		cfg.Bind = netip.MustParseAddrPort("[::1]:0")
	}
	p := o.phoneAt(cfg)
	p.Redirect(house)
	return p
}

// Peers of IPv6 and of IPv4 talk with each other: a carrier's call in and out, and a phone that registered. Each is told an address of its own family.
func TestPeersOfIPv6AndIPv4HearEachOther(t *testing.T) {
	ports := sixPorts(t, 2)
	house, far := ports[0], ports[1]
	t.Setenv("TANDEM_SIP_UDP", house.String())
	t.Setenv("TANDEM_MEDIA_IPV6", "::1")
	site := replace(demoSite, `sources = ["{net}.2"]
servers = ["sip:{net}.2:5060"]`, `sources = ["::1/128"]
servers = ["sip:`+far.String()+`"]`)
	onEach(t, site, func(o *office) {
		chloe := o.phoneAt(softphone.Config{Network: "tcp", Bind: o.host(), Who: credentials("chloe-desk")})
		o.ok(chloe.Register(o.ctx, 600))
		carrier := o.sixPhone(house, softphone.Config{Bind: far, User: "+33639980101"})
		in := o.call(carrier, numberAlone)
		rung := o.rings(chloe)
		rung.Answer()
		o.ok(in.Answered(o.ctx))
		o.talk(in, rung)
		bothFamilies(t, in, rung)
		in.Press(o.ctx, softphone.ByEvent, "7")
		o.ok(in.Reinvite(o.ctx, "sendonly")) // held, and back
		o.ok(in.Reinvite(o.ctx, "sendrecv"))
		o.talk(in, rung)
		o.ok(in.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))
		if got := rung.Audio.Keys(); got != "7" {
			t.Errorf("the key that came is %q", got)
		}

		out := o.call(chloe, numberOutside)
		rung = o.rings(carrier)
		if sdp := string(rung.Invite.Body); !strings.Contains(sdp, "c=IN IP6 ::1") || !strings.Contains(rung.Invite.Get("Contact"), house.String()) {
			t.Errorf("the carrier is sent Contact %q and\n%s", rung.Invite.Get("Contact"), sdp)
		}
		rung.Answer()
		o.ok(out.Answered(o.ctx))
		o.talk(out, rung)
		bothFamilies(t, rung, out)
		o.ok(rung.Hangup(o.ctx))
		o.ok(out.Ended(o.ctx))

		david := o.sixPhone(house, softphone.Config{Who: credentials("david-desk")})
		o.ok(david.Register(o.ctx, 600))
		out = o.call(chloe, "204")
		rung = o.rings(david)
		rung.Answer()
		o.ok(out.Answered(o.ctx))
		o.talk(out, rung)
		bothFamilies(t, rung, out)
		o.ok(out.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))
		for _, c := range o.log(3) {
			if c.Outcome != "answered" {
				t.Errorf("the log has %+v", c)
			}
		}
	})
}

// bothFamilies checks that each party hears from one address, of its own family.
func bothFamilies(t *testing.T, six, four *softphone.Call) {
	t.Helper()
	for at := range six.Audio.Stream().Sources {
		if !at.Addr().Is6() {
			t.Errorf("the party of IPv6 hears from %v", at)
		}
	}
	for at := range four.Audio.Stream().Sources {
		if !at.Addr().Is4() {
			t.Errorf("the party of IPv4 hears from %v", at)
		}
	}
}
