package provisioning

import (
	"crypto/rand"
	"encoding/base64"
	"slices"

	"tandem/messaging"
	"tandem/routing"
	"tandem/routing/flow"
)

// wantedDocuments are the documents that the site declares.
func (p *planner) wantedDocuments(out []Record) []Record {
	for _, d := range p.site.documents {
		ref := d.record.Ref()
		account := p.account(ref.Account)
		id := p.ids[ref.Kind][key{account, ref.Name}]
		switch r := d.record.(type) {
		case *WorkingHours:
			c := *r
			c.ID, c.Account = routing.HoursID(id), account
			out = append(out, &c)
		case *SpecialDate:
			c := *r
			c.ID, c.Account = ids{p, account}.Date(c.ID), account
			out = append(out, &c)
		case *Reason:
			c := *r
			c.ID, c.Account = routing.ReasonID(id), account
			out = append(out, &c)
		case *Tag:
			c := *r
			c.ID, c.Account = id, account
			out = append(out, &c)
		case *BlockedNumber:
			c := *r
			c.ID, c.Account = id, account
			out = append(out, &c)
		case *Webhook:
			c := *r
			c.ID, c.Account = id, account
			p.keepWebhook(d.path, &c)
			out = append(out, &c)
		}
	}
	return out
}

// keepWebhook leaves a webhook the secret and the fate that it has, where the file gives it none.
func (p *planner) keepWebhook(path string, w *Webhook) {
	before, is := p.before(KindWebhook, w.ID).(*Webhook)
	if is {
		w.Former, w.Until = before.Former, before.Until
		if before.Disabled == w.Disabled {
			w.Why = before.Why
		}
	}
	switch {
	case w.Secret != "":
	case is:
		w.Secret = before.Secret
	default:
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			p.doc.refuse(path, "", "no secret could be made: %s", err)
		}
		w.Secret = Secret("whsec_" + base64.StdEncoding.EncodeToString(raw))
	}
}

// keepPassword leaves a device the password that it has, where the file gives it none.
func (p *planner) keepPassword(path string, d *Device) {
	if d.HA1MD5 != "" {
		return
	}
	before, is := p.before(KindDevice, string(d.ID)).(*Device)
	if !is {
		p.doc.refuse(path, "", "password is missing: the device %s is new", d.Username)
		return
	}
	d.HA1MD5, d.HA1SHA256 = before.HA1MD5, before.HA1SHA256
}

// keepTrunkPasswords leaves a trunk the passwords that it has, where the file gives it none.
func (p *planner) keepTrunkPasswords(path string, t *Trunk) {
	before, is := p.before(KindTrunk, string(t.ID)).(*Trunk)
	if t.InUsername != "" && t.InHA1MD5 == "" {
		if !is || before.InUsername != t.InUsername || before.InHA1MD5 == "" {
			p.doc.refuse(path+".in_username", "", "in_username and in_password go together: in_password is missing")
			return
		}
		t.InHA1MD5, t.InHA1SHA256 = before.InHA1MD5, before.InHA1SHA256
	}
	if t.OutUsername != "" && t.OutPassword == "" {
		if !is || before.OutUsername != t.OutUsername || before.OutPassword == "" {
			p.doc.refuse(path+".out_username", "", "out_username and out_password go together: out_password is missing")
			return
		}
		t.OutPassword = before.OutPassword
	}
}

// keptAudio is a sound whose content stays what it is.
func (p *planner) keptAudio(out []Record, path string, a *Audio) []Record {
	before, is := p.before(KindAudio, string(a.ID)).(*Audio)
	if !is || before.SHA256 != a.SHA256 {
		p.doc.refuse(path+".sha256", "", "the records have no sound %s with this content: give its file", a.Name)
		return out
	}
	return append(out, before)
}

// userSettings puts ids in the place of names, and keeps what a site file does not say: the password.
func (p *planner) userSettings(u *User) {
	s := &u.Settings
	s.Hours = routing.HoursID(p.optional(KindHours, key{u.Account, string(s.Hours)}))
	s.Reason = routing.ReasonID(p.optional(KindReason, key{u.Account, string(s.Reason)}))
	var teams []routing.TeamID
	for _, t := range s.Teams {
		teams = append(teams, p.team(u.Account, t))
	}
	s.Teams = teams
	if before, is := p.before(KindUser, string(u.ID)).(*User); is {
		u.Password = before.Password
	}
}

// optional is the id of what has a name, where one was given.
func (p *planner) optional(kind Kind, k key) string {
	if k.name == "" {
		return ""
	}
	return p.id(kind, k)
}

// numberSettings puts ids in the place of names, and keeps what a site file does not say: a conversion that is under way.
func (p *planner) numberSettings(path string, n *Number) {
	n.Settings.Outbound = p.users(n.Settings.Outbound)
	if n.Settings.Legacy != nil {
		n.Settings.Legacy = p.legacy(n.Account, n.Settings.Legacy)
	}
	if m := n.Settings.Messaging; m != nil && m.Connector != "" {
		next := *m
		next.Connector = messaging.ConnectorID(p.id(KindConnector, key{"", string(m.Connector)}))
		n.Settings.Messaging = &next
	}
	before, is := p.before(KindNumber, string(n.ID)).(*Number)
	p.wantedESIM(path, n, before)
	if is {
		if n.Kind == before.Kind {
			n.Settings.Conversion = before.Settings.Conversion
		}
	}
}

// legacy puts ids in the place of the names in a legacy number's settings.
func (p *planner) legacy(account routing.AccountID, from *Legacy) *Legacy {
	out := *from
	s := &out.Settings
	s.Welcome, s.Menu, s.Music = p.audio(account, s.Welcome), p.audio(account, s.Menu), p.audio(account, s.Music)
	out.Closed = p.audio(account, out.Closed)
	if s.Voicemail != nil {
		v := *s.Voicemail
		v.Greeting = p.audio(account, v.Greeting)
		s.Voicemail = &v
	}
	ring := func(r flow.RingTo) flow.RingTo {
		r.Users, r.Team = p.users(r.Users), p.team(account, r.Team)
		return r
	}
	s.Ring = ring(s.Ring)
	s.Options = slices.Clone(s.Options)
	for i := range s.Options {
		s.Options[i].Ring = ring(s.Options[i].Ring)
	}
	return &out
}
