package media_test

import (
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// typed collects the digits that are told until there are so many, and makes sure that no more come with what is still on its way.
func typed(t *testing.T, p party, n int) string {
	t.Helper()
	var keys strings.Builder
	for range n {
		keys.WriteByte(await[media.Digit](t, p.box).Key)
	}
	select {
	case <-p.peer.Idle():
	case <-soon(t).Done():
		t.Fatal("the peer does not come to an end")
	}
	waitSent(t, p.peer, 5)
	for {
		select {
		case e := <-p.box:
			if d, ok := e.(media.Digit); ok {
				keys.WriteByte(d.Key)
			}
		default:
			return keys.String()
		}
	}
}

// noEvents is a peer without telephone-event.
func noEvents(l mediatest.Law) mediatest.Sketch {
	return mediatest.Sketch{Laws: []mediatest.Law{l}, Event: -1}
}

func TestSpec_X6_DigitsComeByThreeWays(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{Event: 96})
	a.peer.SendDigits("0129#")
	if got := typed(t, a, 5); got != "0129#" {
		t.Errorf("by RFC 4733: %q", got)
	}
	for i, law := range []mediatest.Law{mediatest.ALaw, mediatest.MuLaw} {
		b := join(t, e, byte(3+i), noEvents(law))
		b.peer.SendTones("2044*#D")
		if got := typed(t, b, 7); got != "2044*#D" {
			t.Errorf("in band, law %d: %q", law, got)
		}
	}
	if !a.Info("application/dtmf-relay", []byte("Signal=7\r\nDuration=160\r\n")) {
		t.Error("INFO with a digit is not taken")
	}
	if d := await[media.Digit](t, a.box); d.Key != '7' || d.Path != media.DigitInfo || d.Duration != 160*time.Millisecond {
		t.Errorf("by INFO: %+v", d)
	}
	if a.Info("application/media_control+xml", []byte("<x/>")) || a.Info("application/dtmf", []byte("x")) {
		t.Error("INFO without a digit is taken")
	}
}

func TestSpec_X6_SameKeyHeardTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{}, func(o *media.Opening) { o.Inband = media.InbandAlways })
	// The phone sends events and lets the tone through; the carrier adds an INFO.
	a.peer.SendDigit('5', 60*time.Millisecond)
	a.peer.Say(mediatest.KeyTone('5', 100*time.Millisecond))
	if d := await[media.Digit](t, a.box); d.Path != media.DigitRFC4733 {
		t.Errorf("first way: %+v", d)
	}
	a.Info("application/dtmf", []byte("5"))
	if got := typed(t, a, 0); got != "" {
		t.Errorf("counted again: %q", got)
	}
	// A key pressed twice is two.
	a.peer.SendDigits("55")
	if got := typed(t, a, 2); got != "55" {
		t.Errorf("pressed twice: %q", got)
	}
}

func TestInbandIsListenedToOnlyWhereItMayBe(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for i, c := range []struct {
		inband media.Inband
		sketch mediatest.Sketch
		want   string
	}{
		{media.InbandAuto, mediatest.Sketch{}, ""},
		{media.InbandAuto, noEvents(mediatest.ALaw), "3"},
		{media.InbandAlways, mediatest.Sketch{}, "3"},
		{media.InbandNever, noEvents(mediatest.ALaw), ""},
	} {
		a := join(t, e, byte(2+i), c.sketch, func(o *media.Opening) { o.Inband = c.inband })
		a.peer.SendTones("3")
		if got := typed(t, a, len(c.want)); got != c.want {
			t.Errorf("case %d: heard %q, want %q", i, got, c.want)
		}
	}
}

