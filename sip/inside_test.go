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

// talking gives an answered call from the peer.
func talking(h *house, p *peer) *callIn {
	h.t.Helper()
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	c := p.invite(offer)
	h.attempt()
	h.leg(0, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte("v=0 answer"))) })
	c.heard(p.want("SIP/2.0 200"))
	c.in("ACK", ask{})
	signal[dialog.Confirmed](h)
	return c
}

func TestPeersOffersAreAnsweredOrRefused(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		c := talking(h, p)

		c.in("INVITE", ask{body: "v=0 hold"})
		if o := signal[dialog.Offered](h); string(o.Body.Bytes) != "v=0 hold" {
			t.Fatalf("offered %+v", o)
		}
		h.leg(0, func(l *dialog.Leg) error { return l.AnswerOffer(message.SDP([]byte("v=0 held"))) })
		if m := p.want("SIP/2.0 200"); m.body != "v=0 held" {
			t.Fatalf("200 %q", m.body)
		}
		c.in("ACK", ask{})

		c.in("INVITE", ask{}) // asks for our offer
		if o := signal[dialog.Offered](h); o.Body != nil {
			t.Fatalf("offered %+v", o)
		}
		h.leg(0, func(l *dialog.Leg) error { return l.AnswerOffer(message.SDP([]byte("v=0 ours"))) })
		p.want("SIP/2.0 200")
		c.in("ACK", ask{body: "v=0 theirs"})
		if o := signal[dialog.OfferConfirmed](h); string(o.Body.Bytes) != "v=0 theirs" {
			t.Fatalf("confirmed %+v", o)
		}

		c.in("UPDATE", ask{body: "v=0 update"})
		signal[dialog.Offered](h)
		c.in("UPDATE", ask{body: "v=0 too soon"}) // RFC 3311 section 5.2
		if m := p.want("SIP/2.0 500"); m.get("Retry-After") == "" {
			t.Fatalf("500 %q", m.lines)
		}
		h.leg(0, func(l *dialog.Leg) error { return l.RefuseOffer(488, "no such codec") })
		if m := p.want("SIP/2.0 488"); m.get("Warning") != `399 example.test "no such codec"` {
			t.Fatalf("488 %q", m.lines)
		}

		c.in("INVITE", ask{body: "v=0 cancelled", branch: "z9hG4bK-taken-back"})
		signal[dialog.Offered](h)
		c.in("CANCEL", ask{branch: "z9hG4bK-taken-back"})
		p.want("SIP/2.0 200")
		p.want("SIP/2.0 487")
		c.in("ACK", ask{branch: "z9hG4bK-taken-back"})
		h.owner.do(func() {
			if h.owner.legs[0].AnswerOffer(nil) == nil {
				t.Error("an offer was answered that had been taken back")
			}
		})

		c.in("BYE", ask{})
		p.want("SIP/2.0 200")
		signal[dialog.Ended](h)
		h.over(0)
	})
}

func TestLateOfferBothWays(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
		c := p.invite("")
		if a := h.attempt(); a.Offer != nil {
			t.Fatalf("offer %+v", a.Offer)
		}
		h.leg(0, func(l *dialog.Leg) error { return l.Answer(message.SDP([]byte("v=0 ours"))) })
		c.heard(p.want("SIP/2.0 200"))
		c.in("ACK", ask{body: "v=0 theirs"})
		if s := signal[dialog.Confirmed](h); string(s.Body.Bytes) != "v=0 theirs" {
			t.Fatalf("confirmed %+v", s)
		}

		ref := h.dial(sip.Dial{Trunk: "carrier", To: message.Party{User: "1"}, From: message.Party{User: "2"}})
		if n == transport.TCP {
			p.accept() // the house calls the address of the trunk, not the caller's connection
		}
		inv := p.want("INVITE")
		p.answer(inv, 200, "callee", "body:v=0 offer")
		if s := signal[dialog.Answered](h); string(s.Body.Bytes) != "v=0 offer" {
			t.Fatalf("answered %+v", s)
		}
		p.answer(inv, 200, "callee", "body:v=0 offer") // there is nothing to acknowledge it with yet
		p.quiet(50 * time.Millisecond)
		h.leg(ref, func(l *dialog.Leg) error { return l.Acknowledge(message.SDP([]byte("v=0 answer"))) })
		if ack := p.want("ACK"); ack.body != "v=0 answer" {
			t.Fatalf("ACK %q", ack.body)
		}
		p.answer(inv, 200, "callee", "body:v=0 offer")
		if ack := p.want("ACK"); ack.body != "v=0 answer" {
			t.Fatalf("ACK again %q", ack.body)
		}
	})
}

