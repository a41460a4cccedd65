package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tandem/media/sdp"
)

// What a Refusal says in SIP.
const (
	statusBad           = 400
	statusNotSDP        = 415
	statusNotAcceptable = 488
)

func refuse(status int, warning string) *Refusal { return &Refusal{Status: status, Warning: warning} }

// negotiation is the state of offer and answer (RFC 3264) of one Session. Session.mu guards it.
type negotiation struct {
	id      uint64
	version uint64
	said    string // our last description without its o= line
	formats []Format
	wish    Direction // what we said of our side last
	lines   []line    // the m= lines of the last exchange; none: there was none
	offered *offered
	agreed  *agreement
}

// line is an m= line as it must come back, in its place (RFC 3264 section 8).
type line struct {
	kind, proto string
	formats     []string
	audio       bool // the one that we use
}

// offered is an offer of ours that has no answer yet.
type offered struct {
	wish  Direction
	lines []line
}

// Offer makes an SDP offer (RFC 3264 section 5), the first or a new one; the version in o= rises when it differs from the last.
func (s *Session) Offer(d Direction) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	n := &s.neg
	o := &offered{wish: d, lines: slices.Clone(n.lines)}
	if len(o.lines) == 0 {
		o.lines = []line{{kind: "audio", proto: "RTP/AVP", audio: true}}
	}
	n.offered = o
	return s.describe(o.lines, s.preferred(), d), nil
}

// preferred is our Formats with what was agreed first, so that a new offer changes nothing by itself.
func (s *Session) preferred() []Format {
	all := slices.Clone(s.neg.formats)
	if s.neg.agreed == nil {
		return all
	}
	name := s.neg.agreed.audio.Name
	slices.SortStableFunc(all, func(a, b Format) int {
		switch {
		case a.Name == name && b.Name != name:
			return -1
		case b.Name == name && a.Name != name:
			return 1
		}
		return 0
	})
	return all
}

// Abandon forgets our last Offer, which was refused: the state is as before it.
func (s *Session) Abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.neg.offered = nil
}

// Answer takes the peer's offer and makes our answer (section 6). A *Refusal says why it cannot: the state is as before.
func (s *Session) Answer(offer []byte) ([]byte, error) {
	d, r := read(offer)
	if r != nil {
		return nil, r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	at, lines := pick(d)
	if at < 0 {
		return nil, refuse(statusNotAcceptable, "no audio over RTP/AVP is offered")
	}
	m := &d.Media[at]
	a := new(agreement)
	if r := a.agree(s.neg.formats, m); r != nil {
		return nil, r
	}
	if r := a.locate(s, m); r != nil {
		return nil, r
	}
	ours := answering(s.neg.wish, Direction(m.Direction))
	a.direct(ours, Direction(m.Direction))
	s.neg.lines = lines
	s.settle(a)
	return s.describe(lines, a.formats(), ours), nil
}

// Accept takes the peer's answer to our last Offer. A *Refusal says what is wrong with it: the state is as before.
func (s *Session) Accept(answer []byte) error {
	d, r := read(answer)
	if r != nil {
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.neg.offered
	switch {
	case s.closed:
		return errClosed
	case o == nil:
		return errors.New("media: an answer without an offer")
	case len(d.Media) != len(o.lines):
		return refuse(statusNotAcceptable, "the answer has not as many m= lines as the offer")
	}
	m := &d.Media[slices.IndexFunc(o.lines, func(l line) bool { return l.audio })]
	if m.Kind != "audio" || m.Port == 0 || !speaks(m.Proto) {
		return refuse(statusNotAcceptable, "the answer refuses the audio")
	}
	a := new(agreement)
	if r := a.agree(s.neg.formats, m); r != nil {
		return r
	}
	for _, f := range s.neg.formats { // what we offered may come under our own numbers too
		if a.received[f.PayloadType&0x7F] == kindNone {
			a.received[f.PayloadType&0x7F] = kindOf(f.Name)
		}
	}
	if r := a.locate(s, m); r != nil {
		return r
	}
	a.direct(o.wish, Direction(m.Direction))
	s.neg.wish, s.neg.lines, s.neg.offered = o.wish, o.lines, nil
	s.settle(a)
	return nil
}

// read parses a description and says in SIP's terms what is wrong with it.
func read(b []byte) (*sdp.Description, *Refusal) {
	d, err := sdp.Parse(b)
	switch {
	case errors.Is(err, sdp.ErrNotSDP) && len(b) > 0:
		return nil, refuse(statusNotSDP, "the body is not a session description")
	case errors.Is(err, sdp.ErrTooMuch):
		return nil, refuse(statusNotAcceptable, "the session description is too large")
	case err != nil:
		return nil, refuse(statusBad, err.Error())
	}
	return d, nil
}

func speaks(proto string) bool { return proto == "RTP/AVP" || proto == "RTP/AVPF" }

// pick chooses the first audio line that we can speak, and says how each line is to come back.
func pick(d *sdp.Description) (int, []line) {
	at := -1
	var lines []line
	for i := range d.Media {
		m := &d.Media[i]
		use := at < 0 && m.Kind == "audio" && m.Port != 0 && speaks(m.Proto)
		if use {
			at = i
		}
		lines = append(lines, line{kind: m.Kind, proto: m.Proto, formats: m.Formats[:1], audio: use})
	}
	return at, lines
}

func (d Direction) sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) receives() bool { return d == SendRecv || d == RecvOnly }

func directionOf(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	}
	return Inactive
}

