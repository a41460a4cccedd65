package transport

import (
	"bytes"
	"fmt"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// nobody is a receiver that does nothing.
type nobody struct{}

func (nobody) Receive(gosip.Message, Flow) {}
func (nobody) FlowClosed(FlowID, error)    {}

func benchInvite() []byte {
	sdp := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\n" +
		"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
	raw := request("INVITE", "Content-Type: application/sdp\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nSupported: timer, replaces\r\n")
	return append(bytes.Replace(raw, []byte("Content-Length: 0"), fmt.Appendf(nil, "Content-Length: %d", len(sdp)), 1), sdp...)
}

func BenchmarkGuard(b *testing.B) {
	raw := benchInvite()
	b.ReportAllocs()
	for b.Loop() {
		if h, _ := scan(raw); h.fault.status != 0 {
			b.Fatal(h.fault)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	raw, p := benchInvite(), message.NewParser()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ParseSIP(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDatagram is guard, parse and delivery of an INVITE of a trunk.
func BenchmarkDatagram(b *testing.B) {
	s := newSide(b)
	trustLoopback(s.Layer)
	s.receiver = nobody{}
	raw := benchInvite()
	from := Flow{Network: UDP, Listener: s.Listeners()[0], Remote: s.at(UDP)}
	b.ReportAllocs()
	for b.Loop() {
		s.datagram(raw, from, silent{})
	}
	if s.Counters().RequestsIn.Get("INVITE") == 0 {
		b.Fatal("nothing was let through")
	}
}

// BenchmarkChallenge is what a forged INVITE costs.
func BenchmarkChallenge(b *testing.B) {
	s := newSide(b)
	raw := benchInvite()
	from := Flow{Network: UDP, Listener: s.Listeners()[0], Remote: s.at(UDP)}
	b.ReportAllocs()
	for b.Loop() {
		s.datagram(raw, from, silent{})
	}
	if s.Counters().Refused[Challenged].Load() == 0 {
		b.Fatal("nothing was challenged")
	}
}
