package provisioning

import (
	"errors"
	"fmt"
	"strconv"

	"tandem/routing"
	"tandem/routing/flow"
)

// SaveDraft keeps a flow/v1 document as a flow's draft; callers notice nothing (SPEC F2). base is the version that it began from; nil: that of the draft
// there is, else what is published now. The flow of a direct number stays one (SPEC D7, D18).
func (s *State) SaveDraft(id flow.ID, document []byte, base *int) ([]Change, error) {
	f, is := s.Find(KindFlow, string(id)).(*Flow)
	if !is {
		return nil, NotFound(KindFlow, string(id))
	}
	parsed, err := flow.Parse(document)
	if err != nil {
		return nil, FlowRefusals(err)
	}
	if refused := s.directRefusals(f, parsed); len(refused) > 0 {
		return nil, refused
	}
	next := *f
	switch {
	case base != nil && (*base < 0 || *base > f.Version):
		return nil, told(Refusal{
			Code: "unknown_version", Location: "query.base", Args: map[string]string{"version": strconv.Itoa(*base)}, Text: "the flow has no version {version}",
		})
	case base != nil:
		next.Base = *base
	case f.Draft == "":
		next.Base = f.Version
	}
	if next.Draft, err = f.written(parsed); err != nil {
		return nil, err
	}
	return s.Put(&next)
}

// DropDraft forgets a draft: what is published is all there is. One that was never published stays: without it there would be no flow.
func (s *State) DropDraft(id flow.ID) ([]Change, error) {
	f, is := s.Find(KindFlow, string(id)).(*Flow)
	if !is {
		return nil, NotFound(KindFlow, string(id))
	}
	if f.Published == "" {
		return nil, &Refusal{Code: "never_published", Row: "F2", Location: "path.id", Text: "nothing of this flow is published: delete the flow itself"}
	}
	next := *f
	next.Draft, next.Base = "", f.Version
	return s.Put(&next)
}

// Beginning is what a new flow begins with.
type Beginning struct {
	ID       flow.ID
	Account  routing.AccountID
	Name     string // empty: the document's
	Document []byte // flow/v1: its draft
}

// NewFlow is a flow that nobody has kept yet.
func (s *State) NewFlow(b Beginning) (*Flow, error) {
	parsed, err := flow.Parse(b.Document)
	if err != nil {
		return nil, FlowRefusals(err)
	}
	f := &Flow{ID: b.ID, Account: b.Account, Name: b.Name}
	if f.Name == "" {
		f.Name = Clean(parsed.Name)
	}
	if f.Draft, err = f.written(parsed); err != nil {
		return nil, err
	}
	return f, nil
}

// Duplicate is a flow that nobody has kept yet, of what another one is, draft before published (SPEC F12); without a name it gets the old one with a number
// behind it.
func (s *State) Duplicate(f *Flow, id flow.ID, name string) (*Flow, error) {
	if name == "" {
		name = s.freeName(f.Account, f.Name)
	}
	return s.NewFlow(Beginning{ID: id, Account: f.Account, Name: name, Document: []byte(f.Current())})
}

// Current is the document that people work on: the draft, else what is published.
func (f *Flow) Current() string {
	if f.Draft != "" {
		return f.Draft
	}
	return f.Published
}

// written is a document of the flow as it is kept: it bears the flow's name.
func (f *Flow) written(parsed *flow.Flow) (string, error) {
	parsed.Name = f.Name
	body, err := flow.Marshal(parsed)
	if err != nil {
		return "", fmt.Errorf("write flow %s: %w", f.ID, err)
	}
	return string(body), nil
}

// FlowRefusals are what is wrong with a document; an error of another kind stays what it is.
func FlowRefusals(err error) error {
	bad, is := errors.AsType[*flow.DocumentError](err)
	if !is {
		return err
	}
	return problemRefusals("flow_invalid", "", bad.Problems).err()
}

// problemRefusals are problems of a flow, behind one that says what they are together.
func problemRefusals(code, row string, problems []flow.Problem) Refusals {
	if len(problems) == 0 {
		return nil
	}
	out := Refusals{told(Refusal{
		Code: code, Row: row, Location: "body", Args: map[string]string{"count": strconv.Itoa(len(problems)), "first": problems[0].Text},
		Text: "the flow has {count} errors; the first: {first}",
	})}
	for _, p := range problems {
		at := "body"
		if p.Path != "" {
			at = join(at, p.Path)
		}
		out = append(out, &Refusal{Code: string(p.Code), Row: "F8", Location: at, Args: map[string]string{"node": string(p.Node), "text": p.Text}, Text: p.Text})
	}
	return out
}

// Problems is what is wrong with a document of a flow, or may be: what keeps it from being published, what a direct number may not have, and warnings.
func (s *State) Problems(f *Flow, document []byte, prompts []flow.AudioID) []flow.Problem {
	parsed, err := flow.Parse(document)
	if err != nil {
		if bad, is := errors.AsType[*flow.DocumentError](err); is {
			return bad.Problems
		}
		return []flow.Problem{{Code: flow.BadDocument, Text: err.Error()}}
	}
	parsed.ID = f.ID // by which the rules know a redirection that comes back
	return flow.Lint(parsed, s.Catalog(f, prompts))
}
