package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// The states of users at the beginning of a call.
var (
	busy = simulate.Agent{Status: flow.Busy}
	away = simulate.Agent{Status: flow.Unavailable}
)

type agents = map[flow.UserID]simulate.Agent

// queueFlow rings the team, or Alice alone, then goes to a voicemail.
func queueFlow(change func(*flow.RingTo)) *flow.Flow {
	n := team(flow.Simultaneous, "n2")
	change(n.RingTo)
	return line(n, mailbox())
}

func aliceAlone(r *flow.RingTo) { r.Team, r.Users = "", []flow.UserID{"alice"} }

// SPEC R4 to R9 at the moment when the caller comes.
func TestWhoIsThereDecidesWhetherACallerWaits(t *testing.T) {
	const next, waits, rings = "next", "waits", "rings"
	tests := map[string]struct {
		alone, even bool
		agents      agents
		want        string
	}{
		"R4 one user, busy":                         {alone: true, agents: agents{"alice": busy}, want: next},
		"R5 one user, busy, even if busy":           {alone: true, even: true, agents: agents{"alice": busy}, want: waits},
		"R5 one user who takes a second call":       {alone: true, even: true, agents: agents{"alice": {Status: flow.BusyCallWaiting}}, want: waits},
		"R6 one user, unavailable":                  {alone: true, agents: agents{"alice": away}, want: next},
		"R6 one user, unavailable, even if busy":    {alone: true, even: true, agents: agents{"alice": away}, want: next},
		"R7 everyone busy":                          {agents: agents{"alice": busy, "bruno": busy, "chloe": busy}, want: next},
		"R8 everyone busy, even if busy":            {even: true, agents: agents{"alice": busy, "bruno": busy, "chloe": busy}, want: waits},
		"R8 one busy, others away, even if busy":    {even: true, agents: agents{"alice": busy, "bruno": away, "chloe": away}, want: waits},
		"R9 nobody there":                           {agents: agents{"alice": away, "bruno": away, "chloe": away}, want: next},
		"R9 nobody there, even if busy":             {even: true, agents: agents{"alice": away, "bruno": away, "chloe": away}, want: next},
		"one of them is there":                      {agents: agents{"alice": busy, "bruno": away}, want: rings},
		"one of them is there, also even if busy":   {even: true, agents: agents{"alice": busy, "bruno": away}, want: rings},
		"one user is there":                         {alone: true, want: rings},
		"one user is there, also with even if busy": {alone: true, even: true, want: rings},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := queueFlow(func(r *flow.RingTo) {
				if tt.alone {
					aliceAlone(r)
				}
				r.EvenIfBusy = tt.even
			})
			c := run(t, f, desk(), simulate.Script{Agents: tt.agents, HangsUp: time.Second})
			first := strings.Join(told(c)[:len(told(c))-1], "\n")
			got := waits
			if strings.Contains(first, " ring ") {
				got = rings
			} else if strings.Contains(first, "n2") {
				got = next
			}
			if got != tt.want {
				t.Errorf("the caller %s, and must be in: %s\n%s", got, tt.want, c.Ladder())
			}
			if music := strings.Contains(first, "play music (loop)"); music == (tt.want == next) {
				t.Errorf("music is for those who wait:\n%s", c.Ladder())
			}
		})
	}
}

func TestSimultaneousRingsEveryoneWhoIsFree(t *testing.T) {
	c := run(t, queueFlow(func(*flow.RingTo) {}), desk(), simulate.Script{Agents: agents{"bruno": busy, "chloe": {Answers: 4 * time.Second}}})
	expect(t, c, "0.000 · user_skipped n1 bruno reason=busy", "0.000 ring alice, chloe by node", "4.000 = answered by chloe")
}

func TestWhoBecomesFreeJoinsASimultaneousRing(t *testing.T) {
	c := run(t, queueFlow(func(*flow.RingTo) {}), desk(), simulate.Script{
		Agents:  agents{"bruno": {Status: flow.Busy, Answers: 2 * time.Second}},
		Changes: []simulate.Change{{After: 5 * time.Second, User: "bruno", Status: flow.Available}, {After: 6 * time.Second, User: "alice", Status: flow.Busy}},
	})
	expect(t, c, "0.000 ring alice, chloe by node", "5.000 ring bruno by node", "7.000 = answered by bruno")
	never(t, c, "stop ring", "user_done") // the others go on ringing until somebody answers
}