func TestOffersThatCrossAreTriedAgain(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	c := talking(h, p)
	h.leg(0, func(l *dialog.Leg) error { return l.Offer(message.SDP([]byte("v=0 mine"))) })
	re := p.want("INVITE")
	c.in("INVITE", ask{body: "v=0 yours", branch: "z9hG4bK-glare"})
	p.want("SIP/2.0 491")
	c.in("ACK", ask{branch: "z9hG4bK-glare"})
	p.answer(re, 491, "")
	p.want("ACK")
	re = p.want("INVITE") // within 2 s: the Call-ID is not ours (RFC 3261 section 14.1)
	if re.body != "v=0 mine" || re.get("CSeq") != "2 INVITE" {
		t.Fatalf("again %q", re.lines)
	}
	p.answer(re, 200, "", "body:v=0 fine")
	p.want("ACK")
	if o := signal[dialog.OfferEnded](h); o.Status != 200 || string(o.Body.Bytes) != "v=0 fine" {
		t.Fatalf("offer ended %+v", o)
	}
}

func TestRefusedOfferLeavesTheCallAsItWas(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	talking(h, p)
	h.leg(0, func(l *dialog.Leg) error { return l.Offer(nil) })
	p.answer(p.want("INVITE"), 488, "")
	p.want("ACK")
	if o := signal[dialog.OfferEnded](h); o.Status != 488 {
		t.Fatalf("offer ended %+v", o)
	}
	h.leg(0, func(l *dialog.Leg) error { return l.Offer(nil) })
	p.answer(p.want("INVITE"), 481, "") // the peer has forgotten the dialog
	p.want("ACK")
	if o := signal[dialog.OfferEnded](h); o.Status != 481 {
		t.Fatalf("offer ended %+v", o)
	}
	p.answer(p.want("BYE"), 481, "")
	if e := signal[dialog.Ended](h); e.By != dialog.EndedByTimeout {
		t.Fatalf("ended %+v", e)
	}
	h.over(0)
}

func TestRequestsInsideADialogAreJudged(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	c := talking(h, p)
	for _, one := range []struct {
		name, method string
		ask          ask
		want         string
	}{
		{"OPTIONS", "OPTIONS", ask{}, "200"},
		{"an extension that we lack", "INFO", ask{headers: []string{"Require: 100rel, timer"}}, "420"},
		{"a CSeq that was used", "INFO", ask{seq: 1}, "500"},
		{"another caller's tag", "INFO", ask{from: "<sip:x@carrier.test>;tag=other"}, "481"},
		{"a method that we lack", "MESSAGE", ask{body: "hi", bodyType: "text/plain"}, "405"},
		{"PRACK of nothing", "PRACK", ask{headers: []string{"RAck: 1 1 INVITE"}}, "481"},
		{"an offer that is no SDP", "UPDATE", ask{body: "<x/>", bodyType: "application/xml"}, "415"},
		{"a foreign event", "NOTIFY", ask{headers: []string{"Event: presence", "Subscription-State: active"}}, "489"},
	} {
		c.in(one.method, one.ask)
		m := p.next()
		if status(m) != one.want {
			t.Errorf("%s: %q, want %s", one.name, m.first, one.want)
		}
		if one.want == "420" && m.get("Unsupported") != "100rel, timer" {
			t.Errorf("Unsupported %q", m.get("Unsupported"))
		}
	}
	c.in("INFO", ask{body: "Signal=5", bodyType: "application/dtmf-relay"})
	p.want("SIP/2.0 200")
	if i := signal[dialog.InfoReceived](h); i.Body.Type != "application/dtmf-relay" || string(i.Body.Bytes) != "Signal=5" {
		t.Fatalf("info %+v", i)
	}
	c.in("BYE", ask{})
	p.want("SIP/2.0 200")
	signal[dialog.Ended](h)
	h.over(0)
	c.in("INFO", ask{})
	p.want("SIP/2.0 481")
	c.in("INVITE", ask{body: offer}) // a re-INVITE of a call that is gone is no new call
	p.want("SIP/2.0 481")
}

