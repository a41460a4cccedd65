package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/loadtest/softphone"
)

// taker is who sends an INVITE with Replaces, by SIPp: it sends back what it hears.
type taker struct {
	host, port, number string
	args               []string
}

// takerTrunk is the carrier, takerDevice a user's telephone.
func (o *office) takerTrunk() taker {
	return taker{host: o.net + ".2", port: "5066", number: numberAlone, args: []string{"-key", "caller", "+33639980101@" + o.net + ".2"}}
}

func (o *office) takerDevice(username string) taker {
	return taker{host: o.host().Addr().String(), port: "5080", number: "203", args: []string{
		"-key", "caller", username + "@tandem", "-au", username, "-ap", username + "-secret", "-auth_uri", "203@" + o.server().String(),
	}}
}

// takes has somebody ask for the place of a dialog.
func (o *office) takes(who taker, dialog string) <-chan error {
	o.t.Helper()
	return o.sipp("uac_replaces.xml", o.takerArgs(who, dialog)...)
}

func (o *office) takerArgs(who taker, dialog string) []string {
	return append([]string{
		"-i", who.host, "-mi", who.host, "-p", who.port, "-mp", "7000", "-rtp_echo", "-s", who.number, "-key", "replaces", dialog, o.server().String(),
	}, who.args...)
}

// refusedTaking wants them refused with a status.
func (o *office) refusedTaking(who taker, dialog string, status int) {
	o.t.Helper()
	name := fmt.Sprintf("uac_replaces_%d.xml", status)
	scenario, err := os.ReadFile(filepath.Join(o.scenarios(), "uac_replaces_refused.xml"))
	o.ok(err)
	o.ok(os.WriteFile(filepath.Join(o.scenarios(), name), []byte(strings.ReplaceAll(string(scenario), `response="STATUS"`, fmt.Sprintf("response=%q", fmt.Sprint(status)))), 0o600))
	if err := <-o.sipp(name, o.takerArgs(who, dialog)...); err != nil {
		o.t.Errorf("Replaces: %s of %s should be refused with %d: %v", dialog, who.host, status, err)
	}
}

// echoes shows that a party's voice comes back to them: from whoever has taken the other end.
func (o *office) echoes(c *softphone.Call) {
	o.t.Helper()
	c.Audio.Say(1300)
	o.hears(c, 1300)
	c.Audio.Say(0)
}

// A colleague's telephone takes over a conversation, and picks up a call that rings elsewhere; a carrier takes over its own leg. Whoever names what is not there, not
// theirs, answered already or over is refused by the book (RFC 3891 section 3), and the conversation goes on.
func TestSIPpTakesThePlaceOfALeg(t *testing.T) {
	t.Setenv("TANDEM_SIP_DIGEST", "md5") // SIPp looks at the first challenge only
	onEach(t, demoSite, func(o *office) {
		chloe, carrier, trunk := o.phone("chloe-desk"), o.carrier(), o.takerTrunk()
		bruno, david := o.takerDevice("bruno-desk"), o.takerDevice("david-desk")

		call := o.call(carrier, numberAlone)
		rung := o.rings(chloe)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.talk(call, rung)
		o.refusedTaking(trunk, rung.Replaces(), 403)
		o.refusedTaking(trunk, "nothing@nowhere;to-tag=a;from-tag=b", 481)
		o.refusedTaking(trunk, call.ID+";to-tag=a;from-tag=b", 481)
		o.refusedTaking(trunk, "nonsense", 400)
		o.refusedTaking(bruno, call.Replaces(), 403)
		o.refusedTaking(bruno, rung.Replaces()+";early-only", 486)
		o.talk(call, rung)

		done := o.takes(bruno, rung.Replaces())
		o.ok(rung.Ended(o.ctx))
		o.echoes(call)
		o.refusedTaking(david, rung.Replaces(), 603)
		o.ok(call.Hangup(o.ctx))
		o.ok(<-done)

		call = o.call(carrier, numberAlone)
		rung = o.rings(chloe)
		done = o.takes(bruno, rung.Replaces()+";early-only")
		o.elsewhere(rung)
		o.ok(call.Answered(o.ctx))
		o.echoes(call)
		o.ok(call.Hangup(o.ctx))
		o.ok(<-done)

		call = o.call(carrier, numberAlone)
		rung = o.rings(chloe)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		done = o.takes(trunk, call.Replaces())
		o.ok(call.Ended(o.ctx))
		o.echoes(rung)
		o.ok(rung.Hangup(o.ctx))
		o.ok(<-done)
		for i, want := range []string{"Chloé", "Bruno", "Bruno"} { // newest first
			if c := o.log(3)[i]; c.Outcome != "answered" || c.User == nil || c.User.Name != want {
				t.Errorf("the log has %+v, want it answered by %s", c, want)
			}
		}
	})
}
