package sip_test

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// plain is what the tests send.
func plain(text string) *message.Body {
	return &message.Body{Type: "text/plain;charset=UTF-8", Bytes: []byte(text)}
}

const accents = "Ça va ? œuf à 2 €, 👩🏽‍🚀 مرحبا"

// message sends a MESSAGE out and gives where its answer comes.
func (h *house) message(m sip.Text) chan sip.Answer {
	h.t.Helper()
	answers := make(chan sip.Answer, 10)
	if err := h.SendMessage(m, func(a sip.Answer) { answers <- a }); err != nil {
		h.t.Fatal(err)
	}
	return answers
}

// TestAMessageOfAPhoneIsHandedUpOnceItProvedWhoItIs: the first has to prove it, whatever it says of itself (CVE-2021-37624), and may only be itself.
func TestAMessageOfAPhoneIsHandedUpOnceItProvedWhoItIs(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		m := &mobile{notes: make(chan *sip.Note, 10)}
		h := open(t, func(c *sip.Config) { c.Notes = m })
		h.SetPeers(&sip.Peers{Devices: phones()})
		p := newPeer(h, n)
		a := ask{
			method: "MESSAGE", uri: "sip:0639980102@example.test", from: `"A" <sip:alice@example.test>;tag=p`, to: "<sip:0639980102@example.test>", callID: "m1", seq: 1,
			headers: []string{"P-Preferred-Identity: <sip:+33639980101@example.test>"}, body: accents, bodyType: "text/plain;charset=UTF-8",
		}
		p.request(a)
		challenge := p.want("SIP/2.0 401")
		forged := a
		forged.seq, forged.from = 2, "<sip:bob@example.test>;tag=p"
		forged.headers = append(slices.Clone(a.headers), credentials(challenge, "alice", "MESSAGE", a.uri))
		p.request(forged)
		p.want("SIP/2.0 403")
		forged.from = "<sip:+33699999999@elsewhere.test>;tag=p"
		p.request(ask{method: "MESSAGE", uri: a.uri, from: forged.from, to: a.to, callID: "m2", seq: 1, body: "hi", bodyType: "text/plain"})
		challenge = p.want("SIP/2.0 401")
		if len(m.notes) != 0 {
			t.Fatal("a stranger was heard")
		}
		a.seq = 3
		a.headers = append(slices.Clone(a.headers), credentials(challenge, "alice", "MESSAGE", a.uri))
		p.request(a)
		note := got(t, m.notes)
		if note.Device != "alice@example.test" || note.Trunk != "" || note.Reference != "m1 3" || note.Returned || string(note.Body.Bytes) != accents || note.Body.Type != "text/plain" ||
			note.To.User != "0639980102" || note.From.User != "alice" || len(note.Asserted) != 1 || note.Asserted[0].User != "+33639980101" {
			t.Fatalf("note %+v", note)
		}
		note.Accept(202, message.Field{Name: "X-Id", Value: "msg_1\r\nX: y"})
		note.Refuse(500, "only the first counts")
		note.Pass()
		ok := p.want("SIP/2.0 202")
		if !strings.HasPrefix(ok.get("X-Id"), "msg_1") || ok.get("X") != "" || ok.body != "" {
			t.Fatalf("202 %q", ok.lines)
		}
		p.quiet(50 * time.Millisecond)
	})
}

