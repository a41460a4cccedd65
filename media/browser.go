package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tandem/media/sdp"
	"tandem/media/transport"
	"tandem/media/webrtc"
)

// protoBrowser is the protocol of the m= lines of browsers (RFC 8834, RFC 5764 section 8).
const protoBrowser = "UDP/TLS/RTP/SAVPF"

// firstMid is the name of the m= line in an offer of ours.
const firstMid = "0"

// ErrNoDoor says that a Session of Kind Browser was asked for, and Config.Browser opens no port.
var ErrNoDoor = errors.New("media: no port for browsers is open")

// openDoor opens the port of browsers, where one is wanted.
func (e *Engine) openDoor() error {
	c := e.cfg.Browser
	if !c.Listen.IsValid() {
		return nil
	}
	tell := slices.Clone(c.Advertise)
	if len(tell) == 0 {
		tell = []netip.Addr{e.cfg.Advertise}
	}
	door, err := webrtc.Listen(webrtc.Config{
		Listen: c.Listen, TCP: webrtc.TCP(c.TCP), Advertise: tell, Now: e.now, Log: e.cfg.Log, Deny: e.denies,
	})
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	e.door = door
	return nil
}

// denies says that nothing is sent to an address because SDP names it.
func (e *Engine) denies(a netip.Addr) bool {
	return slices.ContainsFunc(e.cfg.Deny, func(p netip.Prefix) bool { return p.Contains(a) })
}

// BrowserPort is the port that browsers come by; not valid: none is open.
func (e *Engine) BrowserPort() netip.AddrPort {
	if e.door == nil {
		return netip.AddrPort{}
	}
	return e.door.Addr()
}

// openPort gives a new Session its way to the outside.
func (e *Engine) openPort(s *Session, plain transport.Transport) (transport.Port, error) {
	if s.o.Kind == Plain {
		return plain.Open(s, s.o.Key)
	}
	if e.door == nil {
		return nil, ErrNoDoor
	}
	leg, err := e.door.Open(s)
	if err != nil {
		return nil, err
	}
	s.leg = leg
	return leg, nil
}

func (e *Engine) countDoor(st *EngineStats) {
	if e.door == nil {
		return
	}
	d := e.door.Stats()
	st.Browsers, st.Refused = d.Legs, st.Refused+d.Refused
}

// protocol is what the m= line of the leg must say.
func (s *Session) protocol() string {
	if s.o.Kind == Browser {
		return protoBrowser
	}
	if s.o.SRTP == SRTPRequired {
		return protoSealed
	}
	return protoPlain
}

func (s *Session) speaks(proto string) bool {
	if s.o.Kind == Browser {
		return proto == protoBrowser
	}
	return s.takesProto(proto)
}

// firstLine is the m= line of a first offer.
func (s *Session) firstLine() line {
	l := line{kind: "audio", proto: s.protocol(), audio: true}
	if s.o.Kind == Browser {
		l.mid = firstMid
	}
	return l
}

// order says whose order of codecs counts. A browser puts Opus first, whoever it calls; we know what is at the other end,
// and whoever gives a list of codecs means its order.
func (s *Session) order() order {
	if s.o.Kind == Browser || len(s.o.Codecs) > 0 {
		return orderOurs
	}
	return orderTheirs
}

// order says whose preference decides.
type order int

const (
	orderTheirs order = iota
	orderOurs
)

// meet reads how a browser is reached and who it is. What it says of addresses in c= and m= means nothing (RFC 8839 section 4.2).
func (a *agreement) meet(l *webrtc.Leg, m *sdp.Media) *Refusal {
	t := &webrtc.Terms{
		Ufrag: m.Ufrag, Pwd: m.Pwd, Fingerprints: m.Fingerprints,
		Setup: webrtc.ParseSetup(m.Setup), Candidates: m.Candidates,
	}
	if !m.RTCPMux {
		return refuse(statusNotAcceptable, "RTCP on a port of its own is not supported: a=rtcp-mux is missing")
	}
	if err := l.Fits(t); err != nil {
		return refuse(statusNotAcceptable, strings.TrimPrefix(err.Error(), "webrtc: "))
	}
	a.path, a.peer, a.control = t, webrtc.Peer(), webrtc.Peer()
	return nil
}

// begin tells the leg of a browser where its peer is, and puts the keys of another in force.
func (s *Session) begin(a *agreement, o webrtc.Offer) error {
	if s.leg == nil {
		return s.lock(a.keys)
	}
	if err := s.leg.Begin(*a.path, o); err != nil {
		return fmt.Errorf("media: %w", err)
	}
	return nil
}

// bundle says that the audio is all there is (RFC 9143).
func (s *Session) bundle(b *strings.Builder, lines []line) {
	if s.leg == nil {
		return
	}
	for _, l := range lines {
		if l.audio && l.mid != "" {
			fmt.Fprintf(b, "a=group:BUNDLE %s\r\n", l.mid)
		}
	}
}

// pathLines say how we are reached, and who we are.
func (s *Session) pathLines(b *strings.Builder, d description) {
	if s.leg == nil {
		return
	}
	t := s.leg.Terms()
	if d.offers {
		t.Setup = webrtc.SetupActPass
	}
	fmt.Fprintf(b, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=setup:%s\r\na=msid:tandem voice\r\n", t.Ufrag, t.Pwd, t.Setup)
	fmt.Fprintf(b, "a=ssrc:%d cname:%s\r\n", s.tx.ssrc(), s.cname())
	for _, f := range t.Fingerprints {
		fmt.Fprintf(b, "a=fingerprint:%s\r\n", f)
	}
	for _, c := range t.Candidates {
		fmt.Fprintf(b, "a=candidate:%s\r\n", c)
	}
	b.WriteString("a=end-of-candidates\r\n")
}

// PathChanged takes how the way to a browser stands. It is the leg's door, for nobody else.
func (s *Session) PathChanged(st webrtc.State, why error) {
	var told PathState
	switch st {
	case webrtc.StateUp:
		told = PathUp
		s.mu.Lock()
		s.ready = true
		s.wake()
		s.mu.Unlock()
	case webrtc.StateUncertain:
		told = PathUncertain
	case webrtc.StateLost:
		told = PathLost
	case webrtc.StateNew:
		return
	}
	s.care.path.Store(int32(told))
	s.post(PathChanged{Leg: s.o.Ref, State: told, Err: why})
}

// consent is when a browser last showed that it is there; 0: never, or it is no browser.
func (s *Session) consent() int64 {
	if s.leg == nil {
		return 0
	}
	return s.leg.Heard()
}

// fillLeg counts what only the leg knows.
func (s *Session) fillLeg(st *Stats) {
	if s.leg == nil {
		return
	}
	st.Refused += s.leg.Refused()
	if at := s.leg.Heard(); at != 0 && s.e.time(at).After(st.LastPacket) {
		st.LastPacket = s.e.time(at) // consent is life: a page that is muted may send nothing
	}
}
