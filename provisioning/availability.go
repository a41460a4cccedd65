package provisioning

import (
	"tandem/routing"
)

// Setter says who sets a user's availability.
type Setter int

// Who sets it.
const (
	Themselves Setter = iota
	Admin             // or a program
)

// Availability is what somebody wants a user's availability to be.
type Availability struct {
	Set    routing.Availability
	Reason routing.ReasonID // with unavailable; empty: none
	By     Setter
}

// SetAvailability plans it. Users who make themselves unavailable say why (SPEC A2); an admin sets them, and never says why for them (SPEC A3).
func (s *State) SetAvailability(u *User, want Availability) ([]Change, error) {
	if refused := s.checkAvailability(u, want); len(refused) > 0 {
		return nil, refused.err()
	}
	next := *u
	next.Availability, next.Settings.Reason = want.Set, want.Reason
	if want.By == Admin && want.Set == routing.SetUnavailable && u.Availability == routing.SetUnavailable {
		next.Settings.Reason = u.Settings.Reason // They are unavailable already, and said why.
	}
	return s.Put(&next)
}

func (s *State) checkAvailability(u *User, want Availability) Refusals {
	const at = "body.reason_id"
	switch want.Set {
	case routing.SetAvailable, routing.SetAuto:
		if want.Reason != "" {
			return Refusals{{Code: "reason_without_unavailable", Row: "A2", Location: at, Text: "a reason goes with unavailable alone"}}
		}
		return nil
	case routing.SetUnavailable:
	default:
		return Refusals{notOneOf("body.availability", string(want.Set))}
	}
	switch {
	case want.By == Admin && want.Reason != "":
		return Refusals{{Code: "reason_not_yours", Row: "A3", Location: at, Text: "the reason is the user's own to give: leave it out"}}
	case want.By == Themselves && want.Reason == "":
		return Refusals{{Code: "reason_needed", Row: "A2", Location: at, Text: "say why: give one of the account's reasons"}}
	case want.Reason != "":
		return s.known(KindReason, string(want.Reason), u.Account, at)
	}
	return nil
}

// NotAnswering plans that a user who does not answer becomes unavailable (SPEC A13). Who is unavailable already, or gone, stays so.
func (s *State) NotAnswering(id routing.UserID) ([]Change, error) {
	u, _ := s.Find(KindUser, string(id)).(*User)
	if u == nil || u.Availability == routing.SetUnavailable {
		return nil, nil
	}
	next := *u
	next.Availability, next.Settings.Reason = routing.SetUnavailable, routing.ReasonNotAnswering
	return s.Put(&next)
}
