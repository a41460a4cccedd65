package provisioning

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// ToDirect asks for a number to become the direct number of a user (SPEC D5). Both ways in, the tab of teams and users and that of integrations, ask for
// the same thing.
type ToDirect struct {
	Number routing.NumberID
	User   routing.UserID // empty: the one that the conversion was begun for
	// Publish makes it live at once (SPEC D15); else calls follow the old distribution until the draft is published (SPEC D14).
	Publish Publish
	Prompts []flow.AudioID // the sounds that come with the product
	Now     time.Time
}

// Publish says whether something goes live at once.
type Publish bool

// Whether something goes live.
const (
	AtOnce Publish = true
	Later  Publish = false
)

// CanConvert says why a number cannot become direct; nil where it can (SPEC D2, D13, D17).
func (n *Number) CanConvert() *Refusal {
	args := map[string]string{"number": string(n.E164)}
	switch n.Kind {
	case routing.Direct:
		return told(Refusal{Code: "already_direct", Row: "D1", Location: "path.id", Args: args, Text: "{number} is a direct number already"})
	case routing.LegacyClassic, routing.LegacyIVR:
		return told(Refusal{
			Code: "number_is_legacy", Row: "F19", Location: "path.id", Args: args, Text: "{number} is from before flows: convert it to a flow first",
		})
	case routing.Shared, routing.Unconfigured:
	}
	if !FrenchMobile(n.E164) {
		return told(Refusal{
			Code: "direct_number_unsupported_type", Row: "D17", Location: "path.id", Args: args,
			Text: "{number} cannot be direct: " + errNoDirect.Error(),
		})
	}
	return nil
}

// ConvertToDirect begins the conversion of a number, or publishes it: a copy of its flow in which every Ring-to rings the user, and nothing else is changed
// (SPEC D6). The flow that it came from is left as it is, for the other numbers that it serves (SPEC F11).
func (s *State) ConvertToDirect(c ToDirect) ([]Change, error) {
	n, is := s.Find(KindNumber, string(c.Number)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(c.Number))
	}
	if refused := n.CanConvert(); refused != nil {
		return nil, refused
	}
	begun := n.Settings.Conversion
	if c.User == "" && begun != nil {
		c.User = begun.User
	}
	if refused := s.known(KindUser, string(c.User), n.Account, "body.user_id"); len(refused) > 0 {
		return nil, refused
	}
	if begun != nil && begun.User == c.User && c.Publish == Later && s.Find(KindFlow, string(begun.Flow)) != nil {
		return nil, nil // It is as was asked.
	}
	changes, f, err := s.conversionDraft(n, c)
	if err != nil || c.Publish == Later {
		return changes, err
	}
	published, err := s.With(changes).Publish(Publishing{Flow: f, Prompts: c.Prompts})
	if err != nil {
		return nil, err
	}
	return merge(changes, published), nil
}

// conversionDraft makes the draft of a conversion, or gives the one that was begun.
func (s *State) conversionDraft(n *Number, c ToDirect) ([]Change, flow.ID, error) {
	next := *n
	record := &Flow{ID: flow.ID(routing.NewID(KindFlow.Prefix(), c.Now)), Account: n.Account}
	begun := n.Settings.Conversion
	if begun != nil {
		if old, is := s.Find(KindFlow, string(begun.Flow)).(*Flow); is && old.Draft != "" {
			if begun.User == c.User {
				return nil, old.ID, nil
			}
			copied := *old
			record = &copied
		}
	}
	source, err := s.source(n, record)
	if err != nil {
		return nil, "", err
	}
	if record.Name == "" {
		record.Name = s.freeName(n.Account, string(n.E164))
	}
	if source == nil {
		if source, err = flow.FromTemplate(flow.TemplateDirect, s.filling(n, c.User)); err != nil {
			return nil, "", fmt.Errorf("fill the template of direct numbers: %w", err)
		}
	}
	draft := reassigned(source, c.User)
	draft.Name = record.Name
	body, err := flow.Marshal(draft)
	if err != nil {
		return nil, "", fmt.Errorf("write the flow of %s: %w", n.ID, err)
	}
	record.Draft = string(body)
	next.Settings.Conversion = &Conversion{User: c.User, Flow: record.ID}
	changes, err := s.puts(record, &next)
	return changes, record.ID, err
}

// source is the flow that a conversion copies: the draft of the conversion begun, else what is published, else what is drafted; nil: there is none.
func (s *State) source(n *Number, begun *Flow) (*flow.Flow, error) {
	body := begun.Draft
	if f, is := s.Find(KindFlow, string(n.Flow)).(*Flow); is && body == "" {
		body = f.Published
		if body == "" {
			body = f.Draft
		}
	}
	if body == "" {
		return nil, nil
	}
	parsed, err := flow.Parse([]byte(body))
	if err != nil {
		return nil, FlowRefusals(err)
	}
	return parsed, nil
}

// filling is what the template of direct numbers is filled with.
func (s *State) filling(n *Number, u routing.UserID) flow.Filling {
	with := flow.Filling{Name: string(n.E164), User: u}
	if a, is := s.Find(KindAccount, string(n.Account)).(*Account); is {
		with.Language, with.Timezone = a.Language, a.Settings.Timezone
	}
	return with
}

// completed is a number whose conversion is published: direct, of one user, and of no team (SPEC D15).
func completed(n *Number) *Number {
	next := *n
	next.Kind, next.Flow, next.Users, next.Teams = routing.Direct, n.Settings.Conversion.Flow, []routing.UserID{n.Settings.Conversion.User}, nil
	next.Settings.Conversion, next.Settings.Legacy = nil, nil
	return &next
}

// Warning is something that whoever decides should know before.
type Warning struct {
	Code string
	Row  string
	Args map[string]string
	Text string // in English
}

// ConversionWarnings says what publishing a conversion that was begun does beyond what was asked for (SPEC D6, D20).
func (s *State) ConversionWarnings(n *Number) []Warning {
	if n.Settings.Conversion == nil {
		return nil
	}
	user := n.Settings.Conversion.User
	warn := func(code, row, text string, args map[string]string) Warning {
		r := told(Refusal{Code: code, Row: row, Args: args, Text: text})
		return Warning{Code: r.Code, Row: r.Row, Args: r.Args, Text: r.Text}
	}
	out := []Warning{warn("conversion_for_good", "D20", "this cannot be undone: {number} stays a direct number until it is reconfigured from scratch",
		map[string]string{"number": string(n.E164)})}
	if teams := called(s, KindTeam, n.Teams); len(teams) > 0 {
		out = append(out, warn("conversion_removes_teams", "D6", "these teams are removed from the number: {teams}",
			map[string]string{"teams": strings.Join(teams, ", ")}))
	}
	others := slices.DeleteFunc(slices.Clone(n.Users), func(u routing.UserID) bool { return u == user })
	if users := called(s, KindUser, others); len(users) > 0 {
		out = append(out, warn("conversion_removes_users", "D6", "these users are removed from the number: {users}",
			map[string]string{"users": strings.Join(users, ", ")}))
	}
	if n.Flow != "" && len(s.serves(n.Flow)) > 1 {
		out = append(out, warn("conversion_copies_flow", "F11", "the flow serves other numbers too: they keep it, and {number} gets a copy",
			map[string]string{"number": string(n.E164)}))
	}
	return out
}

// called are the names of records, as people call them.
func called[T ~string](s *State, k Kind, ids []T) []string {
	var out []string
	for _, id := range ids {
		if r := s.Find(k, string(id)); r != nil {
			out = append(out, r.Ref().Name)
		}
	}
	return out
}
