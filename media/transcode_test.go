package media_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// speaking is a leg whose peer has those codecs and no other.
func speaking(tb testing.TB, e town, house byte, extra string, names ...string) party {
	tb.Helper()
	p := open(tb, e, house, func(o *media.Opening) { o.Codecs = names })
	answer, err := p.Answer(p.peer.Describe(names, extra))
	if err != nil {
		tb.Fatalf("answer: %v", err)
	}
	for line := range strings.Lines(string(answer)) { // Take knows the two laws alone
		if f := strings.Fields(line); strings.HasPrefix(line, "m=audio") {
			var port uint16
			if _, err := fmt.Sscan(f[1], &port); err != nil {
				tb.Fatal(err)
			}
			p.peer.SendTo(netipPort(e, port))
		}
	}
	return p
}

// says sends a tone in a codec, by packets of a length, over a way.
func (p party) says(tb testing.TB, c mediatest.Codec, each time.Duration, way mediatest.Way) {
	tb.Helper()
	payloads, err := mediatest.Encode(c, mediatest.Tone(1500*time.Millisecond, 1000), each)
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.peer.Send(soon(tb), mediatest.Stream{Codec: c, Each: each, Payloads: payloads, Way: way, First: 65500, Begin: 4294960000, SSRC: 77}); err != nil {
		tb.Fatal(err)
	}
}

// purest is the best stretch of 400 ms: by how much the tone is above all else.
func purest(tb testing.TB, ps mediatest.Packets, c mediatest.Codec, hz float64) float64 {
	tb.Helper()
	pcm, err := ps.Sound(c)
	if err != nil {
		tb.Fatal(err)
	}
	best := 0.0
	for at := 0; at+3200 <= len(pcm); at += 800 {
		best = max(best, mediatest.Purity(pcm[at:at+3200], hz))
	}
	return best
}

var codecs = map[string]mediatest.Codec{"PCMA": mediatest.PCMA, "PCMU": mediatest.PCMU, "G722": mediatest.G722}

func TestEveryPairOfCodecsCarriesAVoice(t *testing.T) {
	for from, in := range codecs {
		for to, out := range codecs {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				e := engine(t)
				a, b := speaking(t, e, 2, "", from, "telephone-event"), speaking(t, e, 3, "", to, "telephone-event")
				bridge(t, a, b)
				a.says(t, in, 20*time.Millisecond, mediatest.Way{})
				ps := b.hear(t, "the voice", enough(70))
				if db := purest(t, ps, out, 1000); db < 30 {
					t.Errorf("the tone comes out %.1f dB above what it brings along", db)
				}
				if err := ps.Unbroken(); err != nil {
					t.Error(err)
				}
				for i := range ps {
					if mediatest.Codec(ps[i].PayloadType) != out || len(ps[i].Payload) != 160 {
						t.Fatalf("packet %d: type %d with %d bytes", i, ps[i].PayloadType, len(ps[i].Payload))
					}
				}
				if st := b.Stats(); st.Codec != to {
					t.Errorf("the leg says that it speaks %s", st.Codec)
				}
			})
		}
	}
}

// Two legs that speak the same pass what they say byte by byte, whatever it is.
func TestTheSameCodecPassesUntouched(t *testing.T) {
	e := engine(t)
	a, b := speaking(t, e, 2, "", "G722", "telephone-event"), speaking(t, e, 3, "", "G722", "PCMA", "telephone-event")
	bridge(t, a, b)
	a.peer.Speak(mediatest.Law(mediatest.G722), 0)
	a.peer.SendLetter('z', time.Second)
	ps := b.hear(t, "the bytes", enough(45))
	if n := ps.Letter('z'); n != len(ps) {
		t.Errorf("%d of %d packets are as they were sent", n, len(ps))
	}
}

