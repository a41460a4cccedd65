package media_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"tandem/media"
	"tandem/media/mediatest"
	"tandem/media/srtp"
)

// stream injects packets of a peer's, numbered as said.
func (p party) stream(t *testing.T, first int, seqs ...int) {
	t.Helper()
	for _, seq := range seqs {
		x := mediatest.Packet{PayloadType: 8, Seq: uint16(seq), Timestamp: uint32(seq) * 160, SSRC: 77, Payload: slices.Repeat([]byte{byte(first + seq)}, 160)}
		must(t, p.peer.Inject(x.Bytes(), p.peer.To()))
	}
}

func TestQualityIsCountedInBothDirections(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{Extra: "a=rtcp-xr:rcvr-rtt voip-metrics\r\n"})
	a.Play(media.Play{ID: 1, Prompts: tones(440, time.Minute), Loop: true})
	var seqs []int
	for i := range 100 {
		if i < 40 || i >= 45 { // five are lost in a row
			seqs = append(seqs, i)
		}
	}
	a.stream(t, 0, append(seqs, 99, 99)...)
	ours := a.hear(t, "music", enough(20))[0].SSRC
	b, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{{SSRC: ours, TotalLost: 2, FractionLost: 25, Jitter: 160}}},
		&rtcp.ExtendedReport{SenderSSRC: 77, Reports: []rtcp.ReportBlock{&rtcp.VoIPMetricsReportBlock{SSRC: ours, BurstDensity: 128, BurstDuration: 60, MOSCQ: 30}}},
	})
	must(t, err)
	must(t, a.peer.InjectControl(b, netipNext(a.peer.To())))
	a.hear(t, "the report's effect", func(mediatest.Packets) bool { return a.Stats().Quality.Out.Packets > 0 && a.Stats().Received == 97 })
	st := a.Stats()
	in, out := st.Quality.In, st.Quality.Out
	if in.Packets != 97 || in.Lost != 5 || in.Duplicate != 2 || in.LongestLoss != 100*time.Millisecond || in.Bursts != 1 || in.BurstDensity != 1 {
		t.Errorf("in: %+v", in)
	}
	if in.MOS < 2.5 || in.MOS > 4.2 || in.Rating < 50 {
		t.Errorf("MOS %v, R %v with 5 %% lost in a burst", in.MOS, in.Rating)
	}
	if out.Lost != 2 || out.Packets < 15 || out.Jitter != 20*time.Millisecond || out.BurstDensity != 0.5 || out.BurstLength != 60*time.Millisecond || out.MOS < 2 || out.MOS > 4.3 {
		t.Errorf("out: %+v", out)
	}
	a.Close()
	got, err := a.peer.AwaitReport(soon(t), func(all [][]byte) bool { return len(all) > 0 })
	must(t, err)
	var told *rtcp.VoIPMetricsReportBlock
	for _, x := range reports(t, got) {
		if xr, is := x.(*rtcp.ExtendedReport); is {
			told = xr.Reports[0].(*rtcp.VoIPMetricsReportBlock)
		}
	}
	if told == nil || told.SSRC != 77 || told.Gmin != 16 || told.LossRate != 13 || told.BurstDensity != 255 || told.BurstDuration != 100 || told.MOSLQ == 127 || told.SignalLevel != 127 {
		t.Errorf("metrics: %+v", told)
	}
}

// Who did not ask for metrics gets none, and is not asked for them.
func TestMetricsAreSentToWhoAsks(t *testing.T) {
	e := engine(t)
	for _, c := range []struct{ asks, says string }{{"", ""}, {"a=rtcp-xr:voip-metrics\r\n", "a=rtcp-xr:voip-metrics"}, {"a=rtcp-xr:pkt-loss-rle\r\n", ""}} {
		a := open(t, e, 2)
		answer, err := a.Answer(a.peer.SDP(mediatest.Sketch{Extra: c.asks}))
		must(t, err)
		again, err := a.Offer(media.SendRecv)
		must(t, err)
		for _, sdp := range []string{string(answer), string(again)} {
			if strings.Contains(sdp, "rtcp-xr") != (c.says != "") || !strings.Contains(sdp, c.says) {
				t.Errorf("to %q: %s", c.asks, sdp)
			}
		}
	}
}

