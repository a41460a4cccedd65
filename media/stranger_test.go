package media_test

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/mediatest/browser"
)

// A page that is not the one in the SDP gets no keys: nobody hears it, it hears nobody, and the owner is told why.
func TestAPageWithAnotherCertificateIsNotHeard(t *testing.T) {
	t.Parallel()
	e := web(t)
	x, trunk := newTab(t, e, browser.Options{}), join(t, e, 2, mediatest.Sketch{})
	shown := regexp.MustCompile(`a=fingerprint:sha-256 ..`)
	x.calls(t, func(s string) string { return shown.ReplaceAllString(s, "a=fingerprint:sha-256 5A") })
	bridge(t, x.party, trunk)
	x.peer.SendTone(440, 500*time.Millisecond)
	trunk.peer.SendTone(1000, 500*time.Millisecond)
	ev := x.path(t)
	if ev.State != media.PathLost || ev.Err == nil || !strings.Contains(ev.Err.Error(), "certificate") {
		t.Errorf("the path: %+v", ev)
	}
	waitSent(t, trunk.peer, 1)
	if n := len(x.peer.Heard()) + len(trunk.peer.Heard()); n != 0 {
		t.Errorf("%d packets were heard", n)
	}
}

// What strangers send to the port, and what comes from a page's own address without its keys, is counted and does nothing.
func TestWhatNobodySentIsNotHeard(t *testing.T) {
	t.Parallel()
	e := web(t)
	sock, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer sock.Close()
	x := tabUp(t, e, browser.Options{Setup: func(s *webrtc.SettingEngine) { s.SetICEUDPMux(webrtc.NewICEUDPMux(nil, sock)) }})
	trunk := join(t, e, 2, mediatest.Sketch{})
	toneBothWays(t, x.party, trunk)
	trunk.peer.Forget()
	door := net.UDPAddrFromAddrPort(e.BrowserPort())
	refused := x.Stats().Refused
	rtp := mediatest.Packet{PayloadType: 8, Seq: 7, Timestamp: 9, SSRC: 11, Payload: make([]byte, 176)}
	for i := range rtp.Payload {
		rtp.Payload[i] = 'x'
	}
	for range 20 {
		_, err = sock.WriteTo(rtp.Bytes(), door) // from the page's address, under no key
		must(t, err)
	}
	stranger := mediatest.NewPeer(t, e.at(9))
	huge := make([]byte, 9000)
	binary.BigEndian.PutUint32(huge[4:], 0x2112A442)
	check := append([]byte{0, 1, 0, 12, 0x21, 0x12, 0xA4, 0x42}, make([]byte, 24)...)
	copy(check[20:], "\x00\x06\x00\x08nobo:dyX")
	noise := make([]byte, 300)
	_, _ = rand.Read(noise)
	for _, b := range [][]byte{rtp.Bytes(), huge, check, check[:19], noise, {0}, {22, 254, 253}, {0x80, 200}} {
		for range 3 {
			must(t, stranger.Inject(b, e.BrowserPort()))
		}
	}
	x.peer.SendTone(440, 500*time.Millisecond)
	heard := trunk.hear(t, "the page", func(p mediatest.Packets) bool { return p.Tone(440) >= 24 })
	if heard.Letter('x') > 0 || heard.Unbroken() != nil {
		t.Errorf("%d foreign packets, %v", heard.Letter('x'), heard.Unbroken())
	}
	if got := x.Stats().Refused - refused; got != 20 {
		t.Errorf("%d packets without the key are counted, not 20", got)
	}
	if got := e.Stats().Refused; got < 20+8*3-3 {
		t.Errorf("%d packets are counted in all", got)
	}
}

// Connections of strangers do not stay.
func TestAConnectionThatNamesNoLegIsClosed(t *testing.T) {
	t.Parallel()
	e := web(t)
	for _, first := range []string{"GET / HTTP/1.1\r\n\r\n", "\x00\x02hi", "\xff\xff" + strings.Repeat("x", 2000)} {
		c, err := net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(e.BrowserPort()))
		must(t, err)
		_, err = c.Write([]byte(first))
		must(t, err)
		must(t, c.SetReadDeadline(time.Now().Add(30*time.Second)))
		if _, err = c.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("%q: %v", first[:4], err)
		}
		must(t, c.Close())
	}
}
