package smpp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"tandem/mobilecore/smpp"
)

// Addresses of the tests.
var (
	paris = smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPIISDN, Number: "33612345678"}
	brand = smpp.Address{TON: smpp.TONAlphanumeric, Number: "Tandem"}
	imsi  = smpp.Address{TON: smpp.TONSubscriber, NPI: smpp.NPILandMobile, Number: "001010000000001"}
)

// every is one PDU of each command, with every field filled.
func every() []*smpp.PDU {
	full := smpp.SM{
		ServiceType: "CMT", Source: brand, Destination: paris, ESMClass: smpp.FeatureUDHI | smpp.ModeStore, ProtocolID: 1, Priority: 2,
		Schedule: "261121120000004+", Validity: "000001000000000R", Registered: smpp.ReceiptFinal | smpp.ReceiptInterim, Replace: 1, DataCoding: 8, DefaultID: 5,
		Short: []byte{5, 0, 3, 7, 2, 1, 0, 'h', 0x20, 0xAC},
		TLVs: smpp.TLVs{
			{Tag: smpp.TagUserMessageReference, Value: []byte{0x12, 0x34}}, {Tag: 0x1501, Value: []byte("operator's own")}, {Tag: 0x1502, Value: []byte{}},
		},
	}
	submit, deliver, data := full, full, smpp.SM{Command: smpp.DataSM, ServiceType: "WAP", Source: imsi, Destination: paris, ESMClass: smpp.TypeAck, DataCoding: 4}
	submit.Command, deliver.Command = smpp.SubmitSM, smpp.DeliverSM
	deliver.Source, deliver.ESMClass = imsi, 0
	data.SetOctets(bytes.Repeat([]byte("long "), 100))
	data.SetSAR(smpp.SAR{Reference: 0x1234, Total: 3, Number: 2})
	version := smpp.TLVs{{Tag: smpp.TagSCInterfaceVersion, Value: []byte{0x34}}}
	bodies := []smpp.Body{
		&submit, &deliver, &data, &smpp.SMResponse{Command: smpp.SubmitSMResp, MessageID: "bad2400"}, &smpp.SMResponse{Command: smpp.DeliverSMResp},
		&smpp.SMResponse{Command: smpp.DataSMResp, MessageID: "77", TLVs: smpp.TLVs{{Tag: smpp.TagDeliveryFailureReason, Value: []byte{1}}}},
		&smpp.Multi{
			SM: smpp.SM{Source: brand, Short: []byte("to many"), Registered: 1}, Destinations: []smpp.Address{paris, imsi}, Lists: []string{"friends"},
		},
		&smpp.MultiResponse{MessageID: "78", Failed: []smpp.FailedDestination{{paris, smpp.RINVDSTADR}}},
		&smpp.Query{MessageID: "77", Source: paris}, &smpp.QueryResponse{MessageID: "77", FinalDate: "261121120000004+", State: smpp.StateDelivered, ErrorCode: 3},
		&smpp.Cancel{ServiceType: "CMT", MessageID: "77", Source: brand, Destination: paris},
		&smpp.Replace{MessageID: "77", Source: brand, Validity: "261121120000004+", Registered: 1, DefaultID: 2, Short: []byte("instead")},
		&smpp.Alert{Source: imsi, ESME: paris, TLVs: smpp.TLVs{{Tag: smpp.TagMSAvailabilityStatus, Value: []byte{0}}}},
		&smpp.Outbound{SystemID: "smsc", Password: "secret"},
	}
	for _, c := range []smpp.Command{smpp.BindReceiver, smpp.BindTransmitter, smpp.BindTransceiver} {
		bodies = append(bodies,
			&smpp.BindRequest{Command: c, SystemID: "kate", Password: "secret", SystemType: "OTA", Version: smpp.Version34, Range: smpp.Address{TON: 1, NPI: 1, Number: "^336"}},
			&smpp.BindResponse{Command: c.Response(), SystemID: "TANDEM", TLVs: version})
	}
	for _, c := range []smpp.Command{
		smpp.Unbind, smpp.UnbindResp, smpp.EnquireLink, smpp.EnquireLinkResp, smpp.GenericNack, smpp.CancelSMResp, smpp.ReplaceSMResp,
	} {
		bodies = append(bodies, &smpp.Plain{Command: c})
	}
	out := make([]*smpp.PDU, len(bodies))
	for i, body := range bodies {
		out[i] = &smpp.PDU{Sequence: uint32(i + 1), Body: body}
		if out[i].Command() == smpp.GenericNack {
			out[i].Status = smpp.RINVCMDID
		}
	}
	return out
}

func encode(tb testing.TB, p *smpp.PDU) []byte {
	tb.Helper()
	b, err := p.Append(nil)
	if err != nil {
		tb.Fatalf("%s: %v", p.Command(), err)
	}
	return b
}

