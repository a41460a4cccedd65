package charging

import (
	"slices"
	"time"
)

// Remembered is how many of the last numbers of a session a ledger keeps the answers to. A request with a lower one may be a repeat: it is not counted.
const Remembered = 256

// Bounds of what a peer may say.
const (
	mostUsed   = 1 << 43 // bytes of one report: no access carries as much in a month
	mostHeld   = 1 << 55 // bytes of a balance: more is not counted
	mostGroups = 64      // of a session
)

// turn is one request at its page.
type turn struct {
	page   *Page
	r      *Request
	sub    Subscriber
	known  bool // the subscriber
	policy *Policy
	now    time.Time
	since  time.Time // the report before this one
	gap    bool      // requests before this one did not come yet
}

// control decides a request, and leaves on the page what is to be written. The same page and request give the same.
func (t *turn) control() Answer {
	p := t.page
	if p.Before != nil {
		return *p.Before
	}
	if p.Balance.ID != "" {
		turnTo(p, t.subscriber(), t.policy, t.now)
	}
	s := p.Session
	switch {
	case s == nil && (t.r.Kind == Update || t.r.Kind == Terminate):
		return Answer{Result: UnknownSession}
	case s == nil:
		if a, refused := t.open(); refused {
			return a
		}
	case t.r.Number < s.Highest && s.Highest-t.r.Number >= Remembered:
		return Answer{Result: UnknownSession} // It may have been counted long ago.
	}
	a := t.serve()
	p.Touched, p.Answer = true, &a
	return a
}

// subscriber is who the balance belongs to; nil: nobody any more.
func (t *turn) subscriber() *Subscriber {
	if !t.known {
		return nil
	}
	return &t.sub
}

// open makes the session of a first request; or says why there is none, in which case nothing is written.
func (t *turn) open() (Answer, bool) {
	r, free := t.r, t.sub.unmetered(t.r.AccessPoint)
	switch {
	case r.AccessPoint == emergencyPoint:
	case !t.known:
		return Answer{Result: UnknownSubscriber}, true
	case t.sub.Standing == Barred, !free && t.page.Balance.Quota() <= 0:
		return Answer{Result: ServiceDenied}, true
	}
	t.page.Session = &Session{
		Peer: r.Peer, Name: r.Session, Balance: t.page.Balance.ID, Point: r.AccessPoint, Free: free, Opened: t.now, Heard: t.now, Highest: r.Number,
	}
	return Answer{}, false
}

// serve counts what was used and grants what can be.
func (t *turn) serve() Answer {
	s, over := t.page.Session, !t.page.Session.Closed.IsZero()
	t.since = s.Heard
	if t.r.Roaming != Untold {
		s.Roaming = t.r.Roaming
	}
	if t.r.Memo != "" {
		s.Memo = t.r.Memo
	}
	t.number()
	s.Heard = later(s.Heard, t.now)
	if over && s.Swept && t.r.Kind == Update {
		s.Closed, s.Swept, over = time.Time{}, false, false // The peer was only late.
	}
	grants := make([]Grant, len(t.r.Uses))
	for i := range t.r.Uses {
		grants[i] = t.settle(&t.r.Uses[i])
	}
	t.clear()
	alert(t.page, t.now)
	if t.r.Kind == Terminate {
		release(t.page, t.now)
		s.Swept = false // Nothing that is late opens it again.
		return Answer{Result: Granted, Grants: grants}
	}
	if over {
		return Answer{Result: UnknownSession} // What came late is counted.
	}
	for i := range t.r.Uses {
		if t.asks(i) && grants[i].Result == Granted {
			grants[i] = t.grant(&t.r.Uses[i])
		}
	}
	if t.r.Kind == Event {
		t.spend(grants)
	}
	return Answer{Result: t.outcome(grants), Grants: grants}
}

// asks says whether a use asks for more; a group that is named twice asks once.
func (t *turn) asks(i int) bool {
	u := &t.r.Uses[i]
	return u.Asks && !slices.ContainsFunc(t.r.Uses[:i], func(o Use) bool { return o.Asks && o.Group == u.Group })
}

// settle counts what a group used, and gives back what it was granted where that is over.
func (t *turn) settle(u *Use) Grant {
	s, b := t.page.Session, &t.page.Balance
	out := Grant{Group: u.Group, Result: Granted}
	if u.Used < 0 || u.Used > mostUsed {
		out.Result = RatingFailed
		return out
	}
	s.Used = min(s.Used+u.Used, mostHeld)
	if s.Free {
		return out
	}
	t.count(u.Used)
	h := t.held(u.Group)
	if h == nil {
		return out
	}
	had := h.Reserved + h.Doubt
	switch {
	case t.r.Number < h.Number: // What it has in hand was granted after it used this.
		h.Doubt = max(0, h.Doubt-u.Used)
	case u.Asks || u.Over:
		if t.gap {
			h.Doubt += max(0, h.Reserved-u.Used)
		}
		h.Reserved, h.Final, h.Number = 0, false, t.r.Number
	default:
		h.Reserved, h.Number = max(0, h.Reserved-u.Used), t.r.Number
	}
	b.Reserved -= had - h.Reserved - h.Doubt
	return out
}

