package media

import (
	"net/netip"
	"slices"

	"tandem/media/sdp"
)

// agreement is what two sides have agreed on.
type agreement struct {
	peer     netip.AddrPort // not valid: nothing is to be sent
	control  netip.AddrPort // RTCP
	muxed    bool           // RTCP on the RTP port
	sends    bool           // we do
	receives bool           // the peer sends, and we want it
	held     bool           // by the peer
	audio    Format
	events   Format // PayloadType of theirs; Name empty where only one side has it
	received [128]kind
}

// formats lists what was agreed, the codec first.
func (a *agreement) formats() []Format {
	all := []Format{a.audio}
	if a.events.Name != "" {
		all = append(all, a.events)
	}
	return all
}

// agree finds what our Formats and the peer's m= line have in common, in the peer's order (RFC 3264 section 6.1).
func (a *agreement) agree(ours []Format, m *sdp.Media) *Refusal {
	for _, pt := range m.PayloadTypes() {
		x, ok := m.Map(pt)
		i := slices.IndexFunc(ours, func(f Format) bool { return ok && f.same(x) })
		if i < 0 {
			continue
		}
		f := ours[i]
		f.PayloadType = pt
		switch kindOf(f.Name) {
		case kindALaw, kindMuLaw:
			if a.audio.Name == "" {
				a.audio = f
			}
		case kindEvent:
			if a.events.Name == "" {
				a.events = f
			}
		case kindNoise, kindNone:
		}
		a.received[pt&0x7F] = kindOf(f.Name)
	}
	if a.audio.Name == "" {
		return refuse(statusNotAcceptable, "no codec in common")
	}
	if a.received[noiseType] == kindNone {
		a.received[noiseType] = kindNoise
	}
	return nil
}

// locate says where media is to go, and refuses addresses that SDP may not name.
func (a *agreement) locate(s *Session, m *sdp.Media) *Refusal {
	switch {
	case m.Host == "":
		return refuse(statusBad, "no c= line")
	case m.Held():
		a.held = true
		return nil
	case !m.Addr.IsValid():
		return refuse(statusNotAcceptable, "a host name in c= is not supported")
	}
	a.peer = netip.AddrPortFrom(m.Addr, m.Port)
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
	ours := a.Addr() == cfg.Bind || a.Addr() == cfg.Advertise || a.Addr() == s.o.Advertise
	if ours && a.Port() >= cfg.Ports.First && a.Port() <= cfg.Ports.Last {
		return false
	}
	return a.Addr() == s.o.Signalled || !in(cfg.Deny)
}
