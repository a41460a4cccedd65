package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// out starts a call to the peer and gives its INVITE.
func out(h *house, p *peer, change ...func(*sip.Trunk)) (dialog.Ref, msg) {
	h.t.Helper()
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, change...)}})
	return again(h, p)
}

// again starts one more call.
func again(h *house, p *peer) (dialog.Ref, msg) {
	h.t.Helper()
	ref := h.dial(sip.Dial{
		Trunk: "carrier", To: message.Party{User: "+33123456789"}, From: message.Party{User: "+33611223344"}, Offer: message.SDP([]byte(offer)),
	})
	return ref, p.want("INVITE")
}

func hangup(l *dialog.Leg) error { return l.Hangup(message.CompletedElsewhere) }

func TestCancelWaitsForTheFirstProvisional(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		ref, inv := out(h, p)
		h.leg(ref, hangup)
		p.quiet(100 * time.Millisecond)
		p.answer(inv, 180, "callee", "Record-Route: <sip:198.51.100.1;lr>")
		cancel := p.want("CANCEL " + strings.Fields(inv.first)[1])
		if cancel.get("Via") != inv.get("Via") || cancel.get("From") != inv.get("From") || cancel.get("To") != inv.get("To") ||
			cancel.get("CSeq") != "1 CANCEL" || cancel.get("Route") != "" || cancel.get("Contact") != "" {
			t.Fatalf("CANCEL is not made of its INVITE:\n%q\n%q", inv.lines, cancel.lines)
		}
		if cancel.get("Reason") != `SIP;cause=200;text="Call completed elsewhere"` {
			t.Fatalf("Reason %q", cancel.get("Reason"))
		}
		p.answer(cancel, 200, "callee")
		p.answer(inv, 487, "callee")
		p.want("ACK")
		if f := signal[dialog.Failed](h); f.Status != 487 {
			t.Fatalf("failed %+v", f)
		}
		h.over(ref)
	})
}

func TestAnswerThatCrossesCancelIsAcknowledgedAndEnded(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		ref, inv := out(h, p)
		p.answer(inv, 180, "callee")
		signal[dialog.Progress](h)
		h.leg(ref, hangup)
		cancel := p.want("CANCEL")
		p.answer(inv, 200, "callee", "body:v=0 answer")
		p.answer(cancel, 200, "callee")
		p.want("ACK")
		bye := p.want("BYE")
		if bye.tag() != "callee" || bye.get("Reason") != `SIP;cause=200;text="Call completed elsewhere"` {
			t.Fatalf("BYE %q", bye.lines)
		}
		p.answer(bye, 200, "")
		if e := signal[dialog.Ended](h); e.By != dialog.EndedByUs {
			t.Fatalf("ended %+v", e)
		}
		h.over(ref)
	})
}

func TestSecondBranchOfAForkIsEnded(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		ref, inv := out(h, p)
		for _, tag := range []string{"one", "two"} {
			p.answer(inv, 180, tag)
			if g := signal[dialog.Progress](h); g.Tag != tag {
				t.Fatalf("progress %+v", g)
			}
		}
		p.answer(inv, 200, "two", "body:v=0 two")
		if ack := p.want("ACK"); ack.tag() != "two" {
			t.Fatalf("ACK %q", ack.lines)
		}
		if a := signal[dialog.Answered](h); string(a.Body.Bytes) != "v=0 two" {
			t.Fatalf("answered %+v", a)
		}
		p.answer(inv, 200, "one", "body:v=0 one")
		if ack := p.want("ACK"); ack.tag() != "one" {
			t.Fatalf("ACK %q", ack.lines)
		}
		bye := p.want("BYE")
		if bye.tag() != "one" {
			t.Fatalf("BYE %q", bye.lines)
		}
		p.answer(bye, 200, "")
		p.answer(inv, 200, "two", "body:v=0 two") // a repeat of the one that won
		if ack := p.want("ACK"); ack.tag() != "two" {
			t.Fatalf("ACK %q", ack.lines)
		}
		h.leg(ref, hangup)
		bye = p.want("BYE")
		if bye.tag() != "two" {
			t.Fatalf("BYE %q", bye.lines)
		}
		p.answer(bye, 200, "")
		signal[dialog.Ended](h)
		h.over(ref)
	})
}

