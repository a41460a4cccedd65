package sip_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/transport"
)

// watched is a house that tells what it does not listen to any more.
func watched(t *testing.T) (*house, chan sip.Ban) {
	t.Helper()
	blocked := make(chan sip.Ban, 100)
	h := open(t, func(c *sip.Config) { c.Blocked = func(b sip.Ban) { blocked <- b } })
	h.SetPeers(&sip.Peers{Devices: phones()})
	return h, blocked
}

// TestWhoTriesManyUsersIsBanned: a wrong password for each of twenty users, and nothing more is heard of the address until the ban is lifted. An address where a device
// is registered is not banned: neither is the one by which this machine speaks to itself.
func TestWhoTriesManyUsersIsBanned(t *testing.T) {
	h, blocked := watched(t)
	spray := func(at string, users int) (banned bool) {
		p := newPeerAt(h, transport.UDP, at)
		for i := range users {
			if m := p.registerAs(fmt.Sprintf("user-%s-%d", at, i), "wrong"); status(m) != "401" {
				t.Fatal(m.first)
			}
		}
		p.request(ask{method: "OPTIONS", uri: "sip:example.test", from: "<sip:x@example.test>;tag=x", to: "<sip:example.test>", callID: "probe-" + at, seq: 1})
		wait := patience // for the answer that an address gets which is not banned
		if len(h.Bans()) > 0 {
			wait = 300 * time.Millisecond
		}
		_, answered := p.fresh(wait)
		return !answered
	}
	if spray("127.0.0.7:0", 19) || len(h.Bans()) != 0 {
		t.Errorf("nineteen users, and %v", h.Bans())
	}
	if !spray("127.0.0.8:0", 20) {
		t.Error("twenty users, and the address is heard")
	}
	all := h.Bans()
	if len(all) != 1 || all[0].Net != netip.MustParsePrefix("127.0.0.8/32") || all[0].Cause != sip.ManyUsers || all[0].Until.Sub(all[0].Since) != time.Hour {
		t.Fatalf("listed: %+v", all)
	}
	if b := <-blocked; b.Cause != sip.ManyUsers || b.Net != all[0].Net {
		t.Errorf("told: %+v", b)
	}
	if h.Counters().Blocked != 1 {
		t.Errorf("%d blocked", h.Counters().Blocked)
	}
	if err := h.Lift(all[0].Net, ""); err != nil {
		t.Error(err)
	}
	p := newPeerAt(h, transport.UDP, "127.0.0.8:0")
	if m := p.register(try{user: "bob", as: "bob"}); status(m) != "200" {
		t.Errorf("after the ban: %s", m.first)
	}
	if spray("127.0.0.8:0", 25) {
		t.Error("an address with a telephone is banned")
	}
	if spray("127.0.0.1:0", 25) {
		t.Error("our own machine is banned")
	}
}

// TestALockOutIsListedAndLifted: who it is, from where, until when; lifted, the right password opens again.
func TestALockOutIsListedAndLifted(t *testing.T) {
	h, blocked := watched(t)
	p := newPeer(h, transport.UDP)
	for range 12 {
		if m := p.registerAs("alice", "wrong"); status(m) != "401" {
			t.Fatal(m.first)
		}
	}
	if m := p.registerAs("alice", "alice"); status(m) != "401" {
		t.Fatalf("locked out, and %s", m.first)
	}
	all := h.Bans()
	if len(all) != 1 || all[0].User != "alice" || all[0].Cause != sip.WrongPasswords || all[0].Tries != 13 || all[0].Until.Sub(all[0].Since) > 10*time.Minute {
		t.Fatalf("listed: %+v", all)
	}
	if b := <-blocked; b.User != "alice" || b.Net != all[0].Net || len(blocked) != 0 {
		t.Errorf("told: %+v and %d more", b, len(blocked))
	}
	if err := h.Lift(all[0].Net, "bob"); !errors.Is(err, sip.ErrNoBan) {
		t.Errorf("another user's: %v", err)
	}
	if err := h.Lift(all[0].Net, "alice"); err != nil {
		t.Error(err)
	}
	if m := p.registerAs("alice", "alice"); status(m) != "200" || len(h.Bans()) != 0 {
		t.Errorf("lifted: %s, %v", m.first, h.Bans())
	}
}

// TestATrunkIsNeverBanned, neither by order nor as part of a network.
func TestATrunkIsNeverBanned(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{ID: "t1", Sources: []netip.Prefix{netip.MustParsePrefix("127.0.0.40/32")}}}})
	until := time.Now().Add(time.Hour)
	for net, want := range map[string]error{"127.0.0.40/32": sip.ErrTrusted, "127.0.0.0/24": sip.ErrTrusted, "127.0.0.41/32": nil} {
		if err := h.Ban(sip.Ban{Net: netip.MustParsePrefix(net), Until: until, Whose: "usr_1", Note: "scans"}); !errors.Is(err, want) {
			t.Errorf("%s: %v", net, err)
		}
	}
	all := h.Bans()
	if len(all) != 1 || all[0].Cause != sip.Ordered || all[0].Whose != "usr_1" || all[0].Note != "scans" || !all[0].Until.Equal(until) {
		t.Errorf("listed: %+v", all)
	}
}
