package sip_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// door is the HTTP server in front of a house: whoever comes is the one whom the query names, since this door believes everybody.
func door(h *house) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		h.ServeWebSocket(w, r, sip.Seat{AOR: message.AOR(q.Get("as")), Instance: q.Get("instance")})
	}))
	h.t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// browser is a scripted page.
type browser struct {
	*peer

	socket *websocket.Conn
}

func newBrowser(h *house, door, as string) *browser {
	h.t.Helper()
	return newPinged(h, door, as, nil)
}

// newPinged is a page that tells of each ping.
func newPinged(h *house, door, as string, pinged func(context.Context, []byte) bool) *browser {
	h.t.Helper()
	c, resp, err := websocket.Dial(h.t.Context(), door+"?instance=11111111-2222-4333-8444-555555555555&as="+as, &websocket.DialOptions{Subprotocols: []string{"sip"}, OnPingReceived: pinged}) //nolint:bodyclose // the library closes it
	if err != nil {
		h.t.Fatal(err)
	}
	if resp.Header.Get("Sec-WebSocket-Protocol") != "sip" {
		h.t.Fatal("no subprotocol")
	}
	b := &browser{&peer{t: h.t, network: transport.WS, to: netip.MustParseAddrPort("127.0.0.1:1")}, c}
	ctx, done := context.WithCancel(context.Background())
	b.ln = nowhere{}
	b.use(websocket.NetConn(ctx, c, websocket.MessageText))
	h.t.Cleanup(func() {
		_ = c.CloseNow()
		done()
	})
	return b
}

// nowhere is the listener of a page: it names an address that nobody can reach (RFC 7118 section 5.2).
type nowhere struct{ net.Listener }

func (nowhere) Addr() net.Addr { return page{} }

type page struct{}

func (page) Network() string { return "ws" }
func (page) String() string  { return "q7ek1k5o8n3j.invalid" }

// contact is what JsSIP registers.
const contact = `Contact: <sip:u8mv2h1d@q7ek1k5o8n3j.invalid;transport=ws>;+sip.instance="<urn:uuid:11111111-2222-4333-8444-555555555555>";reg-id=1;expires=600`

// enrol registers as somebody and gives the answer.
func (b *browser) enrol(as string, seq int) msg {
	b.t.Helper()
	aor := "<sip:" + as + "@example.test>"
	b.request(ask{method: "REGISTER", uri: "sip:example.test", from: aor + ";tag=r", to: aor, callID: "reg", seq: seq, headers: []string{contact, "Supported: path,gruu,outbound"}})
	return b.next()
}

