package routing

import (
	"strings"

	"tandem/sip"
)

// callsAs is a user with the number that their device wants to show: the one that X-Number names by its id, or that P-Preferred-Identity names; else their own
// choice (SPEC O1, O2). False: it is none that they may show.
func (s *Switch) callsAs(snap *Snapshot, u *User, a *sip.Attempt) (who dialler, may bool) {
	who = s.diallerOf(snap, u)
	var chosen *Number
	switch {
	case a.Number != "":
		if chosen = s.numberByID(snap, NumberID(a.Number), u.Account); chosen == nil {
			return who, false
		}
	case len(a.Preferred) > 0:
		// A telephone names itself there as often as a number: what is no number of the account is not a choice.
		text := a.Preferred[0].User
		if chosen = snap.Numbers[E164(text)]; chosen == nil && strings.HasPrefix(text, "+") {
			return who, false
		}
	}
	if chosen == nil {
		return who, true
	}
	if chosen.Account != u.Account || !snap.MayShow(u.ID, chosen) {
		return who, false
	}
	who.show = chosen
	return who, true
}
