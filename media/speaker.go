package media

import (
	"tandem/media/codec/g711"
	"tandem/media/codec/g722"
	"tandem/media/codec/opus"
	"tandem/media/resample"
	"tandem/media/rtp"
)

// sound is samples that are to be said.
type sound struct {
	pcm   []int16
	rate  int  // 8,000 or 16,000 samples a second
	after bool // something was left out before it: time has passed
}

// frameLongest is the longest packet that is made, in samples of either rate.
const frameLongest = frameMost * g722.Rate / 1000

// speaker makes packets of one codec and length of whatever sound it is given. The sender's mutex guards it.
type speaker struct {
	kind  kind
	rate  int // of what the codec takes
	whole int // samples of a packet
	pcm   [frameLongest]int16
	have  int
	from  source
	up    *resample.Converter
	down  *resample.Converter
	wide  *g722.Encoder
	opus  *opus.Encoder
	room  [frameLongest]int16 // of what comes at another rate
	out   [rtp.HeaderSize + max(opus.PacketSize, frameMost*rtp.Rate/1000)]byte
}

// source is whose sound was said last.
type source int

const (
	nobody source = iota
	ourselves
	theOther
)

// spoken is the speaker; it makes one where there is none. It needs mu.
func (t *sender) spoken() *speaker {
	if t.speaker != nil {
		return t.speaker
	}
	p := &speaker{kind: t.kind, rate: rtp.Rate}
	switch t.kind {
	case kindG722:
		p.rate, p.wide = g722.Rate, g722.NewEncoder()
	case kindOpus:
		p.opus, _ = t.encoder() // nil: the leg is silent, which was logged when the library did not load
	case kindNone, kindALaw, kindMuLaw, kindEvent, kindNoise:
	}
	p.whole = int(t.length) * p.rate / rtp.Rate
	t.speaker = p
	return p
}

// say takes sound of the other leg.
func (p *speaker) say(t *sender, f sound, now int64) {
	p.begin(t, theOther, f.after)
	p.add(t, p.fit(f), now)
}

// codes takes 20 ms of our own, in the law that is inside.
func (p *speaker) codes(t *sender, codes []byte, now int64) {
	p.begin(t, ourselves, false) // our own sound has no gaps
	var pcm [rtp.FrameTicks]int16
	n := decodeLaw(pcm[:], codes, inside(t.kind))
	p.add(t, p.fit(sound{pcm: pcm[:n], rate: rtp.Rate}), now)
}

// begin forgets what is left of another source.
func (p *speaker) begin(t *sender, from source, after bool) { //nolint:revive // a fact, not a switch
	if p.from == from && !after {
		return
	}
	p.from, p.have = from, 0
	t.seq.Break()
}

// fit gives the samples at the codec's rate.
func (p *speaker) fit(f sound) []int16 {
	if f.rate == p.rate {
		return f.pcm
	}
	c := &p.up
	if f.rate > p.rate {
		c = &p.down
	}
	if *c == nil {
		var err error
		if *c, err = resample.NewConverter(f.rate, p.rate, resample.Live); err != nil {
			return nil
		}
	}
	return p.room[:(*c).Convert(p.room[:], f.pcm)]
}

// add fills packets, and sends those that are full.
func (p *speaker) add(t *sender, pcm []int16, now int64) {
	for len(pcm) > 0 {
		n := copy(p.pcm[p.have:p.whole], pcm)
		pcm = pcm[n:]
		if p.have += n; p.have < p.whole {
			return
		}
		p.have = 0
		p.packet(t, now)
	}
}

// packet encodes what is there, and sends it.
func (p *speaker) packet(t *sender, now int64) {
	n := p.encode()
	if n <= 0 {
		return
	}
	m := t.seq.Next(now, t.length)
	m.PayloadType = t.pt
	if p.kind == kindOpus {
		m.Timestamp *= wide
	}
	m.Put(p.out[:])
	t.send(p.out[:rtp.HeaderSize+n])
}

func (p *speaker) encode() int {
	pcm, to := p.pcm[:p.whole], p.out[rtp.HeaderSize:]
	switch p.kind {
	case kindALaw:
		return g711.EncodeALaw(to, pcm)
	case kindMuLaw:
		return g711.EncodeMuLaw(to, pcm)
	case kindG722:
		return p.wide.Encode(to, pcm)
	case kindOpus:
		if p.opus == nil {
			return 0
		}
		n, err := p.opus.Encode(to, pcm)
		if err != nil {
			return 0
		}
		return n
	case kindNone, kindEvent, kindNoise:
	}
	return 0
}

// decodeLaw decodes G.711.
func decodeLaw(dst []int16, codes []byte, k kind) int {
	if k == kindMuLaw {
		return g711.DecodeMuLaw(dst, codes)
	}
	return g711.DecodeALaw(dst, codes)
}
