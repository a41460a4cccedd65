package provisioning

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"tandem/routing"
	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// Records lists everything, kind by kind.
func (s *State) Records() []Record {
	var out []Record
	out = gather(out, s.Accounts)
	out = gather(out, s.Users)
	out = gather(out, s.Devices)
	out = gather(out, s.Teams)
	out = gather(out, s.Numbers)
	out = gather(out, s.Trunks)
	out = gather(out, s.Flows)
	out = gather(out, s.Audio)
	out = gather(out, s.Hours)
	out = gather(out, s.Dates)
	out = gather(out, s.Reasons)
	out = gather(out, s.Tags)
	out = gather(out, s.Blocked)
	out = gather(out, s.Contacts)
	out = gather(out, s.Webhooks)
	return gather(out, s.Keys)
}

func gather[R Record](to []Record, from []R) []Record {
	for _, r := range from {
		to = append(to, r)
	}
	return to
}

// Snapshot is the state as the switchboard wants it. A published flow that cannot be read is left out, and told in the error, beside
// everything else: one bad flow must not take the others down.
func (s *State) Snapshot(at time.Time) (*routing.Snapshot, error) {
	out := &routing.Snapshot{
		At:       at,
		Accounts: make(map[routing.AccountID]*routing.Account, len(s.Accounts)),
		Users:    make(map[routing.UserID]*routing.User, len(s.Users)),
		Teams:    make(map[routing.TeamID]*routing.Team, len(s.Teams)),
		Numbers:  make(map[routing.E164]*routing.Number, len(s.Numbers)),
		Trunks:   make(map[routing.TrunkID]*routing.Trunk, len(s.Trunks)),
		Devices:  make(map[string]*routing.Device, len(s.Devices)),
		Flows:    make(map[flow.ID]*flow.Flow, len(s.Flows)),
		Dates:    make(map[flow.DateID]calendar.Dates, len(s.Dates)),
		Hours:    make(map[routing.HoursID]calendar.Hours, len(s.Hours)),
	}
	s.accounts(out)
	s.people(out)
	for _, n := range s.Numbers {
		out.Numbers[n.E164] = &routing.Number{
			ID: n.ID, Account: n.Account, E164: n.E164, Name: n.Name, Kind: n.Kind, Flow: n.Flow, Users: n.Users, Teams: n.Teams,
			RingBeforeAnswer: n.RingBeforeAnswer, Outbound: n.Settings.Outbound, MustTag: n.Settings.MustTag, Priority: n.Settings.Priority,
			ESIM: n.Settings.ESIM != nil, Timezone: n.Settings.Timezone,
		}
	}
	for _, d := range s.Dates {
		out.Dates[d.ID] = d.Dates
	}
	for _, h := range s.Hours {
		out.Hours[h.ID] = h.Hours
	}
	for _, t := range s.Trunks {
		out.Trunks[t.ID] = t.switchboard()
	}
	var errs []error
	for _, f := range s.Flows {
		if f.Published == "" {
			continue
		}
		parsed, err := flow.Parse([]byte(f.Published))
		if err != nil {
			errs = append(errs, fmt.Errorf("flow %s: %w", f.ID, err))
			continue
		}
		parsed.ID, parsed.Version = f.ID, f.Version
		out.Flows[f.ID] = parsed
	}
	return out, errors.Join(errs...)
}

func (s *State) accounts(out *routing.Snapshot) {
	for _, a := range s.Accounts {
		out.Accounts[a.ID] = &routing.Account{
			ID: a.ID, Name: a.Name, Language: a.Language, Country: a.Country, Extensions: map[string]routing.UserID{},
			Timezone: cmp.Or(a.Settings.Timezone, "Europe/Paris"), AwayAfter: a.Settings.AwayAfter, Grace: a.Settings.Grace,
			Contacts: map[routing.E164]*routing.Contact{}, Blocked: map[routing.E164]struct{}{}, Reasons: map[routing.ReasonID]string{},
		}
	}
	for _, r := range s.Reasons {
		if a := out.Accounts[r.Account]; a != nil {
			a.Reasons[r.ID] = r.Name
		}
	}
	for _, b := range s.Blocked {
		if a := out.Accounts[b.Account]; a != nil {
			a.Blocked[b.E164] = struct{}{}
		}
	}
	for _, c := range s.Contacts {
		a := out.Accounts[c.Account]
		if a == nil {
			continue
		}
		contact := &routing.Contact{ID: c.ID, Name: c.Name, Tags: c.Tags, VIP: c.VIP}
		for _, n := range c.Numbers {
			a.Contacts[n] = contact
		}
	}
}

func (s *State) people(out *routing.Snapshot) {
	for _, u := range s.Users {
		out.Users[u.ID] = &routing.User{
			ID: u.ID, Account: u.Account, Name: u.Name, Email: u.Email, Extension: u.Extension, OutgoingOnly: u.OutgoingOnly,
			NeverRing: u.NeverRing, CallWaiting: u.CallWaiting, Availability: u.Availability, CallerID: u.CallerID, Voicemail: u.Voicemail,
			Reason: u.Settings.Reason, Hours: u.Settings.Hours, Timezone: u.Settings.Timezone, WrapUp: u.Settings.WrapUp, ForwardTo: u.Settings.ForwardTo,
		}
		if a := out.Accounts[u.Account]; a != nil && u.Extension != "" {
			a.Extensions[u.Extension] = u.ID
		}
	}
	for _, d := range s.Devices {
		r := &routing.Device{
			ID: d.ID, User: d.User, Kind: d.Kind, AOR: d.AOR, Username: d.Username, HA1MD5: string(d.HA1MD5), HA1SHA256: string(d.HA1SHA256),
		}
		out.Devices[d.AOR] = r
		if u := out.Users[d.User]; u != nil {
			u.Devices = append(u.Devices, r)
		}
	}
	for _, t := range s.Teams {
		out.Teams[t.ID] = &routing.Team{ID: t.ID, Account: t.Account, Name: t.Name, Users: t.Users, MustTag: t.MustTag}
	}
}

func (t *Trunk) switchboard() *routing.Trunk {
	return &routing.Trunk{
		ID: t.ID, Account: t.Account, Name: t.Name, Sources: t.Sources, Servers: t.Servers, InUsername: t.InUsername,
		InHA1MD5: string(t.InHA1MD5), InHA1SHA256: string(t.InHA1SHA256), OutUsername: t.OutUsername, OutPassword: string(t.OutPassword),
		OutRealm: t.OutRealm, Domain: t.Domain, Register: t.Register, OptionsEvery: t.OptionsEvery, Country: t.Country, Dial: t.Dial,
		Emergency: t.Emergency, Priority: t.Priority, MediaAllow: t.MediaAllow, MaxCalls: t.MaxCalls, TrustPAI: t.TrustPAI,
	}
}
