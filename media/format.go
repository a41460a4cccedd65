package media

import (
	"fmt"
	"strings"

	"tandem/media/rtp"
	"tandem/media/sdp"
)

// kind is what a payload type carries.
type kind uint8

const (
	kindNone kind = iota
	kindALaw
	kindMuLaw
	kindEvent
	kindNoise // comfort noise (RFC 3389): a sign of life, no more
)

// The names of Formats (RFC 3551 section 6, RFC 4733 section 7.1).
const (
	nameALaw  = "PCMA"
	nameMuLaw = "PCMU"
	nameEvent = "telephone-event"
)

// noiseType is the fixed payload type of comfort noise. Some phones send it unasked.
const noiseType = 13

// defaultEventType is the payload type that most of the world uses for digits.
const defaultEventType = 101

// isAudio says that it is a codec of voice.
func (k kind) isAudio() bool { return k == kindALaw || k == kindMuLaw }

func kindOf(name string) kind {
	switch {
	case strings.EqualFold(name, nameALaw):
		return kindALaw
	case strings.EqualFold(name, nameMuLaw):
		return kindMuLaw
	case strings.EqualFold(name, nameEvent):
		return kindEvent
	}
	return kindNone
}

// DefaultFormats are what a Session offers and accepts when its Opening names nothing.
func DefaultFormats() []Format {
	return []Format{
		{Name: nameALaw, ClockRate: rtp.Rate, PayloadType: 8},
		{Name: nameMuLaw, ClockRate: rtp.Rate, PayloadType: 0},
		{Name: nameEvent, ClockRate: rtp.Rate, PayloadType: defaultEventType, Fmtp: "0-15"},
	}
}

// formatsOf checks Formats and fills in what their names imply.
func formatsOf(asked []Format) ([]Format, error) {
	if asked == nil {
		return DefaultFormats(), nil
	}
	var all []Format
	audio := false
	for _, f := range asked {
		k := kindOf(f.Name)
		switch k {
		case kindNone, kindNoise:
			return nil, fmt.Errorf("media: format %q is not known", f.Name)
		case kindALaw:
			f.Name, f.PayloadType = nameALaw, 8
		case kindMuLaw:
			f.Name, f.PayloadType = nameMuLaw, 0
		case kindEvent:
			f.Name = nameEvent
			if f.PayloadType < 96 || f.PayloadType > 127 {
				f.PayloadType = defaultEventType
			}
			if f.Fmtp == "" {
				f.Fmtp = "0-15"
			}
		}
		if f.ClockRate != 0 && f.ClockRate != rtp.Rate {
			return nil, fmt.Errorf("media: format %s runs at %d, not at %d", f.Name, rtp.Rate, f.ClockRate)
		}
		f.ClockRate = rtp.Rate
		audio = audio || k.isAudio()
		all = append(all, f)
	}
	if !audio {
		return nil, fmt.Errorf("media: no codec of voice among %d formats", len(asked))
	}
	return all, nil
}

// same says that a mapping in SDP is this Format. A telephone-event at another clock rate belongs to another codec.
func (f *Format) same(m sdp.Map) bool {
	return m.Channels == 1 && m.Rate == f.ClockRate && strings.EqualFold(m.Name, f.Name)
}
