package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

func classic() *flow.Flow {
	return flow.FromLegacy(flow.Legacy{
		Name: "classic", Welcome: "welcome", Ring: flow.RingTo{Team: "support", RingForSeconds: 40}, Voicemail: &flow.Voicemail{},
	})
}

func TestLegacyClassicReachesItsOwnUsersDuringTheWelcome(t *testing.T) {
	c := run(t, classic(), desk(), simulate.Script{Digits: keys(t, "1s", "204")})
	expect(t, c, "1.800 ring alice by extension")
	c = run(t, classic(), desk(), simulate.Script{Digits: keys(t, "1s", "310")}) // Chloé is not in the distribution
	expect(t, c, "1.800 · extension_refused welcome chloe digits=310 reason=not_in_distribution", "1.800 play extension_unknown, welcome",
		"7.800 ring alice, bruno, chloe by node", "47.800 · node_entered voicemail title= type=voicemail")
	c = run(t, classic(), desk(), simulate.Script{Digits: keys(t, "2.5s", "204", "5s", "205")}) // the third digit is too late
	never(t, c, "by extension")
}

func TestLegacyIVRReachesAnyUserDuringWelcomeAndMenu(t *testing.T) {
	f := flow.FromLegacy(flow.Legacy{
		Name: "old menu", Welcome: "welcome", Menu: "menu", Music: "jazz",
		Options: []flow.LegacyOption{
			{Key: '1', Title: "Sales", Ring: flow.RingTo{Users: []flow.UserID{"alice"}, RingForSeconds: 20}},
			{Key: '*', Title: "Support", Ring: flow.RingTo{Team: "support", Rule: flow.LongestIdle, RingForSeconds: 60}},
		},
	})
	for _, at := range []string{"1s", "4s", "7s"} {
		c := run(t, f, desk(), simulate.Script{Digits: keys(t, at, "310"), Agents: agents{"chloe": {Answers: time.Second}}})
		if c.Outcome != simulate.Answered || c.User != "chloe" {
			t.Error(c.Ladder())
		}
	}
	c := run(t, f, desk(), simulate.Script{Digits: keys(t, "4s", "1", "8s", "310")})
	expect(t, c, "4.000 play jazz (loop)", "4.000 ring alice by node", "24.000 · node_entered hangup title= type=hangup")
	never(t, c, "by extension")
	c = run(t, f, desk(), simulate.Script{Digits: keys(t, "4s", "*")})
	expect(t, c, "4.000 ring alice by node", "34.000 ring bruno by node", "64.000 = left flow_ended")
}

func TestLegacyFlowsAreSound(t *testing.T) {
	for _, l := range []flow.Legacy{
		{Ring: flow.RingTo{Team: "support", RingForSeconds: 40}, Voicemail: &flow.Voicemail{Greeting: "aud_1"}},
		{Welcome: "aud_1", Menu: "aud_2", Voicemail: &flow.Voicemail{}, Options: []flow.LegacyOption{{Key: '1', Ring: flow.RingTo{Team: "support", RingForSeconds: 40}}}},
	} {
		if problems := flow.Lint(flow.FromLegacy(l), account{}); len(problems) > 0 {
			t.Error(problems)
		}
	}
}

// The settings of legacy numbers: classic and IVR, with what may be there and what may not.
func legacies() map[string]flow.Legacy {
	ring := flow.RingTo{Team: "support", RingForSeconds: 40}
	return map[string]flow.Legacy{
		"classic":                   {Welcome: "aud_1", Ring: ring, Voicemail: &flow.Voicemail{Greeting: "aud_1"}, Closed: "aud_2"},
		"classic without anything":  {Ring: ring},
		"IVR":                       {Welcome: "aud_1", Menu: "aud_2", Voicemail: &flow.Voicemail{}, Options: []flow.LegacyOption{{Key: '1', Ring: ring}}},
		"IVR that nobody waits for": {Menu: "aud_2", Options: []flow.LegacyOption{{Key: '*', Ring: ring}}},
	}
}

// heard is what a caller meets: every command and outcome with its time, without the notes that say by which nodes.
func heard(c *simulate.Course) string {
	var lines []string
	for _, l := range told(c) {
		if !strings.Contains(l, "·") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

func TestSpec_F19_F20_X8_X9_ALegacyNumberBehavesTheSameAsAFlow(t *testing.T) {
	place := calendar.Place("Europe/Paris")
	week := calendar.Hours{Timezone: "Europe/Paris", Slots: []calendar.Slot{
		{Days: []calendar.Day{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "18:00"}, {Days: []calendar.Day{"sat"}, From: "22:00", To: "02:00"},
	}}
	for name, l := range legacies() {
		f := make(map[flow.Opening]*flow.Flow)
		for _, o := range []flow.Opening{flow.OpenAlways, flow.OpenNever, flow.OpenByHours} {
			l.Open, l.Hours = o, week
			f[o] = flow.FromLegacy(l)
			if got := problems(parsed(t, text(t, f[o])), everything{}); slices.ContainsFunc(got, func(s string) bool { return s[0] == 'E' }) {
				t.Errorf("%s, open %s: %q", name, o, got)
			}
		}
		// Day and night of a week, with callers who wait, press an option, dial an extension, or hang up.
		for _, pressed := range []string{"", "1", "204", "310", "999"} {
			for hour := range 7 * 24 {
				s := simulate.Script{At: time.Date(2026, 11, 16, 0, 30, 0, 0, place).Add(time.Duration(hour) * time.Hour), Speaks: 5 * time.Second}
				s.Digits = simulate.Keys(time.Second, 300*time.Millisecond, pressed)
				want := f[flow.OpenNever]
				if week.Contains(s.At, "") {
					want = f[flow.OpenAlways]
				}
				got, expected := simulate.Run(f[flow.OpenByHours], desk(), &s), simulate.Run(want, desk(), &s)
				if heard(got) != heard(expected) || got.Result() != expected.Result() {
					t.Fatalf("%s at %s, keys %q:\n%s\nand not\n%s", name, s.At, pressed, got.Ladder(), expected.Ladder())
				}
			}
		}
	}
}

func TestSpec_F20_ANumberThatWasNeverOpen(t *testing.T) {
	f := flow.FromLegacy(flow.Legacy{Open: flow.OpenNever, Ring: flow.RingTo{Team: "support", RingForSeconds: 40}, Welcome: "w", Voicemail: &flow.Voicemail{}})
	c := run(t, f, desk(), simulate.Script{Speaks: 4 * time.Second, Digits: keys(t, "1s", "204")})
	expect(t, c, "0.000 play closed", "3.000 play voicemail_greeting, beep")
	never(t, c, "ring", "play w")
	if n := c.Notes(flow.NoteBranch); len(n) != 1 || n[0].Args["branch"] != flow.PortOtherwise || c.Result() != "voicemail" {
		t.Error(c.Ladder())
	}
	if len(f.Nodes) != 3 {
		t.Error("what nobody reaches is left out", f.Nodes)
	}
	// With a Time rule its missed calls are told as out of opening hours (SPEC L4); one that is always open has none.
	if n := flow.FromLegacy(flow.Legacy{Ring: flow.RingTo{Team: "support"}}); n.Nodes["hours"] != nil {
		t.Error("always open needs no rule")
	}
}
