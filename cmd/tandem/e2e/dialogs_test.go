package e2e

import (
	"testing"
	"time"
)

// benchTimer lets session timers be as short as a test has time for.
func benchTimer(t *testing.T) {
	t.Helper()
	t.Setenv("TANDEM_SIP_SESSION_LEAST", "3s")
}

// What carriers do in the dialogs of a call, each by a scenario of SIPp that checks our side: a caller that requires reliable provisional responses and sends
// UPDATE before and after the answer; a carrier that rings reliably and changes its description before it answers; one behind which the call forks.
func TestSIPpInEarlyDialogs(t *testing.T) {
	benchTimer(t)
	onEach(t, demoSite, func(o *office) {
		chloe, alice := o.phone("chloe-desk"), o.phone("alice-desk")
		done := o.caller("uac_prack.xml", numberAlone, "-d", "200")
		rung := o.rings(chloe)
		time.AfterFunc(5*time.Second, rung.Answer) // once the 180 was repeated and acknowledged, and the UPDATE answered
		o.ok(<-done)
		o.ok(rung.Ended(o.ctx))

		for _, scenario := range []string{"uas_prack.xml", "uas_fork.xml"} {
			done = o.asCarrier(scenario, "-d", "200")
			call := o.call(alice, numberOutside)
			o.ok(call.Progress(o.ctx, 183))
			o.ok(call.Answered(o.ctx))
			if scenario == "uas_prack.xml" {
				o.ok(call.Hangup(o.ctx))
			}
			o.ok(call.Ended(o.ctx))
			o.ok(<-done)
		}
		for _, c := range o.log(3) {
			if c.Outcome != "answered" {
				t.Errorf("the log has %+v", c)
			}
		}
	})
}

// Session timers: we refresh where the carrier leaves it to us, by UPDATE and by INVITE, and end a call that the other side has forgotten or stops refreshing.
func TestSIPpWithSessionTimers(t *testing.T) {
	benchTimer(t)
	onEach(t, demoSite, func(o *office) {
		alice := o.phone("alice-desk")
		expiry := o.caller("uac_expiry.xml", numberQueue, "-p", "5066")
		refresh := o.asCarrier("uas_refresh.xml")
		call := o.call(alice, numberOutside)
		o.ok(call.Answered(o.ctx))
		o.ok(call.Ended(o.ctx))
		o.ok(<-refresh)
		o.ok(<-expiry)
		o.log(2)
	})
}

// A phone hands its caller over to a colleague whom it has called first: the two talk, the phone is out of both calls.
func TestSIPpAttendedTransfer(t *testing.T) {
	t.Setenv("TANDEM_SIP_DIGEST", "md5") // SIPp looks at the first challenge only
	onEach(t, demoSite, func(o *office) {
		alice := o.phone("alice-desk")
		login := []string{"-i", o.net + ".9", "-p", "5080", "-s", "chloe-desk", "-au", "chloe-desk", "-ap", "chloe-desk-secret", o.server().String()}
		o.ok(<-o.sipp("register.xml", login...))
		phone := o.sipp("uas_transfer.xml", append([]string{"-mi", o.net + ".9", "-mp", "7000", "-d", "300", "-auth_uri", "201@" + o.server().String()}, login...)...)
		customer := o.call(o.carrier(), numberAlone)
		o.ok(customer.Answered(o.ctx))
		colleague := o.rings(alice)
		colleague.Answer()
		o.ok(<-phone)
		o.talk(customer, colleague)
		o.ok(customer.Hangup(o.ctx))
		o.ok(colleague.Ended(o.ctx))
		for _, c := range o.log(2) {
			if c.Outcome != "answered" {
				t.Errorf("the log has %+v", c)
			}
		}
	})
}

// asCarrier runs a scenario at the address that the trunk of the site calls.
func (o *office) asCarrier(scenario string, args ...string) <-chan error {
	o.t.Helper()
	return o.sipp(scenario, append([]string{"-i", o.net + ".2", "-mi", o.net + ".2", "-p", "5060"}, args...)...)
}
