package rtp

import (
	"math"
	"time"

	"github.com/pion/rtcp"
)

// Metrics is what the receiver of a stream says of it in a VoIP metrics block (RFC 3611 section 4.7). What it does not know is negative.
type Metrics struct {
	SSRC                          uint32
	Loss, Discard                 float64 // shares, 0 to 1
	BurstDensity, GapDensity      float64
	BurstLength, GapLength        time.Duration
	RoundTrip, EndSystem          time.Duration
	Rating, MOSListening, MOSTalk float64 // R, and MOS for listening and for conversation
	Buffer                        time.Duration
}

// unknown is how a block says that it does not tell (RFC 3611 section 4.7.5).
const unknown = 127

// block is the same on the wire. Nothing is measured of levels: they are said to be unknown.
func (m *Metrics) block() *rtcp.VoIPMetricsReportBlock {
	return &rtcp.VoIPMetricsReportBlock{
		SSRC: m.SSRC, LossRate: share(m.Loss), DiscardRate: share(m.Discard), BurstDensity: share(m.BurstDensity), GapDensity: share(m.GapDensity),
		BurstDuration: millis(m.BurstLength), GapDuration: millis(m.GapLength), RoundTripDelay: millis(m.RoundTrip), EndSystemDelay: millis(m.EndSystem),
		SignalLevel: unknown, NoiseLevel: unknown, RERL: unknown, Gmin: gmin, RFactor: score(m.Rating, 1, 100), ExtRFactor: unknown,
		MOSLQ: score(m.MOSListening, 10, 50), MOSCQ: score(m.MOSTalk, 10, 50),
		JBNominal: millis(m.Buffer), JBMaximum: millis(m.Buffer), JBAbsMax: millis(m.Buffer),
	}
}

// metricsOf reads a block. What cannot be is taken as unknown.
func metricsOf(b *rtcp.VoIPMetricsReportBlock) *Metrics {
	part := func(v uint8) float64 { return float64(v) / 256 }
	ms := func(v uint16) time.Duration { return time.Duration(v) * time.Millisecond }
	known := func(v uint8, scale, least, most float64) float64 {
		if x := float64(v) / scale; v != unknown && x >= least && x <= most {
			return x
		}
		return -1
	}
	return &Metrics{
		SSRC: b.SSRC, Loss: part(b.LossRate), Discard: part(b.DiscardRate), BurstDensity: part(b.BurstDensity), GapDensity: part(b.GapDensity),
		BurstLength: ms(b.BurstDuration), GapLength: ms(b.GapDuration), RoundTrip: ms(b.RoundTripDelay), EndSystem: ms(b.EndSystemDelay),
		Rating: known(b.RFactor, 1, 0, 100), MOSListening: known(b.MOSLQ, 10, 1, 5), MOSTalk: known(b.MOSCQ, 10, 1, 5), Buffer: ms(b.JBNominal),
	}
}

func share(v float64) uint8 { return uint8(min(max(math.Round(v*256), 0), 255)) }

func millis(d time.Duration) uint16 { return uint16(min(max(d, 0)/time.Millisecond, math.MaxUint16)) }

func score(v, scale, most float64) uint8 {
	if v < 0 {
		return unknown
	}
	return uint8(min(math.Round(v*scale), most))
}
