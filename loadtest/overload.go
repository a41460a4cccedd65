package loadtest

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Overloaded is what a peer does when it is offered more calls than it can make.
type Overloaded struct {
	Best     float64 // calls a second that it makes when it is offered no more than it can
	Steps    []OverStep
	Recovery time.Duration // after the last step, until a call is answered as before
}

// OverStep is one measure of too much.
type OverStep struct {
	Times   float64 // of Best
	Offered float64 // calls a second that the generator really began
	Good    float64 // answered, and ended in order, a second
	Result  Result
	Cut     int // calls whose BYE was not answered
}

// Overload finds the best rate, unless it is given, and offers twice and five times that.
func Overload(ctx context.Context, p Peer, best float64, each time.Duration) (Overloaded, error) {
	var out Overloaded
	for rate := 200.0; best == 0; rate *= 1.4 {
		s, err := overStep(ctx, p, rate, each)
		if err != nil {
			return out, err
		}
		out.Best = max(out.Best, s.Good)
		if s.Good < 0.9*rate {
			best = out.Best
		}
	}
	out.Best = best
	for _, times := range []float64{1, 2, 5} {
		s, err := overStep(ctx, p, best*times, each)
		if err != nil {
			return out, err
		}
		s.Times = times
		out.Steps = append(out.Steps, s)
	}
	begun := time.Now()
	for {
		s, err := overStep(ctx, p, 10, 500*time.Millisecond)
		if err != nil {
			return out, err
		}
		if s.Result.Failed == 0 && s.Result.SetupP99 < timerT1 || time.Since(begun) > time.Minute {
			out.Recovery = max(time.Since(begun)-500*time.Millisecond-drain, 0)
			return out, nil
		}
	}
}

// overStep is W1 with its calls counted to their end.
func overStep(ctx context.Context, p Peer, rate float64, d time.Duration) (OverStep, error) {
	w, err := newWorld(ctx, p, p.User)
	if err != nil {
		return OverStep{}, err
	}
	defer w.close()
	if err := w.listen(ctx, nil); err != nil {
		return OverStep{}, err
	}
	cut, calls := 0, 0
	l := Load{Name: "overload", Rate: rate, For: d}
	begun := time.Now()
	last := begun
	before := usageOf(p.PIDs)
	w.offer(ctx, l, func(c *call) {
		w.mu.Lock()
		if calls++; c.started.After(last) {
			last = c.started
		}
		w.mu.Unlock()
		if w.settle(c) != nil {
			return
		}
		w.end(c)
		select {
		case <-c.ended:
		default:
			w.mu.Lock()
			cut++
			w.mu.Unlock()
		}
	})
	offered := max(last.Sub(begun), d).Seconds() // the generator may be late: it has the same processors
	sleep(ctx, drain)
	r := w.result(l, usageOf(p.PIDs), before)
	return OverStep{Result: r, Cut: cut, Offered: float64(calls) / offered, Good: float64(r.OK-cut) / offered}, nil
}

// String is the figures in a few lines.
func (o Overloaded) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "best rate %.0f calls/s\n", o.Best)
	for _, s := range o.Steps {
		fmt.Fprintf(&b, "%.0f times (%.0f/s): %.0f good calls/s (%.0f %%), %d refused or lost %v, %d cut, p99 of set-up %v\n", s.Times, s.Offered, s.Good, 100*s.Good/o.Best,
			s.Result.Failed, s.Result.Statuses, s.Cut, s.Result.SetupP99.Round(time.Millisecond))
	}
	fmt.Fprintf(&b, "recovery within %v\n", o.Recovery.Round(time.Millisecond))
	return b.String()
}
