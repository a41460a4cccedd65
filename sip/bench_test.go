package sip_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// answering answers every attempt at once, on a goroutine for each call, as the switchboard does.
type answering struct{ ended chan struct{} }

type callee struct {
	mailbox chan dialog.Event
	leg     *dialog.Leg
}

func (c *callee) Post(e dialog.Event) bool {
	select {
	case c.mailbox <- e:
		return true
	default:
		return false
	}
}

func (a answering) Invite(at *sip.Attempt) {
	c := &callee{mailbox: make(chan dialog.Event, 64)}
	c.leg = at.Accept(c, 0)
	go func() {
		_ = c.leg.Ring(180, nil)
		_ = c.leg.Answer(message.SDP([]byte(offer)))
		for !c.leg.Over() {
			c.leg.Step(<-c.mailbox)
		}
		a.ended <- struct{}{}
	}()
}
func (answering) TrunkChanged(sip.TrunkState)               {}
func (answering) DeviceChanged(message.AOR, sip.Registered) {}

// BenchmarkCallAnswered is one whole inbound call of seven requests and responses on loopback, with the caller's plain socket in the same
// process: INVITE, 100, 180, 200, ACK, BYE, 200. cpu-us/op is the processor time of both.
func BenchmarkCallAnswered(b *testing.B) {
	h := &house{t: b}
	up := answering{ended: make(chan struct{}, 1024)}
	local := parsePrefix("127.0.0.1/32")
	var err error
	h.Stack, err = sip.New(sip.Config{
		Listeners: []transport.Listener{{Network: transport.UDP, Bind: netip.MustParseAddrPort("127.0.0.1:0")}},
		Limits:    transport.Limits{Rate: 1e9, Burst: 1e9},
	}, up)
	if err != nil {
		b.Fatal(err)
	}
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "carrier", Sources: []netip.Prefix{local}}}})
	if err = h.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = h.Close(b.Context()) }()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(h.at(transport.UDP)))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	me := conn.LocalAddr().String()
	buf := make([]byte, 65536)
	until := func(first string) []byte {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		for {
			n, err := conn.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			if bytes.HasPrefix(buf[:n], []byte(first)) {
				return buf[:n]
			}
		}
	}
	before := processorTime()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		head := func(method, to string, seq int) string {
			return fmt.Sprintf("%s sip:1@us SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\r\nFrom: <sip:2@x>;tag=a\r\nTo: <sip:1@us>%s\r\n"+
				"Call-ID: b%d\r\nCSeq: %d %s\r\nContact: <sip:2@%s>\r\nMax-Forwards: 70\r\n", method, me, method, n, to, n, seq, method, me)
		}
		fmt.Fprintf(conn, "%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", head("INVITE", "", 1), len(offer), offer)
		ok := parse(string(until("SIP/2.0 200")))
		tag := ";tag=" + ok.tag()
		fmt.Fprintf(conn, "%sContent-Length: 0\r\n\r\n", head("ACK", tag, 1))
		fmt.Fprintf(conn, "%sContent-Length: 0\r\n\r\n", head("BYE", tag, 2))
		until("SIP/2.0 200")
		<-up.ended
	}
	b.ReportMetric(float64(processorTime()-before)/float64(time.Microsecond)/float64(n), "cpu-us/op")
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