func TestSpec_E6_ABrowserRegistersWithoutAPasswordAndIsRungOnItsConnection(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}}})
	b := newBrowser(h, door(h), "alice@example.test")
	m := b.enrol("alice", 1)
	if status(m) != "200" || !strings.Contains(m.get("Contact"), `+sip.instance="<urn:uuid:1111`) || !strings.Contains(m.get("Contact"), ";reg-id=1") {
		t.Fatalf("%s %q", m.first, m.all("Contact"))
	}
	if d := <-h.devices; d != "alice@example.test true" {
		t.Fatal(d)
	}
	list := h.Contacts("alice@example.test")
	if len(list) != 1 || list[0].Target.Network != transport.WS || list[0].Instance != "11111111-2222-4333-8444-555555555555" || list[0].Since.IsZero() {
		t.Fatalf("%+v", list)
	}
	ref := h.dial(sip.Dial{Contact: list[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	inv := b.want("INVITE sip:u8mv2h1d@q7ek1k5o8n3j.invalid;transport=ws")
	if !strings.Contains(inv.get("Contact"), "transport=ws") || !strings.HasPrefix(inv.get("Via"), "SIP/2.0/WS ") {
		t.Fatalf("%q %q", inv.get("Contact"), inv.get("Via"))
	}
	b.answer(inv, 200, "page", "Contact: <sip:u8mv2h1d@q7ek1k5o8n3j.invalid;transport=ws>", "body:v=0 answer")
	b.want("ACK sip:u8mv2h1d")
	signal[dialog.Answered](h)
	h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
	b.answer(b.want("BYE sip:u8mv2h1d"), 200, "")
	signal[dialog.Ended](h)

	_ = b.socket.CloseNow()
	if d := <-h.devices; d != "alice@example.test false" {
		t.Fatal(d)
	}
}

func TestABrowserIsOnlyWhomItsTicketNames(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: append(phones(), sip.Device{AOR: "carol@example.test", Username: "carol"})})
	at := door(h)
	b := newBrowser(h, at, "carol@example.test")
	if m := b.enrol("alice", 1); status(m) != "403" {
		t.Fatal(m.first)
	}
	for i, method := range []string{"INVITE", "MESSAGE"} {
		b.request(ask{method: method, uri: "sip:bob@example.test", from: "<sip:alice@example.test>;tag=x", to: "<sip:bob@example.test>", callID: "x" + method, seq: i + 1})
		b.want("SIP/2.0 403")
	}
	b.request(ask{method: "INVITE", uri: "sip:bob@example.test", from: "<sip:carol@example.test>;tag=x", to: "<sip:bob@example.test>", callID: "own", seq: 1, headers: []string{contact}})
	if a := h.attempt(); a.Device != "carol@example.test" || a.Network != transport.WS {
		t.Fatalf("%+v", a)
	}
	// Somebody else's device that a password opens is not opened by nothing, and one that has none by no password.
	p := newPeer(h, transport.TCP)
	if m := p.register(try{user: "carol", as: "carol"}); status(m) != "401" {
		t.Fatal(m.first)
	}
	// A device that is gone has no connection any more.
	h.SetPeers(&sip.Peers{Devices: phones()})
	began := time.Now()
	for there := true; there; { // what was on its way comes first
		_, there = b.read(patience)
	}
	if time.Since(began) >= patience {
		t.Fatal("its connection goes on")
	}
	late := newBrowser(h, at, "carol@example.test")
	late.n = 50 // its own branches
	if m := late.enrol("carol", 51); status(m) != "403" {
		t.Fatal(m.first)
	}
}

func TestFramesOfEveryShapeAreTaken(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}}})
	b := newBrowser(h, door(h), "alice@example.test")
	ask := func(callID string) []byte {
		return []byte("REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/WS q7ek1k5o8n3j.invalid;branch=z9hG4bK" + callID + "\r\nFrom: <sip:alice@example.test>;tag=r\r\n" +
			"To: <sip:alice@example.test>\r\nCall-ID: " + callID + "\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 69\r\n" + contact + "\r\n\r\n") // no Content-Length: RFC 7118 section 5
	}
	ctx := t.Context()
	if err := b.socket.Write(ctx, websocket.MessageBinary, ask("binary")); err != nil {
		t.Fatal(err)
	}
	if m := b.want("SIP/2.0 200"); m.get("Call-ID") != "binary" {
		t.Fatal(m)
	}
	w, err := b.socket.Writer(ctx, websocket.MessageText) // in as many frames as writes
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.SplitAfter(string(ask("cut")), "\r\n") {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if m := b.want("SIP/2.0 200"); m.get("Call-ID") != "cut" {
		t.Fatal(m)
	}
	// Keep-alives of both kinds, and what is no SIP at all, cost nothing.
	if err := b.socket.Write(ctx, websocket.MessageText, []byte("\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := b.socket.Write(ctx, websocket.MessageText, []byte("{\"hello\":\"world\"}")); err != nil {
		t.Fatal(err)
	}
	pings := make(chan error, 1)
	go func() { pings <- b.socket.Ping(ctx) }()
	if err := b.socket.Write(ctx, websocket.MessageText, ask("after")); err != nil {
		t.Fatal(err)
	}
	if m := b.want("SIP/2.0 200"); m.get("Call-ID") != "after" {
		t.Fatal(m)
	}
	go func() { _, _ = b.in.ReadByte() }() // the pong is read by whoever reads
	if err := <-pings; err != nil {
		t.Fatal("ping: ", err)
	}
}

func TestAMessageThatIsTooLongEndsTheConnectionWith1009(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}}})
	b := newBrowser(h, door(h), "alice@example.test")
	_ = b.socket.Write(t.Context(), websocket.MessageText, make([]byte, 70_000))
	_, _, err := b.socket.Reader(t.Context())
	if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Fatal(err)
	}
}