// number notes which requests came. Once none is missing nothing is in doubt.
func (t *turn) number() {
	s, n := t.page.Session, t.r.Number
	switch {
	case n > s.Highest:
		t.gap = n > s.Highest+1
		s.Missing += n - s.Highest - 1
		s.Highest = n
	case n < s.Highest && s.Missing > 0:
		s.Missing--
	}
}

// clear gives back what was in doubt, where no request is missing.
func (t *turn) clear() {
	s := t.page.Session
	for i := range s.Groups {
		if h := &s.Groups[i]; s.Missing == 0 {
			t.page.Balance.Reserved -= h.Doubt
			h.Doubt = 0
		}
	}
}

// count adds to what was used, in the cycle and on the days in which it was.
func (t *turn) count(used Bytes) {
	b, zone := &t.page.Balance, t.policy.Zone
	if used == 0 {
		return
	}
	before := used.before(t.since, b.Start, t.now)
	b.Used = min(b.Used+used-before, mostHeld)
	t.day(dayOf(b.Start.Add(-time.Nanosecond), zone), before)
	midnight := midnight(t.now, zone)
	late := (used - before).before(later(t.since, b.Start), midnight, t.now)
	t.day(dayOf(midnight.Add(-time.Nanosecond), zone), late)
	t.day(dayOf(t.now, zone), used-before-late)
}

func (t *turn) day(day string, used Bytes) {
	if used > 0 {
		t.page.Days = append(t.page.Days, Day{day, used})
	}
}

// midnight is when the day of a moment began.
func midnight(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// held is what a group has in hand; nil: nothing.
func (t *turn) held(g Group) *Held {
	for i := range t.page.Session.Groups {
		if h := &t.page.Session.Groups[i]; h.Group == g {
			return h
		}
	}
	return nil
}

// grant gives a group the next slice.
func (t *turn) grant(u *Use) Grant {
	s, b := t.page.Session, &t.page.Balance
	g := Grant{Group: u.Group}
	switch {
	case !t.known && s.Point != emergencyPoint, t.sub.Standing == Barred && s.Point != emergencyPoint:
		g.Result = ServiceDenied
	case s.Free:
		g.Result, g.Free, g.Validity = Granted, true, t.policy.Longest
	case s.Roaming == FarAway, b.Quota() <= 0:
		g.Result = ServiceDenied
	case t.held(u.Group) == nil && len(s.Groups) >= mostGroups:
		g.Result = RatingFailed
	default:
		t.reserve(u, &g)
	}
	if g.Result == Granted {
		s.Until = later(s.Until, t.now.Add(g.Validity))
	}
	return g
}

// reserve sets a slice apart for a group.
func (t *turn) reserve(u *Use, g *Grant) {
	s, b := t.page.Session, &t.page.Balance
	left, h := b.free(), t.held(u.Group)
	if h != nil && h.Number > t.r.Number {
		g.Result = Granted // A later request was faster, and has its grant.
		return
	}
	g.Volume = t.policy.slice(left, u.Wanted)
	if g.Volume == 0 {
		g.Result = LimitReached
		return
	}
	if h == nil {
		s.Groups = append(s.Groups, Held{Group: u.Group})
		h = &s.Groups[len(s.Groups)-1]
	}
	g.Result, g.Final = Granted, g.Volume == left
	b.Reserved += g.Volume // It had nothing in hand: who asks has reported.
	h.Reserved, h.Final, h.Number = g.Volume, g.Final, t.r.Number
	if !g.Final {
		g.Threshold = threshold(g.Volume)
	}
	g.Validity = t.policy.validity(b, t.now)
}

// spend counts what a request without a session was granted as used.
func (t *turn) spend(grants []Grant) {
	for i := range grants {
		if g := &grants[i]; g.Result == Granted && g.Volume > 0 {
			t.page.Session.Used += g.Volume
			t.count(g.Volume)
			g.Final, g.Threshold, g.Validity = false, 0, 0
		}
	}
	alert(t.page, t.now)
	release(t.page, t.now)
}

// outcome says how the whole came out: refused where all that was asked for was. A session that gets nothing with its first request is none.
func (t *turn) outcome(grants []Grant) Result {
	worst := Granted
	for i := range t.r.Uses {
		switch {
		case !t.asks(i):
		case grants[i].Result == Granted:
			return Granted
		default:
			worst = grants[i].Result
		}
	}
	s := t.page.Session
	if s.Until.IsZero() {
		s.Until = t.now.Add(t.policy.Longest)
	}
	if worst == Granted {
		return Granted
	}
	if t.r.Kind != Update {
		release(t.page, t.now)
	}
	if t.r.Kind != Update || !t.known || t.sub.Standing == Barred {
		return worst
	}
	return Granted // Each group says why it gets nothing; the session goes on.
}
