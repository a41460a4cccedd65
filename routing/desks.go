package routing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/desk"
	"tandem/sip"
	"tandem/sip/message"
)

// UserStatus is what a user is doing, for people (SPEC A5).
type UserStatus = desk.Status

// The statuses.
const (
	UserAvailable   = desk.Available
	UserRinging     = desk.Ringing
	UserInCall      = desk.InCall
	UserWrapUp      = desk.AfterCallWork
	UserUnavailable = desk.Unavailable
	UserOffline     = desk.Offline
)

// usualGrace is how long a user who has lost their last phone is not yet offline, where the account does not say (SPEC A11).
const usualGrace = 10 * time.Second

// rulesOf is what a user and their account say about the desk, at a moment.
func rulesOf(snap *Snapshot, u *User, now time.Time) desk.Rules {
	r := desk.Rules{WrapUp: u.WrapUp, Grace: usualGrace}
	zone := u.Timezone
	if a := snap.Accounts[u.Account]; a != nil {
		zone = cmp.Or(zone, a.Timezone)
		r.Grace = cmp.Or(a.Grace, usualGrace)
		r.AwayAfter = a.AwayAfter
	}
	if u.ForwardTo != "" {
		r.Forward = desk.Forwards
	}
	switch u.Availability {
	case SetUnavailable:
		r.Set, r.Reason = desk.ByHand, desk.Reason(u.Reason)
	case SetAuto:
		hours, has := snap.Hours[u.Hours]
		if !has {
			break // Who has no working hours is always in them.
		}
		r.Set, r.Turn = desk.ByHours, hours.Next(now, zone)
		if hours.Contains(now, zone) == calendar.Outside {
			r.Hours = desk.Outside
		}
	case SetAvailable:
	}
	return r
}

// sameRules says whether what rulesOf reads of a user is as it was.
func sameRules(was, is *Snapshot, before, after *User) bool {
	a, b := *before, *after
	if a.Availability != b.Availability || a.Reason != b.Reason || a.Hours != b.Hours || a.Timezone != b.Timezone || a.WrapUp != b.WrapUp ||
		a.ForwardTo != b.ForwardTo || a.NeverRing != b.NeverRing || a.CallWaiting != b.CallWaiting {
		return false
	}
	x, y := was.Accounts[a.Account], is.Accounts[b.Account]
	if x == nil || y == nil {
		return x == y
	}
	return x.Timezone == y.Timezone && x.AwayAfter == y.AwayAfter && x.Grace == y.Grace &&
		(a.Availability != SetAuto || sameHours(was.Hours[a.Hours], is.Hours[b.Hours]))
}

func sameHours(a, b calendar.Hours) bool {
	return a.Timezone == b.Timezone && slices.EqualFunc(a.Slots, b.Slots, func(x, y calendar.Slot) bool {
		return x.From == y.From && x.To == y.To && slices.Equal(x.Days, y.Days)
	})
}

// sit gives everybody a desk when this process starts.
func (s *Switch) sit(snap *Snapshot) {
	now := time.Now()
	for _, u := range snap.Users {
		s.presence.seat(u, rulesOf(snap, u, now), s.phones(u))
	}
}

// follow lets every desk follow the newest snapshot: of users who are new, who changed, and who are gone.
func (s *Switch) follow(was, is *Snapshot) {
	for id, u := range is.Users {
		before := was.Users[id]
		switch {
		case before == nil:
			s.presence.seat(u, rulesOf(is, u, time.Now()), s.phones(u))
		case !sameRules(was, is, before, u):
			s.turn(id)
		}
		if before == nil || !slices.EqualFunc(before.Devices, u.Devices, func(a, b *Device) bool { return *a == *b }) {
			s.connect(u)
		}
	}
	for id := range was.Users {
		if is.Users[id] == nil {
			s.presence.remove(id)
		}
	}
}

// turn lets a user's desk follow the rules of this moment. The snapshot may be another by the time that they are applied: then they are read again.
func (s *Switch) turn(id UserID) {
	for {
		snap := s.dir.Snapshot()
		u := snap.Users[id]
		if u == nil {
			return
		}
		rules := rulesOf(snap, u, time.Now())
		s.presence.step(id, nil, func(d *desk.Desk, now time.Time) desk.Shift { return d.Follow(now, rules) })
		if s.dir.Snapshot() == snap {
			return
		}
	}
}