// TestAMessageThatCannotBeTakenIsRefused: a loop, a body without end, a feature that we do not know, nobody who listens.
func TestAMessageThatCannotBeTakenIsRefused(t *testing.T) {
	h, p, m := cored(t, transport.TCP)
	send := func(callID string, body string, headers ...string) {
		p.request(ask{method: "MESSAGE", uri: "sip:x@y", from: "<sip:+336@carrier.test>;tag=1", to: "<sip:c@d>", callID: callID, seq: 1, body: body, bodyType: "text/plain", headers: headers})
	}
	send("huge", strings.Repeat("a", 17<<10))
	p.want("SIP/2.0 413")
	send("none", "")
	note := got(t, m.notes)
	if note.Body != nil || note.Trunk != "carrier" {
		t.Fatalf("note %+v", note)
	}
	note.Refuse(415, "", message.Field{Name: "Accept", Value: "text/plain"})
	if refused := p.want("SIP/2.0 415"); refused.get("Accept") != "text/plain" {
		t.Fatalf("415 %q", refused.lines)
	}
	p.send("MESSAGE sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP " + p.host() + ";branch=z9hG4bKloop\r\nMax-Forwards: 0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: loop\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n")
	p.want("SIP/2.0 483")
	answers := h.message(sip.Text{Trunk: "carrier", To: message.Party{User: "+33639980102"}, From: message.Party{User: "+33639980101"}, Body: plain("round")})
	p.conn = nil
	p.accept()
	out := p.want("MESSAGE sip:+33639980102@")
	p.request(ask{method: "MESSAGE", uri: "sip:+33639980102@" + p.to.String(), from: out.get("From"), to: out.get("To"), callID: out.get("Call-ID"), seq: 1, body: out.body, bodyType: "text/plain"})
	back := got(t, m.notes)
	if !back.Returned {
		t.Fatal("what we sent ourselves is not known again")
	}
	back.Refuse(482, "")
	p.want("SIP/2.0 482")
	p.answer(out, 482, "x")
	if a := got(t, answers); a.Status != 482 || a.Doubt {
		t.Fatalf("answer %+v", a)
	}
	p.request(ask{method: "OPTIONS", uri: "sip:y", from: "<sip:a@b>;tag=1", to: "<sip:c@d>", callID: "o", seq: 1})
	if ok := p.want("SIP/2.0 200"); !strings.Contains(ok.get("Allow"), "MESSAGE") {
		t.Fatalf("200 %q", ok.lines)
	}
}

// TestAMessageGoesOutByItsTrunk: with what it says byte for byte, and with credentials where the trunk asks for them.
func TestAMessageGoesOutByItsTrunk(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h, p, _ := cored(t, n)
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, func(t *sip.Trunk) { t.AuthUser, t.AuthPass, t.Domain = "us", "secret", "carrier.test" })}})
		m := sip.Text{
			Trunk: "carrier", To: message.Party{User: "+33639980102"}, From: message.Party{User: "+33639980101"}, Body: plain(accents), CallID: "d-17",
			Headers: []message.Field{{Name: "X-Id", Value: "17"}},
		}
		answers := h.message(m)
		p.accept()
		first := p.want("MESSAGE sip:+33639980102@" + strings.Split(p.host(), ":")[0])
		if first.body != accents || first.get("Content-Type") != "text/plain;charset=UTF-8" || first.get("Call-ID") != "d-17" || first.get("CSeq") != "1 MESSAGE" || first.get("Contact") != "" ||
			!strings.Contains(first.get("From"), "<sip:+33639980101@carrier.test>;tag=") || first.get("X-Id") != "17" || first.get("Max-Forwards") != "70" {
			t.Fatalf("MESSAGE %q %q", first.lines, first.body)
		}
		p.answer(first, 407, "x", `Proxy-Authenticate: Digest realm="carrier.test", nonce="n", algorithm=MD5, qop="auth"`)
		again := p.want("MESSAGE sip:+33639980102@")
		if again.get("CSeq") != "2 MESSAGE" || !strings.Contains(again.get("Proxy-Authorization"), `username="us"`) || again.body != accents || again.get("Call-ID") != "d-17" {
			t.Fatalf("again %q", again.lines)
		}
		p.answer(again, 202, "x", "Retry-After: 7", "X-Far: 1")
		a := got(t, answers)
		if a.Status != 202 || a.Doubt || a.RetryAfter != 7*time.Second || !slices.Equal(a.Head.Values("X-Far"), []string{"1"}) {
			t.Fatalf("answer %+v", a)
		}
		for _, bad := range []sip.Text{
			{Trunk: "nobody", To: m.To},
			{Trunk: "carrier"},
			{Trunk: "carrier", To: m.To, CallID: "a\r\nb"},
			{Trunk: "carrier", To: m.To, Headers: []message.Field{{Name: "via", Value: "x"}}},
			{To: m.To, Contact: sip.Contact{URI: "x"}},
			{Trunk: "carrier", To: m.To, Route: []string{"tel:1"}},
		} {
			if err := h.SendMessage(bad, func(sip.Answer) { t.Error("answered") }); err == nil {
				t.Errorf("%+v is sent", bad)
			}
		}
	})
}