// Where we offer first, we ask; a peer that says nothing of it gets no metrics, and is asked in the same words to the end.
func TestOurFirstOfferAsksForMetrics(t *testing.T) {
	e := engine(t)
	a := open(t, e, 2)
	first, err := a.Offer(media.SendRecv)
	must(t, err)
	must(t, a.Accept(a.peer.SDP(mediatest.Sketch{})))
	again, err := a.Offer(media.SendRecv)
	must(t, err)
	if got := lines(first, "a=rtcp-xr"); got != "a=rtcp-xr:voip-metrics" || string(again) != string(first) {
		t.Errorf("asks with %q, and again with\n%s", got, again)
	}
	a.Close()
	page, err := web(t).Open(media.Opening{Kind: media.Browser, Sink: nowhere{}})
	must(t, err)
	defer page.Close()
	if first, err = page.Offer(media.SendRecv); err != nil || strings.Contains(string(first), "rtcp-xr") {
		t.Errorf("a page is offered %v\n%s", err, first)
	}
}

func TestBadSoundIsToldAfterTenSeconds(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(60 * time.Second)
	defer late.Stop()
	begun := time.Now()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
			if i%4 != 0 {
				a.stream(t, 0, i)
			}
		case ev := <-a.box:
			q, is := ev.(media.QualityChanged)
			if !is {
				t.Fatalf("told: %+v", ev)
			}
			// What this machine makes late counts as lost too, of 50 packets at least.
			late := a.Stats().Quality.In.Late
			if q.Way != media.WayIn || q.Sound != media.SoundPoor || q.MOS > 3.1 || q.Loss < 0.15 || q.Loss > 0.35+float64(late)/50 || time.Since(begun) < 9*time.Second {
				t.Errorf("after %v, with %d packets late: %+v", time.Since(begun), late, q)
			}
			if w := a.Stats().Quality.Worst; w == 0 || w > 3.1 {
				t.Errorf("worst: %v", w)
			}
			return
		case <-late.C:
			t.Fatal("nothing is told of a quarter of the packets lost")
		}
	}
}

// One party of a bridge is not heard: the owner is told why, and that they are heard again.
func TestAPartyThatIsNotHeardIsTold(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	x := mediatest.NewPeer(t, e.at(4))
	x.SendTo(a.peer.To())
	x.Always('X')
	b.peer.Always('B')
	bridge(t, a, b)
	ev := awaitLong[media.AudioChanged](t, a.box)
	if ev.Fault != media.FaultElsewhere || ev.From != x.Addr() || ev.Leg != 2 || ev.For < 3*time.Second {
		t.Errorf("told: %+v", ev)
	}
	a.peer.Always('A')
	if ev := awaitLong[media.AudioChanged](t, a.box); ev.Fault != media.FaultNone || ev.For < 4*time.Second {
		t.Errorf("told: %+v", ev)
	}
	select {
	case ev := <-b.box:
		t.Errorf("told of who is heard: %+v", ev)
	default:
	}
}

// Who is on hold, and who is in no bridge, is not waited for.
func TestWhoNeedNotBeHeardIsNotMissed(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{Direction: "sendonly"}), join(t, e, 3, mediatest.Sketch{Direction: "inactive"})
	bridge(t, a, b)
	c := join(t, e, 4, mediatest.Sketch{})
	late := time.NewTimer(6 * time.Second)
	defer late.Stop()
	for _, p := range []party{a, b, c} {
		select {
		case ev := <-p.box:
			t.Errorf("told: %+v", ev)
		case <-late.C:
			return
		}
	}
}

// awaitLong is await for what takes some seconds.
func awaitLong[T media.Event](t *testing.T, box mailbox) T {
	t.Helper()
	late := time.NewTimer(60 * time.Second)
	defer late.Stop()
	for {
		select {
		case ev := <-box:
			if x, is := ev.(T); is {
				return x
			}
		case <-late.C:
			var none T
			t.Fatalf("no %T", none)
			return none
		}
	}
}

// Packets under no key of ours are why a sealed leg is not heard.
func TestAPartyWithOtherKeysIsToldSo(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := sealing(t, e, 5, srtp.AES128SHA80, "RTP/SAVP"), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a.party, b)
	a.peer.Always('A') // as it is
	if ev := awaitLong[media.AudioChanged](t, a.box); ev.Fault != media.FaultKeys {
		t.Errorf("told: %+v", ev)
	}
	if n := b.peer.Heard().Letter('A'); n != 0 {
		t.Errorf("B hears %d packets that are not sealed", n)
	}
}
