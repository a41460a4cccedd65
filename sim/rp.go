package sim

import (
	"fmt"
	"time"

	"tandem/mobilecore/sms"
)

// heard is what came in a MESSAGE (TS 24.011 section 7.3).
type heard struct {
	sms.RP

	short  short
	report *sms.StatusReport // where it is one; nil: it is a message
}

// rpSubmit is RP-DATA of a handset with an SMS-SUBMIT.
func rpSubmit(s short, reference byte) ([]byte, error) {
	unit := &sms.Submit{Reference: byte(s.reference), To: sms.AddressOf(s.to), Data: s.unitData(), Report: s.report == WantsReport} //nolint:gosec // a handset's has 8 bits
	return rpData(sms.ToCentre, reference, unit)
}

// rpDeliver is RP-DATA of the centre with an SMS-DELIVER.
func rpDeliver(s short, reference byte) ([]byte, error) {
	return rpData(sms.ToHandset, reference, &sms.Deliver{From: sms.AddressOf(s.from), At: s.at, Data: s.unitData()})
}

// rpStatus is RP-DATA of the centre with an SMS-STATUS-REPORT about what a handset wrote.
func rpStatus(h *held, reference byte, cause Cause) ([]byte, error) {
	status := sms.StatusDelivered
	switch cause {
	case causeNone:
	case causeExpired:
		status = sms.StatusExpired
	case CauseUnassigned, CauseFull, CauseAbsent, CauseNetwork, CauseTemporary, CauseRefused, causeSilence:
		status = sms.StatusUnobtainable
	}
	return rpData(sms.ToHandset, reference, &sms.StatusReport{Reference: byte(h.reference), To: sms.AddressOf(h.to), At: h.at, Done: time.Now(), Status: status}) //nolint:gosec // as above
}

func rpData(w sms.Way, reference byte, unit sms.TPDU) ([]byte, error) {
	octets, err := unit.Append(nil)
	if err != nil {
		return nil, fmt.Errorf("write a short message: %w", err)
	}
	m := sms.RP{Kind: sms.RPData, Way: w, Reference: reference, Unit: octets}
	centre := sms.AddressOf("+33639980001")
	switch w {
	case sms.ToCentre:
		m.To = centre
	case sms.ToHandset:
		m.From = centre
	}
	return m.Append(nil)
}

// rpReport is RP-ACK, or RP-ERROR with a cause.
func rpReport(w sms.Way, reference byte, cause Cause) []byte {
	m := sms.RP{Kind: sms.RPAck, Way: w, Reference: reference}
	if cause != causeNone {
		m.Kind, m.Cause = sms.RPError, sms.Cause(cause) //nolint:gosec // causes of RP are below 128
	}
	octets, _ := m.Append(nil) // it has nothing that could be too long
	return octets
}

// rpMemory is RP-SMMA: the handset has room again.
func rpMemory(reference byte) []byte {
	octets, _ := sms.RP{Kind: sms.RPMemory, Way: sms.ToCentre, Reference: reference}.Append(nil) // as above
	return octets
}

// unitData is the user data of a TPDU, which knows no Latin-1.
func (s short) unitData() sms.UserData {
	u := sms.UserData{DCS: s.scheme.Byte(), Header: s.header, Octets: s.octets}
	if s.scheme.Coding == sms.Latin1 {
		text := sms.DecodeLatin1(s.octets)
		if septets, missing := sms.EncodeGSM7(text); missing == nil {
			u.Octets = septets
		} else {
			u.DCS, u.Octets = sms.Scheme{Coding: sms.UCS2}.Byte(), sms.EncodeUCS2(text)
		}
	}
	return u
}

// readRP reads the body of a MESSAGE.
func readRP(body []byte) (heard, error) {
	m, err := sms.ParseRP(body)
	if err != nil {
		return heard{}, err
	}
	h := heard{RP: m}
	if m.Kind != sms.RPData {
		return h, nil
	}
	unit, err := m.TPDU()
	if err != nil {
		return h, err
	}
	switch u := unit.(type) {
	case *sms.Submit:
		h.short = shortFrom(u.Data)
		h.short.to, h.short.reference = u.To.String(), uint16(u.Reference)
		if u.Report {
			h.short.report = WantsReport
		}
	case *sms.Deliver:
		h.short = shortFrom(u.Data)
		h.short.from, h.short.at = u.From.String(), u.At
	case *sms.StatusReport:
		h.report = u
	case *sms.SubmitReport, *sms.DeliverReport, *sms.Command:
		return h, ErrText
	}
	return h, nil
}

func shortFrom(u sms.UserData) short {
	return short{scheme: u.Scheme(), header: u.Header, octets: u.Octets}
}

// cause is how a report says that it went.
func (h heard) cause() Cause {
	if h.Kind == sms.RPError {
		return Cause(h.Cause)
	}
	return causeNone
}
