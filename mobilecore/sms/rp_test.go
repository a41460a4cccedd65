package sms_test

import (
	"errors"
	"reflect"
	"testing"

	"tandem/mobilecore/sms"
)

func TestEveryRPMessageComesBackAsItWas(t *testing.T) {
	centre := sms.AddressOf("+33609001390")
	for _, m := range []sms.RP{
		{Kind: sms.RPData, Way: sms.ToCentre, Reference: 1, To: centre, Unit: []byte{1, 2, 3}},
		{Kind: sms.RPData, Way: sms.ToHandset, Reference: 255, From: centre, Unit: []byte{4}},
		{Kind: sms.RPAck, Way: sms.ToCentre, Reference: 2},
		{Kind: sms.RPAck, Way: sms.ToHandset, Reference: 2, Unit: []byte{1, 0}},
		{Kind: sms.RPError, Way: sms.ToCentre, Reference: 3, Cause: sms.CauseMemoryFull, Unit: []byte{0, 0xd3, 0}},
		{Kind: sms.RPError, Way: sms.ToHandset, Reference: 3, Cause: sms.CauseInterworking, Diagnosis: []byte{9}},
		{Kind: sms.RPMemory, Way: sms.ToCentre, Reference: 4},
	} {
		b, err := m.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := sms.ParseRP(b); err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("%x is %+v (%v), want %+v", b, back, err, m)
		}
	}
}

func TestWhatIsNoRPMessageCanStillBeRefused(t *testing.T) {
	for text, want := range map[string]error{"": sms.ErrShort, "00": sms.ErrShort, "0709": sms.ErrKind, "0009": sms.ErrShort, "0009000107": sms.ErrShort, "0509": sms.ErrShort, "050900": sms.ErrShort} {
		m, err := sms.ParseRP(octets(t, text))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
		if len(text) > 2 && m.Reference != 9 {
			t.Errorf("%s: reference %d", text, m.Reference)
		}
	}
	if m, err := sms.ParseRP(octets(t, "0303"+"8a"+"420101"+"4102abcd"+"410100")); err != nil || string(m.Unit) != "\xab\xcd" {
		t.Errorf("elements that are not known were not passed over: %+v %v", m, err)
	}
}
