package flow_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// caller watches a machine as a call does: what plays, runs and rings, and whether each command makes sense.
type caller struct {
	t       *testing.T
	m       *flow.Machine
	now     time.Time
	used    map[int]struct{}
	plays   int // id of the Play that ends by itself; 0: none
	timers  []int
	rings   map[int][]flow.UserID
	calls   bool
	asked   int // id of the last Ask
	records bool
	left    bool
}

func begin(t *testing.T, f *flow.Flow, o flow.Office, s flow.Settings) *caller {
	t.Helper()
	c := &caller{t: t, m: flow.NewWith(f, o, s), now: time.Unix(1_795_000_000, 0), used: map[int]struct{}{}, rings: map[int][]flow.UserID{}}
	c.step(flow.Begin{})
	return c
}

// step feeds an input, and checks what must hold after any: the machine waits for something, or it is over.
func (c *caller) step(in flow.Input) {
	c.t.Helper()
	switch in := in.(type) {
	case flow.PlayDone:
		if in.ID == c.plays {
			c.plays = 0
		}
	case flow.TimerFired:
		c.drop(in.ID)
	case flow.RingDone:
		delete(c.rings, in.ID)
	case flow.RecordDone:
		c.records = false
	case flow.RedirectDone:
		c.calls = false
	case flow.Begin, flow.Digit, flow.UserDone, flow.StatusChanged, flow.Told:
	}
	commands := c.m.Step(c.now, in)
	if c.left && len(commands) > 0 {
		c.t.Fatalf("after the end %T gives %v", in, commands)
	}
	if len(commands) > 2000 {
		c.t.Fatalf("%d commands for one %T", len(commands), in)
	}
	for i, command := range commands {
		c.obey(command)
		if c.left && i != len(commands)-1 {
			c.t.Fatalf("%v comes after Leave", commands[i+1:])
		}
	}
	if bool(c.m.Over()) != c.left {
		c.t.Fatal("over without Leave, or the other way round")
	}
	if !c.left && c.plays == 0 && len(c.timers) == 0 && len(c.rings) == 0 && !c.calls && !c.records {
		c.t.Fatalf("the machine waits for nothing in %s after %T", c.m.Node(), in)
	}
}

func (c *caller) drop(timer int) bool {
	for i, id := range c.timers {
		if id == timer {
			c.timers = append(c.timers[:i], c.timers[i+1:]...)
			return true
		}
	}
	return false
}

func (c *caller) fresh(id int) {
	if _, again := c.used[id]; again || id == 0 {
		c.t.Fatalf("id %d is used twice", id)
	}
	c.used[id] = struct{}{}
}

func (c *caller) obey(command flow.Command) {
	switch command := command.(type) {
	case flow.Play:
		c.fresh(command.ID)
		c.plays = command.ID
		if command.Loop {
			c.plays = 0
		}
		if len(command.Audio) == 0 {
			c.t.Fatal("nothing to play")
		}
	case flow.StopPlay:
		c.plays = 0
	case flow.StartTimer:
		c.fresh(command.ID)
		c.timers = append(c.timers, command.ID)
	case flow.StopTimer:
		if !c.drop(command.ID) {
			c.t.Fatalf("timer %d does not run", command.ID)
		}
	case flow.Ring:
		c.ring(command)
	case flow.StopRing:
		if _, rings := c.rings[command.ID]; !rings {
			c.t.Fatalf("ring %d is over", command.ID)
		}
		delete(c.rings, command.ID)
	case flow.Call:
		c.calls = true
	case flow.Record:
		c.records = true
	case flow.StopRecord:
		if !c.records {
			c.t.Fatal("nothing is recorded")
		}
	case flow.Leave:
		c.left = true
	case flow.Ask:
		c.fresh(command.ID)
		c.asked = command.ID
	case flow.Send, flow.Mark:
	case flow.Note:
		if command.Type == "" {
			c.t.Fatal("a note without a type")
		}
	}
}

