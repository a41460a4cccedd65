package e2e

import (
	"errors"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/sim"
)

// The core is silent, refuses, finds nobody, or is told no: whatever it says, the desk rings on without a pause and takes the call.
func TestSpec_E13_TestCore_A1_A4_WhateverTheCoreSays(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		const givesUp, most = 8 * time.Second, 5 * time.Second // the core, and until the desk rings: nobody waits for the core
		core, handset := o.core(func(c *sim.CoreConfig) { c.Timing.NoCoverage = givesUp })
		desk, carrier := o.phone("alice-desk"), o.carrier()
		for name, is := range map[string]func(){
			"silent":      func() { core.SetWay(sim.CoreSilent) },
			"refuses":     func() { core.SetWay(sim.CoreRefuses) },
			"off":         func() { handset.SetPower(sim.PowerOff) },
			"no coverage": func() { handset.SetCoverage(sim.Uncovered) },
			"busy":        func() { handset.SetEngaged(sim.Engaged) },
		} {
			core.SetWay(sim.CoreWorks)
			handset.SetPower(sim.PowerOn)
			handset.SetCoverage(sim.Covered)
			handset.SetEngaged(sim.Free)
			is()
			began := time.Now()
			call := o.call(carrier, numberMobile)
			rung := o.rings(desk)
			if took := time.Since(began); took > most {
				o.t.Errorf("%s: the desk rang after %v", name, took)
			}
			if name == "no coverage" {
				rung.Audio.Wait(o.ctx, givesUp+time.Second) // the core gives up meanwhile
			}
			rung.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, rung)
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
		}
	})
}

// Declined on the handset while the desk rings: with the usual scope the person said no everywhere.
func TestCore_A4_ADeclineSpeaksForThePerson(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		_, handset := o.core()
		desk := o.phone("alice-desk")
		call := o.call(o.carrier(), numberMobile)
		rung, talk := o.rings(desk), o.picks(handset)
		call.Audio.Wait(o.ctx, 1200*time.Millisecond) // quicker, it could be a machine's
		o.ok(talk.Reject())
		_, err := rung.Got(o.ctx, "CANCEL")
		o.ok(err)
		o.ok(call.Cancel(o.ctx))
	})
}

// Switched on while the desk rings: the handset joins, and wins.
func TestCore_A3_SwitchedOnWhileItRings(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		_, handset := o.core()
		handset.SetPower(sim.PowerOff)
		desk := o.phone("alice-desk")
		call := o.call(o.carrier(), numberMobile)
		rung := o.rings(desk)
		handset.SetPower(sim.PowerOn)
		talk := o.picks(handset)
		o.ok(talk.Answer())
		o.ok(call.Answered(o.ctx))
		o.elsewhere(rung)
		o.speaks(call, talk)
	})
}

