package rtp

import "time"

// Impairment is what a codec does to speech, after ITU-T G.107 and G.113 appendix I.
type Impairment struct {
	Ie  float64 // of the codec itself
	Bpl float64 // how well it stands losses
}

// ImpairmentOf is what a codec does, by its name in SDP. The far end conceals what is lost, as every telephone made in this century does.
func ImpairmentOf(codec string) Impairment {
	switch codec {
	case "opus":
		return Impairment{Ie: 0, Bpl: 18}
	case "G722":
		return Impairment{Ie: 0, Bpl: 14}
	}
	return Impairment{Ie: 0, Bpl: 25.1}
}

// Listening is what decides how a stream sounds.
type Listening struct {
	Codec  Impairment
	Delay  time.Duration // one way, from mouth to ear
	Loss   float64       // share of packets lost or too late, 0 to 1
	BurstR float64       // 1 or more
}

// The default rating of the E-model with nothing in the way, and the delay from which the second term of Id counts, in ms.
const (
	ratingBest = 93.2
	delayFelt  = 177.3
)

// Rating is R, 0 to 93.2 (ITU-T G.107, in the short form that leaves out echo and noise).
func (l Listening) Rating() float64 {
	d := float64(l.Delay) / float64(time.Millisecond)
	id := 0.024 * d
	if d > delayFelt {
		id += 0.11 * (d - delayFelt)
	}
	ie := l.Codec.Ie
	if percent := 100 * l.Loss; percent > 0 {
		ie += (95 - ie) * percent / (percent/max(l.BurstR, 1) + l.Codec.Bpl)
	}
	return min(max(ratingBest-id-ie, 0), 100)
}

// MOS is the mean opinion score of a rating, 1 to 4.5 (ITU-T G.107 annex B).
func MOS(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return min(max(1+0.035*r+r*(r-60)*(100-r)*7e-6, 1), 4.5)
}
