package provisioning

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestBanOrders: what is meant by each, or why it cannot be followed.
func TestBanOrders(t *testing.T) {
	asks := netip.MustParsePrefix("198.51.100.9/32")
	for _, c := range []struct {
		address string
		lasts   time.Duration
		note    string
		want    string // the network, or the code of the refusal
		field   string
	}{
		{"203.0.113.7", time.Hour, "", "203.0.113.7/32", ""},
		{" 203.0.113.7 ", time.Minute, "", "203.0.113.7/32", ""},
		{"203.0.113.7/24", 30 * 24 * time.Hour, "", "203.0.113.0/24", ""},
		{"::ffff:203.0.113.7", time.Hour, "", "203.0.113.7/32", ""},
		{"2001:db8::1", time.Hour, "", "2001:db8::1/128", ""},
		{"2001:db8::/32", time.Hour, strings.Repeat("é", 200), "2001:db8::/32", ""},
		{"127.0.0.2", time.Hour, "", "127.0.0.2/32", ""},
		{"", time.Hour, "", "ban_address", "body.address"},
		{"example.test", time.Hour, "", "ban_address", "body.address"},
		{"203.0.113.7:5060", time.Hour, "", "ban_address", "body.address"},
		{"203.0.113.0/33", time.Hour, "", "ban_address", "body.address"},
		{"fe80::1%eth0", time.Hour, "", "ban_address", "body.address"},
		{"::ffff:203.0.113.0/120", time.Hour, "", "ban_address", "body.address"},
		{"0.0.0.0", time.Hour, "", "ban_address", "body.address"},
		{"224.0.0.1", time.Hour, "", "ban_address", "body.address"},
		{"203.0.0.0/15", time.Hour, "", "ban_too_wide", "body.address"},
		{"0.0.0.0/0", time.Hour, "", "ban_too_wide", "body.address"},
		{"2001::/31", time.Hour, "", "ban_too_wide", "body.address"},
		{"127.0.0.1", time.Hour, "", "ban_loopback", "body.address"},
		{"127.0.0.0/16", time.Hour, "", "ban_loopback", "body.address"},
		{"::1", time.Hour, "", "ban_loopback", "body.address"},
		{"::ffff:127.0.0.1", time.Hour, "", "ban_loopback", "body.address"},
		{"198.51.100.9", time.Hour, "", "ban_own_address", "body.address"},
		{"198.51.0.0/16", time.Hour, "", "ban_own_address", "body.address"},
		{"203.0.113.7", 59 * time.Second, "", "ban_duration", "body.duration_seconds"},
		{"203.0.113.7", 30*24*time.Hour + time.Second, "", "ban_duration", "body.duration_seconds"},
		{"203.0.113.7", time.Hour, strings.Repeat("é", 201), "text_long", "body.note"},
	} {
		o := BanOrder{Address: c.address, For: c.lasts, Note: c.note, Asks: asks}
		net, err := o.Net()
		got := net.String()
		if r, is := errors.AsType[*Refusal](err); is {
			got = r.Code
			if r.Location != c.field || strings.ContainsAny(r.Text, "{}") {
				t.Errorf("%q: %s says %q", c.address, r.Location, r.Text)
			}
		}
		if got != c.want {
			t.Errorf("%q for %v: %s, want %s", c.address, c.lasts, got, c.want)
		}
	}
	o := BanOrder{Address: "198.51.100.9", For: time.Hour}
	if _, err := o.Net(); err != nil {
		t.Errorf("over the control socket: %v", err)
	}
}

// FuzzNetwork: whatever is read is a masked network of the family that it is kept in, and reads as itself.
func FuzzNetwork(f *testing.F) {
	for _, seed := range []string{"203.0.113.7", "203.0.113.7/24", "2001:db8::1", "2001:db8::/32", "::ffff:1.2.3.4", "::ffff:1.2.3.4/120", "fe80::1%eth0", "", "1/1", "0.0.0.0/0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		net, err := Network(text)
		if err != nil {
			return
		}
		if !net.IsValid() || net != net.Masked() || net.Addr().Is4In6() || net.Addr().Zone() != "" {
			t.Fatalf("%q is %v", text, net)
		}
		if again, err := Network(net.String()); err != nil || again != net {
			t.Fatalf("%q is %v, which reads as %v, %v", text, net, again, err)
		}
	})
}
