package media_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"tandem/media"
	"tandem/media/mediatest"
)

// A peer that sends nonsense beside its voice harms nobody: a thousand sources, every payload type, padding, extensions, reports cut short and a storm of digits'
// ends are counted or passed, the voice goes on, and the far end is sent one stream under one SSRC.
func TestNonsenseBesideTheVoiceHarmsNobody(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	a.peer.Always('A')
	b.hear(t, "A", enough(5))
	for _, bad := range nonsense() {
		must(t, a.peer.Inject(bad, a.peer.To()))
	}
	for _, bad := range badReports() {
		must(t, a.peer.InjectControl(bad, netipNext(a.peer.To())))
		must(t, a.peer.Inject(bad, a.peer.To())) // as if multiplexed (RFC 5761)
	}
	b.peer.Forget()
	heard := b.hear(t, "A after the storm", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 20 })
	for _, p := range heard {
		if p.SSRC != heard[0].SSRC {
			t.Fatalf("the far end is sent a second source %x beside %x", p.SSRC, heard[0].SSRC)
		}
	}
	digits := 0
	for len(a.box) > 0 {
		if _, is := (<-a.box).(media.Digit); is {
			digits++
		}
	}
	if digits > 40 {
		t.Errorf("a storm of 500 ends of digits made %d", digits)
	}
	st := a.Stats()
	if st.Refused == 0 || st.Quality.In.BurstDensity > 1 || st.Quality.In.MOS < 1 || st.RTT < 0 {
		t.Errorf("%+v", st)
	}
}

// nonsense is RTP that a peer might send to do harm.
func nonsense() [][]byte {
	var all [][]byte
	voice := func(ssrc uint32, pt uint8, seq int) []byte {
		x := mediatest.Packet{PayloadType: pt, Seq: uint16(seq), Timestamp: uint32(seq) * 160, SSRC: ssrc, Payload: slices.Repeat([]byte{'N'}, 160)}
		return x.Bytes()
	}
	for i := range 1000 {
		all = append(all, voice(uint32(i+1), 8, i*7919))
	}
	for pt := range 128 {
		all = append(all, voice(5, uint8(pt), pt))
	}
	var first [][]byte // before the storm fills what the kernel keeps for us
	good := voice(5, 8, 9)
	for _, head := range []byte{0xA0, 0xB0, 0x90, 0x8F, 0xBF} { // padding, extension, sources: more than there is
		for _, last := range []byte{0, 1, 160, 161, 255} {
			bad := slices.Clone(good)
			bad[0], bad[len(bad)-1] = head, last
			binary.BigEndian.PutUint16(bad[14:], 0xFFFF)
			first = append(first, bad, bad[:13], bad[:16])
		}
	}
	for i := range 500 { // ends of digits that never began
		x := mediatest.Packet{PayloadType: 101, Seq: uint16(i), Timestamp: uint32(i) * 800, SSRC: 6, Payload: []byte{byte(i % 16), 0x8A, 0xFF, 0xFF}}
		all = append(all, x.Bytes())
	}
	return slices.Concat(first, [][]byte{nil, {0x80}, make([]byte, 1500)}, all)
}

// badReports is RTCP cut short, too long, and of nobody.
func badReports() [][]byte {
	whole := []byte{0x81, 200, 0, 12, 0, 0, 0, 1}
	for len(whole) < 52 {
		whole = append(whole, 0xFF)
	}
	var all [][]byte
	for n := range len(whole) {
		all = append(all, whole[:n])
	}
	for pt := 192; pt < 224; pt++ {
		for _, words := range []byte{0, 1, 255} {
			all = append(all, []byte{0x9F, byte(pt), words, words, 1, 2, 3, 4})
		}
	}
	return all
}

// Nobody is led to an address that the leg may not name, in whatever form it is written.
func TestAddressesThatMayNotBeNamedInAnyForm(t *testing.T) {
	e := engine(t, func(c *media.Config) { c.Deny = nil })
	for _, c := range []string{
		"IP4 127.0.0.1", "IP4 127.255.255.254", "IP4 169.254.169.254", "IP4 224.0.0.5", "IP4 239.1.2.3/127/2", "IP4 255.255.255.255", "IP4 0.1.2.3",
		"IP6 ::1", "IP6 fe80::1", "IP6 ff02::1", "IP6 ::ffff:127.0.0.1", "IP6 ::ffff:169.254.169.254", "IP4 2130706433", "IP4 0177.0.0.1", "IP4 127.1",
		"IP6 fe80::1%eth0", "IP4 localhost", "IP4 metadata.google.internal", "IP6 0.0.0.0.1",
	} {
		p := open(t, e, 9)
		before := p.Formats()
		_, err := p.Answer(fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN %s\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n", c))
		if err == nil {
			t.Errorf("media goes to %s", c)
		}
		if !slices.Equal(before, p.Formats()) {
			t.Errorf("%s: half of it is in force", c)
		}
		p.Close()
	}
}
