package media

import (
	"time"

	"tandem/media/prompt"
	"tandem/media/rtp"
)

// player is what plays on a Session. Session.mu guards it.
type player struct {
	id      PlayID
	prompts []*prompt.Prompt
	loop    bool
	samples int // in all of them
	at      int // samples
	index   int // of the prompt that at is in
	into    int // samples into it
}

const samplesPerSecond = rtp.Rate

func newPlayer(p Play) *player {
	pl := &player{id: p.ID, loop: p.Loop}
	for _, x := range p.Prompts {
		if x != nil && len(x.ALaw()) > 0 {
			pl.prompts = append(pl.prompts, x)
			pl.samples += len(x.ALaw())
		}
	}
	pl.seek(int(max(p.From, 0) / (time.Second / samplesPerSecond)))
	return pl
}

// seek goes to a place; a loop is endless, and past the end of the rest there is nothing.
func (p *player) seek(at int) {
	if p.loop && p.samples > 0 {
		at %= p.samples
	}
	p.at, p.index, p.into = min(at, p.samples), 0, at
	for p.index < len(p.prompts) && p.into >= len(p.prompts[p.index].ALaw()) {
		p.into -= len(p.prompts[p.index].ALaw())
		p.index++
	}
}

// where is how far into the prompts it is.
func (p *player) where() time.Duration {
	return time.Duration(p.at) * (time.Second / samplesPerSecond)
}

// over says that nothing is left.
func (p *player) over() bool { return p.samples == 0 || p.index == len(p.prompts) }

// read copies the next codes to dst, filled up with silence at the end.
func (p *player) read(dst []byte, k kind) {
	for len(dst) > 0 && !p.over() {
		x := p.prompts[p.index].ALaw()
		if k == kindMuLaw {
			x = p.prompts[p.index].MuLaw()
		}
		n := copy(dst, x[p.into:])
		dst = dst[n:]
		p.into, p.at = p.into+n, p.at+n
		if p.into == len(x) {
			p.index, p.into = p.index+1, 0
		}
		if p.index == len(p.prompts) && p.loop {
			p.index, p.at = 0, 0
		}
	}
	fill(dst, k)
}

// Play replaces what is playing; PlayEnded tells its end. Nothing is heard before the first answer in either direction: it waits. While
// it plays, the other side of a bridge is not heard.
func (s *Session) Play(p Play) {
	next := newPlayer(p)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	before := s.play
	s.play = next
	s.wake()
	s.mu.Unlock()
	if before != nil {
		s.post(PlayEnded{Leg: s.o.Ref, Play: before.id, Cut: true})
	}
}

// StopPlay ends it and says where it was, so that music can go on there; 0 when nothing played.
func (s *Session) StopPlay() time.Duration {
	s.mu.Lock()
	p := s.play
	s.play = nil
	s.rest()
	s.mu.Unlock()
	if p == nil {
		return 0
	}
	s.post(PlayEnded{Leg: s.o.Ref, Play: p.id, Cut: true})
	return p.where()
}
