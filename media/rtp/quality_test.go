package rtp

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// receive feeds a stream of which some packets never come.
func receive(n int, lost func(i int) bool) *Reception {
	r := new(Reception)
	for i := range n {
		if lost(i) {
			continue
		}
		r.Add(&Header{Seq: uint16(60000 + i), Timestamp: uint32(i) * 160, SSRC: 9}, 100*ms+int64(i)*20*ms)
	}
	return r
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestLossesAloneAreNoBurst(t *testing.T) {
	b := receive(1001, func(i int) bool { return i%50 == 25 }).Bursts()
	if b.Count != 0 || b.LongestLoss != 1 || !near(b.GapDensity, 20.0/1001) || b.GapLength != 1001 || b.Ratio != 1 {
		t.Errorf("%+v", b)
	}
}

func TestLossesCloseTogetherAreABurst(t *testing.T) {
	// Packets 100 to 109 without 103 and 107 make one burst: 8 of 10 are lost, three at most in a row. 300 is lost alone.
	b := receive(400, func(i int) bool { return (i >= 100 && i < 110 && i != 103 && i != 107) || i == 300 }).Bursts()
	want := Bursts{Count: 1, Density: 0.8, MeanLength: 10, GapDensity: 1.0 / 390, GapLength: 195, LongestLoss: 3}
	want.Ratio = 9.0 / 4 * (1 - 9.0/400)
	if b.Count != want.Count || !near(b.Density, want.Density) || !near(b.MeanLength, want.MeanLength) || !near(b.GapDensity, want.GapDensity) ||
		!near(b.GapLength, want.GapLength) || b.LongestLoss != want.LongestLoss || !near(b.Ratio, want.Ratio) {
		t.Errorf("%+v, want %+v", b, want)
	}
}

// What comes late but in time is no loss; neither is a stream that begins out of order.
func TestReorderingIsNoLoss(t *testing.T) {
	r := new(Reception)
	for _, seq := range []uint16{5, 3, 4, 2, 6, 8, 7, 9, 30, 10} {
		r.Add(&Header{Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 9}, 100*ms+int64(seq)*20*ms)
	}
	if b := r.Bursts(); b.LongestLoss != 19 || r.Reordered != 5 || r.Lost() != 19 {
		t.Errorf("%+v, %d reordered, %d lost", b, r.Reordered, r.Lost())
	}
	for seq := uint16(11); seq < 30; seq++ {
		r.Add(&Header{Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 9}, 100*ms+int64(seq)*20*ms)
	}
	if b := r.Bursts(); b.LongestLoss != 0 || b.Count != 0 || r.Lost() != 0 {
		t.Errorf("%+v, %d lost", b, r.Lost())
	}
}

// A packet that comes 150 ms after its time is of no use; when they all do, the way has become longer.
func TestWhatComesTooLateIsCounted(t *testing.T) {
	r := new(Reception)
	at := func(i int, late int64) {
		r.Add(&Header{Seq: uint16(i), Timestamp: uint32(i) * 160, SSRC: 9}, 100*ms+int64(i)*20*ms+late*ms)
	}
	for i := range 100 {
		at(i, int64(i%10/9)*150)
	}
	if r.Late != 10 {
		t.Errorf("%d late", r.Late)
	}
	for i := 100; i < 200; i++ {
		at(i, 150)
	}
	if r.Late > 10+lateMost || r.WorstJitter() < 9*time.Millisecond {
		t.Errorf("%d late after the way became longer, jitter %v", r.Late, r.WorstJitter())
	}
}

// The packets of a digit carry the time of its beginning; that is no jitter.
func TestDigitsAreNoJitter(t *testing.T) {
	r := new(Reception)
	for i := range 200 {
		ts := i
		if i >= 50 && i < 100 {
			ts = 50
		}
		r.Add(&Header{Seq: uint16(i), Timestamp: uint32(ts) * 160, SSRC: 9}, 100*ms+int64(i)*20*ms)
	}
	if r.WorstJitter() > 2*time.Millisecond || r.Late != 0 {
		t.Errorf("jitter %v, %d late", r.WorstJitter(), r.Late)
	}
}

// Values of ITU-T G.107, by hand.
func TestScoreIsTheEModels(t *testing.T) {
	for _, c := range []struct {
		name string
		l    Listening
		mos  float64
	}{
		{"nothing in the way", Listening{Codec: ImpairmentOf("PCMA"), BurstR: 1}, 4.41},
		{"20 ms", Listening{Codec: ImpairmentOf("PCMA"), Delay: 20 * time.Millisecond, BurstR: 1}, 4.40},
		{"300 ms", Listening{Codec: ImpairmentOf("PCMA"), Delay: 300 * time.Millisecond, BurstR: 1}, 3.74},
		{"1 % by chance", Listening{Codec: ImpairmentOf("PCMA"), Loss: 0.01, BurstR: 1}, 4.32},
		{"5 % by chance", Listening{Codec: ImpairmentOf("PCMA"), Loss: 0.05, BurstR: 1}, 3.98},
		{"5 % in bursts", Listening{Codec: ImpairmentOf("PCMA"), Loss: 0.05, BurstR: 4}, 3.90},
		{"all of it", Listening{Codec: ImpairmentOf("PCMA"), Loss: 1, BurstR: 1}, 1.2},
	} {
		if got := MOS(c.l.Rating()); math.Abs(got-c.mos) > 0.1 {
			t.Errorf("%s: MOS %.2f, want %.2f", c.name, got, c.mos)
		}
	}
	if MOS(-3) != 1 || MOS(120) != 4.5 {
		t.Error("a rating out of bounds has a score out of bounds")
	}
}

// A report says what was heard, and its reader understands the same.
func TestMetricsGoThere(t *testing.T) {
	own := uint32(77)
	b, err := (&Report{
		SSRC: 5, CNAME: "x", At: time.Now(),
		Of: &Block{SSRC: own, Fraction: 12, Lost: 9, Jitter: 80, Highest: 70000},
		Metrics: &Metrics{
			SSRC: own, Loss: 0.25, Discard: 0.125, BurstDensity: 0.5, BurstLength: 300 * time.Millisecond, GapLength: 4 * time.Second,
			RoundTrip: 90 * time.Millisecond, EndSystem: 40 * time.Millisecond, Rating: 80, MOSListening: 4, MOSTalk: 3.9, Buffer: 60 * time.Millisecond,
		},
	}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseControl(b, own, time.Now())
	if err != nil || h.Metrics == nil || h.Of == nil {
		t.Fatalf("%+v, %v", h, err)
	}
	m := h.Metrics
	if m.Loss != 0.25 || m.Discard != 0.125 || m.BurstDensity != 0.5 || m.BurstLength != 300*time.Millisecond || m.GapLength != 4*time.Second ||
		m.RoundTrip != 90*time.Millisecond || m.Rating != 80 || m.MOSListening != 4 || m.MOSTalk != 3.9 || m.Buffer != 60*time.Millisecond {
		t.Errorf("%+v", m)
	}
	if h.Of.Lost != 9 || h.Of.Jitter != 80 || h.Of.Fraction != 12 {
		t.Errorf("%+v", h.Of)
	}
	other, err := ParseControl(b, own+1, time.Now())
	if err != nil || other.Metrics != nil || other.Of != nil {
		t.Errorf("a report of somebody else's stream is taken for ours: %+v, %v", other, err)
	}
	raw, err := (&rtcp.ExtendedReport{SenderSSRC: 5, Reports: []rtcp.ReportBlock{&rtcp.VoIPMetricsReportBlock{
		SSRC: own, RFactor: unknown, MOSLQ: unknown, MOSCQ: 255,
	}}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if h, err = ParseControl(raw, own, time.Now()); err != nil || h.Metrics.Rating >= 0 || h.Metrics.MOSListening >= 0 || h.Metrics.MOSTalk >= 0 {
		t.Errorf("what a block does not tell is taken for something: %+v, %v", h.Metrics, err)
	}
}
