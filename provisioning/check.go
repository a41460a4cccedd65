package provisioning

import (
	"slices"
	"strings"

	"tandem/routing"
	"tandem/routing/flow"
)

// check finds what can only be seen once everything is read: names that name nothing, and the rules between records.
func (s *Site) check() {
	s.checkExtensions()
	for _, u := range s.users {
		s.checkUser(u)
	}
	for _, t := range s.teams {
		s.checkUsers(t.path, t.record.Account, t.record.Users)
	}
	for _, n := range s.numbers {
		s.checkNumber(n)
	}
	for _, f := range s.flows {
		s.checkFlow(f)
	}
}

// checkExtensions finds extensions that are malformed or taken, and says by whom (SPEC X1).
func (s *Site) checkExtensions() {
	byAccount := map[routing.AccountID]map[string]int{}
	for i, u := range s.users {
		r := u.record
		if r.Extension == "" {
			continue
		}
		if err := CheckExtension(r.Extension); err != nil {
			s.doc.refuse(u.path+".extension", "X1", "%q: %s", r.Extension, err)
			continue
		}
		taken := byAccount[r.Account]
		if taken == nil {
			taken = map[string]int{}
			byAccount[r.Account] = taken
		}
		if first, is := taken[r.Extension]; is {
			other := s.users[first]
			s.doc.refuse(u.path+".extension", "X1", "the extension %s is taken by %s (line %d)", r.Extension, other.record.Email,
				s.doc.line(other.path+".extension"))
			continue
		}
		taken[r.Extension] = i
	}
}

func (s *Site) checkUser(u declared[User]) {
	r := u.record
	if r.CallerID != "" {
		if err := CheckE164(r.CallerID); err != nil {
			s.doc.refuse(u.path+".caller_id", "O12", "%q is %s", string(r.CallerID), err)
		} else if find(s.numbers, func(n *Number) bool { return n.E164 == r.CallerID && n.Account == r.Account }) == nil {
			s.doc.refuse(u.path+".caller_id", "", "the account has no number %s", string(r.CallerID))
		}
	}
	if v := r.Voicemail; v != nil && v.Greeting != "" && !bool(s.catalog(r.Account).Audio(v.Greeting)) {
		s.doc.refuse(u.path+".voicemail.greeting", "", "there is no audio %s", v.Greeting)
	}
}

// checkUsers finds e-mail addresses of nobody in the account.
func (s *Site) checkUsers(path string, account routing.AccountID, users []routing.UserID) {
	for _, id := range users {
		if !s.hasUser(account, id) {
			var all []string
			for _, u := range s.users {
				all = append(all, u.record.Email)
			}
			s.doc.refuse(path+".users", "", "unknown user %q%s", string(id), didYouMean(string(id), all))
		}
	}
}

func (s *Site) hasUser(account routing.AccountID, id routing.UserID) bool {
	return find(s.users, func(u *User) bool { return u.ID == id && u.Account == account }) != nil
}

func (s *Site) checkNumber(n declared[Number]) {
	r := n.record
	s.checkUsers(n.path, r.Account, r.Users)
	for _, id := range r.Teams {
		if find(s.teams, func(t *Team) bool { return t.ID == id && t.Account == r.Account }) == nil {
			var all []string
			for _, t := range s.teams {
				all = append(all, t.record.Name)
			}
			s.doc.refuse(n.path+".teams", "", "unknown team %q%s", string(id), didYouMean(string(id), all))
		}
	}
	s.doc.refused(n.path, r.kindRefusals())
	s.checkNumberFlow(n)
}

func (s *Site) checkNumberFlow(n declared[Number]) {
	r := n.record
	if r.Flow == "" {
		if r.Kind == routing.Shared {
			s.doc.refuse(n.path, "", "the shared line %s needs a flow", string(r.E164))
		}
		return
	}
	if r.Kind == routing.Unconfigured {
		s.doc.refuse(n.path+".flow", "D3", "%s is unconfigured: make it direct or shared to give it a flow", string(r.E164))
	}
	f := find(s.flows, func(f *declaredFlow) bool { return f.flow.ID == r.Flow && f.account == r.Account })
	if f == nil {
		var all []string
		for _, f := range s.flows {
			all = append(all, f.record.flow.Name)
		}
		s.doc.refuse(n.path+".flow", "", "unknown flow %q%s", string(r.Flow), didYouMean(string(r.Flow), all))
		return
	}
	if r.Kind != routing.Direct || len(r.Users) != 1 {
		return
	}
	for _, one := range violationRefusals(f.record.flow, r.Users[0], s.catalog(r.Account)) {
		s.doc.refuse(n.path+".flow", "E05", "flow %s: %s", string(r.Flow), one.Text)
	}
}

// checkFlow asks the rules of flows; a draft may break them (SPEC F7).
func (s *Site) checkFlow(f declared[declaredFlow]) {
	if f.record.draft {
		return
	}
	for _, p := range flow.Lint(f.record.flow, s.catalog(f.record.account)) {
		if !p.Code.Blocks() {
			continue
		}
		if f.record.made != "" {
			p.Path = "" // Its nodes stand nowhere in the file.
		}
		s.flowProblem(f.path, p)
	}
}

// catalog answers what a flow asks about an account, by the names of the file.
func (s *Site) catalog(account routing.AccountID) siteCatalog {
	return siteCatalog{site: s, account: account}
}

type siteCatalog struct {
	flow.AnyLine

	site    *Site
	account routing.AccountID
}

// User implements flow.Catalog.
func (c siteCatalog) User(id flow.UserID) flow.Reach {
	u := find(c.site.users, func(u *User) bool { return strings.EqualFold(string(u.ID), string(id)) && u.Account == c.account })
	switch {
	case u == nil:
		return flow.Unknown
	case u.record.OutgoingOnly:
		return flow.OutgoingOnly
	}
	return flow.Reachable
}

// Team implements flow.Catalog.
func (c siteCatalog) Team(id flow.TeamID) ([]flow.UserID, flow.Has) {
	t := find(c.site.teams, func(t *Team) bool { return t.ID == id && t.Account == c.account })
	if t == nil {
		return nil, false
	}
	return t.record.Users, true
}

// Audio implements flow.Catalog.
func (c siteCatalog) Audio(id flow.AudioID) flow.Has {
	ours := find(c.site.audio, func(a *Audio) bool { return a.ID == id && a.Account == c.account }) != nil
	return flow.Has(ours || len(c.site.prompts) == 0 || slices.Contains(c.site.prompts, id))
}

// Number implements flow.Catalog.
func (c siteCatalog) Number(id flow.NumberID) flow.Has {
	return find(c.site.numbers, func(n *Number) bool { return n.ID == id && n.Account == c.account }) != nil
}

// ExtensionPrefix implements flow.Catalog.
func (c siteCatalog) ExtensionPrefix(digits string) flow.Has {
	return find(c.site.users, func(u *User) bool { return u.Account == c.account && strings.HasPrefix(u.Extension, digits) }) != nil
}

// Date implements flow.Catalog: a site file declares no special dates.
func (c siteCatalog) Date(flow.DateID) flow.Has { return false }

// Tag implements flow.Catalog: a site file declares no tags, and whoever writes one may mean those that the office has.
func (c siteCatalog) Tag(string) flow.Has { return true }