// TestAMessageTriesTheNextServerUnlessTheFirstMayHaveIt: what cannot be reached and what says 503 has not taken it; what hangs up without a word may have.
func TestAMessageTriesTheNextServerUnlessTheFirstMayHaveIt(t *testing.T) {
	h, _, _ := cored(t, transport.TCP)
	dead, err := net.Listen("tcp4", "127.0.7.21:0") // an address of its own: nobody takes the port that it leaves
	if err != nil {
		t.Fatal(err)
	}
	nobody := "sip:" + dead.Addr().String() + ";transport=tcp"
	_ = dead.Close()
	busy, well := newPeer(h, transport.TCP), newPeer(h, transport.TCP)
	servers := func(all ...string) {
		h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "carrier", Servers: all, Sources: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}})
	}
	m := sip.Text{Trunk: "carrier", To: message.Party{User: "114"}, From: message.Party{User: "+33639980101"}, Body: plain("hello")}
	servers(nobody, "sip:"+busy.host()+";transport=tcp", "sip:"+well.host()+";transport=tcp")
	answers := h.message(m)
	busy.accept()
	busy.answer(busy.want("MESSAGE sip:114@"), 503, "x")
	well.accept()
	well.answer(well.want("MESSAGE sip:114@"), 200, "x")
	if a := got(t, answers); a.Status != 200 {
		t.Fatalf("answer %+v", a)
	}
	servers("sip:"+well.host()+";transport=tcp", "sip:"+busy.host()+";transport=tcp")
	answers = h.message(m)
	well.want("MESSAGE sip:114@")
	_ = well.conn.Close()
	if a := got(t, answers); a.Status != 503 || !a.Doubt {
		t.Fatalf("answer %+v", a)
	}
	busy.quiet(50 * time.Millisecond)
	servers(nobody)
	if a := got(t, h.message(m)); a.Status != 503 || a.Doubt {
		t.Fatalf("answer %+v", a)
	}
}

// TestALongMessageGoesByTCPWhereItCan, and in a datagram where nobody takes a connection.
func TestALongMessageGoesByTCPWhereItCan(t *testing.T) {
	h, _, _ := cored(t, transport.UDP)
	p := newPeerAt(h, transport.UDP, "127.0.7.23:0") // an address of its own: nobody else has the same port for TCP
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	long := strings.Repeat("é", 1500)
	m := sip.Text{Trunk: "carrier", To: message.Party{User: "+33639980102"}, From: message.Party{User: "+33639980101"}, Body: plain(long)}
	answers := h.message(m) // nobody listens on TCP there
	p.answer(p.want("MESSAGE sip:+33639980102@"), 200, "x")
	if a := got(t, answers); a.Status != 200 {
		t.Fatalf("answer %+v", a)
	}
	ln, err := net.Listen("tcp4", p.host())
	if err != nil {
		t.Fatal(err)
	}
	stream := &peer{t: t, network: transport.TCP, ln: ln, to: h.at(transport.TCP)}
	defer func() { _ = ln.Close() }()
	answers = h.message(m)
	stream.accept()
	if out := stream.want("MESSAGE sip:+33639980102@"); out.body != long {
		t.Fatalf("%d bytes", len(out.body))
	} else {
		stream.answer(out, 200, "x")
	}
	if a := got(t, answers); a.Status != 200 {
		t.Fatalf("answer %+v", a)
	}
	_ = stream.conn.Close()
	m.Body = plain("short")
	answers = h.message(m)
	p.answer(p.want("MESSAGE sip:+33639980102@"), 200, "x")
	if a := got(t, answers); a.Status != 200 {
		t.Fatalf("answer %+v", a)
	}
}