// The operator's voicemail answers for the handset in each of its ways: it never wins, no other device stops, nobody hears it.
func TestSpec_E8_TestCore_A2_TheVoicemailNeverWins(t *testing.T) {
	site := mobileSite("domain = \"ims.example\"", "domain = \"ims.example\"\nno_reply = \"5s\"\nconfirm = \"never\"")
	onBoth(t, site, func(o *office) {
		core, handset := o.core(func(c *sim.CoreConfig) {
			c.Timing.NoReply = 5 * time.Second
			c.Timing.Busy, c.Timing.Voicemail = time.Millisecond, time.Millisecond // the machine's delays must not make a person of it
		})
		desk, carrier := o.phone("alice-desk"), o.carrier()
		for _, c := range []struct {
			when   sim.Occasion
			manner sim.Manner
			meets  bool // the voicemail gets as far as a 200
		}{
			{sim.WhenBusy, sim.AnswersAtOnce, true},
			{sim.WhenBusy, sim.AnswersWith181, false},
			{sim.WhenBusy, sim.AnswersHistory, false},
			{sim.WhenBusy, sim.AnswersChanged, true},
			{sim.WhenBusy, sim.AnswersElsewhere, true},
			{sim.WhenBusy, sim.AnswersUnrung, true},
			{sim.WhenNoAnswer, sim.AnswersAtTimer, true},
		} {
			handset.SetEngaged(sim.Free)
			if c.when == sim.WhenBusy {
				handset.SetEngaged(sim.Engaged)
			}
			core.SetVoicemail(c.when, c.manner)
			before := core.Deflected()
			call := o.call(carrier, numberMobile)
			rung := o.rings(desk)
			for limit := o.short(patience); c.meets && core.Deflected() == before && limit.Err() == nil; {
				rung.Audio.Wait(o.ctx, 20*time.Millisecond)
			}
			if met := core.Deflected() > before; met != c.meets {
				o.t.Errorf("%v, %v: the voicemail answered: %v, want %v", c.when, c.manner, met, c.meets)
			}
			rung.Audio.Wait(o.ctx, 500*time.Millisecond)
			if s := call.Final().Status; s != 0 {
				o.t.Errorf("%v, %v: the caller is answered with %d", c.when, c.manner, s)
			}
			if rung.Count("CANCEL") > 0 {
				o.t.Errorf("%v, %v: the desk stopped ringing", c.when, c.manner)
			}
			rung.Answer()
			o.ok(call.Answered(o.ctx))
			o.talk(call, rung)
			o.ok(call.Hangup(o.ctx))
			o.ok(rung.Ended(o.ctx))
			core.SetVoicemail(c.when, sim.NoVoicemail)
		}
		for _, c := range o.log(7) {
			if c.devices()["native"] == "answered" {
				o.t.Errorf("the log says that the handset answered: %+v", c)
			}
		}
	})
}

// An operator that strips what it does not know, and hands our own leg to us again: the handset rings once, and no call is recorded twice.
func TestCore_A5_ALoopEndsAtOneHop(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		core, handset := o.core(func(c *sim.CoreConfig) { c.Unknown = sim.StripsUnknown })
		call := o.call(o.carrier(), numberMobile)
		talk := o.picks(handset)
		o.ok(talk.Answer())
		o.ok(call.Answered(o.ctx))
		o.speaks(call, talk)
		o.ok(call.Hangup(o.ctx))
		_, _, err := talk.Ended(o.ctx)
		o.ok(err)
		if seen := core.Seen(); len(seen) != 1 || seen[0].Toward != "handset" {
			o.t.Errorf("the core delivered %d requests", len(seen))
		}
		if calls := o.log(1); len(calls) != 1 {
			o.t.Errorf("the log has %+v", calls)
		}
	})
}

// The handset calls out, showing a number that is not its own: the carrier sees the direct number in every place, and not the cell. Where our trunks may not
// show it, the call goes back to the core, which sees it too.
func TestSpec_E4_TestCore_A7_TheDirectNumberIsShown(t *testing.T) {
	onBoth(t, mobileSite("name = \"carrier\"\n", "name = \"carrier\"\ndirect_numbers = true\n"), func(o *office) {
		core, handset := o.core()
		carrier := o.carrierListens(".2:5060")
		handset.Claim("+33600000000")
		talk, err := handset.Dial("0639980200")
		o.ok(err)
		far := o.rings(carrier)
		for _, h := range []string{"From", "P-Asserted-Identity"} {
			if got := far.Invite.Get(h); !strings.Contains(got, numberMobile) {
				o.t.Errorf("%s is %q, want %s", h, got, numberMobile)
			}
		}
		for _, h := range []string{"P-Access-Network-Info", "P-Served-User", "P-Charging-Vector", "X-Tandem-Anchor"} {
			if got := far.Invite.Get(h); got != "" {
				o.t.Errorf("%s leaves: %q", h, got)
			}
		}
		if !strings.Contains(far.Invite.Target, numberOutside) {
			o.t.Errorf("called %q", far.Invite.Target)
		}
		far.Answer()
		o.ok(talk.Answered(o.ctx))
		o.speaks(far, talk)
		o.ok(far.Hangup(o.ctx))
		o.ok(handset.Idle(o.ctx))

		o.apply(mobileSite())
		talk, err = handset.Dial("0639980440")
		o.ok(err)
		o.ok(talk.Answered(o.ctx))
		o.ok(talk.Hears(o.ctx, 440))
		seen := core.Seen()
		if len(seen) != 1 || seen[0].Toward != "outside" || !strings.Contains(seen[0].Values("From")[0], numberMobile) {
			o.t.Fatalf("the core delivered %v", seen)
		}
		for _, id := range seen[0].Values("P-Asserted-Identity") {
			if !strings.Contains(id, numberMobile) {
				o.t.Errorf("the core is told of %q", id)
			}
		}
		o.ok(talk.Hangup())
		if calls := o.log(2); calls[0].Direction != "outbound" || calls[0].devices()["native"] == "" || calls[0].User == nil {
			o.t.Errorf("the log has %+v", calls[0])
		}
	})
}

