package routing_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/media/mediatest"
	"tandem/routing"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// scscf is a core that speaks SIP as text, so that each byte of it can be looked at.
type scscf struct {
	t    *testing.T
	conn *net.UDPConn
	to   netip.AddrPort
}

// joins opens a core at an address, as Bruno's operator's.
func joins(t *testing.T, x *exchange, host string) *scscf {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(host), 0)))
	check(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	c := &scscf{t: t, conn: conn, to: x.addr}
	lives(x, c.at())
	return c
}

func (c *scscf) at() netip.AddrPort { return c.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (c *scscf) send(lines ...string) {
	c.t.Helper()
	_, err := c.conn.WriteToUDPAddrPort([]byte(strings.Join(lines, "\r\n")), c.to)
	check(c.t, err)
}

// want reads what comes next that begins so; repeats and 100 are left out.
func (c *scscf) want(first string) (head, body string) {
	c.t.Helper()
	b := make([]byte, 65536)
	deadline := time.Now().Add(patience)
	var seen []string
	for {
		check(c.t, c.conn.SetReadDeadline(deadline))
		n, err := c.conn.Read(b)
		if err != nil {
			c.t.Fatalf("no %q came, but %q", first, seen)
		}
		head, body, _ = strings.Cut(string(b[:n]), "\r\n\r\n")
		if strings.HasPrefix(head, first) {
			return head + "\r\n", body
		}
		line, _, _ := strings.Cut(head, "\r\n")
		seen = append(seen, line)
	}
}

// fields are the values of a header.
func fields(head, name string) []string {
	var list []string
	for line := range strings.Lines(head) {
		if n, v, _ := strings.Cut(line, ":"); strings.EqualFold(strings.TrimSpace(n), name) {
			list = append(list, strings.TrimSpace(v))
		}
	}
	return list
}

// request is a request of the core's own, along the Route of an application server.
func (c *scscf) request(method, asked string, headers []string, body string) {
	c.t.Helper()
	lines := append([]string{
		method + " " + asked + " SIP/2.0", "Via: SIP/2.0/UDP " + c.at().String() + ";branch=z9hG4bK" + method + "1;rport", "Max-Forwards: 68",
		"Route: <sip:" + c.to.String() + ";lr>", "Route: " + c.odi(),
		`From: "Bruno" <sip:` + mobileNumber + "@ims.example>;tag=ue", "To: <" + asked + ">", "Call-ID: " + method + "-of-the-core", "CSeq: 1 " + method,
		"Contact: <sip:ue@" + c.at().String() + ">", "P-Served-User: <sip:" + mobileNumber + "@ims.example>;sescase=orig;regstate=reg",
		"P-Asserted-Identity: <sip:" + mobileNumber + "@ims.example>, <tel:" + mobileNumber + ">", "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=20899",
	}, headers...)
	c.send(append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)...)
}

func (c *scscf) odi() string {
	return "<sip:ISCmark@" + c.at().String() + ";lr;s=2;h=0;d=0;;a=7369703a%2b33>"
}

// answer answers a request that was read.
func (c *scscf) answer(head string, status int, body string) {
	c.t.Helper()
	lines := []string{fmt.Sprintf("SIP/2.0 %d Fine", status)}
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		for _, v := range fields(head, name) {
			lines = append(lines, name+": "+v)
		}
	}
	to := fields(head, "To")[0]
	if !strings.Contains(to, "tag=") {
		to += ";tag=far"
	}
	lines = append(lines, "To: "+to, "Contact: <sip:far@"+c.at().String()+">")
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	c.send(append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)...)
}

// TestCore_A6_OnTheWireACallForHelpComesBackAsItWent: Request-URI, Route, identities, access network and session description, byte for byte.
func TestCore_A6_OnTheWireACallForHelpComesBackAsItWent(t *testing.T) {
	carrier := plug(t, "127.0.0.41")
	x := open(t, carrier.addr)
	c := joins(t, x, "127.0.0.42")
	const offer, answer = "v=0\r\no=- 1 1 IN IP4 10.1.2.3\r\ns=odd \r\nx=?\r\n", "v=0\r\no=- 2 2 IN IP4 10.9.9.9\r\ns=psap\r\n"
	const asked = "tel:15;phone-context=ims.example"
	c.request("INVITE", asked, []string{"Content-Type: application/sdp"}, offer)
	on, body := c.want("INVITE " + asked + " SIP/2.0")
	if body != offer || !slices.Equal(fields(on, "Route"), []string{c.odi()}) || fields(on, "Max-Forwards")[0] != "67" ||
		!slices.Equal(fields(on, "P-Asserted-Identity"), []string{"<sip:" + mobileNumber + "@ims.example>", "<tel:" + mobileNumber + ">"}) ||
		!slices.Equal(fields(on, "P-Access-Network-Info"), []string{"3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=20899"}) || !strings.Contains(fields(on, "From")[0], `"Bruno" <sip:`+mobileNumber) {
		t.Fatalf("passed on:\n%s\n%s", on, body)
	}
	c.answer(on, 183, answer)
	if _, early := c.want("SIP/2.0 183"); early != answer {
		t.Errorf("early: %q", early)
	}
	c.answer(on, 200, answer)
	ok, body := c.want("SIP/2.0 200")
	if body != answer {
		t.Errorf("answered: %q", body)
	}
	inside := func(method string, seq int) []string {
		return []string{
			method + " sip:" + c.to.String() + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport", c.at(), method, seq), "Max-Forwards: 68",
			`From: "Bruno" <sip:` + mobileNumber + "@ims.example>;tag=ue", "To: " + fields(ok, "To")[0], "Call-ID: INVITE-of-the-core", fmt.Sprintf("CSeq: %d %s", seq, method),
		}
	}
	c.send(append(inside("ACK", 1), "Content-Length: 0", "", "")...)
	c.send(append(inside("BYE", 2), `Reason: Q.850;cause=16;text="done"`, "Content-Length: 0", "", "")...)
	bye, _ := c.want("BYE sip:far@")
	if got := fields(bye, "Reason"); len(got) != 1 || got[0] != `Q.850;cause=16;text="done"` {
		t.Errorf("told %q", got)
	}
	c.answer(bye, 200, "")
	select {
	case r := <-x.book.done:
		if r.To != "15" || r.User != "bruno" || r.Outcome != routing.OutcomeAnswered || len(r.Ladder) == 0 {
			t.Errorf("the record is of a call to %s, %s, of %q, %d lines", r.To, r.Outcome, r.User, len(r.Ladder))
		}
	case <-time.After(patience):
		t.Fatal("no record")
	}
}

