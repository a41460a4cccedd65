package media

import (
	"cmp"
	"net/netip"
	"slices"

	"tandem/media/rtp"
	"tandem/media/sdp"
	"tandem/media/webrtc"
)

// agreement is what two sides have agreed on.
type agreement struct {
	peer     netip.AddrPort // not valid: nothing is to be sent
	control  netip.AddrPort // RTCP
	muxed    bool           // RTCP on the RTP port
	sends    bool           // we do
	receives bool           // the peer sends, and we want it
	held     bool           // by the peer
	metrics  bool           // the peer wants to know how it sounds
	audio    Format
	events   Format // PayloadType of theirs; Name empty where only one side has it
	received [128]kind
	noise    bool          // comfort noise may be sent
	frame    uint32        // how much a packet of ours holds, in ticks of 8,000 a second
	path     *webrtc.Terms // of a browser
	keys     keys
}

// formats lists what was agreed, the codec first.
func (a *agreement) formats() []Format {
	all := []Format{a.audio}
	if a.events.Name != "" {
		all = append(all, a.events)
	}
	if a.noise {
		all = append(all, Format{Name: nameNoise, ClockRate: rtp.Rate, PayloadType: noiseType})
	}
	return all
}

// agree finds what our Formats and the peer's m= line have in common, in the peer's order (RFC 3264 section 6.1) or in ours.
func (a *agreement) agree(ours []Format, m *sdp.Media, by order) *Refusal {
	common := inCommon(ours, m)
	if by == orderOurs {
		rank := func(f Format) int {
			return slices.IndexFunc(ours, func(o Format) bool { return o.Name == f.Name && o.ClockRate == f.ClockRate })
		}
		slices.SortStableFunc(common, func(x, y Format) int { return rank(x) - rank(y) })
	}
	for _, f := range common {
		if a.audio.Name == "" && kindOf(f.Name).isAudio() {
			a.audio = f
		}
		a.received[f.PayloadType&0x7F] = kindOf(f.Name)
	}
	for _, f := range common { // digits go by the clock of the voice (RFC 4733 section 2.1)
		if a.events.Name == "" && kindOf(f.Name) == kindEvent && f.ClockRate == a.audio.ClockRate {
			a.events = f
		}
	}
	if a.audio.Name == "" {
		return refuse(statusNotAcceptable, "no codec in common")
	}
	a.noise = a.received[noiseType] == kindNoise && a.audio.ClockRate == rtp.Rate
	if a.received[noiseType] == kindNone { // some phones send it unasked
		a.received[noiseType] = kindNoise
	}
	a.frame = frameOf(m, a.audio)
	return nil
}

// ptime is what we ask for.
func (s *Session) ptime() int {
	if p := s.o.Ptime; p == 10 || p == 30 || p == 40 || p == frameMost {
		return p
	}
	return frameDefault
}

// frameOf is how much a packet holds, by what the peer wants (RFC 8866 section 6.4): whole tens of milliseconds, and 20 where it does not say.
func frameOf(m *sdp.Media, f Format) uint32 {
	ms := cmp.Or(m.Ptime, frameDefault)
	if m.MaxPtime > 0 {
		ms = min(ms, m.MaxPtime)
	}
	if ms = min(max(ms/10*10, 10), frameMost); ms == 50 || kindOf(f.Name) == kindOpus {
		ms = frameDefault
	}
	return uint32(ms * rtp.Rate / 1000)
}

// How long packets are, in milliseconds.
const (
	frameDefault = 20
	frameMost    = 60
)

// inCommon lists our Formats that the peer has too, under its numbers and in its order.
func inCommon(ours []Format, m *sdp.Media) []Format {
	var all []Format
	for _, pt := range m.PayloadTypes() {
		x, ok := m.Map(pt)
		i := slices.IndexFunc(ours, func(f Format) bool { return ok && f.same(x) })
		if i < 0 {
			continue
		}
		f := ours[i]
		f.PayloadType = pt
		all = append(all, f)
	}
	return all
}

// locate says where media is to go, and refuses addresses that SDP may not name.
func (a *agreement) locate(s *Session, m *sdp.Media) *Refusal {
	a.metrics = m.Metrics
	switch {
	case s.leg != nil:
		return a.meet(s.leg, m)
	case m.Host == "":
		return refuse(statusBad, "no c= line")
	case m.Held():
		a.held = true
		return nil
	case !m.Addr.IsValid():
		return refuse(statusNotAcceptable, "a host name in c= is not supported")
	}
	a.peer = netip.AddrPortFrom(m.Addr, m.Port)
	if !s.reaches(m.Addr) {
		return refuse(statusNotAcceptable, "media cannot go to the address in c=: it is of the other version of IP")
	}
	if !s.mayName(a.peer) {
		return refuse(statusNotAcceptable, "media may not go to the address in c=")
	}
	port := m.RTCPPort
	if port == 0 {
		port = m.Port + 1
	}
	a.control = netip.AddrPortFrom(m.Addr, port)
	a.muxed = m.RTCPMux
	return nil
}

// mayName says whether the peer's SDP may have us send to an address: not where Config.Deny says, and not to our own ports, unless the
// leg's list allows it. The address that the peer signals from is its own: it may always be named.
func (s *Session) mayName(a netip.AddrPort) bool {
	in := func(list []netip.Prefix) bool {
		return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a.Addr()) })
	}
	if in(s.o.Allow) {
		return a.Port() != 0
	}
	cfg := &s.e.cfg
	ours := a.Addr() == cfg.Bind || a.Addr() == cfg.Advertise || a.Addr() == cfg.Six || a.Addr() == s.o.Advertise
	if ours && a.Port() >= cfg.Ports.First && a.Port() <= cfg.Ports.Last {
		return false
	}
	return a.Addr() == s.o.Signalled || !in(cfg.Deny)
}