// An emergency number that the handset does not know as one comes as an ordinary call, and goes back as it came, whatever else is set; one that it knows
// never comes. A message to 114 passes untouched.
func TestSpec_O4_TestCore_A6_EmergenciesAreNotTouched(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		core, handset := o.core(func(c *sim.CoreConfig) { c.NotFlagged = []string{"15", "112"} })
		o.sets(o.alice(), "unavailable")
		handset.Claim("+33600000000")
		numbers := []string{"112", "15", "115", "196", "116117"}
		for _, number := range numbers {
			talk, err := handset.Dial(number)
			o.ok(err)
			o.ok(talk.Answered(o.ctx))
			o.ok(talk.Hangup())
			o.ok(handset.Idle(o.ctx))
		}
		seen := core.Seen()
		if len(seen) != len(numbers) {
			o.t.Fatalf("the core delivered %d calls, want %d", len(seen), len(numbers))
		}
		for i, s := range seen {
			if s.Number != numbers[i] || !strings.HasPrefix(s.URI, "tel:"+numbers[i]+";phone-context=") {
				o.t.Errorf("%s left as %q", numbers[i], s.URI)
			}
			if got := strings.Join(s.Values("P-Asserted-Identity"), ","); got != "<sip:"+numberMobile+"@ims.example>,<tel:"+numberMobile+">" &&
				got != "<sip:"+numberMobile+"@ims.example>, <tel:"+numberMobile+">" {
				o.t.Errorf("%s: P-Asserted-Identity %q", numbers[i], got)
			}
			if got := strings.Join(s.Values("P-Access-Network-Info"), ""); !strings.Contains(got, "utran-cell-id-3gpp=2080100A10000B01") {
				o.t.Errorf("%s: P-Access-Network-Info %q", numbers[i], got)
			}
			if !strings.Contains(s.Values("From")[0], "+33600000000") {
				o.t.Errorf("%s: From %q", numbers[i], s.Values("From"))
			}
		}
		if talk, err := handset.Dial("17"); talk != nil || err != nil || handset.Emergencies() != 1 {
			o.t.Errorf("17: %v %v", talk, err)
		}
		o.ok(handset.Text("114", "au secours"))
		for len(core.Carried()) == 0 && o.ctx.Err() == nil {
			<-o.short(20 * time.Millisecond).Done()
		}
		if got := core.Carried(); len(got) != 1 || got[0].Peer != "114" || got[0].Text != "au secours" {
			o.t.Errorf("carried %v", got)
		}
	})
}

// Tandem dies in the middle of a call: native calls and messages work without it, both ways. When it is back the broken call is in the log, ended.
func TestCore_A13_TandemIsDown(t *testing.T) {
	onBoth(t, mobileSite(), func(o *office) {
		core, handset := o.core()
		other := core.Handset(numberOther)
		other.SetPower(sim.PowerOn)
		call := o.call(o.carrier(), numberMobile)
		talk := o.picks(handset)
		o.ok(talk.Answer())
		o.ok(call.Answered(o.ctx))
		o.speaks(call, talk)
		o.stop(syscall.SIGKILL)
		o.ok(talk.Hangup())
		o.ok(handset.Idle(o.ctx))

		out, err := handset.Dial(numberOther)
		o.ok(err)
		in := o.picks(other)
		o.ok(in.Answer())
		o.ok(out.Answered(o.ctx))
		o.ok(out.Say(1300))
		o.ok(in.Hears(o.ctx, 1300))
		o.ok(out.Hangup())
		o.ok(handset.Idle(o.ctx))
		outsider, err := core.Call("+33639980300", numberMobile)
		o.ok(err)
		o.ok(o.picks(handset).Answer())
		o.ok(outsider.Answered(o.ctx))
		o.ok(outsider.Hangup())
		o.ok(handset.Text(numberOther, "à tout à l'heure"))
		_, err = other.Inbox(o.ctx, 1)
		o.ok(err)

		o.serve()
		if c := o.log(1)[0]; c.Status != "ended" || c.To != numberMobile {
			o.t.Errorf("the log has %+v", c)
		}
		o.ok(handset.Idle(o.ctx))
		again := o.call(o.carrier(), numberMobile)
		o.ok(o.picks(handset).Answer())
		o.ok(again.Answered(o.ctx))
	})
}

