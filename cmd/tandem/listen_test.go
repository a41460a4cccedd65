package main

import (
	"net/netip"
	"slices"
	"testing"

	"tandem/cmd/tandem/config"
	"tandem/media"
	"tandem/sip/transport"
)

func load(t *testing.T, set ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.Sources{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Without a word of the operator's, no SDP sends our voice to this machine itself or to nowhere.
func TestVoiceIsKeptFromTheSameAddressesByDefaultAsMediaDoes(t *testing.T) {
	if got, want := load(t).Media.Deny, media.DefaultDeny(); !slices.Equal(got, config.Prefixes(want)) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListeners(t *testing.T) {
	one := netip.MustParseAddrPort("127.0.0.1:5060")
	got, err := sipListeners(load(t, "sip.udp=127.0.0.1:5060", "sip.tcp=127.0.0.1:5060", "sip.advertise=203.0.113.7").SIP)
	if want := []transport.Listener{{Network: transport.UDP, Bind: one}, {Network: transport.TCP, Bind: one}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("loopback is not advertised as anything else: %v, %v", got, err)
	}
	got, err = sipListeners(load(t, "sip.udp=192.0.2.4:5060", "sip.tcp=", "sip.advertise=203.0.113.7").SIP)
	if err != nil || len(got) != 1 || got[0].Advertise != netip.MustParseAddrPort("203.0.113.7:5060") {
		t.Errorf("behind a one-to-one NAT: %v, %v", got, err)
	}
	got, err = sipListeners(load(t, "sip.udp=:5060", "sip.tcp=").SIP)
	if err != nil || !slices.Contains(got, transport.Listener{Network: transport.UDP, Bind: one}) {
		t.Errorf("every address: %v, %v", got, err)
	}
	for _, l := range got {
		if l.Bind.Addr().IsUnspecified() || !l.Bind.Addr().Is4() {
			t.Errorf("%v is no address that a peer can answer to", l)
		}
	}
	four := len(got)
	got, err = sipListeners(load(t, "sip.udp=:5060", "sip.tcp=", "sip.ipv6=true", "sip.advertise=203.0.113.7").SIP)
	if err != nil || len(got) < four {
		t.Errorf("of both families: %v, %v", got, err)
	}
	for _, l := range got {
		if l.Bind.Addr().Is6() && l.Advertise.IsValid() {
			t.Errorf("%v is told as an address of the other family", l)
		}
	}
}

func TestPublicAddress(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want string
	}{
		{[]string{"media.public_ip=203.0.113.7", "sip.advertise=203.0.113.8"}, "203.0.113.7"},
		{[]string{"sip.advertise=203.0.113.8", "media.bind=127.0.0.5"}, "203.0.113.8"},
		{[]string{"media.bind=127.0.0.5", "sip.udp=127.0.0.1:5060"}, "127.0.0.5"},
		{[]string{"sip.udp=127.0.0.1:5060"}, "127.0.0.1"},
	} {
		if got := publicIP(t.Context(), load(t, c.set...)); got.String() != c.want {
			t.Errorf("%v: %s, want %s", c.set, got, c.want)
		}
	}
	if got := publicIP(t.Context(), load(t)); !got.IsValid() || got.IsUnspecified() {
		t.Errorf("by route: %s", got)
	}
}

// A system that is on loopback alone speaks with loopback; one that is not does not.
func TestLoopbackIsDeniedToThoseOutside(t *testing.T) {
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	all := load(t).Media.Deny
	if got := denied(all, netip.MustParseAddr("127.0.3.1")); slices.Contains(got, loopback) || len(got) != len(all)-1 {
		t.Errorf("on loopback: %v", got)
	}
	if got := denied(all, netip.MustParseAddr("192.0.2.4")); !slices.Contains(got, loopback) {
		t.Errorf("on a network: %v", got)
	}
	if got := denied(nil, netip.MustParseAddr("192.0.2.4")); got == nil {
		t.Error("who denies nothing gets the defaults of media")
	}
}
