package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
)

// carrierListens opens the carrier at the port that the trunk of the site calls.
func (o *office) carrierListens(at string) *softphone.Phone {
	o.t.Helper()
	return o.phoneAt(softphone.Config{Bind: netip.MustParseAddrPort(o.net + at), User: "carrier"})
}

// A user's call to an outside number leaves by the trunk, shows the user's number, and is answered by the carrier's side.
func TestACallOutShowsTheUsersNumber(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier, alice := o.carrierListens(".2:5060"), o.phone("alice-desk")
		for _, dialled := range []string{numberOutside, "0639980200", "0033639980200"} {
			call := o.call(alice, dialled)
			far := o.rings(carrier)
			if !strings.Contains(far.Invite.Target, numberOutside) {
				t.Errorf("called %q for %s, want %s", far.Invite.Target, dialled, numberOutside)
			}
			for _, h := range []string{"From", "P-Asserted-Identity"} {
				if !strings.Contains(far.Invite.Get(h), numberMessage) {
					t.Errorf("%s is %q, want Alice's number %s", h, far.Invite.Get(h), numberMessage)
				}
			}
			far.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, far)
			o.ok(far.Hangup(o.ctx))
			o.ok(call.Ended(o.ctx))
		}
		if c := o.log(3)[0]; c.Direction != "outbound" || c.Outcome != "answered" || c.To != numberOutside {
			t.Errorf("the log has %+v", c)
		}
	})
}

// An emergency number goes out before any rule: also for a user who is unavailable, and by the trunk that carries emergency calls.
func TestSpec_O4_O5_Emergency(t *testing.T) {
	site := replace(demoSite, `[[audio]]
name = "welcome"`, `[[trunks]]
name = "emergency"
servers = ["sip:{net}.2:5070"]
sources = ["{net}.2"]
emergency = true
country = "FR"
priority = 9
media_allow = ["127.0.0.0/8"]

[[audio]]
name = "welcome"`)
	onBoth(t, site, func(o *office) {
		carrier, emma := o.carrierListens(".2:5070"), o.phone("emma-desk")
		for _, number := range []string{"112", "15", "17", "18", "114", "115", "119"} {
			call := o.call(emma, number)
			far := o.rings(carrier)
			if !strings.HasPrefix(far.Invite.Target, "sip:"+number+"@") {
				t.Errorf("called %q, want %s as it was dialled", far.Invite.Target, number)
			}
			far.Answer()
			o.ok(call.Answered(o.ctx))
			o.ok(call.Hangup(o.ctx))
			o.ok(far.Ended(o.ctx))
		}
	})
}

// The first server refuses for want of capacity: the next one gets the call, and the caller hears nothing of it.
func TestFailoverToTheNextServer(t *testing.T) {
	site := replace(demoSite, `servers = ["sip:{net}.2:5060"]`, `servers = ["sip:{net}.2:5060", "sip:{net}.2:5062"]`)
	onBoth(t, site, func(o *office) {
		first, second, alice := o.carrierListens(".2:5060"), o.carrierListens(".2:5062"), o.phone("alice-desk")
		call := o.call(alice, numberOutside)
		refused, err := first.Incoming(o.ctx)
		o.ok(err)
		refused.Reject(503)
		far := o.rings(second)
		far.Answer()
		o.ok(call.Answered(o.ctx))
		o.talk(call, far)
	})
}

// A trunk that registers with us by digest, from an address that is in no list.
func TestATrunkByDigest(t *testing.T) {
	site := replace(demoSite, `sources = ["{net}.2"]`, `in_username = "carrier"
in_password = "carrier-secret"`)
	onBoth(t, site, func(o *office) {
		caller := o.phoneAt(softphone.Config{
			Bind: o.host(), User: "+33639980101", Who: wire.Credentials{Realm: "tandem", Username: "carrier", Password: "carrier-secret"},
		})
		call := o.dial(caller, numberMessage)
		o.hears(call, hzWelcome)
		o.ok(call.Hangup(o.ctx))

		stranger := o.phoneAt(softphone.Config{Bind: o.host(), User: "+33639980101"})
		m, err := o.call(stranger, numberMessage).Refused(o.ctx)
		o.ok(err)
		if m.Status != 401 {
			t.Errorf("a stranger was answered %d, want 401", m.Status)
		}
	})
}

// A description that cannot be used is refused with a Warning that says why, and the call leaves nothing behind.
func TestBadDescriptionsAreRefusedInWords(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier := o.carrier()
		for name, c := range map[string]struct {
			kind, body string
			status     int
		}{
			"not SDP at all":   {"application/sdp", "hello\r\n", 415},
			"broken SDP":       {"application/sdp", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nm=audio zero RTP/AVP 8\r\n", 400},
			"an unknown codec": {"application/sdp", strings.ReplaceAll(wire.Description(netip.MustParseAddrPort(o.net+".2:4000"), "PCMA"), "8 PCMA/8000", "8 SPEEX/8000"), 488},
			"video only":       {"application/sdp", strings.Replace(wire.Description(netip.MustParseAddrPort(o.net+".2:4000"), "PCMA"), "m=audio", "m=video", 1), 488},
			"another type":     {"application/json", "{}", 415},
		} {
			m, err := carrier.Ask(o.ctx, fmt.Sprintf("INVITE sip:%s@%s SIP/2.0\r\nVia: {via}\r\nFrom: <sip:+33639980101@%s.2>;tag={tag}\r\nTo: <sip:%[1]s@%[2]s>\r\n"+
				"Call-ID: {id}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:c@%[4]s>\r\nContent-Type: %[5]s\r\nContent-Length: %[6]d\r\n\r\n%[7]s",
				numberMessage, o.server(), o.net, carrier.Addr(), c.kind, len(c.body), c.body))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if m.Status != c.status || (c.status != 415 && m.Get("Warning") == "") {
				t.Errorf("%s: answered %d with Warning %q, want %d and a Warning", name, m.Status, m.Get("Warning"), c.status)
			}
		}
	})
}
