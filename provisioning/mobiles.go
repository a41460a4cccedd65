package provisioning

import (
	"slices"

	"tandem/routing"
)

// mobile is the subscription of a number; nil: it has none.
func (n *Number) mobile() *routing.Mobile {
	e := n.Settings.ESIM
	if e == nil || e.Operator == "" || e.over() {
		return nil
	}
	return &routing.Mobile{Operator: e.Operator, User: e.User, IMSI: e.IMSI, Active: bool(e.Active()) && n.Kind == routing.Direct}
}

// anyMobile says whether the handset of anybody can ring.
func (s *State) anyMobile() (is bool) {
	return slices.ContainsFunc(s.Numbers, func(n *Number) bool { return n.rings() })
}

// rings says whether a handset rings for the number.
func (n *Number) rings() (is bool) {
	m := n.mobile()
	return m != nil && m.Active
}

// mobiles tells users for which numbers their handset rings, the oldest first.
func (s *State) mobiles(out *routing.Snapshot) {
	for _, n := range s.Numbers {
		if !n.rings() {
			continue
		}
		if u := out.Users[n.Settings.ESIM.User]; u != nil {
			u.Mobiles = append(u.Mobiles, out.Numbers[n.E164])
		}
	}
}
