package transport

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"tandem/sip/digest"
)

func ordered(net netip.Prefix, d time.Duration) Ban {
	return Ban{Net: net, Since: time.Now(), Until: time.Now().Add(d), By: ByOrder}
}

// TestABannedAddressIsNotHeard until the ban is lifted, and the connection that it has is ended; a trunk's cannot be banned.
func TestABannedAddressIsNotHeard(t *testing.T) {
	s, here := newSide(t), netip.MustParsePrefix("127.0.0.1/32")
	conn, before := s.dial(t, UDP), s.dial(t, TCP)
	if got := ask(t, before, request("OPTIONS")); status(got) != "200" {
		t.Fatalf("before: %q", got)
	}
	for _, net := range []netip.Prefix{here, netip.MustParsePrefix("127.0.0.77/24"), netip.MustParsePrefix("::ffff:127.0.0.1/128")} {
		if err := s.Ban(ordered(net, time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := askInVain(t, conn, request("OPTIONS")); got != "" {
			t.Errorf("%s: answered %q", net, got)
		}
		if s.Banned() != 1 || len(s.Bans()) != 1 {
			t.Errorf("%s: %d banned, listed %v", net, s.Banned(), s.Bans())
		}
		if err := s.Lift(net); err != nil {
			t.Errorf("%s: %v", net, err)
		}
		if got := ask(t, conn, request("OPTIONS")); status(got) != "200" {
			t.Errorf("%s: lifted, and answered %q", net, got)
		}
	}
	if got := drained(t, before); got != "" {
		t.Errorf("the connection from before says %q", got)
	}
	if err := s.Lift(here); !errors.Is(err, ErrNoBan) {
		t.Errorf("lifted twice: %v", err)
	}
	if err := s.Ban(ordered(here, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := drained(t, s.dial(t, TCP)); got != "" {
		t.Errorf("a new connection is answered %q", got)
	}
	trustLoopback(s.Layer)
	for _, net := range []string{"127.0.0.1/32", "127.0.0.0/30", "0.0.0.0/0"} {
		if err := s.Ban(ordered(netip.MustParsePrefix(net), time.Hour)); !errors.Is(err, ErrTrusted) {
			t.Errorf("%s, of a trunk: %v", net, err)
		}
	}
	if _, err := conn.Write(request("OPTIONS")); err != nil {
		t.Fatal(err)
	}
	s.received(t) // a ban from before the trunk had the address is none
}

// TestBansEndByThemselves, and are no more than are kept: those that were ordered stay.
func TestBansEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := New(Config{Auth: digest.NewServer("pbx.example", nil)})
		if err != nil {
			t.Fatal(err)
		}
		addr := netip.MustParseAddr("203.0.113.1")
		nth := func(i int) netip.Prefix {
			return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
		}
		if err := l.Ban(ordered(netip.PrefixFrom(addr, 24), 2*MaxBan)); err != nil {
			t.Fatal(err)
		}
		if until := l.Bans()[0].Until; !until.Equal(time.Now().Add(MaxBan)) {
			t.Errorf("until %v", until)
		}
		for i := range maxBans {
			b := ordered(nth(i), time.Hour)
			if i%2 == 0 {
				b.By, b.Until = ByItself, time.Now().Add(time.Duration(i+1)*time.Second)
			}
			if err := l.Ban(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Ban(ordered(nth(maxBans), time.Hour)); err != nil || l.guard.isBanned(nth(0).Addr()) || !l.guard.isBanned(nth(1).Addr()) || !l.guard.isBanned(nth(2).Addr()) {
			t.Errorf("one more does not take the place of the one that ends first: %v", err)
		}
		if l.Banned() != maxBans+1 {
			t.Errorf("%d banned", l.Banned())
		}
		time.Sleep(2 * time.Hour)
		if got := l.Bans(); len(got) != 1 || l.Banned() != 1 || l.guard.isBanned(nth(1).Addr()) || !l.guard.isBanned(addr) {
			t.Errorf("two hours later: %v", got)
		}
		for i := range maxBans {
			if err := l.Ban(ordered(nth(i), time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Ban(ordered(nth(maxBans), time.Hour)); !errors.Is(err, ErrBansFull) {
			t.Errorf("one more than are kept: %v", err)
		}
		if err := l.Ban(ordered(nth(7), 3*time.Hour)); err != nil {
			t.Errorf("one that is banned already: %v", err)
		}
		time.Sleep(MaxBan)
		if l.guard.isBanned(addr) || len(l.Bans()) != 0 || l.guard.bans.any.Load() {
			t.Error("a month later something is banned")
		}
	})
}
