package transaction

import (
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// overload says when new work is to be shed. What tells is how long requests have waited when their turn comes (RFC 8289 section 3.2: a queue that stands is bad, one
// that comes and goes is not), and that many wait: a lone request that waited on a busy machine is no reason to send others away.
type overload struct {
	born    time.Time
	target  time.Duration
	waiting atomic.Int64 // in all queues
	usual   atomic.Int64 // nanoseconds that requests have waited lately; updates of two workers at once may lose one, which changes nothing
	since   atomic.Int64 // when that became too long, after born; 0: it is not
}

const (
	queueDelay = 20 * time.Millisecond  // the default of Config.Delay
	crowd      = 16                     // that wait at once, at least, where new work is shed
	smoothing  = 16                     // requests over which the wait is averaged, about
	stands     = 100 * time.Millisecond // that the wait has been too long, before anybody is sent away: RFC 8289's interval. A machine that stood still for a moment makes up for it
)

// now is when, for item.at.
func (o *overload) now() time.Duration { return time.Since(o.born) }

// turn notes that the turn of an item has come that was queued at that time, and says whether new work is to be shed: then this item too, if it is new.
func (o *overload) turn(at time.Duration) bool {
	left := o.waiting.Add(-1)
	waited := o.now() - at
	usual := time.Duration(o.usual.Load())
	usual += (waited - usual) / smoothing
	o.usual.Store(int64(usual))
	if usual < o.target {
		o.since.Store(0)
		return false
	}
	if o.since.CompareAndSwap(0, int64(o.now())) {
		return false
	}
	return left >= crowd && waited >= o.target && o.now()-time.Duration(o.since.Load()) >= stands
}

// late sheds a request whose turn came too late, if it may be shed; the sender has waited and would give up, or send it again, before the call is made.
func (s *shard) late(r *gosip.Request, it item) bool {
	s.mu.Lock()
	sheddable := s.sheddableLocked(r)
	s.mu.Unlock()
	if sheddable {
		s.layer.shed(r, it.from)
	}
	return sheddable
}
