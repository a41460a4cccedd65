package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// flowCommand is about call flows: those of the records, and those in files.
type flowCommand struct {
	verbs

	Lint     flowLint     `cmd:"" help:"Check a flow in a file. What it names is not looked up; \"flow action NAME lint\" does that."`
	Simulate flowSimulate `cmd:"" help:"Try a flow in a file on a virtual clock, and show the way of the call with the reasons."`
	Test     flowTest     `cmd:"" help:"Run tests of flows."`
	Outline  flowOutline  `cmd:"" help:"Show a flow in a file as an outline."`
}

type flowLint struct {
	shown

	File string `arg:"" help:"The flow, as JSON; - is the standard input."`
}

type flowSimulate struct {
	shown

	File   string   `arg:"" help:"The flow, as JSON; - is the standard input."`
	At     string   `placeholder:"TIME" help:"When the call begins, such as 2026-11-22T03:00:00+01:00; now if left out."`
	From   string   `placeholder:"NUMBER" help:"Who calls."`
	Digits []string `placeholder:"MS:KEY" help:"A key that the caller presses, such as 4000:1. May be given again."`
	Agent  []string `placeholder:"USER=WHAT" help:"What a user does: available, busy, unavailable, declines, or answers:8000 (after so many ms). May be given again."`
	Speaks int64    `placeholder:"MS" help:"For how long the caller speaks into a voicemail."`
	Ladder bool     `help:"Everything that happens, step by step."`
}

type flowTest struct {
	Files []string `arg:"" help:"Tests, as TOML: [[tests]] with flow = \"file.json\", what happens, and [tests.expect]."`
}

type flowOutline struct {
	File string `arg:"" help:"The flow, as JSON; - is the standard input."`
}

