package mediatest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"tandem/media/codec/g711"
	"tandem/media/codec/g722"
	"tandem/media/resample"
)

// Codec names an encoding by its fixed payload type.
type Codec uint8

// The codecs with a fixed type.
const (
	PCMU  Codec = 0
	PCMA  Codec = 8
	G722  Codec = 9
	Noise Codec = 13 // comfort noise
)

// Encode makes payloads of so long each of samples at 8,000 a second.
func Encode(c Codec, pcm []int16, each time.Duration) (all [][]byte, err error) {
	n := int(each * Rate / time.Second)
	wide := pcm
	if c == G722 {
		if wide, err = resample.All(pcm, Rate, g722.Rate); err != nil {
			return nil, err
		}
	}
	enc := g722.NewEncoder()
	for i := 0; i+n <= len(pcm); i += n {
		b := make([]byte, n)
		switch c {
		case PCMU:
			g711.EncodeMuLaw(b, pcm[i:i+n])
		case PCMA:
			g711.EncodeALaw(b, pcm[i:i+n])
		case G722:
			enc.Encode(b, wide[2*i:2*(i+n)])
		case Noise:
			return nil, fmt.Errorf("comfort noise holds no samples")
		}
		all = append(all, b)
	}
	return all, nil
}

// Sound is what packets of one codec carry, in the order of their numbers, with silence for what is missing; at 8,000 samples a second.
func (ps Packets) Sound(c Codec) ([]int16, error) {
	var mine Packets
	for i := range ps {
		if Codec(ps[i].PayloadType) == c {
			mine = append(mine, ps[i])
		}
	}
	slices.SortStableFunc(mine, func(a, b Packet) int { return int(int16(a.Seq - b.Seq)) }) //nolint:gosec // numbers wrap
	dec, out := g722.NewDecoder(g722.Mode64), []int16{}
	for i := range mine {
		b := mine[i].Payload
		pcm := make([]int16, 2*len(b))
		switch c {
		case G722:
			dec.Decode(pcm, b)
		case PCMA:
			pcm = pcm[:g711.DecodeALaw(pcm, b)]
		case PCMU:
			pcm = pcm[:g711.DecodeMuLaw(pcm, b)]
		case Noise:
			pcm = pcm[:0]
		}
		out = append(out, pcm...)
	}
	if c != G722 {
		return out, nil
	}
	return resample.All(out, g722.Rate, Rate)
}

// Purity is by how many dB a tone is above all else in some samples at 8,000 a second, after the first part of them. The tone may have any
// phase.
func Purity(pcm []int16, hz float64) float64 {
	var cc, ss, cs, xc, xs, xx float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / Rate)
		x := float64(v)
		cc, ss, cs = cc+c*c, ss+s*s, cs+c*s
		xc, xs, xx = xc+x*c, xs+x*s, xx+x*x
	}
	det := cc*ss - cs*cs
	if det == 0 || xx == 0 {
		return 0
	}
	a, b := (xc*ss-xs*cs)/det, (xs*cc-xc*cs)/det
	tone := a*xc + b*xs
	return 10 * math.Log10(tone/max(xx-tone, 1))
}

// Stream is packets that are sent at their own time, whatever the Peer does otherwise.
type Stream struct {
	Codec    Codec
	Each     time.Duration // how long a packet lasts
	Payloads [][]byte
	Way      Way
	First    uint16 // sequence number
	Begin    uint32 // timestamp
	SSRC     uint32
}

// Way is what happens to packets. The same Seed does the same again.
type Way struct {
	Seed   uint64
	Lost   float64       // of all
	Jitter time.Duration // each takes up to that much longer; they overtake each other
}

// Send sends a stream to where the peer sends, and returns when all of it is on its way.
func (p *Peer) Send(ctx context.Context, s Stream) error {
	type letter struct {
		at time.Duration
		b  []byte
	}
	dice := rand.New(rand.NewPCG(s.Way.Seed, 1)) //nolint:gosec // a test's
	var all []letter
	ticks := uint32(s.Each * Rate / time.Second) //nolint:gosec // a packet
	for i, payload := range s.Payloads {
		x := Packet{
			PayloadType: uint8(s.Codec), Marker: i == 0, Seq: s.First + uint16(i),
			Timestamp: s.Begin + uint32(i)*ticks, SSRC: s.SSRC, Payload: payload,
		}
		late := time.Duration(dice.Float64() * float64(s.Way.Jitter))
		if dice.Float64() >= s.Way.Lost {
			all = append(all, letter{at: time.Duration(i)*s.Each + late, b: x.Bytes()})
		}
	}
	slices.SortStableFunc(all, func(a, b letter) int { return int(a.at - b.at) })
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, x := range all {
		timer.Reset(time.Until(began.Add(x.at)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := p.Inject(x.b, p.To()); err != nil {
			return err
		}
	}
	return nil
}

// Describe is an offer or answer of named codecs: PCMA, PCMU, G722, CN, telephone-event.
func (p *Peer) Describe(names []string, extra string) []byte {
	types, maps := "", ""
	for _, name := range names {
		pt := map[string]int{"PCMU": 0, "PCMA": 8, "G722": 9, "CN": 13, "telephone-event": eventType}[name]
		types += fmt.Sprintf(" %d", pt)
		maps += fmt.Sprintf("a=rtpmap:%d %s/8000\r\n", pt, name)
	}
	a := p.Addr()
	return fmt.Appendf(nil, "v=0\r\no=peer 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP%s\r\n%s%s", a.Addr(), a.Addr(), a.Port(), types, maps, extra)
}
