package media

import (
	"tandem/media/codec/g711"
	"tandem/media/codec/g722"
	"tandem/media/jitter"
	"tandem/media/resample"
	"tandem/media/rtp"
)

// Voice that cannot go from one leg to the other as it is, because their codecs or the lengths of their packets differ, or because somebody
// listens who knows samples only, is heard here and said anew by the other leg's speaker. A leg begins to hear with the first packet that
// does not suit, and stops when packets would suit again.

// hearing makes 20 ms of sound at each turn of what its leg's peer sends. The worker owns it.
type hearing struct {
	decoders

	queue   []int16 // decoded, and not heard yet
	room    [queueMost]int16
	rate    int // of the queue
	kind    kind
	hush    hush
	wasLost bool // the turn's sound was made up
	still   jitter.Sound
	paused  bool // nothing was heard at the last turn
	down    *resample.Converter
	packet  [rtp.HeaderSize + rtp.FrameTicks]byte
	seq     uint16
	ts      uint32
	turns   int
	copy    [rtpBuffer * 2]byte
}

// queueMost is a frame that is not whole and the longest packet, in samples.
const queueMost = 4 * frameLongest

// lookEvery is how many turns it takes until a leg asks whether its packets could go out as they are again.
const lookEvery = 25

// decodeFrom has a leg heard from this packet on, which could not be relayed.
func (s *Session) decodeFrom(in *arrival, b []byte, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.ears == nil {
		s.ears = &hearing{decoders: decoders{opusOf: s.e.opusDecoder}}
	}
	s.rx.decode(in, b, at)
	s.wake()
}

// decode begins to keep packets for the worker, this one first.
func (r *receiver) decode(in *arrival, b []byte, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ahead == nil {
		r.ahead = jitter.New(r.count.Clock)
	}
	r.wait(&in.header, b, at)
}

// wait puts a packet into the jitter buffer. It needs mu.
func (r *receiver) wait(h *rtp.Header, b []byte, at int64) {
	k := r.kinds[h.PayloadType&0x7F]
	p := jitter.Packet{Seq: h.Seq, Timestamp: h.Timestamp, SSRC: h.SSRC, Kind: uint8(k), Payload: h.Payload(b)}
	if k.isBytes() {
		p.Ticks = uint32(len(p.Payload)) //nolint:gosec // a packet
	}
	r.ahead.Add(p, at)
}

// decodes says whether the worker hears the leg.
func (r *receiver) decodes() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ahead != nil
}

// hearOn hears the next 20 ms of a leg, where it is to be heard.
func (s *Session) hearOn(now int64) {
	s.mu.Lock()
	x, on := s.ears, !s.closed
	s.mu.Unlock()
	if x == nil || !on {
		return
	}
	x.ts += rtp.FrameTicks
	if x.turns++; x.turns%lookEvery == 0 && s.suitsAgain(x) {
		return
	}
	if !x.fill(s, now) {
		x.paused = true
		return
	}
	s.tell(x, now)
}

// tell gives 20 ms to whoever listens and to the other leg.
func (s *Session) tell(x *hearing, now int64) {
	f := sound{pcm: x.queue[:x.frame()], rate: x.rate, after: x.paused}
	x.paused = false
	x.seq++
	in := arrival{kind: kindALaw, lost: x.wasLost}
	peer := s.peer.Load()
	s.rx.mu.Lock()
	if s.rx.ear != nil {
		if x.narrow(&in, f) {
			s.rx.ear.hear(&in, in.header.Payload(x.packet[:]))
		}
	}
	s.rx.mu.Unlock()
	s.inband(&in, now)
	if peer != nil {
		var quieted [rtp.FrameTicks]int16
		if in.mask != nil && peer.tx.takesEvents() { // a key goes on as an event, and is not to be heard too
			codes := in.header.Payload(x.packet[:])
			in.mask.pass(codes, &in)
			f.pcm, f.rate = quieted[:g711.DecodeALaw(quieted[:], codes)], rtp.Rate
		}
		peer.tx.voice(f, now)
	}
	x.queue = x.queue[:copy(x.queue, x.queue[x.frame():])]
}

// frame is how many samples 20 ms are.
func (x *hearing) frame() int { return x.rate / 50 }

