package overip

import (
	"log/slog"
	"slices"
	"strings"

	"tandem/messaging"
	"tandem/mobilecore/ims"
	"tandem/mobilecore/sms"
	"tandem/sip"
)

// contentType is of a body with an RP message (TS 24.341 section 5.3.1.2).
const contentType = "application/vnd.3gpp.sms"

// kind is what a MESSAGE is.
type kind int

const (
	foreign  kind = iota // none of ours to decide: it goes on as it came
	urgent               // somebody writes to an emergency number
	written              // a handset of ours sends a message
	coming               // the network sends one to a handset of ours
	told                 // the network says what became of one
	roomy                // a handset of ours has room again
	reported             // a handset or the centre answers a message
)

// heard is a MESSAGE as it was read.
type heard struct {
	kind   kind
	note   *sip.Note
	answer Answer
	line   *messaging.Line // of the handset; nil: none of ours
	rp     sms.RP
	unit   sms.TPDU
}

// read finds out what a MESSAGE is. What cannot be understood is the next one's to refuse, so that nothing is lost here that somebody else knows.
func (l *Link) read(n *sip.Note, a Answer) *heard {
	h := &heard{note: n, answer: a}
	if n.Returned || n.Body == nil || n.Body.Type != contentType {
		return h
	}
	rp, err := sms.ParseRP(n.Body.Bytes)
	if err == nil && rp.Kind == sms.RPData {
		h.unit, err = rp.TPDU()
	}
	if err != nil {
		l.oddity(n, err)
		return h
	}
	h.rp, h.line = rp, l.line(served(n, rp.Way))
	switch rp.Kind {
	case sms.RPData:
		h.kind = l.kindOf(h)
	case sms.RPAck, sms.RPError:
		h.kind = reported
	case sms.RPMemory:
		h.kind = roomy
	}
	if h.line == nil && h.kind != urgent && h.kind != reported {
		h.kind = foreign
	}
	return h
}

// kindOf tells what carries a message from the rest. Emergencies come before every other question.
func (l *Link) kindOf(h *heard) kind {
	switch u := h.unit.(type) {
	case *sms.Submit:
		if l.cfg.Emergency(messaging.Address(u.To.String()), l.country(h.line)) {
			return urgent
		}
		return written
	case *sms.Deliver:
		return coming
	case *sms.StatusReport:
		return told
	case *sms.SubmitReport, *sms.DeliverReport, *sms.Command:
	}
	return foreign
}

// served is whom the core asks us to serve. A core that does not say means who sends, or who is sent to, by the way of the message.
func served(n *sip.Note, w sms.Way) string {
	direction := ims.ToUser
	if w == sms.ToCentre {
		direction = ims.FromUser
	}
	who, said := ims.ServedUser(n.Head, n.OwnRoute)
	switch {
	case said && who.Case.Direction() != direction:
		return "" // it contradicts itself
	case said && who.Number != "":
		return who.Number
	case direction == ims.ToUser:
		return n.RequestURI.User
	}
	for _, p := range n.Asserted {
		if p.User != "" {
			return p.User
		}
	}
	return n.From.User
}

// line finds the number of ours whose handset is meant; nil: none that this core may speak for.
func (l *Link) line(who string) *messaging.Line {
	if who == "" {
		return nil
	}
	s := l.cfg.Directory.Post()
	line := s.Lines[l.cfg.Normal(messaging.Address(who), l.cfg.Country)]
	if line == nil {
		line = s.IMSIs[who]
	}
	if line == nil || line.Native == nil || !slices.Contains(line.Native.Ways, l.cfg.Connector) {
		return nil
	}
	return line
}

// country is how numbers are read that a handset writes to.
func (l *Link) country(line *messaging.Line) string {
	if line != nil && line.Country != "" {
		return line.Country
	}
	return l.cfg.Country
}

// oddity logs the first MESSAGE that cannot be read.
func (l *Link) oddity(n *sip.Note, err error) {
	l.mu.Lock()
	first := !l.odd
	l.odd = true
	l.mu.Unlock()
	if first {
		l.log.Warn("a message over ip cannot be read and goes on as it came", slog.String("trunk", string(n.Trunk)), slog.String("peer", n.Source.String()), slog.Any("err", err))
	}
}

// callID is the Call-ID of a MESSAGE.
func callID(n *sip.Note) string {
	id, _, _ := strings.Cut(n.Reference, " ")
	return id
}
