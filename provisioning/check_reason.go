package provisioning

import (
	"time"

	"tandem/routing"
)

// checkReason asks the rules of reasons.
func (s *State) checkReason(before, after *Reason) Refusals {
	out := checkName(after.Name)
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	return append(out, nameTaken(s.Reasons, after, "body.name")...)
}

// leaveReason refuses while somebody is unavailable for the reason.
func (s *State) leaveReason(r *Reason) ([]Change, Refusals) {
	var where []string
	for _, u := range s.Users {
		if u.Settings.Reason == r.ID {
			where = append(where, u.Name)
		}
	}
	return nil, inUse(r, where)
}

// FirstReasons are the reasons that every new account begins with, in its language (SPEC A2).
func FirstReasons(a *Account, now time.Time) []Change {
	names := [...]string{"On a break", "Out for lunch", "In training", "Back office", "Other"}
	if a.Language == "fr" {
		names = [...]string{"En pause", "En pause déjeuner", "En formation", "Back-office", "Autre"}
	}
	out := make([]Change, 0, len(names))
	for i, name := range names {
		at := now.Add(time.Duration(i) * time.Millisecond) // Ids rise with time: they are listed in this order.
		r := &Reason{ID: routing.ReasonID(routing.NewID(KindReason.Prefix(), at)), Account: a.ID, Name: name}
		out = append(out, Change{Verb: Create, Record: r, Fields: difference(nil, r)})
	}
	return out
}
