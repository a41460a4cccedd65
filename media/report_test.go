package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"tandem/media"
	"tandem/media/mediatest"
)

// reports reads every RTCP packet that a peer got.
func reports(t *testing.T, all [][]byte) []rtcp.Packet {
	t.Helper()
	var out []rtcp.Packet
	for _, b := range all {
		ps, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatalf("read RTCP: %v", err)
		}
		out = append(out, ps...)
	}
	return out
}

func TestReportsAreOfThisLegAlone(t *testing.T) {
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{Extra: "a=rtcp-mux\r\n"})
	bridge(t, a, b)
	a.peer.Always('A')
	b.peer.Always('B')
	a.hear(t, "B", enough(10))
	b.hear(t, "A", enough(10))
	// A report of A's must not reach B.
	foreign, err := (&rtcp.SenderReport{SSRC: 4711, NTPTime: 1 << 48}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	control := a.peer.To()
	if err := a.peer.InjectControl(foreign, netipNext(control)); err != nil {
		t.Fatal(err)
	}
	if err := a.peer.InjectControl([]byte{0x81, 200, 0, 99}, netipNext(control)); err != nil { // short
		t.Fatal(err)
	}
	for _, p := range []party{a, b} {
		p.Close()
		ours := p.peer.Heard()[0].SSRC
		got, err := p.peer.AwaitReport(soon(t), func(all [][]byte) bool { return len(all) > 0 })
		if err != nil {
			t.Fatalf("no report: %v", err)
		}
		bye, named, sent := false, false, false
		for _, x := range reports(t, got) {
			switch x := x.(type) {
			case *rtcp.SenderReport:
				sent = x.SSRC == ours && x.PacketCount >= 10 && x.OctetCount == x.PacketCount*160
				if len(x.Reports) != 1 || x.Reports[0].SSRC != p.peer.SSRC() || x.Reports[0].TotalLost != 0 {
					t.Errorf("blocks: %+v", x.Reports)
				}
			case *rtcp.SourceDescription:
				named = len(x.Chunks) == 1 && x.Chunks[0].Source == ours
			case *rtcp.Goodbye:
				bye = x.Sources[0] == ours
			}
		}
		if !bye || !named || !sent {
			t.Errorf("BYE %v, SDES %v, SR %v", bye, named, sent)
		}
	}
}

func TestRoundTripIsMeasured(t *testing.T) {
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{})
	a.Play(media.Play{ID: 1, Prompts: tones(440, time.Minute), Loop: true})
	ours := a.hear(t, "a packet", enough(1))[0].SSRC
	// An answer to a report that left here 200 ms ago and lay there for 150 ms.
	now := time.Now()
	middle := func(at time.Time) uint32 {
		return uint32((uint64(at.Unix()+2208988800)<<32 | uint64(at.Nanosecond())<<32/1e9) >> 16)
	}
	b, err := (&rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{
		SSRC: ours, LastSenderReport: middle(now.Add(-200 * time.Millisecond)), Delay: 150 << 16 / 1000,
	}}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.peer.InjectControl(b, netipNext(a.peer.To())); err != nil {
		t.Fatal(err)
	}
	a.hear(t, "what comes later", func(mediatest.Packets) bool { return a.Stats().RTT > 0 })
	if rtt := a.Stats().RTT; rtt < 49*time.Millisecond || rtt > 5*time.Second {
		t.Errorf("round trip %v, want 50 ms and what this machine adds", rtt)
	}
}
