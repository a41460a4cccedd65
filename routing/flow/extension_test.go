package flow_test

import (
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

func TestExtensionDuringMusicLeavesQueue(t *testing.T) {
	c := run(t, line(audio("welcome", "n2"), team(flow.Simultaneous, "n3"), mailbox()), desk(), simulate.Script{
		Digits: keys(t, "5s", "204"),
		Agents: map[flow.UserID]simulate.Agent{"alice": {Answers: 6 * time.Second}},
	})
	golden(t, c, `
		0.000  begin
		· node_entered n1 title= type=audio_message
		play #1 welcome
		3.000  play #1 done
		· node_entered n2 title= type=ring_to
		· queued n2
		play #2 music (loop)
		timer #3 120.0 s
		· user_ringing n2 alice why=node
		· user_ringing n2 bruno why=node
		· user_ringing n2 chloe why=node
		ring #4 alice, bruno, chloe by node
		5.000  digit 2
		timer #5 3.0 s
		5.400  digit 0
		stop timer #5
		timer #6 3.0 s
		5.800  digit 4
		stop timer #6
		· extension_dialed n2 alice digits=204
		stop timer #3
		stop ring #4
		· queue_left n2 reason=extension
		· user_ringing n2 alice why=extension
		ring #7 alice by extension
		timer #8 30.0 s
		11.800  = answered by alice`)
}

func TestExtensionDuringMessageStopsIt(t *testing.T) {
	c := run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{
		Digits: keys(t, "1s", "204"),
		Agents: map[flow.UserID]simulate.Agent{"alice": {Answers: 5 * time.Second}},
	})
	expect(t, c, "0.000 play welcome", "1.800 ring alice by extension", "1.800 play music (loop)", "6.800 = answered by alice")
}

func TestExtensionDuringAndAfterMenu(t *testing.T) {
	for name, at := range map[string]string{"during": "1s", "after": "4s"} {
		t.Run(name, func(t *testing.T) {
			c := run(t, line(ivr(), bye(), bye(), bye()), desk(), simulate.Script{
				Digits: keys(t, at, "310"),
				Agents: map[flow.UserID]simulate.Agent{"chloe": {Answers: 5 * time.Second}},
			})
			expect(t, c, "0.000 play menu")
			if c.Outcome != simulate.Answered || c.User != "chloe" {
				t.Error(c.Ladder())
			}
			never(t, c, "ivr_wrong_key")
		})
	}
}

