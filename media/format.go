package media

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/media/codec/opus"
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
	kindOpus
	kindG722
	kindNoise // comfort noise (RFC 3389)
)

// The names of Formats (RFC 3551 section 6, RFC 4733 section 7.1).
const (
	nameALaw  = "PCMA"
	nameMuLaw = "PCMU"
	nameEvent = "telephone-event"
	nameOpus  = "opus"
	nameG722  = "G722"
	nameNoise = "CN"
)

// wideType is the fixed payload type of G.722.
const wideType = 9

// noiseType is the fixed payload type of comfort noise. Some phones send it unasked.
const noiseType = 13

// defaultEventType is the payload type that most of the world uses for digits.
const defaultEventType = 101

// The payload types that browsers use for Opus and its digits.
const (
	opusType      = 111
	opusEventType = 110
)

// isAudio says that it is a codec of voice.
func (k kind) isAudio() bool { return k.isPlain() || k == kindOpus || k == kindG722 }

// isBytes says that a byte lasts one tick of the clock: what a packet is long says how long it lasts.
func (k kind) isBytes() bool { return k.isPlain() || k == kindG722 }

// isPlain says that it is G.711: a byte a sample.
func (k kind) isPlain() bool { return k == kindALaw || k == kindMuLaw }

func kindOf(name string) kind {
	switch {
	case strings.EqualFold(name, nameALaw):
		return kindALaw
	case strings.EqualFold(name, nameMuLaw):
		return kindMuLaw
	case strings.EqualFold(name, nameEvent):
		return kindEvent
	case strings.EqualFold(name, nameOpus):
		return kindOpus
	case strings.EqualFold(name, nameG722):
		return kindG722
	case strings.EqualFold(name, nameNoise):
		return kindNoise
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
		if err := f.complete(); err != nil {
			return nil, err
		}
		audio = audio || kindOf(f.Name).isAudio()
		all = append(all, f)
	}
	if !audio {
		return nil, fmt.Errorf("media: no codec of voice among %d formats", len(asked))
	}
	return all, nil
}

// formats are what an Opening asks for.
func (o *Opening) formats() ([]Format, error) {
	if o.Formats != nil {
		all := slices.Clone(o.Formats)
		slices.SortStableFunc(all, func(a, b Format) int { return rankOf(a, kindOf(o.Prefer)) - rankOf(b, kindOf(o.Prefer)) })
		return formatsOf(all)
	}
	names, prefer := o.Codecs, kindOf(o.Prefer)
	if len(names) == 0 {
		names = []string{nameALaw, nameMuLaw}
		if prefer == kindG722 {
			names = append(names, nameG722)
		}
	}
	asked := make([]Format, 0, len(names)+1)
	for _, name := range names {
		if !slices.ContainsFunc(asked, func(f Format) bool { return strings.EqualFold(f.Name, name) }) {
			asked = append(asked, Format{Name: name})
		}
	}
	slices.SortStableFunc(asked, func(a, b Format) int { return rankOf(a, prefer) - rankOf(b, prefer) })
	asked = append(asked, Format{Name: nameEvent})
	if slices.ContainsFunc(asked, func(f Format) bool { return kindOf(f.Name) == kindOpus }) {
		asked = append(asked, Format{Name: nameEvent, ClockRate: opus.Clock, PayloadType: opusEventType})
	}
	return formatsOf(asked)
}

// rankOf puts the codec that is preferred first.
func rankOf(f Format, prefer kind) int {
	if prefer.isAudio() && kindOf(f.Name) == prefer {
		return 0
	}
	return 1
}

// spares are what is taken too where a peer offers nothing else: it costs more than what is offered.
func (o *Opening) spares() []Format {
	if o.Formats != nil || len(o.Codecs) > 0 || o.Kind == Browser {
		return nil
	}
	return []Format{{Name: nameG722, ClockRate: rtp.Rate, PayloadType: wideType}}
}

// complete fills in what a Format's name implies.
func (f *Format) complete() error {
	rate := rtp.Rate
	switch kindOf(f.Name) {
	case kindNone:
		return fmt.Errorf("media: format %q is not known", f.Name)
	case kindALaw:
		f.Name, f.PayloadType = nameALaw, 8
	case kindMuLaw:
		f.Name, f.PayloadType = nameMuLaw, 0
	case kindG722: // its clock says half of what it samples (RFC 3551 section 4.5.2)
		f.Name, f.PayloadType = nameG722, wideType
	case kindNoise:
		f.Name, f.PayloadType = nameNoise, noiseType
	case kindOpus:
		*f = opusFormat()
		rate = opus.Clock
	case kindEvent:
		f.Name = nameEvent
		f.PayloadType = dynamic(f.PayloadType, defaultEventType)
		f.Fmtp = cmp.Or(f.Fmtp, "0-15")
		if f.ClockRate == opus.Clock {
			rate = opus.Clock
		}
	}
	if f.ClockRate != 0 && f.ClockRate != rate {
		return fmt.Errorf("media: format %s runs at %d, not at %d", f.Name, rate, f.ClockRate)
	}
	f.ClockRate = rate
	return nil
}

func dynamic(pt, standard uint8) uint8 {
	if pt < 96 || pt > 127 {
		return standard
	}
	return pt
}

// opusFormat is a voice on the telephone (RFC 7587 section 6.1): a browser that reads this sends no more than we can use.
func opusFormat() Format {
	return Format{
		Name: nameOpus, ClockRate: opus.Clock, PayloadType: opusType,
		Fmtp: "minptime=10;useinbandfec=1;maxplaybackrate=8000;sprop-maxcapturerate=8000;maxaveragebitrate=20000",
	}
}

// withOpus are Formats with Opus after the others, and with the digits that belong to it.
func withOpus(all []Format) []Format {
	if slices.ContainsFunc(all, func(f Format) bool { return kindOf(f.Name) == kindOpus }) {
		return all
	}
	digits := Format{Name: nameEvent, ClockRate: opus.Clock, PayloadType: opusEventType, Fmtp: "0-15"}
	return append(slices.Clone(all), opusFormat(), digits)
}

// channels is how many a rtpmap names.
func (f *Format) channels() int {
	if kindOf(f.Name) == kindOpus {
		return 2 // always, even of one voice (RFC 7587 section 7)
	}
	return 1
}

// rtpmap is the value of the attribute.
func (f *Format) rtpmap() string {
	text := fmt.Sprintf("%d %s/%d", f.PayloadType, f.Name, f.ClockRate)
	if n := f.channels(); n > 1 {
		text += fmt.Sprintf("/%d", n)
	}
	return text
}

// same says that a mapping in SDP is this Format. A telephone-event at another clock rate belongs to another codec.
func (f *Format) same(m sdp.Map) bool {
	return m.Channels == f.channels() && m.Rate == f.ClockRate && strings.EqualFold(m.Name, f.Name)
}
