package transaction

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// text is a request of a scripted peer, as bytes.
func text(method, callID, branch string, cseq int, network transport.Network) []byte {
	return fmt.Appendf(nil, "%s sip:204@pbx.example SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:5999;rport;branch=%s\r\n"+
		"From: <sip:peer@carrier.example>;tag=peer\r\nTo: <sip:204@pbx.example>\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n", method, network, branch, callID, cseq, method)
}

// TestPipelinedRequestsStayInOrder: sipgo's own layer delivered 97 of 100 of these out of order.
func TestPipelinedRequestsStayInOrder(t *testing.T) {
	const count = 5000
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.TCP))
	window := make(chan struct{}, 200) // below the high-water mark: shedding is another test
	go func() {
		var all []byte
		for i := 1; i <= count; i++ {
			window <- struct{}{}
			all = append(all, text("MESSAGE", "ordered", "z9hG4bK"+strconv.Itoa(i), i, transport.TCP)...)
			if i%16 == 0 || i == count {
				_, _ = conn.Write(all)
				all = all[:0]
			}
		}
	}()
	for want := uint32(1); want <= count; want++ {
		if got := next[gotRequest](t, f).tx.Request().CSeq().SeqNo; got != want {
			t.Fatalf("CSeq %d came, want %d", got, want)
		}
		<-window
	}
}

// TestCancelInOneSegmentWithItsInvite: the CANCEL must find its INVITE every time.
func TestCancelInOneSegmentWithItsInvite(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.TCP))
	for i := range 200 {
		id, branch := "c"+strconv.Itoa(i), "z9hG4bKx"+strconv.Itoa(i)
		both := append(text("INVITE", id, branch, 1, transport.TCP), text("CANCEL", id, branch, 1, transport.TCP)...)
		if _, err := conn.Write(both); err != nil {
			t.Fatal(err)
		}
		invite := next[gotRequest](t, f).tx
		if got := next[gotCancel](t, f).invite; got != invite {
			t.Fatal("CANCEL came for another INVITE")
		}
		if err := invite.Respond(message.NewResponse(invite.Request(), 487, "", nil)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBurstOfResponsesStaysInOrder: 180, 183 and 200 in one burst are told in that order, none lost.
func TestBurstOfResponsesStaysInOrder(t *testing.T) {
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		t.Run(string(n), func(t *testing.T) {
			b := newAnswering(t, func(tx *Server) {
				for _, status := range []int{180, 183, 200} {
					_ = tx.Respond(message.NewResponse(tx.Request(), status, "", nil))
				}
			})
			a := newFar(t)
			for i := range 300 {
				replies := make(chan Reply, 10)
				if _, err := a.tx.Send(a.request(gosip.INVITE, "burst"+strconv.Itoa(i), 1), b.at(n), func(r Reply) { replies <- r }); err != nil {
					t.Fatal(err)
				}
				var last *gosip.Response
				for _, want := range []int{100, 180, 183, 200} {
					last = awaitFresh(t, replies, last, want)
				}
			}
		})
	}
}

// TestOneTagInEveryResponse: 180, the 200 of the CANCEL and 487 carry one To tag.
func TestOneTagInEveryResponse(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.UDP))
	write := func(b []byte) {
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	write(text("INVITE", "tags", "z9hG4bKt", 1, transport.UDP))
	invite := next[gotRequest](t, f).tx
	if err := invite.Respond(message.NewResponse(invite.Request(), 180, "", nil)); err != nil {
		t.Fatal(err)
	}
	write(text("CANCEL", "tags", "z9hG4bKt", 1, transport.UDP))
	next[gotCancel](t, f)
	if err := invite.Respond(message.NewResponse(invite.Request(), 487, "", nil)); err != nil {
		t.Fatal(err)
	}
	tags := make(map[string]bool)
	seen := make(map[string]bool)
	for len(seen) < 3 {
		r := readMessage(t, conn)
		res, ok := r.(*gosip.Response)
		if !ok {
			t.Fatalf("got %T", r)
		}
		if res.StatusCode == gosip.StatusTrying {
			continue
		}
		seen[strconv.Itoa(res.StatusCode)+" "+string(res.CSeq().MethodName)] = true
		tag, _ := res.To().Params.Get("tag")
		tags[tag] = true
	}
	if len(tags) != 1 || tags[""] {
		t.Errorf("To tags %v", tags)
	}
}

// TestALateAnswerAfterCancelChangesNothing: once 487 went out, a 200 is refused and the repeats say 487.
func TestALateAnswerAfterCancelChangesNothing(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.UDP))
	raw := text("INVITE", "late", "z9hG4bKl", 1, transport.UDP)
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	invite := next[gotRequest](t, f).tx
	if err := invite.Respond(message.NewResponse(invite.Request(), 487, "", nil)); err != nil {
		t.Fatal(err)
	}
	if err := invite.Respond(message.NewResponse(invite.Request(), 200, "", nil)); err == nil {
		t.Error("a second final response was sent")
	}
	var got []int
	for len(got) < 4 { // 100, 487 and two repeats by Timer G
		res, ok := readMessage(t, conn).(*gosip.Response)
		if !ok {
			t.Fatal("not a response")
		}
		got = append(got, res.StatusCode)
	}
	if fmt.Sprint(got) != "[100 487 487 487]" {
		t.Errorf("got %v", got)
	}
}

// readMessage reads one datagram, or one message of a stream that sends them one by one.
func readMessage(t *testing.T, conn net.Conn) gosip.Message {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 65536)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.NewParser().ParseSIP(bytes.Clone(buf[:n]))
	if err != nil {
		t.Fatalf("%v in %q", err, buf[:n])
	}
	return m
}
