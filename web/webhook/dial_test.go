package webhook_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"tandem/web/webhook"
)

// Each range that is not the internet is refused, however it is written.
func TestAddressesThatAreNotTheInternet(t *testing.T) {
	public := webhook.Guard{}
	house := webhook.Guard{Reach: webhook.InHouseToo}
	for _, c := range []struct {
		address         string
		public, inHouse bool // whether requests go there
	}{
		{"8.8.8.8", true, true},
		{"1.1.1.1", true, true},
		{"198.20.0.1", true, true},
		{"172.32.0.1", true, true},
		{"100.128.0.1", true, true},
		{"2606:4700:4700::1111", true, true},
		{"2a00:1450:4007::1", true, true},
		{"64:ff9b::808:808", true, true},
		{"2002:808:808::1", true, true},
		{"127.0.0.1", false, true},
		{"127.255.255.254", false, true},
		{"::1", false, true},
		{"::ffff:127.0.0.1", false, true},
		{"10.0.0.1", false, true},
		{"172.16.0.1", false, true},
		{"172.31.255.255", false, true},
		{"192.168.1.1", false, true},
		{"::ffff:10.1.2.3", false, true},
		{"169.254.1.1", false, true},
		{"fe80::1", false, true},
		{"fc00::1", false, true},
		{"fdff::1", false, true},
		{"fec0::1", false, true},
		{"100.64.0.1", false, true},
		{"100.127.255.255", false, true},
		{"100.100.100.200", false, true},
		{"192.0.0.8", false, true},
		{"192.0.2.1", false, true},
		{"198.18.0.1", false, true},
		{"198.51.100.1", false, true},
		{"203.0.113.1", false, true},
		{"240.0.0.1", false, true},
		{"255.255.255.255", false, true},
		{"0.1.2.3", false, true},
		{"192.88.99.1", false, true},
		{"64:ff9b::10.0.0.1", false, true},
		{"64:ff9b:1::1", false, true},
		{"64:ff9b::127.0.0.1", false, true},
		{"2002:7f00:1::", false, true},
		{"2002:a00:1::", false, true},
		{"::10.0.0.1", false, true},
		{"2001::1", false, true},
		{"2001:db8::1", false, true},
		{"100::1", false, true},
		{"4000::1", false, true},
		{"3fff::1", false, true},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"::ffff:0.0.0.0", false, false},
		{"224.0.0.1", false, false},
		{"239.1.1.1", false, false},
		{"ff02::1", false, false},
		{"169.254.169.254", false, false},
		{"::ffff:169.254.169.254", false, false},
		{"64:ff9b::169.254.169.254", false, false},
		{"2002:a9fe:a9fe::", false, false},
		{"fd00:ec2::254", false, false},
	} {
		to := netip.AddrPortFrom(netip.MustParseAddr(c.address), 443)
		for name, one := range map[string]struct {
			guard webhook.Guard
			want  bool
		}{"public": {public, c.public}, "in the house": {house, c.inHouse}} {
			err := one.guard.Allow(to)
			if (err == nil) != one.want || err != nil && !errors.Is(err, webhook.ErrAddressRefused) {
				t.Errorf("%s, %s: got %v, want it allowed: %v", c.address, name, err, one.want)
			}
		}
	}
	if public.Allow(netip.AddrPort{}) == nil {
		t.Error("no address at all is allowed")
	}
}

// Where this program listens itself, nothing of ours is posted.
func TestOurOwnListenersAreRefused(t *testing.T) {
	g := webhook.Guard{Own: func() []netip.AddrPort {
		return []netip.AddrPort{netip.MustParseAddrPort("8.8.4.4:8080"), netip.MustParseAddrPort("[::]:5060")}
	}}
	for address, want := range map[string]bool{"8.8.4.4:8080": false, "8.8.4.4:443": true, "8.8.8.8:8080": true, "8.8.8.8:5060": true} {
		if err := g.Allow(netip.MustParseAddrPort(address)); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// What counts is the address that is dialled, however its name is written; and no proxy is asked.
func TestTheTransportAsksAboutTheAddressThatItDials(t *testing.T) {
	var asked atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ConnState = func(net.Conn, http.ConnState) { asked.Add(1) }
	srv.Start()
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HTTP_PROXY", srv.URL)
	t.Setenv("HTTPS_PROXY", srv.URL)
	refused := 0
	for _, target := range []string{
		"https://localhost", "https://127.0.0.1", "https://[::ffff:127.0.0.1]", "https://[::1]", "https://0x7f.1", "https://2130706433", "https://127.1",
		"http://127.0.0.1", "http://example.com", "https://user:password@127.0.0.1",
	} {
		client := &http.Client{Transport: webhook.NewTransport(webhook.Guard{})}
		r, malformed := http.NewRequestWithContext(t.Context(), http.MethodPost, target+":"+port+"/", nil)
		if malformed != nil {
			t.Fatal(malformed)
		}
		resp, failed := client.Do(r)
		if failed == nil {
			_ = resp.Body.Close()
			t.Errorf("%s was reached", target)
		}
		if errors.Is(failed, webhook.ErrAddressRefused) {
			refused++
		}
	}
	if n := asked.Load(); n != 0 || refused < 7 {
		t.Errorf("%d connections came, %d targets were refused for their address", n, refused)
	}
	client := &http.Client{Transport: webhook.NewTransport(webhook.Guard{Reach: webhook.InHouseToo})}
	resp, err := client.Post(srv.URL, "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if asked.Load() == 0 {
		t.Error("what is allowed was not reached")
	}
}
