package rtp

import (
	"bytes"
	"slices"
	"testing"

	"github.com/pion/rtp"
)

// whole is a packet with everything that a header can have.
func whole(tb testing.TB) []byte {
	tb.Helper()
	p := rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: true, PayloadType: 8, SequenceNumber: 65535, Timestamp: 1 << 31, SSRC: 7,
			CSRC: []uint32{1, 2}, PaddingSize: 3,
		},
		Payload: []byte("sound"),
	}
	p.Padding = true
	if err := p.SetExtension(1, []byte{9}); err != nil {
		tb.Fatal(err)
	}
	b, err := p.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestHeaderIsReadAndPatchedInPlace(t *testing.T) {
	b := whole(t)
	h, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if h.PayloadType != 8 || !h.Marker || h.Seq != 65535 || h.Timestamp != 1<<31 || h.SSRC != 7 || string(h.Payload(b)) != "sound" {
		t.Errorf("read %+v with %q", h, h.Payload(b))
	}
	out := Mark{PayloadType: 96, Seq: 5, Timestamp: 6, SSRC: 9}.Patch(b, &h)
	want := append([]byte{0x80, 96, 0, 5, 0, 0, 0, 6, 0, 0, 0, 9}, "sound"...)
	if !bytes.Equal(out, want) {
		t.Errorf("patched to % x, want % x", out, want)
	}
}

// FuzzParse compares with another implementation: what we accept, it accepts, and reads the same.
func FuzzParse(f *testing.F) {
	f.Add(whole(f))
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3})
	f.Add([]byte{0xA0, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0})
	f.Add([]byte{0x9F, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		kept := slices.Clone(b)
		h, err := Parse(b)
		if err != nil {
			return
		}
		var p rtp.Packet
		if p.Unmarshal(b) == nil {
			if p.SequenceNumber != h.Seq || p.SSRC != h.SSRC || p.PayloadType != h.PayloadType || !bytes.Equal(p.Payload, h.Payload(b)) {
				t.Errorf("read %+v with % x, the other %+v with % x", h, h.Payload(b), p.Header, p.Payload)
			}
		}
		payload := slices.Clone(h.Payload(b))
		out := Mark{PayloadType: 1}.Patch(b, &h)
		if len(out) != HeaderSize+len(payload) || !bytes.Equal(out[HeaderSize:], payload) {
			t.Errorf("patching % x changed the payload", kept)
		}
	})
}
