package main

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
)

// mobileFile is a company with a mobile core that is not there.
const mobileFile = `
[[accounts]]
name = "Acme"

[[users]]
name  = "Alice"
email = "alice@acme.example"

[[trunks]]
name    = "Coeur"
servers = ["sip:127.0.0.1:1"]
options_every = "5s"

[[operators]]
name   = "Le mobile"
trunk  = "Coeur"
domain = "ims.example"

[[numbers]]
e164  = "+33639980007"
kind  = "direct"
users = ["alice@acme.example"]
`

// An operator and an eSIM from the command line: what the operator loads, what it is asked, and what the doctor says of a core that is not there.
func TestAnOperatorAndAnESIMFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	do := func(args ...string) outcome { return tandem(t, append(args, at(dir)...)...) }
	ok := func(want string, args ...string) string {
		t.Helper()
		o := do(args...)
		if o.code != 0 || !strings.Contains(o.out, want) {
			t.Errorf("%s: %+v, want %q", strings.Join(args, " "), o, want)
		}
		return o.out
	}
	no := func(want string, args ...string) {
		t.Helper()
		if o := do(args...); o.code != exitBadInput || !strings.Contains(o.err, want) {
			t.Errorf("%s: %+v, want %q", strings.Join(args, " "), o, want)
		}
	}
	ok(" changed.", "apply", write(t, "site.toml", mobileFile))
	ok("Le mobile", "operator", "list")
	ok("25", "operator", "update", "Le mobile", "no_reply_seconds=25", "short_codes=888")
	ok("\"heard\"", "operator", "status", "Le mobile", "-o", "json")
	no("112", "operator", "update", "Le mobile", "short_codes=112")
	no("test_number", "operator", "probe", "Le mobile")
	no("there is no operator", "operator", "ifc", "Un autre")

	ok("requested", "number", "esim", "assign", "+33639980007", "--package", "20")
	ok("Le mobile", "number", "esim", "show", "+33639980007")
	no("requested", "number", "esim", "suspend", "+33639980007")
	var loads struct {
		Profile []struct {
			Identity []string `xml:"PublicIdentity>Identity"`
			Criteria []struct {
				Cases   []string `xml:"TriggerPoint>SPT>SessionCase"`
				Methods []string `xml:"TriggerPoint>SPT>Method"`
				Server  string   `xml:"ApplicationServer>ServerName"`
			} `xml:"InitialFilterCriteria"`
		} `xml:"ServiceProfile"`
	}
	text := ok("IMSSubscription", "operator", "ifc", "Le mobile", "--server", "sip:tandem.example:5060")
	if err := xml.Unmarshal([]byte(text), &loads); err != nil || len(loads.Profile) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	p := loads.Profile[0]
	var cases strings.Builder
	for _, c := range p.Criteria {
		cases.WriteString(strings.Join(c.Cases, "") + " ")
		if c.Server != "sip:tandem.example:5060" {
			t.Errorf("calls go to %s", c.Server)
		}
	}
	if !strings.Contains(strings.Join(p.Identity, " "), "sip:+33639980007@ims.example") || !strings.Contains(cases.String(), "0") || !strings.Contains(cases.String(), "1") || !strings.Contains(cases.String(), "2") {
		t.Errorf("it is for %q, with the session cases %q", p.Identity, cases.String())
	}
	ok("comes to its end", "number", "esim", "remove", "+33639980007")
	no("no eSIM", "number", "esim", "show", "+33639980007")
}

func TestTheDoctorSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	if o := tandem(t, append([]string{"apply", write(t, "site.toml", mobileFile)}, at(dir)...)...); o.code != 0 {
		t.Fatal(o)
	}
	for _, args := range [][]string{{"doctor"}, {"doctor", "--operator", "Le mobile"}} {
		o := tandem(t, append(append(args, "-o", "json"), at(dir)...)...)
		var found struct {
			State  string
			Checks []struct{ Check, About, State, Text, Advice string }
		}
		if err := json.Unmarshal([]byte(o.out), &found); err != nil || o.code != exitFailure || found.State != "fail" {
			t.Fatalf("%v: %+v", err, o)
		}
		state := map[string]string{}
		for _, c := range found.Checks {
			state[c.Check] = c.State
			if c.State != "ok" && c.Advice == "" {
				t.Errorf("%s %s: %s, and nothing to do", c.Check, c.About, c.Text)
			}
		}
		want := map[string]string{"operator_trunk": "fail", "voicemail_probe": "warn", "session_cases": "warn", "filter_criteria": "ok", "anchor": "ok", "esim": "ok"}
		if len(args) == 1 {
			want["database"], want["port"], want["trunk"], want["mail"] = "ok", "ok", "fail", "warn"
		}
		for check, is := range want {
			if state[check] != is {
				t.Errorf("%v: %s is %q, want %q\n%s", args, check, state[check], is, o.out)
			}
		}
		if _, others := state["database"]; others != (len(args) == 1) {
			t.Errorf("%v looks at %v", args, state)
		}
	}
	if o := tandem(t, append([]string{"doctor", "--operator", "Le mobile"}, at(dir)...)...); o.code != exitFailure || !strings.Contains(o.out, "fail  operator_trunk") {
		t.Errorf("for people: %+v", o)
	}
}
