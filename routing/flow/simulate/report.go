package simulate

import (
	"time"

	"tandem/routing/flow"
)

// Report is a course as the API gives it (API.md section 8).
type Report struct {
	Outcome    string       `json:"outcome" doc:"answered, redirected, hung_up, endless, voicemail, voicemail_too_short, nobody_answered or flow_ended."`
	AnsweredBy string       `json:"answered_by,omitempty"`
	Redirects  string       `json:"redirects_to,omitempty"`
	LastedMS   int64        `json:"lasted_ms"`
	Path       []ReportNode `json:"path"`
	Steps      []ReportStep `json:"steps"`
	Text       string       `json:"text" doc:"The same as a text for people."`
}

// ReportNode is a node that the walk entered.
type ReportNode struct {
	Node    string            `json:"node"`
	Type    string            `json:"type"`
	Title   string            `json:"title,omitempty"`
	AfterMS int64             `json:"after_ms"`
	At      time.Time         `json:"at"`
	Branch  string            `json:"branch,omitempty" doc:"The port by which it went on."`
	Label   string            `json:"label,omitempty"`
	Reason  string            `json:"reason,omitempty" doc:"Why, in a sentence."`
	Args    map[string]string `json:"args,omitempty" doc:"Why, for programs."`
}

// ReportStep is something that happened, and what came of it.
type ReportStep struct {
	AfterMS int64        `json:"after_ms"`
	At      time.Time    `json:"at"`
	What    string       `json:"what"`
	Does    []string     `json:"does"`
	Notes   []ReportNote `json:"notes,omitempty"`
}

// ReportNote is a line of the timeline.
type ReportNote struct {
	Type  string            `json:"type"`
	Node  string            `json:"node,omitempty"`
	User  string            `json:"user,omitempty"`
	Args  map[string]string `json:"args,omitempty"`
	Words string            `json:"words,omitempty"`
}

// mostSteps is how many steps a report tells.
const mostSteps = 1000

// Report tells the course with its reasons in a language: "fr", or any other for English.
func (c *Course) Report(language string) Report {
	r := Report{Outcome: c.Result(), LastedMS: c.Lasted.Milliseconds(), Redirects: c.RedirectedTo(), Path: []ReportNode{}, Steps: []ReportStep{}}
	if c.Outcome == Answered {
		r.AnsweredBy = string(c.User)
	}
	for _, v := range c.Path() {
		r.Path = append(r.Path, ReportNode{
			Node: string(v.Node), Type: string(v.Kind), Title: v.Title, AfterMS: v.After.Milliseconds(), At: c.At.Add(v.After).UTC(),
			Branch: v.Branch, Label: v.Label, Reason: v.Reason.Words(language), Args: v.Reason.Args,
		})
		if len(r.Path) == mostSteps {
			break
		}
	}
	told := *c
	told.Steps = c.Steps[:min(len(c.Steps), mostSteps)]
	for _, s := range told.Steps {
		r.Steps = append(r.Steps, reportStep(c.At, s, language))
	}
	r.Text = told.Ladder()
	return r
}

func reportStep(began time.Time, s Step, language string) ReportStep {
	step := ReportStep{AfterMS: s.After.Milliseconds(), At: began.Add(s.After).UTC(), What: describeInput(s.Input), Does: []string{}}
	for _, command := range s.Commands {
		n, is := command.(flow.Note)
		if !is {
			step.Does = append(step.Does, describe(command))
			continue
		}
		step.Notes = append(step.Notes, ReportNote{Type: n.Type, Node: string(n.Node), User: string(n.User), Args: n.Args, Words: n.Words(language)})
	}
	return step
}
