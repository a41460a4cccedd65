package loadtest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/loadtest/wire"
)

const (
	timerT1    = 500 * time.Millisecond // RFC 3261 section 17.1.1.1
	setupLimit = 8 * time.Second        // a call without a 200 by then has failed
)

// uac places calls.
type uac struct {
	sock   line
	target netip.AddrPort
	user   string
	serial *serial

	mu    sync.Mutex
	calls map[string]*call // by Call-ID
}

// call is one call that we placed.
type call struct {
	id, tag   string
	media     netip.AddrPort // ours
	started   time.Time
	setup     time.Duration // INVITE to 200; zero before it
	remote    netip.AddrPort
	contact   string
	routes    []string
	to        string
	inviteVia string
	invite    []byte
	answered  chan struct{}
	ended     chan struct{} // BYE of the peer, or 200 to ours
	failed    chan struct{}
	status    int
	once      struct{ answered, ended, failed sync.Once }
	retrans   int
}

// newUAC places its calls by a line, which it owns from now on.
func newUAC(sock line, target netip.AddrPort, user string) *uac {
	u := &uac{sock: sock, target: target, user: user, serial: newSerial(), calls: map[string]*call{}}
	sock.serve(u.take)
	return u
}

func (u *uac) close() { u.sock.close() }

// place sends an INVITE and keeps repeating it until something comes back.
func (u *uac) place(media netip.AddrPort) *call {
	c := &call{
		id: u.serial.next("c"), tag: u.serial.next("t"), media: media, started: time.Now(),
		answered: make(chan struct{}), ended: make(chan struct{}), failed: make(chan struct{}),
	}
	c.inviteVia = u.via()
	c.invite = u.request(c, cseqInvite, "INVITE", fmt.Sprintf("sip:%s@%s", u.user, u.target), c.inviteVia, wire.Description(media, "PCMU", "telephone-event"))
	u.mu.Lock()
	u.calls[c.id] = c
	u.mu.Unlock()
	u.sock.send(c.invite, u.target)
	return c
}

// again repeats the INVITE; the caller does so every T1, doubling, while nothing has come.
func (u *uac) again(c *call) {
	c.retrans++
	u.sock.send(c.invite, u.target)
}

func (u *uac) via() string {
	return fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK%s;rport", u.sock.network(), u.sock.local(), u.serial.next("b"))
}

const (
	cseqInvite = 1 // of the INVITE and of every ACK to it
	cseqBye    = 2
)

func (u *uac) request(c *call, cseq int, method, target, via, body string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: %s\r\n", method, target, via)
	for _, r := range c.routes {
		fmt.Fprintf(&b, "Route: %s\r\n", r)
	}
	to := c.to
	if to == "" {
		to = fmt.Sprintf("<sip:%s@%s>", u.user, u.target)
	}
	fmt.Fprintf(&b, "From: <sip:+33639980101@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\nContact: <sip:load@%s>\r\n",
		u.sock.local().Addr(), c.tag, to, c.id, cseq, method, u.sock.local())
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}

func (u *uac) take(b []byte, from netip.AddrPort, when time.Time) {
	m, err := wire.Parse(b)
	if err != nil {
		return
	}
	u.mu.Lock()
	c := u.calls[m.Get("Call-ID")]
	u.mu.Unlock()
	if c == nil {
		return
	}
	switch m.Method {
	case "BYE":
		u.sock.send(reply(&m, 200, "OK", "", "", ""), from)
		c.once.ended.Do(func() { close(c.ended) })
		return
	case "UPDATE": // keeps a session alive (RFC 4028)
		u.sock.send(reply(&m, 200, "OK", "", "sip:load@"+u.sock.local().String(), ""), from)
		return
	}
	switch {
	case m.Status < 200:
		return
	case strings.HasSuffix(m.Get("CSeq"), "INVITE"):
		u.final(c, &m, when)
	case strings.HasSuffix(m.Get("CSeq"), "BYE"):
		c.once.ended.Do(func() { close(c.ended) })
	}
}

func (u *uac) final(c *call, m *wire.Message, when time.Time) {
	if m.Status >= 300 {
		c.to = m.Get("To")
		u.sock.send(u.request(c, cseqInvite, "ACK", fmt.Sprintf("sip:%s@%s", u.user, u.target), c.inviteVia, ""), u.target)
		c.once.failed.Do(func() { c.status = m.Status; close(c.failed) })
		return
	}
	c.once.answered.Do(func() {
		c.setup = when.Sub(c.started)
		c.to, c.contact = m.Get("To"), wire.URI(m.Get("Contact"))
		rr := m.All("Record-Route")
		for _, r := range slices.Backward(rr) {
			c.routes = append(c.routes, r)
		}
		c.remote, _ = wire.Audio(m.Body)
		close(c.answered)
	})
	u.sock.send(u.request(c, cseqInvite, "ACK", c.contact, u.via(), ""), u.target) // a repeated 200 gets another one
}

// hangup sends BYE; ended is closed when it is answered. One repeat of it is made by the caller.
func (u *uac) hangup(c *call) {
	u.sock.send(u.request(c, cseqBye, "BYE", c.contact, u.via(), ""), u.target)
}

func (u *uac) forget(c *call) {
	u.mu.Lock()
	delete(u.calls, c.id)
	u.mu.Unlock()
}

// reply answers a request.
func reply(m *wire.Message, status int, phrase, tag, contact, body string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", status, phrase)
	for _, name := range []string{"Via", "Record-Route", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range m.All(name) {
			if name == "To" && tag != "" && wire.Param(v, "tag") == "" {
				v += ";tag=" + tag
			}
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	if contact != "" {
		fmt.Fprintf(&b, "Contact: <%s>\r\n", contact)
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}
