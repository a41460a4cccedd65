package routing

import (
	"slices"
	"strings"
	"time"

	"tandem/routing/desk"
	"tandem/routing/flow"
)

// office answers a machine's questions for one call: from the newest snapshot, so that a changed extension works for the next digits
// (SPEC X16), and from what everybody is doing now.
type office struct {
	call   *call
	number *Number // whose flow runs; nil when none does
}

func (o office) snap() *Snapshot { return o.call.sw.dir.Snapshot() }

// Extension finds whose three digits these are.
func (o office) Extension(digits string) (UserID, flow.Reach) {
	s := o.snap()
	account := s.Accounts[o.call.account]
	if account == nil {
		return "", flow.Unknown
	}
	u := s.Users[account.Extensions[digits]]
	switch {
	case u == nil:
		return "", flow.Unknown
	case u.OutgoingOnly:
		return u.ID, flow.OutgoingOnly
	}
	return u.ID, flow.Reachable
}

// ExtensionPrefix says whether any extension of the account begins with these digits (SPEC X7).
func (o office) ExtensionPrefix(digits string) flow.Has {
	account := o.snap().Accounts[o.call.account]
	if account == nil {
		return false
	}
	for e := range account.Extensions {
		if strings.HasPrefix(e, digits) {
			return true
		}
	}
	return false
}

// Assigned says whether the user is in the called number's distribution.
func (o office) Assigned(id UserID) flow.Reach {
	s := o.snap()
	u := s.Users[id]
	switch {
	case u == nil || o.number == nil || !slices.Contains(s.assigned(o.number), id):
		return flow.Unknown
	case u.OutgoingOnly:
		return flow.OutgoingOnly
	}
	return flow.Reachable
}

// Members lists the users that a team rings, in its order; those who are never rung are left out (SPEC R24).
func (o office) Members(t TeamID) []UserID {
	s := o.snap()
	team := s.Teams[t]
	if team == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(team.Users), func(id UserID) bool {
		u := s.Users[id]
		return u == nil || u.NeverRing
	})
}

// Status is the user's availability for ringing now. Who was asked about is watched from now on: the machine hears of changes.
func (o office) Status(id UserID, why flow.RingWhy) flow.Status {
	u := o.snap().Users[id]
	if u == nil || u.Account != o.call.account || slices.Contains(o.call.declined, id) {
		return flow.Unavailable // A user who declined is not offered this call again (SPEC R18).
	}
	if o.call.has(id) == partOfCall {
		return flow.Busy // They are in this very call.
	}
	return o.call.sw.statusOf(u, o.call.watch(id), o.call.reachOf(u, meansOf(why)))
}

// IdleSince orders users for the rule longest idle.
func (o office) IdleSince(id UserID) time.Time { return o.call.sw.presence.idleSince(id) }

// Voicemail says whether the user has a voicemail of their own.
func (o office) Voicemail(id UserID) (flow.AudioID, flow.Has) {
	u := o.snap().Users[id]
	if u == nil || u.Voicemail == nil {
		return "", false
	}
	return u.Voicemail.Greeting, true
}

// NumberVoicemail is the first voicemail in the flow that runs.
func (o office) NumberVoicemail() (*flow.Voicemail, flow.Has) {
	r := o.call.flow
	if r == nil {
		return nil, false
	}
	var found *flow.Node
	for _, n := range r.flow.Nodes {
		if n.Voicemail != nil && (found == nil || n.ID < found.ID) {
			found = n
		}
	}
	if found == nil {
		return nil, false
	}
	return found.Voicemail, true
}

// closed says whether the user is unavailable, by hand or by their hours: nothing rings but a handset (SPEC E9).
func (s *Switch) closed(u *User) (closed bool) {
	switch u.Availability {
	case SetUnavailable:
		return true
	case SetAuto:
		return s.presence.outside(u.ID) == desk.Outside
	case SetAvailable:
	}
	return false
}

// statusOf is a user's status for ringing (SPEC R3, R24, X23), after what they set, their devices and what they do in other calls.
func (s *Switch) statusOf(u *User, busy desk.State, r reach) flow.Status {
	if u.NeverRing {
		return flow.Unavailable
	}
	handset, others := s.places(u, r)
	if !handset && (s.closed(u) || (!others && u.ForwardTo == "")) {
		return flow.Unavailable
	}
	switch busy {
	case desk.Free:
		return flow.Available
	case desk.Talking:
		if u.CallWaiting {
			return flow.BusyCallWaiting
		}
		return flow.Busy
	case desk.Alerted, desk.Wrapping:
		return flow.Busy
	}
	return flow.Busy
}
