package transaction

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// peer is a UDP socket that answers by hand.
type peer struct {
	*net.UDPConn

	t *testing.T
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{UDPConn: conn, t: t}
}

func (p *peer) target() transport.Target {
	return transport.Target{Network: transport.UDP, Addr: netip.MustParseAddrPort(p.LocalAddr().String())}
}

// request reads until a request of that method comes.
func (p *peer) request(method gosip.RequestMethod) (*gosip.Request, net.Addr) {
	p.t.Helper()
	buf := make([]byte, 65536)
	for {
		_ = p.SetReadDeadline(time.Now().Add(patience))
		n, from, err := p.ReadFrom(buf)
		if err != nil {
			p.t.Fatalf("no %s: %v", method, err)
		}
		m, err := message.NewParser().ParseSIP(buf[:n])
		if err != nil {
			p.t.Fatal(err)
		}
		if r, ok := m.(*gosip.Request); ok && r.Method == method {
			return r, from
		}
	}
}

func (p *peer) respond(r *gosip.Request, to net.Addr, status int, tag string) {
	p.t.Helper()
	res := message.NewResponse(r, status, "", nil)
	res.RemoveHeader("To")
	res.AppendHeader(&gosip.ToHeader{Address: r.To().Address, Params: gosip.HeaderParams{{K: "tag", V: tag}}})
	if _, err := p.WriteTo([]byte(res.String()), to); err != nil {
		p.t.Fatal(err)
	}
}

// TestRepeatedFailureIsAcknowledgedAtOnce, and no other call of the shard waits: sipgo's machine sleeps 4 s first.
func TestRepeatedFailureIsAcknowledgedAtOnce(t *testing.T) {
	a, p := newFar(t), newPeer(t)
	replies := make(chan Reply, 10)
	if _, err := a.tx.Send(a.request(gosip.INVITE, "busy", 1), p.target(), func(r Reply) { replies <- r }); err != nil {
		t.Fatal(err)
	}
	invite, from := p.request(gosip.INVITE)
	p.respond(invite, from, 486, "x")
	p.request(gosip.ACK)
	if r := await(t, replies); r.Response.StatusCode != 486 {
		t.Fatalf("got %+v", r)
	}
	slow := 0
	for range 20 {
		sent := time.Now()
		p.respond(invite, from, 486, "x")
		ack, _ := p.request(gosip.ACK)
		if took := time.Since(sent); took > 500*time.Millisecond {
			slow++
		}
		if tag, _ := ack.To().Params.Get("tag"); tag != "x" {
			t.Fatalf("ACK to tag %q", tag)
		}
	}
	if slow > 5 { // a machine that does something else meanwhile delays one or another, sipgo's machine all of them
		t.Errorf("%d of 20 ACKs took more than half a second", slow)
	}
	if len(replies) != 0 {
		t.Errorf("a repeat was told: %+v", <-replies)
	}
}

// TestAckOfFailureGoesWhereTheInviteWent, though the Request-URI names a host that does not exist.
func TestAckOfFailureGoesWhereTheInviteWent(t *testing.T) {
	a, p := newFar(t), newPeer(t)
	r := a.request(gosip.INVITE, "pinned", 1)
	r.Recipient.Host = "nowhere.invalid"
	if _, err := a.tx.Send(r, p.target(), func(Reply) {}); err != nil {
		t.Fatal(err)
	}
	invite, from := p.request(gosip.INVITE)
	p.respond(invite, from, 404, "x")
	ack, _ := p.request(gosip.ACK)
	if ack.Via().Params.GetOr("branch", "") != invite.Via().Params.GetOr("branch", "?") {
		t.Error("ACK has another branch than its INVITE")
	}
	if from.String() != a.at(transport.UDP).Addr.String() {
		t.Errorf("sent from %s, not from the listener", from)
	}
}

// TestForkedAndRepeated2xxAreTold, the first as the answer and every later one as repeated.
func TestForkedAndRepeated2xxAreTold(t *testing.T) {
	a, p := newFar(t), newPeer(t)
	replies := make(chan Reply, 20)
	if _, err := a.tx.Send(a.request(gosip.INVITE, "forked", 1), p.target(), func(r Reply) { replies <- r }); err != nil {
		t.Fatal(err)
	}
	invite, from := p.request(gosip.INVITE)
	for _, tag := range []string{"one", "two", "one"} {
		p.respond(invite, from, 200, tag)
	}
	for i, want := range []string{"one", "two", "one"} {
		r := await(t, replies)
		if tag, _ := r.Response.To().Params.Get("tag"); tag != want || r.Repeated != (i > 0) {
			t.Errorf("reply %d: tag %s, repeated %v", i, tag, r.Repeated)
		}
	}
}

