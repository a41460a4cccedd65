package sms_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/sms"
)

func TestUnitsOfHandsetsAreRead(t *testing.T) {
	zone := func(quarters int) *time.Location { return time.FixedZone("", quarters*15*60) }
	for _, c := range []struct {
		octets string
		way    sms.Way
		want   sms.TPDU
	}{
		{"11000b916407281553f80000aa0ae8329bfd4697d9ec37", sms.ToCentre, &sms.Submit{
			To: sms.AddressOf("+46708251358"), Validity: sms.Validity{For: 4 * 24 * time.Hour}, Data: sms.UserData{Octets: []byte("hellohello")},
		}},
		{"040bc87238880900f10000993092516195800ae8329bfd4697d9ec37", sms.ToHandset, &sms.Deliver{
			From: sms.Address{Type: sms.NetworkSpecific + 1, Plan: 8, Text: "27838890001"}, At: time.Date(1999, 3, 29, 15, 16, 59, 0, zone(8)),
			Data: sms.UserData{Octets: []byte("hellohello")},
		}},
		{"00d300", sms.ToCentre, &sms.DeliverReport{Failure: sms.FailureMemory}},
		{"0000", sms.ToCentre, &sms.DeliverReport{}},
		{"010062111112349540", sms.ToHandset, &sms.SubmitReport{At: time.Date(2026, 11, 11, 21, 43, 59, 0, zone(4))}},
		{"010062111112345640", sms.ToHandset, &sms.SubmitReport{}}, // 65 seconds are no time
	} {
		got, err := sms.ParseTPDU(octets(t, c.octets), c.way)
		if err != nil {
			t.Errorf("%s: %v", c.octets, err)
			continue
		}
		if d, is := got.(*sms.Deliver); is {
			want := c.want.(*sms.Deliver)
			if !d.At.Equal(want.At) {
				t.Errorf("%s is of %v, want %v", c.octets, d.At, want.At)
			}
			d.At = want.At
		}
		if s, is := got.(*sms.SubmitReport); is {
			want := c.want.(*sms.SubmitReport)
			if !s.At.Equal(want.At) {
				t.Errorf("%s is of %v, want %v", c.octets, s.At, want.At)
			}
			s.At = want.At
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is\n%+v, want\n%+v", c.octets, got, c.want)
		}
	}
}

func TestEveryUnitComesBackAsItWas(t *testing.T) {
	at := time.Date(2026, 11, 11, 18, 7, 59, 0, time.FixedZone("", -5*3600-30*60))
	concat := sms.Header{sms.Concat{Reference: 7, Total: 3, Number: 2}.Element(), {ID: 0x24, Data: []byte{1}}}
	septets, _ := sms.EncodeGSM7("Ça {va} 5 €")
	for way, all := range map[sms.Way][]sms.TPDU{
		sms.ToHandset: {
			&sms.Deliver{From: sms.AddressOf("+33639980101"), At: at, Data: sms.UserData{Octets: septets, Header: concat}, Report: true, More: true},
			&sms.Deliver{From: sms.AddressOf("LA POSTE"), At: at, PID: sms.PIDSilent, Data: sms.UserData{DCS: 8, Octets: sms.EncodeUCS2("œuf 😀")}, Loop: true, ReplyPath: true},
			&sms.Deliver{From: sms.AddressOf("36105"), At: at, Data: sms.UserData{DCS: 4, Header: concat, Octets: []byte{0, 1, 2}}},
			&sms.StatusReport{Reference: 200, To: sms.AddressOf("+33612345678"), At: at, Done: at.Add(time.Minute), Status: sms.StatusExpired},
			&sms.SubmitReport{At: at}, &sms.SubmitReport{Failure: sms.FailureDuplicate, At: at},
		},
		sms.ToCentre: {
			&sms.Submit{Reference: 255, To: sms.AddressOf("0611223344"), Validity: sms.Validity{For: 24 * time.Hour}, Data: sms.UserData{Octets: septets}, Report: true},
			&sms.Submit{To: sms.AddressOf("114"), Validity: sms.Validity{Until: at}, Data: sms.UserData{Octets: septets, Header: concat}, NoRepeats: true},
			&sms.Submit{To: sms.AddressOf("*123#"), Validity: sms.Validity{Enhanced: []byte{2, 30, 0, 0, 0, 0, 0}}, Data: sms.UserData{DCS: 8, Octets: sms.EncodeUCS2("ç")}},
			&sms.DeliverReport{Failure: sms.FailureMemory}, &sms.DeliverReport{Extra: sms.Extra{PID: new(byte), Data: &sms.UserData{Octets: septets}}},
			&sms.Command{Reference: 3, Type: 2, About: 9, To: sms.AddressOf("+33612345678"), Data: []byte{1}, Header: concat, Report: true},
		},
	} {
		for _, unit := range all {
			b, err := unit.Append(nil)
			if err != nil {
				t.Fatalf("%+v: %v", unit, err)
			}
			back, err := sms.ParseTPDU(b, way)
			if err != nil {
				t.Fatalf("%x: %v", b, err)
			}
			again, err := back.Append(nil)
			if err != nil || string(again) != string(b) || reflect.TypeOf(back) != reflect.TypeOf(unit) {
				t.Errorf("%+v came back as %+v (%v)\n%x\n%x", unit, back, err, b, again)
			}
			for n := range b { // a unit that ends too early is none
				if cut, err := sms.ParseTPDU(b[:n], way); err == nil && n < len(b)-1 {
					if _, report := cut.(*sms.StatusReport); !report {
						t.Errorf("%x is %+v", b[:n], cut)
					}
				}
			}
		}
	}
}

