package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// report is what is known so far of a run.
type report struct {
	verdict map[testName]string // "pass", "fail" or "skip"; top-level tests and their parts
	output  map[testName][]string
	broken  []string // packages that failed outside of any test, a build that broke among them
	build   map[string][]string
}

type testName struct{ Package, Test string }

func newReport() *report {
	return &report{verdict: map[testName]string{}, output: map[testName][]string{}, build: map[string][]string{}}
}

func (r *report) take(e event) {
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		r.build[e.ImportPath] = append(r.build[e.ImportPath], e.Output)
	case "output":
		r.output[name] = append(r.output[name], e.Output)
	case "pass", "fail", "skip":
		if e.Test != "" {
			r.verdict[name] = e.Action
		} else if e.Action == "fail" && !r.anyFailed(e.Package) {
			r.broken = append(r.broken, e.Package)
		}
		if e.Action == "pass" {
			delete(r.output, name)
		}
	}
}

func (r *report) anyFailed(pkg string) bool {
	for name, v := range r.verdict {
		if name.Package == pkg && v == "fail" {
			return true
		}
	}
	return false
}

// printPackage writes a line when a package ends.
func (r *report) printPackage(e event, out io.Writer) {
	if e.Test != "" {
		return
	}
	switch e.Action {
	case "pass":
		fmt.Fprintf(out, "ok    %-32s %6.1f s\n", e.Package, e.Elapsed)
	case "fail":
		fmt.Fprintf(out, "FAIL  %-32s %6.1f s\n", e.Package, e.Elapsed)
	}
}

// printEnd writes what failed, what was skipped, and the counts.
func (r *report) printEnd(o options, out io.Writer) error {
	for _, name := range r.with("fail") {
		fmt.Fprintf(out, "\nfailed: %s.%s\n%s", name.Package, name.Test, strings.Join(r.output[name], ""))
	}
	for _, pkg := range r.broken {
		fmt.Fprintf(out, "\nfailed: %s\n%s", pkg, strings.Join(r.output[testName{pkg, ""}], ""))
	}
	for pkg, lines := range r.build {
		fmt.Fprintf(out, "\nbuild of %s:\n%s", pkg, strings.Join(lines, ""))
	}
	skipped := r.with("skip")
	for _, name := range skipped {
		fmt.Fprintf(out, "skipped: %s.%s: %s\n", name.Package, name.Test, reason(r.output[name]))
	}
	failed := len(r.with("fail")) + len(r.broken)
	fmt.Fprintf(out, "\n%d passed, %d failed, %d skipped\n", len(r.with("pass")), failed, len(skipped))
	r.printWhy(out)
	switch {
	case failed > 0:
		return fmt.Errorf("%d tests or packages failed", failed)
	case o.ci && len(skipped) > 0:
		return fmt.Errorf("%d tests were skipped; here none may be: scripts/deps installs what they need", len(skipped))
	case len(r.with("pass")) == 0:
		return errors.New("no test ran")
	}
	return nil
}

// with lists the tests with that verdict.
func (r *report) with(verdict string) []testName {
	var names []testName
	for name, v := range r.verdict {
		if v == verdict {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b testName) int {
		return strings.Compare(a.Package+"."+a.Test, b.Package+"."+b.Test)
	})
	return names
}

// printWhy writes in short why tests failed: of a long output the end is read first.
func (r *report) printWhy(out io.Writer) {
	for _, name := range r.with("fail") {
		for _, line := range said(r.output[name]) {
			fmt.Fprintf(out, "failed: %s.%s: %s\n", name.Package, name.Test, line)
		}
	}
}

// said gives what a test said itself, at most three lines of it: they begin with the place in its source.
func said(lines []string) []string {
	var all []string
	for _, l := range lines {
		if file, _, ok := strings.Cut(l, ".go:"); ok && !strings.Contains(strings.TrimSpace(file), " ") && len(all) < 3 {
			all = append(all, strings.TrimSpace(l))
		}
	}
	return all
}

// reason takes the sentence that the test gave from what go test printed around it.
func reason(lines []string) string {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			return l
		}
	}
	return "no reason given"
}
