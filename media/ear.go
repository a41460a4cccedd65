package media

import (
	"tandem/media/codec/g711"
	"tandem/media/dtmf"
	"tandem/media/rtp"
)

// ear is who listens to a leg's peer: a recording, and the detector of in-band digits. It exists only where somebody does. The receiver's
// mutex guards it.
type ear struct {
	order rtp.Order
	rec   *recording
	tones *tones
}

// tones listens for keys in the audio.
type tones struct {
	detector *dtmf.Detector
	pressed  byte // the key that goes on; 0: none
	mask     mask
}

// lostMost is the longest gap that the detector is told of, in ticks; no key lasts across a longer one.
const lostMost = 10 * rtp.FrameTicks

// hear takes one packet of audio.
func (e *ear) hear(in *arrival, payload []byte) {
	if !in.kind.isPlain() {
		return
	}
	before := byte(0)
	if e.tones != nil {
		before = e.tones.pressed
	}
	e.order.Add(&in.header, payload, func(p rtp.Piece) {
		if e.tones != nil {
			e.tones.hear(in, p)
		}
		if e.rec != nil {
			e.rec.hear(p, in.kind)
		}
	})
	if e.tones != nil {
		in.mask = &e.tones.mask
		in.mute = before != 0 || e.tones.pressed != 0
		in.held = e.tones.pressed
	}
	e.tidy()
}

// hear feeds the detector.
func (t *tones) hear(in *arrival, p rtp.Piece) {
	var pcm [rtp.FrameTicks]int16
	for lost := min(p.Missing, lostMost); lost > 0; {
		n := min(lost, rtp.FrameTicks)
		lost -= n
		t.note(in, t.detector.Feed(pcm[:n], dtmf.Lost))
	}
	quality := dtmf.Received
	if in.lost {
		quality = dtmf.Lost
	}
	for b := p.Payload; len(b) > 0; {
		n := min(len(b), len(pcm))
		if in.kind == kindMuLaw {
			g711.DecodeMuLaw(pcm[:], b[:n])
		} else {
			g711.DecodeALaw(pcm[:], b[:n])
		}
		b = b[n:]
		t.note(in, t.detector.Feed(pcm[:n], quality))
	}
}

func (t *tones) note(in *arrival, all []dtmf.Event) {
	for _, e := range all {
		switch e.Change {
		case dtmf.Began:
			t.pressed, in.tone = e.Key, e.Key
		case dtmf.Ended:
			t.pressed, in.over = 0, e.Key
		}
	}
}

// tidy forgets a recording that has ended.
func (e *ear) tidy() {
	if e.rec != nil && e.rec.ended {
		e.rec = nil
	}
}

// listenFor starts or stops the detector after a negotiation.
func (s *Session) listenFor(a *agreement) {
	want := false
	switch s.o.Inband {
	case InbandAuto:
		want = a.events.Name == ""
	case InbandAlways:
		want = true
	case InbandNever:
	}
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	switch has := s.rx.ear != nil && s.rx.ear.tones != nil; {
	case want && !has:
		s.rx.needEar().tones = &tones{detector: dtmf.NewDetector(dtmf.Options{})}
	case has && !want:
		s.rx.ear.tones = nil
	}
}

// needEar gives the ear, and makes it where there is none. It needs mu.
func (r *receiver) needEar() *ear {
	if r.ear == nil {
		r.ear = new(ear)
	}
	return r.ear
}

// listenOn tells those who listen what time it is.
func (s *Session) listenOn(now int64) {
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	if e := s.rx.ear; e != nil && e.rec != nil {
		e.rec.turn(now)
		e.tidy()
	}
}

// recording says whether one goes on.
func (s *Session) recording() bool {
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	return s.rx.ear != nil && s.rx.ear.rec != nil
}

// stopListening ends a recording and takes the ear off.
func (s *Session) stopListening() {
	s.StopRecord()
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	s.rx.ear = nil
}
