package provisioning

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"tandem/messaging"
	"tandem/routing"
)

// PriorPost is a state and what messages saw of it; the zero value is none.
type PriorPost struct {
	State *State
	Post  *messaging.Snapshot
}

// Post is the state as messages want it. Of a state that came out of another what did not change between them is shared with what was made before.
func (s *State) Post(prior PriorPost) *messaging.Snapshot {
	was, last := prior.State, prior.Post
	if was == nil || last == nil {
		was, last = &State{}, &messaging.Snapshot{}
	}
	connectors := kept(was.Connectors, s.Connectors, last.Connectors)
	around := last.Lines != nil && connectors && same(was.Teams, s.Teams) && same(was.Devices, s.Devices) && same(was.Accounts, s.Accounts)
	if around && same(was.Numbers, s.Numbers) {
		return last
	}
	out := &messaging.Snapshot{Connectors: last.Connectors}
	if !connectors {
		out.Connectors = make(map[messaging.ConnectorID]*messaging.Connector, len(s.Connectors))
		for _, c := range s.Connectors {
			out.Connectors[c.ID] = c.switchboard()
		}
	}
	out.Lines, out.IMSIs = make(map[messaging.Address]*messaging.Line, len(s.Numbers)), map[string]*messaging.Line{}
	out.Numbers = make(map[messaging.NumberID]*messaging.Line, len(s.Numbers))
	p := s.postroom()
	for _, n := range s.Numbers {
		line := last.Lines[messaging.Address(n.E164)]
		if i, there := sorted(was.Numbers, string(n.ID)); !around || line == nil || !there || was.Numbers[i] != n {
			line = p.line(n)
		}
		out.Lines[line.E164], out.Numbers[line.Number] = line, line
		if m := n.mobile(); m != nil && m.IMSI != "" && n.Kind == routing.Direct {
			out.IMSIs[m.IMSI] = line
		}
	}
	return out
}

// postroom is what the lines of a state are made of.
type postroom struct {
	state     *State
	countries map[routing.AccountID]string
	teams     map[routing.TeamID]*Team
	phones    map[routing.UserID][]string // AORs of SIP phones
	ways      map[routing.OperatorID][]*Connector
}

func (s *State) postroom() *postroom {
	p := &postroom{
		state: s, countries: map[routing.AccountID]string{}, teams: map[routing.TeamID]*Team{}, phones: map[routing.UserID][]string{},
		ways: map[routing.OperatorID][]*Connector{},
	}
	for _, a := range s.Accounts {
		p.countries[a.ID] = a.Country
	}
	for _, t := range s.Teams {
		p.teams[t.ID] = t
	}
	for _, d := range s.Devices {
		if d.Kind == routing.SIPPhone {
			p.phones[d.User] = append(p.phones[d.User], d.AOR)
		}
	}
	for _, c := range s.Connectors {
		if c.Settings.Role == messaging.RoleOperator {
			p.ways[c.Settings.Operator] = append(p.ways[c.Settings.Operator], c)
		}
	}
	for _, ways := range p.ways {
		slices.SortStableFunc(ways, func(a, b *Connector) int { return nativeRank(a) - nativeRank(b) })
	}
	return p
}

// nativeRank orders the ways to a handset: those that can be used first, SMS over IP before SMPP (TS 23.204 section 6.4 tries the IP way first).
func nativeRank(c *Connector) int {
	rank := 1
	if c.Settings.Kind == messaging.KindIMS {
		rank = 0
	}
	if c.Settings.Disabled {
		rank += 2
	}
	return rank
}

// Line is a number as messages see it.
func (s *State) Line(n *Number) *messaging.Line { return s.postroom().line(n) }

// line is a number as messages see it.
func (p *postroom) line(n *Number) *messaging.Line {
	out := &messaging.Line{
		Account: messaging.AccountID(n.Account), Number: messaging.NumberID(n.ID), E164: messaging.Address(n.E164), Country: p.country(n),
		Path: messaging.PathInPath, Guard: n.guard(),
	}
	if m := n.Settings.Messaging; m != nil {
		out.Route = m.Connector
		if m.Path != "" {
			out.Path = m.Path
		}
	}
	users := slices.Clone(n.Users)
	for _, id := range n.Teams {
		if t := p.teams[id]; t != nil {
			users = append(users, t.Users...)
		}
	}
	for _, u := range users {
		if slices.Contains(out.Users, messaging.UserID(u)) {
			continue
		}
		out.Users = append(out.Users, messaging.UserID(u))
		out.Phones = append(out.Phones, p.phones[u]...)
	}
	m := n.mobile()
	if m == nil || n.Kind != routing.Direct {
		return out
	}
	ways := p.ways[m.Operator]
	if out.Route == "" {
		out.Route = usualRoute(ways)
	}
	if !m.Active {
		return out
	}
	native := &messaging.Native{IMSI: m.IMSI}
	for _, c := range ways {
		if !c.Settings.Disabled {
			native.Ways = append(native.Ways, c.ID)
		}
	}
	if len(native.Ways) > 0 {
		out.Native = native
	}
	return out
}

// usualRoute is the connector of an operator by which messages of its subscribers leave where nothing else is said: its SMSC, which knows the world; the core
// itself where there is none.
func usualRoute(ways []*Connector) messaging.ConnectorID {
	if len(ways) == 0 {
		return ""
	}
	for _, c := range ways {
		if c.Settings.Kind != messaging.KindIMS && !c.Settings.Disabled {
			return c.ID
		}
	}
	return ways[0].ID
}

// country is how national numbers that are written from a number are read: as in the country of its prefix.
func (p *postroom) country(n *Number) string {
	own := p.countries[n.Account]
	if digits, is := strings.CutPrefix(string(n.E164), "+33"); is && digits != "" {
		return "FR" // Most of them; the others are looked up.
	}
	parsed, err := phonenumbers.Parse(string(n.E164), "")
	if err != nil {
		return own
	}
	code := int(parsed.GetCountryCode())
	if phonenumbers.GetCountryCodeForRegion(own) == code {
		return own // Several countries share a code.
	}
	return phonenumbers.GetRegionCodeForCountryCode(code)
}
