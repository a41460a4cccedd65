package sip_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// TestEachPhoneHearsOnlyItsOwnCalls shows that a request goes to the connection its device registered on, with two connected, and that a
// port used again by somebody else is not the device.
func TestEachPhoneHearsOnlyItsOwnCalls(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: phones()})
	alice, bob := newPeer(h, transport.TCP), newPeer(h, transport.TCP)
	home := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 66, 2, 1)}, Timeout: patience} // nobody else's address: its ports are not taken by chance
	conn, err := home.DialContext(t.Context(), "tcp4", h.at(transport.TCP).String())
	if err != nil {
		t.Fatal(err)
	}
	alice.use(conn)
	alice.register(try{user: "alice", as: "alice", headers: []string{"Contact: <sip:same@192.0.2.1>"}})
	bob.register(try{user: "bob", as: "bob", headers: []string{"Contact: <sip:same@192.0.2.1>"}})
	was := h.Contacts("alice@example.test")
	h.dial(sip.Dial{Contact: was[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	inv := alice.want("INVITE")
	if !strings.Contains(inv.get("To"), "sip:alice@example.test") {
		t.Fatalf("INVITE %q", inv.lines)
	}
	bob.quiet(50 * time.Millisecond)
	alice.answer(inv, 486, "x")
	alice.want("ACK")
	signal[dialog.Failed](h)

	local := alice.conn.LocalAddr().(*net.TCPAddr)
	_ = alice.conn.(*net.TCPConn).SetLinger(0) // so that the port is free at once
	_ = alice.conn.Close()
	for range 3 { // alice, bob and alice again, in any order of coming
		if d := <-h.devices; d == "alice@example.test false" {
			break
		}
	}
	home.LocalAddr = local
	if conn, err = home.DialContext(t.Context(), "tcp4", h.at(transport.TCP).String()); err != nil {
		t.Fatal(err)
	}
	mallory := newPeer(h, transport.TCP)
	mallory.use(conn)
	mallory.request(ask{method: "OPTIONS", uri: "sip:x@example.test", from: "<sip:m@x>;tag=m", to: "<sip:x@example.test>", callID: "m", seq: 1})
	mallory.want("SIP/2.0 200")
	h.dial(sip.Dial{Contact: was[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	if f := signal[dialog.Failed](h); f.Status != 480 {
		t.Fatalf("failed %+v", f)
	}
	mallory.quiet(50 * time.Millisecond)
}

// TestTwoListenersWithTheSamePeerAnswerFromTheirOwnPort shows that what came to one listener is answered, and gone on with, from it.
func TestTwoListenersWithTheSamePeerAnswerFromTheirOwnPort(t *testing.T) {
	h := open(t, func(c *sip.Config) { c.Listeners = append(c.Listeners, c.Listeners[0]) })
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	ref := dialog.Ref(0)
	for _, l := range h.Listeners() {
		if l.Network != transport.UDP {
			continue
		}
		p.to = l.Bind // reading checks that everything comes from there
		c := p.invite(offer)
		h.attempt()
		h.leg(ref, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte("v=0 answer"))) })
		ok := c.heard(p.want("SIP/2.0 200"))
		if !strings.Contains(ok.get("Contact"), fmt.Sprint(l.Bind)) {
			t.Errorf("Contact %q on %v", ok.get("Contact"), l.Bind)
		}
		c.in("ACK", ask{})
		signal[dialog.Confirmed](h)
		h.leg(ref, hangup)
		p.answer(p.want("BYE"), 200, "")
		signal[dialog.Ended](h)
		ref++
	}
}

// TestAdvertisedAddressIsWhatPeersAreTold shows a public address in Contact and Via of a listener that is bound to another.
func TestAdvertisedAddressIsWhatPeersAreTold(t *testing.T) {
	public := "203.0.113.5:5062"
	h := open(t, func(c *sip.Config) { c.Listeners[0].Advertise = parseAddrPort(public) })
	p := newPeer(h, transport.UDP)
	_, inv := out(h, p)
	if !strings.Contains(inv.get("Contact"), "<sip:"+public+">") || !strings.Contains(inv.get("Via"), public) || !strings.Contains(inv.get("Via"), ";rport") {
		t.Fatalf("INVITE %q", inv.lines)
	}
}