func TestAnyNumberOfProvisionals(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	_, inv := out(h, p)
	for range 12 {
		p.answer(inv, 183, "callee", "body:v=0 early")
		if g := signal[dialog.Progress](h); g.Status != 183 || string(g.Body.Bytes) != "v=0 early" {
			t.Fatalf("progress %+v", g)
		}
	}
	p.answer(inv, 200, "callee")
	p.want("ACK")
	if a := signal[dialog.Answered](h); string(a.Body.Bytes) != "v=0 early" { // the 183 had the answer already
		t.Fatalf("answered %+v", a)
	}
}

// account gives a trunk a name and a password out.
func account(t *sip.Trunk) { t.AuthUser, t.AuthPass, t.AuthRealm = "acc", "secret", "carrier.test" }

func challengeOf(realm string, n int) string {
	return fmt.Sprintf(`Digest realm="%s",nonce="n%d",algorithm=MD5,qop="auth"`, realm, n)
}

func TestTrunkChallengesAreAnsweredForEveryMethod(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		ref, inv := out(h, p, account)
		p.answer(inv, 407, "x", "Proxy-Authenticate: "+challengeOf("carrier.test", 1))
		p.want("ACK")
		inv = p.want("INVITE")
		if c := inv.get("Proxy-Authorization"); !strings.Contains(c, `username="acc"`) || !strings.Contains(c, `nonce="n1"`) || inv.get("CSeq") != "2 INVITE" {
			t.Fatalf("INVITE %q", inv.lines)
		}
		p.answer(inv, 200, "callee", "body:v=0 answer")
		p.want("ACK")
		signal[dialog.Answered](h)

		h.leg(ref, func(l *dialog.Leg) error { return l.Offer(message.SDP([]byte("v=0 hold"))) })
		re := p.want("INVITE")
		p.answer(re, 401, "", "WWW-Authenticate: "+challengeOf("carrier.test", 2))
		p.want("ACK")
		re = p.want("INVITE")
		if !strings.Contains(re.get("Authorization"), `nonce="n2"`) || re.body != "v=0 hold" {
			t.Fatalf("re-INVITE %q", re.lines)
		}
		p.answer(re, 200, "", "body:v=0 held")
		p.want("ACK")
		if o := signal[dialog.OfferEnded](h); o.Status != 200 || string(o.Body.Bytes) != "v=0 held" {
			t.Fatalf("offer ended %+v", o)
		}

		h.leg(ref, func(l *dialog.Leg) error {
			return l.Info(&message.Body{Type: "application/dtmf-relay", Bytes: []byte("Signal=1")})
		})
		p.answer(p.want("INFO"), 401, "", "WWW-Authenticate: "+challengeOf("carrier.test", 3))
		p.answer(p.want("INFO"), 200, "")
		h.leg(ref, func(l *dialog.Leg) error {
			return l.Refer(message.Party{Scheme: "sip", User: "+33199999999", Host: "carrier.test"}, "")
		})
		p.answer(p.want("REFER"), 407, "", "Proxy-Authenticate: "+challengeOf("carrier.test", 4))
		p.answer(p.want("REFER"), 603, "")
		if r := signal[dialog.ReferProgress](h); r.Status != 603 || !r.Final {
			t.Fatalf("refer %+v", r)
		}
		h.leg(ref, hangup)
		p.answer(p.want("BYE"), 401, "", "WWW-Authenticate: "+challengeOf("carrier.test", 5))
		bye := p.want("BYE")
		if !strings.Contains(bye.get("Authorization"), `nonce="n5"`) {
			t.Fatalf("BYE %q", bye.lines)
		}
		p.answer(bye, 200, "")
		signal[dialog.Ended](h)
		h.over(ref)
	})
}

