package sip_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// wayOf registers alice's phone once more, by a way of its own (RFC 5626).
func wayOf(p *peer, id string, more ...string) msg {
	return p.register(try{user: "alice", as: "alice", headers: append([]string{
		"Supported: path, outbound", `Contact: <sip:alice@` + p.host() + `>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=` + id,
	}, more...)})
}

func TestAPhoneWithTwoWaysRingsOnceAndByTheSecondWhenTheFirstIsGone(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: phones()})
	second, first := newPeer(h, transport.TCP), newPeer(h, transport.TCP)
	wayOf(second, "2")
	m := wayOf(first, "1")
	if status(m) != "200" || m.get("Require") != "outbound" || m.get("Flow-Timer") != "120" || len(m.all("Contact")) != 2 || !strings.Contains(strings.Join(m.lines, "\n"), ";reg-id=2") {
		t.Fatalf("answer %q %q", m.first, m.lines)
	}
	all := h.Contacts("alice@example.test")
	if len(all) != 1 || len(all[0].Others) != 1 {
		t.Fatalf("contacts %+v", all)
	}
	call := func() dialog.Ref {
		return h.dial(sip.Dial{Contact: all[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	}
	first.settles(h, call(), first.want("INVITE"))
	_ = first.conn.Close() // the call knows it by then, or learns it while it rings there
	ref := call()
	second.settles(h, ref, second.want("INVITE"))

	third := newPeer(h, transport.TCP) // a proxy on the way that says that its own way is broken
	wayOf(third, "1")
	all = h.Contacts("alice@example.test")
	ref = call()
	third.answer(third.want("INVITE"), 430, "x")
	third.want("ACK")
	second.settles(h, ref, second.want("INVITE"))
}

func TestAFirstProxyThatKeepsNoWayIsToldSo(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: phones()})
	p := newPeer(h, transport.UDP)
	const via = "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1"
	for _, c := range []struct {
		more []string
		want string
	}{
		{nil, "200"}, // straight from the phone
		{[]string{via}, "439"},
		{[]string{via, "Path: <sip:edge.test;lr>"}, "439"},
		{[]string{via, "Path: <sip:token@edge.test;lr;ob>"}, "200"},
	} {
		if m := wayOf(p, "1", c.more...); status(m) != c.want {
			t.Errorf("%q: %q", c.more, m.first)
		}
	}
	h.dial(sip.Dial{Contact: h.Contacts("alice@example.test")[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	inv := p.want("INVITE sip:alice@")
	if inv.get("Route") != "<sip:token@edge.test;lr;ob>" {
		t.Errorf("Route %q", inv.get("Route"))
	}
	p.answer(inv, 486, "x")
}

// A phone cannot have its calls, or anybody else's, sent elsewhere by what its Path says.
func TestAPathLeadsNowhereButBackToWhoRegistered(t *testing.T) {
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		t.Run(string(n), func(t *testing.T) {
			h := open(t)
			h.SetPeers(&sip.Peers{Devices: phones()})
			victim, forger := newPeer(h, n), newPeer(h, n)
			wayOf(victim, "1")
			victims := h.Contacts("alice@example.test")[0].Target.Flow
			for _, path := range []string{
				"<sip:" + victim.host() + ";lr;ob>", fmt.Sprintf("<sip:%d@%s;lr;ob>", victims, h.at(n)), fmt.Sprintf("<sip:%s;lr;ob;flow=%x>", h.at(n), uint64(victims)),
			} {
				m := forger.register(try{user: "bob", as: "bob", headers: []string{
					"Supported: path, outbound", "Path: " + path, `Contact: <sip:bob@` + forger.host() + `>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E129>";reg-id=1`,
				}})
				if status(m) != "200" {
					t.Fatalf("%s: %q", path, m.first)
				}
				ref := h.dial(sip.Dial{Contact: h.Contacts("bob@example.test")[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
				inv := forger.want("INVITE sip:bob@")
				if inv.get("Route") != path {
					t.Errorf("Route %q, want %q", inv.get("Route"), path)
				}
				forger.settles(h, ref, inv)
			}
			victim.request(aliveAsk()) // its first answer is to this: nothing came before
			if m := victim.next(); !strings.HasPrefix(m.first, "SIP/2.0 200") {
				t.Errorf("the other phone was sent %q", m.first)
			}
		})
	}
}

func TestAPhoneKeepsItsWayOpenBySTUN(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	request := make([]byte, 20, 28)
	binary.BigEndian.PutUint16(request, 1)
	binary.BigEndian.PutUint32(request[4:], 0x2112A442)
	copy(request[8:], "transaction!")
	ask := func(b []byte) []byte {
		if _, err := p.udp.WriteToUDPAddrPort(b, p.to); err != nil {
			t.Fatal(err)
		}
		raw, ok := p.readRaw()
		if !ok {
			return nil
		}
		return raw
	}
	got := ask(request)
	own := netip.MustParseAddrPort(p.host())
	if len(got) != 32 || binary.BigEndian.Uint16(got) != 0x0101 || string(got[8:20]) != "transaction!" || binary.BigEndian.Uint16(got[20:]) != 0x0020 ||
		binary.BigEndian.Uint16(got[26:])^0x2112 != own.Port() || binary.BigEndian.Uint32(got[28:])^0x2112A442 != binary.BigEndian.Uint32(own.Addr().AsSlice()) {
		t.Errorf("answer %x to %v", got, own)
	}
	binary.BigEndian.PutUint32(request[4:], 0x2112A443) // not STUN at all
	if _, err := p.udp.WriteToUDPAddrPort(request, p.to); err != nil {
		t.Fatal(err)
	}
	p.request(aliveAsk())
	if m := p.next(); !strings.HasPrefix(m.first, "SIP/2.0 200") {
		t.Errorf("after it %q", m.first)
	}
}

func aliveAsk() ask {
	return ask{method: "OPTIONS", uri: "sip:x@example.test", from: "<sip:m@x>;tag=m", to: "<sip:x@example.test>", callID: "stun", seq: 1}
}
