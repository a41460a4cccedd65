package routing

import (
	"slices"
	"sync"
	"time"

	"tandem/routing/flow"
)

// presence is what every user is doing in calls now, and which calls want to know. A leaf lock: nothing is called while it is held.
type presence struct {
	mu    sync.Mutex
	desks map[UserID]*desk
	since time.Time // this process started: nobody was idle before that
}

// desk is one user's.
type desk struct {
	doing    []doing
	idle     time.Time
	watchers []*call
}

// doing is a call that a user is in.
type doing struct {
	call    *call
	talking bool // else it rings
}

func newPresence(now time.Time) *presence {
	return &presence{desks: map[UserID]*desk{}, since: now}
}

func (p *presence) deskLocked(u UserID) *desk {
	d := p.desks[u]
	if d == nil {
		d = &desk{idle: p.since}
		p.desks[u] = d
	}
	return d
}

// offer takes a user for a call that wants to ring, if nobody else has them: one call at a time (SPEC R22). With second, a user who talks
// is offered one call more (SPEC X23).
func (p *presence) offer(u UserID, c *call, second callWaiting) (taken bool) {
	p.mu.Lock()
	d := p.deskLocked(u)
	for _, o := range d.doing {
		if o.call == c {
			p.mu.Unlock()
			return true
		}
		if !o.talking || second == noCallWaiting || len(d.doing) > 1 {
			p.mu.Unlock()
			return false
		}
	}
	d.doing = append(d.doing, doing{call: c})
	watchers := d.others(c)
	p.mu.Unlock()
	tell(watchers, u)
	return true
}

// talk says that the user is in this call now.
func (p *presence) talk(u UserID, c *call) {
	p.mu.Lock()
	d := p.deskLocked(u)
	i := slices.IndexFunc(d.doing, func(o doing) bool { return o.call == c })
	if i < 0 {
		d.doing = append(d.doing, doing{call: c, talking: true})
	} else {
		d.doing[i].talking = true
	}
	watchers := d.others(c)
	p.mu.Unlock()
	tell(watchers, u)
}

// leave says that the user is no longer in this call. The idle clock starts again only after a talk (SPEC R17).
func (p *presence) leave(u UserID, c *call) {
	p.mu.Lock()
	d := p.desks[u]
	if d == nil {
		p.mu.Unlock()
		return
	}
	i := slices.IndexFunc(d.doing, func(o doing) bool { return o.call == c })
	if i < 0 {
		p.mu.Unlock()
		return
	}
	if d.doing[i].talking {
		d.idle = time.Now()
	}
	d.doing = slices.Delete(d.doing, i, i+1)
	watchers := d.others(c)
	p.mu.Unlock()
	tell(watchers, u)
}

// changed says that something else about the user changed: what they set, or a device that came or went.
func (p *presence) changed(u UserID, idle idleClock) {
	p.mu.Lock()
	d := p.desks[u]
	if d == nil {
		p.mu.Unlock()
		return
	}
	if idle == idleRestarts {
		d.idle = time.Now()
	}
	watchers := d.others(nil)
	p.mu.Unlock()
	tell(watchers, u)
}

// watch tells c of changes of u until unwatch; state is what the user is doing in other calls.
func (p *presence) watch(u UserID, c *call) (state deskState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.deskLocked(u)
	if !slices.Contains(d.watchers, c) {
		d.watchers = append(d.watchers, c)
	}
	return d.state(c)
}

// state is what the user is doing in calls other than c.
func (p *presence) state(u UserID, c *call) deskState {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.desks[u]
	if d == nil {
		return deskFree
	}
	return d.state(c)
}

func (p *presence) unwatch(u UserID, c *call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.desks[u]; d != nil {
		d.watchers = slices.DeleteFunc(d.watchers, func(w *call) bool { return w == c })
	}
}

// idleSince is when the user's last call ended.
func (p *presence) idleSince(u UserID) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.desks[u]; d != nil {
		return d.idle
	}
	return p.since
}

// deskState is what a user is doing in calls.
type deskState int

const (
	deskFree deskState = iota
	deskRinging
	deskTalking
)

// callWaiting and idleClock name the two cases of a question.
type (
	callWaiting int
	idleClock   int
)

const (
	noCallWaiting callWaiting = iota
	withCallWaiting
)

const (
	idleGoesOn idleClock = iota
	idleRestarts
)

func (d *desk) state(except *call) deskState {
	s := deskFree
	for _, o := range d.doing {
		switch {
		case o.call == except:
		case !o.talking:
			return deskRinging
		default:
			s = deskTalking
		}
	}
	return s
}

func (d *desk) others(c *call) []*call {
	if len(d.watchers) == 0 || (len(d.watchers) == 1 && d.watchers[0] == c) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.watchers), func(w *call) bool { return w == c })
}

func tell(calls []*call, u UserID) {
	for _, c := range calls {
		c.box.postChange(u)
	}
}

// statusOf is a user's status for ringing by call c (SPEC R3, R24, X23), after what they set, their devices and their other calls.
func (s *Switch) statusOf(u *User, desk deskState) flow.Status {
	if u.NeverRing || u.Availability == SetUnavailable || !s.reachable(u) {
		return flow.Unavailable
	}
	switch desk {
	case deskFree:
		return flow.Available
	case deskTalking:
		if u.CallWaiting {
			return flow.BusyCallWaiting
		}
		return flow.Busy
	case deskRinging:
		return flow.Busy
	}
	return flow.Busy
}
