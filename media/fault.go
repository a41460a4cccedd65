package media

import (
	"net/netip"
	"time"
)

// How long a party may not be heard before it is told: one who never was, one who was, and one who said that they would be silent (RFC 3389).
const (
	deafNever   = 4 * time.Second
	deafStopped = 10 * time.Second
	deafNoise   = 60 * time.Second
	deafSilence = 20 * time.Second // packets come all the while
	heardAgain  = 1500 * time.Millisecond
)

// String is the word of the timeline and of the metrics.
func (f Fault) String() string {
	switch f {
	case FaultPath:
		return "path"
	case FaultKeys:
		return "keys"
	case FaultElsewhere:
		return "elsewhere"
	case FaultFormat:
		return "format"
	case FaultBroken:
		return "broken"
	case FaultNothing:
		return "nothing"
	case FaultStopped:
		return "stopped"
	case FaultSilence:
		return "silence"
	case FaultNone:
	}
	return "none"
}

// doubts are what came to a leg and was of no use, and why. The receiver's mutex guards them.
type doubts struct {
	strangers uint64 // packets from an address that is not the peer's
	stranger  netip.AddrPort
	alien     uint64 // of a payload type that was not agreed on
	alienType uint8
	broken    uint64 // no RTP
	sealed    uint64 // SRTP whose tag is wrong
	noise     bool   // the last packet was comfort noise
	sound     bool   // something else than silence was heard
}

func (d *doubts) elsewhere(from netip.AddrPort) { d.strangers, d.stranger = d.strangers+1, from }

func (d *doubts) unknown(pt uint8) { d.alien, d.alienType = d.alien+1, pt }

// soundEvery is which packets are looked into for sound, until some is found.
const soundEvery = 7

// listen notes what kind of packet the last one was, and whether there was sound in it.
func (d *doubts) listen(in *arrival, b []byte) {
	d.noise = in.kind == kindNoise
	if d.sound || in.header.Seq&soundEvery != 0 {
		return
	}
	switch in.kind {
	case kindALaw:
		d.sound = audible(in.header.Payload(b), 0x55, 1)
	case kindMuLaw:
		d.sound = audible(in.header.Payload(b), 0xFF, 3)
	case kindOpus, kindG722:
		d.sound = true // what is not decoded here is not judged
	case kindNoise, kindEvent, kindNone:
	}
}

// audible says whether a payload of G.711 goes beyond its lowest steps; mask is what the law turns over of a code.
func audible(payload []byte, mask, step byte) bool {
	for _, c := range payload {
		if (c^mask)&0x7F > step {
			return true
		}
	}
	return false
}

// hearer watches whether a party in a bridge is heard. The upkeep owns it.
type hearer struct {
	since int64 // when listening began; 0: nothing is listened for
	fault Fault
	began int64 // of the fault
	was   doubts
}

// listened is what is known of a peer's audio.
type listened struct {
	packet int64 // when the last one came; 0: never
	doubts doubts
	path   PathState // of a browser
	page   bool      // it is one
}

func (r *receiver) listened() listened {
	r.mu.Lock()
	defer r.mu.Unlock()
	return listened{packet: r.packet, doubts: r.doubt}
}

// watchAudio tells when a party who should be heard is not, why, and when they are again.
func (s *Session) watchAudio(now int64) {
	h := &s.care.ears
	s.mu.Lock()
	a := s.neg.agreed
	expected := !s.closed && a != nil && a.receives && !a.held
	s.mu.Unlock()
	if !expected || s.peer.Load() == nil {
		*h = hearer{}
		return
	}
	l := s.rx.listened()
	l.page, l.path = s.leg != nil, PathState(s.care.path.Load())
	if e, changed := h.look(&l, now); changed == isNews {
		e.Leg = s.o.Ref
		s.post(e)
	}
}

// news says whether something is to be told.
type news bool

const isNews news = true

// look takes one look at a party who should be heard.
func (h *hearer) look(l *listened, now int64) (AudioChanged, news) {
	if h.since == 0 {
		*h = hearer{since: now, was: l.doubts}
		return AudioChanged{}, false
	}
	found := h.diagnose(l, now)
	if (found == FaultNone) == (h.fault == FaultNone) {
		return AudioChanged{}, false // One reason is enough.
	}
	h.fault = found
	if found == FaultNone {
		return AudioChanged{For: time.Duration(now - h.began)}, isNews
	}
	h.began = max(h.since, l.packet)
	if found == FaultSilence {
		h.began = h.since
	}
	e := AudioChanged{Fault: found, For: time.Duration(now - h.began)}
	if found == FaultElsewhere {
		e.From = l.doubts.stranger
	}
	if found == FaultFormat {
		e.PayloadType = l.doubts.alienType
	}
	return e, isNews
}

// diagnose says why nothing is heard of the peer; FaultNone: something is, or it is too early to tell.
func (h *hearer) diagnose(l *listened, now int64) Fault {
	quiet, fresh := time.Duration(now-max(h.since, l.packet)), l.packet > h.since
	mute := fresh && !l.doubts.sound && !l.doubts.noise
	patience := deafNever
	switch {
	case fresh && l.doubts.noise:
		patience = deafNoise
	case fresh:
		patience = deafStopped
	}
	switch {
	case h.fault == FaultSilence && mute, h.fault != FaultNone && quiet >= heardAgain:
		return h.fault
	case quiet >= patience:
		return h.reason(l)
	case mute && time.Duration(now-h.since) >= deafSilence:
		return FaultSilence
	}
	return FaultNone
}

// reason is what came instead of audio.
func (h *hearer) reason(l *listened) Fault {
	switch d, was := &l.doubts, &h.was; {
	case l.page && l.path != PathUp:
		return FaultPath
	case d.sealed > was.sealed:
		return FaultKeys
	case d.strangers > was.strangers:
		return FaultElsewhere
	case d.alien > was.alien:
		return FaultFormat
	case d.broken > was.broken:
		return FaultBroken
	case l.packet > h.since:
		return FaultStopped
	}
	return FaultNothing
}
