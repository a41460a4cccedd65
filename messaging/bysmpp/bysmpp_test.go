package bysmpp

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

const awkward = "Ça va ? œuf à 2 €, 👩🏽‍🚀 مرحبا [x] "

func refusedWith(err error, s smpp.Status) (is bool) {
	r, is := errors.AsType[*smpp.RefusedError](err)
	return is && r.Status == s
}

// read puts together what PDUs say, as a handset would.
func read(t *testing.T, all []*smpp.SM) string {
	t.Helper()
	var chunks []sms.Chunk
	for _, m := range all {
		octets := m.Octets()
		if m.ESMClass.UDHI() {
			_, rest, err := sms.ParseHeader(octets)
			if err != nil {
				t.Fatal(err)
			}
			octets = rest
		}
		chunks = append(chunks, sms.Chunk{Coding: sms.ParseDataCoding(m.DataCoding, sms.GSM7).Coding, Octets: octets})
	}
	return sms.Join(chunks...)
}

// TestSpec_M6_LongTextsLeaveWhole in each of the four ways.
func TestSpec_M6_LongTextsLeaveWhole(t *testing.T) {
	for _, long := range []sms.Long{sms.LongUDH8, sms.LongUDH16, sms.LongSAR, sms.LongPayload} {
		h := toSMSC(t, mt.ByAir, messaging.RoleCarrier, long)
		body := strings.Repeat(awkward, 8)
		id := h.send(body)
		h.until(id, messaging.StateSent)
		all := h.other.got(t, 1)
		if got := read(t, all); got != body {
			t.Errorf("way %d: %d PDUs say %q", long, len(all), got)
		}
		if one := all[0]; one.Source != (smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: "33123456789"}) || one.Registered != smpp.ReceiptFinal {
			t.Errorf("way %d: %+v", long, one)
		}
		if (len(all) == 1) != (long == sms.LongPayload) || (all[0].SAR().Total > 1) != (long == sms.LongSAR) || all[0].ESMClass.UDHI() != (long == sms.LongUDH8 || long == sms.LongUDH16) {
			t.Errorf("way %d: %d PDUs, the first %+v", long, len(all), all[0])
		}
	}
}

// TestSpec_M7_WhatAnSMSCSaysIsTheState: refused for good with its reason, tried again when it is full, delivered by a receipt in a dialect.
func TestSpec_M7_WhatAnSMSCSaysIsTheState(t *testing.T) {
	h := toSMSC(t, mt.ByAir, messaging.RoleCarrier, sms.LongUDH8)
	h.other.answer = func(n int, _ *smpp.SM) smpp.Answer {
		return map[int]smpp.Answer{1: {Status: smpp.RINVDSTADR}, 2: {Status: smpp.RTHROTTLED}}[n]
	}
	if m := h.until(h.send("lost"), messaging.StateFailed); m.Reason != "smpp_0x0000000b" {
		t.Errorf("it failed for %s", m.Reason)
	}
	id := h.send("later")
	h.until(id, messaging.StateSent) // with an id that names nothing
	all := h.other.got(t, 3)
	receipt := &smpp.SM{Source: all[2].Destination, Destination: all[2].Source}
	(&smpp.Receipt{IDs: []string{"3"}, State: smpp.StateDelivered}).Write(receipt, smpp.DialectOsmo, smpp.Dates{})
	if _, err := h.bind.Submit(t.Context(), receipt); err != nil {
		t.Fatal(err)
	}
	h.until(id, messaging.StateDelivered)
}

// TestSpec_M8_SegmentsThatWereTakenAreNotSentAgain when a later one has to be.
func TestSpec_M8_SegmentsThatWereTakenAreNotSentAgain(t *testing.T) {
	h := toSMSC(t, mt.ByAir, messaging.RoleCarrier, sms.LongUDH8)
	h.other.answer = func(n int, _ *smpp.SM) smpp.Answer {
		if n == 2 {
			return smpp.Answer{Status: smpp.RMSGQFUL}
		}
		return smpp.Answer{MessageID: "x"}
	}
	body := strings.Repeat("a", 300)
	h.until(h.send(body), messaging.StateSent)
	if all := h.other.got(t, 3); len(all) != 3 || read(t, []*smpp.SM{all[0], all[2]}) != body {
		t.Errorf("%d PDUs came", len(all))
	}
}

// TestSpec_M4_AHandsetIsKnownByItsIMSI, as OsmoMSC names it, and its TP-MR makes a repeat the same message (SPEC M8); what it wrote goes on by the operator.
func TestSpec_M4_M8_AHandsetIsKnownByItsIMSI(t *testing.T) {
	h := toSMSC(t, mt.ByCore, messaging.RoleOperator, sms.LongUDH8)
	mo := &smpp.SM{
		ServiceType: "CMT", Source: smpp.Address{TON: smpp.TONSubscriber, NPI: smpp.NPILandMobile, Number: mt.AliceSI},
		Destination: smpp.Address{NPI: smpp.NPIISDN, Number: "0612345678"}, ESMClass: smpp.ModeDatagram, DataCoding: 1, Short: []byte("hello"),
	}
	mo.SetReference(17)
	for range 3 {
		if _, err := h.bind.Submit(t.Context(), mo); err != nil {
			t.Fatal(err)
		}
	}
	all := h.kept()
	if len(all) != 1 || all[0].Own != mt.Alice || all[0].Peer != mt.Other || all[0].Channel != messaging.ChannelNative || all[0].Body != "hello" {
		t.Fatalf("kept %+v", all)
	}
	if out := h.other.got(t, 1)[0]; out.Destination.Number != "33612345678" || out.Source.Number != "33639980101" {
		t.Errorf("it goes on as %+v", out)
	}
}

