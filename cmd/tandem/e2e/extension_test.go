package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tandem/loadtest/softphone"
)

// allPaths are the ways of sending digits, each with the formats of the SDP that make a phone use it.
func allPaths() []struct {
	path    softphone.DigitPath
	formats []string
} {
	return []struct {
		path    softphone.DigitPath
		formats []string
	}{
		{softphone.ByEvent, []string{"PCMA", "telephone-event"}},
		{softphone.ByEvent, []string{"PCMU", "telephone-event"}},
		{softphone.ByTone, []string{"PCMA"}},
		{softphone.ByTone, []string{"PCMU"}},
		{softphone.ByInfo, []string{"PCMA", "telephone-event"}},
		{softphone.ByInfo, []string{"PCMU"}},
	}
}

// reaches shows that a caller is connected with a user: the phones ring, one answers, both hear each other.
func (o *office) reaches(caller *softphone.Call, phone *softphone.Phone) *softphone.Call {
	o.t.Helper()
	rung := o.rings(phone)
	rung.Answer()
	o.talk(caller, rung)
	return rung
}

// An extension is dialled during the message of a menu, and right after it while the menu waits for a key, in every way of sending digits.
func TestSpec_X2_X6_ExtensionDuringAndAfterTheMenu(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		chloe := o.phones("chloe-desk", "chloe-web", "chloe-cti")
		for _, way := range allPaths() {
			for _, when := range []time.Duration{0, 2500 * time.Millisecond} {
				caller := o.carrier(way.formats...)
				call := o.dial(caller, numberMenu)
				o.hears(call, hzMenu)
				call.Audio.Wait(o.ctx, when)
				call.Press(o.ctx, way.path, "203")
				var others []*softphone.Call
				for _, p := range chloe[1:] {
					others = append(others, o.rings(p))
				}
				rung := o.reaches(call, chloe[0])
				for _, c := range others {
					o.elsewhere(c)
				}
				o.ok(rung.Hangup(o.ctx))
				o.ok(call.Ended(o.ctx))
				caller.Close()
			}
		}
		for _, c := range o.log(2 * len(allPaths())) {
			if c.Outcome != "answered" || c.User == nil || c.User.Name != "Chloé" {
				t.Errorf("the log has %+v, want it answered by Chloé", c)
			}
		}
	})
}

// elsewhere shows that a phone was told that another answered.
func (o *office) elsewhere(c *softphone.Call) {
	o.t.Helper()
	m, err := c.Got(o.ctx, "CANCEL")
	o.ok(err)
	if got := m.Get("Reason"); !completedElsewhere(got) {
		o.t.Errorf("CANCEL with Reason %q, want SIP;cause=200", got)
	}
}

func TestSpec_X3_X5_X17_ExtensionStopsTheMessageAndRingsAnyUser(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david := o.phone("david-desk") // in no distribution
		for _, way := range allPaths() {
			caller := o.carrier(way.formats...)
			call := o.dial(caller, numberMessage)
			o.hears(call, hzWelcome)
			call.Press(o.ctx, way.path, "204")
			rung := o.rings(david)
			o.hears(call, hzMusic) // what was on its way of the message is over by then
			if call.Audio.Hears(o.short(300*time.Millisecond), hzWelcome) == nil {
				t.Errorf("%v: the message goes on while the user rings", way)
			}
			rung.Answer()
			o.talk(call, rung)
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
			caller.Close()
		}
	})
}

// short is a little time: for what must not happen.
func (o *office) short(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(o.ctx, d)
	o.t.Cleanup(cancel)
	return ctx
}

func TestSpec_X4_X18_ExtensionDuringTheWaitingMusicLeavesTheQueue(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		alice, david := o.phone("alice-desk"), o.phone("david-desk")
		for _, way := range allPaths() {
			caller := o.carrier(way.formats...)
			call := o.dial(caller, numberQueue)
			queued := o.rings(alice)
			o.hears(call, hzMusic)
			call.Press(o.ctx, way.path, "204")
			rung := o.rings(david)
			_, err := queued.Got(o.ctx, "CANCEL")
			o.ok(err)
			rung.Answer()
			o.talk(call, rung)
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
			caller.Close()
		}
	})
}

// The same key by two ways at once is one key: 2-0-4, not 2-2-0-0-4-4.
func TestSpec_X6_AKeyHeardTwoWaysCountsOnce(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david := o.phone("david-desk")
		call := o.dial(o.carrier(), numberMessage)
		o.hears(call, hzWelcome)
		for _, key := range "204" {
			call.InfoDigit(byte(key))
			call.Press(o.ctx, softphone.ByEvent, string(key))
		}
		o.reaches(call, david)
		if !david.Idle() {
			t.Error("the phone rang twice")
		}
	})
}

