package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the API keeps, the command line makes, shows, changes and deletes: in a running program, and in the records when none runs.
func TestThingsAreKeptFromTheCommandLine(t *testing.T) {
	for _, running := range []bool{false, true} {
		name := "in the records"
		if running {
			name = "in a running program"
		}
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if running {
				serve(t, dir)
			}
			do := func(args ...string) outcome { return tandem(t, append(args, at(dir)...)...) }
			ok := func(want string, args ...string) {
				t.Helper()
				if o := do(args...); o.code != 0 || !strings.Contains(o.out, want) {
					t.Errorf("%s: %+v, want %q", strings.Join(args, " "), o, want)
				}
			}
			no := func(want string, args ...string) {
				t.Helper()
				if o := do(args...); o.code != exitBadInput || !strings.Contains(o.err, want) {
					t.Errorf("%s: %+v, want %q", strings.Join(args, " "), o, want)
				}
			}
			ok(" changed.", "apply", siteFile)
			ok("201", "user", "create", "name=Léa Petit", "email=lea@atelier-durand.example", "call_waiting=yes", "wrap_up_seconds=5")
			ok("lea@atelier-durand.example", "user", "get", "201")
			ok("299", "user", "update", "lea@atelier-durand.example", "extension=299")
			no("taken", "user", "update", "Léa Petit", "extension=210")
			no(`did you mean "extension"?`, "user", "update", "299", "extensions=300")
			no("there is no user", "user", "get", "nobody@atelier-durand.example")
			ok("Atelier 2", "team", "create", "name=Atelier 2", "user_ids=299,karim@atelier-durand.example")
			ok("usr_", "team", "list")
			ok("+33199004321", "number", "list")
			ok("Ouverture", "flow", "list")
			ok("carrier", "trunk", "list")
			ok("pk_live_", "key", "create", "name=CRM", "scopes=calls:read,users:*")
			no("there is no action", "flow", "action", "Ouverture", "lnit")
			ok(`"problems"`, "flow", "action", "Ouverture", "lint", "-o", "json")
			var users []map[string]any
			if o := do("user", "list", "-o", "json"); json.Unmarshal([]byte(o.out), &users) != nil || len(users) != 4 {
				t.Errorf("as JSON: %+v", o)
			}
			ok("Deleted usr_", "user", "delete", "299")

			export := do("export")
			file := filepath.Join(t.TempDir(), "site.toml")
			if err := os.WriteFile(file, []byte(export.out), 0o600); err != nil || export.code != 0 {
				t.Fatal(export, err)
			}
			ok("Nothing to change", "apply", file)
			if strings.Contains(export.out, "ha1") || strings.Contains(export.out, "pk_live") {
				t.Errorf("an export tells secrets: %s", export.out)
			}
			whole := filepath.Join(t.TempDir(), "whole")
			ok("are written", "export", "--passwords", "--dir", whole)
			fresh := t.TempDir()
			if o := tandem(t, append([]string{"apply", filepath.Join(whole, "site.toml")}, at(fresh)...)...); o.code != 0 {
				t.Errorf("an export with passwords, to an empty house: %+v", o)
			}
		})
	}
}

func TestEventsAreFollowedFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	if o := tandem(t, append([]string{"apply", siteFile}, at(dir)...)...); o.code != 0 {
		t.Fatal(o)
	}
	o := tandem(t, append([]string{"tail", "--past", "3", "--type", "user.*", "--for", "3"}, at(dir)...)...)
	if o.code != 0 || strings.Count(o.out, "user.") != 3 || !strings.Contains(o.out, "Karim Haddad") {
		t.Errorf("%+v", o)
	}
}

