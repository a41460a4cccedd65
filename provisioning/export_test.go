package provisioning

import (
	"os"
	"strings"
	"testing"
)

// reads an export and gives what applying it would change.
func applied(t *testing.T, st *State, text []byte) []Change {
	t.Helper()
	site, problems := ParseSite("export.toml", text)
	if len(problems) > 0 {
		t.Fatalf("the export has problems: %v\n%s", problems, text)
	}
	changes, problems := Plan(st, site)
	if len(problems) > 0 {
		t.Fatalf("the export cannot be applied: %v\n%s", problems, text)
	}
	return changes
}

func TestAnExportAppliedAgainChangesNothing(t *testing.T) {
	files := map[string]string{"the bakery of the tests": bakery}
	for _, name := range []string{"../configs/site.toml", "../configs/demo.toml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	for name, text := range files {
		st := after(&State{}, plan(t, &State{}, text))
		for _, what := range []ExportWhat{{}, {Passwords: true}} {
			export, err := Export(st, what)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if changes := applied(t, st, export); len(changes) > 0 {
				t.Errorf("%s: its export changes %v", name, changes)
			}
			if told := strings.Contains(string(export), "ha1 ="); told != what.Passwords && strings.Contains(text, "password") {
				t.Errorf("%s: passwords told: %t", name, told)
			}
		}
		export, err := Export(st, ExportWhat{Passwords: true})
		if err != nil {
			t.Fatal(err)
		}
		again := after(&State{}, applied(t, &State{}, export))
		second, err := Export(again, ExportWhat{Passwords: true})
		if err != nil || string(second) != string(export) {
			t.Errorf("%s: applied to an empty house, it exports otherwise: %v\n%s\nfirst:\n%s", name, err, second, export)
		}
	}
}