func TestBusyUserRingsWhenFree(t *testing.T) {
	f := queueFlow(func(r *flow.RingTo) { aliceAlone(r); r.EvenIfBusy = true })
	free := []simulate.Change{{After: 50 * time.Second, User: "alice", Status: flow.Available}}
	c := run(t, f, desk(), simulate.Script{Agents: agents{"alice": {Status: flow.Busy, Answers: 5 * time.Second}}, Changes: free})
	expect(t, c, "0.000 play music (loop)", "50.000 ring alice by node", "55.000 = answered by alice")
	c = run(t, f, desk(), simulate.Script{Agents: agents{"alice": busy}})
	expect(t, c, "120.000 · queue_left n1 reason=timeout", "120.000 · node_entered n2 title= type=voicemail")
	gone := []simulate.Change{{After: 50 * time.Second, User: "alice", Status: flow.Unavailable}}
	c = run(t, f, desk(), simulate.Script{Agents: agents{"alice": busy}, Changes: gone})
	expect(t, c, "50.000 · queue_left n1 reason=exhausted", "50.000 · node_entered n2 title= type=voicemail")
}

func TestOneUserRingsForTheWholeTime(t *testing.T) {
	c := run(t, queueFlow(func(r *flow.RingTo) { aliceAlone(r); r.Rule, r.RingForSeconds = flow.LongestIdle, 90 }), desk(), simulate.Script{})
	expect(t, c, "0.000 ring alice by node", "90.000 stop ring", "90.000 · user_done n1 alice outcome=not_answered", "90.000 · node_entered n2 title= type=voicemail")
}

func TestLongestIdleRingsOneByOne(t *testing.T) {
	d := desk()
	morning := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	d.Idle = map[flow.UserID]time.Time{"alice": morning.Add(30 * time.Minute), "bruno": morning, "chloe": morning.Add(time.Minute)}
	f := queueFlow(func(r *flow.RingTo) { r.Rule = flow.LongestIdle })
	// Nobody is rung twice, and the next node comes when all were rung (SPEC R14, R15).
	c := run(t, f, d, simulate.Script{})
	expect(t, c, "0.000 ring bruno by node", "20.000 stop ring", "20.000 ring chloe by node", "40.000 stop ring", "40.000 ring alice by node", "60.000 stop ring",
		"60.000 · queue_left n1 reason=exhausted", "60.000 · node_entered n2 title= type=voicemail")
	// The time in all is the limit, in the middle of a turn too (SPEC R13).
	f.Nodes["n1"].RingTo.RingForSeconds = 50
	c = run(t, f, d, simulate.Script{})
	expect(t, c, "40.000 ring alice by node", "50.000 stop ring", "50.000 · queue_left n1 reason=timeout")
}

func TestOneByOneWaitsForThoseWhoAreBusy(t *testing.T) {
	f := queueFlow(func(r *flow.RingTo) { r.Rule = flow.LongestIdle })
	s := simulate.Script{
		Agents:  agents{"alice": {Status: flow.Busy, Answers: 3 * time.Second}, "bruno": {Declines: 2 * time.Second}, "chloe": {NoDevice: true}},
		Changes: []simulate.Change{{After: 70 * time.Second, User: "alice", Status: flow.Available}},
	}
	c := run(t, f, desk(), s)
	expect(t, c, "0.000 ring bruno by node", "2.000 · user_done n1 bruno outcome=declined", "2.000 ring chloe by node", "2.000 · user_done n1 chloe outcome=no_device",
		"70.000 ring alice by node", "73.000 = answered by alice")
	s.Changes = nil
	c = run(t, f, desk(), s)
	expect(t, c, "120.000 · queue_left n1 reason=timeout")
}

func TestTurnIsNotCutShortByOthers(t *testing.T) {
	f := queueFlow(func(r *flow.RingTo) { r.Rule = flow.LongestIdle })
	c := run(t, f, desk(), simulate.Script{
		Agents:  agents{"bruno": busy, "chloe": away},
		Changes: []simulate.Change{{After: 5 * time.Second, User: "bruno", Status: flow.Available}},
	})
	expect(t, c, "0.000 ring alice by node", "20.000 stop ring", "20.000 ring bruno by node")
}

func TestRandomDrawsAnOrder(t *testing.T) {
	f := queueFlow(func(r *flow.RingTo) { r.Rule = flow.Random })
	orders := make(map[string]int)
	for seed := range uint64(60) {
		c := run(t, f, desk(), simulate.Script{Settings: flow.Settings{Seed: seed + 1}})
		var order []string
		for _, n := range c.Notes(flow.NoteUserRinging) {
			order = append(order, string(n.User))
		}
		orders[strings.Join(order, " ")]++
		slices.Sort(order)
		if strings.Join(order, " ") != "alice bruno chloe" {
			t.Fatal(c.Ladder())
		}
	}
	if len(orders) != 6 {
		t.Errorf("only these orders were drawn: %v", orders)
	}
}