// TestCore_A6_AMessageTo114IsPassedOnUnchanged: short messages to the emergency services of the deaf go on as they came, and the answer comes back.
func TestCore_A6_AMessageTo114IsPassedOnUnchanged(t *testing.T) {
	carrier := plug(t, "127.0.0.43")
	x := open(t, carrier.addr)
	c := joins(t, x, "127.0.0.44")
	const rpdu = "\x00\x07\x00\x04\x91\x33\x06\xff\r\nRoute: <sip:evil>\r\n"
	c.request("MESSAGE", "tel:114", []string{"Content-Type: application/vnd.3gpp.sms", "Content-Transfer-Encoding: binary", "Request-Disposition: no-fork"}, rpdu)
	on, body := c.want("MESSAGE tel:114 SIP/2.0")
	if body != rpdu || !slices.Equal(fields(on, "Route"), []string{c.odi()}) || fields(on, "Content-Type")[0] != "application/vnd.3gpp.sms" ||
		fields(on, "Content-Transfer-Encoding")[0] != "binary" || fields(on, "Call-ID")[0] != "MESSAGE-of-the-core" || len(fields(on, "P-Access-Network-Info")) != 1 {
		t.Fatalf("passed on:\n%s\n%q", on, body)
	}
	c.answer(on, 202, "")
	c.want("SIP/2.0 202")
}

// TestSpec_E4_OnTheWireTheDirectNumberIsShown: by a carrier where one may, else back in the core, whatever the handset says of itself.
func TestSpec_E4_OnTheWireTheDirectNumberIsShown(t *testing.T) {
	carrier := plug(t, "127.0.0.45")
	x := open(t, carrier.addr)
	c := joins(t, x, "127.0.0.46")
	carrier.knows(x, "")
	voice := string(carrier.voice.SDP(mediatest.Sketch{}))
	c.request("INVITE", "tel:0142685300", []string{"Content-Type: application/sdp", "P-Preferred-Identity: <tel:+33100000000>"}, voice)
	on, _ := c.want("INVITE tel:0142685300 SIP/2.0")
	if !slices.Equal(fields(on, "Route"), []string{c.odi()}) || len(fields(on, "P-Asserted-Identity")) != 2 || len(fields(on, "P-Preferred-Identity")) != 0 || len(fields(on, "X-Tandem-Anchor")) > 1 {
		t.Errorf("back in the core:\n%s", on)
	}
	c.answer(on, 486, "")
	c.want("SIP/2.0 486")

	s := *x.Snapshot()
	main := *s.Trunks["main"]
	main.PresentsDirect = true
	s.Trunks = map[routing.TrunkID]*routing.Trunk{"main": &main, "core": s.Trunks["core"]}
	x.change(&s)
	c.send("INVITE tel:0142685300 SIP/2.0", "Via: SIP/2.0/UDP "+c.at().String()+";branch=z9hG4bKsecond;rport", "Max-Forwards: 68", "Route: <sip:"+c.to.String()+";lr>, "+c.odi(),
		"From: <sip:+33100000000@liar.example>;tag=ue", "To: <tel:0142685300>", "Call-ID: second", "CSeq: 1 INVITE", "Contact: <sip:ue@"+c.at().String()+">",
		"P-Served-User: <sip:"+mobileNumber+"@ims.example>;sescase=orig", "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=20899", "Content-Type: application/sdp",
		fmt.Sprintf("Content-Length: %d", len(voice)), "", voice)
	select {
	case a := <-carrier.came:
		if a.From.User != mobileNumber || a.RequestURI.User != "+33142685300" || len(a.Head.Values("P-Access-Network-Info")) != 0 || len(a.Route) != 0 {
			t.Errorf("the carrier hears of %s calling %s, along %v", a.From.User, a.RequestURI.User, a.Route)
		}
	case <-time.After(patience):
		t.Fatal("the carrier is not called")
	}
	carrier.do(func(l *dialog.Leg) error { return l.Reject(486, message.Reason{}, "") })
	c.want("SIP/2.0 486")
}
