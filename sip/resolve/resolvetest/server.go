// Package resolvetest is a name server for tests: it tells what the test wrote down.
package resolvetest

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
)

// Server is a name server on loopback that tells a zone, and may be mute.
type Server struct {
	At   netip.AddrPort
	Mute atomic.Bool // it answers nothing
	zone atomic.Pointer[[]dns.RR]
}

// Start starts one, until the test ends. The zone is in the form of RFC 1035 section 5, a record on each line.
func Start(tb testing.TB, zone string) *Server {
	tb.Helper()
	n := &Server{}
	n.Tell(tb, zone)
	pc, tcp := sameNumber(tb)
	n.At = netip.MustParseAddrPort(pc.LocalAddr().String())
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: n}, {Listener: tcp, Handler: n}} {
		ended := make(chan error, 1)
		go func() { ended <- s.ActivateAndServe() }()
		tb.Cleanup(func() { _ = s.Shutdown(); <-ended })
	}
	return n
}

// sameNumber opens a UDP and a TCP port of one number.
func sameNumber(tb testing.TB) (net.PacketConn, net.Listener) {
	tb.Helper()
	for range 20 {
		pc, err := (&net.ListenConfig{}).ListenPacket(tb.Context(), "udp4", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		if tcp, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp4", pc.LocalAddr().String()); err == nil {
			return pc, tcp
		}
		_ = pc.Close()
	}
	tb.Fatal("no port is free for both")
	return nil, nil
}

// Tell puts another zone in place of the one before.
func (n *Server) Tell(tb testing.TB, zone string) {
	tb.Helper()
	var list []dns.RR
	for line := range strings.Lines(zone) {
		if line = strings.TrimSpace(line); line != "" {
			rr, err := dns.NewRR(line)
			if err != nil {
				tb.Fatal(err)
			}
			list = append(list, rr)
		}
	}
	n.zone.Store(&list)
}

// ServeDNS implements dns.Handler.
func (n *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	if n.Mute.Load() {
		return
	}
	answer := new(dns.Msg)
	answer.SetReply(q)
	known := false
	for _, rr := range *n.zone.Load() {
		if strings.EqualFold(rr.Header().Name, q.Question[0].Name) {
			known = true
			if rr.Header().Rrtype == q.Question[0].Qtype {
				answer.Answer = append(answer.Answer, rr)
			}
		}
	}
	if !known {
		answer.Rcode = dns.RcodeNameError
	}
	if _, datagram := w.RemoteAddr().(*net.UDPAddr); datagram && len(answer.Answer) > 10 {
		answer.Answer, answer.Truncated = nil, true
	}
	_ = w.WriteMsg(answer)
}