func TestSpec_C3_DigitsReachTheOtherPartyByItsOwnWay(t *testing.T) {
	e := engine(t)
	events := func(pt uint8) func(mediatest.Packets) string {
		return func(ps mediatest.Packets) string { return ps.Digits(pt) }
	}
	inTones := func(ps mediatest.Packets) string { return ps.Tones() }
	for i, c := range []struct {
		name   string
		from   mediatest.Sketch
		to     mediatest.Sketch
		send   func(p party)
		heard  func(mediatest.Packets) string
		silent func(mediatest.Packets) string // must stay empty
	}{
		{"events to events under another number", mediatest.Sketch{Event: 96}, mediatest.Sketch{Event: 110}, func(p party) { p.peer.SendDigits("17#") }, events(110), inTones},
		{"events to tones", mediatest.Sketch{}, noEvents(mediatest.MuLaw), func(p party) { p.peer.SendDigits("17#") }, inTones, events(101)},
		{"tones to events", noEvents(mediatest.ALaw), mediatest.Sketch{}, func(p party) { p.peer.SendTones("17#") }, events(101), inTones},
		{"tones to tones", noEvents(mediatest.ALaw), noEvents(mediatest.MuLaw), func(p party) { p.peer.SendTones("17#") }, inTones, events(101)},
		{"INFO to events", mediatest.Sketch{}, mediatest.Sketch{}, info("17#"), events(101), inTones},
		{"INFO to tones", mediatest.Sketch{}, noEvents(mediatest.ALaw), info("17#"), inTones, events(101)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := join(t, e, byte(10+2*i), c.from), join(t, e, byte(11+2*i), c.to)
			bridge(t, a, b)
			c.send(a)
			if got := typed(t, a, 3); got != "17#" {
				t.Errorf("the owner is told %q", got)
			}
			ps := b.hear(t, "the digits", func(ps mediatest.Packets) bool { return c.heard(ps) == "17#" })
			if got := c.silent(ps); got != "" {
				t.Errorf("and %q by the other way", got)
			}
			a.peer.Always('A')
			b.hear(t, "A after the digits", func(ps mediatest.Packets) bool { return ps.Letter('A')+ps.Letter(toMuLaw('A')) > 3 })
			if err := b.peer.Heard().Unbroken(); err != nil {
				t.Error(err)
			}
		})
	}
}

func info(keys string) func(party) {
	return func(p party) {
		for i := range len(keys) {
			p.Info("application/dtmf", []byte(keys[i:i+1]))
		}
	}
}

func TestEventFloodIsNoDigits(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	for i := range 1000 { // each packet an event of its own, at once
		x := mediatest.Packet{
			PayloadType: 101, Seq: uint16(i), Timestamp: uint32(i) * 160, SSRC: 1,
			Payload: []byte{byte(i % 16), 0x80, 0, 160},
		}
		if err := a.peer.Inject(x.Bytes(), a.peer.To()); err != nil {
			t.Fatal(err)
		}
	}
	first := await[media.Digit](t, a.box)
	got := string(first.Key) + typed(t, a, 0)
	if len(got) > 10 {
		t.Errorf("%d digits out of a flood within some milliseconds", len(got))
	}
}

func TestSentDigitsQueueUp(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	for _, key := range []byte("12x3") {
		a.SendDigit(key, 80*time.Millisecond)
	}
	ps := a.hear(t, "three digits", func(ps mediatest.Packets) bool { return ps.Digits(101) == "123" && len(ps) >= 18 })
	byTime := map[uint32][]mediatest.Packet{}
	for _, p := range ps {
		byTime[p.Timestamp] = append(byTime[p.Timestamp], p)
	}
	if len(byTime) != 3 {
		t.Fatalf("%d events", len(byTime))
	}
	for ts, event := range byTime {
		// 80 ms: three updates of 20 to 60 ms, then the end three times.
		if len(event) != 6 || !event[0].Marker || mediatest.Packets(event[1:]).Marked() != 0 {
			t.Errorf("event at %d: %d packets", ts, len(event))
		}
		for i, p := range event {
			lasted, end := int(p.Payload[2])<<8|int(p.Payload[3]), p.Payload[1]&0x80 != 0
			if lasted != 160*min(i+1, 4) || end != (i >= 3) {
				t.Errorf("packet %d lasts %d, end %v", i, lasted, end)
			}
		}
	}
	if err := ps.Unbroken(); err != nil {
		t.Error(err)
	}
}