// TestAMessageReachesEachBindingOfAPhone by the way it registered.
func TestAMessageReachesEachBindingOfAPhone(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		h.SetPeers(&sip.Peers{Devices: phones()})
		desk, mobile := newPeer(h, n), newPeer(h, n)
		desk.register(try{user: "alice", as: "alice", headers: []string{"Contact: <sip:alice@192.0.2.7:5060>;expires=600"}})
		mobile.register(try{user: "alice", as: "alice"})
		list := h.Contacts("alice@example.test")
		m := sip.Text{From: message.Party{User: "+33639980102"}, Body: plain(accents)}
		m.Contact = list[1]
		answers := h.message(m)
		in := desk.want("MESSAGE sip:alice@192.0.2.7:5060")
		if in.body != accents || !strings.Contains(in.get("From"), "<sip:+33639980102@example.test>") || !strings.Contains(in.get("To"), "<sip:alice@example.test>") {
			t.Fatalf("MESSAGE %q", in.lines)
		}
		desk.answer(in, 200, "d")
		if a := got(t, answers); a.Status != 200 {
			t.Fatalf("answer %+v", a)
		}
		m.Contact = list[0]
		answers = h.message(m)
		mobile.answer(mobile.want("MESSAGE sip:"), 486, "d")
		if a := got(t, answers); a.Status != 486 {
			t.Fatalf("answer %+v", a)
		}
	})
}

// TestWhoHasMessagesHearsOfAPhoneThatIsBack: of each registration that is no refresh, and of the end.
func TestWhoHasMessagesHearsOfAPhoneThatIsBack(t *testing.T) {
	m := &mobile{devices: make(chan string, 10)}
	h := open(t, func(c *sip.Config) { c.Notes = m })
	h.SetPeers(&sip.Peers{Devices: phones()})
	p := newPeer(h, transport.UDP)
	p.register(try{user: "alice", as: "alice"})
	p.register(try{user: "alice", as: "alice"}) // the refresh
	p.register(try{user: "alice", as: "alice", callID: "after-the-power-cut"})
	p.register(try{user: "alice", as: "alice", headers: []string{"Contact: *", "Expires: 0"}})
	for _, want := range []string{"alice@example.test true", "alice@example.test true", "alice@example.test false"} {
		if d := got(t, m.devices); d != want {
			t.Fatalf("%q, want %q", d, want)
		}
	}
	if len(m.devices) != 0 {
		t.Fatalf("%q too", <-m.devices)
	}
}

// TestAMessageWhoseConnectionCannotBeMadeEndsOnce, whether that is known before it was sent or after.
func TestAMessageWhoseConnectionCannotBeMadeEndsOnce(t *testing.T) {
	h, _, _ := cored(t, transport.TCP)
	var ends atomic.Int64
	closed, err := net.Listen("tcp4", "127.0.7.22:0") // an address of its own: nobody takes the port that it leaves
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "gone", Servers: []string{"sip:" + closed.Addr().String() + ";transport=tcp"}}}})
	const many = 500
	done := make(chan sip.Answer, 2*many)
	for range many {
		m := sip.Text{Trunk: "gone", To: message.Party{User: "+33639980102"}, From: message.Party{User: "+33639980101"}, Body: plain("x")}
		if err := h.SendMessage(m, func(a sip.Answer) { ends.Add(1); done <- a }); err != nil {
			t.Fatal(err)
		}
		if a := <-done; a.Status != 503 || a.Doubt {
			t.Fatalf("answer %+v", a)
		}
	}
	if n := ends.Load(); n != many {
		t.Errorf("%d messages ended %d times", many, n)
	}
}
