package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

// The program is killed at any moment: every call that had ended is in the log once, and one that had begun is there as interrupted.
func TestKillLosesNoCall(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier := o.carrier()
		for range 10 {
			call := o.dial(carrier, numberMessage)
			o.ok(call.Hangup(o.ctx))
		}
		standing := o.dial(carrier, numberMessage)
		o.ok(standing.Audio.HearsSomething(o.ctx))
		for over := false; !over; { // a BYE is answered a moment before its call is over
			var live struct{ Data []logged }
			o.read("/api/v1/calls/live", &live)
			over = len(live.Data) == 1
		}
		o.stop(syscall.SIGKILL)
		o.serve()
		calls := o.log(11)
		if len(calls) != 11 {
			t.Fatalf("%d calls in the log, want 11", len(calls))
		}
		seen := map[string]bool{}
		for _, c := range calls {
			if seen[c.ID] {
				t.Errorf("%s is there twice", c.ID)
			}
			seen[c.ID] = true
		}
		failed := 0
		for _, c := range calls {
			if c.Outcome == "failed" {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%d calls were interrupted, want 1", failed)
		}
	})
}

// SIGTERM: new calls get 503 with Retry-After, emergencies go through, the call in progress goes on until its end; then the program ends.
func TestDrain(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		chloe, alice, far := o.phone("chloe-desk"), o.phone("alice-desk"), o.carrierListens(".2:5060")
		carrier := o.carrier()
		call := o.call(carrier, numberAlone)
		rung := o.rings(chloe)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.ok(o.cmd.Process.Signal(syscall.SIGTERM))
		for {
			if resp, err := o.get("/readyz"); err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusServiceUnavailable {
					break
				}
			}
			o.ok(o.ctx.Err())
			<-o.short(20 * time.Millisecond).Done()
		}
		m, err := o.call(carrier, numberMessage).Refused(o.ctx)
		o.ok(err)
		if m.Status != 503 || m.Get("Retry-After") == "" {
			t.Errorf("a new call was answered %d with Retry-After %q, want 503 and a time", m.Status, m.Get("Retry-After"))
		}
		emergency := o.call(alice, "112")
		o.rings(far).Answer()
		o.ok(emergency.Answered(o.ctx))
		o.ok(emergency.Hangup(o.ctx))
		o.talk(call, rung)
		o.ok(call.Hangup(o.ctx))
		select {
		case <-o.done:
		case <-o.ctx.Done():
			t.Error("the program did not end after its last call")
		}
	})
}

// The ladder of a call shows both sides of it, without secrets.
func TestTheLadderOfACall(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		alice, david := o.phone("alice-desk"), o.phone("david-desk")
		call := o.call(alice, "204")
		rung := o.rings(david)
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.ok(call.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))
		id := o.log(1)[0].ID
		out, err := o.run("calls", "show", id, "--sip", "-c", o.dir+"/tandem.toml")
		if err != nil {
			t.Fatalf("calls show: %v\n%s", err, out)
		}
		for _, want := range []string{"INVITE", "180", "200", "ACK", "BYE"} {
			if strings.Count(out, want) < 2 {
				t.Errorf("the ladder has %s less than twice:\n%s", want, out)
			}
		}
		if digest := regexp.MustCompile(`response="[0-9a-f]`); digest.MatchString(out) {
			t.Errorf("the ladder shows credentials:\n%s", out)
		}
	})
}

// What SIP over UDP can do, TCP and TLS can.
func TestOverStreams(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		for _, network := range []string{"tcp", "tls"} {
			chloe := o.phoneAt(softphone.Config{Bind: o.host(), Network: network, Who: credentials("chloe-desk")})
			o.ok(chloe.Register(o.ctx, 600))
			alice := o.phoneAt(softphone.Config{Bind: o.host(), Network: network, Who: credentials("alice-desk")})
			o.ok(alice.Register(o.ctx, 600))
			call := o.call(alice, "203")
			rung := o.rings(chloe)
			o.ok(call.Progress(o.ctx, 180))
			rung.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, rung)
			o.ok(rung.Reinvite(o.ctx, "sendonly"))
			o.hears(call, hzMusic)
			o.ok(rung.Reinvite(o.ctx, "sendrecv"))
			o.talk(call, rung)
			o.ok(rung.Hangup(o.ctx))
			o.ok(call.Ended(o.ctx))
			o.ok(chloe.Register(o.ctx, 0))
			o.ok(alice.Register(o.ctx, 0))
		}
	})
}
