package sip_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// mobile hears what a mobile core tells.
type mobile struct {
	registered chan sip.CoreRegistration
	notes      chan *sip.Note
	devices    chan string
}

func (m *mobile) CoreRegistered(r sip.CoreRegistration) { m.registered <- r }
func (m *mobile) Message(n *sip.Note)                   { m.notes <- n }
func (m *mobile) Registered(aor message.AOR, is sip.Registered) {
	if m.devices != nil {
		m.devices <- fmt.Sprint(aor, " ", bool(is))
	}
}

// cored opens a house that listens to a core, with one peer as its trunk.
func cored(t *testing.T, n transport.Network) (*house, *peer, *mobile) {
	t.Helper()
	m := &mobile{registered: make(chan sip.CoreRegistration, 100), notes: make(chan *sip.Note, 100)}
	h := open(t, func(c *sip.Config) { c.Core, c.Notes = m, m })
	p := newPeer(h, n)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}, Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}}})
	return h, p, m
}

func got[T any](t *testing.T, c chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing was told")
		panic("unreachable")
	}
}

// odd are original dialog ids as cores write them, and as none should: all of them come back as they came.
func odd(at string) []string {
	return []string{
		"<sip:iscmark@" + at + ";lr;s=2;h=0;d=0;a=7369703a2b33333631323334353637384069>",
		"<SIP:ODI%2fx%41;;lr=on;Z=;a=\"b\";=@" + at + ";lr;;X;lr;y=?>",
		`"Deux, mots" <sip:a@` + at + `;lr;p=%2C>;q=1;;r`,
	}
}

// TestTheRestOfARouteGoesOutAsItCame: what stands below our own Route entry is the core's, opaque, and so is the Request-URI.
func TestTheRestOfARouteGoesOutAsItCame(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h, p, _ := cored(t, n)
		core := newPeer(h, n)
		list := odd(core.host())
		if n == transport.TCP {
			list[0] = strings.Replace(list[0], ";lr;", ";transport=tcp;lr;", 1)
		}
		const asked = "tel:0142685300;phone-context=+33;X=%41"
		p.request(ask{
			method: "INVITE", uri: asked, from: "<sip:+33612345678@ims.test>;tag=peer", to: "<tel:0142685300>", callID: "isc", seq: 1, body: offer,
			headers: []string{
				"Route: <sip:" + h.at(n).String() + ";lr;sescase=orig>,  " + list[0] + " , " + list[1], "Route:" + list[2],
				"P-Served-User: <sip:+33612345678@ims.test>;sescase=orig;regstate=reg",
			},
		})
		a := h.attempt()
		want := []string{strings.Trim(list[0], "<>"), strings.Trim(list[1], "<>"), list[2]}
		if !slices.Equal(a.Route, want) || a.OwnRoute != "sip:"+h.at(n).String()+";lr;sescase=orig" || a.Asked != asked || a.MaxForwards != 70 {
			t.Fatalf("Route %q\nwant  %q\nown %q asked %q hops %d", a.Route, want, a.OwnRoute, a.Asked, a.MaxForwards)
		}
		if v := a.Head.Values("p-served-user"); len(v) != 1 || v[0] != "<sip:+33612345678@ims.test>;sescase=orig;regstate=reg" {
			t.Fatalf("P-Served-User %q", v)
		}
		ref := h.dial(sip.Dial{
			Trunk: "carrier", Asked: a.Asked, Route: a.Route, MaxForwards: a.MaxForwards - 1, To: a.To, Offer: message.SDP([]byte(offer)),
			From:    message.Party{Scheme: "sip", User: "+33612345678", Host: "ims.test"},
			Headers: []message.Field{{Name: "X-Tandem-Anchor", Value: "v1;id=a, b"}, {Name: "P-Charging-Vector", Value: "icid-value=\"é\""}},
		})
		core.accept()
		inv := core.want("INVITE " + asked + " SIP/2.0")
		list[1] = strings.TrimSpace(list[1])
		if !slices.Equal(inv.all("Route"), list) || inv.get("Max-Forwards") != "69" || inv.get("X-Tandem-Anchor") != "v1;id=a, b" || inv.get("P-Charging-Vector") != "icid-value=\"é\"" {
			t.Fatalf("INVITE %q", inv.lines)
		}
		if !strings.Contains(inv.get("From"), "<sip:+33612345678@ims.test>") || !strings.Contains(inv.get("To"), "<tel:0142685300>") {
			t.Fatalf("From %q To %q", inv.get("From"), inv.get("To"))
		}
		core.answer(inv, 200, "callee", "body:v=0 answer", "Record-Route: <sip:"+core.host()+";lr;did=x>")
		signal[dialog.Answered](h)
		if ack := core.want("ACK sip:peer@" + core.host()); ack.get("Route") != "<sip:"+core.host()+";lr;did=x>" {
			t.Fatalf("ACK %q", ack.lines)
		}
		h.leg(ref, func(l *dialog.Leg) error { return l.Offer(message.SDP([]byte("v=0 again"))) })
		again := core.want("INVITE sip:peer@" + core.host())
		core.answer(again, 200, "", "body:v=0 yes")
		core.want("ACK")
		signal[dialog.OfferEnded](h)
		h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
		core.answer(core.want("BYE sip:peer@"+core.host()), 200, "")
		h.over(ref)
	})
}

