package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/digest"
)

// heard is a receiver that keeps what it was told.
type heard struct {
	messages chan gosip.Message
	flows    chan Flow
	closed   chan FlowID
}

func (h *heard) Receive(m gosip.Message, from Flow) {
	h.messages <- m
	h.flows <- from
}
func (h *heard) FlowClosed(id FlowID, _ error) { h.closed <- id }

// side is a layer under test, on 127.0.0.1.
type side struct {
	*Layer
	*heard
}

// patience is how long what must come is waited for.
const patience = 30 * time.Second

func newSide(tb testing.TB, change ...func(*Config)) side {
	tb.Helper()
	local := netip.MustParseAddrPort("127.0.0.1:0")
	cfg := Config{
		Listeners: []Listener{{Network: UDP, Bind: local}, {Network: TCP, Bind: local}},
		Auth:      digest.NewServer("pbx.example", nil),
		Limits:    Limits{Rate: 1e6, Burst: 1e6, PerIP: 1000},
	}
	for _, c := range change {
		c(&cfg)
	}
	l, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	h := &heard{messages: make(chan gosip.Message, 100000), flows: make(chan Flow, 100000), closed: make(chan FlowID, 10000)}
	l.SetReceiver(h)
	if err := l.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := l.Close(ctx); err != nil {
			tb.Error(err)
		}
	})
	return side{Layer: l, heard: h}
}

func trustLoopback(l *Layer) { l.SetTrusted([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}) }

func (s side) at(n Network) netip.AddrPort {
	for _, l := range s.Listeners() {
		if l.Network == n {
			return l.Bind
		}
	}
	return netip.AddrPort{}
}

func (s side) dial(t *testing.T, n Network) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), strings.ToLower(string(n)), s.at(n).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask sends bytes and reads what comes back within a short while: the first datagram, or what a stream has.
func ask(t *testing.T, conn net.Conn, raw []byte) string {
	t.Helper()
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	return answerWithin(t, conn, patience)
}

// askInVain is ask where mostly nothing comes back.
func askInVain(t *testing.T, conn net.Conn, raw []byte) string {
	t.Helper()
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	return answerWithin(t, conn, 500*time.Millisecond)
}

// answer is what comes back soon; most callers expect nothing more.
func answer(t *testing.T, conn net.Conn) string {
	t.Helper()
	return answerWithin(t, conn, 150*time.Millisecond)
}

func answerWithin(t *testing.T, conn net.Conn, d time.Duration) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(d))
	buf := make([]byte, 65536)
	n, err := conn.Read(buf)
	if err != nil && n == 0 {
		return ""
	}
	return string(buf[:n])
}

// status is the status of an answer: "" for none.
func status(answer string) string {
	if len(answer) < 11 {
		return ""
	}
	return answer[8:11]
}

// request is a request as bytes; more header lines come with CRLF at their ends.
func request(method string, more ...string) []byte {
	return fmt.Appendf(nil, "%s sip:204@pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5999;rport;branch=z9hG4bKx\r\n"+
		"From: \"A phone\" <sip:alice@pbx.example>;tag=88776655\r\nTo: <sip:204@pbx.example>\r\n"+
		"Call-ID: 3c26700857a87f84@192.168.1.20\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\nContact: <sip:alice@192.168.1.20:5060>\r\n%sContent-Length: 0\r\n\r\n",
		method, method, strings.Join(more, ""))
}

func (s side) received(t *testing.T) gosip.Message {
	t.Helper()
	select {
	case m := <-s.messages:
		<-s.flows
		return m
	case <-time.After(patience):
		t.Fatal("nothing was let through")
		return nil
	}
}

// nothing says that no message was let through. Ask first: an answer proves that the guard is done.
func (s side) nothing(t *testing.T) {
	t.Helper()
	if len(s.messages) > 0 {
		t.Errorf("let through: %s", <-s.messages)
	}
}

// drained reads a stream to its end.
func drained(t *testing.T, conn net.Conn) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	var b bytes.Buffer
	if _, err := io.Copy(&b, conn); err != nil && b.Len() == 0 {
		t.Logf("read: %v", err)
	}
	return b.String()
}