// Run shows an outline: each node under the port that leads to it.
func (v flowOutline) Run(c console) error {
	f, err := readFlow(v.File, c.in)
	if err != nil {
		return err
	}
	for _, l := range flow.Outline(f) {
		line := strings.Repeat("  ", l.Depth)
		if by := cmp.Or(l.Label, l.Edge.Port); by != "" && by != flow.PortStart && by != flow.PortDone {
			line += strings.ReplaceAll(by, "_", " ") + ": "
		}
		switch {
		case l.Node == "":
			line += "nowhere yet"
		case l.Again:
			line += "on to " + string(l.Node)
		default:
			line += string(l.Node) + " (" + string(l.Kind) + ") " + l.Title
		}
		if l.Faded {
			line += "  [never run]"
		}
		if _, err = fmt.Fprintln(c.out, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// readFlow reads a flow from a file.
func readFlow(name string, in io.Reader) (*flow.Flow, error) {
	text, err := readFile(name, in)
	if err != nil {
		return nil, err
	}
	f, err := flow.Parse(text)
	if wrong, is := errors.AsType[*flow.DocumentError](err); is {
		var errs []error
		for _, p := range wrong.Problems {
			errs = append(errs, fmt.Errorf("%s: %s", name, p))
		}
		return nil, inputError{errors.Join(errs...)}
	}
	return f, err
}

// Run checks a flow.
func (v flowLint) Run(c console) error {
	f, err := readFlow(v.File, c.in)
	if err != nil {
		return err
	}
	problems := flow.Lint(f, anything{})
	if v.Output == "json" {
		if problems == nil {
			problems = []flow.Problem{}
		}
		return printJSON(c.out, problems)
	}
	blocked := false
	for _, p := range problems {
		blocked = blocked || p.Code.Blocks()
		_, _ = fmt.Fprintf(c.out, "%s\n", p)
	}
	if blocked {
		return inputError{fmt.Errorf("%s cannot be published", v.File)}
	}
	_, err = fmt.Fprintf(c.out, "%s can be published; %d warnings.\n", v.File, len(problems))
	return err
}

// Run tries a flow.
func (v flowSimulate) Run(c console) error {
	f, err := readFlow(v.File, c.in)
	if err != nil {
		return err
	}
	request, err := v.request()
	if err != nil {
		return err
	}
	course, err := try(f, request)
	if err != nil {
		return err
	}
	report := course.Report("en")
	switch {
	case v.Output == "json":
		return printJSON(c.out, report)
	case v.Ladder:
		_, err = io.WriteString(c.out, report.Text)
		return err
	}
	for _, n := range report.Path {
		_, _ = fmt.Fprintf(c.out, "%8.3f s  %-12s %-20s %s\n", n.At.Sub(report.Path[0].At).Seconds(), n.Node, cmp.Or(n.Branch, "-"), n.Reason)
	}
	_, err = fmt.Fprintf(c.out, "%s after %.1f s%s\n", report.Outcome, time.Duration(report.LastedMS*int64(time.Millisecond)).Seconds(), by(report))
	return err
}

// by says who answered, or where the call went.
func by(r simulate.Report) string {
	switch {
	case r.AnsweredBy != "":
		return ", by " + r.AnsweredBy
	case r.Redirects != "":
		return ", to " + r.Redirects
	}
	return ""
}

// request makes of the flags what the API takes.
func (v flowSimulate) request() (simulate.Request, error) {
	r := simulate.Request{From: v.From, SpeaksMS: v.Speaks}
	r.At = simulate.When(v.At)
	for _, d := range v.Digits {
		var key simulate.Key
		if n, err := fmt.Sscanf(d, "%d:%s", &key.AfterMS, &key.Digit); n != 2 || err != nil {
			return r, inputError{fmt.Errorf("--digits %s: write milliseconds and a key, such as 4000:1", d)}
		}
		r.Digits = append(r.Digits, key)
	}
	for _, a := range v.Agent {
		p, err := person(a)
		if err != nil {
			return r, err
		}
		r.Agents = append(r.Agents, p)
	}
	return r, nil
}

// try runs a flow in an office without records.
func try(f *flow.Flow, r simulate.Request) (*simulate.Course, error) {
	zone, err := time.LoadLocation(cmp.Or(f.Timezone, "Europe/Paris"))
	if err != nil {
		zone = time.UTC
	}
	script, faults := r.Script(zone, time.Now())
	var errs []error
	for _, fault := range faults {
		errs = append(errs, fmt.Errorf("%s: %s", fault.Path, fault.Text))
	}
	if len(errs) > 0 {
		return nil, inputError{errors.Join(errs...)}
	}
	return simulate.Run(f, &simulate.Desk{}, script), nil
}

// Run runs tests of flows. Flows stand beside the tests that name them.
func (v flowTest) Run(_ context.Context, c console) error {
	failed, ran := 0, 0
	for _, name := range v.Files {
		text, err := readFile(name, c.in)
		if err != nil {
			return err
		}
		suite, err := simulate.Read(string(text))
		if err != nil {
			return inputError{fmt.Errorf("%s: %w", name, err)}
		}
		for _, one := range suite.Tests {
			passed, err := testFlow(c, name, one)
			if err != nil {
				return fmt.Errorf("%s: test %q: %w", name, one.Name, err)
			}
			ran++
			if !passed {
				failed++
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d tests of flows failed", failed, ran)
	}
	_, err := fmt.Fprintf(c.out, "%d tests of flows passed.\n", ran)
	return err
}

// testFlow runs one test of a file, and says how it went.
func testFlow(c console, file string, one simulate.Case) (passed bool, err error) {
	f, err := readFlow(filepath.Join(filepath.Dir(file), one.Flow), c.in)
	if err != nil {
		return false, err
	}
	course, err := try(f, one.Request)
	if err != nil {
		return false, err
	}
	wrong := simulate.Check(course, one.Expect)
	if len(wrong) == 0 {
		_, err = fmt.Fprintf(c.out, "ok    %s: %s\n", file, one.Name)
		return true, err
	}
	_, _ = fmt.Fprintf(c.out, "FAIL  %s: %s\n", file, one.Name)
	for _, w := range wrong {
		_, _ = fmt.Fprintf(c.out, "      %s\n", w)
	}
	_, err = fmt.Fprint(c.out, course.Ladder())
	return false, err
}

// person reads what a user does in a simulation.
func person(text string) (simulate.Person, error) {
	user, what, _ := strings.Cut(text, "=")
	p := simulate.Person{ID: user}
	verb, after, timed := strings.Cut(what, ":")
	ms := int64(0)
	if timed {
		n, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			return p, inputError{fmt.Errorf("--agent %s: %q is no number of milliseconds", text, after)}
		}
		ms = n
	}
	switch {
	case user != "" && verb == "answers":
		p.AnswersAfterMS = max(ms, 1)
	case user != "" && verb == "declines":
		p.Declines, p.DeclinesAfterMS = true, ms
	case user != "" && verb != "" && !timed:
		p.Status = verb
	default:
		return p, inputError{fmt.Errorf("--agent %s: write a user and what they do, such as alice=answers:8000 or bruno=busy", text)}
	}
	return p, nil
}

// anything is an account that has whatever a flow names.
type anything struct{ flow.AnyLine }

// User takes calls.
func (anything) User(flow.UserID) flow.Reach { return flow.Reachable }

// Team has somebody.
func (anything) Team(flow.TeamID) ([]flow.UserID, flow.Has) { return []flow.UserID{"somebody"}, true }

// Audio is there.
func (anything) Audio(flow.AudioID) flow.Has { return true }

// Number is there.
func (anything) Number(flow.NumberID) flow.Has { return true }

// ExtensionPrefix begins nobody's extension.
func (anything) ExtensionPrefix(string) flow.Has { return false }

// Date is there.
func (anything) Date(flow.DateID) flow.Has { return true }

// Tag is there.
func (anything) Tag(string) flow.Has { return true }