// TestTwelveProvisionalsThenAnAnswer: sipgo's dialogs give up after ten.
func TestTwelveProvisionalsThenAnAnswer(t *testing.T) {
	a, p := newFar(t), newPeer(t)
	replies := make(chan Reply, 20)
	if _, err := a.tx.Send(a.request(gosip.INVITE, "patience", 1), p.target(), func(r Reply) { replies <- r }); err != nil {
		t.Fatal(err)
	}
	invite, from := p.request(gosip.INVITE)
	for range 12 {
		p.respond(invite, from, 183, "x")
	}
	p.respond(invite, from, 200, "x")
	for i := range 13 {
		want := 183
		if i == 12 {
			want = 200
		}
		if r := await(t, replies); r.Response.StatusCode != want {
			t.Fatalf("reply %d is %d", i, r.Response.StatusCode)
		}
	}
}

// TestAckOnTheBranchOfItsInviteReachesTheDialog: some phones reuse it for the ACK of a 2xx.
func TestAckOnTheBranchOfItsInviteReachesTheDialog(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.UDP))
	if _, err := conn.Write(text("INVITE", "reuse", "z9hG4bKr", 1, transport.UDP)); err != nil {
		t.Fatal(err)
	}
	invite := next[gotRequest](t, f).tx
	if err := invite.Respond(message.NewResponse(invite.Request(), 200, "", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(text("ACK", "reuse", "z9hG4bKr", 1, transport.UDP)); err != nil {
		t.Fatal(err)
	}
	next[gotAck](t, f)
}

// TestSameRequestTenThousandTimesIsOne: a storm of repeats opens one transaction (T15).
func TestSameRequestTenThousandTimesIsOne(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.UDP))
	raw := text("INVITE", "storm", "z9hG4bKs", 1, transport.UDP)
	for range 10000 {
		if _, err := conn.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	next[gotRequest](t, f)
	if _, err := conn.Write(text("ACK", "storm", "z9hG4bKother", 1, transport.UDP)); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-f.events:
		if _, ok := e.(gotAck); !ok {
			t.Fatalf("got %T", e)
		}
	case <-time.After(5 * time.Second): // the ACK may have been lost with the socket's buffer full
	}
}

// TestMergedRequestIs482: the same request by another way (RFC 3261 section 8.2.2.2).
func TestMergedRequestIs482(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.UDP))
	for _, branch := range []string{"z9hG4bKm1", "z9hG4bKm2"} {
		if _, err := conn.Write(text("INVITE", "merged", branch, 1, transport.UDP)); err != nil {
			t.Fatal(err)
		}
	}
	for {
		res, ok := readMessage(t, conn).(*gosip.Response)
		if ok && res.StatusCode == 482 {
			break
		}
	}
	next[gotRequest](t, f)
	if len(f.events) != 0 {
		t.Error("the merged request was told")
	}
}

// TestCancelWithoutAnInviteIs481, and is not told.
func TestCancelWithoutAnInviteIs481(t *testing.T) {
	f := newFar(t)
	if got := finalAnswer(t, f.at(transport.UDP), text("CANCEL", "ghost", "z9hG4bKg", 1, transport.UDP), 481); got != 481 {
		t.Errorf("got %d", got)
	}
	if len(f.events) != 0 {
		t.Error("a CANCEL of nothing was told")
	}
}

// TestTransactionsOfAClosedFlowEnd: the peer hangs up on TCP; what waited for it is told first, then the flow's end.
func TestTransactionsOfAClosedFlowEnd(t *testing.T) {
	a, b := newFar(t), newFar(t)
	replies := make(chan Reply, 10)
	c, err := a.tx.Send(a.request(gosip.INVITE, "cut", 1), b.at(transport.TCP), func(r Reply) { replies <- r })
	if err != nil {
		t.Fatal(err)
	}
	in := next[gotRequest](t, b).tx
	if r := await(t, replies); r.Response.StatusCode != gosip.StatusTrying {
		t.Fatalf("got %+v", r)
	}
	b.tr.CloseFlow(in.Flow().ID)
	if r := await(t, replies); !errors.Is(r.Err, ErrFlowGone) {
		t.Fatalf("got %+v", r)
	}
	if got := next[gotClosed](t, a).id; got != c.Flow().ID {
		t.Errorf("flow %d closed, want %d", got, c.Flow().ID)
	}
	next[gotClosed](t, b)
	if err := in.Respond(message.NewResponse(in.Request(), 200, "", nil)); err == nil {
		t.Error("answered on a closed flow")
	}
	if _, err := a.tx.Send(a.request(gosip.BYE, "cut", 2), in.Flow().Target(), func(Reply) {}); !errors.Is(err, ErrFlowGone) {
		t.Errorf("sent on a closed flow: %v", err)
	}
}

