package sip

import (
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// FuzzParties shows that whatever a peer writes into an identity header comes out clean, bounded, or not at all.
func FuzzParties(f *testing.F) {
	for _, s := range []string{
		`"Zoé, R" <sip:+33611223344@carrier.test>, <tel:+331;phone-context=x>`, `<sip:a@b>;reason=x`, `"a\"b" <sip:a%40b@c>`, `,,<`, `"`, `<sip:>`, "*",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "x"})
		r.AppendHeader(gosip.NewHeader("Diversion", value))
		list := parties(r, "Diversion")
		if len(list) > maxParties {
			t.Fatalf("%d parties", len(list))
		}
		for _, p := range list {
			if s := p.String(); strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) {
				t.Fatalf("%q gives %q", value, s)
			}
		}
	})
}
