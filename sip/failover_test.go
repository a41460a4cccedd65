package sip_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/resolve/resolvetest"
	"tandem/sip/transport"
)

// named is a trunk that is known by its name alone.
func named(server string) *sip.Peers {
	return &sip.Peers{Trunks: []sip.Trunk{{ID: "carrier", Servers: []string{server}}}}
}

// portOf is a peer's port.
func portOf(p *peer) uint16 { return netip.MustParseAddrPort(p.host()).Port() }

// inOrder is a zone in which the trunk's servers are these, one after the other.
func inOrder(service string, all ...*peer) string {
	var zone strings.Builder
	for i, p := range all {
		fmt.Fprintf(&zone, "%scarrier.test. 60 IN SRV %d 1 %d s%d.carrier.test.\ns%d.carrier.test. 60 IN A %s\n", service, i, portOf(p), i, i,
			netip.MustParseAddrPort(p.host()).Addr())
	}
	return zone.String()
}

func toCarrier() sip.Dial {
	return sip.Dial{Trunk: "carrier", To: message.Party{User: "+33199001234"}, From: message.Party{User: "+33199005678"}, Offer: message.SDP([]byte(offer))}
}

// settles answers an INVITE and ends the call.
func (p *peer) settles(h *house, ref dialog.Ref, inv msg) {
	p.t.Helper()
	p.answer(inv, 200, "callee", "body:"+offer)
	signal[dialog.Answered](h)
	p.want("ACK")
	h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
	p.answer(p.want("BYE"), 200, "")
	signal[dialog.Ended](h)
}

// gathered counts what has come and was not read yet, repeats too; quiet knows it then.
func (p *peer) gathered() (n int) {
	for {
		m, there := p.read(20 * time.Millisecond)
		if !there {
			return n
		}
		n++
		p.isNew(m)
	}
}

// TestACallGoesOnToTheNextServerWithinTwoSeconds shows it on the wire; dialog's TestTheNextServerIsTriedInTime shows it to the tenth of a second.
func TestACallGoesOnToTheNextServerWithinTwoSeconds(t *testing.T) {
	for _, c := range []struct {
		name  string
		fails func(first *peer)
	}{
		{"silent", func(*peer) {}},
		{"503", func(first *peer) { first.answer(first.want("INVITE"), 503, "x", "Retry-After: 60") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dns := resolvetest.Start(t, "")
			h := open(t, func(cfg *sip.Config) { cfg.DNS = []netip.AddrPort{dns.At} })
			first, second := newPeerAt(h, transport.UDP, "127.0.7.1:0"), newPeerAt(h, transport.UDP, "127.0.7.2:0")
			dns.Tell(t, inOrder("_sip._udp.", first, second))
			h.SetPeers(named("sip:carrier.test"))
			ref := h.dial(toCarrier())
			c.fails(first)
			inv := second.want("INVITE")
			if n := first.gathered(); n > 3 { // the fourth would come after three seconds and a half
				t.Errorf("the second server has it when the first was asked %d times", n)
			}
			second.settles(h, ref, inv)
			ref = h.dial(toCarrier()) // what failed is remembered: the next call goes to the second at once
			second.settles(h, ref, second.want("INVITE"))
			first.quiet(50 * time.Millisecond)
		})
	}
}

func TestAServerThatWakesTooLateDoesNotRingOn(t *testing.T) {
	t.Parallel()
	dns := resolvetest.Start(t, "")
	h := open(t, func(cfg *sip.Config) { cfg.DNS = []netip.AddrPort{dns.At} })
	first, second := newPeerAt(h, transport.UDP, "127.0.7.3:0"), newPeerAt(h, transport.UDP, "127.0.7.4:0")
	dns.Tell(t, inOrder("_sip._udp.", first, second))
	h.SetPeers(named("sip:carrier.test"))
	ref := h.dial(toCarrier())
	late := first.want("INVITE")
	inv := second.want("INVITE")
	if late.get("Call-ID") != inv.get("Call-ID") || late.get("CSeq") == inv.get("CSeq") {
		t.Errorf("first %q %q, second %q %q", late.get("Call-ID"), late.get("CSeq"), inv.get("Call-ID"), inv.get("CSeq"))
	}
	first.answer(late, 180, "late")
	if c := first.skipTo("CANCEL"); c.get("CSeq") != strings.Replace(late.get("CSeq"), "INVITE", "CANCEL", 1) {
		t.Errorf("CANCEL %q", c.lines)
	}
	first.answer(late, 200, "late", "body:"+offer) // and answers before it sees the CANCEL
	first.skipTo("ACK")
	first.answer(first.skipTo("BYE"), 200, "")
	second.settles(h, ref, inv)
}

func TestAConnectionThatIsRefusedIsFollowedByTheNextServer(t *testing.T) {
	t.Parallel()
	dns := resolvetest.Start(t, "")
	h := open(t, func(cfg *sip.Config) { cfg.DNS = []netip.AddrPort{dns.At} })
	first, second := newPeerAt(h, transport.TCP, "127.0.7.5:0"), newPeerAt(h, transport.TCP, "127.0.7.6:0")
	dns.Tell(t, "carrier.test. 60 IN NAPTR 1 1 \"s\" \"SIP+D2T\" \"\" _sip._tcp.carrier.test.\n"+inOrder("_sip._tcp.", first, second))
	_ = first.ln.Close()
	h.SetPeers(named("sip:carrier.test"))
	ref := h.dial(toCarrier())
	second.accept()
	second.settles(h, ref, second.want("INVITE"))
}

func TestALongInviteGoesByTCPWhereTheNextHopTakesIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	long := toCarrier()
	long.Offer = message.SDP([]byte(offer + strings.Repeat("a=long:"+strings.Repeat("x", 40)+"\r\n", 30)))
	tcp := newPeerAt(h, transport.TCP, "127.0.7.7:0")
	udp := newPeerAt(h, transport.UDP, tcp.host()) // the same address and port, by both
	h.SetPeers(named("sip:" + tcp.host()))
	ref := h.dial(toCarrier())
	udp.settles(h, ref, udp.want("INVITE"))
	ref = h.dial(long)
	tcp.accept()
	inv := tcp.want("INVITE")
	if !strings.Contains(inv.get("Via"), "/TCP ") || !strings.Contains(inv.get("Contact"), "transport=tcp") {
		t.Errorf("INVITE %q", inv.lines)
	}
	tcp.settles(h, ref, inv)
	_ = tcp.conn.Close()
	_ = tcp.ln.Close() // now it takes no connection: by UDP, however long
	for range 2 {
		ref = h.dial(long)
		udp.settles(h, ref, udp.want("INVITE"))
	}
}
