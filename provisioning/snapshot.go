package provisioning

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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
	out = gather(out, s.Keys)
	out = gather(out, s.Operators)
	return gather(out, s.Connectors)
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
	return s.SnapshotAfter(Prior{}, at)
}

// Prior is a state and the snapshot that was made of it; the zero value is none.
type Prior struct {
	State    *State
	Snapshot *routing.Snapshot
}

// SnapshotAfter is Snapshot for a state that came out of another: what did not change between them is shared with the snapshot before, and a flow whose
// published version is the same is not read again.
func (s *State) SnapshotAfter(prior Prior, at time.Time) (*routing.Snapshot, error) {
	was, last := prior.State, prior.Snapshot
	if was == nil || last == nil {
		was, last = &State{}, &routing.Snapshot{}
	}
	out := *last
	out.At = at
	numbers := kept(was.Numbers, s.Numbers, last.Numbers)
	if !numbers {
		s.numbers(&out)
	}
	// Users point at the numbers that their handsets ring for.
	users := kept(was.Devices, s.Devices, last.Devices) && kept(was.Users, s.Users, last.Users) && (numbers || !s.anyMobile() && !was.anyMobile())
	if !users {
		s.people(&out)
		s.mobiles(&out)
	}
	if !kept(was.Teams, s.Teams, last.Teams) {
		out.Teams = make(map[routing.TeamID]*routing.Team, len(s.Teams))
		for _, t := range s.Teams {
			out.Teams[t.ID] = &routing.Team{ID: t.ID, Account: t.Account, Name: t.Name, Users: t.Users, MustTag: t.MustTag}
		}
	}
	if !users || !kept(was.Accounts, s.Accounts, last.Accounts) || !same(was.Reasons, s.Reasons) || !same(was.Blocked, s.Blocked) ||
		!same(was.Contacts, s.Contacts) {
		s.accounts(&out, was, last)
	}
	if !kept(was.Operators, s.Operators, last.Operators) {
		out.Operators = make(map[routing.OperatorID]*routing.Operator, len(s.Operators))
		for _, o := range s.Operators {
			out.Operators[o.ID] = o.switchboard()
		}
	}
	if !kept(was.Trunks, s.Trunks, last.Trunks) {
		out.Trunks = make(map[routing.TrunkID]*routing.Trunk, len(s.Trunks))
		for _, t := range s.Trunks {
			out.Trunks[t.ID] = t.switchboard()
		}
	}
	s.calendars(&out, was, last)
	if kept(was.Flows, s.Flows, last.Flows) {
		return &out, nil
	}
	return &out, s.flows(&out, was, last)
}

// calendars lists special dates and working hours.
func (s *State) calendars(out *routing.Snapshot, was *State, last *routing.Snapshot) {
	if !kept(was.Dates, s.Dates, last.Dates) {
		out.Dates = make(map[flow.DateID]calendar.Dates, len(s.Dates))
		for _, d := range s.Dates {
			out.Dates[d.ID] = d.Dates
		}
	}
	if !kept(was.Hours, s.Hours, last.Hours) {
		out.Hours = make(map[routing.HoursID]calendar.Hours, len(s.Hours))
		for _, h := range s.Hours {
			out.Hours[h.ID] = h.Hours
		}
	}
}

// kept says whether what was made of a list can be used again: there is some, and the list is the very same.
func kept[R comparable, K comparable, V any](before, after []R, made map[K]V) bool {
	return made != nil && same(before, after)
}

// same says whether two lists hold the very same records.
func same[R comparable](a, b []R) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b))
}

func (s *State) numbers(out *routing.Snapshot) {
	out.Numbers = make(map[routing.E164]*routing.Number, len(s.Numbers))
	for _, n := range s.Numbers {
		out.Numbers[n.E164] = &routing.Number{
			ID: n.ID, Account: n.Account, E164: n.E164, Name: n.Name, Kind: n.Kind, Flow: n.Flow, Users: n.Users, Teams: n.Teams,
			RingBeforeAnswer: n.RingBeforeAnswer, Outbound: n.Settings.Outbound, MustTag: n.Settings.MustTag, Priority: n.Settings.Priority,
			Timezone: n.Settings.Timezone, Mobile: n.mobile(),
		}
	}
}

