package routing

import (
	"testing"

	"tandem/media"
)

// Keys stand in SDP: they are offered over TLS alone, and what must be encrypted stays so wherever it comes from.
func TestKeysOfMediaAreOfferedOverTLSAlone(t *testing.T) {
	tls, mixed := []string{"sips:a.example", "sip:b.example;transport=TLS"}, []string{"sips:a.example", "sip:b.example;transport=udp"}
	for _, c := range []struct {
		servers []string
		policy  string
		came    bool // over TLS
		offer   []byte
		want    media.SRTP
	}{
		{tls, MediaTaken, false, nil, media.SRTPOff},
		{tls, MediaTaken, true, []byte("v=0"), media.SRTPAllowed},
		{tls, MediaTaken, false, []byte("v=0"), media.SRTPOff},
		{tls, MediaAllowed, false, nil, media.SRTPAllowed},
		{mixed, MediaAllowed, false, nil, media.SRTPOff},
		{nil, MediaAllowed, false, nil, media.SRTPOff},
		{tls, MediaAllowed, false, []byte("v=0"), media.SRTPOff},
		{tls, MediaRequired, false, nil, media.SRTPRequired},
		{mixed, MediaRequired, false, []byte("v=0"), media.SRTPRequired},
		{tls, MediaOff, true, []byte("v=0"), media.SRTPOff},
	} {
		l := &leg{trunk: &Trunk{Servers: c.servers, TLS: TrunkTLS{Media: c.policy}}, offer: c.offer, source: endpoint{sealed: c.came}}
		if got := l.secrecy(); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	phone := &leg{source: endpoint{sealed: true}}
	if phone.secrecy() != media.SRTPAllowed || (&leg{}).secrecy() != media.SRTPOff {
		t.Error("a phone's media do not follow its signalling")
	}
}
