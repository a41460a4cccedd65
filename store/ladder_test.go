package store

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing"
)

// ladderOf is a ladder whose steps say what they are given.
func ladderOf(raw ...string) []routing.LadderItem {
	at := time.UnixMicro(1_700_000_000_000_000).UTC()
	var items []routing.LadderItem
	for _, r := range raw {
		at = at.Add(time.Millisecond)
		items = append(items, routing.LadderItem{At: at, Leg: "leg_1", From: "192.0.2.1:5060", To: "192.0.2.2:5060", Network: "udp", Raw: r})
	}
	return items
}

func TestLadderComesBackAsItWas(t *testing.T) {
	noise := make([]byte, 5000)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(noise)
	request := "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: one@192.0.2.1\r\n\r\n"
	var p packer // One for all: what it saw of one ladder is nothing to the next.
	for name, raw := range map[string][]string{
		"nothing":     {""},
		"short":       {"abc"},
		"a run":       {strings.Repeat("a", 1000)},
		"repeats":     slices.Repeat([]string{request}, 12),
		"noise":       {string(noise)},
		"noise twice": {string(noise), string(noise)},
		"not text":    {"\x00\xff\xfe", request},
	} {
		items := ladderOf(raw...)
		packed := p.pack(nil, encodeLadder(nil, items))
		got, err := unpack(packed)
		if err != nil || !slices.Equal(got, items) {
			t.Errorf("%s: %v: got %v", name, err, got)
		}
	}
	if packed := p.pack(nil, encodeLadder(nil, ladderOf(slices.Repeat([]string{request}, 12)...))); len(packed) > 4*len(request) {
		t.Errorf("12 requests of %d bytes that are alike took %d bytes", len(request), len(packed))
	}
}

// Whatever is packed comes back, and nothing that was not packed makes unpacking fail in any way but with an error.
func FuzzPack(f *testing.F) {
	f.Add([]byte("REGISTER sip:example.com SIP/2.0\r\nREGISTER sip:example.com SIP/2.0\r\n"))
	f.Add(bytes.Repeat([]byte{0}, 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = unpack(data)
		items := ladderOf(string(data), string(data[:len(data)/2]), string(data[len(data)/3:]))
		got, err := unpack(new(packer).pack([]byte("before"), encodeLadder(nil, items))[len("before"):])
		if err != nil || !slices.Equal(got, items) {
			t.Fatalf("%v: got %v, want %v", err, got, items)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	request := strings.Repeat("Header: with some value of a usual length\r\n", 3) + strings.Repeat("v=0 o=- 1 1 IN IP4 192.0.2.1\r\n", 6)
	plain := encodeLadder(nil, ladderOf(slices.Repeat([]string{request}, 14)...))
	var p packer
	var to []byte
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		to = p.pack(to[:0], plain)
	}
	b.ReportMetric(float64(len(to))/float64(len(plain)), "size")
}
