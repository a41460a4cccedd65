package sip

import (
	"net/netip"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/resolve"
	"tandem/sip/transport"
)

// FuzzRoute shows that whatever a peer writes into Route, its entries are bounded, free of line breaks, written again as they came, and that only an entry
// which names us is taken off.
func FuzzRoute(f *testing.F) {
	for _, s := range []string{
		"<sip:192.0.2.1:5060;lr>, <sip:iscmark@scscf;lr;s=2;h=0;d=0;a=7369>", "<sip:x;lr>;a=b,<SIP:y;;lr>", `"a,b" <sip:c>,`, "sip:bare;lr", "<<sip:x>>", ",,,", "<sip:[::1]>",
		"<sip:example.test>", "<", ">", "<sip:\x7f>", "<sip:x>" + strings.Repeat(",<sip:x>", 99), "<sip:192.0.2.1:70000>", "<sips:192.0.2.1>",
	} {
		f.Add(s)
	}
	s := &Stack{cfg: Config{Realm: "example.test"}, listeners: []transport.Listener{{Network: transport.UDP, Bind: netip.MustParseAddrPort("192.0.2.1:5060")}}}
	f.Fuzz(func(t *testing.T, value string) {
		r := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "x"})
		r.AppendHeader(gosip.NewHeader("Route", value))
		way := s.pathOf(r, "")
		if len(way.rest) > maxRoute || way.long && len(way.rest) > 0 || way.own != "" && !s.isOurs(way.own) {
			t.Fatalf("%q gives %+v", value, way)
		}
		for _, entry := range way.rest {
			again := message.Values(requestWith(routeValue(entry)), "Route")
			if isClean(entry) && strings.Count(entry, "<") == 1 && (len(again) != 1 || entryOf(again[0]) != entry) {
				t.Fatalf("%q is written %q", entry, again)
			}
		}
		if len(way.rest) > 0 {
			_, _ = s.along(way.rest, func(resolve.Server) gosip.Uri { return gosip.Uri{} }) // it does not panic
		}
	})
}

func requestWith(route string) *gosip.Request {
	r := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "x"})
	r.AppendHeader(gosip.NewHeader("Route", route))
	return r
}
