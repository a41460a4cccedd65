package provisioning

import (
	"slices"

	"tandem/routing"
)

// checkTeam asks the rules of teams.
func (s *State) checkTeam(before, after *Team) Refusals {
	out := checkName(after.Name)
	out = append(out, nameTaken(s.Teams, after, "body.name")...)
	out = append(out, s.checkMembers(after.Account, after.Users, "body.user_ids")...)
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	return out
}

// checkMembers says what is wrong with a list of users: somebody of no account or of another, or who is there twice.
func (s *State) checkMembers(account routing.AccountID, users []routing.UserID, location string) Refusals {
	var out Refusals
	seen := make(map[routing.UserID]struct{}, len(users))
	for _, id := range users {
		if _, again := seen[id]; again {
			out = append(out, twice(location, string(id)))
			continue
		}
		seen[id] = struct{}{}
		out = append(out, s.known(KindUser, string(id), account, location)...)
	}
	return out
}

// twice refuses a value that is in a list already.
func twice(location, value string) *Refusal {
	return &Refusal{Code: "twice", Location: location, Args: map[string]string{"value": value}, Text: value + " is there twice"}
}

// leaveTeam refuses while a published flow rings the team, or a key is for it alone: without the team the key would open everything. The lines that it can be
// reached by, and the supervisors who look after it, are without it.
func (s *State) leaveTeam(t *Team) ([]Change, Refusals) {
	var where []string
	for _, name := range s.FlowsNaming(t.Account, string(t.ID)) {
		where = append(where, "the flow "+name)
	}
	for _, k := range s.Keys {
		if slices.Contains(k.Teams, t.ID) {
			where = append(where, "the key "+k.Name)
		}
	}
	if refused := inUse(t, where); len(refused) > 0 {
		return nil, refused
	}
	var out []Change
	for _, n := range s.Numbers {
		if slices.Contains(n.Teams, t.ID) {
			next := *n
			next.Teams = without(n.Teams, t.ID)
			out = append(out, updated(n, &next))
		}
	}
	for _, u := range s.Users {
		if slices.Contains(u.Settings.Teams, t.ID) {
			next := *u
			next.Settings.Teams = without(u.Settings.Teams, t.ID)
			out = append(out, updated(u, &next))
		}
	}
	return out, nil
}
