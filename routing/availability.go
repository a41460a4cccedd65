package routing

import (
	"slices"
	"strings"
	"time"

	"tandem/routing/flow"
	"tandem/sip/message"
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
func (o office) Status(id UserID) flow.Status {
	u := o.snap().Users[id]
	if u == nil || u.Account != o.call.account || slices.Contains(o.call.declined, id) {
		return flow.Unavailable // A user who declined is not offered this call again (SPEC R18).
	}
	if o.call.has(id) == partOfCall {
		return flow.Busy // They are in this very call.
	}
	return o.call.sw.statusOf(u, o.call.watch(id))
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

// reachable says whether any device of the user has registered.
func (s *Switch) reachable(u *User) bool {
	for _, d := range u.Devices {
		if len(s.wire.contacts(message.AOR(strings.ToLower(d.AOR)))) > 0 {
			return true
		}
	}
	return false
}

// UserStatus is what a user is doing, for people (SPEC A5).
type UserStatus string

// The statuses that can be derived so far.
const (
	UserAvailable   UserStatus = "available"
	UserRinging     UserStatus = "ringing"
	UserInCall      UserStatus = "in_call"
	UserWrapUp      UserStatus = "after_call_work"
	UserUnavailable UserStatus = "unavailable"
	UserOffline     UserStatus = "offline"
)

// UserStatus derives the status of a user now: exactly one (SPEC A5). An unknown user is offline.
func (s *Switch) UserStatus(id UserID) UserStatus {
	u := s.dir.Snapshot().Users[id]
	if u == nil {
		return UserOffline
	}
	switch s.presence.state(id, nil) {
	case deskTalking:
		return UserInCall
	case deskRinging:
		return UserRinging
	case deskFree:
	}
	switch {
	case u.Availability == SetUnavailable:
		return UserUnavailable
	case !s.reachable(u):
		return UserOffline
	}
	return UserAvailable
}
