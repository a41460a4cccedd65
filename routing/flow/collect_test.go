package flow_test

import (
	"strings"
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// ask is an input that leads to n2, and without one to n3.
func ask(v flow.DigitInput) *flow.Node {
	v.Audio = "question"
	if v.Attempts == 0 {
		v.Attempts = 1
	}
	return &flow.Node{Title: "File", Next: to("input", "n2", "no_or_wrong_input", "n3"), Input: &v}
}

func TestSpec_K6_K9_AnInputEndsByItsKeyOrItsLength(t *testing.T) {
	tests := map[string]struct {
		input flow.DigitInput
		keys  []simulate.Press
		want  string
	}{
		"until #":           {flow.DigitInput{EndKey: '#', Display: true}, keys(t, "1s", "12345#"), "3.000 · input_collected n1 title=File value=12345"},
		"interrupts":        {flow.DigitInput{EndKey: '#', Display: true}, keys(t, "1s", "1"), "1.000 stop play"},
		"until *":           {flow.DigitInput{EndKey: '*', Display: true}, keys(t, "4s", "12*"), "4.800 · input_collected n1 title=File value=12"},
		"of four":           {flow.DigitInput{Length: 4, Display: true}, keys(t, "4s", "12345"), "5.200 · input_collected n1 title=File value=1234"},
		"# is no digit":     {flow.DigitInput{Length: 4, Display: true}, keys(t, "4s", "12#34"), "5.600 · input_collected n1 title=File value=1234"},
		"nothing":           {flow.DigitInput{EndKey: '#'}, keys(t, "4s", "#"), "4.000 · input_wrong n1 attempt=1 reason=empty"},
		"too short":         {flow.DigitInput{EndKey: '#', Length: 4}, keys(t, "4s", "12#"), "4.800 · input_wrong n1 attempt=1 reason=too_short"},
		"too long":          {flow.DigitInput{EndKey: '#'}, keys(t, "4s", strings.Repeat("1", 33)), "16.800 · input_wrong n1 attempt=1 reason=too_long"},
		"silence":           {flow.DigitInput{EndKey: '#'}, nil, "8.000 · input_wrong n1 attempt=1 reason=timeout"},
		"time of its own":   {flow.DigitInput{EndKey: '#', TimeoutSeconds: 2}, nil, "5.000 · input_wrong n1 attempt=1 reason=timeout"},
		"wrong way on":      {flow.DigitInput{EndKey: '#'}, nil, "8.000 · node_entered n3 title= type=hangup"},
		"right way on":      {flow.DigitInput{Length: 1}, keys(t, "1s", "7"), "1.000 · node_entered n2 title= type=voicemail"},
		"no extension here": {flow.DigitInput{EndKey: '#', Display: true}, keys(t, "1s", "204#"), "2.200 · input_collected n1 title=File value=204"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := run(t, line(ask(tt.input), mailbox(), bye()), desk(), simulate.Script{Digits: tt.keys})
			expect(t, c, tt.want)
			never(t, c, "ring alice")
		})
	}
}

func TestSpec_K7_EachDigitStartsTheTimerAgain(t *testing.T) {
	f := line(ask(flow.DigitInput{EndKey: '#', Display: true}), mailbox(), bye())
	c := run(t, f, desk(), simulate.Script{Digits: keys(t, "7.9s", "1", "12.8s", "2", "17.7s", "3#")})
	expect(t, c, "18.100 · input_collected n1 title=File value=123")
	c = run(t, f, desk(), simulate.Script{Digits: keys(t, "7.9s", "1", "13s", "2")})
	expect(t, c, "12.900 · input_wrong n1 attempt=1 reason=timeout", "12.900 · node_entered n3 title= type=hangup")
}

func TestSpec_K8_ASecondAttemptHasItsOwnMessage(t *testing.T) {
	f := line(ask(flow.DigitInput{EndKey: '#', Attempts: 3, Retry: "again", Display: true}), mailbox(), bye())
	c := run(t, f, desk(), simulate.Script{Digits: keys(t, "1s", "#", "5s", "12#")})
	expect(t, c, "0.000 play question", "1.000 · input_wrong n1 attempt=1 reason=empty", "1.000 play again", "5.800 · input_collected n1 title=File value=12")
	c = run(t, f, desk(), simulate.Script{})
	expect(t, c, "8.000 play again", "16.000 play again", "24.000 · input_wrong n1 attempt=3 reason=timeout", "24.000 · node_entered n3 title= type=hangup")
}

