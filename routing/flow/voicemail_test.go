package flow_test

import (
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

func TestVoicemailIsGreetedRecordedAndKept(t *testing.T) {
	c := run(t, line(mailbox()), desk(), simulate.Script{Speaks: 20 * time.Second})
	golden(t, c, `
		0.000  begin
		· node_entered n1 title= type=voicemail
		· voicemail n1
		play #1 voicemail_greeting, beep
		6.000  play #1 done
		record 180 s, silence 10 s, for []
		36.000  recorded 20.0 s
		· voicemail_left n1 seconds=20.0
		leave: voicemail_left
		36.000  = left voicemail_left`)
}

func TestVoicemailEnds(t *testing.T) {
	own := line(&flow.Node{Voicemail: &flow.Voicemail{Greeting: "ours", MaxSeconds: 30}})
	tests := map[string]struct {
		script simulate.Script
		want   string
	}{
		"by the time set":                 {simulate.Script{Speaks: time.Minute}, "36.000 = left voicemail_left"},
		"by 10 s of silence":              {simulate.Script{Speaks: 5 * time.Second}, "21.000 = left voicemail_left"},
		"by #, once":                      {simulate.Script{Speaks: time.Minute, Digits: keys(t, "12s", "##")}, "12.000 = left voicemail_left"},
		"by hang-up":                      {simulate.Script{Speaks: time.Minute, HangsUp: 15 * time.Second}, "15.000 = left voicemail_left"},
		"too short to keep":               {simulate.Script{Speaks: 1900 * time.Millisecond}, "17.900 = left voicemail_too_short"},
		"just long enough":                {simulate.Script{Speaks: 2 * time.Second}, "18.000 = left voicemail_left"},
		"before it began, by hang-up":     {simulate.Script{Speaks: time.Minute, HangsUp: 5 * time.Second}, "5.000 = hung_up"},
		"no other key means anything":     {simulate.Script{Speaks: 5 * time.Second, Digits: keys(t, "7s", "204*")}, "21.000 = left voicemail_left"},
		"# in the greeting means nothing": {simulate.Script{Speaks: 5 * time.Second, Digits: keys(t, "2s", "#")}, "21.000 = left voicemail_left"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { expect(t, run(t, own, desk(), tt.script), tt.want) })
	}
	twice := run(t, own, desk(), simulate.Script{Speaks: time.Minute, Digits: []simulate.Press{{After: 12 * time.Second, Key: '#'}, {After: 12 * time.Second, Key: '#'}}})
	stops := 0
	for _, l := range told(twice) {
		if l == "12.000 stop record" {
			stops++
		}
	}
	if stops != 1 {
		t.Errorf("the recording is stopped once:\n%s", twice.Ladder())
	}
}

func TestHangupSaysGoodbye(t *testing.T) {
	c := run(t, line(&flow.Node{Hangup: &flow.Hangup{Audio: "goodbye"}}), desk(), simulate.Script{})
	expect(t, c, "0.000 play goodbye", "3.000 leave: flow_ended")
}
