package charging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Bounds of one look for what is over.
const (
	atOnce   = 200
	askFor   = 5 * time.Second // how long a peer may take to say that it will report
	daysKept = 400
)

// wish is what is asked of a session.
type wish int

const (
	report wish = iota // now
	end
)

// ask is a session that something is asked of.
type ask struct {
	peer, session string
	wish          wish
}

// ask has a session report or end soon. Where too many wait it is left out: it reports when its grant is no longer valid.
func (o *Office) ask(s Session, w wish) {
	select {
	case o.asks <- ask{s.Peer, s.Name, w}:
	default:
		o.log.Warn("too many sessions are to report: one is left alone", slog.String("peer", s.Peer))
	}
}

// Run looks after what is over, until ctx ends: sessions of which nothing was heard are asked, and then closed, their reservations given back; cycles begin;
// what is old is forgotten.
func (o *Office) Run(ctx context.Context) {
	tick := time.NewTicker(o.policy.Sweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-o.asks:
			o.tell(ctx, a)
		case <-o.wake:
			o.failed(ctx, o.revise(ctx))
		case <-tick.C:
			o.failed(ctx, errors.Join(o.revise(ctx), o.Sweep(ctx, o.now())))
		}
	}
}

// failed logs what went wrong, but for the end.
func (o *Office) failed(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		o.log.LogAttrs(ctx, slog.LevelWarn, "credit cannot be looked after", slog.Any("err", err))
	}
}

// tell asks something of the peer of a session, by whichever protocol it is.
func (o *Office) tell(ctx context.Context, a ask) {
	o.mu.Lock()
	protocols := o.protocols
	o.mu.Unlock()
	ctx, done := context.WithTimeout(ctx, askFor)
	defer done()
	for _, p := range protocols {
		do := p.Reauthorise
		if a.wish == end {
			do = p.Abort
		}
		err := do(ctx, a.peer, a.session)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrNoSession) {
			o.log.LogAttrs(ctx, slog.LevelInfo, "a peer takes no question about a session", slog.String("peer", a.peer), slog.Any("err", err))
			return
		}
	}
}

// Sweep looks once for what is over at a moment.
func (o *Office) Sweep(ctx context.Context, now time.Time) error {
	ended, err := o.ledger.Ended(ctx, now, atOnce)
	if err != nil {
		return fmt.Errorf("find cycles that are over: %w", err)
	}
	for _, id := range ended {
		if err = o.reset(ctx, id, now); err != nil {
			return err
		}
	}
	due, err := o.ledger.Due(ctx, now, atOnce)
	if err != nil {
		return fmt.Errorf("find sessions that are over: %w", err)
	}
	for i := range due {
		if now.Before(due[i].Until.Add(o.policy.Grace)) {
			o.ask(due[i], report)
			continue
		}
		if err = o.sweep(ctx, &due[i], now); err != nil {
			return err
		}
	}
	if err = o.ledger.Forget(ctx, now.Add(-o.policy.Keep), dayOf(now.AddDate(0, 0, -daysKept), o.policy.Zone)); err != nil {
		return fmt.Errorf("forget what is old: %w", err)
	}
	return nil
}

// reset begins the cycle of a balance. Its open sessions are asked to report, so that what each cycle had is known.
func (o *Office) reset(ctx context.Context, balance string, now time.Time) error {
	sub, known := o.subscribers.Of(balance)
	who := &sub
	if !known {
		who = nil
	}
	err := o.ledger.Turn(ctx, Place{Balance: balance}, func(p *Page) error {
		p.Touched = turnTo(p, who, &o.policy, now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("begin a cycle: %w", err)
	}
	return o.recall(ctx, balance, report, Session.metered)
}

// sweep closes a session of which nothing was heard. A report that comes all the same counts.
func (o *Office) sweep(ctx context.Context, s *Session, now time.Time) error {
	err := o.ledger.Turn(ctx, Place{Peer: s.Peer, Session: s.Name, Balance: s.Balance}, func(p *Page) error {
		is := p.Session
		if is == nil || !is.Closed.IsZero() || now.Before(is.Until.Add(o.policy.Grace)) {
			return nil // Somebody was faster.
		}
		release(p, now)
		is.Swept, p.Touched = true, true
		return nil
	})
	if err != nil {
		return fmt.Errorf("close a session: %w", err)
	}
	o.log.LogAttrs(ctx, slog.LevelInfo, "a data session was not heard of any more", slog.String("peer", s.Peer))
	return nil
}
