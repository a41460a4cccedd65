package sim

import (
	"bytes"
	"testing"

	"tandem/mobilecore/sms"
)

// What the core forwards is what came, but for what a proxy changes.
func TestADatagramKeepsWhatItDoesNotKnow(t *testing.T) {
	came := "INVITE tel:0142685300;phone-context=a SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2\r\n" +
		"Route: <sip:us;lr>,<sip:odi,1@b;lr>\r\nX-Own: a,b\r\n folded\r\nf: \"A, B\" <sip:a@b>;tag=1\r\nContent-Length: 3\r\n\r\nabc"
	d, err := readDatagram([]byte(came))
	if err != nil {
		t.Fatal(err)
	}
	if d.branch() != "z9hG4bK1" || d.pop("Via") == "" || d.branch() != "z9hG4bK2" || len(d.all("Route")) != 2 || inAngles(d.all("Route")[1]) != "sip:odi,1@b;lr" {
		t.Errorf("read %+v", d)
	}
	if d.get("X-Own") != "a,b folded" || userOf(d.uri()) != "0142685300" || string(d.body) != "abc" || d.method() != "INVITE" {
		t.Errorf("read %+v", d)
	}
	for _, bad := range []string{"", "INVITE", "INVITE a SIP/2.0\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"} {
		if _, err := readDatagram([]byte(bad)); err == nil {
			t.Errorf("read %q", bad)
		}
	}
}

func FuzzDatagram(f *testing.F) {
	f.Add([]byte("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=1\r\nRoute: <sip:a>, <sip:b>\r\n\r\nx"))
	f.Add([]byte("SIP/2.0 200 OK\r\nv: a\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := readDatagram(b)
		if err != nil {
			return
		}
		again, err := readDatagram(d.bytes())
		if err != nil || !bytes.Equal(again.bytes(), d.bytes()) {
			t.Fatalf("%q is read as %q", d.bytes(), again.bytes())
		}
		_, _, _, _ = d.branch(), d.status(), userOf(d.uri()), d.reply(200)
	})
}

// What a handset or its centre writes is read as it was; nothing that comes makes the reader fail otherwise.
func FuzzShortMessage(f *testing.F) {
	for _, text := range []string{"Ça marche €", "deux baguettes", ""} {
		all, err := shortsOf("+33639980007", "114", text, 1)
		if err != nil {
			f.Fatal(err)
		}
		for _, write := range []func(short, byte) ([]byte, error){rpSubmit, rpDeliver} {
			b, err := write(all[0], 7)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readRP(b)
		if err != nil || m.Kind != sms.RPData || m.report != nil || m.Way == sms.ToHandset {
			return
		}
		again, err := rpSubmit(m.short, m.Reference)
		if err != nil {
			return
		}
		if same, err := readRP(again); err != nil || same.short.to != m.short.to || !bytes.Equal(same.short.octets, m.short.octets) {
			t.Errorf("%+v became %+v, %v", m.short, same.short, err)
		}
	})
}
