package routing

import (
	"slices"
	"sync"
	"time"

	"tandem/routing/desk"
)

// presence is what every user is doing now, and which calls want to know. A leaf lock: nothing is called while it is held. What must be written and
// told of it waits for the clerk.
type presence struct {
	wake chan struct{} // holds one while there is something to write
	tick func(UserID)  // a seat's time has come; set before the first one

	mu     sync.Mutex
	seats  map[UserID]*seat
	since  time.Time // this process started: nobody was idle before that
	shifts []StatusChange
	spare  []StatusChange // what the clerk is done with
	away   []UserID       // who do not answer
	over   bool           // no timer starts any more
}

// seat is one user's desk, and who looks at it.
type seat struct {
	desk     desk.Desk
	account  AccountID
	since    time.Time // the status is what it is; zero: since the start of this process
	watchers []*call
	timer    *time.Timer
	due      time.Time // of the timer; zero: it does not run
}

func newPresence(now time.Time) *presence {
	return &presence{seats: map[UserID]*seat{}, since: now, wake: make(chan struct{}, 1), tick: func(UserID) {}}
}

func (p *presence) seatLocked(u UserID) *seat {
	s := p.seats[u]
	if s == nil {
		s = &seat{desk: desk.New(p.since, desk.Rules{}, desk.None)}
		p.seats[u] = s
	}
	return s
}

// tookLocked keeps what a step has changed for the clerk, and sets the timer of what comes next.
func (p *presence) tookLocked(u UserID, s *seat, shift desk.Shift) {
	if shift.Tells&desk.StatusNow != 0 {
		s.since = shift.At
	}
	if shift.Tells != 0 {
		p.shifts = append(p.shifts, changeOf(s.account, u, shift))
	}
	if shift.Away {
		p.away = append(p.away, u)
	}
	if shift.Tells != 0 || shift.Away {
		select {
		case p.wake <- struct{}{}:
		default: // The clerk knows already.
		}
	}
	due := s.desk.Wants()
	if due.Equal(s.due) || p.over {
		return
	}
	s.due = due
	switch {
	case due.IsZero():
		s.timer.Stop()
	case s.timer == nil:
		s.timer = time.AfterFunc(time.Until(due), func() { p.rang(u) })
	default:
		s.timer.Reset(time.Until(due))
	}
}

// rang takes that the timer of a seat has run out. The wall clock may say that it is not yet time: then the timer is set again.
func (p *presence) rang(u UserID) {
	p.mu.Lock()
	if s := p.seats[u]; s != nil {
		s.due = time.Time{}
	}
	p.mu.Unlock()
	p.tick(u)
}

func changeOf(a AccountID, u UserID, s desk.Shift) StatusChange {
	return StatusChange{
		Account: a, User: u, At: s.At, Status: s.Status, Reason: ReasonID(s.Reason), Device: DeviceKind(s.Device), Call: CallID(s.Call), Tells: s.Tells,
	}
}

// step lets something happen to a user's desk, and tells the calls that wait for them, but for the one that brings it.
func (p *presence) step(u UserID, by *call, happen func(d *desk.Desk, now time.Time) desk.Shift) {
	p.mu.Lock()
	s := p.seatLocked(u)
	p.tookLocked(u, s, happen(&s.desk, time.Now()))
	watchers := s.others(by)
	p.mu.Unlock()
	tell(watchers, u)
}

// offer takes a user for a call that wants to ring, if nobody else has them.
func (p *presence) offer(u UserID, c *call, second desk.Second) (taken desk.Taken) {
	p.step(u, c, func(d *desk.Desk, now time.Time) (s desk.Shift) {
		s, taken = d.Offer(now, desk.Call(c.id), second)
		return s
	})
	return taken
}

// talk says that the user is in this call now.
func (p *presence) talk(u UserID, c *call, on DeviceKind) {
	p.step(u, c, func(d *desk.Desk, now time.Time) desk.Shift { return d.Talk(now, desk.Call(c.id), desk.Device(on)) })
}

// leave says that the user is no longer in this call.
func (p *presence) leave(u UserID, c *call, after desk.After) {
	p.step(u, c, func(d *desk.Desk, now time.Time) desk.Shift { return d.Leave(now, desk.Call(c.id), after) })
}