func TestTransferIsAskedForAndReported(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		p := newPeer(h, n)
		c := talking(h, p)
		c.in("REFER", ask{headers: []string{"r: <sip:204@example.test?Replaces=abc%40host%3Bto-tag%3D1%3Bfrom-tag%3D2>", "b: <sip:201@example.test>"}})
		r := signal[dialog.Referred](h)
		if r.To.User != "204" || r.Replaces != "abc@host;to-tag=1;from-tag=2" || !strings.Contains(r.By, "sip:201@example.test") {
			t.Fatalf("referred %+v", r)
		}
		seq := c.seq
		h.leg(0, func(l *dialog.Leg) error { return l.AcceptRefer() })
		p.want("SIP/2.0 202")
		note := p.want("NOTIFY")
		if note.body != "SIP/2.0 100 Trying\r\n" || note.get("Event") != fmt.Sprintf("refer;id=%d", seq) || note.get("Content-Type") != "message/sipfrag" {
			t.Fatalf("NOTIFY %q %q", note.lines, note.body)
		}
		p.answer(note, 200, "")
		h.leg(0, func(l *dialog.Leg) error { return l.ReportRefer(200) })
		note = p.want("NOTIFY")
		if note.body != "SIP/2.0 200 OK\r\n" || note.get("Subscription-State") != "terminated;reason=noresource" {
			t.Fatalf("NOTIFY %q %q", note.lines, note.body)
		}
		p.answer(note, 200, "")
		h.owner.do(func() {
			if h.owner.legs[0].ReportRefer(486) == nil {
				t.Error("reported twice")
			}
		})

		h.leg(0, func(l *dialog.Leg) error {
			return l.Refer(message.Party{Scheme: "sip", User: "205", Host: "example.test"}, "x@y;to-tag=a;from-tag=b")
		})
		ref := p.want("REFER")
		if ref.get("Refer-To") != "<sip:205@example.test?Replaces=x%40y%3Bto-tag%3Da%3Bfrom-tag%3Db>" {
			t.Fatalf("Refer-To %q", ref.get("Refer-To"))
		}
		p.answer(ref, 202, "")
		for _, s := range []int{180, 200} {
			state := "active;expires=60"
			if s == 200 {
				state = "terminated;reason=noresource"
			}
			c.in("NOTIFY", ask{headers: []string{"Event: refer", "Subscription-State: " + state}, body: fmt.Sprintf("SIP/2.0 %d X\r\n", s), bodyType: "message/sipfrag"})
			p.want("SIP/2.0 200")
			if g := signal[dialog.ReferProgress](h); g.Status != s || g.Final != (s == 200) {
				t.Fatalf("progress %+v", g)
			}
		}
	})
}

func TestWhatIsOutsideADialog(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	send := func(method string, headers ...string) msg {
		t.Helper()
		p.request(ask{
			method: method, uri: "sip:1@example.test", from: "<sip:c@carrier.test>;tag=x", to: "<sip:1@example.test>",
			callID: fmt.Sprint("out-", method, p.n), seq: 1, headers: headers,
		})
		return p.next()
	}
	for method, want := range map[string]string{
		"OPTIONS": "200", "MESSAGE": "405", "SUBSCRIBE": "405", "PUBLISH": "405", "FANCY": "405",
		"BYE": "481", "INFO": "481", "NOTIFY": "481", "REFER": "481", "UPDATE": "481",
	} {
		m := send(method)
		if status(m) != want {
			t.Errorf("%s: %s, want %s", method, m.first, want)
		}
		if want == "405" && !strings.Contains(m.get("Allow"), "INVITE, ACK, CANCEL, BYE") {
			t.Errorf("%s: Allow %q", method, m.get("Allow"))
		}
		if m.get("Server") != "" || strings.Contains(m.get("Supported"), "100rel") {
			t.Errorf("%s: %q", method, m.lines)
		}
	}
	if m := send("INVITE", "Require: 100rel, precondition"); status(m) != "420" || m.get("Unsupported") != "precondition" {
		t.Errorf("Require: %s", m.first)
	}
	h.Drain()
	if m := send("OPTIONS"); status(m) != "503" {
		t.Errorf("draining OPTIONS: %s", m.first)
	}
	if m := send("INVITE"); status(m) != "503" || m.get("Retry-After") != "30" {
		t.Errorf("draining INVITE: %s", m.first)
	}
}

