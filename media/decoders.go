package media

import (
	"tandem/media/codec/g722"
	"tandem/media/codec/opus"
	"tandem/media/jitter"
	"tandem/media/plc"
)

// decoders are those of one leg; each is made when it is needed. A peer may send one codec and then another, of those that were agreed on.
type decoders struct {
	opusOf func() (*opus.Decoder, error)
	opus   *opus.Decoder
	wide   *g722.Decoder
	maker  *plc.Concealer // for codecs that cannot do it themselves
	at8    bool           // the concealer's rate

	invented int // frames of Opus, one after the other
}

// inventMost is how long Opus goes on with what is lost, in frames; after it there is silence.
const inventMost = 5

// decode gives the samples of a packet; 0: it cannot be decoded.
func (d *decoders) decode(k kind, dst []int16, payload []byte) int {
	n := 0
	switch k {
	case kindALaw, kindMuLaw:
		n = decodeLaw(dst, payload, k)
	case kindG722:
		if d.wide == nil {
			d.wide = g722.NewDecoder(g722.Mode64)
		}
		n = d.wide.Decode(dst, payload)
	case kindOpus:
		return d.decodeOpus(dst, payload)
	case kindNone, kindEvent, kindNoise:
		return 0
	}
	d.concealer(k).Heard(dst[:n])
	return n
}

func (d *decoders) decodeOpus(dst []int16, payload []byte) int {
	d.invented = 0
	if d.opus == nil {
		var err error
		if d.opus, err = d.opusOf(); err != nil {
			return 0
		}
	}
	n, err := d.opus.Decode(dst, payload, opus.Itself)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// conceal makes up what is lost; 0: nothing can be.
func (d *decoders) conceal(k kind, dst []int16, after jitter.Packet) int {
	switch k {
	case kindOpus:
		return d.concealOpus(dst, after)
	case kindALaw, kindMuLaw, kindG722:
		d.concealer(k).Lost(dst)
		return len(dst)
	case kindNone, kindEvent, kindNoise:
	}
	return 0
}

func (d *decoders) concealOpus(dst []int16, after jitter.Packet) int {
	d.invented++
	if d.opus == nil || d.invented > inventMost && len(after.Payload) == 0 {
		return 0
	}
	n, err := 0, error(nil)
	if len(after.Payload) > 0 && kind(after.Kind) == kindOpus {
		n, err = d.opus.Decode(dst, after.Payload, opus.Before)
	} else {
		n, err = d.opus.Conceal(dst)
	}
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// concealer is the one of a codec's rate.
func (d *decoders) concealer(k kind) *plc.Concealer {
	if at8 := k.isPlain(); d.maker == nil || d.at8 != at8 {
		d.maker, d.at8 = plc.New(rateOf(k)), at8
	}
	return d.maker
}