func (c *caller) ring(r flow.Ring) {
	c.fresh(r.ID)
	if len(r.Users) == 0 {
		c.t.Fatal("nobody to ring")
	}
	for _, u := range r.Users {
		for id, others := range c.rings {
			for _, other := range others {
				if other == u {
					c.t.Fatalf("%s rings by %d already", u, id)
				}
			}
		}
	}
	c.rings[r.ID] = append([]flow.UserID(nil), r.Users...)
}

// userDone takes one user out of a ring, as a call does before it says so.
func (c *caller) userDone(id int, o flow.RingOutcome) {
	users := c.rings[id]
	if len(users) == 0 {
		c.step(flow.UserDone{ID: id, User: "alice", Outcome: o})
		return
	}
	c.rings[id] = users[1:]
	c.step(flow.UserDone{ID: id, User: users[0], Outcome: o})
	if len(c.rings[id]) == 0 {
		c.step(flow.RingDone{ID: id, Outcome: o})
	}
}

func TestLateAndForeignInputsAreIgnored(t *testing.T) {
	f := line(audio("welcome", "n2"), team(flow.LongestIdle, "n3"), mailbox())
	d := desk()
	m := flow.New(f, d)
	now := time.Now()
	quiet := func(what string, in flow.Input) {
		t.Helper()
		if got := m.Step(now, in); len(got) > 0 {
			t.Errorf("%s: %v", what, got)
		}
	}
	quiet("before the beginning", flow.Digit{Key: '2'})
	quiet("before the beginning", flow.PlayDone{ID: 0})
	quiet("before the beginning", flow.StatusChanged{User: "alice"})
	m.Step(now, flow.Begin{}) // Play 1
	quiet("a second beginning", flow.Begin{})
	quiet("no such timer", flow.TimerFired{ID: 0})
	quiet("no such sound", flow.PlayDone{ID: 7})
	quiet("no key of a telephone", flow.Digit{Key: 'A'})
	quiet("nothing rings", flow.RingDone{ID: 0, Outcome: flow.Declined})
	m.Step(now, flow.PlayDone{ID: 1}) // music 2, timers 3 and 5, ring 4
	quiet("the sound is over", flow.PlayDone{ID: 1})
	quiet("music does not end", flow.PlayDone{ID: 2})
	quiet("nothing is recorded", flow.RecordDone{Length: time.Minute})
	quiet("no redirection", flow.RedirectDone{Outcome: flow.NotAnswered})
	m.Step(now, flow.TimerFired{ID: 5}) // the next user: ring 6, timer 7
	quiet("that turn is over", flow.TimerFired{ID: 5})
	quiet("that ring was stopped", flow.RingDone{ID: 4, Outcome: flow.NotAnswered})
	quiet("that ring was stopped", flow.UserDone{ID: 4, User: "alice", Outcome: flow.Declined})
	m.Step(now, flow.TimerFired{ID: 3}) // the time is up: greeting 8
	quiet("that ring was stopped", flow.RingDone{ID: 6, Outcome: flow.NotAnswered})
	quiet("the queue is closed", flow.StatusChanged{User: "chloe"})
	m.Step(now, flow.PlayDone{ID: 8})
	m.Step(now, flow.RecordDone{Length: time.Minute})
	if !m.Over() {
		t.Fatal("the walk goes on")
	}
	for _, in := range []flow.Input{flow.Begin{}, flow.Digit{Key: '#'}, flow.RecordDone{}, flow.PlayDone{ID: 8}, flow.TimerFired{ID: 7}} {
		quiet("after the end", in)
	}
}

