package messaging

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// How workers go about it.
const (
	defaultPatience = 90 * time.Second
	leaseBeyond     = 2 * time.Minute  // by which a lease is longer than the patience for one delivery: what cannot begin within it is given back
	poll            = 5 * time.Minute  // looked for new deliveries at least as often, should nobody have told of them
	firstRetry      = time.Second / 10 // of a store that does not answer
	lastRetry       = 5 * time.Second
	batch           = 64 // deliveries that are claimed together, and outcomes written together, at least as many as four windows
)

// worker carries out the deliveries of one route. run owns all but what mu guards.
type worker struct {
	office *Office
	route  Route

	wake     chan struct{} // capacity 1: there may be new deliveries, or another carrier
	finished chan finished // of carries
	written  chan int      // outcomes that the store has

	lanes   map[string][]leased // claimed, in order; the first of a lane with one under way is that one
	waiting []string            // lanes of which none is under way, oldest first
	active  int                 // carries under way
	claimed int                 // deliveries in lanes
	ending  []Outcome           // not written yet
	stirs   map[Route]struct{}  // routes that may go on once those are written: the other ways to a handset
	writing bool
	closing bool      // nothing new is begun
	more    bool      // there may be more to claim
	retry   time.Time // claim no earlier
	failed  int       // claims in a row
	due     time.Time // of the next delivery; zero: none
	free    time.Time // when the rate allows the next

	mu       sync.Mutex
	carriers []*carrying
}

// leased is a delivery of ours until a time.
type leased struct {
	d     Delivery
	until time.Time
}

// finished is what came of one.
type finished struct {
	lane string
	d    *Delivery
	out  Outcome
}

// carrying is a carrier and what it has under way.
type carrying struct {
	carrier Carrier
	busy    int
	under   sync.WaitGroup
}

func newWorker(o *Office, r Route) *worker {
	return &worker{
		office: o, route: r, wake: make(chan struct{}, 1), finished: make(chan finished), written: make(chan int), lanes: map[string][]leased{}, more: true,
		stirs: map[Route]struct{}{},
	}
}

// run works until ctx ends, or the office closes and nothing is under way, or no carrier is left.
func (w *worker) run(ctx context.Context) {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	closing := w.office.closing
	for {
		w.begin(ctx)
		w.claim(ctx)
		w.write(ctx)
		if w.idle() && (w.closing || w.office.leave(w)) {
			return
		}
		timer.Reset(w.pause())
		select {
		case <-ctx.Done():
			w.abandon()
			return
		case <-closing:
			closing, w.closing = nil, true
		case <-w.wake:
			w.more = true
		case f := <-w.finished:
			w.finish(&f)
		case <-w.written:
			w.writing, w.more = false, true
			w.stirOthers()
		case <-timer.C:
			w.more = w.more || !w.due.After(time.Now())
		}
	}
}

// abandon waits for carries whose context has ended. What came of them nobody writes: they are in doubt when the store is asked next.
func (w *worker) abandon() {
	for w.active > 0 {
		<-w.finished
		w.active--
	}
	if w.writing {
		<-w.written
	}
}

// idle says whether nothing is under way or to be written.
func (w *worker) idle() bool { return w.claimed == 0 && !w.writing && len(w.ending) == 0 }

// pause is how long there is nothing to do unless something happens.
func (w *worker) pause() time.Duration {
	now, next := time.Now(), time.Now().Add(poll)
	for _, t := range []time.Time{w.retry, w.due, w.free} {
		if t.After(now) && t.Before(next) {
			next = t
		}
	}
	return next.Sub(now)
}

// claim takes deliveries when there is room for them.
func (w *worker) claim(ctx context.Context) {
	limit := w.limit()
	if w.closing || limit <= 0 || !w.more || time.Now().Before(w.retry) {
		return
	}
	lease := w.office.patience + leaseBeyond
	until := time.Now().Add(lease)
	c := Claim{Route: w.route, Lease: lease, Limit: limit}
	if limit == 1 && !w.writing {
		c.Ended = w.ending // Where one is under way at a time, all the time goes into transactions: this saves one of two.
	}
	ds, err := w.office.store.Claim(ctx, c)
	if err == nil {
		w.ending = w.ending[len(c.Ended):]
		w.stirOthers()
	}
	if err == nil && len(ds) < limit {
		w.due, err = w.office.waker.Due(ctx, w.route)
		w.more = err == nil && !w.due.IsZero() && !w.due.After(time.Now()) && len(ds) > 0
	}
	if err != nil {
		w.later(ctx, err)
	} else {
		w.failed, w.retry = 0, time.Time{}
	}
	for i := range ds {
		lane := ds[i].Lane
		if len(w.lanes[lane]) == 0 {
			w.waiting = append(w.waiting, lane)
		}
		w.lanes[lane] = append(w.lanes[lane], leased{ds[i], until})
		w.claimed++
	}
	w.begin(ctx)
}

