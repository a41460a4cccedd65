// Package docs holds the operator's and the developer's documents; its tests keep them true.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every RFC that a comment names is in rfc.tsv with our status.
func TestEveryRFCInTheCodeHasItsStatus(t *testing.T) {
	known := rfcTable(t)
	mention := regexp.MustCompile(`RFC ?([0-9]{4})`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		code, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range mention.FindAllStringSubmatch(string(code), -1) {
			if known[m[1]] == "" {
				t.Errorf("%s names RFC %s, which docs/rfc.tsv does not have", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheRFCTableIsWellFormed(t *testing.T) {
	for number, status := range rfcTable(t) {
		switch status {
		case "yes", "partial", "planned", "no":
		default:
			t.Errorf("RFC %s has the status %q", number, status)
		}
	}
}

func rfcTable(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("rfc.tsv")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			t.Errorf("rfc.tsv: %q has %d columns, want 3", line, len(f))
			continue
		}
		if f[0] != "number" {
			table[f[0]] = f[1]
		}
	}
	return table
}

// A link to a file of this repository leads somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(append(pages, more...), "../README.md") {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
