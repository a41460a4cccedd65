package sip_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/transport"
)

// peer is a scripted far end on a plain socket.
type peer struct {
	t       testing.TB
	network transport.Network
	udp     *net.UDPConn
	ln      net.Listener
	conn    net.Conn // TCP
	in      *bufio.Reader
	to      netip.AddrPort // the house
	n       int
	known   map[string]bool // what was read, to know a retransmission
}

// newPeer opens one that talks to the house over a network. A TCP peer also listens, at the address that it calls its own.
func newPeer(h *house, n transport.Network) *peer {
	h.t.Helper()
	return newPeerAt(h, n, "127.0.0.1:0")
}

// newPeerAt opens one at an address.
func newPeerAt(h *house, n transport.Network, at string) *peer {
	h.t.Helper()
	p := &peer{t: h.t, network: n, to: h.near(n, netip.MustParseAddrPort(at).Addr())}
	if n == transport.UDP {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at)))
		if err != nil {
			h.t.Fatal(err)
		}
		p.udp = c
		h.t.Cleanup(func() { _ = c.Close() })
		return p
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		h.t.Fatal(err)
	}
	p.ln = ln
	h.t.Cleanup(func() {
		_ = ln.Close()
		if p.conn != nil {
			_ = p.conn.Close()
		}
	})
	return p
}

// host is the peer's own address.
func (p *peer) host() string {
	if p.network == transport.UDP {
		return p.udp.LocalAddr().String()
	}
	return p.ln.Addr().String()
}

// connect makes sure that a TCP peer has a connection: the one that the house makes, or its own.
func (p *peer) connect() {
	if p.network == transport.UDP || p.conn != nil {
		return
	}
	c, err := net.DialTimeout("tcp", p.to.String(), patience)
	if err != nil {
		p.t.Fatal(err)
	}
	p.use(c)
}

func (p *peer) use(c net.Conn) { p.conn, p.in = c, bufio.NewReader(c) }

// accept takes the connection that the house makes.
func (p *peer) accept() {
	p.t.Helper()
	if p.network == transport.UDP {
		return
	}
	_ = p.ln.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	c, err := p.ln.Accept()
	if err != nil {
		p.t.Fatal(err)
	}
	p.use(c)
}