// limit is how many more may be claimed: where nothing may be sent twice one at a time, and only when what came of the last is written.
func (w *worker) limit() int {
	s := w.office.directory.Post()
	w.mu.Lock()
	carriers := len(w.carriers)
	w.mu.Unlock()
	if carriers == 0 {
		return 0
	}
	if policyOf(s, w.route) == InDoubtHold {
		if w.claimed == 0 && !w.writing {
			return 1 // What came of the one before, if it is not written yet, is written with it.
		}
		return 0
	}
	most := max(batch, 4*windowOf(s, w.route))
	if w.claimed > most/2 {
		return 0
	}
	return most - w.claimed
}

// later puts off the next claim, of a store that does not answer.
func (w *worker) later(ctx context.Context, err error) {
	if w.failed == 0 && ctx.Err() == nil {
		w.office.log.LogAttrs(ctx, slog.LevelError, "claim deliveries", slog.String("peer", string(w.route)), slog.Any("err", err))
	}
	w.failed++
	w.more, w.retry = true, time.Now().Add(retryAfter(w.failed))
}

func retryAfter(failed int) time.Duration {
	return min(firstRetry<<min(failed-1, 10), lastRetry)
}

// begin carries out what the window, the rate and the lanes allow. When the office closes it gives back what has not begun.
func (w *worker) begin(ctx context.Context) {
	s := w.office.directory.Post()
	window := windowOf(s, w.route)
	for len(w.waiting) > 0 && (w.closing || w.active < window) {
		lane := w.waiting[0]
		next := &w.lanes[lane][0]
		now := time.Now()
		if w.closing || now.Add(w.office.patience).After(next.until) {
			w.waiting = w.waiting[1:]
			w.back(lane)
			continue
		}
		if !now.Before(next.d.Until) {
			w.waiting = w.waiting[1:]
			w.ended(lane, Outcome{Delivery: next.d.ID, Result: ResultFailed, Reason: ReasonExpired})
			continue
		}
		if !w.allowed(s, next.d.Segments, now) {
			return
		}
		c := w.carrier()
		w.waiting = w.waiting[1:]
		if c == nil {
			w.back(lane)
			continue
		}
		w.active++
		d := next.d
		go w.carry(ctx, c, &d)
	}
}

// allowed says whether the rate lets a message of so many segments go now, and if so counts it. A tenth of a second may be caught up on.
func (w *worker) allowed(s *Snapshot, segments int, now time.Time) bool {
	c := s.Connectors[ConnectorID(w.route)]
	if c == nil || c.Rate <= 0 {
		return true
	}
	if now.Before(w.free) {
		return false
	}
	if slack := now.Add(-time.Second / 10); w.free.Before(slack) {
		w.free = slack
	}
	w.free = w.free.Add(time.Duration(float64(max(segments, 1)) / c.Rate * float64(time.Second)))
	return true
}

// stirOthers tells the routes that may go on, now that what came of ours is written.
func (w *worker) stirOthers() {
	for r := range w.stirs {
		w.office.stirred(r)
	}
	if len(w.ending) == 0 {
		clear(w.stirs)
	}
}

// back gives a lane's deliveries back that were not begun.
func (w *worker) back(lane string) {
	for _, l := range w.lanes[lane] {
		w.ending = append(w.ending, Outcome{Delivery: l.d.ID, Result: ResultBack})
		w.claimed--
	}
	delete(w.lanes, lane)
}

// ended notes what came of a lane's first, and lets the next wait for its turn, or gives the rest back when the first is to be tried again before them.
func (w *worker) ended(lane string, out Outcome) {
	w.ending = append(w.ending, out)
	w.claimed--
	w.lanes[lane] = w.lanes[lane][1:]
	switch {
	case len(w.lanes[lane]) == 0:
		delete(w.lanes, lane)
	case out.Result == ResultAgain || out.Result == ResultBack:
		w.back(lane)
	default:
		w.waiting = append(w.waiting, lane)
	}
}

// finish notes what came of a carry.
func (w *worker) finish(f *finished) {
	w.active--
	s := w.office.directory.Post()
	w.ended(f.lane, settled(s, f.d, f.out, time.Now()))
	w.office.settledState(f.d, w.ending)
	for _, r := range waysOf(s, f.d) {
		if r != w.route {
			w.stirs[r] = struct{}{}
		}
	}
}

// write has what came of deliveries written, all that there is at once, while others go on.
func (w *worker) write(ctx context.Context) {
	if w.writing || len(w.ending) == 0 {
		return
	}
	w.writing = true
	outcomes := w.ending[:min(len(w.ending), 4*batch)]
	w.ending = slices.Clone(w.ending[len(outcomes):])
	go func() {
		w.office.end(ctx, w.route, outcomes)
		w.written <- len(outcomes)
	}()
}