// The menu of these tests has the options 1, with which no extension begins, and 2, with which three do.
func TestSpec_X7_OnlyAKeyThatCanBeginAnExtensionWaits(t *testing.T) {
	tests := map[string]struct {
		keys string
		want []string
	}{
		"an option that begins no extension acts at once":   {"1", []string{"1.000 · node_entered n2 title= type=hangup"}},
		"one that does is taken when no digit follows":      {"2", []string{"1.000 stop play", "2.500 · node_entered n3 title= type=hangup"}},
		"a second digit that rules it out acts at once":     {"25", []string{"1.400 · node_entered n3 title= type=hangup"}},
		"three digits ring":                                 {"204", []string{"1.800 ring alice by extension"}},
		"three digits without an option ring too":           {"310", []string{"1.800 ring chloe by extension"}},
		"a key that is neither is wrong at once":            {"9", []string{"1.000 play wrong_key, menu"}},
		"two digits are the option when the third is late":  {"20", []string{"2.900 · node_entered n3 title= type=hangup"}},
		"two digits of nobody's are one wrong entry":        {"39", []string{"4.400 · ivr_wrong_key n1 attempt=1 key=39", "4.400 play wrong_key, menu"}},
		"two digits of an extension only are a wrong entry": {"31", []string{"4.400 play wrong_key, menu"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := run(t, line(ivr(), bye(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", tt.keys)})
			expect(t, c, tt.want...)
		})
	}
}

func TestSpec_X19_OptionIsTakenAfterOneAndAHalfSeconds(t *testing.T) {
	menu := line(ivr(), bye(), bye(), bye())
	c := run(t, menu, desk(), simulate.Script{Digits: keys(t, "1s", "2")})
	expect(t, c, "1.000 timer 1.5 s", "2.500 · ivr_option_selected n1 branch=n3 key=2 option=k2 title=Sales", "2.500 = left flow_ended")

	slow := simulate.Keys(time.Second, 1499*time.Millisecond, "204")
	c = run(t, menu, desk(), simulate.Script{Digits: slow})
	expect(t, c, "3.998 ring alice by extension")
	never(t, c, "ivr_option_selected")

	c = run(t, menu, desk(), simulate.Script{Digits: keys(t, "1s", "2"), Settings: flow.Settings{InterDigit: 4 * time.Second}})
	expect(t, c, "5.000 · ivr_option_selected n1 branch=n3 key=2 option=k2 title=Sales")
}

func TestSpec_X20_IncompleteDigitsAreDroppedInSilence(t *testing.T) {
	c := run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{
		Sound:  30 * time.Second,
		Digits: keys(t, "1s", "20", "4.401s", "4", "10s", "205"),
	})
	// "20" is gone at 4.4 s; the 4 that comes after begins anew and is gone too.
	expect(t, c, "4.400 · digits_dropped n1 digits=20 why=timeout", "7.401 · digits_dropped n1 digits=4 why=timeout", "10.800 ring bruno by extension")
	for _, s := range c.Steps[1:] {
		for _, command := range s.Commands {
			if _, plays := command.(flow.Play); plays && s.After < 10*time.Second {
				t.Errorf("the caller hears something else:\n%s", c.Ladder())
			}
		}
	}
	c = run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{Sound: 30 * time.Second, Digits: keys(t, "1s", "20", "4.3s", "4")})
	expect(t, c, "4.300 ring alice by extension") // 2.9 s after the 0
}

func TestSpec_X21_StarAndHashClear(t *testing.T) {
	for _, key := range []string{"*", "#"} {
		t.Run("message "+key, func(t *testing.T) {
			c := run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{Sound: 30 * time.Second, Digits: keys(t, "1s", "31"+key+"204")})
			expect(t, c, "1.800 · digits_dropped n1 digits=31 why=cleared", "3.000 ring alice by extension")
		})
		t.Run("menu "+key, func(t *testing.T) {
			c := run(t, line(ivr(), bye(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", "2"+key+"205")})
			expect(t, c, "1.400 · digits_dropped n1 digits=2 why=cleared", "2.600 ring bruno by extension")
			never(t, c, "ivr_")
		})
		t.Run("queue "+key, func(t *testing.T) {
			c := run(t, line(team(flow.Simultaneous, "n2"), bye()), desk(), simulate.Script{Digits: keys(t, "1s", "20"+key+"205")})
			expect(t, c, "1.800 · digits_dropped n1 digits=20 why=cleared", "3.000 ring bruno by extension")
		})
	}
	star := ivr()
	star.IVR.Options = append(star.IVR.Options, flow.Option{ID: "again", Key: '*'})
	star.Next["again"] = "n4"
	c := run(t, line(star, bye(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", "*")})
	expect(t, c, "1.000 · ivr_option_selected n1 branch=n4 key=* option=again title=")
	c = run(t, line(star, bye(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", "2**")})
	expect(t, c, "1.400 · digits_dropped n1 digits=2 why=cleared", "1.800 · ivr_option_selected n1 branch=n4 key=* option=again title=")
}

func TestUnavailableExtensionBringsTheCallerBack(t *testing.T) {
	away := map[flow.UserID]simulate.Agent{"alice": {Status: flow.Unavailable}, "bruno": {Status: flow.Busy}, "chloe": {Status: flow.BusyCallWaiting}}
	t.Run("message", func(t *testing.T) {
		c := run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{Agents: away, Digits: keys(t, "1s", "204")})
		expect(t, c, "1.800 · extension_refused n1 alice digits=204 reason=unavailable", "1.800 play unavailable, welcome", "7.800 = left flow_ended")
	})
	t.Run("menu", func(t *testing.T) {
		c := run(t, line(ivr(), bye(), bye(), bye()), desk(), simulate.Script{Agents: away, Digits: keys(t, "1s", "205", "6s", "1")})
		expect(t, c, "1.800 · extension_refused n1 bruno digits=205 reason=busy", "1.800 play unavailable, menu", "6.000 = left flow_ended")
		never(t, c, "wrong_key")
	})
	t.Run("queue", func(t *testing.T) {
		d := desk()
		d.Teams["support"] = []flow.UserID{"chloe"}
		c := run(t, line(team(flow.Simultaneous, "n2"), bye()), d, simulate.Script{
			Digits: keys(t, "5s", "204"),
			Agents: map[flow.UserID]simulate.Agent{"alice": {Status: flow.Unavailable}, "chloe": {Answers: 20 * time.Second}},
		})
		expect(t, c, "0.000 ring chloe by node", "5.800 play unavailable", "8.800 play music (loop)", "20.000 = answered by chloe")
		never(t, c, "stop ring", "queue_left")
	})
	t.Run("queue that ends meanwhile", func(t *testing.T) {
		two := line(team(flow.Simultaneous, "n2"), team(flow.Simultaneous, "n3"), bye())
		two.Nodes["n1"].RingTo.RingForSeconds = 6
		d := desk()
		d.Teams["support"] = []flow.UserID{"chloe"}
		c := run(t, two, d, simulate.Script{Digits: keys(t, "5s", "204"), Agents: map[flow.UserID]simulate.Agent{"alice": {Status: flow.Unavailable}}})
		// The announcement is heard to its end, over the change of nodes, and the music follows.
		expect(t, c, "5.800 play unavailable", "6.000 ring chloe by node", "8.800 play music (loop)")
	})
	t.Run("rings for this call already", func(t *testing.T) {
		c := run(t, line(team(flow.Simultaneous, "n2"), bye()), desk(), simulate.Script{
			Digits: keys(t, "5s", "204"), Changes: []simulate.Change{{After: time.Second, User: "alice", Status: flow.Busy}},
		})
		expect(t, c, "5.800 stop ring", "5.800 ring alice by extension")
	})
	t.Run("call waiting", func(t *testing.T) {
		c := run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{Agents: away, Digits: keys(t, "1s", "310")})
		expect(t, c, "1.800 ring chloe by extension")
	})
}

func TestUnknownExtensionBringsTheCallerBack(t *testing.T) {
	for digits, reason := range map[string]string{"206": "farid digits=206 reason=outgoing_only", "999": "digits=999 reason=unknown", "299": "digits=299 reason=unknown"} {
		c := run(t, line(audio("welcome", "n2"), bye()), desk(), simulate.Script{Digits: keys(t, "1s", digits)})
		expect(t, c, "1.800 · extension_refused n1 "+reason, "1.800 play extension_unknown, welcome", "7.800 = left flow_ended")
	}
	// In a menu the same digits are one entry, and no try is lost: the third silence, and not the first one, ends it.
	for _, digits := range []string{"206", "999", "319", "399", "209"} {
		c := run(t, line(ivr(), bye(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", digits)})
		expect(t, c, "1.800 play extension_unknown, menu", "12.800 · ivr_no_key n1 attempt=1", "28.800 · ivr_no_key n1 attempt=3", "28.800 = left flow_ended")
	}
}

func TestUnansweredExtensionGoesToVoicemail(t *testing.T) {
	f := line(team(flow.Simultaneous, "n2"), bye())
	dial := simulate.Script{Digits: keys(t, "1s", "204"), Speaks: 5 * time.Second}
	t.Run("of the user", func(t *testing.T) {
		d := desk()
		d.Greetings = map[flow.UserID]flow.AudioID{"alice": "alice_greets"}
		d.Mailbox = &flow.Voicemail{}
		c := run(t, f, d, dial)
		expect(t, c, "31.800 stop ring", "31.800 · user_done n1 alice outcome=not_answered", "31.800 play alice_greets, beep", "37.800 record 180 s, silence 10 s, for [alice]",
			"52.800 = left voicemail_left")
	})
	t.Run("of the number", func(t *testing.T) {
		d := desk()
		d.Mailbox = &flow.Voicemail{Greeting: "shop", MaxSeconds: 60}
		c := run(t, f, d, dial)
		expect(t, c, "31.800 play shop, beep", "37.800 record 60 s, silence 10 s, for []")
	})
	t.Run("nowhere", func(t *testing.T) {
		c := run(t, f, desk(), dial)
		expect(t, c, "31.800 leave: nobody_answered")
		never(t, c, "n2")
	})
	t.Run("declined", func(t *testing.T) {
		dial.Agents = map[flow.UserID]simulate.Agent{"alice": {Declines: 4 * time.Second}}
		c := run(t, f, desk(), dial)
		expect(t, c, "5.800 · user_done n1 alice outcome=declined", "5.800 leave: nobody_answered")
	})
}

func TestNoExtensionWhereNoneIsAllowed(t *testing.T) {
	closed := audio("welcome", "n2")
	closed.AudioMessage.Extensions = flow.NoOne
	c := run(t, line(closed, bye()), desk(), simulate.Script{Digits: keys(t, "1s", "204")})
	never(t, c, "ring", "digits")
	// A call transferred through the public API: nobody can be dialled at all (SPEC X13).
	c = run(t, line(audio("welcome", "n2"), team(flow.Simultaneous, "n3"), bye()), desk(), simulate.Script{
		Digits: keys(t, "1s", "204", "5s", "204"), Settings: flow.Settings{Extensions: flow.NoOne},
	})
	never(t, c, "by extension", "digits")
	// While a voicemail is heard or recorded digits are not an extension (SPEC X25).
	c = run(t, line(mailbox()), desk(), simulate.Script{Digits: keys(t, "1s", "204", "8s", "204"), Speaks: time.Minute})
	never(t, c, "by extension", "digits")
	expect(t, c, "6.000 record 180 s, silence 10 s, for []", "76.000 = left voicemail_left")
}

func TestDigitsAreOneExtensionOverTwoNodes(t *testing.T) {
	c := run(t, line(audio("welcome", "n2"), team(flow.Simultaneous, "n3"), bye()), desk(), simulate.Script{Digits: keys(t, "2.5s", "204")})
	expect(t, c, "3.000 ring alice, bruno, chloe by node", "3.300 ring alice by extension")
	c = run(t, line(audio("welcome", "n2"), ivr(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "2.5s", "204")})
	expect(t, c, "3.000 play menu", "3.300 ring alice by extension")
	// A digit before the menu that nothing follows is no choice of the menu.
	c = run(t, line(audio("welcome", "n2"), ivr(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "2.5s", "2")})
	expect(t, c, "5.500 · digits_dropped n2 digits=2 why=timeout")
	never(t, c, "ivr_option", "ivr_wrong", "stop play")
}

func TestFastCallerTypesAhead(t *testing.T) {
	second := ivr()
	second.Next = to("k1", "n3", "k2", "n4", "no_or_wrong_input", "n4")
	first := ivr()
	first.Next = to("k1", "n3", "k2", "n2", "no_or_wrong_input", "n4")
	c := run(t, line(first, second, bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", "21")})
	expect(t, c, "1.400 · ivr_option_selected n1 branch=n2 key=2 option=k2 title=Sales", "1.400 · ivr_option_selected n2 branch=n3 key=1 option=k1 title=Support")
}

func TestWaitingTimeIsNotAnnouncedAfterAnExtension(t *testing.T) {
	m := flow.New(line(audio("welcome", "n2"), bye()), desk())
	now := time.Now()
	m.Step(now, flow.Begin{})
	for _, k := range []byte("20") {
		m.Step(now, flow.Digit{Key: k})
	}
	if m.ExtensionDialed() {
		t.Error("two digits are no extension")
	}
	m.Step(now, flow.Digit{Key: '4'})
	if !m.ExtensionDialed() {
		t.Error("an extension was dialled (SPEC X27)")
	}
}
