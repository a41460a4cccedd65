package simulate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

const office = `{"name":"Office","start":"hours","nodes":[
 {"id":"hours","type":"time_rule","title":"Horaires","config":{"branches":[{"id":"open","title":"Ouvert","slots":[{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"18:00"}]}]},"next":{"open":"menu","otherwise":"closed"}},
 {"id":"menu","type":"ivr","config":{"audio":"menu","options":[{"id":"k1","key":"1","title":"Support"},{"id":"k2","key":"2","title":"CRM"}]},"next":{"k1":"ring","k2":"api","no_or_wrong_input":"closed"}},
 {"id":"ring","type":"ring_to","config":{"target":{"users":["alice","bruno"]},"ring_for_seconds":20},"next":{"unanswered":"box"}},
 {"id":"api","type":"ring_to_api","config":{"url":"https://crm.example/route"},"next":{"fallback":"ring"}},
 {"id":"closed","type":"audio_message","config":{"audio":"closed"},"next":{"done":"box"}},
 {"id":"box","type":"voicemail","config":{}}]}`

const suite = `
[[tests]]
name = "Sunday at three in the morning"
flow = "Office"
at = "2026-11-22T03:00:00+01:00"
from = "+33639980101"
speaks_ms = 5000
[tests.expect]
outcome = "voicemail"
path = ["hours", "closed", "box"]
branches = { hours = "otherwise" }
rings = []

[[tests]]
name = "Alice declines and Bruno answers"
flow = "Office"
at = 2026-11-23T10:00:00
digits = [{ after_ms = 4000, digit = "1" }]
agents = [{ id = "alice", declines = true }, { id = "bruno", status = "available", answers_after_ms = 8000 }]
[tests.expect]
outcome = "answered"
answered_by = "bruno"
passes = ["hours", "ring"]
avoids = ["box", "closed"]
rings = ["alice", "bruno"]
branches = { menu = "k1" }
within_ms = 12500

[[tests]]
name = "The CRM sends the call outside"
at = 2026-11-23T10:00:00+01:00
digits = [{ after_ms = 1000, digit = "2" }]
http = [{ mock = { target = { external = "+33199001234" } }, after_ms = 200 }]
redirect = { answers_after_ms = 3000 }
[tests.expect]
outcome = "redirected"
redirects_to = "+33199001234"
`