func TestFlowThatGoesRoundIsEnded(t *testing.T) {
	empty := &flow.Flow{Start: "n1"}
	waits := line(&flow.Node{Next: to("done", "n2"), Waiting: &flow.Waiting{}}, &flow.Node{Next: to("done", "n1"), Waiting: &flow.Waiting{}})
	nobody := line(team(flow.Random, "n1"))
	nodeless := line(&flow.Node{}, bye())
	for name, f := range map[string]*flow.Flow{"no nodes": empty, "settings only": waits, "nobody to ring": nobody, "no content": nodeless} {
		t.Run(name, func(t *testing.T) {
			c := begin(t, f, &simulate.Desk{}, flow.Settings{})
			if !c.left {
				t.Error("it goes on")
			}
		})
	}
	t.Run("rings that fail at once", func(t *testing.T) {
		c := run(t, line(team(flow.Simultaneous, "n1")), desk(), simulate.Script{Agents: agents{"alice": {NoDevice: true}, "bruno": {NoDevice: true}, "chloe": {NoDevice: true}}})
		if len(c.Notes(flow.NoteLoop)) != 1 || c.Outcome != simulate.Left || c.Lasted > 0 {
			t.Errorf("%d steps, %s", len(c.Steps), c.Outcome)
		}
	})
	t.Run("a patient one is no loop", func(t *testing.T) {
		c := run(t, line(audio("wait", "n2"), team(flow.Simultaneous, "n1")), desk(), simulate.Script{HangsUp: 3 * time.Hour})
		if c.Outcome != simulate.HungUp || len(c.Notes(flow.NoteNodeEntered)) < 150 {
			t.Error(c.Outcome)
		}
	})
}

// plot makes a flow of a few nodes from bytes: every kind of node, and edges that may go round or nowhere.
func plot(b *bytesOf) *flow.Flow {
	f := &flow.Flow{Start: "n0", Nodes: map[flow.NodeID]*flow.Node{}}
	target := func() flow.NodeID { return flow.NodeID(fmt.Sprintf("n%d", b.below(9))) }
	who := []flow.Extensions{"", flow.AnyUser, flow.OwnUsers, flow.NoOne}
	sounds := []flow.AudioID{"", "a", "b"}
	rules := []flow.Rule{"", flow.Simultaneous, flow.Random, flow.LongestIdle}
	for i := range 1 + b.below(8) {
		n := &flow.Node{ID: flow.NodeID(fmt.Sprintf("n%d", i)), Next: map[string]flow.NodeID{}}
		switch b.below(16) {
		case 0:
			n.AudioMessage = &flow.AudioMessage{Audio: sounds[b.below(3)], Extensions: who[b.below(4)]}
		case 1, 2:
			n.IVR = &flow.IVR{Audio: sounds[b.below(3)], Extensions: who[b.below(4)], Attempts: b.below(4)}
			for key := range b.below(4) {
				id := fmt.Sprintf("k%d", key)
				n.IVR.Options = append(n.IVR.Options, flow.Option{ID: id, Key: "123*#09"[b.below(7)]})
				n.Next[id] = target()
			}
			n.Next[flow.PortNoOrWrongInput] = target()
		case 3:
			n.Waiting = &flow.Waiting{Music: sounds[b.below(3)], Extensions: who[b.below(4)]}
		case 4, 5:
			n.RingTo = &flow.RingTo{Rule: rules[b.below(4)], RingForSeconds: float64(b.below(40)), EvenIfBusy: b.below(2) == 0}
			if b.below(2) == 0 {
				n.RingTo.Team = "support"
			} else {
				n.RingTo.Users = []flow.UserID{"alice", "bruno", "alice"}[:b.below(4)]
			}
		case 6:
			n.Voicemail = &flow.Voicemail{Greeting: sounds[b.below(3)]}
		case 7:
			n.Redirect = &flow.Redirect{Number: "num"}
		default:
			plotRule(n, b, target)
		}
		if !n.Terminal() {
			n.Next[flow.PortDone], n.Next[flow.PortUnanswered] = target(), target()
		}
		f.Nodes[n.ID] = n
	}
	return f
}