func TestPacketsOfAnyLengthGoOutAsThePeerWants(t *testing.T) {
	for _, c := range []struct {
		in    int // ms of a packet
		extra string
		out   int // bytes
	}{
		{10, "", 160},
		{30, "", 160},
		{60, "a=ptime:20\r\n", 160},
		{20, "a=ptime:30\r\n", 240},
		{20, "a=ptime:40\r\na=maxptime:10\r\n", 80},
		{40, "a=ptime:60\r\n", 480},
		{30, "a=ptime:30\r\n", 240},
	} {
		t.Run(fmt.Sprintf("%d ms %s", c.in, strings.TrimSpace(c.extra)), func(t *testing.T) {
			t.Parallel()
			e := engine(t)
			a, b := speaking(t, e, 2, "", "PCMA"), speaking(t, e, 3, c.extra, "PCMU")
			bridge(t, a, b)
			a.says(t, mediatest.PCMA, time.Duration(c.in)*time.Millisecond, mediatest.Way{})
			ps := b.hear(t, "the voice", func(ps mediatest.Packets) bool { return len(ps)*c.out > 8*1300 })
			if err := ps.Unbroken(); err != nil {
				t.Error(err)
			}
			odd := 0
			for i := range ps {
				if len(ps[i].Payload) != c.out {
					odd++
				}
			}
			if odd > 2 { // until it is certain that the peer means it
				t.Errorf("%d of %d packets are not of %d bytes", odd, len(ps), c.out)
			}
			if db := purest(t, ps[odd:], mediatest.PCMU, 1000); db < 30 {
				t.Errorf("the tone comes out %.1f dB above what it brings along", db)
			}
		})
	}
}

// What is lost is made up and what comes in disorder is put right before it is said in another codec; the stream that goes out is whole.
func TestABadWayIsMendedBeforeAnotherCodec(t *testing.T) {
	for from, in := range codecs {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			e := engine(t)
			to, out := "G722", mediatest.G722
			if from == "G722" {
				to, out = "PCMA", mediatest.PCMA
			}
			a, b := speaking(t, e, 2, "", from), speaking(t, e, 3, "", to)
			bridge(t, a, b)
			a.says(t, in, 20*time.Millisecond, mediatest.Way{Seed: 3, Lost: 0.05, Jitter: 50 * time.Millisecond})
			ps := b.hear(t, "the voice", enough(68))
			if err := ps.Unbroken(); err != nil {
				t.Error(err)
			}
			pcm, err := ps.Sound(out)
			must(t, err)
			good := 0
			for at := 0; at+160 <= len(pcm); at += 160 {
				if mediatest.Dominates(pcm[at:at+160], 1000) {
					good++
				}
			}
			if all := len(pcm) / 160; good < all*85/100 {
				t.Errorf("the tone is in %d of %d frames", good, all)
			}
		})
	}
}

func TestComfortNoiseIsRelayedWhereBothHaveItAndMadeWhereOneHas(t *testing.T) {
	e := engine(t)
	a := speaking(t, e, 2, "", "PCMA", "CN", "telephone-event")
	both, one := speaking(t, e, 3, "", "PCMA", "CN", "telephone-event"), speaking(t, e, 4, "", "PCMA")
	if f := both.Formats(); len(f) != 3 || f[2].Name != "CN" {
		t.Fatalf("agreed: %+v", f)
	}
	noise := mediatest.Stream{Codec: mediatest.Noise, Each: 200 * time.Millisecond, Payloads: [][]byte{{40}, {40}, {40}}, First: 9, SSRC: 5}
	bridge(t, a, both)
	must(t, a.peer.Send(soon(t), noise))
	for _, p := range both.hear(t, "the noise", enough(3)) {
		if p.PayloadType != 13 || len(p.Payload) != 1 || p.Payload[0] != 40 {
			t.Errorf("noise came as type %d with %d bytes", p.PayloadType, len(p.Payload))
		}
	}
	bridge(t, a, one)
	noise.First, noise.Begin = 12, 4800
	must(t, a.peer.Send(soon(t), noise))
	ps := one.hear(t, "the noise", enough(15))
	sum, n := 0.0, 0
	for _, p := range ps {
		if p.PayloadType != 8 {
			t.Fatalf("type %d was never agreed on", p.PayloadType)
		}
	}
	pcm := ps.PCM()
	for _, v := range pcm[len(pcm)/2:] {
		sum += float64(v) * float64(v)
		n++
	}
	if rms := sum / float64(n); rms < 200*200 || rms > 500*500 { // -40 dB of 32767 is 328
		t.Errorf("the noise has a power of %.0f", rms)
	}
}

