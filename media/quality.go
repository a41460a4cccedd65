package media

import (
	"strings"
	"time"

	"tandem/media/rtp"
)

// Quality is how a leg sounds: what its peer sends, as we receive it, and what we send, as the peer reports it.
type Quality struct {
	In, Out Stream
	Worst   float64 // the lowest MOS of any five seconds, in either direction; 0: not known
}

// Stream is one direction as its receiver counts it.
type Stream struct {
	Packets   uint64 // 0: nothing is known of this direction
	Lost      uint64
	Duplicate uint64
	Reordered uint64
	Late      uint64 // too late for a usual jitter buffer
	Jitter    time.Duration
	MaxJitter time.Duration

	LongestLoss             time.Duration // of the most that was lost in a row
	Bursts                  uint64        // of losses (RFC 3611 section 4.7.2)
	BurstDensity            float64       // share lost in them, 0 to 1
	GapDensity              float64       // share lost outside of them
	BurstLength, GapLength  time.Duration // mean
	Rating, MOS, BurstRatio float64       // R and MOS of ITU-T G.107, for conversation; 0: not known
}

// The jitter buffer that whoever listens has, when we do not know it.
const (
	bufferLeast = 20 * time.Millisecond
	bufferMost  = 100 * time.Millisecond
)

// fillQuality says how the peer's stream arrives here. It needs the receiver's mutex.
func (r *receiver) fillQuality(st *Stream) {
	b := r.count.Bursts()
	st.Packets, st.Lost, st.Duplicate = r.count.Packets, r.count.Lost(), r.count.Duplicate
	st.Reordered, st.Late = r.count.Reordered, r.count.Late
	st.Jitter, st.MaxJitter = r.count.JitterTime(), r.count.WorstJitter()
	st.LongestLoss = time.Duration(min(b.LongestLoss, 1<<20)) * rtp.Frame
	st.Bursts, st.BurstDensity, st.GapDensity, st.BurstRatio = b.Count, b.Density, b.GapDensity, b.Ratio
	st.BurstLength, st.GapLength = frames(b.MeanLength), frames(b.GapLength)
}

func frames(n float64) time.Duration { return time.Duration(n * float64(rtp.Frame)) }

// judge scores both directions.
func (s *Session) judge(st *Stats) {
	q := &st.Quality
	s.care.mu.Lock()
	q.Out = s.care.told.stream
	q.Worst = s.care.sound.worst
	s.care.mu.Unlock()
	for _, one := range [...]*Stream{&q.In, &q.Out} {
		if one.Packets == 0 {
			continue
		}
		l := rtp.Listening{Codec: rtp.ImpairmentOf(st.Codec), Delay: delay(st.RTT, one.Jitter), Loss: one.loss(), BurstR: one.BurstRatio}
		one.Rating = l.Rating()
		one.MOS = rtp.MOS(one.Rating)
	}
}

// delay is from mouth to ear: half the way there and back, the jitter buffer, and the packet.
func delay(rtt, jitter time.Duration) time.Duration {
	return rtt/2 + min(max(2*jitter, bufferLeast), bufferMost) + rtp.Frame
}

// loss is the share that nobody could hear.
func (st *Stream) loss() float64 {
	came := st.Packets - min(st.Duplicate, st.Packets)
	if all := came + st.Lost; all > 0 {
		return min(float64(st.Lost+st.Late)/float64(all), 1)
	}
	return 0
}

// told is what the peer says of what it hears. care.mu guards it.
type told struct {
	stream Stream
	recent float64 // share lost since its report before, 0 to 1
	fresh  bool    // it came since the last judgement
}

// signBit is of the 24 bits that say how much was lost; with it there were more duplicates than losses (RFC 3550 section 6.4.1).
const signBit = 1 << 23

// take reads a report; sent is how many packets there were of ours by then.
func (t *told) take(h *rtp.Heard, sent uint64) {
	if b := h.Of; b != nil {
		lost := uint64(b.Lost)
		if lost&signBit != 0 {
			lost = 0
		}
		lost = min(lost, sent)
		st := &t.stream
		st.Packets, st.Lost = sent-lost, lost
		st.Jitter = time.Duration(b.Jitter) * time.Second / rtp.Rate
		st.MaxJitter = max(st.MaxJitter, st.Jitter)
		t.recent, t.fresh = float64(b.Fraction)/256, true
		if st.BurstRatio == 0 {
			st.BurstRatio = 1
		}
	}
	if m := h.Metrics; m != nil && t.stream.Packets > 0 {
		st := &t.stream
		st.BurstDensity, st.GapDensity, st.BurstLength, st.GapLength = m.BurstDensity, m.GapDensity, m.BurstLength, m.GapLength
		st.Late = uint64(m.Discard * float64(st.Packets))
	}
}

