package sms_test

import (
	"errors"
	"strings"
	"testing"

	"tandem/mobilecore/sms"
)

func TestSegmentsAreAsLongAsTheyMayBe(t *testing.T) {
	for _, c := range []struct {
		text  string
		o     sms.Options
		sizes []int // octets of user data without header
	}{
		{strings.Repeat("a", 160), sms.Options{}, []int{160}},
		{strings.Repeat("a", 161), sms.Options{}, []int{153, 8}},
		{strings.Repeat("a", 161), sms.Options{Long: sms.LongUDH16}, []int{152, 9}},
		{strings.Repeat("a", 161), sms.Options{Long: sms.LongSAR}, []int{153, 8}},
		{strings.Repeat("a", 500), sms.Options{Long: sms.LongPayload}, []int{500}},
		{strings.Repeat("€", 80), sms.Options{}, []int{160}},
		{strings.Repeat("€", 81), sms.Options{}, []int{152, 10}}, // no escape at the end of the first
		{strings.Repeat("ç", 70), sms.Options{}, []int{140}},
		{strings.Repeat("ç", 71), sms.Options{}, []int{134, 8}},
		{strings.Repeat("ç", 71), sms.Options{Long: sms.LongUDH16}, []int{132, 10}},
		{strings.Repeat("😀", 36), sms.Options{}, []int{132, 12}},                                     // 33 pairs and half of one would fit
		{strings.Repeat("é", 161), sms.Options{Standard: sms.Latin1}, []int{153, 8}},                 // the other makes septets of it
		{strings.Repeat("a", 60) + "👩🏾‍🚀👩🏾‍🚀", sms.Options{}, []int{134, 14}},                        // the second moves on whole
		{strings.Repeat("e\u0301", 35) + "x", sms.Options{}, []int{132, 10}},                         // no accent without its letter
		{"x" + strings.Repeat("\u0301", 80), sms.Options{}, []int{28, 134}},                          // what has room nowhere is cut
		{strings.Repeat("a", 152) + "\r\n" + strings.Repeat("b", 10), sms.Options{}, []int{152, 12}}, // a line's end is one
	} {
		m, err := sms.Plan(c.text, c.o)
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, s := range m.Segments {
			sizes = append(sizes, len(s.Octets))
		}
		if len(sizes) != len(c.sizes) || sizes[0] != c.sizes[0] || sizes[len(sizes)-1] != c.sizes[len(c.sizes)-1] {
			t.Errorf("%.8q… %+v: %v octets, want %v", c.text, c.o, sizes, c.sizes)
		}
	}
}

func TestAtMost255Segments(t *testing.T) {
	if m, err := sms.Plan(strings.Repeat("a", 153*255), sms.Options{}); err != nil || len(m.Segments) != 255 {
		t.Errorf("%d segments, %v", len(m.Segments), err)
	}
	if _, err := sms.Plan(strings.Repeat("a", 153*255+1), sms.Options{}); !errors.Is(err, sms.ErrTooLong) {
		t.Errorf("256 segments: %v", err)
	}
}

func TestSpec_L22_PreviewSaysWhatATextTakes(t *testing.T) {
	for text, want := range map[string]sms.Estimate{
		"":                                 {Encoding: sms.GSM7, Segments: 1, Left: 160, Room: 160},
		"Bonjour, 5 €":                     {Encoding: sms.GSM7, Segments: 1, Characters: 12, Units: 13, Left: 147, Room: 160},
		"Ça va, ça ? œuf 👍":                {Encoding: sms.UCS2, Segments: 1, Characters: 17, Units: 18, Left: 52, Room: 70, Forcing: []rune("çœ👍")},
		strings.Repeat("a", 161):           {Encoding: sms.GSM7, Segments: 2, Characters: 161, Units: 161, Left: 145, Room: 153},
		strings.Repeat("ê", 71):            {Encoding: sms.UCS2, Segments: 2, Characters: 71, Units: 71, Left: 63, Room: 67, Forcing: []rune("ê")},
		strings.Repeat("€", 81):            {Encoding: sms.GSM7, Segments: 2, Characters: 81, Units: 162, Left: 143, Room: 153},
		strings.Repeat("a", 153*255) + "b": {Encoding: sms.GSM7, Segments: 256, Characters: 153*255 + 1, Units: 153*255 + 1, Left: 152, Room: 153},
	} {
		got := sms.Preview(text)
		if string(got.Forcing) != string(want.Forcing) {
			t.Errorf("%.20q: %q force UCS-2, want %q", text, string(got.Forcing), string(want.Forcing))
		}
		got.Forcing, want.Forcing = nil, nil
		if got.Encoding != want.Encoding || got.Segments != want.Segments || got.Characters != want.Characters || got.Units != want.Units || got.Left != want.Left || got.Room != want.Room {
			t.Errorf("%.20q takes %+v, want %+v", text, got, want)
		}
		if m, err := sms.Plan(text, sms.Options{}); err == nil && (len(m.Segments) != got.Segments || m.Encoding() != got.Encoding) {
			t.Errorf("%.20q: planned %d segments in %s, the preview says %+v", text, len(m.Segments), m.Coding, got)
		}
	}
}
