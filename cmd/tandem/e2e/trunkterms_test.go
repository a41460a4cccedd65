package e2e

import (
	"strings"
	"testing"
)

// One call out shows what was agreed with the carrier: how numbers are written, how the caller is named, which headers there are and the call is heard in a codec that both have.
func TestTheTermsOfATrunkOnTheWire(t *testing.T) {
	site := replace(demoSite, `sources = ["{net}.2"]`, `sources = ["{net}.2"]
terms = { codecs = ["G722", "PCMA"], prefix_out = [{ match = "+33", put = "88#0" }], from_format = "00", identity = "party", headers_out = [{ do = "set", header = "X-Who", value = "${caller}" }] }`)
	onBoth(t, site, func(o *office) {
		carrier, alice := o.carrierListens(".2:5060"), o.phone("alice-desk")
		call := o.call(alice, numberOutside)
		far := o.rings(carrier)
		national := "0" + strings.TrimPrefix(numberOutside, "+33")
		if target := strings.ReplaceAll(far.Invite.Target, "%23", "#"); !strings.Contains(target, "88#"+national+"@") {
			t.Errorf("called %q, want 88#%s", target, national)
		}
		shown := "00" + strings.TrimPrefix(numberMessage, "+")
		if from, party := far.Invite.Get("From"), far.Invite.Get("Remote-Party-ID"); !strings.Contains(from, shown) || !strings.Contains(party, shown) {
			t.Errorf("From is %q and Remote-Party-ID %q, want %s", from, party, shown)
		}
		if far.Invite.Get("P-Asserted-Identity") != "" || far.Invite.Get("X-Who") != numberMessage {
			t.Errorf("X-Who is %q beside %q", far.Invite.Get("X-Who"), far.Invite.Get("P-Asserted-Identity"))
		}
		far.Answer()
		o.ok(call.Answered(o.ctx))
		o.talk(call, far)
		o.ok(call.Hangup(o.ctx))
		o.ok(far.Ended(o.ctx))
	})
}
