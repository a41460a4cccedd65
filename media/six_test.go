package media_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// A leg is reached by the version of IP that its peer's offer names, else that of its signalling, else the one that its owner says; a letter goes from the one
// to the other and back, by each back end.
func TestALegSpeaksTheVersionOfIPOfItsPeer(t *testing.T) {
	needSix(t)
	for _, b := range []media.Backend{media.TransportAuto, media.TransportNetpoll} {
		e := engine(t, func(c *media.Config) { c.Six, c.Transport.Backend = netip.IPv6Loopback(), b })
		peer := mediatest.NewPeer(t, netip.IPv6Loopback())
		six := party{peer: peer, box: make(mailbox, 1000)}
		offer := peer.SDP(mediatest.Sketch{})
		var err error
		if six.Session, err = e.Open(media.Opening{Sink: six.box, Signalled: e.at(2), Offer: offer}); err != nil {
			t.Fatal(err)
		}
		six.take(t, mediatest.Sketch{})
		four := join(t, e, 3, mediatest.Sketch{})
		bridge(t, six, four)
		peer.SendLetter('S', 400*time.Millisecond)
		four.hear(t, "the peer of IPv6", func(ps mediatest.Packets) bool { return ps.Letter('S') > 5 })
		four.peer.SendLetter('F', 400*time.Millisecond)
		six.hear(t, "the peer of IPv4", func(ps mediatest.Packets) bool { return ps.Letter('F') > 5 })
		if n := e.Stats().PortsInUse; n != 2 {
			t.Errorf("%d ports are in use, want 2", n)
		}
		for want, o := range map[string]media.Opening{
			"IP6 ::1": {Signalled: netip.IPv6Loopback()}, "IP6 ::1 ": {Family: media.FamilySix}, "IP4 127.": {}, "IP4 127.8": {Signalled: e.at(9)},
		} {
			o.Sink = nowhere{}
			s, err := e.Open(o)
			must(t, err)
			sdp, err := s.Offer(media.SendRecv)
			must(t, err)
			if !strings.Contains(string(sdp), "c=IN "+strings.TrimSpace(want)) {
				t.Errorf("%+v is offered\n%s", o, sdp)
			}
			s.Close()
		}
	}
}

// Where a leg has sockets of one version of IP, an address of the other is refused in words, as nothing would ever arrive there.
func TestAnAddressOfTheOtherVersionOfIPIsRefused(t *testing.T) {
	e := engine(t)
	_, err := open(t, e, 2).Answer(describe("%", "m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::7"))
	if r := refused(t, err); r.Status != 488 || !strings.Contains(r.Warning, "version of IP") {
		t.Errorf("refused with %+v", r)
	}
	for _, c := range []media.Config{
		{Bind: e.at(9), Six: e.at(9)}, {Bind: e.at(9), Six: netip.IPv6Unspecified()}, {Bind: netip.IPv6Loopback(), Six: netip.IPv6Loopback()},
	} {
		if bad, err := media.New(c); err == nil {
			_ = bad.Close()
			t.Errorf("%v beside %v is taken", c.Six, c.Bind)
		}
	}
}

func needSix(t *testing.T) {
	t.Helper()
	probe, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no ::1")
	}
	_ = probe.Close()
}