// DeviceChanged takes that a device has registered, or has no registration left.
func (s *Switch) DeviceChanged(aor message.AOR, _ sip.Registered) {
	snap := s.dir.Snapshot()
	d := snap.Devices[strings.ToLower(string(aor))]
	if d == nil {
		return
	}
	if u := snap.Users[d.User]; u != nil {
		s.connect(u)
	}
}

// connect tells a user's desk whether they have a phone. What is told may be old by the time that it is: it is told until it is not.
func (s *Switch) connect(u *User) {
	for {
		phones := s.phones(u)
		s.presence.step(u.ID, nil, func(d *desk.Desk, now time.Time) desk.Shift { return d.Connect(now, phones) })
		if s.phones(u) == phones {
			return
		}
	}
}

// phones says whether any device of the user that follows availability has registered; a handset does not (SPEC E9).
func (s *Switch) phones(u *User) desk.Phones {
	if _, others := s.places(u, reach{}); others {
		return desk.Some
	}
	return desk.None
}

// places says where the user can be rung now: on a handset, as far as is known, and on devices that have registered.
func (s *Switch) places(u *User, r reach) (handset, others bool) {
	handset = r.number != nil && !s.handsets.off(r.number.E164, time.Now())
	for _, d := range u.Devices {
		if s.wire == nil || r.silences(d) || len(s.wire.contacts(message.AOR(strings.ToLower(d.AOR)))) == 0 {
			continue
		}
		if d.Kind == Native {
			handset = true
		} else {
			others = true
		}
	}
	return handset, others
}

// Tagged takes that somebody tagged a call, while it lasts or afterwards (SPEC A8, A9).
func (s *Switch) Tagged(id CallID) { s.presence.tagged(id) }

// Errors of after-call work that cannot be ended.
var (
	// ErrNoWrapUp says that the user is in no after-call work.
	ErrNoWrapUp = desk.ErrNoWrapUp
	// ErrUntagged says that a call must be tagged first (SPEC A9).
	ErrUntagged = desk.ErrUntagged
)

// EndWrapUp ends a user's wrap-up before its time (SPEC A6). It fails with ErrNoWrapUp and ErrUntagged.
func (s *Switch) EndWrapUp(id UserID) error {
	var err error
	s.presence.step(id, nil, func(d *desk.Desk, now time.Time) (shift desk.Shift) {
		shift, err = d.EndWrapUp(now)
		return shift
	})
	return err
}

// UserStatus derives the status of a user now: exactly one (SPEC A5). An unknown user is offline.
func (s *Switch) UserStatus(id UserID) UserStatus { return s.UserDesk(id).Status }

// UserDesk is what a user is doing now, for people.
type UserDesk struct {
	Status     UserStatus
	Reason     ReasonID   // with "unavailable", where there is one
	Device     DeviceKind // with "in_call"; empty: on a phone outside
	Call       CallID     // with "ringing", "in_call" and "after_call_work"
	WrapUpEnds time.Time  // with "after_call_work"; zero: when the calls of MustTag are tagged
	MustTag    []CallID   // SPEC A9
	IdleSince  time.Time
	Since      time.Time // of the status; zero: since this process started, or longer
}

// UserDesk says what a user is doing now. An unknown user is offline.
func (s *Switch) UserDesk(id UserID) UserDesk {
	s.presence.mu.Lock()
	defer s.presence.mu.Unlock()
	seat := s.presence.seats[id]
	if seat == nil {
		return UserDesk{Status: UserOffline}
	}
	d := &seat.desk
	status, reason := d.Status()
	on, device := d.Where()
	out := UserDesk{
		Status: status, Reason: ReasonID(reason), Call: CallID(on), Device: DeviceKind(device), WrapUpEnds: d.WrapUpEnds(), IdleSince: d.IdleSince(), Since: seat.since,
	}
	for _, c := range d.Untagged() {
		out.MustTag = append(out.MustTag, CallID(c))
	}
	return out
}