func TestSpec_K10_ASensitiveInputIsKeptNowhere(t *testing.T) {
	api := &flow.Node{Next: to("fallback", "n3"), RingToAPI: &flow.RingToAPI{URL: "https://crm.example"}}
	f := line(ask(flow.DigitInput{EndKey: '#', Attempts: 2, Retry: "again"}), api, bye())
	c := run(t, f, desk(), simulate.Script{Digits: keys(t, "1s", strings.Repeat("7", 33)+"4477#")})
	expect(t, c, "13.800 · input_wrong n1 attempt=1 reason=too_long", "15.800 · input_collected n1 sensitive=true title=File")
	if all := c.Ladder() + c.Report("en").Text; strings.Contains(all, "4477") || strings.Contains(all, "digit 7") || strings.Contains(all, "777") {
		t.Error(all)
	}
	m := flow.New(f, desk())
	now := time.Unix(1_795_000_000, 0)
	m.Step(now, flow.Begin{})
	if !m.Sensitive() {
		t.Error("who keeps digits must be told not to")
	}
	m.Step(now, flow.Digit{Key: '9'})
	commands := m.Step(now, flow.Digit{Key: '#'})
	if bool(m.Sensitive()) || len(m.Inputs()) != 0 {
		t.Error("the input is over, and is none to show")
	}
	asked := false
	for _, each := range commands {
		if a, is := each.(flow.Ask); is {
			asked = a.Inputs["File"] == "9" // SPEC K12: the program that was named gets it
		}
	}
	if !asked {
		t.Error(commands)
	}
}

func TestSpec_K11_K12_AnInputIsShownAndGivenToPrograms(t *testing.T) {
	f := line(ask(flow.DigitInput{EndKey: '#', Display: true}), bye(), bye())
	m := flow.New(f, desk())
	for _, key := range []byte("\x0042#") {
		in := flow.Input(flow.Digit{Key: key})
		if key == 0 {
			in = flow.Begin{}
		}
		m.Step(time.Unix(1_795_000_000, 0), in)
		if m.Sensitive() {
			t.Error("this input may be seen")
		}
	}
	if got := m.Inputs(); len(got) != 1 || got["File"] != "42" {
		t.Error(got)
	}
}

// routes is a flow that asks a program, and takes a message where it gives no target.
func routes(api flow.RingToAPI) *flow.Flow {
	api.URL = "https://crm.example/route"
	return line(&flow.Node{Next: to("fallback", "n2"), RingToAPI: &api}, mailbox())
}

func TestAProgramSaysWhereTheCallGoes(t *testing.T) {
	answers := func(body string) simulate.Script {
		return simulate.Script{Answers: []simulate.Answer{{After: time.Second, Body: []byte(body)}}, Agents: agents{"alice": {Answers: 4 * time.Second}}}
	}
	c := run(t, routes(flow.RingToAPI{}), desk(), answers(`{"target":{"user":"alice"},"ring_for_seconds":10}`))
	expect(t, c, "0.000 ask https://crm.example/route within 3.0 s", "1.000 · api_routed n1 team= user=alice", "1.000 timer 10.0 s", "1.000 ring alice by node")
	if c.Outcome != simulate.Answered || c.User != "alice" {
		t.Error(c.Ladder())
	}
	c = run(t, routes(flow.RingToAPI{}), desk(), answers(`{"target":{"team":"support"}}`))
	expect(t, c, "1.000 ring alice, bruno, chloe by node")
	c = run(t, routes(flow.RingToAPI{}), desk(), answers(`{"target":{"user":"bruno"},"ring_for_seconds":10}`))
	expect(t, c, "1.000 ring bruno by node", "11.000 · node_entered n2 title= type=voicemail")
	c = run(t, routes(flow.RingToAPI{}), desk(), answers(`{"target":{"external":"+33199001234"}}`))
	expect(t, c, "1.000 redirect to +33199001234 for 30 s", "31.000 · node_entered n2 title= type=voicemail")
	c = run(t, routes(flow.RingToAPI{}), desk(), answers(`{"target":{"number":"num_1"}}`))
	expect(t, c, "1.000 redirect to num_1 for 30 s")
	c = run(t, routes(flow.RingToAPI{}), desk(), answers(`{"target":{"user":"nobody-here"},"x":1}`))
	expect(t, c, "1.000 ring nobody-here by node") // the desk takes every name for a user; a real office does not
	c = run(t, routes(flow.RingToAPI{User: "$.data[0].owner['id']"}), desk(), answers(`{"data":[{"owner":{"id":"alice"}}],"target":{"team":"support"}}`))
	expect(t, c, "1.000 ring alice by node")
}

