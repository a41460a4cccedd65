package provisioning

import (
	"slices"
	"strconv"
	"time"

	"tandem/routing"
)

// AssignESIM gives the user of a direct number an eSIM with a package of so many gigabytes (SPEC E1, E3).
func (s *State) AssignESIM(id routing.NumberID, user routing.UserID, gigabytes int, now time.Time) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	next := *n
	next.Settings.ESIM = &ESIM{User: user, Package: gigabytes, State: ESIMRequested, Since: now.UTC().Truncate(time.Millisecond)}
	if old := n.Settings.ESIM; old != nil && old.User == user {
		next.Settings.ESIM.State, next.Settings.ESIM.Since = old.State, old.Since
	}
	return s.Put(&next)
}

// RemoveESIM takes the eSIM of a number away.
func (s *State) RemoveESIM(id routing.NumberID) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	if n.Settings.ESIM == nil {
		return nil, &Refusal{Why: Missing, Code: "no_esim", Row: "E1", Location: "path.id", Text: "no eSIM is assigned to this number"}
	}
	next := *n
	next.Settings.ESIM = nil
	return s.Put(&next)
}

// esimRefusals says why a number cannot have its eSIM (SPEC E1, E3, E16).
func (n *Number) esimRefusals() Refusals {
	e := n.Settings.ESIM
	if e == nil {
		return nil
	}
	args := map[string]string{"number": string(n.E164), "user": string(e.User), "package": strconv.Itoa(e.Package)}
	switch {
	case n.Kind != routing.Direct && FrenchMobile(n.E164):
		return Refusals{told(Refusal{
			Code: "esim_needs_direct_number", Row: "E16", Location: "path.id", Args: args,
			Text: "only a direct number has an eSIM: convert {number} to a direct number first",
		})}
	case n.Kind != routing.Direct:
		return Refusals{told(Refusal{
			Code: "esim_unsupported_number", Row: "E1", Location: "path.id", Args: args,
			Text: "only a direct number has an eSIM, and {number} cannot be one: take a French mobile number",
		})}
	case !slices.Contains(n.Users, e.User):
		return Refusals{told(Refusal{
			Code: "esim_wrong_user", Row: "E1", Location: "body.user_id", Args: args, Text: "the eSIM of {number} is for the user of that number alone",
		})}
	case e.Package != 0 && e.Package != 20 && e.Package != 50:
		return Refusals{told(Refusal{
			Code: "esim_package", Row: "E3", Location: "body.package", Args: args, Text: "there is no package of {package} GB: take 0, 20 or 50",
		})}
	}
	return nil
}
