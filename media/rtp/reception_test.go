package rtp

import (
	"slices"
	"testing"
	"time"
)

func TestReceptionCountsWhatCame(t *testing.T) {
	var r Reception
	now := 100 * ms
	for _, seq := range []uint16{65533, 65534, 0, 65535, 0, 3, 4, 4, 4} { // 1 and 2 are lost
		r.Add(&Header{Seq: seq, Timestamp: uint32(int32(int16(seq))) * 160, SSRC: 1}, now+int64(int16(seq))*20*ms)
	}
	if r.Packets != 9 || r.Lost() != 2 || r.Duplicate != 3 || r.Reordered != 1 || r.Jitter() != 0 {
		t.Errorf("%+v, lost %d, jitter %d", r, r.Lost(), r.Jitter())
	}
	if f, lost := r.Report(); f != 2*256/8 || lost != 2 {
		t.Errorf("reported %d/256, %d", f, lost)
	}
	if f, _ := r.Report(); f != 0 {
		t.Errorf("reported again %d/256", f)
	}
	// Another SSRC begins anew, and what was lost is kept.
	r.Add(&Header{Seq: 7, SSRC: 2}, now)
	r.Add(&Header{Seq: 9, SSRC: 2}, now)
	if ssrc, _ := r.SSRC(); ssrc != 2 || r.Lost() != 3 {
		t.Errorf("SSRC %d, lost %d", ssrc, r.Lost())
	}
	// One packet from far away is an accident, two in a row are a restart.
	r.Add(&Header{Seq: 30000, SSRC: 2}, now)
	r.Add(&Header{Seq: 10, SSRC: 2}, now)
	if r.Lost() != 3 {
		t.Errorf("lost %d after an accident", r.Lost())
	}
	r.Add(&Header{Seq: 30000, SSRC: 2}, now)
	r.Add(&Header{Seq: 30001, SSRC: 2}, now)
	if r.Highest()&0xFFFF != 30001 || r.Lost() != 3 {
		t.Errorf("highest %d, lost %d after a restart", r.Highest()&0xFFFF, r.Lost())
	}
}

func TestJitterIsTheRFCs(t *testing.T) {
	var r Reception
	// Packets alternately on time and 10 ms late: every difference is 80 ticks, so the mean tends to 80.
	for i := range 400 {
		late := int64(i%2) * 10 * ms
		r.Add(&Header{Seq: uint16(i), Timestamp: uint32(i) * 160}, 100*ms+int64(i)*20*ms+late)
	}
	if r.Jitter() < 78 || r.Jitter() > 80 || r.JitterTime() < 9700*time.Microsecond {
		t.Errorf("jitter %d ticks, %v", r.Jitter(), r.JitterTime())
	}
}

func TestOrderPutsRightWhatCanBe(t *testing.T) {
	for _, c := range []struct {
		name string
		came []uint16
		want string // a letter a packet, a dot for 20 ms that are missing
	}{
		{"in order", []uint16{0, 1, 2, 3}, "abcd"},
		{"two change places", []uint16{0, 2, 1, 3}, "abcd"},
		{"twice", []uint16{0, 1, 1, 2, 0}, "abc"},
		{"one is lost", []uint16{0, 2, 3, 4, 5, 6, 7}, "a.cdefgh"},
		{"two holes", []uint16{0, 2, 4, 5, 6, 7, 8}, "a.c.efghi"},
		{"very late", []uint16{0, 2, 3, 4, 5, 6, 1, 7}, "a.cdefgh"},
		{"elsewhere", []uint16{0, 1, 20000, 20001}, "abAB"},
	} {
		var o Order
		var got []byte
		for _, seq := range c.came {
			h := Header{Seq: seq, Timestamp: uint32(seq) * 160, SSRC: 1}
			letter := byte('a' + seq)
			if seq >= 20000 {
				letter = byte('A' + seq - 20000)
			}
			o.Add(&h, slices.Repeat([]byte{letter}, 160), func(p Piece) {
				for range p.Missing / 160 {
					got = append(got, '.')
				}
				got = append(got, p.Payload[0])
			})
		}
		if string(got) != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNothingAllocatesForAPacket(t *testing.T) {
	b := make([]byte, 172)
	Mark{PayloadType: 8, SSRC: 1}.Put(b)
	var l Latch
	l.Update(LatchTerms{Mode: LatchFixed, Peer: sdpAddr})
	var r Reception
	var o Order
	q := NewSequencer(1, 2, 3)
	heard := 0
	n := testing.AllocsPerRun(100, func() {
		h, err := Parse(b)
		if err != nil || l.Check(sdpAddr, &h, ms) == Refuse {
			t.Fatal("refused")
		}
		r.Add(&h, ms)
		o.Add(&h, h.Payload(b), func(p Piece) { heard += len(p.Payload) })
		m, _ := q.Map(&h, ms, 160)
		m.Patch(b, &h)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