// narrow makes a packet of A-law of the sound, for those who listen.
func (x *hearing) narrow(in *arrival, f sound) bool {
	m := rtp.Mark{PayloadType: noiseType, Seq: x.seq, Timestamp: x.ts, SSRC: 1}
	m.Put(x.packet[:])
	pcm := f.pcm
	if f.rate != rtp.Rate {
		var err error
		if x.down == nil {
			if x.down, err = resample.NewConverter(f.rate, rtp.Rate, resample.Live); err != nil {
				return false
			}
		}
		var room [rtp.FrameTicks + 1]int16
		pcm = room[:x.down.Convert(room[:], f.pcm)]
	}
	g711.EncodeALaw(x.packet[rtp.HeaderSize:], pcm)
	h, err := rtp.Parse(x.packet[:])
	in.header = h
	return err == nil
}

// suitsAgain stops hearing where packets could go out as they are: a new answer has brought the legs together.
func (s *Session) suitsAgain(x *hearing) bool {
	peer := s.peer.Load()
	if peer == nil {
		return false
	}
	step, alone := s.rx.step(x.kind)
	if step == 0 || !alone || !peer.tx.takes(x.kind, step) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ears = nil
	s.rx.relays()
	s.rest()
	return true
}

// step is how long the packets of a kind last, in ticks; 0: it is not that kind which was agreed on. alone: nobody listens who could not
// hear them as they are.
func (r *receiver) step(k kind) (ticks uint32, alone bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ahead == nil || !k.isBytes() {
		return 0, false
	}
	return uint32(r.ahead.Step().Milliseconds() * rtp.Rate / 1000), k.isPlain() || r.ear == nil //nolint:gosec // at most 120 ms
}

// relays says that packets go out as they are.
func (r *receiver) relays() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead = nil
}

// fill decodes until there are 20 ms; false: there is nothing to hear.
func (x *hearing) fill(s *Session, now int64) bool {
	if x.queue == nil {
		x.rate, x.queue = rtp.Rate, x.room[:0]
	}
	x.wasLost = false
	for len(x.queue) < x.frame() {
		what, p := s.rx.pop(x.copy[:], now, x.still)
		switch what {
		case jitter.Nothing:
			if !x.hush.on(now) {
				x.queue = x.queue[:0]
				x.hush.end()
				return false
			}
			x.breathe()
		case jitter.Pause:
			x.breathe()
		case jitter.Heard:
			x.take(p, now)
		case jitter.Missing:
			x.invent(p, now)
		}
	}
	x.still = stillness(x.queue[:x.frame()])
	return true
}

// stillness says whether a frame is as good as silent.
func stillness(pcm []int16) jitter.Sound {
	sum := 0
	for _, v := range pcm {
		sum += int(v) * int(v)
	}
	if sum < quiet*len(pcm) {
		return jitter.Quiet
	}
	return jitter.Loud
}

// at has the queue hold another rate from now on.
func (x *hearing) at(rate int) {
	if x.rate != rate {
		x.rate, x.queue = rate, x.queue[:0]
	}
}

// add takes n samples that were written behind the queue.
func (x *hearing) add(n int) { x.queue = x.room[:len(x.queue)+n] }

// behind is the room behind the queue.
func (x *hearing) behind() []int16 { return x.room[len(x.queue):] }

// take decodes a packet.
func (x *hearing) take(p jitter.Packet, now int64) {
	k := kind(p.Kind)
	if k == kindNoise {
		x.hush.begin(p.Payload, now)
		x.breathe()
		return
	}
	x.hush.end()
	x.kind = k
	x.at(rateOf(k))
	n := x.decode(k, x.behind(), p.Payload)
	if n == 0 {
		n = x.silence()
	}
	x.add(n)
}

// invent makes up 20 ms that are lost: of the packet after them, which repeats them where the codec does, or of what was heard before.
func (x *hearing) invent(after jitter.Packet, now int64) {
	if x.hush.on(now) {
		x.breathe()
		return
	}
	x.wasLost = true
	n := x.conceal(x.kind, x.behind()[:x.frame()], after)
	if n == 0 {
		n = x.silence()
	}
	x.add(n)
}

// breathe is 20 ms of what the sender leaves out: noise as loud as it said, or silence.
func (x *hearing) breathe() {
	n := x.silence()
	x.hush.fill(x.behind()[:n])
	x.add(n)
}

// silence clears 20 ms behind the queue.
func (x *hearing) silence() int {
	clear(x.behind()[:x.frame()])
	return x.frame()
}

// rateOf is what a codec's samples come at.
func rateOf(k kind) int {
	if k == kindG722 {
		return g722.Rate
	}
	return rtp.Rate
}

// pop takes the next packet out of the jitter buffer.
func (r *receiver) pop(b []byte, now int64, heard jitter.Sound) (jitter.Turn, jitter.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ahead == nil {
		return jitter.Nothing, jitter.Packet{}
	}
	what, p := r.ahead.Pop(now, heard)
	p.Payload = b[:copy(b, p.Payload)]
	return what, p
}