// metrics is what we say of the peer's stream, where it asked for it; nil: it did not.
func (s *Session) metrics(of uint32) *rtp.Metrics {
	s.mu.Lock()
	asked := s.neg.agreed != nil && s.neg.agreed.metrics
	s.mu.Unlock()
	if !asked {
		return nil
	}
	st := s.Stats()
	in := &st.Quality.In
	came := max(in.Packets+in.Lost-min(in.Duplicate, in.Packets), 1)
	buffer := min(max(2*in.Jitter, bufferLeast), bufferMost)
	listening := rtp.Listening{Codec: rtp.ImpairmentOf(st.Codec), Loss: in.loss(), BurstR: in.BurstRatio}
	return &rtp.Metrics{
		SSRC: of, Loss: float64(in.Lost) / float64(came), Discard: min(float64(in.Late)/float64(came), 1),
		BurstDensity: in.BurstDensity, GapDensity: in.GapDensity, BurstLength: in.BurstLength, GapLength: in.GapLength,
		RoundTrip: st.RTT, EndSystem: buffer + rtp.Frame, Rating: in.Rating, MOSListening: rtp.MOS(listening.Rating()), MOSTalk: in.MOS, Buffer: buffer,
	}
}

// metricsLine asks for the peer's metrics (RFC 3611 section 5.1): where it is we who offer first, of a leg by RTP, and where the peer asked for ours. Who was
// asked once is asked to the end, so that a description that only refreshes stays as it was.
func (s *Session) metricsLine(b *strings.Builder, d description) {
	n := &s.neg
	n.asks = n.asks || d.offers && n.agreed == nil && s.leg == nil
	if n.asks || n.agreed != nil && n.agreed.metrics {
		b.WriteString("a=rtcp-xr:voip-metrics\r\n")
	}
}

// When a sound is bad, and when it is good again. Between them it stays what it was.
const (
	judgeEvery = 5  // visits
	judgeLeast = 50 // packets due, of which a judgement is made
	poorBelow  = 3.1
	goodFrom   = 3.6
	judgeTimes = 2 // judgements in a row
)

// judge is how a leg has sounded lately. The upkeep owns it, but for worst, which care.mu guards.
type judge struct {
	visits    int
	due, came uint64
	late      uint64
	ssrc      uint32
	ways      [2]verdict
	worst     float64
}

// verdict is what was said of one way, and how many judgements in a row say otherwise.
type verdict struct {
	said  Sound
	other int
}

// watchSound judges the last five seconds, and tells when it has been bad, or good again, for ten.
func (s *Session) watchSound() {
	j := &s.care.sound
	if j.visits++; j.visits < judgeEvery {
		return
	}
	j.visits = 0
	name := ""
	if f := s.Formats(); len(f) > 0 {
		name = f[0].Name
	}
	rtt := time.Duration(s.care.rtt.Load())
	if l := s.rx.lately(j); l.due >= judgeLeast {
		s.conclude(WayIn, rtp.Listening{Codec: rtp.ImpairmentOf(name), Delay: delay(rtt, l.jitter), Loss: l.loss, BurstR: 1})
	}
	s.care.mu.Lock()
	t := s.care.told
	s.care.told.fresh = false
	s.care.mu.Unlock()
	if t.fresh {
		s.conclude(WayOut, rtp.Listening{Codec: rtp.ImpairmentOf(name), Delay: delay(rtt, t.stream.Jitter), Loss: t.recent, BurstR: 1})
	}
}

// lately is what of a stream was due since the last judgement, and how much of it could not be heard.
type lately struct {
	due    uint64
	loss   float64
	jitter time.Duration
}

func (r *receiver) lately(j *judge) lately {
	r.mu.Lock()
	defer r.mu.Unlock()
	due, came := r.count.Expected()
	ssrc, _ := r.count.SSRC()
	was := *j
	j.due, j.came, j.late, j.ssrc = due, came, r.count.Late, ssrc
	if ssrc != was.ssrc || due <= was.due || came < was.came {
		return lately{}
	}
	l := lately{due: due - was.due, jitter: r.count.JitterTime()}
	missed := l.due - min(came-was.came, l.due) + r.count.Late - was.late
	l.loss = min(float64(missed)/float64(l.due), 1)
	return l
}

// conclude takes one judgement of one way.
func (s *Session) conclude(w Way, l rtp.Listening) {
	mos := rtp.MOS(l.Rating())
	s.care.mu.Lock()
	if j := &s.care.sound; j.worst == 0 || mos < j.worst {
		j.worst = mos
	}
	s.care.mu.Unlock()
	v := &s.care.sound.ways[w]
	now := v.said
	switch {
	case mos < poorBelow:
		now = SoundPoor
	case mos >= goodFrom:
		now = SoundGood
	}
	if now == v.said {
		v.other = 0
		return
	}
	if v.other++; v.other < judgeTimes {
		return
	}
	v.said, v.other = now, 0
	s.post(QualityChanged{Leg: s.o.Ref, Way: w, Sound: now, MOS: mos, Loss: l.Loss})
}