// TestCredentialsAreNotGivenAway shows that another realm gets no answer, nor a caller who challenges what we send back to it from an
// address that is not the trunk's (CVE-2021-41158), and that a nonce that changes each time does not go on for ever (CVE-2020-28242).
func TestCredentialsAreNotGivenAway(t *testing.T) {
	t.Run("another realm", func(t *testing.T) {
		h := open(t)
		p := newPeer(h, transport.UDP)
		_, inv := out(h, p, account)
		p.answer(inv, 401, "x", "WWW-Authenticate: "+challengeOf("attacker.test", 1))
		p.want("ACK")
		if f := signal[dialog.Failed](h); f.Status != 401 {
			t.Fatalf("failed %+v", f)
		}
		p.quiet(50 * time.Millisecond)
	})
	t.Run("a new nonce each time", func(t *testing.T) {
		h := open(t)
		p := newPeer(h, transport.UDP)
		_, inv := out(h, p, account)
		for i := range 3 {
			p.answer(inv, 401, "x", "WWW-Authenticate: "+challengeOf("carrier.test", i))
			p.want("ACK")
			if i < 2 {
				inv = p.want("INVITE")
			}
		}
		if f := signal[dialog.Failed](h); f.Status != 401 {
			t.Fatalf("failed %+v", f)
		}
	})
	t.Run("a device that challenges", func(t *testing.T) {
		h := open(t)
		p, phone := newPeer(h, transport.UDP), newPeer(h, transport.UDP)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, account)}, Devices: phones()})
		phone.register(try{user: "alice", as: "alice"})
		h.dial(sip.Dial{Contact: h.Contacts("alice@example.test")[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
		phone.answer(phone.want("INVITE"), 401, "x", "WWW-Authenticate: "+challengeOf("carrier.test", 1))
		phone.want("ACK")
		if f := signal[dialog.Failed](h); f.Status != 401 {
			t.Fatalf("failed %+v", f)
		}
	})
	t.Run("a Contact elsewhere", func(t *testing.T) {
		h := open(t)
		p, elsewhere := newPeer(h, transport.UDP), newPeer(h, transport.UDP)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, account, func(t *sip.Trunk) { t.Sources = nil })}})
		ref, inv := again(h, p)
		_, port, _ := strings.Cut(elsewhere.host(), ":")
		p.answer(inv, 200, "callee", "Contact: <sip:peer@127.0.0.9:"+port+">", "body:v=0 answer")
		signal[dialog.Answered](h)
		h.leg(ref, hangup) // the BYE goes to 127.0.0.9, which is not the trunk's
		p.quiet(50 * time.Millisecond)
	})
}

func TestOneTagForEveryAnswerToACaller(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
		c := p.invite(offer)
		h.attempt()
		h.leg(0, func(l *dialog.Leg) error { return l.Ring(180, nil) })
		ringing := p.want("SIP/2.0 180")
		c.in("CANCEL", ask{branch: c.branch, headers: []string{`Reason: SIP;cause=487;text="gave up"`}})
		cancelled := p.want("SIP/2.0 200")
		final := p.want("SIP/2.0 487")
		if tag := ringing.tag(); tag == "" || cancelled.tag() != tag || final.tag() != tag {
			t.Fatalf("tags %q, %q, %q", tag, cancelled.tag(), final.tag())
		}
		c.heard(final)
		c.in("ACK", ask{branch: c.branch})
		if s := signal[dialog.Cancelled](h); s.Reason.Text != "gave up" {
			t.Fatalf("cancelled %+v", s)
		}
		h.over(0)
		h.owner.do(func() {
			if err := h.owner.legs[0].Answer(nil); err == nil {
				t.Error("a late answer was taken")
			}
		})
		p.quiet(50 * time.Millisecond)
	})
}

func TestAckOnTheBranchOfItsInviteConfirms(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
		c := p.invite(offer)
		h.attempt()
		h.leg(0, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte("v=0 answer"))) })
		c.heard(p.want("SIP/2.0 200"))
		c.in("ACK", ask{branch: c.branch})
		signal[dialog.Confirmed](h)
	})
}

