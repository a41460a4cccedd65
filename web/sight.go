package web

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"tandem/provisioning"
	"tandem/routing"
)

// sight is which events somebody may see: those of their account, of what their scopes let them read, and where a key is for some numbers and teams
// only, of those.
type sight struct {
	who     identity
	numbers map[routing.NumberID]struct{} // that the teams of a restricted key answer, and its own
	users   map[routing.UserID]struct{}   // of its teams
	lines   *provisioning.Lines           // whose calls a person may hear of; nil: all (SPEC L16)
}

// sight is what who asks may see.
func (s *Server) sight(ctx context.Context) (*sight, error) {
	i := who(ctx)
	if i.user != "" {
		v := sightOf(i, nil)
		v.lines = s.linesOf(i)
		return v, nil
	}
	if s.rooms.Records == nil || len(i.teams) == 0 {
		return sightOf(i, nil), nil
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	return sightOf(i, st), nil
}

// sightOf looks up what a restricted key may see.
func sightOf(i identity, st *provisioning.State) *sight {
	v := &sight{who: i, numbers: map[routing.NumberID]struct{}{}, users: map[routing.UserID]struct{}{}}
	for _, n := range i.numbers {
		v.numbers[n] = struct{}{}
	}
	if st == nil || len(i.teams) == 0 {
		return v
	}
	for _, t := range st.Teams {
		if slices.Contains(i.teams, t.ID) {
			for _, u := range t.Users {
				v.users[u] = struct{}{}
			}
		}
	}
	for _, n := range st.Numbers {
		if slices.ContainsFunc(n.Teams, func(t routing.TeamID) bool { return slices.Contains(i.teams, t) }) {
			v.numbers[n.ID] = struct{}{}
		}
	}
	return v
}

// takes says whether an event is theirs to see.
func (v *sight) takes(e *provisioning.Event) bool {
	i := v.who
	family, _, _ := strings.Cut(e.Type, ".")
	switch {
	case bool(i.all):
		return true
	case e.Account == "" && i.account != "" && family != "trunk" && family != "operator" && family != "connector":
		return false // Of the whole machine; but trunks of no account are everybody's.
	case e.Account != "" && !bool(i.sees(e.Account)):
		return false
	case !bool(i.may(scopeOfEvents(family))):
		return false
	case v.lines != nil && family == "call":
		return v.ownLines(e)
	case v.lines != nil && (family == "message" || family == "conversation"):
		return slices.Contains(v.lines.Numbers, lineOf(e))
	case v.lines != nil && family == "notification":
		return toldTo(e) == v.lines.User
	case i.user != "", len(i.numbers) == 0 && len(i.teams) == 0:
		return true
	}
	return v.restricted(family, e)
}

// ownLines says whether a call is on a line of a person, or theirs.
func (v *sight) ownLines(e *provisioning.Event) bool {
	call, is := e.Call()
	return is && (slices.Contains(v.lines.Numbers, call.Call.NumberID) || call.Call.User == v.lines.User || call.User == v.lines.User)
}

// toldTo is whom a notification is for.
func toldTo(e *provisioning.Event) routing.UserID {
	var n struct {
		User routing.UserID `json:"user_id"`
	}
	if json.Unmarshal(e.Data, &n) != nil {
		return ""
	}
	return n.User
}

// restricted says whether an event is about the numbers and teams of a key.
func (v *sight) restricted(family string, e *provisioning.Event) bool {
	switch family {
	case "call":
		call, is := e.Call()
		if !is {
			return false
		}
		return has(v.numbers, call.Call.NumberID) || has(v.users, call.Call.User) || has(v.users, call.User)
	case "message", "conversation":
		return has(v.numbers, lineOf(e))
	case "number", "esim", "usage":
		return has(v.numbers, routing.NumberID(e.Subject))
	case "team":
		return slices.Contains(v.who.teams, routing.TeamID(e.Subject))
	case "user":
		return has(v.users, routing.UserID(e.Subject))
	}
	return false
}

// lineOf is the number that a message or a conversation is on.
func lineOf(e *provisioning.Event) routing.NumberID {
	if m, is := e.Message(); is {
		return routing.NumberID(m.Number)
	}
	if c, is := e.Conversation(); is {
		return routing.NumberID(c.Number)
	}
	return ""
}

func has[K comparable](set map[K]struct{}, k K) bool {
	_, in := set[k]
	return in
}

// scopeOfEvents is what one must be allowed to read to see the events of a family.
func scopeOfEvents(family string) provisioning.Scope {
	switch family {
	case "call", "queue", "callback", "supervision", "notification":
		return provisioning.CallsRead
	case "recording", "voicemail", "transcription":
		return provisioning.RecordingsRead
	case "user", "team", "device", "availability_reason":
		return provisioning.UsersRead
	case "number", "esim", "usage", "blocked_number":
		return provisioning.NumbersRead
	case "flow", "audio", "working_hours", "special_date":
		return provisioning.FlowsRead
	case "message", "conversation":
		return provisioning.MessagesRead
	case "contact", "tag":
		return provisioning.ContactsRead
	case "trunk", "operator", "connector":
		return provisioning.TrunksRead
	case "webhook":
		return provisioning.WebhooksRead
	}
	return provisioning.SystemRead
}