// TestACancelFollowsTheRouteOfItsInvite: same Request-URI, same Route, same hop.
func TestACancelFollowsTheRouteOfItsInvite(t *testing.T) {
	h, _, _ := cored(t, transport.UDP)
	core := newPeer(h, transport.UDP)
	list := odd(core.host())
	ref := h.dial(sip.Dial{
		Trunk: "carrier", Asked: "sip:+33142685300@far.test;user=phone", Route: []string{strings.Trim(list[0], "<>"), list[2]},
		To: message.Party{User: "+33142685300"}, From: message.Party{User: "+33612345678"}, Offer: message.SDP([]byte(offer)),
	})
	inv := core.want("INVITE sip:+33142685300@far.test;user=phone")
	core.answer(inv, 180, "callee")
	signal[dialog.Progress](h)
	h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.CompletedElsewhere) })
	cancel := core.want("CANCEL sip:+33142685300@far.test;user=phone")
	if !slices.Equal(cancel.all("Route"), []string{list[0], list[2]}) || !strings.Contains(cancel.get("Reason"), "cause=200") {
		t.Fatalf("CANCEL %q", cancel.lines)
	}
	core.answer(cancel, 200, "")
	core.answer(inv, 487, "callee")
	if ack := core.want("ACK sip:+33142685300@far.test"); len(ack.all("Route")) != 2 {
		t.Fatalf("ACK %q", ack.lines)
	}
	signal[dialog.Failed](h)
	h.over(ref)
}

// TestARouteThatLeadsNowhereFailsTheCall: to ourselves, to a name that nobody knows, to nothing that can be dialled.
func TestARouteThatLeadsNowhereFailsTheCall(t *testing.T) {
	h, _, _ := cored(t, transport.UDP)
	dial := sip.Dial{Trunk: "carrier", To: message.Party{User: "+33142685300"}, From: message.Party{User: "+33612345678"}}
	for _, first := range []string{"sip:" + h.at(transport.UDP).String() + ";lr", "sip:nowhere.invalid:5060;lr"} {
		dial.Route = []string{first}
		ref := h.dial(dial)
		if f := signal[dialog.Failed](h); f.Status != 503 {
			t.Fatalf("%s: %+v", first, f)
		}
		h.over(ref)
	}
	for _, first := range []string{"", "tel:+33", "sip:", "sip:a b", "<sip:x", "sip:x;transport=sctp", "sip:127.0.0.1:99999;lr", "sip:a\r\nX: y"} {
		dial.Route = []string{first}
		if _, err := h.Dial(dial, h.owner, 0); err == nil {
			t.Errorf("%q is followed", first)
		}
	}
	dial.Route = nil
	for _, f := range []message.Field{{Name: "X Y", Value: "z"}, {Name: "", Value: "z"}, {Name: "X", Value: "a\r\nVia: b"}, {Name: "X", Value: "\x00"}, {Name: "rOUTE", Value: "<sip:x>"}, {Name: "l", Value: "0"}} {
		dial.Headers = []message.Field{f}
		if _, err := h.Dial(dial, h.owner, 0); err == nil {
			t.Errorf("%q is sent", f)
		}
	}
}