func TestFlowsInFiles(t *testing.T) {
	dir := t.TempDir()
	flowFile, tests, broken := filepath.Join(dir, "line.json"), filepath.Join(dir, "line.toml"), filepath.Join(dir, "broken.json")
	const line = `{"name":"Line","start":"ring","nodes":[
 {"id":"ring","type":"ring_to","config":{"target":{"user":"alice"},"ring_for_seconds":20},"next":{"unanswered":"box"}},
 {"id":"box","type":"voicemail","config":{}}]}`
	const suite = `[[tests]]
name = "nobody answers"
flow = "line.json"
at = "2026-11-23T10:00:00+01:00"
speaks_ms = 4000
[tests.expect]
outcome = "voicemail"
path = ["ring", "box"]
[[tests]]
name = "Alice answers"
flow = "line.json"
at = "2026-11-23T10:00:00+01:00"
agents = [{ id = "alice", answers_after_ms = 3000 }]
[tests.expect]
answered_by = "WHO"
`
	for name, text := range map[string]string{
		flowFile: line, broken: strings.Replace(line, `"next":{"unanswered":"box"}`, `"next":{}`, 1), tests: strings.Replace(suite, "WHO", "alice", 1),
		tests + ".bad": strings.Replace(suite, "WHO", "bruno", 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{0, "can be published", []string{"flow", "lint", flowFile}},
		{exitBadInput, "cannot be published", []string{"flow", "lint", broken}},
		{exitBadInput, "cannot be read", []string{"flow", "lint", flowFile + "x"}},
		{0, "answered after 5.0 s, by alice", []string{"flow", "simulate", flowFile, "--agent", "alice=answers:5000"}},
		{exitBadInput, "write a user and what they do", []string{"flow", "simulate", flowFile, "--agent", "alice"}},
		{0, "unanswered: box (voicemail)", []string{"flow", "outline", flowFile}},
		{0, "2 tests of flows passed", []string{"flow", "test", tests}},
		{exitFailure, "not by bruno", []string{"flow", "test", tests + ".bad"}},
	} {
		if o := tandem(t, c.args...); o.code != c.code || !strings.Contains(o.out+o.err, c.want) {
			t.Errorf("%s: %+v, want %d and %q", strings.Join(c.args, " "), o, c.code, c.want)
		}
	}
}

// What is written in a terminal is followed there, is in its conversation, and is counted.
func TestMessagesAreSentAndFollowedFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	do := func(args ...string) outcome { return tandem(t, append(args, at(dir)...)...) }
	ok := func(want string, args ...string) {
		t.Helper()
		if o := do(args...); o.code != 0 || !strings.Contains(o.out, want) {
			t.Errorf("%s: %+v, want %q", strings.Join(args, " "), o, want)
		}
	}
	ok(" changed.", "apply", siteFile)
	if o := do("message", "send", "--from", "+33199004321", "--to", "0639980101", "Bonjour"); o.code == 0 || !strings.Contains(o.err, "connector") {
		t.Errorf("without a way out: %+v", o)
	}
	ok("mcn_", "connector", "create", "name=Carrier", "kind=smpp", "smpp.address=127.0.0.1:1", "smpp.system_id=tandem", "password=secret")
	ok("Carrier", "number", "messaging", "set", "+33199004321", "--connector", "Carrier", "--guard", "2,0,0")
	ok("accepted", "message", "send", "--from", "+33199004321", "--to", "0639980101", "--key", "once", "Bonjour\nça va ?")
	ok("accepted", "message", "send", "--from", "+33199004321", "--to", "0639980101", "--key", "once", "Bonjour\nça va ?")
	ok("ucs2", "message", "preview", "ça va ?")
	ok("Bonjour⏎ça va ?", "message", "list", "--where", "direction=outbound")
	ok("-> api        +33••••21 > +33••••01  Bonjour⏎ça va ?", "message", "tail", "--past", "1", "--for", "1")
	ok("+33199004321 > +33639980101", "message", "tail", "--past", "1", "--for", "1", "--full", "--number", "+33199004321")
	var all []map[string]any
	if o := do("conversation", "list", "-o", "json"); json.Unmarshal([]byte(o.out), &all) != nil || len(all) != 1 {
		t.Fatalf("conversations: %+v", o)
	}
	id, _ := all[0]["id"].(string)
	ok("closed", "conversation", "update", id, "status=closed")
	ok("message", "conversation", "items", id)
	ok("sent.hour", "number", "messaging", "show", "+33199004321")
	ok("None.", "number", "messaging", "opt-outs", "+33199004321")
	ok(`"id"`, "message", "list", "-o", "json", "--limit", "1")
}
