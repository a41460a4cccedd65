package digest

import (
	"net/netip"
	"strings"
	"testing"
)

// A server that asks for one algorithm takes no other: who could answer with a weaker one is not let in by it.
func TestOnlyWhatIsOfferedIsTaken(t *testing.T) {
	src := netip.MustParseAddr("192.0.2.1")
	for _, offered := range []Algorithm{MD5, SHA256} {
		s := NewServer("tandem", nil, offered)
		offers := s.Challenges(src, Forged)
		if len(offers) != 1 || !strings.Contains(offers[0], "algorithm="+offered.String()) {
			t.Errorf("offers %q, want %s alone", offers, offered)
		}
		for _, used := range []Algorithm{MD5, SHA256} {
			ha1 := NewHA1("alice", "tandem", "secret")
			c := Credentials{
				Username: "alice", Realm: "tandem", Nonce: s.Nonce(src), URI: "sip:tandem", Algorithm: used, QOP: "auth", CNonce: "c", NC: 1,
			}
			c.Response = expected(c, ha1.of(used), "REGISTER", nil)
			want := Wrong
			if used == offered {
				want = Proved
			}
			if got := s.Verify(c, Asked{Method: "REGISTER", URI: "sip:tandem", Source: src}, ha1); got != want {
				t.Errorf("offered %s, answered with %s: %s, want %s", offered, used, got, want)
			}
		}
	}
}
