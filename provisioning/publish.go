package provisioning

import (
	"slices"
	"strconv"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// Publishing makes a draft what the next call walks (SPEC F2).
type Publishing struct {
	Flow    flow.ID
	Base    *int           // version that whoever publishes has seen; nil: that of the draft
	Prompts []flow.AudioID // the sounds that come with the product
}

// FlowVersion is what was published once; it never changes (SPEC F10).
type FlowVersion struct {
	Version  int
	Document string // flow/v1 JSON
	At       time.Time
	Actor    string // who published it
}

// Walk is the way that a call took in a flow.
type Walk struct {
	Nodes   []string // in the order in which it came to them
	Dropped bool     // the caller hung up in the last one, and nobody had answered
}

// CodeBaseStale refuses to publish what began from an old version (SPEC F21).
const CodeBaseStale = "flow_base_stale"

// The types of the events of publishing (API.md section 5).
const (
	FlowPublished   = "flow.published"
	NumberConverted = "number.converted_to_direct"
)

// Publish makes a flow's draft live: it is refused while the draft has errors (SPEC F7), and where somebody else published meanwhile (SPEC F21). A number
// whose conversion this is becomes direct with it (SPEC D15).
func (s *State) Publish(p Publishing) ([]Change, error) {
	f, is := s.Find(KindFlow, string(p.Flow)).(*Flow)
	if !is {
		return nil, NotFound(KindFlow, string(p.Flow))
	}
	base := f.Version
	if f.Draft != "" {
		base = f.Base
	}
	if p.Base != nil {
		base = min(base, *p.Base)
	}
	if base != f.Version {
		return nil, told(Refusal{
			Why: Stale, Code: CodeBaseStale, Row: "F21", Location: "body.base",
			Args: map[string]string{"base": strconv.Itoa(base), "version": strconv.Itoa(f.Version)},
			Text: "this draft began from version {base}, and version {version} is published meanwhile: look at the difference, and decide again",
		})
	}
	if f.Draft == "" {
		return nil, &Refusal{Code: "nothing_to_publish", Row: "F2", Location: "path.id", Text: "the flow has no draft: there is nothing to publish"}
	}
	return s.publish(f, f.Draft, p.Prompts)
}

// Restore makes a new version that says what an old one said (SPEC F10); a draft that there is stays, on its old base.
func (s *State) Restore(p Publishing, old FlowVersion) ([]Change, error) {
	f, is := s.Find(KindFlow, string(p.Flow)).(*Flow)
	if !is {
		return nil, NotFound(KindFlow, string(p.Flow))
	}
	if p.Base != nil && *p.Base != f.Version {
		return nil, told(Refusal{
			Why: Stale, Code: CodeBaseStale, Row: "F21", Location: "body.base",
			Args: map[string]string{"base": strconv.Itoa(*p.Base), "version": strconv.Itoa(f.Version)},
			Text: "you have seen version {base}, and version {version} is published meanwhile: look at the difference, and decide again",
		})
	}
	changes, err := s.publish(f, old.Document, p.Prompts)
	if err != nil || f.Draft == "" {
		return changes, err
	}
	kept := *changes[0].Record.(*Flow) //nolint:forcetypeassert // publish puts the flow first.
	kept.Draft, kept.Base = f.Draft, f.Base
	return merge(changes, []Change{{Verb: Update, Record: &kept}}), nil
}

// publish puts a document in force.
func (s *State) publish(f *Flow, document string, prompts []flow.AudioID) ([]Change, error) {
	parsed, err := flow.Parse([]byte(document))
	if err != nil {
		return nil, FlowRefusals(err)
	}
	parsed.ID = f.ID
	if refused := s.directRefusals(f, parsed); len(refused) > 0 {
		return nil, refused
	}
	wrong := slices.DeleteFunc(flow.Lint(parsed, s.Catalog(f, prompts)), func(p flow.Problem) bool { return !p.Code.Blocks() })
	if refused := problemRefusals("flow_has_errors", "F7", wrong); len(refused) > 0 {
		return nil, refused
	}
	next := *f
	next.Version++
	next.Published, next.Draft, next.Base = document, "", 0
	changes, err := s.puts(&next)
	if err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		changes = []Change{{Verb: Update, Record: &next}} // The same once more is a new version all the same.
	}
	changes[0].Event = FlowPublished
	st := s.With(changes)
	for _, n := range s.Numbers {
		if c := n.Settings.Conversion; c == nil || c.Flow != f.ID {
			continue
		}
		more, err := st.puts(completed(n))
		if err != nil {
			return nil, err
		}
		for i := range more {
			more[i].Event = NumberConverted
		}
		changes, st = append(changes, more...), st.With(more)
	}
	return changes, nil
}

// Assign says who a number rings, and who may show it.
type Assign struct {
	Number   routing.NumberID
	Users    []routing.UserID
	Teams    []routing.TeamID
	Outbound []routing.UserID
	Prompts  []flow.AudioID
}

// Reassign gives a number its users and teams. A direct number has one user, for good (SPEC D1, D16); one whose user was deleted takes a new one, and every
// Ring-to of its flow with it (SPEC D21).
func (s *State) Reassign(a Assign) ([]Change, error) {
	n, is := s.Find(KindNumber, string(a.Number)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(a.Number))
	}
	next := *n
	next.Users, next.Teams, next.Settings.Outbound = a.Users, a.Teams, a.Outbound
	if n.Kind != routing.Direct {
		return s.puts(&next)
	}
	if len(a.Teams) > 0 || len(a.Users) > 1 || (len(a.Users) == 0 && len(n.Users) > 0) {
		at := "body.users"
		if len(a.Teams) > 0 {
			at = "body.teams"
		}
		return nil, told(Refusal{
			Code: codeSingleUser, Row: "D16", Location: at, Args: map[string]string{"number": string(n.E164)}, Text: "{number}: " + errOneUser.Error(),
		})
	}
	changes, err := s.puts(&next)
	if err != nil || !orphaned(n) || len(a.Users) == 0 {
		return changes, err
	}
	more, err := s.With(changes).adopt(&next, a.Prompts)
	return merge(changes, more), err
}

// adopt publishes the flow of a direct number with its new user in every Ring-to (SPEC D21).
func (s *State) adopt(n *Number, prompts []flow.AudioID) ([]Change, error) {
	f, is := s.Find(KindFlow, string(n.Flow)).(*Flow)
	live := s.flowOf(n)
	if !is || live == nil {
		return nil, nil
	}
	body, err := f.written(reassigned(live, n.Users[0]))
	if err != nil || body == f.Published {
		return nil, err
	}
	changes, err := s.publish(f, body, prompts)
	if err != nil || f.Draft == "" {
		return changes, err
	}
	next := *changes[0].Record.(*Flow) //nolint:forcetypeassert // publish puts the flow first.
	if draft, err := flow.Parse([]byte(f.Draft)); err == nil {
		if next.Draft, err = f.written(reassigned(draft, n.Users[0])); err != nil {
			return nil, err
		}
	}
	return merge(changes, []Change{{Verb: Update, Record: &next}}), nil
}