func TestTargetRefreshAndRouteSetAreFollowed(t *testing.T) {
	for _, route := range []struct{ name, header, uri, route string }{
		{"no route", "", "sip:new@", ""},
		{"loose", "<sip:%s;lr>", "sip:new@", "<sip:%s;lr>"},
		{"strict", "<sip:%s>", "sip:%s", "<sip:new@%s>"},
	} {
		t.Run(route.name, func(t *testing.T) {
			h := open(t)
			p, moved := newPeer(h, transport.UDP), newPeer(h, transport.UDP)
			ref, inv := out(h, p)
			extra := []string{"body:v=0 answer"}
			next := moved
			if route.header != "" {
				extra = append(extra, "Record-Route: "+fmt.Sprintf(route.header, p.host()))
				next = p
			}
			p.answer(inv, 200, "callee", extra...)
			p.want("ACK")
			signal[dialog.Answered](h)
			c := &callIn{peer: p, callID: inv.get("Call-ID"), from: inv.get("To") + ";tag=callee", to: inv.get("From"), seq: 100}
			c.in("UPDATE", ask{headers: []string{"Contact: <sip:new@" + moved.host() + ">"}})
			p.want("SIP/2.0 200")
			h.leg(ref, hangup)
			bye := next.want("BYE")
			uri := route.uri
			if strings.Contains(uri, "%s") {
				uri = fmt.Sprintf(uri, p.host())
			} else {
				uri += moved.host()
			}
			wantRoute := ""
			switch route.name {
			case "loose":
				wantRoute = fmt.Sprintf(route.route, p.host())
			case "strict":
				wantRoute = fmt.Sprintf(route.route, moved.host())
			}
			if strings.Fields(bye.first)[1] != uri || bye.get("Route") != wantRoute {
				t.Fatalf("%s\nRoute %q, want %s and %q", bye.first, bye.get("Route"), uri, wantRoute)
			}
		})
	}
}

func TestByeBeforeAckEndsTheCall(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	c := p.invite(offer)
	h.attempt()
	h.leg(0, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte("v=0 answer"))) })
	c.heard(p.want("SIP/2.0 200"))
	c.in("BYE", ask{})
	p.want("SIP/2.0 200")
	signal[dialog.Ended](h)
	h.over(0)
	p.still(600 * time.Millisecond) // the 200 is repeated no more
}

func TestFailoverToTheNextServer(t *testing.T) {
	h := open(t)
	first, second := newPeer(h, transport.UDP), newPeer(h, transport.UDP)
	trunk := trunkOf(first)
	trunk.Servers = append(trunk.Servers, trunkOf(second).Servers...)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunk}})
	ref, inv := again(h, first)
	first.answer(inv, 503, "x")
	first.want("ACK")
	inv = second.want("INVITE sip:+33123456789@" + second.host())
	second.answer(inv, 200, "callee", "Contact: <sip:peer@name.that.does.not.exist>", "body:v=0 answer")
	second.want("ACK sip:peer@name.that.does.not.exist") // the same server, whatever the Contact is called
	signal[dialog.Answered](h)
	h.leg(ref, hangup)
	second.answer(second.want("BYE"), 200, "")
	signal[dialog.Ended](h)

	_, inv = again(h, second) // the first one is in the penalty box
	second.answer(inv, 486, "x", `Reason: Q.850;cause=17`)
	second.want("ACK")
	if f := signal[dialog.Failed](h); f.Status != 486 || f.Reason.Cause != 17 {
		t.Fatalf("failed %+v", f)
	}
	first.quiet(50 * time.Millisecond)
}

func TestSanitiserRefusesAndCleansWhatWouldBeAHeader(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	evil := "x\r\nEvil: yes"
	for _, d := range []sip.Dial{
		{To: message.Party{User: evil}},
		{To: message.Party{User: "1"}, From: message.Party{Display: evil}},
		{To: message.Party{User: "1"}, Asserted: &message.Party{User: evil}},
		{To: message.Party{User: "1"}, Diversion: []message.Party{{Host: evil}}},
	} {
		d.Trunk = "carrier"
		if _, err := h.Dial(d, h.owner, 0); err == nil {
			t.Errorf("dialled %+v", d)
		}
	}
	ref, inv := again(h, p)
	p.answer(inv, 200, "callee", "body:v=0 answer")
	p.want("ACK")
	signal[dialog.Answered](h)
	h.leg(ref, func(l *dialog.Leg) error {
		return l.Hangup(message.Reason{Protocol: "SIP\r\nEvil: yes", Cause: 200, Text: evil})
	})
	bye := p.want("BYE")
	if bye.get("Evil") != "" {
		t.Fatalf("BYE %q", bye.lines)
	}
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	p.invite(offer)
	h.attempt()
	h.leg(ref+1, func(l *dialog.Leg) error { return l.Reject(486, message.Reason{}, evil) })
	if m := p.skipTo("SIP/2.0 486"); m.get("Evil") != "" || !strings.Contains(m.get("Warning"), "399 example.test") {
		t.Fatalf("486 %q", m.lines)
	}
}