func TestEveryPDUIsReadAsItIsWritten(t *testing.T) {
	for _, p := range every() {
		b := encode(t, p)
		got, err := smpp.Decode(b)
		if err != nil {
			t.Errorf("%s: %v", p.Command(), err)
			continue
		}
		if !reflect.DeepEqual(got, p) {
			t.Errorf("%s is read as\n%+v, want\n%+v", p.Command(), got.Body, p.Body)
		}
		if again := encode(t, got); !bytes.Equal(again, b) {
			t.Errorf("%s is written again as\n%x, want\n%x", p.Command(), again, b)
		}
	}
}

// octets is a PDU made by hand.
func octets(c smpp.Command, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(body)))
	b = binary.BigEndian.AppendUint32(b, uint32(c))
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 9)
	return append(b, body...)
}

func TestMalformedPDUsAreRefusedByTheirOwnStatus(t *testing.T) {
	const head = "CMT\x00\x01\x0133700000001\x00\x01\x0133612345678\x00"
	long := strings.Repeat("9", 21)
	for _, c := range []struct {
		name   string
		c      smpp.Command
		body   string
		field  string
		status smpp.Status
	}{
		{"nothing at all", smpp.SubmitSM, "", "service_type", smpp.RINVCMDLEN},
		{"a string without an end", smpp.SubmitSM, "CM", "service_type", smpp.RINVCMDLEN},
		{"a service_type of six characters", smpp.SubmitSM, "TOOLNG\x00" + head, "service_type", smpp.RINVSERTYP},
		{"a source of 21 characters", smpp.SubmitSM, "\x00\x01\x01" + long + "\x00\x01\x01\x00", "source_addr", smpp.RINVSRCADR},
		{"a destination of 21 characters", smpp.DeliverSM, "\x00\x01\x01\x00\x01\x01" + long + "\x00", "destination_addr", smpp.RINVDSTADR},
		{"a time of four characters", smpp.SubmitSM, head + "\x00\x00\x002611\x00\x00\x00\x00\x00\x00\x00", "schedule_delivery_time", smpp.RINVSCHED},
		{"a validity of 17 characters", smpp.SubmitSM, head + "\x00\x00\x00\x0012345678901234567\x00\x00\x00\x00\x00\x00", "validity_period", smpp.RINVEXPIRY},
		{"an sm_length of 255", smpp.SubmitSM, head + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff" + strings.Repeat("x", 255), "short_message", smpp.RINVMSGLEN},
		{"an sm_length beyond the end", smpp.SubmitSM, head + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09four", "short_message", smpp.RINVMSGLEN},
		{"half a TLV", smpp.SubmitSM, head + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01x\x04", "optional parameters", smpp.RINVOPTPARSTREAM},
		{"a TLV beyond the end", smpp.SubmitSM, head + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01x\x04\x24\xff\xffab", "optional parameters", smpp.RINVOPTPARSTREAM},
		{"the end within the fields", smpp.SubmitSM, head + "\x00\x00", "command_length", smpp.RINVCMDLEN},
		{"a system_id of 16 characters", smpp.BindTransceiver, strings.Repeat("k", 16) + "\x00\x00\x00\x34\x00\x00\x00", "system_id", smpp.RINVSYSID},
		{"a password of nine characters", smpp.BindReceiver, "kate\x00123456789\x00\x00\x34\x00\x00\x00", "password", smpp.RINVPASWD},
		{"a system_type of 13 characters", smpp.BindTransmitter, "kate\x00secret\x001234567890123\x00\x34\x00\x00\x00", "system_type", smpp.RINVSYSTYP},
		{"no destinations", smpp.SubmitMulti, "\x00\x01\x01\x00\x00", "number_of_dests", smpp.RINVNUMDESTS},
		{"255 destinations", smpp.SubmitMulti, "\x00\x01\x01\x00\xff", "number_of_dests", smpp.RINVNUMDESTS},
		{"a destination of no kind", smpp.SubmitMulti, "\x00\x01\x01\x00\x01\x07", "dest_flag", smpp.RINVDESTFLAG},
		{"a message_id of 65 characters", smpp.QuerySM, strings.Repeat("7", 65) + "\x00\x00\x00\x00", "message_id", smpp.RINVMSGID},
		{"a source of 65 characters", smpp.DataSM, "\x00\x01\x01" + strings.Repeat("9", 65) + "\x00", "source_addr", smpp.RINVSRCADR},
		{"an alert without an end", smpp.AlertNotification, "\x04\x06001010000000001", "source_addr", smpp.RINVCMDLEN},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := smpp.Decode(octets(c.c, c.body))
			wrong, is := errors.AsType[*smpp.FieldError](err)
			if !is || wrong.Field != c.field || wrong.Status != c.status || wrong.Sequence != 9 || wrong.Command != c.c {
				t.Errorf("the error is %#v, want %s: %s", err, c.field, c.status)
			}
		})
	}
	for name, b := range map[string][]byte{
		"no header": {0, 0, 0, 4}, "a length that lies": append(octets(smpp.Unbind, ""), 0), "a length of 4 GB": append([]byte{0xff, 0xff, 0xff, 0xff}, octets(smpp.Unbind, "")...),
	} {
		if _, err := smpp.Decode(b); !errors.Is(err, smpp.ErrLength) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatDoesNotFitIsNotCut(t *testing.T) {
	for name, body := range map[string]smpp.Body{
		"a long short_message": &smpp.SM{Command: smpp.SubmitSM, Short: make([]byte, 255)}, "a long number": &smpp.SM{Command: smpp.SubmitSM, Source: smpp.Address{Number: strings.Repeat("1", 21)}},
		"a zero in a string": &smpp.Query{MessageID: "a\x00b"}, "a long TLV": &smpp.SM{Command: smpp.DataSM, TLVs: smpp.TLVs{{Tag: 1, Value: make([]byte, 1<<16)}}},
		"a long PDU":                       &smpp.SM{Command: smpp.DataSM, TLVs: smpp.TLVs{{Tag: 1, Value: make([]byte, 60_000)}, {Tag: 2, Value: make([]byte, 10_000)}}},
		"a short_message in data_sm":       &smpp.SM{Command: smpp.DataSM, Short: []byte("x")},
		"more destinations than there are": &smpp.Multi{Destinations: make([]smpp.Address, 300)},
	} {
		b, err := (&smpp.PDU{Body: body}).Append([]byte("before"))
		if _, is := errors.AsType[*smpp.FieldError](err); !is || string(b) != "before" {
			t.Errorf("%s: %v, and %d octets", name, err, len(b))
		}
	}
}

func TestBodiesStandWhereTheyFit(t *testing.T) {
	m := &smpp.SM{Command: smpp.SubmitSM}
	m.SetUserData([]byte{0, 3, 7, 2, 1}, []byte("part one"))
	header, text, err := m.UserData()
	if err != nil || !bytes.Equal(header, []byte{0, 3, 7, 2, 1}) || string(text) != "part one" || len(m.Short) != 14 || !m.ESMClass.UDHI() {
		t.Errorf("user data: %x, %q, %v", header, text, err)
	}
	m.SetUserData(nil, bytes.Repeat([]byte("x"), 255))
	if m.ESMClass.UDHI() || m.Short != nil || len(m.TLVs.Get(smpp.TagMessagePayload)) != 255 || len(m.Octets()) != 255 {
		t.Errorf("255 octets: %d in short_message", len(m.Short))
	}
	m.SetOctets([]byte("short"))
	if m.TLVs.Get(smpp.TagMessagePayload) != nil || string(m.Octets()) != "short" {
		t.Errorf("a body was put in place of another: %+v", m)
	}
	for _, bad := range [][]byte{{}, {5}, {9, 1, 2}} {
		m.ESMClass = smpp.FeatureUDHI
		m.SetOctets(bad)
		if _, _, err = m.UserData(); err == nil {
			t.Errorf("a header of %x is read", bad)
		}
	}
	want := smpp.SAR{Reference: 777, Total: 3, Number: 3}
	if m.SetSAR(want); m.SAR() != want {
		t.Errorf("the part is %+v", m.SAR())
	}
	if m.SetSAR(smpp.SAR{Reference: 1, Total: 3, Number: 4}); m.SAR() != (smpp.SAR{}) {
		t.Errorf("part four of three is %+v", m.SAR())
	}
	if m.Reference() != -1 {
		t.Errorf("the reference is %d", m.Reference())
	}
	if m.SetReference(200); m.Reference() != 200 {
		t.Errorf("the reference is %d", m.Reference())
	}
}

func FuzzPDU(f *testing.F) {
	for _, p := range every() {
		f.Add(encode(f, p))
	}
	f.Add(octets(0x7777, "what is that"))
	f.Add(octets(smpp.SubmitSMResp, ""))
	f.Add(octets(smpp.SubmitMulti, "\x00\x01\x01\x00\x03\x01\x01\x01123\x00\x02list\x00\x07"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := smpp.Decode(b)
		if err != nil {
			return
		}
		again, err := p.Append(nil)
		if err != nil {
			t.Fatalf("%s is read and not written: %v", p.Command(), err)
		}
		q, err := smpp.Decode(again)
		if err != nil {
			t.Fatalf("%s is written and not read: %v", p.Command(), err)
		}
		if !reflect.DeepEqual(p, q) && len(b) == len(again) {
			t.Errorf("%s changes:\n%+v\n%+v", p.Command(), p.Body, q.Body)
		}
		if m, is := p.Body.(*smpp.SM); is {
			_, _, _ = m.UserData()
			_, _ = smpp.ReadReceipt(m)
			_ = m.SAR()
		}
	})
}