// plotRule makes a node that decides, asks or keeps something.
func plotRule(n *flow.Node, b *bytesOf, target func() flow.NodeID) {
	branches := []string{"a", "b", "c"}[:b.below(4)]
	for _, id := range branches {
		n.Next[id] = target()
	}
	for _, p := range []string{"otherwise", "match", "input", "no_or_wrong_input", "fallback"} {
		n.Next[p] = target()
	}
	switch b.below(8) {
	case 0:
		n.TimeRule = &flow.TimeRule{}
		for _, id := range branches {
			slot := calendar.Slot{Days: calendar.Days(), From: calendar.Clock(fmt.Sprintf("%02d:00", b.below(26))), To: "18:00"}
			n.TimeRule.Branches = append(n.TimeRule.Branches, flow.TimeBranch{ID: id, Slots: []calendar.Slot{slot}})
		}
	case 1:
		n.DateRule = &flow.DateRule{Date: "sd_1"}
	case 2:
		n.CallerRule = &flow.CallerRule{}
		for i, id := range branches {
			n.CallerRule.Branches = append(n.CallerRule.Branches, flow.CallerBranch{ID: id, Match: flow.CallerMatch{Anonymous: i == b.below(3)}})
		}
	case 3:
		n.Split = &flow.Split{}
		for _, id := range branches {
			n.Split.Branches = append(n.Split.Branches, flow.SplitBranch{ID: id, Percent: float64(b.below(101))})
		}
	case 4:
		n.Input = &flow.DigitInput{Audio: "a", Attempts: b.below(4), Length: b.below(3), EndKey: "\x00#*"[b.below(3)], Display: b.below(2) == 0}
	case 5:
		n.RingToAPI = &flow.RingToAPI{URL: "https://crm.example"}
	case 6:
		n.SendSMS = &flow.SendSMS{Text: "x"}
	case 7:
		n.Set = &flow.Set{Language: "fr"}
	}
}

// bytesOf deals out the choices of a fuzzer; 0 when it has no more.
type bytesOf struct{ rest []byte }

func (b *bytesOf) below(n int) int {
	if len(b.rest) == 0 {
		return 0
	}
	v := int(b.rest[0]) % n
	b.rest = b.rest[1:]
	return v
}

func FuzzMachineAlwaysWaitsOrEnds(f *testing.F) {
	f.Add([]byte{4, 1, 1, 1, 2, 0, 1, 3, 3, 4, 2, 2, 1, 0, 1, 9, 9, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{1, 4, 3, 20, 0, 0, 0, 5, 0, 1, 0, 2, 0, 4, 4, 1, 1, 2, 2, 3, 3})
	f.Add([]byte(strings.Repeat("\x07\x02\x01\x03\x05\x00\x0b\x11", 12)))
	f.Fuzz(func(t *testing.T, data []byte) { randomCall(t, data) })
}

// The same, on calls drawn at random, so that every run of the tests meets some thousands of flows.
func TestMachineAlwaysWaitsOrEnds(t *testing.T) {
	draw := rand.New(rand.NewPCG(2026, 11))
	for range 3000 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(draw.Uint32())
		}
		randomCall(t, data)
	}
}

// randomCall draws a flow, an office and inputs from bytes.
func randomCall(t *testing.T, data []byte) {
	t.Helper()
	b := &bytesOf{rest: data}
	d := desk()
	d.States = make(map[flow.UserID]flow.Status)
	if b.below(2) == 0 {
		d.Mailbox = &flow.Voicemail{}
	}
	c := begin(t, plot(b), d, flow.Settings{Seed: 1})
	states := []flow.Status{flow.Available, flow.Busy, flow.BusyCallWaiting, flow.Unavailable}
	users := []flow.UserID{"alice", "bruno", "chloe", "farid"}
	for steps := 0; len(b.rest) > 0 && steps < 400; steps++ {
		c.now = c.now.Add(time.Duration(b.below(5)) * 700 * time.Millisecond)
		c.random(b, d, states, users)
	}
}

