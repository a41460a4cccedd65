package provisioning

import (
	"slices"
	"strings"

	"tandem/routing"
	"tandem/routing/flow"
)

// Catalog answers what the rules of flows ask about a flow's account, and about the numbers that it is for. Prompts are the sounds that come with the
// product; where none are given, a sound that the account does not have is taken for one of them.
func (s *State) Catalog(f *Flow, prompts []flow.AudioID) flow.Catalog {
	return stateCatalog{state: s, account: f.Account, flow: f.ID, prompts: prompts}
}

type stateCatalog struct {
	flow.AnyLine // what is not known here: trunks that reject, and sounds brought along

	state   *State
	account routing.AccountID
	flow    flow.ID
	prompts []flow.AudioID
}

// Date implements flow.Catalog.
func (c stateCatalog) Date(id flow.DateID) flow.Has { return c.has(KindSpecialDate, string(id)) }

// Tag implements flow.Catalog.
func (c stateCatalog) Tag(id string) flow.Has { return c.has(KindTag, id) }

// has says whether the account has a record.
func (c stateCatalog) has(k Kind, id string) flow.Has {
	r := c.state.Find(k, id)
	return flow.Has(r != nil && r.Ref().Account == c.account)
}

// Line implements flow.Catalog: of the first direct number that the flow is for, or is about to be.
func (c stateCatalog) Line() flow.Line {
	line := flow.Line{}
	for _, n := range c.state.Numbers {
		begun := n.Settings.Conversion
		switch {
		case begun != nil && begun.Flow == c.flow:
			return flow.Line{Kind: flow.DirectLine, User: begun.User}
		case n.Flow == c.flow && n.Kind == routing.Direct:
			line.Kind = flow.DirectLine
			if len(n.Users) == 1 {
				line.User = n.Users[0]
			}
			return line
		case n.Flow == c.flow:
			line.Kind = flow.SharedLine
		}
	}
	return line
}

// FlowOf implements flow.Catalog.
func (c stateCatalog) FlowOf(id flow.NumberID) *flow.Flow {
	n, is := c.state.Find(KindNumber, string(id)).(*Number)
	if !is || n.Account != c.account {
		return nil
	}
	return c.state.flowOf(n)
}

// User implements flow.Catalog.
func (c stateCatalog) User(id flow.UserID) flow.Reach {
	u, is := c.state.Find(KindUser, string(id)).(*User)
	switch {
	case !is || u.Account != c.account:
		return flow.Unknown
	case u.OutgoingOnly:
		return flow.OutgoingOnly
	}
	return flow.Reachable
}

// Team implements flow.Catalog.
func (c stateCatalog) Team(id flow.TeamID) ([]flow.UserID, flow.Has) {
	t, is := c.state.Find(KindTeam, string(id)).(*Team)
	if !is || t.Account != c.account {
		return nil, false
	}
	return t.Users, true
}

// Audio implements flow.Catalog.
func (c stateCatalog) Audio(id flow.AudioID) flow.Has {
	a, is := c.state.Find(KindAudio, string(id)).(*Audio)
	ours := is && a.Account == c.account
	return flow.Has(ours || len(c.prompts) == 0 || slices.Contains(c.prompts, id))
}

// Number implements flow.Catalog.
func (c stateCatalog) Number(id flow.NumberID) flow.Has { return c.has(KindNumber, string(id)) }

// ExtensionPrefix implements flow.Catalog.
func (c stateCatalog) ExtensionPrefix(digits string) flow.Has {
	return flow.Has(slices.ContainsFunc(c.state.Users, func(u *User) bool { return u.Account == c.account && strings.HasPrefix(u.Extension, digits) }))
}