// TestARouteThatIsNotOursIsLeftWhole: only an entry that names us is taken off.
func TestARouteThatIsNotOursIsLeftWhole(t *testing.T) {
	h, p, _ := cored(t, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p, func(t *sip.Trunk) { t.Domain = "carrier.test" })}})
	own := h.at(transport.UDP)
	for i, c := range []struct{ route, own, rest string }{
		{"<sip:other.test;lr>, <sip:" + own.String() + ";lr>", "", "sip:other.test;lr|sip:" + own.String() + ";lr"},
		{"<sip:EXAMPLE.test;lr;term>", "sip:EXAMPLE.test;lr;term", ""},
		{"<sip:127.0.0.1:1;lr>", "", "sip:127.0.0.1:1;lr"},
		{"<sip:orig@" + own.String() + ";lr>,<sip:odi@x>", "sip:orig@" + own.String() + ";lr", "sip:odi@x"},
		{"<tel:+33>, <sip:x>", "", "tel:+33|sip:x"},
		{"<sip:as.operator.test:5080;lr;orig>, <sip:odi@scscf.test;lr>", "sip:as.operator.test:5080;lr;orig", "sip:odi@scscf.test;lr"}, // a name of ours that only the peer knows
		{"<sip:carrier.test;lr>, <sip:odi@scscf.test;lr>", "", "sip:carrier.test;lr|sip:odi@scscf.test;lr"},
		{"<sip:one@scscf.test;lr>, <sip:two@scscf.test;lr>", "", "sip:one@scscf.test;lr|sip:two@scscf.test;lr"},
		{"<sip:odi@scscf.test;lr>", "", "sip:odi@scscf.test;lr"},
	} {
		p.invite(offer, "Route: "+c.route)
		a := h.attempt()
		h.leg(dialog.Ref(i), func(l *dialog.Leg) error { return l.Reject(486, message.Reason{}, "") })
		p.want("SIP/2.0 486")
		if a.OwnRoute != c.own || strings.Join(a.Route, "|") != c.rest {
			t.Errorf("%s: own %q rest %q", c.route, a.OwnRoute, a.Route)
		}
	}
}

// TestHostileRoutesAndHeadersAreRefused: a Route of 100 entries, a head of 64 KB.
func TestHostileRoutesAndHeadersAreRefused(t *testing.T) {
	h, p, _ := cored(t, transport.TCP)
	p.invite(offer, slices.Repeat([]string{"Route: <sip:x;lr>"}, 100)...)
	if m := p.want("SIP/2.0 400"); !strings.Contains(m.get("Warning"), "Route") {
		t.Fatalf("%q", m.lines)
	}
	p.invite(offer, "Route: <sip:"+h.at(transport.TCP).String()+";lr>", "X: "+strings.Repeat("a", 64<<10))
	if m := p.want("SIP/2.0 "); m.first[8:9] != "4" && m.first[8:9] != "5" {
		t.Fatalf("%q", m.first)
	}
	select {
	case a := <-h.attempts:
		t.Fatalf("attempt %+v", a)
	default:
	}
}

