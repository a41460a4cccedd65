package web

import (
	"context"
	"math"
	"strconv"

	"tandem/routing"
)

// legQuality is how one leg of a call sounded.
type legQuality struct {
	Leg       string        `json:"leg"`
	User      *reference    `json:"user"`
	Trunk     *reference    `json:"trunk"`
	Party     string        `json:"party" enum:"caller,callee" doc:"The first leg is the caller's."`
	Codec     string        `json:"codec,omitempty"`
	MOS       float64       `json:"mos,omitempty" doc:"The worse of both directions: 1 to 4.5 (ITU-T G.107). Missing: nothing is known."`
	WorstMOS  float64       `json:"worst_mos,omitempty" doc:"The lowest of any five seconds."`
	RoundTrip float64       `json:"round_trip_ms,omitempty"`
	In        *soundQuality `json:"in" doc:"What the party sent, as it arrived here; null: nothing came."`
	Out       *soundQuality `json:"out" doc:"What the party heard of us, as their phone reports it by RTCP; null: it reports nothing."`
	Verdict   string        `json:"verdict" enum:"good,fair,poor,unheard,unknown"`
	Fault     string        `json:"fault,omitempty" enum:"path,keys,elsewhere,format,broken,nothing,stopped,silence" doc:"Why the party was not heard, the last time that it was so."`
	Text      string        `json:"text" doc:"For people, in the language of Accept-Language."`
}

// soundQuality is one direction (RFC 3550 section 6.4, RFC 3611 section 4.7).
type soundQuality struct {
	Packets      uint64  `json:"packets"`
	Lost         uint64  `json:"lost"`
	LostPercent  float64 `json:"lost_percent"`
	Late         uint64  `json:"late" doc:"Came too late for a usual jitter buffer."`
	Duplicate    uint64  `json:"duplicate"`
	Reordered    uint64  `json:"reordered"`
	JitterMS     float64 `json:"jitter_ms"`
	MaxJitterMS  float64 `json:"max_jitter_ms"`
	LongestMS    float64 `json:"longest_loss_ms" doc:"The most that was lost in a row."`
	Bursts       uint64  `json:"bursts" doc:"Of losses: fewer than 16 packets came between two."`
	BurstMS      float64 `json:"burst_ms" doc:"Their mean length."`
	GapMS        float64 `json:"gap_ms" doc:"The mean length of what lies between them."`
	BurstDensity float64 `json:"burst_density" doc:"Share lost in bursts, 0 to 1."`
	GapDensity   float64 `json:"gap_density" doc:"Share lost between bursts, 0 to 1."`
	Rating       float64 `json:"r" doc:"R of ITU-T G.107."`
	MOS          float64 `json:"mos"`
}

func (s *Server) showQuality(ctx context.Context, p *callRequest) (*listOf[legQuality], error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	t, lang := s.teller(), language(p.Language)
	out := make([]legQuality, 0, len(c.Record.Legs))
	for i := range c.Record.Legs {
		out = append(out, t.quality(&c.Record.Legs[i], i, s.words, lang))
	}
	return asList(out), nil
}

// quality tells how a leg sounded; at is its place in the call.
func (t teller) quality(l *routing.LegRecord, at int, words catalogue, lang string) legQuality {
	q := &l.Quality
	out := legQuality{
		Leg: string(l.ID), User: t.userNamed(l.User), Trunk: t.trunkNamed(l.Trunk), Party: "callee", Codec: l.Codec, MOS: round(q.MOS(), 2), WorstMOS: round(q.WorstMOS, 2),
		RoundTrip: round(q.RTTMS, 1), In: soundOf(&q.In), Out: soundOf(&q.Out), Fault: q.Fault, Verdict: verdictOf(l),
	}
	if at == 0 {
		out.Party = "caller"
	}
	values := map[string]string{
		"mos": strconv.FormatFloat(round(q.MOS(), 1), 'f', 1, 64), "lost": strconv.FormatFloat(100*max(q.In.Loss(), q.Out.Loss()), 'f', 1, 64),
		"jitter": strconv.FormatFloat(max(q.In.JitterMS, q.Out.JitterMS), 'f', 0, 64), "why": words.say(lang, "timeline.one_way_audio.why."+q.Fault),
	}
	out.Text = fill(words.say(lang, "quality."+out.Verdict), values)
	if q.Fault != "" && out.Verdict != "unheard" {
		out.Text += " " + fill(words.say(lang, "quality.paused"), values)
	}
	return out
}

// What people hear as good, and as still fair, in MOS; and how many packets say anything at all.
const (
	soundsGood  = 4.0
	soundsFair  = 3.1
	soundsKnown = 50
)

// verdictOf is how a leg sounded, in a word.
func verdictOf(l *routing.LegRecord) string {
	mos := l.Quality.MOS()
	switch {
	case l.Quality.Fault != "" && l.Quality.In.Packets < soundsKnown:
		return "unheard"
	case mos == 0 || l.Quality.In.Packets < soundsKnown:
		return "unknown"
	case mos >= soundsGood:
		return "good"
	case mos >= soundsFair:
		return "fair"
	}
	return "poor"
}

func soundOf(q *routing.StreamQuality) *soundQuality {
	if q.Packets == 0 {
		return nil
	}
	return &soundQuality{
		Packets: q.Packets, Lost: q.Lost, LostPercent: round(100*q.Loss(), 2), Late: q.Late, Duplicate: q.Duplicate, Reordered: q.Reordered, JitterMS: round(q.JitterMS, 1),
		MaxJitterMS: round(q.MaxJitterMS, 1), LongestMS: round(q.LongestLossMS, 0), Bursts: q.Bursts, BurstMS: round(q.BurstMS, 0), GapMS: round(q.GapMS, 0),
		BurstDensity: round(q.BurstDensity, 3), GapDensity: round(q.GapDensity, 3), Rating: round(q.Rating, 1), MOS: round(q.MOS, 2),
	}
}

// round cuts what nobody can hear.
func round(v float64, places int) float64 {
	p := math.Pow10(places)
	return math.Round(v*p) / p
}