func TestAnythingElseTakesTheFallback(t *testing.T) {
	for body, why := range map[string]string{
		`{}`:                                   "the answer names no target",
		`{"target":{"user":null,"team":""}}`:   "the answer names no target",
		`{"target":"alice"}`:                   "the answer names no target",
		`[]`:                                   "the answer is not a JSON object",
		`null`:                                 "the answer is not a JSON object",
		`<html>`:                               "the answer is not a JSON object",
		`{"target":{"user":"a","team":"b"}}`:   "the answer names more than one target",
		`{"target":{"user":7}}`:                "what stands at $.target.user is no text",
		`{"target":{"user":"a\nb"}}`:           "what stands at $.target.user is no name",
		`{"target":{"external":"0612345678"}}`: "external is no international number: + and 7 to 15 digits",
		`{"target":{"user":"a"},"ring_for_seconds":4}`:    "ring_for_seconds is no number from 5 to 3600",
		`{"target":{"user":"a"},"ring_for_seconds":"30"}`: "ring_for_seconds is no number from 5 to 3600",
		`{"pad":"` + strings.Repeat("x", 65<<10) + `"}`:   "the answer is longer than 64 KB",
	} {
		c := run(t, routes(flow.RingToAPI{}), desk(), simulate.Script{Answers: []simulate.Answer{{Body: []byte(body)}}})
		expect(t, c, "0.000 · api_not_routed n1 reason="+why, "0.000 · node_entered n2 title= type=voicemail")
	}
	c := run(t, routes(flow.RingToAPI{TimeoutSeconds: 2}), desk(), simulate.Script{Answers: []simulate.Answer{{After: 3 * time.Second, Body: []byte(`{"target":{"user":"alice"}}`)}}})
	expect(t, c, "2.000 · api_not_routed n1 reason=timeout", "2.000 · node_entered n2 title= type=voicemail")
	never(t, c, "ring alice")
	c = run(t, routes(flow.RingToAPI{}), desk(), simulate.Script{Answers: []simulate.Answer{{Failed: "connection refused"}}})
	expect(t, c, "0.000 · api_not_routed n1 reason=connection refused")
}

func TestAFlowThatAsksForEverIsEnded(t *testing.T) {
	f := routes(flow.RingToAPI{})
	f.Nodes["n1"].Next["fallback"] = "n1"
	c := run(t, f, desk(), simulate.Script{Answers: []simulate.Answer{{After: 500 * time.Millisecond, Failed: "busy"}}})
	asked := 0
	for _, l := range told(c) {
		if strings.Contains(l, "ask https") {
			asked++
		}
	}
	if asked != 20 || c.Result() != "flow_ended" || c.Lasted != 10*time.Second {
		t.Errorf("%d questions in %s: %s", asked, c.Lasted, c.Result())
	}
}

func TestATextAndMarksTakeNoTime(t *testing.T) {
	f := line(
		&flow.Node{Next: to("done", "n2"), SendSMS: &flow.SendSMS{Text: "hello"}},
		&flow.Node{Next: to("done", "n3"), Set: &flow.Set{Tags: []string{"tag_1"}, Variables: map[string]string{"b": "1", "a": "2"}, Language: "fr"}},
		audio("wait", "n1"),
	)
	c := run(t, f, desk(), simulate.Script{HangsUp: time.Minute})
	expect(t, c, "0.000 send a text to the caller", "0.000 · marked n2 language=fr priority= tags=tag_1 variables=a b", "0.000 mark the call", "0.000 play wait")
	texts := 0
	for _, s := range c.Steps {
		for _, command := range s.Commands {
			if _, is := command.(flow.Send); is {
				texts++
			}
		}
	}
	if texts != 5 || len(c.Notes(flow.NoteTextRefused)) == 0 {
		t.Errorf("a flow that goes round sends %d texts", texts)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"target":{"user":"alice"},"ring_for_seconds":10}`), "$.target.user")
	f.Add([]byte(`{"a":[{"b c":"x"}]}`), "$.a[0]['b c']")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		for _, node := range []*flow.RingToAPI{{}, {User: path, External: path}} {
			told, err := flow.TargetOf(node, body)
			if (err == nil) != (told.RingTo != nil || told.Redirect != nil) || told.RingTo != nil && told.Redirect != nil {
				t.Errorf("%+v, %v", told, err)
			}
		}
	})
}