func TestSpec_X7_X19_K1_K3_MenuKeyOrExtension(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		bruno, chloe := o.phone("bruno-desk"), o.phone("chloe-desk")
		t := o.t

		t.Log("key 2 alone: taken when 1.5 s have passed, because extensions begin with it")
		call := o.dial(o.carrier(), numberMenu)
		o.hears(call, hzMenu)
		began := time.Now()
		call.Press(o.ctx, softphone.ByEvent, "2")
		rung := o.rings(bruno)
		if took := time.Since(began); took < time.Second {
			t.Errorf("key 2 acted after %v, before an extension could be told from it", took)
		}
		o.ok(call.Hangup(o.ctx))
		o.ok(rung.Ended(o.ctx))

		t.Log("203 within the time: the extension")
		call = o.dial(o.carrier(), numberMenu)
		call.Press(o.ctx, softphone.ByEvent, "203")
		o.reaches(call, chloe)
		o.ok(call.Hangup(o.ctx))

		t.Log("key 7 begins no extension: it acts at once and cuts the message")
		call = o.dial(o.carrier(), numberMenu)
		o.hears(call, hzMenu)
		call.Press(o.ctx, softphone.ByEvent, "7")
		o.hears(call, hzOther)
		o.ok(call.Ended(o.ctx))
	})
}

func TestSpec_X8_LegacyClassicNumber(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		alice, david := o.phone("alice-desk"), o.phone("david-desk")

		call := o.dial(o.carrier(), numberClassic)
		o.hears(call, hzWelcome)
		call.Press(o.ctx, softphone.ByEvent, "204") // David is not in the distribution
		o.hears(call, hzUnknown)
		if !david.Idle() {
			o.t.Error("a user outside the distribution was rung")
		}
		o.hears(call, hzWelcome)
		call.Press(o.ctx, softphone.ByEvent, "201")
		o.reaches(call, alice)
		o.ok(call.Hangup(o.ctx))

		call = o.dial(o.carrier(), numberClassic)
		rung := o.rings(alice) // the welcome is over: the number rings
		o.hears(call, hzMusic)
		call.Press(o.ctx, softphone.ByEvent, "204")
		if call.Audio.Hears(o.short(time.Second), hzUnknown) == nil || !david.Idle() {
			o.t.Error("an extension was heard after the welcome")
		}
		rung.Answer()
		o.talk(call, rung)
		o.ok(call.Hangup(o.ctx))
	})
}

func TestSpec_X9_LegacyIVRNumber(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david := o.phone("david-desk")
		for _, during := range []float64{hzWelcome, hzMenu} {
			call := o.dial(o.carrier(), numberLegacyIVR)
			o.hears(call, during)
			call.Press(o.ctx, softphone.ByEvent, "204")
			o.reaches(call, david)
			o.ok(call.Hangup(o.ctx))
		}
	})
}

// An unavailable or busy user: the announcement, and back where the caller was.
func TestSpec_X10_X23_UnavailableOrBusyThenBack(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		o.phone("emma-desk") // set unavailable
		david := o.phone("david-desk")

		call := o.dial(o.carrier(), numberMessage)
		o.hears(call, hzWelcome)
		call.Press(o.ctx, softphone.ByEvent, "205")
		o.hears(call, hzUnavailable)
		o.hears(call, hzWelcome)
		call.Press(o.ctx, softphone.ByEvent, "204")
		rung := o.reaches(call, david)

		second := o.dial(o.carrier(), numberMessage)
		o.hears(second, hzWelcome)
		second.Press(o.ctx, softphone.ByEvent, "204")
		o.hears(second, hzUnavailable)
		o.hears(second, hzWelcome)
		if !david.Idle() {
			o.t.Error("a busy user without call waiting was rung")
		}
		o.ok(second.Hangup(o.ctx))
		o.ok(rung.Hangup(o.ctx))
	})
}

func TestSpec_X11_UnknownOrOutgoingOnlyThenBack(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		o.phone("farid-desk") // outgoing calls only
		for _, extension := range []string{"999", "206"} {
			call := o.dial(o.carrier(), numberMessage)
			o.hears(call, hzWelcome)
			call.Press(o.ctx, softphone.ByEvent, extension)
			o.hears(call, hzUnknown)
			o.hears(call, hzWelcome)
			o.ok(call.Hangup(o.ctx))
		}
	})
}

// While a call that was transferred by the API rings, the caller can dial nothing; when nobody answers it does not return to the flow.
func TestSpec_X13_NoExtensionWhileAnAPITransferRings(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david, chloe := o.phone("david-desk"), o.phone("chloe-desk")
		call := o.dial(o.carrier(), numberMessage)
		o.hears(call, hzWelcome)
		o.post("/api/v1/calls/"+o.live()+"/actions/transfer", `{"to": "204", "mode": "cold"}`)
		rung := o.rings(david)
		o.hears(call, hzRingback) // the message is over: the caller hears that somebody rings
		call.Press(o.ctx, softphone.ByEvent, "203")
		call.Audio.Wait(o.ctx, 2*time.Second)
		if !chloe.Idle() || rung.Count("CANCEL") > 0 {
			o.t.Error("an extension was dialled while a transferred call rang")
		}
		rung.Answer()
		o.talk(call, rung)
	})
}