func TestDrainLeavesCallsAlone(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	c := talking(h, p)
	h.Drain()
	c.in("INVITE", ask{body: "v=0 hold"})
	signal[dialog.Offered](h)
	h.leg(0, func(l *dialog.Leg) error { return l.AnswerOffer(message.SDP([]byte("v=0 held"))) })
	p.want("SIP/2.0 200")
}

func TestRefusalSaysWhyAndWhenToComeBack(t *testing.T) {
	h := open(t)
	h.refuse = func(a *sip.Attempt) { a.Refuse(404, "no such number", 90*time.Second) }
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	p.invite(offer)
	if m := p.want("SIP/2.0 404"); m.get("Warning") != `399 example.test "no such number"` || m.get("Retry-After") != "90" {
		t.Fatalf("404 %q", m.lines)
	}
}

func TestEveryAttemptGetsAnAnswer(t *testing.T) {
	h := open(t)
	h.refuse = func(*sip.Attempt) {}
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	p.invite(offer)
	p.want("SIP/2.0 500")
}

func TestAttemptTellsWhoCallsAndWhoDiverted(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	p.invite(offer, "P-Asserted-Identity: \"Zo\xc3\xa9, R\" <sip:+33611223344@carrier.test>, <tel:+33611223344;phone-context=x>",
		"Privacy: id;critical", "Diversion: <tel:+33100000001>;reason=unconditional, <sip:+33100000002@x>", "Diversion: <sip:+33100000003@x>")
	a := h.attempt()
	if len(a.Asserted) != 2 || a.Asserted[0].Display != "Zoé, R" || a.Asserted[1].User != "+33611223344" || !a.Private {
		t.Errorf("asserted %+v private %v", a.Asserted, a.Private)
	}
	if len(a.Diversion) != 3 || a.Diversion[0].User != "+33100000001" || a.Diversion[2].User != "+33100000003" {
		t.Errorf("diversion %+v", a.Diversion)
	}
	p.invite(offer, "History-Info: <sip:1@x>;index=1, <sip:2@x?Reason=SIP%3Bcause%3D302>;index=1.1, <sip:3@x>;index=1.2")
	p.n++
	if a = h.attempt(); len(a.Diversion) != 2 || a.Diversion[0].User != "2" {
		t.Errorf("history %+v", a.Diversion)
	}
}

func TestDialBuildsItsHeadersFromAnAllowList(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, func(t *sip.Trunk) { t.Domain = "home.test" })}})
	h.dial(sip.Dial{
		Trunk: "carrier", To: message.Party{User: "+33123456789"}, From: message.Party{User: "+33611223344", Display: `Zoé "Z"`}, Private: true,
		Diversion: []message.Party{{User: "+33100000001"}}, AutoAnswer: true, MaxForwards: 12, Offer: message.SDP([]byte(offer)),
	})
	inv := p.want("INVITE")
	for name, want := range map[string]string{
		"P-Asserted-Identity": `"Zoé \"Z\"" <sip:+33611223344@home.test>`, "Privacy": "id", "Max-Forwards": "12",
		"Diversion": "<sip:+33100000001@home.test>;reason=unknown", "Call-Info": "<sip:home.test>;answer-after=0",
		"To": "<sip:+33123456789@127.0.0.1>",
	} {
		if got := inv.get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(inv.get("From"), `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=`) {
		t.Errorf("From %q", inv.get("From"))
	}
}
