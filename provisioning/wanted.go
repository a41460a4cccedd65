package provisioning

import (
	"tandem/routing"
	"tandem/routing/flow"
)

// wanted are the records that the site declares, with ids in the place of names, each after those that it names.
func (p *planner) wanted() []Record {
	var out []Record
	for _, a := range p.site.accounts {
		r := a.record
		r.ID = p.account(r.ID)
		out = append(out, &r)
	}
	for _, a := range p.site.audio {
		r := a.record
		r.Account = p.account(r.Account)
		r.ID = flow.AudioID(p.ids[KindAudio][key{r.Account, r.Name}])
		if r.Size == sizeKept {
			out = p.keptAudio(out, a.path, &r)
			continue
		}
		if r.Content == nil {
			p.doc.refuse(a.path+".file", "", "the sound %s was not loaded", r.Name)
		}
		out = append(out, &r)
	}
	out = p.wantedDocuments(out)
	out = p.wantedPeople(out)
	for _, f := range p.site.flows {
		if r := p.wantedFlow(f); r != nil {
			out = append(out, r)
		}
	}
	for _, n := range p.site.numbers {
		out = append(out, p.wantedNumber(n))
	}
	for _, t := range p.site.trunks {
		r := t.record
		r.ID = routing.TrunkID(p.ids[KindTrunk][key{"", r.Name}])
		p.keepTrunkPasswords(t.path, &r)
		if r.Account != "" {
			r.Account = p.account(r.Account)
		}
		out = append(out, &r)
	}
	for _, o := range p.site.operators {
		out = append(out, p.wantedOperator(o))
	}
	for _, c := range p.site.connectors {
		out = append(out, p.wantedConnector(c))
	}
	return out
}

func (p *planner) wantedPeople(out []Record) []Record {
	extensions := p.extensions()
	for _, u := range p.site.users {
		r := u.record
		r.Account = p.account(r.Account)
		r.ID = routing.UserID(p.ids[KindUser][key{"", r.Email}])
		p.userSettings(&r)
		if r.Extension == "" {
			r.Extension = p.extension(u.path, &r, extensions[r.Account])
		}
		if r.Voicemail != nil {
			v := *r.Voicemail
			v.Greeting = p.audio(r.Account, v.Greeting)
			r.Voicemail = &v
		}
		out = append(out, &r)
	}
	for _, d := range p.site.devices {
		r := d.record
		r.Account = p.account(r.Account)
		r.ID = routing.DeviceID(p.ids[KindDevice][key{"", r.AOR}])
		r.User = p.user(r.User)
		p.keepPassword(d.path, &r)
		out = append(out, &r)
	}
	for _, t := range p.site.teams {
		r := t.record
		r.Account = p.account(r.Account)
		r.ID = routing.TeamID(p.ids[KindTeam][key{r.Account, r.Name}])
		r.Users = p.users(r.Users)
		out = append(out, &r)
	}
	return out
}

// extensions says who has which: everybody who stays and whom the file does not name, then everybody to whom the file gives one (SPEC X1).
func (p *planner) extensions() map[routing.AccountID]*Extensions {
	out := map[routing.AccountID]*Extensions{}
	for _, a := range p.site.accounts {
		id := p.account(a.record.ID)
		out[id] = NewExtensions(id, p.current.Freed, p.now)
	}
	for _, u := range p.current.Users {
		_, declared := p.kept[string(u.ID)]
		if e := out[u.Account]; e != nil && !declared && !p.site.prune {
			_ = e.Take(u.Extension, u.Email) // It was in order when it was given.
		}
	}
	for _, u := range p.site.users {
		if u.record.Extension == "" {
			continue
		}
		if err := out[p.account(u.record.Account)].Take(u.record.Extension, u.record.Email); err != nil {
			p.doc.refuse(u.path+".extension", "X1", "%s", err)
		}
	}
	return out
}

// extension keeps the one that the user has, where nobody else asked for it, or finds a free one.
func (p *planner) extension(path string, u *User, e *Extensions) string {
	if before, is := p.before(KindUser, string(u.ID)).(*User); is && before.Extension != "" && e.Take(before.Extension, u.Email) == nil {
		return before.Extension
	}
	next, err := e.Next()
	if err == nil {
		err = e.Take(next, u.Email)
	}
	if err != nil {
		p.doc.refuse(path, "X1", "%s", err)
	}
	return next
}

func (p *planner) wantedNumber(n declared[Number]) *Number {
	r := n.record
	r.Account = p.account(r.Account)
	r.ID = routing.NumberID(p.ids[KindNumber][key{"", string(r.E164)}])
	if r.Flow != "" {
		r.Flow = flow.ID(p.ids[KindFlow][key{r.Account, string(r.Flow)}])
	}
	r.Users = p.users(r.Users)
	p.numberSettings(n.path, &r)
	var teams []routing.TeamID
	for _, t := range r.Teams {
		teams = append(teams, p.team(r.Account, t))
	}
	r.Teams = teams
	before, _ := p.before(KindNumber, string(r.ID)).(*Number)
	p.doc.refused(n.path, r.conversionRefusals(before))
	return &r
}

// wantedFlow puts ids into a flow, and publishes it or keeps it as a draft beside what is published (SPEC F2).
func (p *planner) wantedFlow(f declared[declaredFlow]) *Flow {
	account := p.account(f.record.account)
	id := p.ids[KindFlow][key{account, f.record.flow.Name}]
	body, err := flow.Marshal(flow.Rename(f.record.flow, ids{p, account}))
	if err != nil {
		p.doc.refuse(f.path, "", "%s", err)
		return nil
	}
	r := &Flow{ID: flow.ID(id), Account: account, Name: f.record.flow.Name}
	before, is := p.before(KindFlow, id).(*Flow)
	if is {
		r.Version, r.Published, r.Draft, r.Base = before.Version, before.Published, before.Draft, before.Base
	}
	if f.record.beside != nil {
		draft, err := flow.Marshal(flow.Rename(f.record.beside, ids{p, account}))
		if err != nil {
			p.doc.refuse(f.path+".draft", "", "%s", err)
			return nil
		}
		r.Draft = string(draft)
	}
	switch {
	case f.record.draft && r.Published != string(body):
		r.Draft, r.Base = string(body), r.Version
	case !f.record.draft && r.Published != string(body):
		r.Version++
		r.Published = string(body)
	}
	if !f.record.draft && r.Draft == string(body) || r.Draft == "" {
		r.Draft, r.Base = "", 0 // What was a draft is published now.
	}
	return r
}
