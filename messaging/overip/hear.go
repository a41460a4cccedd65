package overip

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/sms"
	"tandem/sip"
)

// Message takes a MESSAGE of the core. It never blocks.
func (l *Link) Message(n *sip.Note) { l.Hear(n, n) }

// Hear takes a MESSAGE of the core that is answered by a. It never blocks.
func (l *Link) Hear(n *sip.Note, a Answer) {
	h := l.read(n, a)
	switch h.kind {
	case foreign:
		a.Pass()
		return
	case urgent:
		a.Pass() // before anything that could fail or take time
		if h.line == nil {
			return
		}
	case reported:
		l.reported(h)
		return
	case roomy:
		a.Pass() // the network's own centre may wait for it too
		l.cfg.Desk.Reachable(h.line.E164)
		return
	case written, coming, told:
	}
	l.mu.Lock()
	running := l.running
	l.mu.Unlock()
	if !running {
		a.Pass()
		return
	}
	select {
	case l.waiting <- h:
	default:
		l.log.Warn("too many messages wait to be kept", slog.String("trunk", string(n.Trunk)))
		a.Refuse(503, "too many messages wait") // The core goes on without us (TS 29.228 annex B, DefaultHandling). Of an emergency this comes too late, and does nothing.
	}
}

// work keeps one, and lets it go on or answers it.
func (l *Link) work(ctx context.Context, h *heard) {
	switch {
	case h.kind == told:
		l.keepStatus(ctx, h)
	case h.kind == coming:
		l.keepAndPass(ctx, h, l.arrivalTo(h))
	case h.kind == written && l.takes(h):
		l.takeOver(ctx, h)
	default: // written, and urgent, which has gone on already
		l.keepAndPass(ctx, h, l.arrivalFrom(h, messaging.ChannelNetwork))
	}
}

// takes says whether a message of a handset is ours to carry: there is another way than this core, or its addressee is ours. What is no text, and what the
// operator delivers itself, is the core's.
func (l *Link) takes(h *heard) bool {
	u, is := h.unit.(*sms.Submit)
	if !is || h.line.Path == messaging.PathCopy || classOf(u.PID, u.Data) != messaging.ClassOrdinary {
		return false
	}
	s := l.cfg.Directory.Post()
	if to := l.cfg.Normal(messaging.Address(u.To.String()), l.country(h.line)); s.Lines[to] != nil {
		return true
	}
	by := s.Connectors[h.line.Route]
	return by != nil && by.Kind != messaging.KindIMS
}

// keepAndPass keeps what goes on as it came. When it cannot be kept it goes on all the same: nobody loses a message because our records are away.
func (l *Link) keepAndPass(ctx context.Context, h *heard, a messaging.Arrival) {
	limited, cancel := context.WithTimeout(ctx, l.cfg.Keeping)
	defer cancel()
	if _, err := l.cfg.Desk.Take(limited, a); err != nil {
		l.log.Warn("a message over ip goes on without being kept", slog.String("trunk", string(h.note.Trunk)), slog.Any("err", err))
	}
	h.answer.Pass()
}

// takeOver keeps a message of a handset, and answers as its centre: 202, and an RP message in a MESSAGE of its own (TS 24.341 section 5.3.3.3).
func (l *Link) takeOver(ctx context.Context, h *heard) {
	limited, cancel := context.WithTimeout(ctx, longestKeeping)
	defer cancel()
	_, err := l.cfg.Desk.Take(limited, l.arrivalFrom(h, ""))
	refusal, refused := errors.AsType[*messaging.Refusal](err)
	switch {
	case err == nil:
		h.answer.Accept(202)
		l.answerHandset(h, ack(time.Now()))
	case refused:
		h.answer.Accept(202)
		l.answerHandset(h, refuse(refusal, time.Now()))
	default:
		l.log.Warn("a message over ip could not be kept", slog.String("trunk", string(h.note.Trunk)), slog.Any("err", err))
		h.answer.Refuse(503, "the message could not be kept") // it goes on without us, or the handset tries again
	}
}

// keepStatus keeps what the centre says became of a message, and lets the handset know too: it may be about one that was written there.
func (l *Link) keepStatus(ctx context.Context, h *heard) {
	if r, is := h.unit.(*sms.StatusReport); is && !r.Command {
		limited, cancel := context.WithTimeout(ctx, l.cfg.Keeping)
		defer cancel()
		if err := l.cfg.Desk.Receipt(limited, l.receipt(h.line, r)); err != nil {
			l.log.Warn("a receipt was not kept", slog.String("trunk", string(h.note.Trunk)), slog.Any("err", err))
		}
	}
	h.answer.Pass()
}

