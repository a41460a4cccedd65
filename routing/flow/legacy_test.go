package flow_test

import (
	"testing"
	"time"

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
