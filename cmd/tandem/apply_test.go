package main

import (
	"os"
	"strings"
	"testing"
)

const siteFile = "../../configs/site.toml"

// The same commands do the same thing to a running program and, when none runs, to the records.
func TestApply(t *testing.T) {
	for _, running := range []bool{false, true} {
		name := "to the records"
		if running {
			name = "to a running program"
		}
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if running {
				serve(t, dir)
			}
			apply := func(args ...string) outcome {
				return tandem(t, append(append([]string{"apply"}, at(dir)...), args...)...)
			}
			check := func(args ...string) outcome {
				return tandem(t, append(append([]string{"check"}, at(dir)...), args...)...)
			}

			if o := check(siteFile); o.code != 0 || !strings.Contains(o.out, "site           ok, ") || strings.Contains(o.out, " 0 would change") {
				t.Errorf("check: %+v", o)
			}
			dry := apply("--dry-run", siteFile)
			if dry.code != 0 || !strings.Contains(dry.out, "+ create account Atelier Durand") || !strings.Contains(dry.out, "nothing was changed (dry run)") {
				t.Errorf("dry run: %+v", dry)
			}
			if strings.Contains(dry.out, "change-me") {
				t.Errorf("a password is shown: %s", dry.out)
			}
			if o := apply(siteFile); o.code != 0 || !strings.Contains(o.out, " changed.\n") {
				t.Errorf("first: %+v", o)
			}
			if o := apply(siteFile); o.code != 0 || o.out != "Nothing to change: the records are what the site file declares.\n" {
				t.Errorf("again: %+v", o)
			}

			text, err := os.ReadFile(siteFile)
			if err != nil {
				t.Fatal(err)
			}
			other := write(t, "other.toml", strings.Replace(string(text), `extension = "210"`, `extension = "214"`, 1))
			if o := apply(other); o.code != 0 || !strings.Contains(o.out, "~ update user jeanne@atelier-durand.example: extension 210 -> 214") {
				t.Errorf("changed: %+v", o)
			}

			// A mistake in the middle: the file and line, exit code 2, and nothing half applied.
			bad := write(t, "bad.toml", strings.Replace(string(text), `extension    = "211"`, `extension    = "210"`, 1))
			o := apply(bad)
			if o.code != exitBadInput || !strings.Contains(o.err, "tandem: "+bad+":") || !strings.Contains(o.err, "210") || !strings.Contains(o.err, "nothing was applied") {
				t.Errorf("bad: %+v", o)
			}
			if o := apply("--dry-run", other); o.out != "Nothing to change: the records are what the site file declares.\n" {
				t.Errorf("half applied: %+v", o)
			}
			if o := tandem(t, append([]string{"calls", "list"}, at(dir)...)...); o.code != 0 || o.out != "No call yet.\n" {
				t.Errorf("calls: %+v", o)
			}
			if o := tandem(t, append([]string{"calls", "show", "12"}, at(dir)...)...); o.code != exitBadInput || o.err != "tandem: there is no call 12\n" {
				t.Errorf("a call that is not: %+v", o)
			}
		})
	}
}
