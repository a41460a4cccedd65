package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

func TestSpec_R10_SimultaneousFirstAnswerWins(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		winner, losers := o.phone("bruno-desk"), o.phones("alice-desk", "alice-web", "chloe-cti")
		call := o.dial(o.carrier(), numberTeam)
		var rung []*softphone.Call
		for _, p := range losers {
			rung = append(rung, o.rings(p))
		}
		first := o.reaches(call, winner)
		for _, c := range rung {
			o.elsewhere(c)
		}
		o.ok(call.Hangup(o.ctx))
		o.ok(first.Ended(o.ctx))
		c := o.log(1)[0]
		if c.Outcome != "answered" || c.User == nil || c.User.Name != "Bruno" {
			o.t.Errorf("the log has %+v, want it answered by Bruno", c)
		}
	})
}

// A wrong key: the error prompt and the menu again, three times in all, then the branch; no key: the same by time.
func TestSpec_K4_WrongKeyThreeTimes(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		call := o.dial(o.carrier(), numberMenu)
		for range 2 {
			o.hears(call, hzMenu)
			call.Press(o.ctx, softphone.ByEvent, "9")
			o.hears(call, hzWrongKey)
		}
		o.hears(call, hzMenu)
		call.Press(o.ctx, softphone.ByEvent, "9")
		o.ok(call.Ended(o.ctx))
	})
}

func TestSpec_K5_NoKeyCountsAsATry(t *testing.T) {
	onBoth(t, replace(demoSite, "timeout_seconds = 5, attempts = 3", "timeout_seconds = 2, attempts = 2"), func(o *office) {
		began := time.Now()
		call := o.dial(o.carrier(), numberMenu)
		o.ok(call.Ended(o.ctx))
		menu := heardFor(call, hzMenu)
		if took := time.Since(began); took < 7*time.Second || menu < 3*time.Second || menu > 5*time.Second {
			o.t.Errorf("the call ended after %v, of which the menu was heard for %v; two messages of 2 s and two waits of 2 s make 8 s", took, menu)
		}
	})
}

// heardFor is for how long a tone was heard in the last of a call.
func heardFor(c *softphone.Call, hz float64) (sum time.Duration) {
	const piece = 400 // samples: 50 ms
	for pcm := range slices.Chunk(c.Audio.Recording(), piece) {
		if len(pcm) == piece && softphone.Sounds(pcm, hz) {
			sum += 50 * time.Millisecond
		}
	}
	return sum
}

// Saving a flow with publish = false changes nothing for callers; publishing it does for the next call, not for this one (D11).
func TestSpec_F2_D11_DraftAndPublish(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier := o.carrier()
		changed := replace(demoSite, `name = "message"
start = "message"`, `name = "message"
publish = false
start = "other"
[[flows.nodes]]
id = "other"
type = "audio_message"
config = {audio = "other"}
next = {done = "message"}
`)
		o.apply(changed)
		first := o.dial(carrier, numberMessage)
		o.hears(first, hzWelcome)
		o.apply(replace(changed, "publish = false", "publish = true"))
		second := o.dial(carrier, numberMessage)
		o.hears(second, hzOther)
		first.Press(o.ctx, softphone.ByEvent, "999") // the first call still walks its own version: back to the start of its message
		o.hears(first, hzUnknown)
		o.hears(first, hzWelcome)
	})
}

func TestSpec_D3_AnUnconfiguredNumberIsSafe(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		call := o.dial(o.carrier(), numberMobile)
		o.ok(call.Audio.HearsSomething(o.ctx))
		o.ok(call.Ended(o.ctx))
		if c := o.log(1)[0]; c.To != numberMobile {
			o.t.Errorf("the log has %+v", c)
		}
	})
}

func TestSpec_O12_O13_NumbersAsCarriersWriteThem(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier := o.carrier()
		for _, written := range []string{"+33199001002", "0033199001002", "0199001002"} {
			call := o.dial(carrier, written)
			o.hears(call, hzWelcome)
			o.ok(call.Hangup(o.ctx))
		}
		for _, c := range o.log(3) {
			if c.To != numberMessage {
				o.t.Errorf("logged as %q, want %q", c.To, numberMessage)
			}
		}
		m, err := o.call(carrier, numberNobody).Refused(o.ctx)
		o.ok(err)
		if m.Status != 404 || !strings.Contains(m.Get("Warning"), "no number "+numberNobody) {
			o.t.Errorf("answered %d with Warning %q", m.Status, m.Get("Warning"))
		}
	})
}

// A flow that begins with ringing: the caller hears their own network's ringing, and is answered only when a person is.
func TestSpec_Q5_NobodyPaysForRinging(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		chloe := o.phone("chloe-desk")
		call := o.call(o.carrier(), numberAlone)
		rung := o.rings(chloe)
		o.ok(call.Progress(o.ctx, 180))
		if s := call.Final().Status; s != 0 {
			o.t.Errorf("answered with %d before a person was", s)
		}
		rung.Answer()
		o.ok(call.Answered(o.ctx))
		o.talk(call, rung)
	})
}

// The caller gives up while phones ring: every one of them is stopped, and the log says that nobody answered.
func TestTheCallerGivesUp(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		phones := o.phones("chloe-desk", "chloe-web")
		call := o.call(o.carrier(), numberAlone)
		a, b := o.rings(phones[0]), o.rings(phones[1])
		o.ok(call.Progress(o.ctx, 180))
		o.ok(call.Cancel(o.ctx))
		if s := call.Final().Status; s != 487 {
			o.t.Errorf("the INVITE ended with %d, want 487", s)
		}
		for _, c := range []*softphone.Call{a, b} {
			m, err := c.Got(o.ctx, "CANCEL")
			o.ok(err)
			if completedElsewhere(m.Get("Reason")) {
				o.t.Error("told that another answered, but nobody did")
			}
		}
		if c := o.log(1)[0]; c.Outcome == "answered" {
			o.t.Errorf("the log has %+v", c)
		}
	})
}

// Voicemail: greeting, beep, and what is said is on disk; under 2 s it is dropped.
func TestSpec_V1_V3_Voicemail(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		carrier := o.carrier()
		call := o.dial(carrier, numberMailbox)
		o.hears(call, hzGreeting)
		call.Audio.Say(450)
		o.ok(call.Ended(o.ctx)) // 6 s is the limit of this mailbox
		call = o.dial(carrier, numberMailbox)
		o.hears(call, hzGreeting)
		call.Audio.Wait(o.ctx, 1500*time.Millisecond)
		o.ok(call.Hangup(o.ctx))
		calls := o.log(2)
		if calls[1].Outcome != "voicemail" || calls[0].Outcome == "voicemail" {
			o.t.Errorf("outcomes %q, then %q: want a voicemail, then none", calls[1].Outcome, calls[0].Outcome)
		}
	})
}