func TestPlannedSegmentsAsUnits(t *testing.T) {
	for name, text := range texts() {
		m, err := sms.Plan(text, sms.Options{Reference: 77})
		if err != nil {
			t.Fatal(err)
		}
		var chunks []sms.Chunk
		for _, s := range m.Segments {
			data, err := sms.UserDataOf(m, s)
			if err != nil {
				t.Fatal(err)
			}
			b, err := (&sms.Deliver{From: sms.AddressOf("+33639980101"), Data: data}).Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			back, err := sms.ParseTPDU(b, sms.ToHandset)
			if err != nil {
				t.Fatal(err)
			}
			d := back.(*sms.Deliver)
			if c, _ := d.Data.Header.Concat(); c != s.Concat {
				t.Errorf("%s: part %+v came back as %+v", name, s.Concat, c)
			}
			chunks = append(chunks, d.Data.Chunk())
		}
		if got := sms.Join(chunks...); got != text {
			t.Errorf("%s: %q came back as %q", name, text, got)
		}
	}
}

func TestValiditiesAreWrittenAsLongAsAsked(t *testing.T) {
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, d := range []time.Duration{time.Minute, 5 * time.Minute, 12 * time.Hour, 12*time.Hour + time.Minute, 24 * time.Hour, 25 * time.Hour, 30 * 24 * time.Hour, 32 * 24 * time.Hour, 63 * 7 * 24 * time.Hour} {
		b, err := (&sms.Submit{To: sms.AddressOf("1"), Validity: sms.Validity{For: d}}).Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		unit, err := sms.ParseTPDU(b, sms.ToCentre)
		if err != nil {
			t.Fatal(err)
		}
		until, ok := unit.(*sms.Submit).Validity.Deadline(since)
		if got := until.Sub(since); !ok || got < d || got > 2*d+7*24*time.Hour {
			t.Errorf("%v was written as %v", d, got)
		}
	}
	for octets, want := range map[string]time.Duration{"01ad0000000000": (173 - 166) * 24 * time.Hour, "021e0000000000": 30 * time.Second, "03102030000000": time.Hour + 2*time.Minute + 3*time.Second, "00000000000000": 0} {
		raw := []byte{}
		for i := 0; i < len(octets); i += 2 {
			raw = append(raw, hexByte(octets[i:i+2]))
		}
		until, ok := sms.Validity{Enhanced: raw}.Deadline(since)
		if got := until.Sub(since); ok != (want > 0) || got != want {
			t.Errorf("%s is %v, want %v", octets, got, want)
		}
	}
}

func hexByte(s string) byte {
	const digits = "0123456789abcdef"
	return byte(strings.IndexByte(digits, s[0])<<4 | strings.IndexByte(digits, s[1]))
}

func TestWhatCannotBeWrittenOrReadIsSaid(t *testing.T) {
	for text, want := range map[string]error{
		"": sms.ErrShort, "03": sms.ErrKind, "0400": sms.ErrShort, "04ff91": sms.ErrTooBig, "04": sms.ErrShort,
		"0400910000" + "62111112349540" + "ff": sms.ErrTooBig, "4400910004" + "62111112349540" + "0205": sms.ErrShort, "4400910004" + "62111112349540" + "020500": sms.ErrHeader,
	} {
		if _, err := sms.ParseTPDU(octets(t, text), sms.ToHandset); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	for _, unit := range []sms.TPDU{
		&sms.Deliver{From: sms.Address{Type: sms.Alphanumeric, Text: "çççç"}}, &sms.Deliver{From: sms.Address{Type: sms.Alphanumeric, Text: "TWELVE CHARS"}},
		&sms.Deliver{From: sms.Address{Text: "12x"}}, &sms.Submit{To: sms.Address{Text: strings.Repeat("1", 21)}}, &sms.Submit{Data: sms.UserData{Octets: make([]byte, 161)}},
		&sms.Submit{Data: sms.UserData{DCS: 8, Octets: make([]byte, 141)}}, &sms.Command{Data: make([]byte, 158)},
		&sms.Submit{Data: sms.UserData{Header: sms.Header{{Data: make([]byte, 254)}}}},
	} {
		if b, err := unit.Append(nil); err == nil {
			t.Errorf("%+v was written as %x", unit, b)
		}
	}
}
