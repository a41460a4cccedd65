package sip_test

import (
	"strings"
	"testing"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// TestCallInIsRungAnsweredAndEnded is the shortest story of a caller: INVITE, 180, 200, ACK, BYE.
func TestCallInIsRungAnsweredAndEnded(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
		c := p.invite(offer)
		a := h.attempt()
		if a.Trunk != "carrier" || a.From.User != "+33611223344" || a.RequestURI.User != "+33123456789" || string(a.Offer.Bytes) != offer {
			t.Fatalf("attempt %+v", a)
		}
		h.leg(0, func(l *dialog.Leg) error { return l.Ring(180, nil) })
		ringing := c.heard(p.want("SIP/2.0 180"))
		h.leg(0, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte("v=0 answer"))) })
		ok := p.want("SIP/2.0 200")
		if ok.tag() != ringing.tag() || ok.body != "v=0 answer" || !strings.Contains(ok.get("Contact"), h.at(n).String()) {
			t.Fatalf("200 %+v", ok)
		}
		c.in("ACK", ask{})
		signal[dialog.Confirmed](h)
		c.in("BYE", ask{headers: []string{`Reason: Q.850;cause=16;text="Normal"`}})
		p.want("SIP/2.0 200")
		if e := signal[dialog.Ended](h); e.By != dialog.EndedByPeer || e.Reason.Cause != 16 {
			t.Fatalf("ended %+v", e)
		}
		h.over(0)
	})
}

// TestCallOutRingsIsAnsweredAndHungUp is the shortest story of a callee.
func TestCallOutRingsIsAnsweredAndHungUp(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
		ref := h.dial(sip.Dial{
			Trunk: "carrier", To: message.Party{User: "+33123456789"}, From: message.Party{User: "+33611223344", Display: "Zoé"},
			Offer: message.SDP([]byte(offer)),
		})
		p.accept()
		inv := p.want("INVITE sip:+33123456789@" + p.host())
		if !strings.Contains(inv.get("From"), "Zoé") || inv.body != offer || inv.get("Max-Forwards") != "70" {
			t.Fatalf("INVITE %+v", inv)
		}
		p.answer(inv, 180, "callee")
		if g := signal[dialog.Progress](h); g.Status != 180 || g.Tag != "callee" {
			t.Fatalf("progress %+v", g)
		}
		p.answer(inv, 200, "callee", "body:v=0 answer")
		if g := signal[dialog.Answered](h); string(g.Body.Bytes) != "v=0 answer" {
			t.Fatalf("answered %+v", g)
		}
		p.want("ACK sip:peer@" + p.host())
		h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.Reason{Protocol: "Q.850", Cause: 16, Text: "bye"}) })
		bye := p.want("BYE")
		if bye.get("Reason") != `Q.850;cause=16;text="bye"` {
			t.Fatalf("Reason %q", bye.get("Reason"))
		}
		p.answer(bye, 100, "")
		p.answer(bye, 200, "")
		if e := signal[dialog.Ended](h); e.By != dialog.EndedByUs {
			t.Fatalf("ended %+v", e)
		}
		h.over(ref)
	})
}