func place(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func parse(t *testing.T, document string) *flow.Flow {
	t.Helper()
	f, err := flow.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFlowsAreTestedByFiles(t *testing.T) {
	s, err := simulate.Read(suite)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"[[tests]]\ntitle = 'x'", "[[tests]", "[[tests]]\nat = 7", "[[tests]]\nexpect = {pat = []}"} {
		if _, err := simulate.Read(bad); err == nil {
			t.Error("this is no test of a flow:", bad)
		}
	}
	f := parse(t, office)
	for _, c := range s.Tests {
		script, faults := c.Script(place(t), time.Time{})
		if len(faults) > 0 {
			t.Fatal(c.Name, faults)
		}
		course := simulate.Run(f, &simulate.Desk{}, script)
		if wrong := simulate.Check(course, c.Expect); len(wrong) > 0 {
			t.Errorf("%s: %s\n%s", c.Name, wrong, course.Ladder())
		}
		// Whatever is expected otherwise is told.
		other := simulate.Expect{
			Outcome: "x", AnsweredBy: "zoe", Redirects: "num_9", Path: []string{"x"}, Passes: []string{"box", "hours"}, Avoids: []string{"hours"},
			Branches: map[string]string{"hours": "x"}, Rings: []string{"zoe"}, WithinMS: 1,
		}
		if wrong := simulate.Check(course, other); len(wrong) != 9 {
			t.Errorf("%d things are told: %s", len(wrong), wrong)
		}
	}
}

func TestSpec_F14_ASimulationGivesThePathWithTheReasons(t *testing.T) {
	var r simulate.Request
	if err := json.Unmarshal([]byte(`{"at":"2026-11-23T10:00:00+01:00","from":"+33639980101","digits":[{"after_ms":4000,"digit":"2"}],
		"agents":[{"id":"alice","status":"unavailable"},{"id":"bruno","answers_after_ms":8000}],"http":[{"mock":"oops"}]}`), &r); err != nil {
		t.Fatal(err)
	}
	script, faults := r.Script(place(t), time.Time{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c := simulate.Run(parse(t, office), &simulate.Desk{}, script)
	got := c.Report("en")
	var lines []string
	for _, n := range got.Path {
		lines = append(lines, strings.Join([]string{n.At.Format("15:04:05"), n.Node, n.Branch, n.Reason}, " | "))
	}
	want := []string{
		"09:00:00 | hours | open | mon 2026-11-23 10:00:00 Europe/Paris is inside of mon tue wed thu fri 09:00–18:00",
		"09:00:00 | menu | k2 | the caller pressed 2",
		"09:00:04 | api | fallback | the program gave no target: the answer is not a JSON object",
		"09:00:04 | ring |  | ",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") || got.Outcome != "answered" || got.AnsweredBy != "bruno" || got.LastedMS != 12000 {
		t.Errorf("%s\n%+v", strings.Join(lines, "\n"), got)
	}
	if fr := c.Report("fr"); fr.Path[1].Reason != "l'appelant a appuyé sur 2" || len(fr.Steps) != len(c.Steps) || fr.Text != c.Ladder() {
		t.Error(fr.Path[1])
	}
}

func TestRequestsThatMakeNoSenseAreRefused(t *testing.T) {
	chance := 1.0
	bad := simulate.Request{
		At: "tomorrow", Chance: &chance, HangsUpAfterMS: -1, SpeaksMS: 1 << 40,
		Digits: []simulate.Key{{Digit: "A"}, {AfterMS: -1, Digit: "1"}}, Agents: []simulate.Person{{Status: "asleep", AnswersAfterMS: -1}},
		Changes: []simulate.Turn{{User: "a", Status: ""}}, Redirect: &simulate.Person{DeclinesAfterMS: -4}, HTTP: []simulate.Mock{{AfterMS: -1}},
	}
	s, faults := bad.Script(time.UTC, time.Time{})
	var paths []string
	for _, f := range faults {
		paths = append(paths, f.Path)
	}
	want := "at chance hangs_up_after_ms speaks_ms digits[0].digit digits[1].after_ms agents[0].id agents[0].answers_after_ms agents[0].status redirect.declines_after_ms changes[0].status http[0].after_ms"
	if s != nil || strings.Join(paths, " ") != want {
		t.Error(paths)
	}
	many := simulate.Request{Digits: make([]simulate.Key, 501)}
	if _, faults := many.Script(time.UTC, time.Time{}); len(faults) != 1 {
		t.Error(faults)
	}
}

func TestWhatIsKnownOfTheCallerStandsIn(t *testing.T) {
	f := parse(t, `{"start":"c","nodes":[{"id":"c","type":"caller_rule","config":{"branches":[{"id":"vip","match":{"vip":true}}]},"next":{"vip":"h","otherwise":"h"}},{"id":"h","type":"hangup"}]}`)
	split := parse(t, `{"start":"s","nodes":[{"id":"s","type":"split","config":{"branches":[{"id":"a","percent":50},{"id":"b","percent":50}]},"next":{"a":"h","b":"h"}},{"id":"h","type":"hangup"}]}`)
	high := 0.7
	s := simulate.Script{Caller: &flow.Caller{VIP: true}, Chance: &high}
	if c := simulate.Run(f, &simulate.Desk{}, &s); c.Path()[0].Branch != "vip" {
		t.Error(c.Ladder())
	}
	if c := simulate.Run(split, &simulate.Desk{}, &s); c.Path()[0].Branch != "b" {
		t.Error(c.Ladder())
	}
	if c := simulate.Run(split, &simulate.Desk{}, &simulate.Script{}); c.Path()[0].Branch != "a" {
		t.Error(c.Ladder())
	}
}
