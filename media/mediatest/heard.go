package mediatest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/media/codec/g711"
)

// record keeps what was received.
type record struct {
	mu    sync.Mutex
	all   Packets
	other [][]byte
	more  chan struct{} // closed when something comes; nil: nobody waits
}

// Packet is one received RTP packet.
type Packet struct {
	At          time.Time
	From        netip.AddrPort
	PayloadType uint8
	Marker      bool
	Seq         uint16
	Timestamp   uint32
	SSRC        uint32
	Payload     []byte
}

// Packets are received packets in the order of their arrival.
type Packets []Packet

func (r *record) add(b []byte, from netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b) < 12 || b[0] != 0x80 || (b[1] >= 192 && b[1] <= 223) {
		r.other = append(r.other, slices.Clone(b))
	} else {
		r.all = append(r.all, Packet{
			At: time.Now(), From: from, PayloadType: b[1] & 0x7F, Marker: b[1]&0x80 != 0,
			Seq: binary.BigEndian.Uint16(b[2:]), Timestamp: binary.BigEndian.Uint32(b[4:]),
			SSRC: binary.BigEndian.Uint32(b[8:]), Payload: slices.Clone(b[12:]),
		})
	}
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
}

// snapshot gives what came so far, and a channel that is closed when more does.
func (r *record) snapshot() (Packets, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more == nil {
		r.more = make(chan struct{})
	}
	return slices.Clip(r.all), r.more
}

func (r *record) rest() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.other)
}

func (r *record) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all, r.other = nil, nil
}

// Heard is every RTP packet so far.
func (p *Peer) Heard() Packets {
	all, _ := p.heard.snapshot()
	return all
}

// Reports are the RTCP packets so far; those on the RTP port are among them.
func (p *Peer) Reports() [][]byte { return append(p.reports.rest(), p.heard.rest()...) }

// Forget begins a new record.
func (p *Peer) Forget() {
	p.heard.forget()
	p.reports.forget()
}

// Await waits until what was heard is enough, and gives it; with ctx's end it gives an error and what there was.
func (p *Peer) Await(ctx context.Context, enough func(Packets) bool) (Packets, error) {
	for {
		all, more := p.heard.snapshot()
		if enough(all) {
			return all, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return all, fmt.Errorf("heard %d packets, not what was waited for: %w", len(all), ctx.Err())
		}
	}
}

// AwaitReport waits until enough RTCP has come, on either port.
func (p *Peer) AwaitReport(ctx context.Context, enough func([][]byte) bool) ([][]byte, error) {
	for {
		_, more := p.reports.snapshot()
		_, muxed := p.heard.snapshot()
		all := p.Reports()
		if enough(all) {
			return all, nil
		}
		select {
		case <-more:
		case <-muxed:
		case <-ctx.Done():
			return all, fmt.Errorf("heard %d reports, not what was waited for: %w", len(all), ctx.Err())
		}
	}
}

// Since is what came at or after a moment.
func (ps Packets) Since(t time.Time) Packets {
	for i := range ps {
		if !ps[i].At.Before(t) {
			return ps[i:]
		}
	}
	return nil
}

// Letter counts the packets that are one letter from the first byte to the last.
func (ps Packets) Letter(c byte) int {
	n := 0
	for i := range ps {
		if ps[i].is(c) {
			n++
		}
	}
	return n
}

func (p *Packet) is(c byte) bool {
	return len(p.Payload) > 0 && !slices.ContainsFunc(p.Payload, func(b byte) bool { return b != c })
}

// audio is the sound of a packet; nothing when it carries none.
func (p *Packet) audio() []int16 {
	pcm := make([]int16, len(p.Payload))
	switch Law(p.PayloadType) {
	case ALaw:
		g711.DecodeALaw(pcm, p.Payload)
	case MuLaw:
		g711.DecodeMuLaw(pcm, p.Payload)
	default:
		return nil
	}
	return pcm
}