// flows reads the published flows; those that are as they were are taken from the last snapshot.
func (s *State) flows(out *routing.Snapshot, was *State, last *routing.Snapshot) error {
	before := make(map[flow.ID]*Flow, len(was.Flows))
	for _, f := range was.Flows {
		before[f.ID] = f
	}
	out.Flows = make(map[flow.ID]*flow.Flow, len(s.Flows))
	var errs []error
	for _, f := range s.Flows {
		if f.Published == "" {
			continue
		}
		if old, read := before[f.ID], last.Flows[f.ID]; old != nil && read != nil && old.Version == f.Version && old.Published == f.Published {
			out.Flows[f.ID] = read
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
	return errors.Join(errs...)
}

func (s *State) accounts(out *routing.Snapshot, was *State, last *routing.Snapshot) {
	out.Accounts = make(map[routing.AccountID]*routing.Account, len(s.Accounts))
	known := last.Accounts != nil && same(was.Contacts, s.Contacts)
	var strangers []routing.AccountID // accounts whose contacts are to be read
	for _, a := range s.Accounts {
		made := &routing.Account{
			ID: a.ID, Name: a.Name, Language: a.Language, Country: a.Country, Extensions: map[string]routing.UserID{},
			Timezone: cmp.Or(a.Settings.Timezone, "Europe/Paris"), AwayAfter: a.Settings.AwayAfter, Grace: a.Settings.Grace,
			Blocked: map[routing.E164]struct{}{}, Reasons: map[routing.ReasonID]string{},
		}
		out.Accounts[a.ID] = made
		if old := last.Accounts[a.ID]; known && old != nil {
			made.Contacts = old.Contacts
			continue
		}
		made.Contacts = map[routing.E164]*routing.Contact{}
		strangers = append(strangers, a.ID)
	}
	for _, u := range s.Users {
		if a := out.Accounts[u.Account]; a != nil && u.Extension != "" {
			a.Extensions[u.Extension] = u.ID
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
	if len(strangers) > 0 {
		s.contacts(out, strangers)
	}
}

// contacts lists the contacts of some accounts by each of their numbers.
func (s *State) contacts(out *routing.Snapshot, of []routing.AccountID) {
	for _, c := range s.Contacts {
		if !slices.Contains(of, c.Account) {
			continue
		}
		contact := &routing.Contact{ID: c.ID, Name: c.Name, Tags: c.Tags, VIP: c.VIP}
		for _, n := range c.Numbers {
			out.Accounts[c.Account].Contacts[n] = contact
		}
	}
}

func (s *State) people(out *routing.Snapshot) {
	out.Users = make(map[routing.UserID]*routing.User, len(s.Users))
	out.Devices = make(map[string]*routing.Device, len(s.Devices))
	for _, u := range s.Users {
		out.Users[u.ID] = &routing.User{
			ID: u.ID, Account: u.Account, Name: u.Name, Email: u.Email, Extension: u.Extension, OutgoingOnly: u.OutgoingOnly,
			NeverRing: u.NeverRing, CallWaiting: u.CallWaiting, Availability: u.Availability, CallerID: u.CallerID, Voicemail: u.Voicemail,
			Reason: u.Settings.Reason, Hours: u.Settings.Hours, Timezone: u.Settings.Timezone, WrapUp: u.Settings.WrapUp, ForwardTo: u.Settings.ForwardTo,
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
}

func (t *Trunk) switchboard() *routing.Trunk {
	return &routing.Trunk{
		ID: t.ID, Account: t.Account, Name: t.Name, Sources: t.Sources, Servers: t.Servers, InUsername: t.InUsername,
		InHA1MD5: string(t.InHA1MD5), InHA1SHA256: string(t.InHA1SHA256), OutUsername: t.OutUsername, OutPassword: string(t.OutPassword),
		OutRealm: t.OutRealm, Domain: t.Domain, Register: t.Register, OptionsEvery: t.OptionsEvery, Country: t.Country, Dial: t.Dial,
		Emergency: t.Emergency, Priority: t.Priority, MediaAllow: t.MediaAllow, MaxCalls: t.MaxCalls, TrustPAI: t.TrustPAI,
		PresentsDirect: t.PresentsDirect, TLS: t.TLS, Terms: t.Terms,
	}
}
