package resolve

import (
	"context"
	"sync"
	"time"

	"tandem/sip/transport"
)

// Limits bound what a Resolver keeps and how long it asks. Zero takes the default.
type Limits struct {
	MinAge   time.Duration // of an answer, where the DNS says less; 5 s
	MaxAge   time.Duration // of an answer, where the DNS says more; 1 h
	Stale    time.Duration // how long an older answer serves when the DNS does not (RFC 8767); 24 h
	Patience time.Duration // how long a request waits for a newer answer than one that it could have; 500 ms
	Timeout  time.Duration // of one question; 5 s
	Names    int           // kept; 4,096
}

// Resolver finds the addresses of servers and remembers them for as long as the DNS says. Safe for concurrent use.
type Resolver struct {
	lookup Lookup
	limits Limits
	start  func(ask func(context.Context)) // on a goroutine of its own, until Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	known   map[string]*answer
	waiting map[string]*question // those under way
}

// question is one that is being asked, and who waits for its answer.
type question struct {
	list []func([]transport.Target, error)
	late bool // an older answer serves meanwhile, where there is one
}

type answer struct {
	found

	until time.Time
}

// New makes a resolver; ctx ends its questions, as Close does.
func New(ctx context.Context, lookup Lookup, limits Limits) *Resolver {
	for _, l := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&limits.MinAge, 5 * time.Second},
		{&limits.MaxAge, longestLife},
		{&limits.Stale, 24 * time.Hour},
		{&limits.Patience, 500 * time.Millisecond},
		{&limits.Timeout, 5 * time.Second},
	} {
		if *l.v == 0 {
			*l.v = l.d
		}
	}
	if limits.Names == 0 {
		limits.Names = 4096
	}
	r := &Resolver{
		lookup: lookup, limits: limits,
		known: make(map[string]*answer), waiting: make(map[string]*question),
	}
	ctx, r.cancel = context.WithCancel(ctx)
	r.start = func(ask func(context.Context)) { r.wg.Go(func() { ask(ctx) }) }
	return r
}

// Close ends the questions under way and waits for them.
func (r *Resolver) Close() {
	r.cancel()
	r.wg.Wait()
}

// Resolve hands over the targets of a server in the order in which a request tries them. It never asks the DNS on the caller's
// goroutine: digits and what is known are delivered at once, everything else later and from another goroutine. One question at a time is
// asked for one name. An answer that is too old serves when no newer one comes soon.
func (r *Resolver) Resolve(v Server, deliver func([]transport.Target, error)) {
	if t, ok := v.literal(); ok {
		deliver([]transport.Target{t}, nil)
		return
	}
	key := string(v.Network) + " " + v.URI.String()
	r.mu.Lock()
	a, q := r.known[key], r.waiting[key]
	if a != nil && (time.Now().Before(a.until) || q != nil && q.late && r.serves(a)) {
		r.mu.Unlock()
		deliver(a.draw(), nil)
		return
	}
	if q == nil {
		q = &question{}
		r.waiting[key] = q
		defer r.start(func(ctx context.Context) { r.ask(ctx, key, v) })
	}
	q.list = append(q.list, deliver)
	r.mu.Unlock()
}

// serves says that an answer, however old, is better than none.
func (r *Resolver) serves(a *answer) bool { return time.Since(a.until) < r.limits.Stale }

// ask asks the DNS and tells all who wait. Those who could have an older answer get that when the DNS is slow.
func (r *Resolver) ask(ctx context.Context, key string, v Server) {
	ctx, cancel := context.WithTimeout(ctx, r.limits.Timeout)
	defer cancel()
	slow := time.AfterFunc(r.limits.Patience, func() { r.tell(key, r.stale(key), nil, waitOn) })
	f, err := r.find(ctx, v)
	slow.Stop()
	a := r.stale(key)
	switch {
	case err == nil:
		a = r.keep(key, f)
	case a != nil:
		err = nil
	}
	r.tell(key, a, err, over)
}

// stale is what is known while it may still serve.
func (r *Resolver) stale(key string) *answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.known[key]; a != nil && r.serves(a) {
		return a
	}
	return nil
}

func (r *Resolver) keep(key string, f found) *answer {
	a := &answer{found: f, until: time.Now().Add(min(max(f.life, r.limits.MinAge), r.limits.MaxAge))}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= r.limits.Names {
		clear(r.known)
	}
	r.known[key] = a
	return a
}

// ending says whether the question is still under way after those who wait were told.
type ending int

const (
	waitOn ending = iota
	over
)

func (r *Resolver) tell(key string, a *answer, err error, e ending) {
	r.mu.Lock()
	q := r.waiting[key]
	if q == nil || e == waitOn && a == nil {
		r.mu.Unlock()
		return
	}
	list := q.list
	q.list, q.late = nil, true
	if e == over {
		delete(r.waiting, key)
	}
	r.mu.Unlock()
	for _, deliver := range list {
		if a == nil {
			deliver(nil, err)
		} else {
			deliver(a.draw(), nil)
		}
	}
}
