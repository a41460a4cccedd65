package web

import (
	"context"
	"net/http"
	"slices"

	"tandem/provisioning"
	"tandem/routing"
)

// linesOf is what who asks sees of an account's calls; nil: all of them. An agent sees the lines they are assigned to, reach through a team or hold outbound
// rights on (SPEC L16), a supervisor those of their teams too, and a key that was made for numbers or teams no others.
func (s *Server) linesOf(i identity) *provisioning.Lines {
	if bool(i.all) || i.account == "" {
		return nil
	}
	switch i.role {
	case provisioning.RoleOwner, provisioning.RoleAdmin, provisioning.RoleReadonly, provisioning.RoleCarrier:
		return nil
	case provisioning.RoleSupervisor, provisioning.RoleAgent:
	case "":
		if len(i.numbers) == 0 && len(i.teams) == 0 {
			return nil
		}
	}
	names := s.teller().names
	lines := &provisioning.Lines{Numbers: slices.Clone(i.numbers), User: i.user}
	for _, n := range names.Numbers {
		if n.Account != i.account || slices.Contains(lines.Numbers, n.ID) {
			continue
		}
		ofTeam := slices.ContainsFunc(n.Teams, func(t routing.TeamID) bool { return slices.Contains(i.teams, t) })
		if ofTeam || (i.user != "" && names.MayShow(i.user, n)) {
			lines.Numbers = append(lines.Numbers, n.ID)
		}
	}
	slices.Sort(lines.Numbers)
	return lines
}

// seesCall says whether a call is theirs to see.
func (s *Server) seesCall(i identity, c LiveCall) everything {
	if !i.sees(c.Record.Account) {
		return false
	}
	lines := s.linesOf(i)
	if lines == nil {
		return true
	}
	r := c.Record
	if slices.Contains(lines.Numbers, r.NumberID) && r.NumberID != "" {
		return true
	}
	return everything(lines.User != "" && (r.User == lines.User || r.AssignedTo == lines.User || slices.Contains(c.Users, lines.User)))
}

// callFor finds a call that who asks may see; any other is as if it were not there.
func (s *Server) callFor(ctx context.Context, ref string) (LiveCall, error) {
	c, err := s.find(ctx, ref)
	if err == nil && !s.seesCall(who(ctx), c) {
		return LiveCall{}, noCall(ref)
	}
	return c, err
}

func noCall(ref string) error {
	p := problem(http.StatusNotFound, codeNotFound, "there is no call "+ref)
	p.args = map[string]string{"kind": "call", "id": ref}
	return p
}
