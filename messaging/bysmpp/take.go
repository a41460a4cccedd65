package bysmpp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

// errHeader says that a message claims a user data header that it has not.
var errHeader = errors.New("its user data header does not fit")

// arrival is a message of the other as the desk takes it.
func (l *line) arrival(b *smpp.Bind, m *smpp.SM) (messaging.Arrival, error) {
	a := messaging.Arrival{Connector: l.cfg.Connector, Bind: b.ID(), At: time.Now()}
	a.From, a.FromIMSI = addressOf(m.Source)
	a.To, _ = addressOf(m.Destination)
	if ref := m.Reference(); ref >= 0 && l.cfg.Role == messaging.RoleOperator {
		a.Reference = fmt.Sprintf("mr:%d", ref) // A handset's own name for it (TP-MR); programs and carriers put there what they like.
	}
	body, err := l.body(m)
	a.Body = body
	return a, err
}

// body is what a message, or a segment of one, says.
func (l *line) body(m *smpp.SM) (messaging.Body, error) {
	octets := m.Octets()
	b := messaging.Body{Raw: octets, Kind: rawKind(m), Octets: octets}
	var header sms.Header
	if m.ESMClass.UDHI() {
		var err error
		if header, b.Octets, err = sms.ParseHeader(octets); err != nil {
			return b, errHeader
		}
	}
	scheme := sms.ParseDataCoding(m.DataCoding, l.cfg.Default)
	b.Coding, b.Class = messaging.Coding(scheme.Coding), classOf(m, scheme)
	if _, ports := header.Ports(); ports {
		b.Coding = messaging.CodingBinary // For a program on the phone, not for people.
	}
	if c, is := header.Concat(); is {
		b.Part = messaging.Segment{Reference: int(c.Reference), Total: c.Total, Number: c.Number}
	} else if s := m.SAR(); s.Total > 1 {
		b.Part = messaging.Segment{Reference: int(s.Reference), Total: int(s.Total), Number: int(s.Number)}
	}
	if b.Part.Total <= 1 {
		b.Part = messaging.Segment{}
	}
	return b, nil
}

// classOf says what a handset would do with a message (TS 23.040 section 9.2.3.9, TS 23.038 section 4).
func classOf(m *smpp.SM, s sms.Scheme) messaging.Class {
	const silent, dataDownload = 0x40, 0x7F
	switch {
	case m.ProtocolID == silent:
		return messaging.ClassSilent
	case m.ProtocolID == dataDownload || s.Class == sms.ClassSIM:
		return messaging.ClassSIM
	case s.Class == sms.ClassFlash:
		return messaging.ClassFlash
	}
	return messaging.ClassOrdinary
}

// rawKind says how the octets of a message stood on the wire.
func rawKind(m *smpp.SM) string { return fmt.Sprintf("smpp:%d:%d", m.ESMClass, m.DataCoding) }

// take hands a message to the desk, and says how it is answered.
func (l *line) take(ctx context.Context, b *smpp.Bind, m *smpp.SM) (messaging.Taken, smpp.Status) {
	a, err := l.arrival(b, m)
	if err != nil {
		l.complain(ctx, b, "a message that cannot be read", err)
		return messaging.Taken{}, l.never()
	}
	taken, err := l.cfg.Desk.Take(ctx, a)
	if refused, is := errors.AsType[*messaging.Refusal](err); is {
		l.complain(ctx, b, "a message is refused", err)
		return taken, l.statusOf(refused)
	}
	if err != nil {
		l.complain(ctx, b, "a message could not be kept", err)
		return taken, l.later()
	}
	return taken, smpp.ROK
}

// statusOf is a refusal in SMPP's words.
func (l *line) statusOf(r *messaging.Refusal) smpp.Status {
	switch r.Code {
	case messaging.CodeUnknownNumber, messaging.CodeToInvalid, messaging.CodeToSelf:
		return smpp.RINVDSTADR
	case messaging.CodeFromUnknown, messaging.CodeSenderNotAllowed:
		return smpp.RINVSRCADR
	case messaging.CodeBodyTooLong, messaging.CodeBodyRequired:
		return smpp.RINVMSGLEN
	case messaging.CodeRateHour, messaging.CodeRateDay, messaging.CodeRateMonth:
		return smpp.RTHROTTLED
	}
	return l.never()
}

// never refuses for good: of an SMSC that delivers to us "receiver permanent application error", of an ESME that submits "submit failed".
func (l *line) never() smpp.Status {
	if l.smsc {
		return smpp.RSUBMITFAIL
	}
	return smpp.RXPAPPN
}

// later asks to be told again.
func (l *line) later() smpp.Status {
	if l.smsc {
		return smpp.RMSGQFUL
	}
	return smpp.RXTAPPN
}

// complain logs what is wrong with what came, once in a while for each reason.
func (l *line) complain(ctx context.Context, b *smpp.Bind, what string, err error) {
	const often, most = time.Minute, 100
	l.mu.Lock()
	now := time.Now()
	last, known := l.told[err.Error()]
	quiet := known && now.Sub(last) < often
	if len(l.told) >= most {
		clear(l.told)
	}
	if !quiet {
		l.told[err.Error()] = now
	}
	l.mu.Unlock()
	level := slog.LevelWarn
	if quiet {
		level = slog.LevelDebug
	}
	l.log.LogAttrs(ctx, level, "smpp: "+what, slog.String("peer", b.Peer()), slog.Any("err", err)) //nolint:sloglint // One of three texts.
}
