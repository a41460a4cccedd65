package softphone

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/media/srtp"
)

const (
	rate       = 8000
	samples    = 160 // of a frame of 20 ms
	frameTime  = 20 * time.Millisecond
	eventType  = 101
	window     = 1600 // samples that a tone is looked for in: 200 ms
	dominant   = 0.6  // share of the energy that makes a tone the one that is heard
	audible    = 100  // root mean square below which there is nothing to hear
	dtmfPeak   = 6500.0
	keepHeard  = 30 * rate
	tonePeak   = 8000.0
	digitTime  = 100 * time.Millisecond
	betweenKey = 80 * time.Millisecond
)

// Audio is the RTP of a call: it always sends 50 packets a second once it knows where to, and keeps what it hears.
type Audio struct {
	conn *net.UDPConn
	wg   sync.WaitGroup
	stop chan struct{}
	once sync.Once

	mu        sync.Mutex
	remote    netip.AddrPort
	law       law
	event     uint8 // the peer's payload type for telephone-event; 0: none
	hz        float64
	phase     float64
	lost      int     // of so many packets one is lost on the way; 0: none is
	speech    []int16 // mixed over the tone until it is used up
	spoken    int     // samples that were sent
	events    []byte  // keys to send by RFC 4733
	eventAt   int     // frames of the current one
	eventTS   uint32
	gap       int
	seq       uint16
	ts        uint32
	ssrc      uint32
	heard     []int16
	forgotten int // samples that were heard before these
	listened  int // samples up to the end of what was listened for and heard
	sources   map[netip.AddrPort]int
	ssrcs     []uint32
	keys      strings.Builder
	lastKey   uint32
	breaks    int // packets whose sequence or timestamp did not follow
	lastSeq   uint16
	lastTS    uint32
	changed   chan struct{}
	packets   int
	sentKeys  chan struct{}
	sealed    *secrecy // nil: in the clear
	raw       []int16  // what anybody on the way hears in A-law who takes it for plain
	wide      *wide    // of G.722
}

func newAudio(at netip.Addr, suite srtp.Suite) (*Audio, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, 0)))
	if err != nil {
		return nil, fmt.Errorf("open the phone's RTP socket: %w", err)
	}
	a := &Audio{
		conn: conn, stop: make(chan struct{}), ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), ts: rand.Uint32(), law: aLaw{},
		sources: map[netip.AddrPort]int{}, changed: make(chan struct{}),
		sealed: newSecrecy(suite), wide: newWide(),
	}
	a.wg.Go(a.read)
	a.wg.Go(a.write)
	return a, nil
}

func (a *Audio) close() {
	a.once.Do(func() {
		close(a.stop)
		_ = a.conn.Close()
	})
	a.wg.Wait()
}

// Local is where it hears.
func (a *Audio) Local() netip.AddrPort { return addrOf(a.conn.LocalAddr()) }

// Remote is where it talks to.
func (a *Audio) Remote() netip.AddrPort {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.remote
}

// connect takes where to send, and in which law, from the peer's SDP.
func (a *Audio) connect(to netip.AddrPort, sdp []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remote, a.event = to, 0
	a.sealed.take(string(sdp))
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "m=audio "); ok {
			f := strings.Fields(v)
			a.law, a.wide.speaks = aLaw{}, len(f) > 2 && f[2] == "9"
			if len(f) > 2 && f[2] == "0" {
				a.law = muLaw{}
			}
		}
		if strings.HasPrefix(line, "a=rtpmap:") && strings.Contains(line, "telephone-event/8000") {
			_, _ = fmt.Sscanf(line, "a=rtpmap:%d ", &a.event)
		}
	}
}

// Say makes a tone of hz from now on; 0 is silence.
func (a *Audio) Say(hz float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hz = hz
}

// Lose loses one packet of so many on the way from now on: 1 loses all, 0 none.
func (a *Audio) Lose(of int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lost = of
}

// Speak plays samples at 8 kHz, once, over the tone.
func (a *Audio) Speak(pcm []int16) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.speech = append(a.speech, pcm...)
}

// Tones dials in band: real tones in the voice.
func (a *Audio) Tones(ctx context.Context, digits string) {
	a.mu.Lock()
	mixed := a.speech
	at := 0
	for _, d := range []byte(digits) {
		at = addDTMF(&mixed, at, d)
	}
	a.speech = mixed
	end := a.spoken + at
	a.mu.Unlock()
	for sent := false; !sent && ctx.Err() == nil; {
		wait(ctx, frameTime)
		a.mu.Lock()
		sent = a.spoken >= end+2*samples
		a.mu.Unlock()
	}
}

// addDTMF mixes a key into pcm from sample at, and gives the sample after its pause.
func addDTMF(pcm *[]int16, at int, key byte) int {
	row, col := tones(key)
	n := int(digitTime * rate / time.Second)
	end := at + n + int(betweenKey*rate/time.Second)
	if len(*pcm) < end {
		*pcm = append(*pcm, make([]int16, end-len(*pcm))...)
	}
	for i := range n {
		t := float64(i) / rate
		v := dtmfPeak * (math.Sin(2*math.Pi*row*t) + math.Sin(2*math.Pi*col*t)) / 2
		(*pcm)[at+i] = clip(float64((*pcm)[at+i]) + v)
	}
	return end
}

func clip(v float64) int16 { return int16(max(min(v, 32767), -32768)) }