// arrivalFrom is what a handset wrote.
func (l *Link) arrivalFrom(h *heard, passes messaging.Channel) messaging.Arrival {
	a := l.arrival(passes)
	a.From, a.FromIMSI = h.line.E164, h.line.Native.IMSI
	if u, is := h.unit.(*sms.Submit); is {
		a.To, a.Body = messaging.Address(u.To.String()), bodyOf(u.PID, u.Data, h)
		const noRepeats = 1 << 2 // a handset that tries again sets it (TS 23.040 section 9.2.3.25)
		a.Reference = "mr:" + strconv.Itoa(int(u.Reference)) + ":" + digest(h.rp.Unit, noRepeats)
	}
	return a
}

// arrivalTo is what the network brought a handset.
func (l *Link) arrivalTo(h *heard) messaging.Arrival {
	a := l.arrival(messaging.ChannelNative)
	a.To = h.line.E164
	if d, is := h.unit.(*sms.Deliver); is {
		a.From, a.Body = messaging.Address(d.From.String()), bodyOf(d.PID, d.Data, h)
		const more = 1 << 2 // whether others wait changes between two tries
		a.Reference = "scts:" + digest(h.rp.Unit, more)
	}
	return a
}

func (l *Link) arrival(passes messaging.Channel) messaging.Arrival {
	return messaging.Arrival{Connector: l.cfg.Connector, Bind: l.bind, At: time.Now(), Passes: passes}
}

// digest names a unit but for bits of its first octet: another message in the same second, or with the same reference, is another.
func digest(unit []byte, but byte) string {
	const enough = 12
	h := sha256.New()
	_, _ = h.Write([]byte{unit[0] &^ but})
	_, _ = h.Write(unit[1:])
	return hex.EncodeToString(h.Sum(nil)[:enough])
}

// bodyOf is user data as the office takes it.
func bodyOf(pid byte, u sms.UserData, h *heard) messaging.Body {
	b := messaging.Body{Coding: messaging.Coding(u.Scheme().Coding), Octets: u.Octets, Class: classOf(pid, u), Raw: h.note.Body.Bytes, Kind: "rp"}
	if c, is := u.Header.Concat(); is {
		b.Part = messaging.Segment{Reference: int(c.Reference), Total: c.Total, Number: c.Number}
	}
	return b
}

// classOf tells what people read from what only a telephone or its card does.
func classOf(pid byte, u sms.UserData) messaging.Class {
	_, ports := u.Header.Ports()
	s := u.Scheme()
	switch {
	case pid == sms.PIDSilent:
		return messaging.ClassSilent
	case pid == sms.PIDSIMDownload || s.Class == sms.ClassSIM:
		return messaging.ClassSIM
	case s.Class == sms.ClassFlash:
		return messaging.ClassFlash
	case ports || s.Coding == sms.Binary:
		return messaging.ClassData
	}
	return messaging.ClassOrdinary
}

// receipt is what a status report says. The message is named as Carry names what it sent.
func (l *Link) receipt(line *messaging.Line, r *sms.StatusReport) messaging.Receipt {
	to := l.cfg.Normal(messaging.Address(r.To.String()), l.country(line))
	out := messaging.Receipt{
		Connector: l.cfg.Connector, From: to, To: line.E164, At: time.Now(), State: messaging.StateSent,
		IDs: []string{nameOf(line.E164, to, r.Reference, r.At), nameOf(line.E164, to, r.Reference, time.Time{})},
	}
	switch r.Status.Outcome() {
	case sms.Delivered:
		out.State = messaging.StateDelivered
	case sms.Failed:
		out.State, out.Reason = messaging.StateFailed, messaging.ReasonUndeliverable
		if r.Status == sms.StatusExpired {
			out.Reason = messaging.ReasonExpired
		}
	case sms.Trying:
	}
	return out
}

// nameOf names a segment that the centre took: by its parties, its reference and when it was taken (TS 23.040 section 9.2.3.11); the zero time: the centre did not say.
func nameOf(from, to messaging.Address, reference byte, at time.Time) string {
	parts := []string{strings.TrimPrefix(string(from), "+"), strings.TrimPrefix(string(to), "+"), strconv.Itoa(int(reference))}
	if !at.IsZero() {
		parts = append(parts, strconv.FormatInt(at.Unix(), 10))
	}
	return strings.Join(parts, "/")
}