// answering is what we say when we would do wish and the peer does theirs (RFC 3264 section 6.1).
func answering(wish, theirs Direction) Direction {
	return directionOf(wish.sends() && theirs.receives(), wish.receives() && theirs.sends())
}

// direct says who sends. The peer holds us when it does not want what we would send.
func (a *agreement) direct(ours, theirs Direction) {
	a.held = a.held || !theirs.receives()
	a.receives = ours.receives() && theirs.sends()
	a.sends = ours.sends() && theirs.receives() && a.peer.IsValid()
}

// settle puts an agreement in force.
func (s *Session) settle(a *agreement) {
	n := &s.neg
	n.agreed = a
	for i := range n.formats { // a number once bound to a Format stays so (RFC 3264 section 8.3.2)
		if n.formats[i].Name == a.events.Name {
			n.formats[i].PayloadType = a.events.PayloadType
		}
	}
	to := s.rx.expect(a, s.terms(a))
	s.tx.agree(a, to)
	s.listenFor(a)
	s.wake()
}

// describe writes our description.
func (s *Session) describe(lines []line, formats []Format, d Direction) []byte {
	var b strings.Builder
	addr := s.o.Advertise
	fmt.Fprintf(&b, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n", family(addr), addr)
	for _, l := range lines {
		if l.audio {
			audioLines(&b, audioLine{line: l, formats: formats, port: s.port.Local().Port(), direction: d})
			continue
		}
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", l.kind, l.proto, l.formats[0])
	}
	n := &s.neg
	if rest := b.String(); rest != n.said {
		n.said = rest
		n.version++
	}
	return fmt.Appendf(nil, "v=0\r\no=- %d %d IN %s %s\r\n%s", n.id, n.version, family(addr), addr, n.said)
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IP4"
	}
	return "IP6"
}

type audioLine struct {
	line      line
	formats   []Format
	port      uint16
	direction Direction
}

func audioLines(b *strings.Builder, a audioLine) {
	fmt.Fprintf(b, "m=audio %d %s", a.port, a.line.proto)
	for _, f := range a.formats {
		fmt.Fprintf(b, " %d", f.PayloadType)
	}
	b.WriteString("\r\n")
	for _, f := range a.formats {
		fmt.Fprintf(b, "a=rtpmap:%d %s/%d\r\n", f.PayloadType, f.Name, f.ClockRate)
		if f.Fmtp != "" {
			fmt.Fprintf(b, "a=fmtp:%d %s\r\n", f.PayloadType, f.Fmtp)
		}
	}
	fmt.Fprintf(b, "a=ptime:20\r\na=%s\r\na=rtcp:%d\r\n", a.direction, a.port+1)
}

// String is the attribute of RFC 8866 section 6.7.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	case SendRecv:
	}
	return "sendrecv"
}
