package routing

import (
	"cmp"
	"slices"
	"time"

	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

// Tryout is the office of an account for a simulated call (SPEC F14): who has which extension, who is in which team, what is known of the caller, and who
// takes calls at a moment by what they set and by their working hours. Who has a phone that is there, and who is in a call, only a real call knows.
// called is nil for a flow that is tried for no number in particular; from is empty where the caller withholds it.
func (s *Snapshot) Tryout(account AccountID, called *Number, from E164, at time.Time) *simulate.Desk {
	a := s.Accounts[account]
	d := &simulate.Desk{
		Extensions: make(map[string]UserID), Outgoing: make(map[UserID]bool), Teams: make(map[TeamID][]UserID), States: make(map[UserID]flow.Status),
		Greetings: make(map[UserID]flow.AudioID), Dates: s.Dates, Zone: a.clockOf(called), Calls: flow.Caller{Anonymous: true}, Others: flow.Unavailable,
	}
	if from != "" {
		d.Calls = a.knows(from)
	}
	if a != nil {
		d.Extensions = a.Extensions
	}
	if called != nil {
		d.Own = s.assigned(called)
	}
	for id, t := range s.Teams {
		if t.Account == account {
			d.Teams[id] = slices.DeleteFunc(slices.Clone(t.Users), func(u UserID) bool { return s.Users[u] == nil || s.Users[u].NeverRing })
		}
	}
	for id, u := range s.Users {
		if u.Account != account {
			continue
		}
		d.States[id] = s.settled(a, u, at)
		if called != nil && called.Kind == Direct && called.handsetOf(id) {
			d.States[id] = flow.Available // The handset rings for its own number, whatever its user set (SPEC E9).
		}
		if u.OutgoingOnly {
			d.Outgoing[id] = true
		}
		if u.Voicemail != nil {
			d.Greetings[id] = u.Voicemail.Greeting
		}
	}
	return d
}

// settled is a user's availability by what they set and by their working hours alone (SPEC A1).
func (s *Snapshot) settled(a *Account, u *User, at time.Time) flow.Status {
	switch u.Availability {
	case SetUnavailable:
		return flow.Unavailable
	case SetAuto:
		zone := u.Timezone
		if a != nil {
			zone = cmp.Or(zone, a.Timezone)
		}
		if h, has := s.Hours[u.Hours]; has && !bool(h.Contains(at, cmp.Or(zone, "Europe/Paris"))) {
			return flow.Unavailable
		}
	case SetAvailable:
	}
	return flow.Available
}
