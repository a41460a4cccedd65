package simulate_test

import (
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// night is a flow that says it is closed, rings Alice and takes a message.
func night() *flow.Flow {
	return &flow.Flow{Start: "closed", Nodes: map[flow.NodeID]*flow.Node{
		"closed": {ID: "closed", AudioMessage: &flow.AudioMessage{Audio: "closed"}, Next: map[string]flow.NodeID{"done": "ring"}},
		"ring":   {ID: "ring", RingTo: &flow.RingTo{Users: []flow.UserID{"alice"}, RingForSeconds: 30}, Next: map[string]flow.NodeID{"unanswered": "box"}},
		"box":    {ID: "box", Voicemail: &flow.Voicemail{}},
	}}
}

func TestOutcomes(t *testing.T) {
	noisy := night()
	noisy.Nodes["ring"].Next["unanswered"] = "closed"
	tests := map[string]struct {
		flow   *flow.Flow
		script simulate.Script
		want   simulate.Outcome
		lasted time.Duration
	}{
		"answered":       {night(), simulate.Script{Agents: map[flow.UserID]simulate.Agent{"alice": {Answers: 8 * time.Second}}}, simulate.Answered, 11 * time.Second},
		"declined first": {night(), simulate.Script{Agents: map[flow.UserID]simulate.Agent{"alice": {Answers: 8 * time.Second, Declines: time.Second}}}, simulate.Left, 20 * time.Second},
		"answered too late": {
			night(), simulate.Script{Agents: map[flow.UserID]simulate.Agent{"alice": {Answers: 31 * time.Second}}, Speaks: 4 * time.Second}, simulate.Left, 53 * time.Second,
		},
		"hung up":         {night(), simulate.Script{HangsUp: 12 * time.Second}, simulate.HungUp, 12 * time.Second},
		"sounds' lengths": {night(), simulate.Script{Sound: time.Second, Sounds: map[flow.AudioID]time.Duration{"beep": 500 * time.Millisecond}}, simulate.Left, 42500 * time.Millisecond},
		"goes round":      {noisy, simulate.Script{Limit: time.Hour}, simulate.Endless, time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := simulate.Run(tt.flow, &simulate.Desk{}, &tt.script)
			late := c.Lasted - tt.lasted
			if c.Outcome != tt.want || late > 0 || late < -time.Minute || (late != 0 && c.Outcome != simulate.Endless) {
				t.Errorf("%s after %s:\n%s", c.Outcome, c.Lasted, c.Ladder())
			}
		})
	}
}

func TestScriptsStateStandsInForTheOffices(t *testing.T) {
	d := &simulate.Desk{States: map[flow.UserID]flow.Status{"alice": flow.Unavailable}}
	s := simulate.Script{}
	if c := simulate.Run(night(), d, &s); len(c.Notes(flow.NoteUserRinging)) != 0 {
		t.Error(c.Ladder())
	}
	s.Agents = map[flow.UserID]simulate.Agent{"alice": {Status: flow.Available}}
	if c := simulate.Run(night(), d, &s); len(c.Notes(flow.NoteUserRinging)) != 1 {
		t.Error(c.Ladder())
	}
}