func tones(key byte) (row, col float64) {
	i := strings.IndexByte("123A456B789C*0#D", key)
	return []float64{697, 770, 852, 941}[i/4], []float64{1209, 1336, 1477, 1633}[i%4]
}

// Events dials by RFC 4733.
func (a *Audio) Events(ctx context.Context, digits string) {
	done := make(chan struct{})
	a.mu.Lock()
	a.events = append(a.events, digits...)
	a.sentKeys = done
	a.mu.Unlock()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// write sends a packet every 20 ms, at absolute deadlines.
func (a *Audio) write() {
	due := time.Now()
	for {
		due = due.Add(frameTime)
		t := time.NewTimer(time.Until(due))
		select {
		case <-t.C:
		case <-a.stop:
			t.Stop()
			return
		}
		a.mu.Lock()
		packet, to, lost := a.next(), a.remote, a.lost > 0 && int(a.seq)%a.lost == 0
		a.mu.Unlock()
		if to.IsValid() && !lost {
			a.sealed.send(packet, func(b []byte) error {
				_, err := a.conn.WriteToUDPAddrPort(b, to)
				return err // a closed far end is seen by who listens there
			})
		}
	}
}

func (a *Audio) next() []byte {
	a.seq++
	a.ts += samples
	if b := a.nextEvent(); b != nil {
		return b
	}
	b := a.header(a.law.payloadType(), a.ts, samples)
	var pcm [samples]int16
	for i := range samples {
		v := 0.0
		if a.hz > 0 {
			v = tonePeak * math.Sin(a.phase)
			a.phase = math.Mod(a.phase+2*math.Pi*a.hz/rate, 2*math.Pi)
		}
		if i < len(a.speech) {
			v += float64(a.speech[i])
		}
		pcm[i] = clip(v)
		b[12+i] = a.law.encode(pcm[i])
	}
	if a.wide.speaks {
		b[1] = wideType
		a.wide.encode(b[12:], pcm[:])
	}
	a.speech = a.speech[min(samples, len(a.speech)):]
	a.spoken += samples
	return b
}

func (a *Audio) header(payloadType byte, ts uint32, size int) []byte {
	b := make([]byte, 12+size)
	b[0], b[1] = 0x80, payloadType
	binary.BigEndian.PutUint16(b[2:], a.seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], a.ssrc)
	return b
}

// nextEvent gives the next packet of a key: five updates, three ends, then a pause of voice.
func (a *Audio) nextEvent() []byte {
	if a.gap > 0 {
		a.gap--
		return nil
	}
	if len(a.events) == 0 {
		if a.sentKeys != nil {
			close(a.sentKeys)
			a.sentKeys = nil
		}
		return nil
	}
	if a.eventAt == 0 {
		a.eventTS = a.ts
	}
	a.eventAt++
	kind := byte(eventType)
	if a.event != 0 {
		kind = a.event
	}
	b := a.header(kind, a.eventTS, 4)
	if a.eventAt == 1 {
		b[1] |= 0x80
	}
	b[12], b[13] = byte(strings.IndexByte("0123456789*#ABCD", a.events[0])), 10
	if a.eventAt > 5 {
		b[13] |= 0x80
	}
	binary.BigEndian.PutUint16(b[14:], uint16(min(a.eventAt, 5)*samples))
	if a.eventAt == 8 {
		a.events, a.eventAt, a.gap = a.events[1:], 0, 4
	}
	return b
}

func (a *Audio) read() {
	buf := make([]byte, 2048)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && n >= 12 && buf[0]>>6 == 2 {
			a.overhear(buf[12:n])
			if b := a.sealed.open(buf[:n]); b != nil {
				a.take(b, from)
			}
		}
	}
}

// overhear keeps what a third party would make of the packets.
func (a *Audio) overhear(payload []byte) {
	if a.sealed == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, v := range payload[:min(samples, len(payload))] {
		a.raw = append(a.raw, aLaw{}.decode(v))
	}
	if len(a.raw) > keepHeard {
		a.raw = slices.Clone(a.raw[len(a.raw)-keepHeard/2:])
	}
}

func (a *Audio) take(b []byte, from netip.AddrPort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sources[from]++
	a.packets++
	a.follow(b)
	switch kind := b[1] & 0x7f; kind {
	case 0, 8:
		codec := law(aLaw{})
		if kind == 0 {
			codec = muLaw{}
		}
		for _, v := range b[12:] {
			a.heard = append(a.heard, codec.decode(v))
		}
		a.forget()
	case wideType:
		a.heard = a.wide.decode(a.heard, b[12:])
		a.forget()
	default:
		if ts := binary.BigEndian.Uint32(b[4:]); len(b) >= 16 && ts != a.lastKey && b[12] < 16 {
			a.lastKey = ts
			a.keys.WriteByte("0123456789*#ABCD"[b[12]])
		}
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

// forget keeps the last of what was heard.
func (a *Audio) forget() {
	if len(a.heard) > keepHeard {
		a.forgotten += len(a.heard) - keepHeard/2
		a.heard = slices.Clone(a.heard[len(a.heard)-keepHeard/2:])
	}
}

// follow checks that one source goes on without a break: the same SSRC, the next sequence number, a timestamp that does not go back.
func (a *Audio) follow(b []byte) {
	seq, ts, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	if !slices.Contains(a.ssrcs, ssrc) {
		a.ssrcs = append(a.ssrcs, ssrc)
	} else if seq != a.lastSeq+1 || int32(ts-a.lastTS) < 0 {
		a.breaks++
	}
	a.lastSeq, a.lastTS = seq, ts
}
