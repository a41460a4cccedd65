package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tandem/media/sdp"
	"tandem/media/srtp"
	"tandem/media/webrtc"
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
	spares  []Format  // taken, and not offered
	wish    Direction // what we said of our side last
	lines   []line    // the m= lines of the last exchange; none: there was none
	offered *offered
	agreed  *agreement
	asks    bool // for metrics of the peer
}

// line is an m= line as it must come back, in its place (RFC 3264 section 8).
type line struct {
	kind, proto string
	formats     []string
	mid         string
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
		o.lines = []line{s.firstLine()}
	}
	revive(o.lines)
	n.offered = o
	return s.describe(description{lines: o.lines, formats: s.preferred(), direction: d, offers: true, cryptos: s.offers()}), nil
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
	at, lines := s.pick(d)
	if at < 0 && s.removes(d) {
		return s.park(lines), nil
	}
	if at < 0 {
		return nil, refuse(statusNotAcceptable, "no audio over "+s.protocol()+" is offered")
	}
	m := &d.Media[at]
	a, r := s.common(m)
	if r != nil {
		return nil, r
	}
	if r = a.locate(s, m); r != nil {
		return nil, r
	}
	if a.keys, r = s.unlock(m); r != nil {
		return nil, r
	}
	if err := s.begin(a, webrtc.InOffer); err != nil {
		return nil, err
	}
	ours := answering(s.neg.wish, Direction(m.Direction))
	a.direct(ours, Direction(m.Direction))
	s.neg.lines = lines
	s.settle(a)
	return s.describe(description{lines: lines, formats: a.formats(), direction: ours, cryptos: a.keys.lines()}), nil
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
	if m.Kind != "audio" || m.Port == 0 || !s.speaks(m.Proto) {
		return refuse(statusNotAcceptable, "the answer refuses the audio")
	}
	a := new(agreement)
	r = a.agree(s.neg.formats, m, orderOurs) // whatever it lists it takes: best what the other party talks
	if r != nil {
		return r
	}
	for _, f := range s.neg.formats { // what we offered may come under our own numbers too
		if a.received[f.PayloadType&0x7F] == kindNone {
			a.received[f.PayloadType&0x7F] = kindOf(f.Name)
		}
	}
	if r = a.locate(s, m); r != nil {
		return r
	}
	if a.keys, r = s.accept(m); r != nil {
		return r
	}
	if err := s.begin(a, webrtc.InAnswer); err != nil {
		return err
	}
	a.direct(o.wish, Direction(m.Direction))
	s.neg.wish, s.neg.lines, s.neg.offered = o.wish, o.lines, nil
	s.settle(a)
	return nil
}

// common finds what we have in common with an offer. What is taken without being offered is a Format of ours from then on.
func (s *Session) common(m *sdp.Media) (*agreement, *Refusal) {
	a := new(agreement)
	r := a.agree(s.neg.formats, m, s.order())
	if r == nil {
		return a, nil
	}
	for _, f := range s.neg.spares {
		all := append([]Format{f}, s.neg.formats...)
		if a = new(agreement); a.agree(all, m, s.order()) == nil {
			s.neg.formats = all
			return a, nil
		}
	}
	return nil, r
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

// pick chooses the first audio line that we can speak, and says how each line is to come back.
func (s *Session) pick(d *sdp.Description) (int, []line) {
	at := -1
	var lines []line
	for i := range d.Media {
		m := &d.Media[i]
		use := at < 0 && m.Kind == "audio" && m.Port != 0 && s.speaks(m.Proto) && s.unlocks(m)
		if use {
			at = i
		}
		lines = append(lines, line{kind: m.Kind, proto: m.Proto, formats: m.Formats[:1], mid: m.Mid, audio: use})
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
		for _, f := range a.formats() {
			if n.formats[i].Name == f.Name && n.formats[i].ClockRate == f.ClockRate {
				n.formats[i].PayloadType = f.PayloadType
			}
		}
	}
	to := s.rx.expect(a, s.terms(a))
	s.tx.agree(a, to)
	s.listenFor(a)
	s.wake()
}

// description is what is to be written.
type description struct {
	lines     []line
	formats   []Format
	direction Direction
	offers    bool
	cryptos   []srtp.Crypto
}

// describe writes our description.
func (s *Session) describe(d description) []byte {
	var b strings.Builder
	addr := s.o.Advertise
	fmt.Fprintf(&b, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n", family(addr), addr)
	s.bundle(&b, d.lines)
	for _, l := range d.lines {
		if l.audio {
			audioLines(&b, audioLine{line: l, formats: d.formats, port: s.port.Local().Port(), direction: d.direction, ptime: s.ptime()})
			s.metricsLine(&b, d)
			for _, c := range d.cryptos {
				fmt.Fprintf(&b, "a=crypto:%s\r\n", c.Line())
			}
			s.pathLines(&b, d)
			continue
		}
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", l.kind, l.proto, l.formats[0])
		if l.mid != "" {
			fmt.Fprintf(&b, "a=mid:%s\r\n", l.mid)
		}
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
	ptime     int
}

func audioLines(b *strings.Builder, a audioLine) {
	fmt.Fprintf(b, "m=audio %d %s", a.port, a.line.proto)
	for _, f := range a.formats {
		fmt.Fprintf(b, " %d", f.PayloadType)
	}
	b.WriteString("\r\n")
	for _, f := range a.formats {
		fmt.Fprintf(b, "a=rtpmap:%s\r\n", f.rtpmap())
		if f.Fmtp != "" {
			fmt.Fprintf(b, "a=fmtp:%d %s\r\n", f.PayloadType, f.Fmtp)
		}
	}
	fmt.Fprintf(b, "a=ptime:%d\r\na=%s\r\n", a.ptime, a.direction)
	if a.line.proto == protoBrowser {
		fmt.Fprintf(b, "a=mid:%s\r\na=rtcp-mux\r\n", a.line.mid)
		return
	}
	fmt.Fprintf(b, "a=rtcp:%d\r\n", a.port+1)
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
