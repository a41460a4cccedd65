package transaction

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// lingering is a socket whose write of a 486 comes back late: the peer's ACK is here before Respond has returned.
type lingering struct {
	transport.UDPSocket

	back <-chan struct{}
}

func (l lingering) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	n, err := l.UDPSocket.WriteToUDPAddrPort(b, to)
	if bytes.HasPrefix(b, []byte("SIP/2.0 486")) {
		<-l.back
	}
	return n, err // the socket's own
}

// An ACK that arrives while its failure is still being sent ends the repeats of it.
func TestAnAckThatArrivesWhileTheFailureIsSent(t *testing.T) {
	back := make(chan struct{})
	f := newAnswering(t, nil, func(c *transport.Config) {
		c.OpenUDP = func(at netip.AddrPort) (transport.UDPSocket, error) {
			conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
			return lingering{UDPSocket: conn, back: back}, err
		}
	})
	peer, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(f.at(transport.UDP).Addr))
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	head := func(method, to string) string {
		return fmt.Sprintf("%s sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKrace;rport\r\nMax-Forwards: 70\r\nFrom: <sip:b@127.0.0.1>;tag=b\r\n"+
			"To: %s\r\nCall-ID: race\r\nCSeq: 1 %s\r\nContact: <sip:b@%s>\r\nContent-Length: 0\r\n\r\n", method, peer.LocalAddr(), to, method, peer.LocalAddr())
	}
	say := func(s string) {
		if _, err := peer.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	say(head("INVITE", "<sip:a@127.0.0.1>"))
	tx := (<-f.events).(gotRequest).tx
	go func() { _ = tx.Respond(message.NewResponse(tx.Request(), 486, "", nil)) }()
	to := ""
	for to == "" {
		for line := range strings.SplitSeq(read(t, peer, patience), "\r\n") {
			if v, ok := strings.CutPrefix(line, "To: "); ok && strings.Contains(v, "tag=") {
				to = v
			}
		}
	}
	say(head("ACK", to))
	// Give the worker the time to take the ACK while the write has not come back.
	_ = read(t, peer, 100*time.Millisecond)
	close(back)
	if read(t, peer, 800*time.Millisecond) == "" {
		return
	}
	// One repeat may be on its way where the machine took half a second over the ACK; who has not seen it repeats again, a second later.
	if again := read(t, peer, 1500*time.Millisecond); again != "" {
		t.Errorf("repeated after its ACK:\n%s", again)
	}
}

// read gives the next final response, or nothing when none comes in time.
func read(t *testing.T, c *net.UDPConn, d time.Duration) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		if err != nil {
			return ""
		}
		if s := string(b[:n]); !strings.HasPrefix(s, "SIP/2.0 1") {
			return s
		}
	}
}
