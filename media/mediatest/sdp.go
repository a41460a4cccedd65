package mediatest

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Sketch changes what Peer.SDP says. The zero value is an offer of both laws and telephone-event.
type Sketch struct {
	Addr      netip.AddrPort // instead of the peer's own
	Laws      []Law          // instead of its own law and then the other
	Event     int            // payload type of telephone-event; 0: 101; -1: none
	Direction string         // "sendrecv"
	Version   int            // of o=
	Extra     string         // lines at the end
}

// SDP is the peer's description, to offer or to answer with.
func (p *Peer) SDP(s Sketch) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	addr := p.local
	if s.Addr.IsValid() {
		addr = s.Addr
	}
	laws := s.Laws
	if laws == nil {
		laws = []Law{p.law, ALaw + MuLaw - p.law}
	}
	ev := s.Event
	if ev == 0 {
		ev = eventType
	}
	var types, maps strings.Builder
	for _, l := range laws {
		fmt.Fprintf(&types, " %d", l)
		name := "PCMA"
		if l == MuLaw {
			name = "PCMU"
		}
		fmt.Fprintf(&maps, "a=rtpmap:%d %s/8000\r\n", l, name)
	}
	p.event = 0
	if ev > 0 {
		p.event = uint8(ev & 0x7F)
		fmt.Fprintf(&types, " %d", ev)
		fmt.Fprintf(&maps, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", ev, ev)
	}
	family := "IP4"
	if addr.Addr().Is6() {
		family = "IP6"
	}
	if s.Direction == "" {
		s.Direction = "sendrecv"
	}
	return fmt.Appendf(nil, "v=0\r\no=peer %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP%s\r\n%sa=ptime:20\r\na=%s\r\n%s",
		p.ssrc, s.Version, family, addr.Addr(), family, addr.Addr(), addr.Port(), &types, &maps, s.Direction, s.Extra)
}

// Take reads the other side's description: where to send, in which law, and digits under which payload type.
func (p *Peer) Take(sdp []byte) error {
	var host netip.Addr
	var port uint64
	var types []string
	events := map[string]bool{}
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimSpace(line)
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=") && len(f) == 3:
			host, _ = netip.ParseAddr(f[2])
		case strings.HasPrefix(line, "m=audio") && len(f) > 3:
			port, _ = strconv.ParseUint(f[1], 10, 16)
			types = f[3:]
		case strings.HasPrefix(line, "a=rtpmap:") && len(f) == 2 && strings.HasPrefix(f[1], "telephone-event/8000"):
			events[strings.TrimPrefix(f[0], "a=rtpmap:")] = true
		}
	}
	if !host.IsValid() || port == 0 || len(types) == 0 {
		return errors.New("no address for audio in the description")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = netip.AddrPortFrom(host, uint16(port&0xFFFF))
	p.event = 0
	law := false
	for _, t := range types {
		n, err := strconv.ParseUint(t, 10, 7)
		switch {
		case err != nil:
		case events[t]:
			p.event = uint8(n)
		case !law && (Law(n) == ALaw || Law(n) == MuLaw):
			p.law, law = Law(n), true
		}
	}
	if !law {
		return errors.New("neither PCMA nor PCMU in the description")
	}
	return nil
}

// To is where it sends.
func (p *Peer) To() netip.AddrPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.to
}
