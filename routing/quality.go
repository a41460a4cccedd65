package routing

import (
	"log/slog"
	"strconv"
	"time"

	"tandem/media"
)

// LegQuality is how a leg sounded: what its party sent, as it arrived here, and what they heard of us, as their phone reported it (RFC 3550 section 6.4).
type LegQuality struct {
	In, Out  StreamQuality
	RTTMS    float64 // there and back; 0: not known
	WorstMOS float64 // the lowest of any five seconds; 0: not known
	Fault    string  // why the party was not heard, in the words of media.Fault, the last time that it was so; empty: they always were
}

// StreamQuality is one direction of a leg as its receiver counted it. Without Packets nothing is known of it.
type StreamQuality struct {
	Packets, Lost, Duplicate, Reordered uint64
	Late                                uint64 // too late to be heard
	Bursts                              uint64 // of losses (RFC 3611 section 4.7.2)

	JitterMS, MaxJitterMS    float64
	LongestLossMS            float64 // of the most that was lost in a row
	BurstMS, GapMS           float64 // mean length of a burst, and of what lies between bursts
	BurstDensity, GapDensity float64 // share lost inside of bursts and between them, 0 to 1
	Rating, MOS              float64 // R (0 to 93.2) and MOS (1 to 4.5) of ITU-T G.107; 0: not known
}

// Loss is the share of packets that could not be heard, 0 to 1.
func (q *StreamQuality) Loss() float64 {
	all := q.Packets - min(q.Duplicate, q.Packets) + q.Lost
	if all == 0 {
		return 0
	}
	return min(float64(q.Lost+q.Late)/float64(all), 1)
}

// MOS is the worse of both directions; 0: nothing is known.
func (q *LegQuality) MOS() float64 {
	switch {
	case q.In.MOS == 0:
		return q.Out.MOS
	case q.Out.MOS == 0:
		return q.In.MOS
	}
	return min(q.In.MOS, q.Out.MOS)
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// figures adds what a leg's media counted to its record: a leg that was taken over has had other media before, which said less of how it sounded.
func (r *LegRecord) figures(s *media.Stats) {
	r.PacketsIn += s.Received
	r.PacketsOut += s.Sent
	r.PacketsLost += s.Lost
	r.JitterMS = inMS(s.Jitter)
	if s.Codec != "" {
		r.Codec = s.Codec
	}
	q := &r.Quality
	if s.Quality.In.Packets > 0 {
		q.In = streamOf(&s.Quality.In)
	}
	if s.Quality.Out.Packets > 0 {
		q.Out = streamOf(&s.Quality.Out)
	}
	if s.RTT > 0 {
		q.RTTMS = inMS(s.RTT)
	}
	if w := s.Quality.Worst; w > 0 && (q.WorstMOS == 0 || w < q.WorstMOS) {
		q.WorstMOS = w
	}
}

func streamOf(s *media.Stream) StreamQuality {
	return StreamQuality{
		Packets: s.Packets, Lost: s.Lost, Duplicate: s.Duplicate, Reordered: s.Reordered, Late: s.Late, Bursts: s.Bursts,
		JitterMS: inMS(s.Jitter), MaxJitterMS: inMS(s.MaxJitter), LongestLossMS: inMS(s.LongestLoss), BurstMS: inMS(s.BurstLength), GapMS: inMS(s.GapLength),
		BurstDensity: s.BurstDensity, GapDensity: s.GapDensity, Rating: s.Rating, MOS: s.MOS,
	}
}

// Types of notes about sound. The first is an event too (API.md section 5).
const (
	noteDegraded = "quality_degraded" // party, way, mos, percent
	noteRestored = "quality_restored" // party, way, mos
	noteOneWay   = "one_way_audio"    // party, reason, seconds; from or payload_type
	noteNoAudio  = "no_audio"         // reason, seconds
	noteHeard    = "audio_back"       // party, seconds
)

// qualityChanged notes that a party sounds badly, or well again.
func (c *call) qualityChanged(l *leg, e media.QualityChanged) {
	if c.stage != talking || (l != c.caller && l != c.callee) {
		return
	}
	way := "in"
	if e.Way == media.WayOut {
		way = "out"
	}
	mos := strconv.FormatFloat(e.MOS, 'f', 1, 64)
	if e.Sound == media.SoundGood {
		c.note(noteRestored, l, "party", c.sideOf(l), "way", way, "mos", mos)
		return
	}
	c.sw.counters.heardBadly(way)
	c.note(noteDegraded, l, "party", c.sideOf(l), "way", way, "mos", mos, "percent", strconv.FormatFloat(100*e.Loss, 'f', 1, 64))
}

// audioChanged notes that a party is not heard, and why; or that they are again. Where neither is heard it is one thing that happened, not two.
func (c *call) audioChanged(l *leg, e media.AudioChanged) {
	if c.stage != talking || (l != c.caller && l != c.callee) {
		return
	}
	if e.Fault == media.FaultNone {
		c.unheard = false
		c.note(noteHeard, l, "party", c.sideOf(l), "seconds", wholeSeconds(e.For))
		return
	}
	why := e.Fault.String()
	l.rec.Quality.Fault = why
	o := c.other(l)
	both := o != nil && o.voice != nil && quietSince(o, time.Now()) >= e.For
	if both && o.rec.Quality.Fault != "" && c.unheard {
		return // It has been told with the other one.
	}
	c.sw.counters.unheard(why)
	c.sw.log.Warn("a party is not heard",
		slog.String("call_id", string(c.id)), slog.String("leg_id", string(l.rec.ID)), slog.String("cause", why), slog.String("peer", peerText(e)))
	c.unheard = both
	if both {
		c.note(noteNoAudio, nil, "reason", why, "seconds", wholeSeconds(e.For))
		return
	}
	pairs := []string{"party", c.sideOf(l), "reason", why, "seconds", wholeSeconds(e.For)}
	if e.From.IsValid() {
		pairs = append(pairs, "from", e.From.String())
	}
	if e.Fault == media.FaultFormat {
		pairs = append(pairs, "payload_type", strconv.Itoa(int(e.PayloadType)))
	}
	c.note(noteOneWay, l, pairs...)
}

func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int(d.Round(time.Second) / time.Second))
}

// peerText is where audio comes from that is not let through; empty: nowhere.
func peerText(e media.AudioChanged) string {
	if e.From.IsValid() {
		return e.From.String()
	}
	return ""
}
