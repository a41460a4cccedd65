package srtp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func packet(seq int, ssrc uint32) []byte {
	b := append(make([]byte, 12), bytes.Repeat([]byte{'x'}, 160)...)
	b[0], b[1] = 0x80, 8
	binary.BigEndian.PutUint16(b[2:], uint16(seq))
	binary.BigEndian.PutUint32(b[4:], uint32(seq)*160)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return b
}

// two are both ends of a leg.
func two(t *testing.T, s Suite) (a, b *Seal) {
	t.Helper()
	x, y := New(1, s), New(1, s)
	a, b = new(Seal), new(Seal)
	if err := a.Install(x, y); err != nil {
		t.Fatal(err)
	}
	if err := b.Install(y, x); err != nil {
		t.Fatal(err)
	}
	return a, b
}

func seal(t *testing.T, s *Seal, b []byte) (out []byte) {
	t.Helper()
	if err := s.SendRTP(b, func(sealed []byte) error { out = bytes.Clone(sealed); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEverySuiteSealsAndOpensAndTakesNothingElse(t *testing.T) {
	for _, s := range Suites() {
		a, b := two(t, s)
		plain := packet(1, 5)
		sealed := seal(t, a, plain)
		if bytes.Contains(sealed, []byte("xxxx")) {
			t.Errorf("%s: the voice can be read", s)
		}
		spoiled := bytes.Clone(sealed)
		spoiled[len(spoiled)-1] ^= 1
		if _, err := b.OpenRTP(spoiled); err == nil {
			t.Errorf("%s: a bad tag is taken", s)
		}
		if got, err := b.OpenRTP(bytes.Clone(sealed)); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v, %d bytes", s, err, len(got))
		}
		if _, err := b.OpenRTP(bytes.Clone(sealed)); err == nil {
			t.Errorf("%s: a packet is taken twice", s)
		}
		if _, err := b.OpenRTP(plain); err == nil {
			t.Errorf("%s: a packet in the clear is taken", s)
		}
		report := []byte{0x80, 201, 0, 1, 0, 0, 0, 5}
		var sent []byte
		if err := a.SendRTCP(report, func(x []byte) error { sent = bytes.Clone(x); return nil }); err != nil {
			t.Fatal(err)
		}
		if got, err := b.OpenRTCP(sent); err != nil || !bytes.Equal(got, report) {
			t.Errorf("%s: report: %v", s, err)
		}
	}
}

// The sequence number wraps twice; then the keys change, and the index of the packets goes on.
func TestTheIndexGoesOnOverWrapsAndNewKeys(t *testing.T) {
	a, b := two(t, AES128SHA80)
	pass := func(seq int) {
		t.Helper()
		if _, err := b.OpenRTP(seal(t, a, packet(seq&0xFFFF, 9))); err != nil {
			t.Fatalf("packet %d: %v", seq, err)
		}
	}
	for seq := 65000; seq < 3*65536; seq += 500 {
		pass(seq)
	}
	x, y := New(2, AES256GCM), New(2, AES256GCM)
	if a.Install(x, y) != nil || b.Install(y, x) != nil {
		t.Fatal("new keys are not taken")
	}
	pass(3*65536 + 10)
	if roc, ok := b.in.keys.ROC(9); !ok || roc < 2 {
		t.Errorf("the index began again at %d", roc)
	}
	before := b.in.keys
	if err := b.Install(y, x); err != nil || b.in.keys != before {
		t.Error("the same keys began again")
	}
}

func TestLinesThatAreOfUseAndOthers(t *testing.T) {
	key := "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj" // RFC 4568 section 9.3's own
	for _, line := range []string{
		"1 AES_CM_128_HMAC_SHA1_80 " + key, "1 AES_CM_128_HMAC_SHA1_32 " + key + "|2^20", "7 aes_cm_128_hmac_sha1_80 " + key + "|1048576 WSH=64",
	} {
		c, err := Parse(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if again, err := Parse(c.Line()); err != nil || again != c {
			t.Errorf("%s: written and read again: %v", line, err)
		}
		for _, said := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s", c, c, c, c), c.LogValue().String(), fmt.Sprint(slog.Any("peer", c))} {
			if strings.Contains(said, "d0Rm") || strings.Contains(said, c.key) {
				t.Errorf("the key is said: %s", said)
			}
		}
	}
	for _, line := range []string{
		"", "1", "1 AES_CM_128_HMAC_SHA1_80", "x AES_CM_128_HMAC_SHA1_80 " + key, "-1 AES_CM_128_HMAC_SHA1_80 " + key,
		"1 F8_128_HMAC_SHA1_80 " + key, "1 AEAD_AES_128_GCM " + key, "1 AES_CM_128_HMAC_SHA1_80 d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
		"1 AES_CM_128_HMAC_SHA1_80 inline:d0Rm", "1 AES_CM_128_HMAC_SHA1_80 inline:????", "1 AES_CM_128_HMAC_SHA1_80 " + key + "|2^20|1:4",
		"1 AES_CM_128_HMAC_SHA1_80 " + key + "|1:4", "1 AES_CM_128_HMAC_SHA1_80 " + key + ";" + key, "1 AES_CM_128_HMAC_SHA1_80 " + key + " UNENCRYPTED_SRTP",
		"9999999999 AES_CM_128_HMAC_SHA1_80 " + key,
	} {
		if c, err := Parse(line); err == nil {
			t.Errorf("%q is taken as %v", line, c)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4 WSH=64")
	f.Add(New(3, AES256GCM).Line())
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(c.Line()); err != nil || again != c {
			t.Errorf("%q becomes %q: %v", s, c.Line(), err)
		}
		if _, err := c.context(); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(packet(1, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range Suites() {
			x := New(1, s)
			o := new(Seal)
			if err := o.Install(x, x); err != nil {
				t.Fatal(err)
			}
			if _, err := o.OpenRTP(bytes.Clone(b)); err == nil {
				t.Error("a stranger's packet opens")
			}
			if _, err := o.OpenRTCP(bytes.Clone(b)); err == nil {
				t.Error("a stranger's report opens")
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	for _, s := range Suites() {
		b.Run(string(s), func(b *testing.B) {
			x := New(1, s)
			o := new(Seal)
			if err := o.Install(x, x); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := o.SendRTP(packet(i, 3), func(p []byte) error { _, err := o.OpenRTP(p); return err }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
