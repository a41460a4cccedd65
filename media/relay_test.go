package media_test

import (
	"slices"
	"testing"

	"tandem/media"
	"tandem/media/codec/g711"
	"tandem/media/mediatest"
)

func toMuLaw(c byte) byte { return g711.MuFromA(c) }

func TestLawsAreConvertedBitByBit(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{Laws: []mediatest.Law{mediatest.ALaw}})
	b := join(t, e, 3, mediatest.Sketch{Laws: []mediatest.Law{mediatest.MuLaw}})
	bridge(t, a, b)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	send := func(p party, pt uint8) {
		x := mediatest.Packet{PayloadType: pt, Seq: 1, Timestamp: 1, SSRC: 9, Payload: every}
		if err := p.peer.Inject(x.Bytes(), p.peer.To()); err != nil {
			t.Fatal(err)
		}
	}
	send(a, 8)
	send(b, 0)
	want := make([]byte, 256)
	g711.ALawToMuLaw(want, every)
	if got := b.hear(t, "A", enough(1))[0]; !slices.Equal(got.Payload, want) || got.PayloadType != 0 {
		t.Errorf("A-law to µ-law: payload type %d, %x", got.PayloadType, got.Payload)
	}
	g711.MuLawToALaw(want, every)
	if got := a.hear(t, "B", enough(1))[0]; !slices.Equal(got.Payload, want) || got.PayloadType != 8 {
		t.Errorf("µ-law to A-law: payload type %d, %x", got.PayloadType, got.Payload)
	}
}

func TestGapsAndReorderingKeepTheirShape(t *testing.T) {
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	order := []uint16{65530, 65531, 65534, 65533, 65533, 0, 2, 3}
	for _, seq := range order {
		x := mediatest.Packet{PayloadType: 8, Seq: seq, Timestamp: uint32(int32(int16(seq))) * 160, SSRC: 77, Payload: slices.Repeat([]byte{byte(seq)}, 160)}
		if err := a.peer.Inject(x.Bytes(), a.peer.To()); err != nil {
			t.Fatal(err)
		}
	}
	ps := b.hear(t, "all of it", enough(len(order)))
	for i, p := range ps {
		if p.Seq-ps[0].Seq != order[i]-order[0] || p.Payload[0] != byte(order[i]) {
			t.Errorf("packet %d has number %d, want %d", i, p.Seq-ps[0].Seq, order[i]-order[0])
		}
		if want := uint32(int32(int16(order[i]-order[0]))) * 160; p.Timestamp-ps[0].Timestamp != want {
			t.Errorf("packet %d is at %d, want %d", i, p.Timestamp-ps[0].Timestamp, want)
		}
		if p.SSRC != ps[0].SSRC || p.SSRC == 77 {
			t.Errorf("packet %d has SSRC %x", i, p.SSRC)
		}
	}
	if st := a.Stats(); st.Lost != 3 || st.Duplicate != 1 {
		t.Errorf("statistics: %+v", st)
	}
}

func TestWhatNobodyAgreedOnDoesNotPass(t *testing.T) {
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	good := mediatest.Packet{PayloadType: 8, Seq: 1, Timestamp: 160, SSRC: 1, Payload: slices.Repeat([]byte{'G'}, 160)}
	for _, bad := range [][]byte{
		{},
		{0x80},
		good.Bytes()[:11],
		append([]byte{0x40}, good.Bytes()[1:]...),                                        // version 1
		append([]byte{0x8F}, good.Bytes()[1:40]...),                                      // 15 CSRCs that are not there
		append([]byte{0x90}, append(good.Bytes()[1:14], 0xFF, 0xFF)...),                  // an extension that is not there
		append([]byte{0xA0}, append(good.Bytes()[1:30], 255)...),                         // padding longer than the packet
		(&mediatest.Packet{PayloadType: 3, Seq: 1, SSRC: 1, Payload: []byte{1}}).Bytes(), // GSM
	} {
		if err := a.peer.Inject(bad, a.peer.To()); err != nil {
			t.Fatal(err)
		}
	}
	// An extension, a CSRC and padding were agreed on with nobody: they stay behind.
	full := slices.Concat([]byte{0xB1}, good.Bytes()[1:12], []byte{9, 9, 9, 9}, []byte{0xBE, 0xDE, 0, 1, 1, 2, 3, 4}, good.Payload, []byte{0, 0, 3})
	if err := a.peer.Inject(full, a.peer.To()); err != nil {
		t.Fatal(err)
	}
	ps := b.hear(t, "the good packet", enough(1))
	if len(ps) != 1 || ps.Letter('G') != 1 || len(ps[0].Payload) != 160 {
		t.Errorf("heard %d packets: %+v", len(ps), ps)
	}
	if st := a.Stats(); st.Refused != 8 || st.Received != 1 {
		t.Errorf("statistics: %+v", st)
	}
}

func TestBridgeReplacesBridge(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b, c := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{}), join(t, e, 4, mediatest.Sketch{})
	for p, letter := range map[party]byte{a: 'A', b: 'B', c: 'C'} {
		p.peer.Always(letter)
	}
	bridge(t, a, b)
	b.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') > 3 })
	bridge(t, a, c)
	c.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') > 3 })
	a.hear(t, "C", func(ps mediatest.Packets) bool { return ps.Letter('C') > 3 })
	b.peer.Forget()
	c.peer.Forget()
	c.hear(t, "more", enough(5))
	if n := len(b.peer.Heard()); n > 1 { // one may have been on its way
		t.Errorf("B hears %d packets after the bridge was moved", n)
	}
	c.Unbridge()
	a.Close()
	if err := media.Bridge(a.Session, b.Session); err == nil {
		t.Error("a closed session is bridged")
	}
}

// A session that is bridged with itself is an echo, until something else is bridged or played.
func TestASessionBridgedWithItselfIsAnEcho(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	a.peer.Always('A')
	b.peer.Always('B')
	if err := media.Bridge(a.Session, a.Session); err != nil {
		t.Fatal(err)
	}
	a.hear(t, "itself", func(ps mediatest.Packets) bool { return ps.Letter('A') > 5 })
	bridge(t, a, b)
	a.peer.Forget()
	a.hear(t, "B", func(ps mediatest.Packets) bool { return ps.Letter('B') > 5 })
	a.Unbridge()
	a.Close()
}

func TestSilenceIsToldOnce(t *testing.T) {
	t.Parallel()
	e := engine(t, func(c *media.Config) { c.Silence = 1 })
	a := join(t, e, 2, mediatest.Sketch{})
	if s := await[media.Silent](t, a.box); s.For <= 0 || s.Leg != 2 {
		t.Errorf("silent: %+v", s)
	}
	held := join(t, e, 3, mediatest.Sketch{Direction: "sendonly"})
	select {
	case ev := <-held.box:
		t.Errorf("a peer that holds is called silent: %+v", ev)
	case ev := <-a.box:
		t.Errorf("told twice: %+v", ev)
	case <-timer(t):
	}
}

func aLaw(pcm []int16) []byte {
	b := make([]byte, len(pcm))
	g711.EncodeALaw(b, pcm)
	return b
}