// A new answer that changes the codec goes on under the same SSRC, without a gap in the numbers.
func TestTheCodecChangesInTheMiddleOfACall(t *testing.T) {
	e := engine(t)
	a, b := speaking(t, e, 2, "", "PCMA"), speaking(t, e, 3, "", "G722", "PCMA")
	bridge(t, a, b)
	a.peer.SendTone(1000, 3*time.Second)
	b.hear(t, "G.722", enough(20))
	if _, err := b.Answer(b.peer.Describe([]string{"PCMA"}, "")); err != nil {
		t.Fatal(err)
	}
	ps := b.hear(t, "PCMA again, as it is", func(ps mediatest.Packets) bool {
		n := 0
		for i := range ps {
			if ps[i].PayloadType == 8 {
				n++
			}
		}
		return n > 40
	})
	if err := ps.Unbroken(); err != nil {
		t.Error(err)
	}
}

// A phone that has nothing but G.722 is heard although nobody has asked for it; others are not made to speak it.
func TestG722IsTakenWhereThereIsNothingElse(t *testing.T) {
	e := engine(t)
	a := open(t, e, 2)
	answer, err := a.Answer(a.peer.Describe([]string{"G722", "telephone-event"}, ""))
	must(t, err)
	if got := lines(answer, "a=rtpmap"); got != "a=rtpmap:9 G722/8000\na=rtpmap:101 telephone-event/8000" {
		t.Errorf("answered:\n%s", got)
	}
	again, err := a.Offer(media.SendRecv)
	must(t, err)
	if got := lines(again, "a=rtpmap:9"); got == "" || !strings.Contains(string(again), "RTP/AVP 9 ") {
		t.Errorf("offered later:\n%s", again)
	}
	c := open(t, e, 3)
	answer, err = c.Answer(c.peer.Describe([]string{"G722", "PCMA"}, ""))
	must(t, err)
	if got := lines(answer, "a=rtpmap"); got != "a=rtpmap:8 PCMA/8000" {
		t.Errorf("answered:\n%s", got)
	}
}

// The other party's codec goes first, so that nothing has to be decoded between the two.
func TestTheOtherPartysCodecIsPreferred(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		prefer string
		codecs []string
		want   string
	}{
		{"G722", nil, "9 8 0 101"},
		{"PCMU", nil, "0 8 101"},
		{"opus", nil, "8 0 101"},
		{"G722", []string{"PCMA", "PCMU"}, "8 0 101"},
		{"PCMU", []string{"PCMA", "PCMU", "CN"}, "0 8 13 101"},
	} {
		s := open(t, e, 4, func(o *media.Opening) { o.Prefer, o.Codecs = c.prefer, c.codecs })
		offer, err := s.Offer(media.SendRecv)
		must(t, err)
		if !strings.Contains(string(offer), "RTP/AVP "+c.want+"\r\n") {
			t.Errorf("%+v: offered\n%s", c, offer)
		}
		s.Close()
	}
	b := open(t, e, 5, func(o *media.Opening) { o.Prefer = "PCMU" })
	_, err := b.Offer(media.SendRecv)
	must(t, err)
	must(t, b.Accept(b.peer.Describe([]string{"PCMA", "PCMU"}, "")))
	if f := b.Formats(); f[0].Name != "PCMU" {
		t.Errorf("of an answer with both, %s is chosen", f[0].Name)
	}
}
