package resolve_test

import (
	"strings"
	"testing"
	"time"

	"tandem/sip/resolve"
	"tandem/sip/resolve/resolvetest"
)

const carrierZone = `
carrier.test.       60 IN NAPTR 10 20 "S" "SIP+D2U" "" _sip._udp.carrier.test.
carrier.test.       60 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.carrier.test.
carrier.test.       60 IN NAPTR 20 10 "s" "SIP+D2T" "" _sip._tcp.carrier.test.
carrier.test.       60 IN NAPTR 5 10 "u" "E2U+sip" "!^.*$!sip:x@y!" .
_sips._tcp.carrier.test. 60 IN SRV 10 1 5061 secure.carrier.test.
_sip._udp.carrier.test.  60 IN SRV 20 1 5062 second.carrier.test.
_sip._udp.carrier.test.  60 IN SRV 10 1 5061 first.carrier.test.
_sip._tcp.carrier.test.  60 IN SRV 10 1 5063 first.carrier.test.
secure.carrier.test. 60 IN A 127.0.5.1
first.carrier.test.  60 IN A 127.0.5.2
first.carrier.test.  60 IN AAAA ::1
second.carrier.test. 60 IN A 127.0.5.3
plain.test.          60 IN A 127.0.5.4
closed.test.         60 IN A 127.0.5.5
_sip._udp.closed.test. 60 IN SRV 0 0 0 .
`

func TestNAPTRSaysTheTransportAndSRVTheServers(t *testing.T) {
	n := resolvetest.Start(t, carrierZone)
	r := resolve.New(t.Context(), resolve.NewDNS(n.At), resolve.Limits{})
	defer r.Close()
	for server, want := range map[string]string{
		"sip:carrier.test":               "TLS 127.0.5.1:5061 carrier.test, UDP 127.0.5.2:5061, UDP [::1]:5061, UDP 127.0.5.3:5062", // order 20 is never looked at
		"sips:carrier.test":              "TLS 127.0.5.1:5061 carrier.test",
		"sip:carrier.test;transport=tcp": "TCP 127.0.5.2:5063, TCP [::1]:5063", // who names a transport is not told another
		"sip:first.carrier.test:5080":    "UDP 127.0.5.2:5080, UDP [::1]:5080",
		"sip:plain.test":                 "UDP 127.0.5.4:5060",
		"sips:plain.test":                "TLS 127.0.5.4:5061 plain.test",
		"sip:closed.test":                "",
		"sip:closed.test:5060":           "UDP 127.0.5.5:5060", // who names a port asks for no service
		"sip:nobody.test":                "",
	} {
		if got := words(ask(t, r, server)); got != want {
			t.Errorf("%s is at %s\nwant %s", server, got, want)
		}
	}
}

func TestAnAnswerTooLongForADatagramComesByTCP(t *testing.T) {
	var zone strings.Builder
	for i := range 12 {
		zone.WriteString("many.test. 60 IN A 127.0.6." + string(rune('0'+i%10)) + "\n")
	}
	n := resolvetest.Start(t, zone.String())
	r := resolve.New(t.Context(), resolve.NewDNS(n.At), resolve.Limits{})
	defer r.Close()
	if got := ask(t, r, "sip:many.test:5060"); len(got) != 12 {
		t.Errorf("found %v", got)
	}
}

func TestAMuteNameServerIsFollowedByTheNext(t *testing.T) {
	mute, well := resolvetest.Start(t, ""), resolvetest.Start(t, carrierZone)
	mute.Mute.Store(true)
	r := resolve.New(t.Context(), resolve.NewDNS(mute.At, well.At), resolve.Limits{})
	defer r.Close()
	begin := time.Now()
	if got := words(ask(t, r, "sip:plain.test:5060")); got != "UDP 127.0.5.4:5060" || time.Since(begin) > 4*time.Second {
		t.Errorf("%s after %v", got, time.Since(begin))
	}
}

func TestWhatTheDNSSaidServesWhileItIsMute(t *testing.T) {
	n := resolvetest.Start(t, strings.ReplaceAll(carrierZone, " 60 IN", " 0 IN"))
	r := resolve.New(t.Context(), resolve.NewDNS(n.At), resolve.Limits{MinAge: time.Millisecond, Patience: 50 * time.Millisecond})
	defer r.Close()
	first := words(ask(t, r, "sip:carrier.test"))
	n.Mute.Store(true)
	for range 3 { // the first waits a little, the others not even that
		begin := time.Now()
		if got := words(ask(t, r, "sip:carrier.test")); got != first || time.Since(begin) > 900*time.Millisecond {
			t.Errorf("%s after %v", got, time.Since(begin))
		}
	}
	n.Mute.Store(false)
}