func TestOneUserOpensAFewConnectionsAndASilentOneHoldsNobodyUp(t *testing.T) {
	h := open(t, func(c *sip.Config) { c.Limits.PerSeat = 3 })
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}, {AOR: "bob@example.test", Username: "bob"}}})
	at := door(h)
	silent, err := net.DialTimeout("tcp4", strings.TrimPrefix(at, "ws://"), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	var last *browser
	for range 3 {
		last = newBrowser(h, at, "alice@example.test")
	}
	dial := func(as string, protocol ...string) int {
		c, resp, err := websocket.Dial(t.Context(), at+"?as="+as, &websocket.DialOptions{Subprotocols: protocol}) //nolint:bodyclose // the library closes it
		if err == nil {
			_ = c.CloseNow()
		}
		return resp.StatusCode
	}
	if got := dial("alice@example.test", "sip"); got != http.StatusTooManyRequests {
		t.Fatal(got)
	}
	if got := dial("bob@example.test", "sip"); got != http.StatusSwitchingProtocols {
		t.Fatal(got)
	}
	if got := dial("bob@example.test", "xmpp"); got != http.StatusBadRequest {
		t.Fatal(got)
	}
	if got := h.Counters().Refused["crowded"]; got != 1 {
		t.Fatal("crowded ", got)
	}
	_ = last.socket.Close(websocket.StatusNormalClosure, "")
	for until := time.Now().Add(patience); dial("alice@example.test", "sip") != http.StatusSwitchingProtocols; {
		if time.Now().After(until) {
			t.Fatal("the place is not free again")
		}
	}
}

func TestABrowserThatLeftWithoutAWordIsFoundByAPing(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *sip.Config) { c.Limits.Ping, c.Limits.Pong = 20*time.Millisecond, 4*time.Second }) // longer than a machine is held up
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}, {AOR: "bob@example.test", Username: "bob"}}})
	at := door(h)
	here := newBrowser(h, at, "bob@example.test")
	here.enrol("bob", 1)
	go func() { _, _ = here.in.ReadByte() }() // it reads, and so it answers pings; the other does not any more
	gone := newBrowser(h, at, "alice@example.test")
	gone.n = 50 // its own branches
	gone.enrol("alice", 51)
	<-h.devices
	<-h.devices
	if d := <-h.devices; d != "alice@example.test false" {
		t.Fatal(d)
	}
	if len(h.Contacts("bob@example.test")) != 1 {
		t.Fatal("who answers was sent away")
	}
}

// A page that has nothing to say for longer than a message may take to be written is still there.
func TestASilentBrowserThatAnswersPingsKeepsItsConnection(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *sip.Config) {
		c.Limits.Write, c.Limits.Ping, c.Limits.Pong = time.Second, 1500*time.Millisecond, patience
	})
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "bob@example.test", Username: "bob"}}})
	const enough = 2
	pings := make(chan struct{}, enough)
	b := newPinged(h, door(h), "bob@example.test", func(context.Context, []byte) bool {
		select {
		case pings <- struct{}{}:
		default:
		}
		return true
	})
	b.enrol("bob", 1)
	<-h.devices
	go func() { _, _ = b.in.ReadByte() }()
	for range enough {
		select {
		case <-pings:
		case d := <-h.devices:
			t.Fatalf("sent away: %s", d)
		}
	}
}

func TestTheNewConnectionOfABrowserEndsTheOldOne(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: []sip.Device{{AOR: "alice@example.test", Username: "alice"}}})
	at := door(h)
	old := newBrowser(h, at, "alice@example.test")
	old.enrol("alice", 1)
	ref := h.dial(sip.Dial{Contact: h.Contacts("alice@example.test")[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	old.answer(old.want("INVITE sip:u8mv2h1d"), 200, "page", "Contact: <sip:u8mv2h1d@q7ek1k5o8n3j.invalid;transport=ws>", "body:v=0 answer")
	old.want("ACK sip:u8mv2h1d")
	signal[dialog.Answered](h)
	again := newBrowser(h, at, "alice@example.test") // its network changed: nobody has closed the old one
	again.n = 50
	again.enrol("alice", 51)
	signal[dialog.Parted](h)
	if list := h.Contacts("alice@example.test"); len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
	signal[dialog.Ended](h)
	h.over(ref)
}