func (p *peer) send(text string) {
	p.t.Helper()
	p.connect()
	var err error
	if p.network == transport.UDP {
		_, err = p.udp.WriteToUDPAddrPort([]byte(text), p.to)
	} else {
		_, err = io.WriteString(p.conn, text)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// msg is a request or response as it was read.
type msg struct {
	first string
	lines []string
	body  string
}

func (m msg) get(name string) string {
	if all := m.all(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (m msg) all(name string) []string {
	var list []string
	for _, l := range m.lines {
		if k, v, _ := strings.Cut(l, ":"); strings.EqualFold(strings.TrimSpace(k), name) {
			list = append(list, strings.TrimSpace(v))
		}
	}
	return list
}

// tag is the tag of To.
func (m msg) tag() string {
	_, tag, _ := strings.Cut(m.get("To"), ";tag=")
	tag, _, _ = strings.Cut(tag, ";")
	return tag
}

func parse(raw string) msg {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	return msg{first: lines[0], lines: lines[1:], body: body}
}

// read gives what comes within d; ok is false when nothing does.
func (p *peer) read(d time.Duration) (msg, bool) {
	p.t.Helper()
	if p.network == transport.UDP {
		_ = p.udp.SetReadDeadline(time.Now().Add(d))
		buf := make([]byte, 65536)
		n, from, err := p.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return msg{}, false
		}
		if from != p.to {
			p.t.Fatalf("from %v, want the listener %v", from, p.to)
		}
		return parse(string(buf[:n])), true
	}
	if p.conn == nil {
		p.accept()
	}
	_ = p.conn.SetReadDeadline(time.Now().Add(d))
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		line, err := p.in.ReadString('\n')
		if err != nil {
			return msg{}, false
		}
		if head.Len() == 0 && strings.TrimSpace(line) == "" {
			continue
		}
		head.WriteString(line)
	}
	m := parse(head.String())
	n, _ := strconv.Atoi(m.get("Content-Length"))
	body := make([]byte, n)
	if _, err := io.ReadFull(p.in, body); err != nil {
		return msg{}, false
	}
	m.body = string(body)
	return m, true
}

// fresh reads the next message that comes within d. Repeats of what was read by it before are left out, and so is 100: on a slow machine everything that waits for an
// answer is sent again.
func (p *peer) fresh(d time.Duration) (msg, bool) {
	p.t.Helper()
	for deadline := time.Now().Add(d); ; {
		m, ok := p.read(time.Until(deadline))
		if !ok {
			return msg{}, false
		}
		if !strings.HasPrefix(m.first, "SIP/2.0 100") && p.isNew(m) {
			return m, true
		}
	}
}

// isNew says that a message was not read before.
func (p *peer) isNew(m msg) bool {
	raw := m.first + strings.Join(m.lines, "\n")
	if p.known[raw] {
		return false
	}
	if p.known == nil {
		p.known = make(map[string]bool)
	}
	p.known[raw] = true
	return true
}

// next is the next message, whatever it is.
func (p *peer) next() msg {
	p.t.Helper()
	m, ok := p.fresh(patience)
	if !ok {
		p.t.Fatal("nothing came")
	}
	return m
}

// want reads the next message, whose first line has to begin so.
func (p *peer) want(first string) msg {
	p.t.Helper()
	m, ok := p.fresh(patience)
	switch {
	case !ok:
		p.t.Fatalf("nothing came, want %q", first)
	case !strings.HasPrefix(m.first, first):
		p.t.Fatalf("got %q, want %q", m.first, first)
	}
	return m
}

// skipTo reads until a message begins so.
func (p *peer) skipTo(first string) msg {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		m, ok := p.read(time.Until(deadline))
		if ok && strings.HasPrefix(m.first, first) {
			return m
		}
	}
	p.t.Fatalf("nothing came, want %q", first)
	return msg{}
}

// quiet checks that nothing new comes for a while.
func (p *peer) quiet(d time.Duration) {
	p.t.Helper()
	if m, ok := p.fresh(d); ok {
		p.t.Fatalf("got %q, want nothing", m.first)
	}
}

// still checks that nothing comes for a while, not even again; what has come already is let pass.
func (p *peer) still(d time.Duration) {
	p.t.Helper()
	for there := true; there; {
		_, there = p.read(20 * time.Millisecond)
	}
	if m, ok := p.read(d); ok {
		p.t.Fatalf("got %q, want nothing", m.first)
	}
}

const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"

// ask is a request to send.
type ask struct {
	method, uri    string
	from, to       string // with tags where there are any
	callID         string
	seq            int
	headers        []string
	body, bodyType string
	branch         string
}

// request writes a request; it gives the branch.
func (p *peer) request(a ask) string {
	p.t.Helper()
	p.n++
	if a.branch == "" {
		a.branch = fmt.Sprintf("z9hG4bK-%s-%d", strings.NewReplacer(".", "", ":", "").Replace(p.host()), p.n)
	}
	if a.bodyType == "" {
		a.bodyType = "application/sdp"
	}
	lines := []string{
		a.method + " " + a.uri + " SIP/2.0",
		"Via: SIP/2.0/" + string(p.network) + " " + p.host() + ";branch=" + a.branch + ";rport",
		"Max-Forwards: 70", "From: " + a.from, "To: " + a.to, "Call-ID: " + a.callID,
		fmt.Sprintf("CSeq: %d %s", a.seq, a.method),
	}
	if !slices.ContainsFunc(a.headers, func(h string) bool { return strings.HasPrefix(h, "Contact:") }) {
		lines = append(lines, "Contact: "+p.contact())
	}
	lines = append(lines, a.headers...)
	if a.body != "" {
		lines = append(lines, "Content-Type: "+a.bodyType)
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(a.body)), "", a.body)
	p.send(strings.Join(lines, "\r\n"))
	return a.branch
}

