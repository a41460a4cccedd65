package messaging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// sweepEvery is how often sets that never became complete, deliveries whose time ran out and leases of nodes that went down are looked for.
const sweepEvery = time.Minute

// sweepAtOnce is how many of them are taken in one transaction.
const sweepAtOnce = 100

// wholeWithin is for how long segments wait for the others.
const wholeWithin = 24 * time.Hour

// Start takes up what was under way when the last process ended, and begins to carry out. It fails when the store does not answer.
func (o *Office) Start(ctx context.Context) error {
	if err := o.recover(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // Close says when it is over: what is under way at the end of ctx is to be finished.
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.launch != nil {
		stop()
		return errors.New("this office was started before")
	}
	o.stop = stop
	o.launch = func(w *worker) { o.running.Go(func() { w.run(ctx) }) }
	o.hurry = func(lane string) {
		o.running.Go(func() {
			if err := o.waker.Hasten(ctx, lane); err != nil && ctx.Err() == nil {
				o.log.LogAttrs(ctx, slog.LevelError, "hasten deliveries", slog.Any("err", err))
			}
		})
	}
	for _, w := range o.workers {
		o.launch(w)
	}
	o.unhook = o.waker.OnDeliveries(o.stirred)
	o.running.Go(func() { o.sweep(ctx) })
	return nil
}

// Close ends the work: what is under way is finished and written, and nothing new begun. When ctx ends before, what is still under way is given up, and in doubt.
func (o *Office) Close(ctx context.Context) error {
	o.mu.Lock()
	if o.closed || o.launch == nil {
		o.closed = true
		o.mu.Unlock()
		return nil
	}
	o.closed, o.launch, o.hurry = true, nil, nil
	o.unhook()
	close(o.closing)
	o.mu.Unlock()
	done := make(chan struct{})
	go func() {
		o.running.Wait()
		close(done)
	}()
	defer o.stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		o.stop()
		<-done
		return fmt.Errorf("finish deliveries: %w", context.Cause(ctx))
	}
}

// stirred tells a route's worker of new deliveries.
func (o *Office) stirred(r Route) {
	o.mu.Lock()
	w := o.workers[r]
	o.mu.Unlock()
	if w != nil {
		w.stir()
	}
}

// hasten makes a lane's deliveries due.
func (o *Office) hasten(lane string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hurry != nil {
		o.hurry(lane)
	}
}

// recover takes what was under way in a process that is no more.
func (o *Office) recover(ctx context.Context) error {
	s := o.directory.Post()
	got, err := o.store.Recover(ctx, func(r Route) InDoubt { return policyOf(s, r) })
	if err != nil {
		return fmt.Errorf("take up what was under way: %w", err)
	}
	if got.Again+got.InDoubt > 0 {
		o.log.LogAttrs(ctx, slog.LevelWarn, "messages were under way when a process ended",
			slog.String("status", fmt.Sprintf("%d sent again, %d in doubt", got.Again, got.InDoubt)))
	}
	return nil
}

// sweep looks now and again for what nobody else takes care of.
func (o *Office) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-o.closing:
			return
		case <-ctx.Done():
			return
		case <-o.crowded:
			o.report(ctx, o.finishSets(ctx))
		case <-tick.C:
			o.report(ctx, errors.Join(o.recover(ctx), o.finishSets(ctx), o.expire(ctx)))
		}
	}
}

func (o *Office) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		o.log.LogAttrs(ctx, slog.LevelError, "sweep messages", slog.Any("err", err))
	}
}

// finishSets makes messages of what came of those whose other segments never did (SPEC M6).
func (o *Office) finishSets(ctx context.Context) error {
	finish := func(parts []Part) ([]Draft, error) {
		drafts, err := o.whole(o.directory.Post(), parts)
		if r, is := errors.AsType[*Refusal](err); is {
			o.log.LogAttrs(ctx, slog.LevelInfo, "segments without the others were dropped", slog.String("cause", r.Code))
			return nil, nil
		}
		return drafts, err
	}
	for {
		n, err := o.store.Overdue(ctx, time.Now().Add(-wholeWithin), sweepAtOnce, finish)
		if err != nil {
			return fmt.Errorf("finish sets of segments: %w", err)
		}
		if n < sweepAtOnce {
			return nil
		}
	}
}

// expire fails what nobody took in time.
func (o *Office) expire(ctx context.Context) error {
	for {
		n, err := o.waker.Expire(ctx, sweepAtOnce)
		if err != nil {
			return fmt.Errorf("end deliveries whose time ran out: %w", err)
		}
		if n < sweepAtOnce {
			return nil
		}
	}
}
