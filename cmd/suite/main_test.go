package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestATestNamesItsRows(t *testing.T) {
	for name, want := range map[string][]string{
		"TestSpec_X3_ExtensionDuringAudio":    {"X3"},
		"TestSpec_X3_X17_ExtensionStopsIt":    {"X3", "X17"},
		"TestSpec_Something":                  nil,
		"TestX3_NotOfTheSpecification":        nil,
		"TestSpec_R10_K1_K3_SimultaneousMenu": {"R10", "K1", "K3"},
	} {
		if got := rowsOf(name); !slices.Equal(got, want) {
			t.Errorf("%s: rows %v, want %v", name, got, want)
		}
	}
}

func TestASkippedTestShowsNoRow(t *testing.T) {
	r := newReport()
	r.take(event{Action: "skip", Package: "tandem/sip", Test: "TestSpec_X1_Free"})
	r.take(event{Action: "pass", Package: "tandem/sip", Test: "TestSpec_X2_Menu"})
	var out bytes.Buffer
	err := r.printRows([]string{"X1", "X2", "X3"}, &out)
	want := "X1\tfail\tsip.TestSpec_X1_Free\nX2\tpass\tsip.TestSpec_X2_Menu\nX3\tmissing\t\n"
	if out.String() != want || err == nil {
		t.Errorf("got %q and error %v, want %q and an error", out.String(), err, want)
	}
}

func TestSkipsAreNamedAndFailInCI(t *testing.T) {
	r := newReport()
	name := event{Package: "tandem/media", Test: "TestTone"}
	r.take(event{Action: "output", Package: name.Package, Test: name.Test, Output: "    tone_test.go:9: needs the Debian package sox\n"})
	r.take(event{Action: "skip", Package: name.Package, Test: name.Test})
	r.take(event{Action: "pass", Package: name.Package, Test: "TestOther"})
	var out bytes.Buffer
	if err := r.printEnd(options{}, &out); err != nil {
		t.Errorf("outside CI a skip is no failure, got %v", err)
	}
	if !strings.Contains(out.String(), "skipped: tandem/media.TestTone: tone_test.go:9: needs the Debian package sox") {
		t.Errorf("the skipped test is not named:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "\n1 passed, 0 failed, 1 skipped\n") {
		t.Errorf("no counts:\n%s", out.String())
	}
	if err := r.printEnd(options{ci: true}, &out); err == nil {
		t.Error("in CI a skip is a failure")
	}
}

func TestWhyATestFailedIsSaidAtTheEnd(t *testing.T) {
	r := newReport()
	name := event{Package: "tandem/media", Test: "TestTone"}
	for _, line := range []string{"=== RUN   TestTone\n", "    tone_test.go:9: no tone\n", "        {\"msg\":\"a log line of x.go:1\"}\n", "--- FAIL: TestTone (0.00s)\n"} {
		r.take(event{Action: "output", Package: name.Package, Test: name.Test, Output: line})
	}
	r.take(event{Action: "fail", Package: name.Package, Test: name.Test})
	var out bytes.Buffer
	if err := r.printEnd(options{}, &out); err == nil || !strings.HasSuffix(out.String(), "\n0 passed, 1 failed, 0 skipped\nfailed: tandem/media.TestTone: tone_test.go:9: no tone\n") {
		t.Errorf("error %v, output:\n%s", err, out.String())
	}
}

func TestAPackageThatDoesNotBuildFails(t *testing.T) {
	r := newReport()
	r.take(event{Action: "build-output", ImportPath: "tandem/sip", Output: "sip.go:1: no\n"})
	r.take(event{Action: "fail", Package: "tandem/sip"})
	var out bytes.Buffer
	if err := r.printEnd(options{}, &out); err == nil || !strings.Contains(out.String(), "sip.go:1: no") {
		t.Errorf("error %v, output:\n%s", err, out.String())
	}
}