func (p *peer) contact() string {
	s := "<sip:peer@" + p.host()
	if p.network != transport.UDP {
		s += ";transport=tcp"
	}
	return s + ">"
}

// answer writes a response to a request that was read, with a tag.
func (p *peer) answer(m msg, status int, tag string, extra ...string) {
	p.t.Helper()
	body := ""
	lines := []string{fmt.Sprintf("SIP/2.0 %d Whatever", status)}
	for _, v := range m.all("Via") {
		lines = append(lines, "Via: "+v)
	}
	to := m.get("To")
	if tag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	lines = append(lines, "From: "+m.get("From"), "To: "+to, "Call-ID: "+m.get("Call-ID"), "CSeq: "+m.get("CSeq"))
	for _, e := range extra {
		if rest, ok := strings.CutPrefix(e, "body:"); ok {
			body = rest
			continue
		}
		lines = append(lines, e)
	}
	if status >= 180 && status < 300 && !slices.ContainsFunc(extra, func(e string) bool { return strings.HasPrefix(e, "Contact:") }) {
		lines = append(lines, "Contact: "+p.contact())
	}
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	p.send(strings.Join(lines, "\r\n"))
}

// trunkOf makes the peer's address a trunk, in and out.
func trunkOf(p *peer, change ...func(*sip.Trunk)) sip.Trunk {
	server := "sip:" + p.host()
	if p.network != transport.UDP {
		server += ";transport=tcp"
	}
	t := sip.Trunk{ID: "carrier", Sources: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Servers: []string{server}}
	for _, c := range change {
		c(&t)
	}
	return t
}

// eachNetwork runs a test over UDP and over TCP.
func eachNetwork(t *testing.T, story func(t *testing.T, n transport.Network)) {
	t.Helper()
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		t.Run(string(n), func(t *testing.T) { t.Helper(); story(t, n) })
	}
}

// callIn is a call that the peer makes.
type callIn struct {
	*peer

	callID, from, to string
	branch           string
	seq              int
}

// invite sends an INVITE from the peer and gives what later requests need.
func (p *peer) invite(body string, headers ...string) *callIn {
	p.t.Helper()
	c := &callIn{peer: p, callID: fmt.Sprintf("in-%d-%s", p.n, p.host()), from: "<sip:+33611223344@carrier.test>;tag=peer", to: "<sip:+33123456789@example.test>", seq: 1}
	c.branch = p.request(ask{method: "INVITE", uri: "sip:+33123456789@" + p.to.String(), from: c.from, to: c.to, callID: c.callID, seq: 1, body: body, headers: headers})
	return c
}

// in sends a request inside the dialog.
func (c *callIn) in(method string, a ask) {
	c.t.Helper()
	if a.seq == 0 {
		if method != "ACK" && method != "CANCEL" {
			c.seq++
		}
		a.seq = c.seq
	}
	a.method, a.uri, a.callID = method, "sip:"+c.house(), c.callID
	if a.from == "" {
		a.from = c.from
	}
	if a.to == "" {
		a.to = c.to
	}
	c.request(a)
}

// house is where the peer sends to.
func (c *callIn) house() string { return c.peer.to.String() }

// heard takes the tag of a response.
func (c *callIn) heard(m msg) msg {
	if !strings.Contains(c.to, ";tag=") {
		c.to += ";tag=" + m.tag()
	}
	return m
}

// readRaw gives the next datagram as it is.
func (p *peer) readRaw() ([]byte, bool) {
	_ = p.udp.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 2048)
	n, _, err := p.udp.ReadFromUDPAddrPort(buf)
	return buf[:n], err == nil
}
