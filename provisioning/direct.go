package provisioning

import (
	"fmt"
	"slices"

	"tandem/routing"
	"tandem/routing/flow"
)

// directRefusals name each node that the flow of a direct number, or of one that is on its way to be one, cannot have (SPEC D7, D9, D16, D18).
func (s *State) directRefusals(f *Flow, parsed *flow.Flow) Refusals {
	c := s.Catalog(f, nil)
	line := c.Line()
	if line.Kind != flow.DirectLine {
		return nil
	}
	return violationRefusals(parsed, line.User, c)
}

// violationRefusals name each node that the flow of a user's direct number cannot have.
func violationRefusals(f *flow.Flow, user routing.UserID, lines flow.Lines) Refusals {
	var out Refusals
	order := f.Order()
	for _, v := range flow.Violations(f, user, lines) {
		code, row := "direct_number_widget", "D18"
		switch v.Why {
		case flow.WhyTeam, flow.WhyOtherUser:
			code, row = codeSingleUser, "D16"
		case flow.WhyRedirectTeam:
			code, row = "direct_number_no_team", "D9"
		}
		out = append(out, &Refusal{
			Code: code, Row: row, Location: fmt.Sprintf("body.nodes[%d].%s", slices.Index(order, v.Node), v.Path),
			Args: map[string]string{"node": string(v.Node), "type": string(f.Nodes[v.Node].Kind()), "why": v.Why},
			Text: "node " + string(v.Node) + ": " + v.Text,
		})
	}
	return out
}

// reassigned is a copy of a flow in which every Ring-to rings one user, and everything else is as it was (SPEC D6).
func reassigned(f *flow.Flow, u routing.UserID) *flow.Flow {
	out, _, _ := flow.ForUser(f, u, flow.AnyLine{})
	return out
}

// serves lists the numbers of a flow.
func (s *State) serves(f flow.ID) []*Number {
	var out []*Number
	for _, n := range s.Numbers {
		if n.Flow == f {
			out = append(out, n)
		}
	}
	return out
}

// freeName is a name that no flow of the account has: the one asked for, or that with a number behind it.
func (s *State) freeName(account routing.AccountID, name string) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(s.Flows, func(f *Flow) bool { return f.Account == account && f.Name == n })
	}
	free := name
	for i := 2; taken(free); i++ {
		free = fmt.Sprintf("%s (%d)", name, i)
	}
	return free
}