func TestWhoDeclinedIsNotOfferedTheCallAgain(t *testing.T) {
	f := line(team(flow.Simultaneous, "n2"), team(flow.LongestIdle, "n3"), mailbox())
	f.Nodes["n1"].RingTo.RingForSeconds = 10
	c := run(t, f, desk(), simulate.Script{Agents: agents{"bruno": {Declines: 3 * time.Second}}})
	expect(t, c, "3.000 · user_done n1 bruno outcome=declined", "10.000 · user_skipped n2 bruno reason=declined_before", "10.000 ring alice by node",
		"30.000 ring chloe by node", "50.000 · node_entered n3 title= type=voicemail")
	never(t, c, "ring bruno by node")
}

func TestWhoHasNoDeviceRingsWhenOneComes(t *testing.T) {
	m := flow.New(queueFlow(func(r *flow.RingTo) { r.EvenIfBusy = true }), desk())
	now := time.Now()
	var ring flow.Ring
	find := func(commands []flow.Command) bool {
		return slices.ContainsFunc(commands, func(c flow.Command) bool {
			r, is := c.(flow.Ring)
			if is {
				ring = r
			}
			return is
		})
	}
	if !find(m.Step(now, flow.Begin{})) || len(ring.Users) != 3 {
		t.Fatal(ring)
	}
	m.Step(now, flow.UserDone{ID: ring.ID, User: "bruno", Outcome: flow.NoDevice})
	if !find(m.Step(now, flow.StatusChanged{User: "bruno"})) || !slices.Equal(ring.Users, []flow.UserID{"bruno"}) {
		t.Errorf("Bruno joins with his new device: %v", ring)
	}
	if find(m.Step(now, flow.StatusChanged{User: "bruno"})) {
		t.Error("Bruno rings already")
	}
}

func TestMusicGoesOnBetweenAttemptsAndNodes(t *testing.T) {
	wait := &flow.Node{Next: to("done", "n3"), Waiting: &flow.Waiting{Music: "jazz"}}
	other := &flow.Node{Next: to("done", "n6"), Waiting: &flow.Waiting{Music: "blues"}}
	f := line(audio("welcome", "n2"), wait, team(flow.LongestIdle, "n4"), team(flow.Simultaneous, "n5"), other, team(flow.Simultaneous, "n7"), mailbox())
	c := run(t, f, desk(), simulate.Script{})
	plays := 0
	for _, l := range told(c) {
		if strings.Contains(l, "(loop)") {
			plays++
		}
	}
	expect(t, c, "3.000 play jazz (loop)", "63.000 · node_entered n4 title= type=ring_to", "183.000 play blues (loop)", "303.000 play voicemail_greeting, beep")
	if plays != 2 {
		t.Errorf("the music begins again:\n%s", c.Ladder())
	}
	never(t, c, "stop play")
}

func TestRedirectEndsTheWalk(t *testing.T) {
	f := line(&flow.Node{Redirect: &flow.Redirect{External: "+33199001234", RingForSeconds: 25}, Next: to("done", "n2")}, bye())
	c := run(t, f, desk(), simulate.Script{Redirect: simulate.Agent{Answers: 9 * time.Second}})
	expect(t, c, "0.000 redirect to +33199001234 for 25 s", "9.000 = redirected")
	c = run(t, f, desk(), simulate.Script{})
	expect(t, c, "25.000 leave: nobody_answered")
	never(t, c, "n2")
	f.Nodes["n1"].Redirect.RingForSeconds = 0
	c = run(t, f, desk(), simulate.Script{Redirect: simulate.Agent{NoDevice: true}})
	expect(t, c, "0.000 redirect to +33199001234 for 60 s", "0.000 leave: nobody_answered")
}

func TestOutgoingOnlyUserRingsOnlyWithATeam(t *testing.T) {
	d := desk()
	d.Own = []flow.UserID{"farid"}
	d.Teams["support"] = []flow.UserID{"farid"}
	c := run(t, queueFlow(func(*flow.RingTo) {}), d, simulate.Script{})
	expect(t, c, "0.000 ring farid by node")
	c = run(t, queueFlow(func(r *flow.RingTo) { r.Team, r.Users = "", []flow.UserID{"farid"} }), d, simulate.Script{})
	expect(t, c, "0.000 · user_skipped n1 farid reason=outgoing_only", "0.000 · node_entered n2 title= type=voicemail")
}