// miss says that the user let the call ring for its time; they may be away (SPEC A13).
func (p *presence) miss(u UserID, c *call) {
	p.step(u, c, func(d *desk.Desk, now time.Time) desk.Shift { return d.Miss(now) })
}

// decline says that somebody is there, and said no.
func (p *presence) decline(u UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seatLocked(u).desk.Decline()
}

// watch tells c of changes of u until unwatch; state is what the user is doing in other calls.
func (p *presence) watch(u UserID, c *call) (state desk.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.seatLocked(u)
	if !slices.Contains(s.watchers, c) {
		s.watchers = append(s.watchers, c)
	}
	return s.desk.Busy(desk.Call(c.id))
}

// state is what the user is doing in calls other than c.
func (p *presence) state(u UserID, c *call) desk.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.seats[u]
	switch {
	case s == nil:
		return desk.Free
	case c == nil:
		return s.desk.Busy("")
	}
	return s.desk.Busy(desk.Call(c.id))
}

// nudge lets the calls that wait for a user look again whether they can be rung.
func (p *presence) nudge(u UserID) {
	p.mu.Lock()
	var watchers []*call
	if s := p.seats[u]; s != nil {
		watchers = slices.Clone(s.watchers)
	}
	p.mu.Unlock()
	tell(watchers, u)
}

func (p *presence) unwatch(u UserID, c *call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.seats[u]; s != nil {
		s.watchers = slices.DeleteFunc(s.watchers, func(w *call) bool { return w == c })
	}
}

// idleSince is when the user's idle clock started (SPEC R17).
func (p *presence) idleSince(u UserID) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.seats[u]; s != nil {
		return s.desk.IdleSince()
	}
	return p.since
}

// outside says whether the user follows working hours and is outside of them.
func (p *presence) outside(u UserID) desk.Hours {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.seats[u]; s != nil {
		return s.desk.HoursNow()
	}
	return desk.Inside
}

// tagged tells every desk that a call was tagged.
func (p *presence) tagged(c CallID) {
	p.mu.Lock()
	now := time.Now()
	freed := map[UserID][]*call{}
	for u, s := range p.seats {
		if shift := s.desk.Tag(now, desk.Call(c)); shift.Tells != 0 {
			p.tookLocked(u, s, shift)
			freed[u] = slices.Clone(s.watchers)
		}
	}
	p.mu.Unlock()
	for u, watchers := range freed {
		tell(watchers, u)
	}
}

// take gives the clerk what is to be written, and who does not answer. What it gives is good until the next take.
func (p *presence) take() (shifts []StatusChange, away []UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shifts, away = p.shifts, p.away
	p.shifts, p.spare, p.away = p.spare[:0], shifts, nil
	return shifts, away
}

// seat gives a user a desk at the start, without a word to listeners.
func (p *presence) seat(u *User, r desk.Rules, phones desk.Phones) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	s := &seat{account: u.Account, desk: desk.New(now, r, phones)}
	if old := p.seats[u.ID]; old != nil {
		s.watchers = old.watchers // They asked before the user was known.
	}
	p.seats[u.ID] = s
	first := s.desk.Tick(now)
	p.tookLocked(u.ID, s, first)
	p.shifts = append(p.shifts, changeOf(u.Account, u.ID, first))
	select {
	case p.wake <- struct{}{}:
	default: // The clerk knows already.
	}
}

// remove takes a user's desk away; calls in progress that look at it keep what they have.
func (p *presence) remove(u UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.seats[u]; s != nil {
		s.stop()
		delete(p.seats, u)
	}
}

// close says that everybody is offline now: nobody can be reached by a process that ends. Those who are unavailable stay so.
func (p *presence) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	now := time.Now()
	for u, s := range p.seats {
		s.stop()
		switch status, _ := s.desk.Status(); status {
		case desk.Available, desk.Ringing, desk.InCall, desk.AfterCallWork:
			p.shifts = append(p.shifts, StatusChange{Account: s.account, User: u, At: now, Status: UserOffline})
		case desk.Unavailable, desk.Offline:
		}
	}
}

func (s *seat) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.due = time.Time{}
}

func (s *seat) others(c *call) []*call {
	if len(s.watchers) == 0 || (len(s.watchers) == 1 && s.watchers[0] == c) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.watchers), func(w *call) bool { return w == c })
}

func tell(calls []*call, u UserID) {
	for _, c := range calls {
		c.box.postChange(u)
	}
}
