package mediatest

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"tandem/media/codec/g711"
)

// item is what one beat of 20 ms sends.
type item struct {
	payload []byte // empty: nothing is sent
	event   bool   // it is a telephone-event that began since ticks ago
	since   uint32
	marker  bool
	times   int
}

// take gives the next item; it needs mu.
func (p *Peer) take() item {
	if len(p.queue) == 0 {
		return item{payload: p.always}
	}
	it := p.queue[0]
	p.queue = p.queue[1:]
	if len(p.queue) == 0 {
		close(p.idle)
	}
	return it
}

// put queues items.
func (p *Peer) put(all ...item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(all) == 0 {
		return
	}
	if len(p.queue) == 0 {
		p.idle = make(chan struct{})
	}
	p.queue = append(p.queue, all...)
}

// Idle is closed when everything that was queued has been sent.
func (p *Peer) Idle() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idle
}

// Always says what is sent while nothing is queued: a letter in every byte. 0: nothing.
func (p *Peer) Always(letter byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.always = nil
	if letter != 0 {
		p.always = letters(letter)
	}
}

func letters(c byte) []byte {
	b := make([]byte, frame)
	for i := range b {
		b[i] = c
	}
	return b
}

// SendLetter queues packets whose payload is one letter over and over, so that whoever receives them can tell whose they are.
func (p *Peer) SendLetter(c byte, d time.Duration) {
	var all []item
	for range frames(d) {
		all = append(all, item{payload: letters(c)})
	}
	p.put(all...)
}

func frames(d time.Duration) int { return int(d / frameTime) }

// Silence queues time in which nothing is sent.
func (p *Peer) Silence(d time.Duration) { p.put(make([]item, frames(d))...) }

// Say queues sound, 8,000 samples a second.
func (p *Peer) Say(pcm []int16) {
	p.mu.Lock()
	law := p.law
	p.mu.Unlock()
	var all []item
	for len(pcm) > 0 {
		n := min(frame, len(pcm))
		x := make([]int16, frame)
		copy(x, pcm[:n])
		pcm = pcm[n:]
		b := make([]byte, frame)
		if law == MuLaw {
			g711.EncodeMuLaw(b, x)
		} else {
			g711.EncodeALaw(b, x)
		}
		all = append(all, item{payload: b})
	}
	p.put(all...)
}

// SendTone queues a tone of about -10 dBm0.
func (p *Peer) SendTone(hz float64, d time.Duration) { p.Say(Tone(d, hz)) }

// Tone makes samples of one or more tones, each of about -10 dBm0.
func Tone(d time.Duration, hz ...float64) []int16 {
	pcm := make([]int16, int(d*Rate/time.Second))
	for i := range pcm {
		var v float64
		for _, f := range hz {
			v += 7200 * math.Sin(2*math.Pi*f*float64(i)/Rate)
		}
		pcm[i] = int16(v)
	}
	return pcm
}

// keypad are the keys, row by row.
const keypad = "123A456B789C*0#D"

// KeyTone makes the samples of a key (ITU-T Q.23); silence when it is none.
func KeyTone(key byte, d time.Duration) []int16 {
	i := strings.IndexByte(keypad, key)
	if i < 0 {
		return Tone(d)
	}
	rows, columns := []float64{697, 770, 852, 941}, []float64{1209, 1336, 1477, 1633}
	return Tone(d, rows[i/4], columns[i%4])
}

// How long a key and the pause after it are.
const (
	keyTime   = 100 * time.Millisecond
	keyPause  = 100 * time.Millisecond
	eventEnds = 3
)

// SendTones queues keys as tones in the audio, 100 ms each, with 100 ms of silence in between.
func (p *Peer) SendTones(keys string) {
	for i := range len(keys) {
		p.Say(KeyTone(keys[i], keyTime))
		p.Say(Tone(keyPause))
	}
}

// eventKeys are the keys in the order of their events (RFC 4733 table 3).
const eventKeys = "0123456789*#ABCD"

// SendDigits queues keys as telephone-events, 100 ms each, with 100 ms of nothing in between (RFC 4733).
func (p *Peer) SendDigits(keys string) {
	for i := range len(keys) {
		p.SendDigit(keys[i], keyTime)
	}
}

// SendDigit queues one key as a telephone-event of that length: an update each 20 ms, then the end three times.
func (p *Peer) SendDigit(key byte, d time.Duration) {
	code := strings.IndexByte(eventKeys, key)
	if code < 0 {
		return
	}
	var all []item
	n := frames(d)
	for i := range n {
		all = append(all, item{payload: event(code, i == n, i+1), event: true, since: ticks(i), marker: i == 0})
	}
	for i := range eventEnds {
		all = append(all, item{payload: event(code, true, n), event: true, since: ticks(n + i)})
	}
	all = append(all, make([]item, frames(keyPause))...)
	p.put(all...)
}

func ticks(frames int) uint32 { return uint32(frames*frame) & 0xFFFFFFFF } //nolint:gosec // a test's numbers

func event(code int, end bool, lasted int) []byte { //nolint:revive // a field of the packet
	b := []byte{byte(code), 10, 0, 0} //nolint:gosec // one of sixteen
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(min(lasted*frame, 0xFFFF))) //nolint:gosec // bounded
	return b
}
