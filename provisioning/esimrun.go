package provisioning

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tandem/routing"
)

// ESIMRunner takes the steps of every eSIM: whatever the records say is to be done is done, also what another run of the program, or another node, had begun.
// At most one request is under way for each eSIM: whoever takes up a step writes that down first, and of two only one can.
type ESIMRunner struct {
	// Settings: nobody changes these.
	store Store
	reach func(*Operator) (Reach, error)
	pace  Pace
	log   *slog.Logger

	wake chan struct{} // of one: whatever changed is seen then
	room chan struct{} // one place for each request under way
	wg   sync.WaitGroup

	mu    sync.Mutex
	busy  map[string]bool      // eSIMs whose step is under way here
	later map[string]time.Time // and those that could not be taken up: not before then
}

// ESIMRunnerConfig says what a runner works with.
type ESIMRunnerConfig struct {
	Store Store
	Reach func(*Operator) (Reach, error) // how an operator is asked; it does not block
	Pace  Pace
	Log   *slog.Logger
}

// NewESIMRunner makes a runner; Run starts it.
func NewESIMRunner(c ESIMRunnerConfig) *ESIMRunner {
	const atOnce = 16
	return &ESIMRunner{
		store: c.Store, reach: c.Reach, pace: c.Pace, log: c.Log, wake: make(chan struct{}, 1), room: make(chan struct{}, atOnce),
		busy: map[string]bool{}, later: map[string]time.Time{},
	}
}

// Wake makes the runner look at the records again. It never blocks.
func (r *ESIMRunner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// lookEvery is how often the records are looked at where nobody says that they changed.
const lookEvery = time.Minute

// Run works until ctx ends. What is under way then is not waited for longer than the request itself notices that.
func (r *ESIMRunner) Run(ctx context.Context) {
	defer r.wg.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-timer.C:
		}
		timer.Reset(r.look(ctx))
	}
}

// look starts what is due, and says when to look again.
func (r *ESIMRunner) look(ctx context.Context) time.Duration {
	st, err := r.store.State(ctx)
	if err != nil {
		r.log.LogAttrs(ctx, slog.LevelWarn, "the records of eSIMs cannot be read", slog.Any("err", err))
		return lookEvery
	}
	wait := lookEvery
	now := time.Now()
	for _, n := range st.Numbers {
		e := n.Settings.ESIM
		if e == nil {
			continue
		}
		at, is := st.nextMove(n, e)
		if !is {
			continue
		}
		if later := r.notBefore(e.ID); later.After(at) {
			at = later
		}
		if at.After(now) {
			wait = min(wait, at.Sub(now))
			continue
		}
		r.start(ctx, n.ID, e.ID)
	}
	return max(wait, time.Millisecond)
}

// nextMove is when something is to be done for an eSIM; false: nothing is.
func (s *State) nextMove(n *Number, e *ESIM) (time.Time, Works) {
	if e.waits() {
		only, err := e.Operator, error(nil)
		if only == "" {
			only, err = s.onlyOperator(n.Account)
		}
		o := s.operator(only)
		return e.Next, Works(err == nil && o != nil && o.Settings.Platform != nil)
	}
	at, _, is := e.Due(s.operator(e.Operator))
	return at, is
}

// waits says whether an eSIM has no operator yet, or its operator had no platform when it was assigned.
func (e *ESIM) waits() (is bool) {
	return e.unasked() && e.MatchingID == "" && e.State == ESIMRequested && !bool(e.Ending())
}

func (r *ESIMRunner) notBefore(id string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.later[id]
}

// start goes on with an eSIM in a goroutine of its own, unless one is at it.
func (r *ESIMRunner) start(ctx context.Context, number routing.NumberID, esim string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[esim] {
		return
	}
	r.busy[esim] = true
	r.wg.Go(func() {
		defer r.stop(esim)
		select {
		case r.room <- struct{}{}:
			defer func() { <-r.room }()
		case <-ctx.Done():
			return
		}
		for ctx.Err() == nil {
			if goesOn := r.step(ctx, number, esim); !goesOn {
				return
			}
		}
	})
}

