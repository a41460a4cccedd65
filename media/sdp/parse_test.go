package sdp

import (
	"errors"
	"strings"
	"testing"
)

const offer = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=sendonly\r\n" +
	"m=audio 4000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=ptime:30\r\na=rtcp:4009\r\na=recvonly\r\n" +
	"m=video 5000 RTP/AVP 97\r\nc=IN IP6 2001:db8::1\r\na=rtcp-mux\r\n"

func TestSessionLevelHoldsUnlessTheMediaSaysOtherwise(t *testing.T) {
	d, err := Parse([]byte(offer))
	if err != nil {
		t.Fatal(err)
	}
	a, v := d.Media[0], d.Media[1]
	if a.Addr.String() != "192.0.2.1" || a.Direction != RecvOnly || a.Ptime != 30 || a.RTCPPort != 4009 || a.RTCPMux {
		t.Errorf("audio: %+v", a)
	}
	if v.Addr.String() != "2001:db8::1" || v.Direction != SendOnly || !v.RTCPMux || v.Ptime != 0 || len(v.Maps) != 0 {
		t.Errorf("video: %+v", v)
	}
	if m, ok := a.Map(96); !ok || m.Name != "telephone-event" || m.Rate != 8000 {
		t.Errorf("map of 96: %+v", m)
	}
	if m, ok := a.Map(8); !ok || m.Name != "PCMA" {
		t.Errorf("map of 8: %+v", m)
	}
	if _, ok := a.Map(97); ok {
		t.Error("97 is the video's")
	}
}

func TestLimits(t *testing.T) {
	head := "v=0\no=- 1 2 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\n"
	for name, body := range map[string]string{
		"size":    head + "a=" + strings.Repeat("x", MaxSize),
		"media":   head + strings.Repeat("m=audio 4000 RTP/AVP 8\n", MaxMedia+1),
		"formats": head + "m=audio 4000 RTP/AVP" + strings.Repeat(" 8", maxFormats+1),
		"maps":    head + "m=audio 4000 RTP/AVP 8\n" + strings.Repeat("a=rtpmap:96 x/8000\n", maxMaps+1),
	} {
		if _, err := Parse([]byte(body)); !errors.Is(err, ErrTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(offer))
	f.Add([]byte("v=0\no=- 1 1 IN IP6 ::1\nm=audio 1/2 RTP/AVP 0\nc=IN IP6 fe80::1%eth0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		for i := range d.Media {
			m := &d.Media[i]
			if m.Kind == "" || strings.ContainsAny(m.Kind+m.Proto, "\r\n ") || len(m.Formats) == 0 || strings.ContainsAny(m.Formats[0], "\r\n ") {
				t.Errorf("m= line %+v cannot be written back", m)
			}
			if m.Addr.Zone() != "" || m.Addr.Is4In6() {
				t.Errorf("address %v has a zone, or clothes", m.Addr)
			}
			for _, pt := range m.PayloadTypes() {
				if x, ok := m.Map(pt); ok && (x.PayloadType != pt || x.Rate < 0) {
					t.Errorf("map of %d: %+v", pt, x)
				}
			}
		}
	})
}
