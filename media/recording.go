package media

import (
	"time"

	"tandem/media/codec/g711"
	"tandem/media/rtp"
)

const (
	// quiet is the power of a sine of -40 dBm0, where full scale is +3.14 dBm0: below it nobody speaks.
	quiet = 160 * 160
	// starved is how far a recording may stay behind the clock before silence is put in: the peer sends nothing.
	starved = 200 * time.Millisecond
)

// recording is a recording that goes on. The receiver's mutex guards it.
type recording struct {
	file    *recordFile
	law     kind
	most    int // samples; 0: no end
	silence int // samples; 0: no end
	began   int64
	samples int
	still   int  // samples of silence at the end
	filled  int  // samples put in since the last packet
	begun   bool // the first packet has come
	ended   bool
}

// Record starts a recording; RecordEnded tells its end. It replaces one that goes on.
func (s *Session) Record(r Record) {
	s.StopRecord()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.post(RecordEnded{Leg: s.o.Ref, Record: r.ID, Why: RecordFailed, Err: errClosed})
		return
	}
	law := kindALaw
	if s.neg.agreed != nil {
		law = inside(kindOf(s.neg.agreed.audio.Name))
	}
	rec := &recording{
		file: s.e.files.open(s, r, law), law: law, began: s.e.now(),
		most: samplesOf(r.Max), silence: samplesOf(r.Silence),
	}
	s.rx.mu.Lock()
	s.rx.needEar().rec = rec
	s.rx.mu.Unlock()
	s.wake()
}

func samplesOf(d time.Duration) int {
	return int(max(d, 0) / (time.Second / samplesPerSecond))
}

// StopRecord ends it.
func (s *Session) StopRecord() {
	s.rx.mu.Lock()
	defer s.rx.mu.Unlock()
	if e := s.rx.ear; e != nil && e.rec != nil {
		e.rec.end(RecordStopped)
		e.tidy()
	}
}

func (r *recording) end(why RecordEnd) {
	if !r.ended {
		r.ended = true
		r.file.finish(why)
	}
}

// hear takes what the peer said, in order. Gaps are filled, so that the recording is as long as the talk was.
func (r *recording) hear(p rtp.Piece, k kind) {
	gap := max(int(p.Missing)-r.filled, 0)
	if !r.begun {
		r.begun, gap = true, 0 // What is missing before it was missing before the recording, or has been filled by the clock.
	}
	r.filled = 0
	r.addSilence(gap)
	var codes [2 * rtp.FrameTicks]byte
	for b := p.Payload; len(b) > 0 && !r.ended; {
		n := copy(codes[:], b)
		b = b[n:]
		r.add(codes[:n], k)
	}
}

// turn puts silence in where nothing comes.
func (r *recording) turn(now int64) {
	behind := samplesOf(time.Duration(now-r.began)-starved) - r.samples
	if behind > 0 {
		r.filled += behind
		r.addSilence(behind)
	}
}

func (r *recording) addSilence(n int) {
	var codes [rtp.FrameTicks]byte
	fill(codes[:], r.law)
	for n > 0 && !r.ended {
		k := min(n, len(codes))
		n -= k
		r.add(codes[:k], r.law)
	}
}

// add writes codes; it changes them.
func (r *recording) add(codes []byte, k kind) {
	switch {
	case k == r.law:
	case r.law == kindMuLaw:
		g711.ALawToMuLaw(codes, codes)
	default:
		g711.MuLawToALaw(codes, codes)
	}
	if r.most > 0 {
		codes = codes[:min(len(codes), r.most-r.samples)]
	}
	r.samples += len(codes)
	if loud(codes, r.law) {
		r.still = 0
	} else {
		r.still += len(codes)
	}
	switch {
	case !r.file.write(codes):
		r.end(RecordFailed)
	case r.most > 0 && r.samples >= r.most:
		r.end(RecordTooLong)
	case r.silence > 0 && r.still >= r.silence:
		r.end(RecordSilence)
	}
}

// loud says that somebody speaks.
func loud(codes []byte, law kind) bool {
	sum := 0
	for _, c := range codes {
		v := int(g711.FromALaw(c))
		if law == kindMuLaw {
			v = int(g711.FromMuLaw(c))
		}
		sum += v * v
	}
	return sum > quiet*len(codes)
}
