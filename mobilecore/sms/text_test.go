package sms_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tandem/mobilecore/sms"
)

// texts are what people write: each comes back as it was, byte for byte.
func texts() map[string]string {
	return map[string]string{
		"empty":         "",
		"plain":         "On se voit à 18h ? Ça marche",
		"extension":     "Total : 12 € [ok] {a|b} ~ ^ \\",
		"accents":       "Où êtes-vous ? Le cœur, l'île, le maïs, la leçon ç œ",
		"decomposed":    "e\u0301te\u0301 and \u00e9t\u00e9",
		"family":        "👨‍👩‍👧‍👦 👍🏽 🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️‍🔥",
		"right to left": "مرحبا بك في باريس שלום 123 \u200fabc",
		"lines":         "un\ndeux\r\ntrois\f\r",
		"ten parts":     strings.Repeat("Le train de 18h07 est annoncé à l'heure. ", 36),
		"ten in ucs2":   strings.Repeat("ça va être prêt à Noël 🎄👩🏾‍🚀 ", 24),
		"nul":           "a\x00b",
	}
}

func TestSpec_M6_TextsComeBackByteForByte(t *testing.T) {
	for name, text := range texts() {
		for _, o := range []sms.Options{{Reference: 0x1234}, {Long: sms.LongUDH16, Reference: 0x1234}, {Long: sms.LongSAR}, {Long: sms.LongPayload}, {Standard: sms.Latin1}} {
			m, err := sms.Plan(text, o)
			if err != nil {
				t.Fatalf("%s %+v: %v", name, o, err)
			}
			var chunks []sms.Chunk
			for i, s := range m.Segments {
				octets := s.UserData()
				if s.Header != nil {
					h, rest, err := sms.ParseHeader(octets)
					c, part := h.Concat()
					if err != nil || !part || c != s.Concat || c.Number != i+1 || c.Total != len(m.Segments) {
						t.Fatalf("%s %+v: header %v %+v of segment %d: %v", name, o, h, c, i, err)
					}
					octets = rest
				}
				if m.Coding == sms.GSM7 {
					fill := 3
					octets = sms.Unpack(sms.Pack(octets, fill), len(octets), fill)
				}
				chunks = append(chunks, sms.Chunk{Coding: m.Coding, Octets: octets})
				if decoded := sms.Decode(m.Coding, octets); strings.ContainsRune(decoded, utf8.RuneError) {
					t.Errorf("%s %+v: segment %d is cut within a character", name, o, i)
				}
			}
			if got := sms.Join(chunks...); got != text {
				t.Errorf("%s %+v: %q came back as %q", name, o, text, got)
			}
		}
	}
}

func TestEveryCharacterOfTheAlphabetHasItsSeptets(t *testing.T) {
	for code := range 128 {
		text := sms.DecodeGSM7([]byte{byte(code)})
		if code == 0x1b {
			if text != " " {
				t.Errorf("an escape alone is %q", text)
			}
			continue
		}
		if got, missing := sms.EncodeGSM7(text); missing != nil || !bytes.Equal(got, []byte{byte(code)}) {
			t.Errorf("%#x is %q, which is %x", code, text, got)
		}
	}
	known := map[byte]string{0x0a: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2f: `\`, 0x3c: "[", 0x3d: "~", 0x3e: "]", 0x40: "|", 0x65: "€"}
	for code := range 128 {
		pair := []byte{0x1b, byte(code)}
		want, extended := known[byte(code)]
		if !extended {
			want = sms.DecodeGSM7([]byte{byte(code)}) // as the basic table has it
		}
		if got := sms.DecodeGSM7(pair); got != want {
			t.Errorf("escape and %#x are %q, want %q", code, got, want)
		}
		if got, _ := sms.EncodeGSM7(want); extended && !bytes.Equal(got, pair) {
			t.Errorf("%q is %x", want, got)
		}
	}
}

func TestTheFrenchLettersThatForceUCS2(t *testing.T) {
	for _, r := range "çêâîôûëïœŒÀÂÊÈ’" {
		if _, missing := sms.EncodeGSM7(string(r)); !slices.Equal(missing, []rune{r}) {
			t.Errorf("%c is taken for GSM 7 bit", r)
		}
	}
	for _, r := range "éèùàÉÇ€" {
		if _, missing := sms.EncodeGSM7(string(r)); missing != nil {
			t.Errorf("%c is not taken for GSM 7 bit", r)
		}
	}
}

// TestPackedSeptets has the octets of TS 23.038's own way of packing, as handsets write them.
func TestPackedSeptets(t *testing.T) {
	septets, _ := sms.EncodeGSM7("hellohello")
	packed := []byte{0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37}
	if got := sms.Pack(septets, 0); !bytes.Equal(got, packed) {
		t.Errorf("packed %x", got)
	}
	if got := sms.Unpack(packed, len(septets), 0); !bytes.Equal(got, septets) {
		t.Errorf("unpacked %x", got)
	}
	if got := sms.Unpack(packed, 4000, 0); len(got) != 10 {
		t.Errorf("%d septets of 9 octets", len(got))
	}
}

func TestLoneSurrogatesAndOddOctetsAreReplaced(t *testing.T) {
	for in, want := range map[string]string{"\xd8\x3d": "\ufffd", "\xde\x00\x00A": "\ufffdA", "\xd8\x3d\xd8\x3d\xde\x00": "\ufffd😀", "\x00A\x00": "A\ufffd", "": ""} {
		if got := sms.DecodeUCS2([]byte(in)); got != want {
			t.Errorf("%x is %q, want %q", in, got, want)
		}
	}
	if _, err := sms.Plan("a\xed\xa0\x80", sms.Options{}); !errors.Is(err, sms.ErrNotText) {
		t.Errorf("a surrogate in UTF-8 was planned: %v", err)
	}
}

func TestAPairCutBySomebodyElseSurvives(t *testing.T) {
	whole := sms.EncodeUCS2("salut 😀")
	if got := sms.Join(sms.Chunk{sms.UCS2, whole[:14]}, sms.Chunk{sms.UCS2, whole[14:]}); got != "salut 😀" {
		t.Errorf("joined %q", got)
	}
	septets, _ := sms.EncodeGSM7("5 €")
	mixed := []sms.Chunk{{sms.GSM7, septets[:3]}, {sms.GSM7, septets[3:]}, {}, {sms.UCS2, sms.EncodeUCS2("œ")}, {sms.GSM7, septets}}
	if got := sms.Join(mixed...); got != "5 €œ5 €" {
		t.Errorf("joined %q", got)
	}
	if got := sms.Join(mixed[0], sms.Chunk{}, mixed[1]); got != "5  e" {
		t.Errorf("across a gap it joined %q", got)
	}
}
