package media_test

import (
	"net/netip"
	"runtime"
	"slices"
	"testing"

	"tandem/media"
	"tandem/media/mediatest"
)

// BenchmarkRelay is one packet from a peer through the reader's path to the other leg's socket; the receive system call is the only
// part of a relayed packet that is not in it.
func BenchmarkRelay(b *testing.B) {
	for name, laws := range map[string][]mediatest.Law{
		"same law":  {mediatest.ALaw, mediatest.ALaw},
		"other law": {mediatest.ALaw, mediatest.MuLaw},
	} {
		b.Run(name, func(b *testing.B) {
			e := engine(b)
			from := join(b, e, 2, mediatest.Sketch{Laws: laws[:1]})
			to := join(b, e, 3, mediatest.Sketch{Laws: laws[1:]})
			to.peer.Close() // nobody reads: the kernel's part is the same, and the judge costs nothing
			bridge(b, from, to)
			relay(b, from.Session, from.peer.Addr())
		})
	}
}

// relay hands packets to a Session as the transport does.
func relay(b *testing.B, s *media.Session, from netip.AddrPort) {
	b.Helper()
	x := mediatest.Packet{PayloadType: 8, SSRC: 1, Payload: slices.Repeat([]byte{'A'}, 160)}
	original := x.Bytes()
	packet := slices.Clone(original)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		copy(packet, original)
		packet[2], packet[3] = byte(i>>8), byte(i)
		ts := i * 160
		packet[4], packet[5], packet[6], packet[7] = byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts)
		s.ReceiveRTP(packet, from, int64(i+1)*20_000_000)
	}
}

func TestRelayedPacketAllocatesNothing(t *testing.T) {
	e := engine(t)
	for i, sketch := range []mediatest.Sketch{{}, {Laws: []mediatest.Law{mediatest.MuLaw}}, noEvents(mediatest.ALaw)} {
		a, b := join(t, e, byte(2+2*i), sketch), join(t, e, byte(3+2*i), mediatest.Sketch{})
		b.peer.Close() // what a peer keeps would be counted too
		bridge(t, a, b)
		x := mediatest.Packet{PayloadType: a.Formats()[0].PayloadType, SSRC: 1, Payload: slices.Repeat([]byte{'A'}, 160)}
		original := x.Bytes()
		packet := make([]byte, len(original))
		seq, from := byte(0), a.peer.Addr()
		n := testing.AllocsPerRun(100, func() {
			seq++
			copy(packet, original)
			packet[3] = seq
			a.ReceiveRTP(packet, from, int64(seq)*20_000_000)
		})
		if n != 0 {
			t.Errorf("case %d: %v allocations a packet", i, n)
		}
	}
}

func TestMemoryOfABridgedCall(t *testing.T) {
	e := engine(t)
	const calls = 200
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	box := make(mailbox, 1)
	peer := mediatest.NewPeer(t, e.at(9))
	offer := peer.SDP(mediatest.Sketch{})
	var all []*media.Session
	before := heap()
	for range 2 * calls {
		s, err := e.Open(media.Opening{Sink: box})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Answer(offer); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	for i := range calls {
		if err := media.Bridge(all[2*i], all[2*i+1]); err != nil {
			t.Fatal(err)
		}
	}
	per := (heap() - before) / calls
	t.Logf("%d bytes of heap and stack a bridged call", per)
	if per > 60<<10 {
		t.Errorf("%d bytes of heap and stack a bridged call: more than the whole program may use", per)
	}
	runtime.KeepAlive(all)
}