// random feeds one input: mostly one that can happen now, sometimes one that is late.
func (c *caller) random(b *bytesOf, d *simulate.Desk, states []flow.Status, users []flow.UserID) {
	outcome := flow.RingOutcome(b.below(4)) // 0 is none
	switch b.below(11) {
	case 0, 1, 2:
		c.step(flow.Digit{Key: "0123456789*#2420A"[b.below(17)]})
	case 3:
		if c.plays != 0 {
			c.step(flow.PlayDone{ID: c.plays})
		}
	case 4:
		if len(c.timers) > 0 {
			c.step(flow.TimerFired{ID: c.timers[b.below(len(c.timers))]})
		}
	case 5:
		for id := range c.rings {
			if len(c.rings) == 1 {
				c.userDone(id, outcome)
			}
		}
	case 6:
		u := users[b.below(len(users))]
		d.States[u] = states[b.below(len(states))]
		c.step(flow.StatusChanged{User: u})
	case 7:
		if c.records {
			c.step(flow.RecordDone{Length: time.Duration(b.below(5)) * time.Second})
		}
		if c.calls {
			c.step(flow.RedirectDone{Outcome: outcome})
		}
	case 10:
		answers := []flow.Told{
			{RingTo: &flow.RingTo{Team: "support"}}, {RingTo: &flow.RingTo{Users: users[:1]}}, {RingTo: &flow.RingTo{}}, {Redirect: &flow.Redirect{Number: "n"}}, {Failed: "no"}, {},
		}
		told := answers[b.below(len(answers))]
		if told.ID = c.asked; c.asked != 0 {
			c.asked = 0
			c.step(told)
		}
	case 8:
		c.late(b.below(40), outcome)
	case 9:
		for id := range c.rings {
			if len(c.rings) == 1 {
				c.step(flow.RingDone{ID: id, Outcome: outcome})
			}
		}
	}
}

// late feeds inputs for something that is over, or never was.
func (c *caller) late(id int, outcome flow.RingOutcome) {
	_, rings := c.rings[id]
	for _, timer := range c.timers {
		rings = rings || timer == id
	}
	if rings || id == c.plays {
		return
	}
	for _, in := range []flow.Input{
		flow.PlayDone{ID: id}, flow.TimerFired{ID: id}, flow.RingDone{ID: id, Outcome: outcome}, flow.UserDone{ID: id, User: "alice", Outcome: outcome}, flow.Begin{}, flow.Told{ID: -id},
	} {
		before := len(c.used)
		c.step(in)
		if len(c.used) != before {
			c.t.Fatalf("%#v does something", in)
		}
	}
}

// A call of everyday: a welcome, an option of a menu, music and a user who answers.
func BenchmarkTypicalCall(b *testing.B) {
	menu := ivr()
	menu.Next["k1"] = "n3"
	f := line(audio("welcome", "n2"), menu, team(flow.Simultaneous, "n4"), mailbox())
	d := desk()
	now := time.Unix(1_795_000_000, 0)
	b.ReportAllocs()
	for b.Loop() {
		m := flow.New(f, d)
		m.Step(now, flow.Begin{})
		m.Step(now.Add(3*time.Second), flow.PlayDone{ID: 1})
		m.Step(now.Add(5*time.Second), flow.Digit{Key: '1'})
	}
}

// The decisions of everyday: a time rule, a special date, a caller and chance, in zones of their own.
func BenchmarkDecisions(b *testing.B) {
	f, err := flow.Parse([]byte(everyNode))
	if err != nil {
		b.Fatal(err)
	}
	d := desk()
	d.Dates = map[flow.DateID]calendar.Dates{"sd_1": {Holidays: "FR-67"}}
	d.Calls = flow.Caller{Number: "+33612345678", Country: "FR"}
	at := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		m := flow.New(f, d)
		m.Step(at, flow.Begin{})
		if m.Node() != "i" {
			b.Fatal(m.Node())
		}
	}
}