// The core as a plain trunk with prefixes: calls of the handset, calls to it, and our own leg that does not come back.
func TestTheCoreAsAPlainTrunk(t *testing.T) {
	site := mobileSite("domain = \"ims.example\"", "attachment = \"trunk\"\noriginating_prefix = \"9901\"\nreturn_prefix = \"9902\"",
		"name = \"carrier\"\n", "name = \"carrier\"\ndirect_numbers = true\n")
	onBoth(t, site, func(o *office) {
		core, handset := o.core(func(c *sim.CoreConfig) {
			c.Attachment, c.OriginatingPrefix, c.ReturnPrefix = sim.AttachTrunk, "9901", "9902"
		})
		carrier := o.carrierListens(".2:5060")
		talk, err := handset.Dial("0639980200")
		o.ok(err)
		far := o.rings(carrier)
		if got := far.Invite.Get("From"); !strings.Contains(got, numberMobile) {
			o.t.Errorf("From is %q", got)
		}
		far.Answer()
		o.ok(talk.Answered(o.ctx))
		o.speaks(far, talk)
		o.ok(talk.Hangup())
		o.ok(handset.Idle(o.ctx))
		o.log(1) // or Alice is still in a call, and her handset is busy

		outsider, err := core.Call("+33639980300", numberMobile)
		o.ok(err)
		talk = o.picks(handset)
		o.ok(talk.Answer())
		o.ok(outsider.Answered(o.ctx))
		o.ok(outsider.Say(1300))
		o.ok(talk.Hears(o.ctx, 1300))
		o.ok(outsider.Hangup())
	})
}

// The handset uses data until its 20 GB are spent, to the byte; then there is no more, and calls work as before.
func TestSpec_E3_TestCore_A11_ThePackageIsSpent(t *testing.T) {
	onBoth(t, mobileSite("domain = \"ims.example\"", "domain = \"ims.example\"\ncharging = {peers = [\"smf.ims.example\"]}"), func(o *office) {
		_, handset := o.core()
		smf, err := sim.OpenSMF(o.ctx, sim.SMFConfig{Server: o.net + ".1:3868", Log: slog.New(slog.DiscardHandler)})
		o.ok(err)
		who := sim.Subscriber{Number: numberMobile, IMSI: "208010000000008"}
		data, err := smf.Attach(o.ctx, who, "internet")
		o.ok(err)
		const gigabyte = 1_000_000_000
		got, err := data.Consume(o.ctx, 25*gigabyte)
		if err != nil || got != 20*gigabyte || !data.Over() {
			o.t.Errorf("%d bytes were to be had, %v; over: %v", got, err, data.Over())
		}
		if _, err = smf.Attach(o.ctx, who, "internet"); !errors.Is(err, sim.ErrNoCredit) {
			o.t.Errorf("attached again: %v", err)
		}
		voice, err := smf.Attach(o.ctx, who, "ims")
		o.ok(err)
		call := o.call(o.carrier(), numberMobile)
		talk := o.picks(handset)
		o.ok(talk.Answer())
		o.ok(call.Answered(o.ctx))
		o.speaks(call, talk)
		o.ok(voice.Detach(o.ctx))
		o.ok(smf.Close(o.ctx))
	})
}