// stop lets an eSIM be taken up again, and looks whether it has to be.
func (r *ESIMRunner) stop(esim string) {
	r.mu.Lock()
	delete(r.busy, esim)
	r.mu.Unlock()
	r.Wake()
}

// step takes up one step, asks the operator and writes down what came of it; false: there is nothing to do for this eSIM now.
func (r *ESIMRunner) step(ctx context.Context, number routing.NumberID, esim string) (goesOn bool) {
	claimed, moved, err := r.claim(ctx, number, esim)
	if err != nil {
		r.putOff(ctx, esim, err)
		return false
	}
	if claimed == nil {
		return moved
	}
	reach, err := r.reach(claimed.way)
	var news ESIMNews = StepRefused{Step: claimed.step, Try: claimed.esim.Tries, Again: time.Now().Add(r.pace.after(claimed.esim.Tries))}
	if err == nil {
		news = claimed.ask(ctx, reach, r.pace)
	} else if refused, is := news.(StepRefused); is {
		refused.Fault = err.Error()
		news = refused
	}
	if refused, is := news.(StepRefused); is {
		r.log.LogAttrs(ctx, slog.LevelWarn, "a step of an eSIM came to nothing", slog.Any("number", claimed.number), slog.String("method", string(claimed.step)),
			slog.String("peer", claimed.way.Name), slog.String("err", refused.Fault))
	}
	// Whatever ended ctx: the operator has done it, or has not, and that is to be known.
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer done()
	_, err = Do(keep, r.store, ESIMActor, func(s *State) ([]Change, error) {
		n, e := s.esimNow(number, esim)
		if n == nil {
			return nil, nil
		}
		return s.heard(n, e.After(news, time.Now())), nil
	})
	if err != nil {
		r.putOff(ctx, esim, err)
		return false
	}
	_, refused := news.(StepRefused)
	return !refused
}

// keepWithin is how long the store may take to write down what came of a step.
const keepWithin = 10 * time.Second

// putOff leaves an eSIM alone for a while: what was claimed is taken up when its time is over.
func (r *ESIMRunner) putOff(ctx context.Context, esim string, err error) {
	if !errors.Is(err, context.Canceled) {
		r.log.LogAttrs(ctx, slog.LevelWarn, "an eSIM cannot be gone on with", slog.Any("err", err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.later[esim] = time.Now().Add(r.pace.after(1))
}

// claim takes up the next step of an eSIM; nil: there is none to take up now. It says too whether something of the eSIM moved.
func (r *ESIMRunner) claim(ctx context.Context, number routing.NumberID, esim string) (*job, bool, error) {
	var claimed *job
	changes, err := Do(ctx, r.store, ESIMActor, func(s *State) ([]Change, error) {
		claimed = nil
		n, e := s.esimNow(number, esim)
		if n == nil {
			return nil, nil
		}
		now := time.Now()
		at, is := s.nextMove(n, e)
		if !bool(is) || at.After(now) {
			return nil, nil
		}
		if e.waits() {
			return s.provideLater(n, *e, now, r.pace), nil
		}
		o := s.operator(e.Operator)
		claimed = &job{number: n.E164, step: e.NextStep(o), way: o}
		claimed.esim = e.Claimed(claimed.step, now)
		return s.heard(n, claimed.esim), nil
	})
	if err != nil {
		return nil, false, err
	}
	return claimed, len(changes) > 0, nil
}

// provideLater gives an eSIM that waits an operator and a card, now that there is one; where it can have none it says why.
func (s *State) provideLater(n *Number, e ESIM, now time.Time, p Pace) []Change {
	next := *n
	next.Settings.ESIM = &e
	changes, err := s.provide(&next)
	if err == nil {
		return changes
	}
	e = *n.Settings.ESIM
	e.Tries++
	e.Fault, e.Next = err.Error(), now.Add(p.after(e.Tries)).UTC().Truncate(time.Millisecond)
	return s.heard(n, e)
}
