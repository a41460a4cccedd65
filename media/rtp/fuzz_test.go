package rtp

import (
	"testing"
	"time"
)

// FuzzStream reads any bytes as RTP, and whatever is accepted can be counted, patched and put in order.
func FuzzStream(f *testing.F) {
	full := append([]byte{0xB1, 0x80, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 9, 9, 9, 9, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4}, make([]byte, 163)...)
	full[len(full)-1] = 3
	for _, b := range [][]byte{
		{},
		{0x80},
		full, full[:20],
		{0x80, 101, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0x8A, 1, 0x40}, // a digit
		{0xA0, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 255},                // padding longer than the packet
		{0x90, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 255, 255},     // an extension that is not there
		{0x8F, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9},                     // fifteen sources that are not there
	} {
		f.Add(b, b)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r, o, e := new(Reception), new(Order), new(EventReceiver)
		q := NewSequencer(1, 2, 3)
		now := int64(1)
		for _, b := range [][]byte{first, second, first} {
			h, err := Parse(b)
			if err != nil {
				continue
			}
			now += int64(Frame)
			r.Add(&h, now)
			if ev, err := ParseEvent(h.Payload(b)); err == nil {
				e.Add(&h, ev, now)
			}
			o.Add(&h, h.Payload(b), func(p Piece) {
				if p.Missing > orderGap {
					t.Fatalf("%d ticks are missing", p.Missing)
				}
			})
			if m, fits := q.Map(&h, now, FrameTicks); fits {
				out := m.Patch(append([]byte(nil), b...), &h)
				again, err := Parse(out)
				if err != nil || again.SSRC != 1 || len(again.Payload(out)) != len(h.Payload(b)) {
					t.Fatalf("what goes out is no packet: %v", err)
				}
			}
		}
		if b := r.Bursts(); b.Density > 1 || b.GapDensity > 1 || b.Ratio < 1 || r.Lost() > 1<<32 {
			t.Fatalf("%+v, %d lost", b, r.Lost())
		}
	})
}

// FuzzParseControl reads any bytes as RTCP.
func FuzzParseControl(f *testing.F) {
	own := uint32(77)
	good, err := (&Report{SSRC: 5, CNAME: "x", At: time.Now(), Sender: true, Of: &Block{SSRC: own}, Metrics: &Metrics{SSRC: own}, Bye: true}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, b := range [][]byte{{}, {0x81, 200, 0, 99}, {0x81, 201, 0, 0}, {0x80, 207, 0, 2, 0, 0, 0, 5, 7, 0, 255, 255}, {0x9F, 202, 0, 1, 0, 0, 0, 1}, {0xA0, 203, 0, 0}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseControl(b, own, time.Now())
		if err == nil && h.RTT < 0 {
			t.Fatalf("round trip %v", h.RTT)
		}
		if m := h.Metrics; m != nil && (m.Loss > 1 || m.Rating > 100 || m.MOSTalk > 5) {
			t.Fatalf("%+v", m)
		}
	})
}
