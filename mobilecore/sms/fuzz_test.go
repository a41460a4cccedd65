package sms_test

import (
	"bytes"
	"encoding/hex"
	"testing"
	"unicode/utf8"

	"tandem/mobilecore/sms"
)

// octets is a unit as people write them in specifications.
func octets(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func FuzzGSM7(f *testing.F) {
	for _, text := range []string{"hello", "5 € [x]", "\x1b", "\x1b\x1b\x1b", "\x00\xff", "a\x1b\xff"} {
		f.Add([]byte(text), byte(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, fill byte) {
		text := sms.DecodeGSM7(b)
		if !utf8.ValidString(text) {
			t.Fatalf("%x is %q", b, text)
		}
		if septets, missing := sms.EncodeGSM7(text); missing == nil && sms.DecodeGSM7(septets) != text {
			t.Fatalf("%q is %x, which is another text", text, septets)
		}
		gap := int(fill % 7)
		masked := make([]byte, len(b))
		for i := range b {
			masked[i] = b[i] & 0x7f
		}
		if got := sms.Unpack(sms.Pack(masked, gap), len(masked), gap); !bytes.Equal(got, masked) {
			t.Fatalf("%x came back as %x", masked, got)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text), 1)
	}
	f.Fuzz(func(t *testing.T, b []byte, long int) {
		if back := sms.DecodeUCS2(b); !utf8.ValidString(back) {
			t.Fatalf("%x is %q", b, back)
		}
		text := string(b)
		m, err := sms.Plan(text, sms.Options{Long: sms.Long(long & 3)})
		if err != nil {
			sms.Preview(text)
			return
		}
		var chunks []sms.Chunk
		for _, s := range m.Segments {
			chunks = append(chunks, sms.Chunk{Coding: m.Coding, Octets: s.Octets})
		}
		if got := sms.Join(chunks...); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}

func FuzzUDH(f *testing.F) {
	for _, text := range []string{"0500030c0201", "060804123402016162", "0b0504158a158a00030c020141", "00", "ff00", "05000301", "0400024142"} {
		f.Add(octets(f, text))
	}
	f.Add(append([]byte{255, 0, 253}, make([]byte, 253)...)) // lengths at the end of an octet
	f.Add(append([]byte{255}, make([]byte, 255)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, rest, err := sms.ParseHeader(b)
		if err != nil {
			return
		}
		if len(rest) > len(b) {
			t.Fatal("more is left than there was")
		}
		if c, ok := h.Concat(); ok && (c.Number < 1 || c.Number > c.Total || c.Total > 255) {
			t.Fatalf("%+v", c)
		}
		if len(h) == 0 {
			return
		}
		if again := append(h.Bytes(), rest...); !bytes.Equal(again, b) {
			t.Fatalf("%x was written as %x", b, again)
		}
	})
}

// units are TPDUs as handsets and centres write them.
func units() []string {
	return []string{
		"11000b916407281553f80000aa0ae8329bfd4697d9ec37",                               // submit, GSM 7 bit, relative validity
		"07917283010010f5040bc87238880900f10000993092516195800ae8329bfd4697d9ec37",     // with a centre's address before it: no unit
		"040bc87238880900f10000993092516195800ae8329bfd4697d9ec37",                     // deliver
		"040bd0d4e21b8ec6cb00000062111112349540026831",                                 // deliver of a name
		"440b913306998110f000086211111234954014050003420201d83dde00d83dde00d83dde0061", // deliver with a header, UCS-2
		"410c0b913306998110f00000a70e0500034202018a8bb2f1ef",                           // submit with a header, septets
		"06340b913306998110f0621111123495406211111234574000",                           // status report
		"010062111112349540", "01d30062111112349540", "0000", "00d300", "000705080568656c6c6f", // reports
		"0234000205" + "0b913306998110f0" + "02abcd", // command
		"19010b913306998110f000f5" + "62111112349540" + "03010203",
		"09010b913306998110f00000" + "0a050000000000" + "00",
	}
}

func FuzzTPDU(f *testing.F) {
	for _, text := range units() {
		f.Add(octets(f, text), true)
		f.Add(octets(f, text), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, toHandset bool) {
		w := sms.ToCentre
		if toHandset {
			w = sms.ToHandset
		}
		unit, err := sms.ParseTPDU(b, w)
		if err != nil {
			return
		}
		first, err := unit.Append(nil)
		if err != nil {
			t.Fatalf("%x: %+v cannot be written: %v", b, unit, err)
		}
		again, err := sms.ParseTPDU(first, w)
		if err != nil {
			t.Fatalf("%x was written as %x, which cannot be read: %v", b, first, err)
		}
		if second, err := again.Append(nil); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%x was written as %x, then as %x: %v", b, first, second, err)
		}
	})
}

func FuzzRP(f *testing.F) {
	for _, text := range []string{
		"00010006913306000000" + "10" + "010c0b913306998110f0000003e8320c", "0102069133060000000002" + "0400", "0203", "030341020000", "04030116", "05030116410200d3",
		"0504026f01", "0607", "0700", "000100", "03034105", "0303800a410100",
	} {
		f.Add(octets(f, text))
	}
	f.Add(append([]byte{3, 3, 0x42, 255}, make([]byte, 300)...)) // lengths at the end of an octet
	f.Add(append([]byte{0, 3, 255}, make([]byte, 300)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := sms.ParseRP(b)
		if err != nil {
			return
		}
		first, err := m.Append(nil)
		if err != nil {
			t.Fatalf("%x: %+v cannot be written: %v", b, m, err)
		}
		again, err := sms.ParseRP(first)
		if err != nil {
			t.Fatalf("%x was written as %x, which cannot be read: %v", b, first, err)
		}
		if second, err := again.Append(nil); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%x was written as %x, then as %x: %v", b, first, second, err)
		}
		_, _ = m.TPDU()
	})
}