// TestAMultipartBodyIsKeptWhole: an emergency call may carry its place beside its session description (RFC 6442).
func TestAMultipartBodyIsKeptWhole(t *testing.T) {
	h, p, _ := cored(t, transport.UDP)
	const kind = `multipart/mixed;boundary="-x"`
	body := "---x\r\nContent-Type: application/sdp\r\n\r\n" + offer + "\r\n---x\r\nContent-Type: application/pidf+xml\r\n\r\n<presence/>\r\n---x--\r\n"
	p.request(ask{
		method: "INVITE", uri: "urn:service:sos", from: "<sip:a@ims.test>;tag=p", to: "<urn:service:sos>", callID: "sos", seq: 1, body: body, bodyType: kind,
	})
	a := h.attempt()
	if a.Whole == nil || string(a.Whole.Bytes) != body || a.Whole.Type != kind || a.Asked != "urn:service:sos" || !strings.HasPrefix(string(a.Offer.Bytes), "v=0") {
		t.Fatalf("attempt %+v whole %+v", a, a.Whole)
	}
}

// TestACoreTellsWhoRegistered: 200 with what it asked for, told once each time; everybody else proves who they are.
func TestACoreTellsWhoRegistered(t *testing.T) {
	h, p, m := cored(t, transport.UDP)
	register := func(n int, to, expires, branch string) {
		p.request(ask{
			method: "REGISTER", uri: "sip:" + h.at(transport.UDP).String(), from: "<sip:scscf.ims.test>;tag=s", to: to, callID: "reg", seq: n,
			headers: []string{"Expires: " + expires, "Contact: <sip:scscf.ims.test>", "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1"}, branch: branch,
		})
	}
	register(1, "<sip:+33612345678@ims.test>", "600000", "z9hG4bKr1")
	if ok := p.want("SIP/2.0 200"); ok.get("Expires") != "600000" {
		t.Fatalf("200 %q", ok.lines)
	}
	register(1, "<sip:+33612345678@ims.test>", "600000", "z9hG4bKr1") // sent again by a core that did not hear us
	if _, ok := p.read(patience); !ok {
		t.Fatal("a repeat has no answer")
	}
	r := got(t, m.registered)
	if r.Trunk != "carrier" || r.Who.User != "+33612345678" || r.Expires != 600000*time.Second || len(r.Head.Values("P-Access-Network-Info")) != 1 {
		t.Fatalf("told %+v", r)
	}
	register(2, "<sip:+33612345678@ims.test>", "600000", "") // the refresh
	p.want("SIP/2.0 200")
	register(3, "<tel:+33612345678>", "0", "")
	p.want("SIP/2.0 200")
	if r := got(t, m.registered); r.Expires != 600000*time.Second {
		t.Fatalf("refresh %+v", r)
	}
	if r := got(t, m.registered); r.Expires != 0 || r.Who.User != "+33612345678" {
		t.Fatalf("gone %+v", r)
	}
	for i, c := range []struct{ to, expires, status string }{
		{"<sip:+336@ims.test>", "soon", "400"},
		{"<sip:+336@ims.test>", "-1", "400"},
		{"<sip:ims.test>", "60", "400"},
		{"<sip:" + strings.Repeat("1", 300) + "@ims.test>", "60", "400"},
		{"<sip:scscf.ims.test>", "60", "401"},
		{"<sip:alice@example.test>", "60", "401"},
	} {
		register(10+i, c.to, c.expires, "")
		p.want("SIP/2.0 " + c.status)
	}
	h.SetPeers(&sip.Peers{})
	register(50, "<sip:+33612345678@ims.test>", "60", "")
	p.want("SIP/2.0 401")
	if len(m.registered) != 0 {
		t.Fatalf("told %+v", <-m.registered)
	}
}

