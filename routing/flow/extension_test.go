package flow_test

import (
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

const ms = time.Millisecond

func TestExtensionDuringMusicLeavesQueue(t *testing.T) {
	c := run(t, line(audio("welcome", "n2"), team(flow.Simultaneous, "n3"), mailbox()), desk(), simulate.Script{
		Digits: simulate.Keys(5000*ms, 400*ms, "204"),
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