func TestSpec_X15_UsersCallEachOther(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		alice, david := o.phones("alice-desk", "alice-web"), o.phone("david-desk")
		for _, from := range alice {
			call := o.call(from, "204")
			rung := o.rings(david)
			o.ok(call.Progress(o.ctx, 180))
			rung.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, rung)
			o.ok(rung.Hangup(o.ctx))
			o.ok(call.Ended(o.ctx))
		}
		if c := o.log(2)[0]; c.Direction != "internal" {
			o.t.Errorf("direction %q, want internal", c.Direction)
		}
	})
}

func TestSpec_X16_AChangedExtensionWorksAtOnce(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david := o.phone("david-desk")
		call := o.dial(o.carrier(), numberMessage)
		o.hears(call, hzWelcome)
		o.apply(replace(demoSite, `extension = "204"`, `extension = "244"`))
		call.Press(o.ctx, softphone.ByEvent, "204")
		o.hears(call, hzUnknown)
		call.Press(o.ctx, softphone.ByEvent, "244")
		o.reaches(call, david)
	})
}

func TestSpec_X20_IncompleteDigitsAreDropped(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		o.phone("alice-desk") // for the queue to stand
		david := o.phone("david-desk")
		call := o.dial(o.carrier(), numberQueue)
		o.hears(call, hzMusic)
		const pause = 5 * time.Second // longer than the digits are kept, also where they are late
		call.Press(o.ctx, softphone.ByEvent, "20")
		call.Audio.Wait(o.ctx, pause)
		o.hears(call, hzMusic) // it goes on
		call.Press(o.ctx, softphone.ByEvent, "4")
		call.Audio.Wait(o.ctx, pause)
		o.hears(call, hzMusic)
		if !david.Idle() {
			o.t.Error("20, a pause and 4 made an extension")
		}
		call.Press(o.ctx, softphone.ByEvent, "204")
		o.reaches(call, david)
	})
}

func TestSpec_X21_StarAndHashClear(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		david := o.phone("david-desk")
		for _, digits := range []string{"9*204", "20#204"} {
			call := o.dial(o.carrier(), numberMessage)
			o.hears(call, hzWelcome)
			call.Press(o.ctx, softphone.ByEvent, digits)
			o.reaches(call, david)
			o.ok(call.Hangup(o.ctx))
		}
	})
}

// An extension that nobody answers: to the user's voicemail where there is one, else to the number's, else the end; the users of the
// number are told.
func TestSpec_X12_X24_X25_UnansweredExtension(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		bruno, david := o.phone("bruno-desk"), o.phone("david-desk")
		o.phone("alice-desk") // for the queue to stand

		o.t.Log("Bruno has a voicemail of his own")
		call := o.dial(o.carrier(), numberQueue)
		o.hears(call, hzMusic)
		call.Press(o.ctx, softphone.ByEvent, "202")
		o.rings(bruno).Reject(486)
		o.hears(call, hzGreeting)
		call.Audio.Say(450)
		call.Audio.Wait(o.ctx, 1500*time.Millisecond)
		call.Press(o.ctx, softphone.ByEvent, "204") // no extension while it records
		call.Audio.Wait(o.ctx, 1500*time.Millisecond)
		if !david.Idle() {
			o.t.Error("an extension was heard while a voicemail was recorded")
		}
		o.ok(call.Hangup(o.ctx))

		o.t.Log("David has none, and this number has none: the call ends, and never returns to the queue")
		call = o.dial(o.carrier(), numberMessage)
		o.hears(call, hzWelcome)
		call.Press(o.ctx, softphone.ByEvent, "204")
		o.rings(david).Reject(486)
		o.ok(call.Ended(o.ctx))

		calls := o.log(2)
		if calls[1].Outcome != "voicemail" || calls[0].Outcome != "missed" {
			o.t.Errorf("outcomes %q and %q, want voicemail and missed", calls[1].Outcome, calls[0].Outcome)
		}
		o.notified(calls[0].ID, "Alice")
	})
}

func (o *office) notified(id string, users ...string) {
	o.t.Helper()
	var c struct {
		Notified []struct{ Name string }
	}
	o.read("/api/v1/calls/"+id, &c)
	if got := fmt.Sprint(c.Notified); fmt.Sprint(len(c.Notified)) != fmt.Sprint(len(users)) {
		o.t.Errorf("notified %s, want %v", got, users)
	}
}