// PCM is the sound, in the order of arrival, without what was lost.
func (ps Packets) PCM() []int16 {
	var pcm []int16
	for i := range ps {
		pcm = append(pcm, ps[i].audio()...)
	}
	return pcm
}

// Tone counts the packets in which one tone is most of the sound.
func (ps Packets) Tone(hz float64) int {
	n := 0
	for i := range ps {
		if Dominates(ps[i].audio(), hz) {
			n++
		}
	}
	return n
}

// Dominates says whether more than 70 % of the power of some samples is at a frequency (Goertzel), and it is louder than about -40 dBm0.
func Dominates(pcm []int16, hz float64) bool { return share(pcm, hz) > 0.7 }

// share is the part of the power that is at a frequency.
func share(pcm []int16, hz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hz/Rate)
	var a, b, all float64
	for _, v := range pcm {
		x := float64(v)
		a, b = x+c*a-b, a
		all += x * x
	}
	if n := float64(len(pcm)); n > 0 && all/n > 160*160 {
		return (a*a + b*b - c*a*b) * 2 / n / all
	}
	return 0
}

// Key says which key's two tones are most of some samples; 0: none.
func Key(pcm []int16) byte {
	for i := range len(keypad) {
		rows, columns := []float64{697, 770, 852, 941}, []float64{1209, 1336, 1477, 1633}
		low, high := share(pcm, rows[i/4]), share(pcm, columns[i%4])
		if low > 0.2 && high > 0.2 && low+high > 0.7 {
			return keypad[i]
		}
	}
	return 0
}

// Tones are the keys that were heard in the audio: each tone of at least two packets is one.
func (ps Packets) Tones() string {
	var keys strings.Builder
	var last byte
	run := 0
	for i := range ps {
		key := Key(ps[i].audio())
		if key != last {
			last, run = key, 0
		}
		run++
		if key != 0 && run == 2 {
			keys.WriteByte(key)
		}
	}
	return keys.String()
}

// Digits are the keys that came as telephone-events of a payload type: each SSRC and timestamp is one (RFC 4733).
func (ps Packets) Digits(pt uint8) string {
	type id struct{ ssrc, ts uint32 }
	seen := map[id]bool{}
	var keys strings.Builder
	for i := range ps {
		p := &ps[i]
		if p.PayloadType != pt || len(p.Payload) < 4 || seen[id{p.SSRC, p.Timestamp}] {
			continue
		}
		seen[id{p.SSRC, p.Timestamp}] = true
		if int(p.Payload[0]) < len(eventKeys) {
			keys.WriteByte(eventKeys[p.Payload[0]])
		}
	}
	return keys.String()
}

// Unbroken says what is wrong with the packets as one stream: one SSRC, each sequence number the next, and time that goes on by what was
// sent, or further after a pause.
func (ps Packets) Unbroken() error {
	for i := 1; i < len(ps); i++ {
		a, b := &ps[i-1], &ps[i]
		step := int32(b.Timestamp - a.Timestamp) //nolint:gosec // timestamps wrap
		switch {
		case a.SSRC != b.SSRC:
			return fmt.Errorf("packet %d: SSRC %08x follows %08x", i, b.SSRC, a.SSRC)
		case b.Seq != a.Seq+1:
			after := ps[i+1 : min(i+4, len(ps))] // tell a packet that came late from one that never came
			late := slices.ContainsFunc(after, func(p Packet) bool { return p.Seq == a.Seq+1 })
			return fmt.Errorf("packet %d of %d: sequence %d follows %d, and the one between came after it: %v", i, len(ps), b.Seq, a.Seq, late)
		case step < 0 || step > 60*Rate:
			return fmt.Errorf("packet %d: timestamp moves by %d", i, step)
		case step == 0 && len(b.Payload) == frame:
			return fmt.Errorf("packet %d: timestamp stands still", i)
		}
	}
	return nil
}

// Marked counts the packets that begin a talk spurt.
func (ps Packets) Marked() int {
	n := 0
	for i := range ps {
		if ps[i].Marker {
			n++
		}
	}
	return n
}