// TestNobodyThereIsToldAsFlowGone: connecting fails, and Send did not wait for it.
func TestNobodyThereIsToldAsFlowGone(t *testing.T) {
	a := newFar(t)
	gone, err := net.Listen("tcp4", "127.61.1.1:0") // an address of its own: nobody takes the port that it leaves
	if err != nil {
		t.Fatal(err)
	}
	to := transport.Target{Network: transport.TCP, Addr: netip.MustParseAddrPort(gone.Addr().String())}
	if err = gone.Close(); err != nil {
		t.Fatal(err)
	}
	replies := make(chan Reply, 1)
	_, err = a.tx.Send(a.request(gosip.OPTIONS, "nobody", 1), to, func(r Reply) { replies <- r })
	if errors.Is(err, ErrFlowGone) {
		return // the refusal was faster than the request
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := await(t, replies); !errors.Is(r.Err, ErrFlowGone) {
		t.Errorf("got %+v", r)
	}
}

// TestRightPeerOfTwoOnTCP: two peers are connected; each gets its own.
func TestRightPeerOfTwoOnTCP(t *testing.T) {
	f := newFar(t)
	one, two := dialRaw(t, f.at(transport.TCP)), dialRaw(t, f.at(transport.TCP))
	flows := make(map[string]transport.Flow)
	for i, conn := range []net.Conn{one, two} {
		if _, err := conn.Write(text("REGISTER", "reg"+strconv.Itoa(i), "z9hG4bK"+strconv.Itoa(i), 1, transport.TCP)); err != nil {
			t.Fatal(err)
		}
		tx := next[gotRequest](t, f).tx
		flows[conn.LocalAddr().String()] = tx.Flow()
	}
	for i, conn := range []net.Conn{one, two} {
		id := "to-" + strconv.Itoa(i)
		if _, err := f.tx.Send(f.request(gosip.OPTIONS, id, 1), flows[conn.LocalAddr().String()].Target(), func(Reply) {}); err != nil {
			t.Fatal(err)
		}
		r, ok := readMessage(t, conn).(*gosip.Request)
		if !ok || string(*r.CallID()) != id {
			t.Errorf("peer %d got %v", i, r)
		}
	}
}

// TestTwoListenersKeepTheirPeersApart: one peer speaks to two UDP listeners; each answers for itself.
func TestTwoListenersKeepTheirPeersApart(t *testing.T) {
	f := newAccepting(t, func(c *transport.Config) {
		c.Listeners = append(c.Listeners, transport.Listener{Network: transport.UDP, Bind: netip.MustParseAddrPort("127.0.0.1:0")})
	})
	p := newPeer(t)
	var ports []netip.AddrPort
	for _, l := range f.tr.Listeners() {
		if l.Network == transport.UDP {
			ports = append(ports, l.Bind)
		}
	}
	for i, at := range []netip.AddrPort{ports[0], ports[1], ports[0]} {
		raw := text("OPTIONS", "two"+strconv.Itoa(i), "z9hG4bKtwo"+strconv.Itoa(i), 1, transport.UDP)
		if _, err := p.WriteToUDPAddrPort(raw, at); err != nil {
			t.Fatal(err)
		}
		_ = p.SetReadDeadline(time.Now().Add(patience))
		buf := make([]byte, 4096)
		n, from, err := p.ReadFromUDPAddrPort(buf)
		if err != nil {
			t.Fatal(err)
		}
		if from != at || !strings.HasPrefix(string(buf[:n]), "SIP/2.0 200") {
			t.Errorf("asked %s, answered by %s", at, from)
		}
	}
}

// TestTrunkWithoutRportIsAnsweredAtItsViaPort (RFC 3261 section 18.2.2), while a stranger is answered where it sent from.
func TestTrunkWithoutRportIsAnsweredAtItsViaPort(t *testing.T) {
	for name, trusted := range map[string]bool{"trunk": true, "stranger": false} {
		t.Run(name, func(t *testing.T) {
			f := newAccepting(t)
			if trusted {
				f.tr.SetTrusted([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
			}
			sender, listener := newPeer(t), newPeer(t)
			port := netip.MustParseAddrPort(listener.LocalAddr().String()).Port()
			raw := strings.Replace(string(text("OPTIONS", "via", "z9hG4bKv", 1, transport.UDP)), "127.0.0.1:5999;rport", "127.0.0.1:"+strconv.Itoa(int(port)), 1)
			if _, err := sender.WriteToUDPAddrPort([]byte(raw), f.at(transport.UDP).Addr); err != nil {
				t.Fatal(err)
			}
			where := sender
			if trusted {
				where = listener
			}
			_ = where.SetReadDeadline(time.Now().Add(patience))
			if n, err := where.Read(make([]byte, 4096)); err != nil || n == 0 {
				t.Errorf("no answer: %v", err)
			}
		})
	}
}
