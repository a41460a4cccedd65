package messaging

import (
	"context"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Attach implements Desk.
func (o *Office) Attach(r Route, c Carrier) (detach func()) {
	h := &carrying{carrier: c}
	o.mu.Lock()
	w := o.workers[r]
	if w == nil {
		w = newWorker(o, r)
		o.workers[r] = w
		if o.launch != nil {
			o.launch(w)
		}
	}
	w.mu.Lock()
	w.carriers = append(w.carriers, h)
	w.mu.Unlock()
	o.mu.Unlock()
	w.stir()
	return func() { w.detach(h) }
}

// leave takes a worker that has no carrier and nothing to do off the list; false: it has one by now.
func (o *Office) leave(w *worker) (gone bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.carriers) > 0 {
		return false
	}
	if o.workers[w.route] == w {
		delete(o.workers, w.route)
	}
	return true
}

// detach takes a carrier off, and waits for what it has under way.
func (w *worker) detach(h *carrying) {
	w.mu.Lock()
	w.carriers = slices.DeleteFunc(w.carriers, func(c *carrying) bool { return c == h })
	w.mu.Unlock()
	w.stir()
	h.under.Wait()
}

// stir has the worker look for new deliveries.
func (w *worker) stir() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// carrier picks the one that has least under way; nil: there is none.
func (w *worker) carrier() *carrying {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.carriers) == 0 {
		return nil
	}
	c := slices.MinFunc(w.carriers, func(a, b *carrying) int { return a.busy - b.busy })
	c.busy++
	c.under.Add(1)
	return c
}

// carry carries one delivery out.
func (w *worker) carry(ctx context.Context, c *carrying, d *Delivery) {
	out := w.office.carried(ctx, c.carrier, d)
	w.mu.Lock()
	c.busy--
	w.mu.Unlock()
	c.under.Done()
	w.finished <- finished{lane: d.Lane, d: d, out: out}
}

// carried asks a carrier. One that panics may have sent the message.
func (o *Office) carried(ctx context.Context, c Carrier, d *Delivery) (out Outcome) {
	ctx, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			o.log.LogAttrs(ctx, slog.LevelError, "a carrier panicked", slog.String("message_id", string(d.Message)), slog.String("peer", string(d.Route)),
				slog.Any("err", p), slog.String("cause", string(debug.Stack())))
			out = Outcome{Result: ResultUnknown}
		}
	}()
	return c.Carry(ctx, d)
}

// end writes outcomes, however long the store is away, until ctx ends.
func (o *Office) end(ctx context.Context, r Route, outcomes []Outcome) {
	for failed := 1; ; failed++ {
		err := o.store.End(ctx, outcomes...)
		if err == nil || ctx.Err() != nil {
			return
		}
		if failed == 1 {
			o.log.LogAttrs(ctx, slog.LevelError, "write what came of deliveries", slog.String("peer", string(r)), slog.Any("err", err))
		}
		t := time.NewTimer(retryAfter(failed))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// settledState counts what came of an outbound message's delivery.
func (o *Office) settledState(d *Delivery, ending []Outcome) {
	if d.Channel != ChannelNetwork {
		return
	}
	i := slices.IndexFunc(ending, func(out Outcome) bool { return out.Delivery == d.ID })
	if i < 0 {
		return
	}
	switch ending[i].Result {
	case ResultSent:
		o.counted(Outbound, StateSent)
	case ResultDelivered:
		o.counted(Outbound, StateDelivered)
	case ResultFailed:
		o.counted(Outbound, StateFailed)
	case ResultUnknown:
		o.counted(Outbound, StateUnknown)
	case ResultAgain, ResultBack:
	}
}

// Reachable implements Desk.
func (o *Office) Reachable(who Address) {
	if strings.HasPrefix(string(who), phonePrefix) {
		o.hasten(string(who))
		return
	}
	s := o.directory.Post()
	l := s.Lines[who]
	if l == nil {
		l = s.IMSIs[digits(who)]
	}
	if l == nil {
		l = s.Lines["+"+Address(digits(who))]
	}
	if l == nil {
		return
	}
	o.hasten(NativeLane(l.E164))
}
