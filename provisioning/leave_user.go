package provisioning

import (
	"fmt"
	"slices"
)

// leaveUser says what follows where a user goes: devices go with them, teams and shared lines are without them. A direct number stays direct and waits for a
// new user (SPEC D21): its published flow stays as it is, so calls find nobody to ring, and go on to its voicemail. A flow that names the user keeps running
// too; who publishes it next is told (E04). The extension rests (SPEC X26).
func (s *State) leaveUser(u *User) ([]Change, Refusals) {
	if u.Settings.Role == RoleOwner {
		if refused := s.lastOwner(u, ""); len(refused) > 0 {
			return nil, refused
		}
	}
	var out []Change
	for _, t := range s.Teams {
		if slices.Contains(t.Users, u.ID) {
			next := *t
			next.Users = without(t.Users, u.ID)
			out = append(out, updated(t, &next))
		}
	}
	for _, n := range s.Numbers {
		change, refused := leaveNumberOf(n, u)
		if len(refused) > 0 {
			return nil, refused
		}
		out = append(out, change...)
	}
	for _, d := range s.Devices {
		if d.User == u.ID {
			out = append(out, Change{Verb: Delete, Record: d})
		}
	}
	return out, nil
}

// NumberWaits is the type of the event that tells the admins that a direct number has no user any more (SPEC D21).
const NumberWaits = "number.user_deleted"

// leaveNumberOf takes a user who goes off a number.
func leaveNumberOf(n *Number, u *User) ([]Change, Refusals) {
	is := &n.Settings
	if is.ESIM != nil && is.ESIM.User == u.ID && !is.ESIM.over() {
		return nil, Refusals{{
			Why: Clash, Code: "esim_assigned", Row: "E1", Args: map[string]string{"number": string(n.E164), "name": u.Name},
			Text: fmt.Sprintf("%s has the eSIM of %s: take it back first", u.Name, n.E164),
		}}
	}
	converting := is.Conversion != nil && is.Conversion.User == u.ID
	if !slices.Contains(n.Users, u.ID) && !slices.Contains(is.Outbound, u.ID) && !converting {
		return nil, nil
	}
	next := *n
	next.Users = without(n.Users, u.ID)
	if is.ESIM != nil && is.ESIM.User == u.ID {
		next.Settings.ESIM = nil // It is over.
	}
	next.Settings.Outbound = without(is.Outbound, u.ID)
	if converting {
		next.Settings.Conversion = nil
	}
	return []Change{updated(n, &next)}, nil
}

// updated is the change from one record to another.
func updated(before, after Record) Change {
	return Change{Verb: Update, Record: after, Fields: difference(before, after)}
}

// without is a list without one of its values; the list stays as it was.
func without[T comparable](list []T, one T) []T {
	var out []T
	for _, v := range list {
		if v != one {
			out = append(out, v)
		}
	}
	return out
}