// TestAMessageIsPassedOnUnchanged: the request goes along its Route with its body byte for byte, and the answer comes back.
func TestAMessageIsPassedOnUnchanged(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h, p, m := cored(t, n)
		core := newPeer(h, n)
		list := odd(core.host())
		if n == transport.TCP {
			list[0] = strings.Replace(list[0], ";lr;", ";transport=tcp;lr;", 1)
		}
		body := "\x00\x01\xff\r\n\r\nRoute: x\r\n"
		p.request(ask{
			method: "MESSAGE", uri: "tel:114;phone-context=ims.test", from: `"A" <sip:+33612345678@ims.test>;tag=p`, to: "<tel:114;phone-context=ims.test>", callID: "sms", seq: 7,
			headers: []string{
				"Route: <sip:" + h.at(n).String() + ";lr>, " + list[0], "Route: " + list[2], "P-Asserted-Identity: <tel:+33612345678>", "P-Asserted-Identity: <sip:+33612345678@ims.test>",
				"P-Access-Network-Info: 3GPP-GERAN;cgi-3gpp=1", "Request-Disposition: no-fork", "Contact: <sip:p>",
			},
			body: body, bodyType: "application/vnd.3gpp.sms",
		})
		note := got(t, m.notes)
		if note.Asked != "tel:114;phone-context=ims.test" || note.RequestURI.User != "114" || string(note.Body.Bytes) != body || note.MaxForwards != 70 {
			t.Fatalf("note %+v", note)
		}
		note.Pass()
		note.Refuse(500, "only the first counts")
		core.accept()
		on := core.want("MESSAGE tel:114;phone-context=ims.test SIP/2.0")
		if on.body != body || on.get("Content-Type") != "application/vnd.3gpp.sms" || on.get("Max-Forwards") != "69" || !slices.Equal(on.all("Route"), []string{list[0], list[2]}) ||
			len(on.all("Via")) != 1 || on.get("Call-ID") != "sms" || on.get("CSeq") != "7 MESSAGE" || strings.Contains(on.get("To"), "tag=") || len(on.all("P-Asserted-Identity")) != 2 ||
			on.get("P-Access-Network-Info") != "3GPP-GERAN;cgi-3gpp=1" || !strings.HasSuffix(on.get("From"), ";tag=p") || on.get("Request-Disposition") != "no-fork" {
			t.Fatalf("passed on %q %q", on.lines, on.body)
		}
		core.answer(on, 202, "far", "X-Far: yes")
		if back := p.want("SIP/2.0 202"); back.get("X-Far") != "yes" || back.tag() != "far" || len(back.all("Via")) != 1 || !strings.Contains(back.get("Via"), p.host()) {
			t.Fatalf("back %q", back.lines)
		}
	})
}

// TestAMessageWithoutARouteGoesToItsTrunk, and one that cannot go on is refused.
func TestAMessageWithoutARouteGoesToItsTrunk(t *testing.T) {
	h, p, m := cored(t, transport.UDP)
	send := func(n int, headers ...string) {
		p.request(ask{
			method: "MESSAGE", uri: "sip:+336@" + h.at(transport.UDP).String(), from: "<sip:a@ims.test>;tag=p", to: "<sip:+336@x>", callID: fmt.Sprint("sms", n), seq: 1,
			headers: headers, body: "hello", bodyType: "text/plain",
		})
	}
	send(1)
	got(t, m.notes).Pass()
	on := p.want("MESSAGE sip:+336@" + h.at(transport.UDP).String())
	p.answer(on, 480, "x")
	p.want("SIP/2.0 480")
	send(2, "Route: <sip:"+h.at(transport.UDP).String()+";lr>, <sip:nowhere.invalid:5060;lr>")
	got(t, m.notes).Pass()
	p.want("SIP/2.0 503")
	send(3, "Route: <sip:x;transport=sctp>")
	got(t, m.notes).Pass()
	p.want("SIP/2.0 503")
	send(4)
	got(t, m.notes).Refuse(405, "no messages here")
	p.want("SIP/2.0 405")
	send(5, slices.Repeat([]string{"Route: <sip:x;lr>"}, 100)...)
	p.want("SIP/2.0 400")
}

// TestWhoListensToNoCoreTakesNoneOfItsRequests: 405 and a challenge, as before there were cores.
func TestWhoListensToNoCoreTakesNoneOfItsRequests(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{trunkOf(p)}})
	p.request(ask{method: "MESSAGE", uri: "sip:x@y", from: "<sip:a@b>;tag=1", to: "<sip:c@d>", callID: "m", seq: 1})
	p.want("SIP/2.0 405")
	p.request(ask{method: "REGISTER", uri: "sip:y", from: "<sip:s@b>;tag=1", to: "<sip:c@d>", callID: "r", seq: 1})
	p.want("SIP/2.0 401")
}
