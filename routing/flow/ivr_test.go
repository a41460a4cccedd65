package flow_test

import (
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// menuOnly is a menu in an office without extensions: every key acts at once.
func menuOnly() (*flow.Flow, *simulate.Desk) {
	return line(ivr(), bye(), bye(), bye()), &simulate.Desk{}
}

func TestMenuKeyInterruptsTheMessage(t *testing.T) {
	f, d := menuOnly()
	c := run(t, f, d, simulate.Script{Digits: keys(t, "1.2s", "2")})
	expect(t, c, "0.000 play menu", "1.200 stop play", "1.200 · ivr_option_selected n1 branch=n3 key=2 option=k2 title=Sales", "1.200 = left flow_ended")
}

func TestSpec_K4_WrongKeyThreeTimes(t *testing.T) {
	f, d := menuOnly()
	c := run(t, f, d, simulate.Script{Digits: keys(t, "1s", "9", "4s", "#", "8s", "0")})
	golden(t, c, `
		0.000  begin
		· node_entered n1 title= type=ivr
		play #1 menu
		1.000  digit 9
		stop play
		· ivr_wrong_key n1 attempt=1 key=9
		play #2 wrong_key, menu
		4.000  digit #
		stop play
		· ivr_wrong_key n1 attempt=2 key=#
		play #3 wrong_key, menu
		8.000  digit 0
		stop play
		· ivr_wrong_key n1 attempt=3 key=0
		· node_entered n4 title= type=hangup
		leave: flow_ended
		8.000  = left flow_ended`)

	f.Nodes["n1"].IVR.Error, f.Nodes["n1"].IVR.Attempts = "our_error", 5
	c = run(t, f, d, simulate.Script{Digits: keys(t, "1s", "9", "4s", "9", "8s", "9", "12s", "9", "16s", "1")})
	expect(t, c, "1.000 play our_error, menu", "12.000 play our_error, menu", "16.000 · ivr_option_selected n1 branch=n2 key=1 option=k1 title=Support")
}

func TestSpec_K5_NoKeyThreeTimes(t *testing.T) {
	f, d := menuOnly()
	c := run(t, f, d, simulate.Script{})
	golden(t, c, `
		0.000  begin
		· node_entered n1 title= type=ivr
		play #1 menu
		3.000  play #1 done
		timer #2 5.0 s
		8.000  timer #2 fired
		· ivr_no_key n1 attempt=1
		play #3 menu
		11.000  play #3 done
		timer #4 5.0 s
		16.000  timer #4 fired
		· ivr_no_key n1 attempt=2
		play #5 menu
		19.000  play #5 done
		timer #6 5.0 s
		24.000  timer #6 fired
		· ivr_no_key n1 attempt=3
		· node_entered n4 title= type=hangup
		leave: flow_ended
		24.000  = left flow_ended`)

	f.Nodes["n1"].IVR.TimeoutSeconds, f.Nodes["n1"].IVR.Attempts = 2.5, 1
	c = run(t, f, d, simulate.Script{})
	expect(t, c, "3.000 timer 2.5 s", "5.500 = left flow_ended")
}

func TestSilenceAndWrongKeysAreCountedTogether(t *testing.T) {
	f, d := menuOnly()
	c := run(t, f, d, simulate.Script{Digits: keys(t, "9s", "9")})
	expect(t, c, "8.000 · ivr_no_key n1 attempt=1", "9.000 · ivr_wrong_key n1 attempt=2 key=9", "20.000 · ivr_no_key n1 attempt=3", "20.000 = left flow_ended")
}

func TestWrongKeysInARowAreOneTry(t *testing.T) {
	f, d := menuOnly()
	c := run(t, f, d, simulate.Script{Digits: keys(t, "1s", "9#0##")})
	expect(t, c, "1.000 · ivr_wrong_key n1 attempt=1 key=9", "1.000 play wrong_key, menu", "12.000 · ivr_no_key n1 attempt=2")
	never(t, c, "attempt=2 key")
	// A right key right after a wrong one is taken.
	c = run(t, f, d, simulate.Script{Digits: keys(t, "1s", "91")})
	expect(t, c, "1.400 · ivr_option_selected n1 branch=n2 key=1 option=k1 title=Support")
}

func TestSilenceAfterClearingBeginsTheTimeOutAgain(t *testing.T) {
	c := run(t, line(ivr(), bye(), bye(), bye()), desk(), simulate.Script{Digits: keys(t, "1s", "2*")})
	expect(t, c, "1.400 timer 5.0 s", "6.400 · ivr_no_key n1 attempt=1", "6.400 play menu")
}

func TestMenuWithoutAMessageWaitsAtOnce(t *testing.T) {
	f, d := menuOnly()
	f.Nodes["n1"].IVR.Audio = ""
	c := run(t, f, d, simulate.Script{Digits: keys(t, "4s", "1")})
	expect(t, c, "0.000 timer 5.0 s", "4.000 = left flow_ended")
}

func TestOptionThatLeadsNowhereEndsTheCall(t *testing.T) {
	f, d := menuOnly()
	delete(f.Nodes["n1"].Next, "k1")
	c := run(t, f, d, simulate.Script{Digits: keys(t, "1s", "1")})
	expect(t, c, "1.000 leave: flow_ended")
	if c.Lasted != time.Second {
		t.Error(c.Ladder())
	}
}
