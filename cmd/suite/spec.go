package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// readRows gives the ids of the specification's rows in the file's order.
func readRows(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the rows: %w", err)
	}
	var rows []string
	for line := range strings.Lines(string(b)) {
		if id, _, ok := strings.Cut(line, "\t"); ok && id != "row" {
			rows = append(rows, id)
		}
	}
	return rows, nil
}

// printRows writes ROW, verdict and TEST for every row. A test that was skipped shows nothing: it counts as failed.
func (r *report) printRows(rows []string, out io.Writer) error {
	shown := map[string][]testName{}
	for _, verdict := range []string{"pass", "fail", "skip"} {
		for _, name := range r.with(verdict) {
			if strings.Contains(name.Test, "/") {
				continue
			}
			for _, row := range rowsOf(name.Test) {
				shown[row] = append(shown[row], name)
			}
		}
	}
	failed := 0
	for _, row := range rows {
		if len(shown[row]) == 0 {
			fmt.Fprintf(out, "%s\tmissing\t\n", row)
		}
		for _, name := range shown[row] {
			verdict := "pass"
			if r.verdict[name] != "pass" {
				verdict = "fail"
				failed++
			}
			fmt.Fprintf(out, "%s\t%s\t%s.%s\n", row, verdict, strings.TrimPrefix(name.Package, "tandem/"), name.Test)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d tests of the specification fail", failed)
	}
	return nil
}

// printBroken writes which packages failed outside of any test, and why tests failed.
func (r *report) printBroken(out io.Writer) error {
	for _, pkg := range r.broken {
		fmt.Fprintf(out, "broken: %s\n", pkg)
	}
	r.printWhy(out)
	if len(r.broken) > 0 {
		return fmt.Errorf("%d packages failed outside of any test", len(r.broken))
	}
	return nil
}

// rowsOf reads the ids at the front of a test's name: TestSpec_X3_X17_ExtensionStopsTheMessage shows X3 and X17.
func rowsOf(test string) []string {
	rest, ok := strings.CutPrefix(test, "TestSpec_")
	if !ok {
		return nil
	}
	id := regexp.MustCompile(`^[A-Z][0-9]+$`)
	var rows []string
	for part := range strings.SplitSeq(rest, "_") {
		if !id.MatchString(part) {
			break
		}
		rows = append(rows, part)
	}
	return rows
}
