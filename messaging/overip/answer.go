package overip

import (
	"log/slog"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/sms"
	"tandem/sip"
	"tandem/sip/message"
)

// centre is the operator's service centre.
type centre struct {
	uri    string        // of requests to it; empty: there is none
	party  message.Party // it, for To and From
	number sms.Address   // of it, in RP messages; zero: not known
}

// centreOf reads how a centre is written.
func centreOf(text, domain string) centre {
	if text == "" {
		return centre{party: message.Party{Scheme: "sip", User: "sms", Host: domain}}
	}
	if !strings.Contains(text, ":") {
		text = "sip:" + text + "@" + domain + ";user=phone"
	}
	p, err := message.PartyOfURI(text)
	if err != nil {
		return centreOf("", domain)
	}
	c := centre{uri: text, party: p}
	if digits, plus := strings.CutPrefix(p.User, "+"); plus && strings.Trim(digits, "0123456789") == "" {
		c.number = sms.AddressOf(p.User)
	}
	return c
}

// identity is a party as P-Asserted-Identity has it.
func identity(p message.Party) message.Field {
	return message.Field{Name: "P-Asserted-Identity", Value: p.String()}
}

// subscriber is the public identity of a handset.
func (l *Link) subscriber(number messaging.Address) message.Party {
	return message.Party{Scheme: "sip", User: string(number), Host: l.cfg.Domain}
}

// toHandset is a MESSAGE for a handset, of whom it is from (TS 24.341 section 5.3.3.4.2): for the one that can take it, and for no other beside it.
func (l *Link) toHandset(number messaging.Address, from message.Party, rp []byte) sip.Text {
	return sip.Text{
		Trunk: l.cfg.Trunk, To: l.subscriber(number), From: from, Asked: "sip:" + string(number) + "@" + l.cfg.Domain + ";user=phone",
		Headers: []message.Field{identity(from), {Name: "Accept-Contact", Value: "*;+g.3gpp.smsip"}, {Name: "Request-Disposition", Value: "no-fork"}},
		Body:    &message.Body{Type: contentType, Bytes: rp},
	}
}

// ack is the answer of a centre that has the message.
func ack(at time.Time) sms.RP {
	unit, _ := (&sms.SubmitReport{At: at}).Append(nil) // it always can
	return sms.RP{Kind: sms.RPAck, Way: sms.ToHandset, Unit: unit}
}

// refuse is the answer of a centre that will not take it.
func refuse(r *messaging.Refusal, at time.Time) sms.RP {
	cause := sms.CauseRejected
	switch r.Code {
	case messaging.CodeNoRoute, messaging.CodeEmergencyNoRoute:
		cause = sms.CauseNetwork
	case messaging.CodeToInvalid, messaging.CodeToSelf:
		cause = sms.CauseUnassigned
	case messaging.CodeUnknownNumber, messaging.CodeSenderNotAllowed:
		cause = sms.CauseUnidentified
	}
	unit, _ := (&sms.SubmitReport{Failure: sms.FailureUnspecified, At: at}).Append(nil) // it always can
	return sms.RP{Kind: sms.RPError, Way: sms.ToHandset, Cause: cause, Unit: unit}
}

// answerHandset sends the answer to what a handset sent. Lost, the handset asks again, and hears the same.
func (l *Link) answerHandset(h *heard, rp sms.RP) {
	rp.Reference = h.rp.Reference
	b, err := rp.Append(nil)
	if err != nil {
		l.log.Error("an answer to a handset cannot be written", slog.Any("err", err))
		return
	}
	from := l.centre.party
	if h.note.RequestURI.User != "" && (h.note.RequestURI.Host != "" || h.note.RequestURI.Scheme == "tel") {
		from = h.note.RequestURI // it asked this one
		from.Port = 0
	}
	text := l.toHandset(h.line.E164, from, b)
	text.Headers = append(text.Headers, message.Field{Name: "In-Reply-To", Value: callID(h.note)})
	err = l.cfg.Wire.SendMessage(text, func(a sip.Answer) {
		if a.Status >= 300 {
			l.log.Info("a handset did not take our answer", slog.String("trunk", string(l.cfg.Trunk)), slog.Int("status", a.Status))
		}
	})
	if err != nil {
		l.log.Warn("an answer to a handset was not sent", slog.String("trunk", string(l.cfg.Trunk)), slog.Any("err", err))
	}
}
