package certify

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verdict is what a step came to.
type Verdict string

// The verdicts.
const (
	Pass       Verdict = "pass"
	Fail       Verdict = "fail"
	NotOffered Verdict = "not_offered" // the peer may leave it out, and does
	Skipped    Verdict = "skipped"
)

// Result is a step with its verdict.
type Result struct {
	Step     Step    `json:"step" doc:"options, registration, certificate, answer, ringing, codecs, audio, caller_id, digits, reliable, session_timer, update, hold, resume, t38, hangup, cancel, large_invite, wrong_number."`
	Name     string  `json:"name" doc:"For people."`
	Standard string  `json:"standard" doc:"Where it is written how it should go."`
	Verdict  Verdict `json:"verdict" enum:"pass,fail,not_offered,skipped"`
	Seen     string  `json:"seen" doc:"What was seen, in a sentence."`
	Advice   string  `json:"advice,omitempty" doc:"What to tell the carrier."`
}

// Sheet is what came of a run.
type Sheet struct {
	Trunk     string    `json:"trunk_id"`
	Name      string    `json:"trunk_name"`
	To        string    `json:"to,omitempty" doc:"Empty: nobody was called."`
	From      string    `json:"from,omitempty"`
	StartedAt time.Time `json:"started_at"`
	Seconds   float64   `json:"seconds"`
	Passed    bool      `json:"passed" doc:"No step failed."`
	Failed    int       `json:"failed"`
	Steps     []Result  `json:"steps"`
}

// Finish puts results on a sheet.
func (s *Sheet) Finish(results []Result, took time.Duration) {
	s.Steps, s.Seconds, s.Failed = results, took.Round(time.Millisecond).Seconds(), 0
	for i := range results {
		if results[i].Verdict == Fail {
			s.Failed++
		}
	}
	s.Passed = s.Failed == 0
}

// Count says how many steps have a verdict.
func (s *Sheet) Count(v Verdict) int {
	n := 0
	for i := range s.Steps {
		if s.Steps[i].Verdict == v {
			n++
		}
	}
	return n
}

// Summary is the sheet in a line.
func (s *Sheet) Summary() string {
	return fmt.Sprintf("%d passed, %d failed, %d not offered, %d skipped", s.Count(Pass), s.Failed, s.Count(NotOffered), s.Count(Skipped))
}

// Markdown writes the sheet for a letter to the carrier.
func (s *Sheet) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Interop sheet: %s\n\n", cell(s.Name))
	fmt.Fprintf(&b, "%s, %.1f s", s.StartedAt.UTC().Format(time.RFC3339), s.Seconds)
	if s.To != "" {
		fmt.Fprintf(&b, ", %s called %s", cell(s.From), cell(s.To))
	}
	fmt.Fprintf(&b, ": %s.\n\n| step | standard | verdict | seen |\n|---|---|---|---|\n", s.Summary())
	for i := range s.Steps {
		r := &s.Steps[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(r.Name), cell(r.Standard), r.Verdict.words(), cell(r.Seen))
	}
	if !slices.ContainsFunc(s.Steps, func(r Result) bool { return r.Advice != "" }) {
		return b.String()
	}
	b.WriteString("\n## To be changed\n\n")
	for i := range s.Steps {
		if r := &s.Steps[i]; r.Advice != "" {
			fmt.Fprintf(&b, "* **%s**: %s\n", cell(r.Name), cell(r.Advice))
		}
	}
	return b.String()
}

// words is a verdict for people.
func (v Verdict) words() string { return strings.ReplaceAll(string(v), "_", " ") }

// cell keeps a text within a cell of a table: what a peer wrote draws no table and no link of its own.
func cell(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "<", "&lt;", "[", `\[`, "]", `\]`).Replace(s)
}