// TestSpec_O4_AMessageTo114GoesOnAsItCame, octet for octet.
func TestSpec_O4_AMessageTo114GoesOnAsItCame(t *testing.T) {
	h := toSMSC(t, mt.ByCore, messaging.RoleOperator, sms.LongUDH8)
	mo := &smpp.SM{
		Source: smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: "33639980101"}, Destination: smpp.Address{NPI: smpp.NPIISDN, Number: "114"},
		ESMClass: smpp.FeatureReplyPath, DataCoding: 0xF1, Short: []byte{0x48, 0x02, 0x1b, 0x65},
	}
	if _, err := h.bind.Submit(t.Context(), mo); err != nil {
		t.Fatal(err)
	}
	out := h.other.got(t, 1)[0]
	if !slices.Equal(out.Short, mo.Short) || out.DataCoding != mo.DataCoding || out.ESMClass != mo.ESMClass || out.Destination != mo.Destination {
		t.Errorf("it goes on as %+v", out)
	}
}

// TestWhatCannotBeTakenIsRefusedByItsStatus, and nothing is kept of it.
func TestWhatCannotBeTakenIsRefusedByItsStatus(t *testing.T) {
	h, _ := program(t)
	number := func(n string) smpp.Address {
		return smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: n}
	}
	for name, c := range map[string]struct {
		m      smpp.SM
		status smpp.Status
	}{
		"another's number":   {smpp.SM{Source: number("33639980101"), Destination: number("33612345678"), Short: []byte("x")}, smpp.RINVSRCADR},
		"nobody":             {smpp.SM{Source: number("33123456789"), Destination: smpp.Address{TON: smpp.TONAlphanumeric, Number: "NOBODY"}, Short: []byte("x")}, smpp.RINVDSTADR},
		"half a header":      {smpp.SM{Source: number("33123456789"), Destination: number("33612345678"), ESMClass: smpp.FeatureUDHI, Short: []byte{9, 1}}, smpp.RSUBMITFAIL},
		"a flash":            {smpp.SM{Source: number("33123456789"), Destination: number("33612345678"), DataCoding: 0x10, Short: []byte("x")}, smpp.RSUBMITFAIL},
		"for the card":       {smpp.SM{Source: number("33123456789"), Destination: number("33612345678"), ProtocolID: 0x7F, Short: []byte("x")}, smpp.RSUBMITFAIL},
		"a program's octets": {smpp.SM{Source: number("33123456789"), Destination: number("33612345678"), DataCoding: 4, Short: []byte("x")}, smpp.RSUBMITFAIL},
	} {
		if _, err := h.bind.Submit(t.Context(), &c.m); !refusedWith(err, c.status) {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	if all := h.kept(); len(all) != 0 {
		t.Errorf("kept %+v", all)
	}
}

// TestSpec_M5_M7_AProgramReadsAndIsToldOfEachSegment that it asked a receipt for, once.
func TestSpec_M5_M7_AProgramReadsAndIsToldOfEachSegment(t *testing.T) {
	h, s := program(t)
	h.directory.Change(func(p *messaging.Snapshot) { p.Connectors[mt.ByAir].InDoubt = messaging.InDoubtRetry })
	carrier := &mt.Carrier{}
	defer h.office.Attach(messaging.Route(mt.ByAir), carrier)()
	body := strings.Repeat("abcdefghij", 20)
	plan, err := sms.Plan(body, sms.Options{Reference: 7})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, seg := range plan.Segments {
		m := &smpp.SM{
			Source: smpp.Address{TON: smpp.TONNational, NPI: smpp.NPIISDN, Number: "0123456789"}, Destination: smpp.Address{NPI: smpp.NPIISDN, Number: "0612345678"},
			ESMClass: smpp.FeatureUDHI, Registered: smpp.ReceiptFinal, Short: seg.UserData(),
		}
		a, refused := h.bind.Submit(t.Context(), m)
		if refused != nil {
			t.Fatal(refused)
		}
		ids = append(ids, a.MessageID)
	}
	all := h.kept()
	if len(all) != 1 || all[0].Body != body || all[0].Channel != messaging.ChannelAPI {
		t.Fatalf("kept %+v", all)
	}
	h.until(all[0].ID, messaging.StateSent)
	receipt := messaging.Receipt{Connector: mt.ByAir, From: mt.Other, To: mt.Desk, State: messaging.StateDelivered}
	for {
		if err = h.office.Receipt(t.Context(), receipt); err != nil {
			t.Fatal(err)
		}
		if m, _ := h.store.Message(t.Context(), all[0].ID); m.State == messaging.StateDelivered {
			break
		}
	}
	m := h.until(all[0].ID, messaging.StateDelivered)
	for range 3 {
		s.Told(m)
	}
	for i, r := range h.other.got(t, 2) {
		read, wrong := smpp.ReadReceipt(r)
		if wrong != nil || read.IDs[0] != ids[i] || read.State != smpp.StateDelivered || r.Source.Number != "0612345678" || r.Destination.Number != "0123456789" {
			t.Errorf("receipt %d: %+v %v of %+v", i, read, wrong, r)
		}
	}
	taken, err := h.office.Take(t.Context(), messaging.Arrival{
		Connector: mt.ByAir, Bind: "b", From: mt.Other, To: mt.Desk, Body: messaging.Body{Coding: messaging.CodingUCS2, Octets: sms.EncodeUCS2(awkward)},
	})
	if err != nil || taken.Message == "" {
		t.Fatal(err)
	}
	came := h.other.got(t, 3)
	if len(came) != 3 || read(t, came[2:]) != awkward || came[2].Source.Number != "33612345678" {
		t.Errorf("the program reads %+v", came[2:])
	}
}
