package charging

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrNoBalance says that a subscription has no balance: there is no such subscription, or it is not in force.
var ErrNoBalance = errors.New("no such balance")

// TopUp is credit that is added to a balance.
type TopUp struct {
	ID      string // the same again adds nothing
	Balance string
	Volume  Bytes
	By      string // who did it
}

// TopUp adds to the quota of the present cycle, and asks the sessions that were on their last grant to come back for more. It fails with ErrNoBalance,
// and so it does where nothing is added.
func (o *Office) TopUp(ctx context.Context, u TopUp) error {
	sub, known := o.subscribers.Of(u.Balance)
	if !known || sub.Standing == Barred || u.Volume <= 0 || u.ID == "" {
		return ErrNoBalance
	}
	now := o.now()
	// It is kept as a session of nobody's, so that a repeat is known as those of peers are.
	err := o.ledger.Turn(ctx, Place{Session: u.ID, Balance: u.Balance}, func(p *Page) error {
		if p.Session != nil {
			return nil
		}
		turnTo(p, &sub, &o.policy, now)
		b := &p.Balance
		b.ToppedUp = min(b.ToppedUp+u.Volume, mostHeld)
		p.Session = &Session{Name: u.ID, Balance: u.Balance, Opened: now, Heard: now, Until: now, Closed: now}
		p.News = append(p.News, News{Kind: ToppedUp, At: now, Balance: *b, Added: u.Volume, By: u.By})
		p.Touched = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("top up: %w", err)
	}
	return o.recall(ctx, u.Balance, report, Session.onLast)
}

// Revise takes that something of subscriptions is another now, such as their package: soon their balances are too. What is used stays, and their sessions are asked
// to report; those of a subscription that is not in force are ended.
func (o *Office) Revise(balances ...string) {
	o.mu.Lock()
	for _, id := range balances {
		o.revised[id] = struct{}{}
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default: // It is awake.
	}
}

// revise does what Revise wants. What the ledger does not take now is left for the next time.
func (o *Office) revise(ctx context.Context) error {
	o.mu.Lock()
	all := slices.Sorted(maps.Keys(o.revised))
	o.mu.Unlock()
	for _, id := range all {
		if err := o.changed(ctx, id); err != nil {
			return err
		}
		o.mu.Lock()
		delete(o.revised, id)
		o.mu.Unlock()
	}
	return nil
}

func (o *Office) changed(ctx context.Context, balance string) error {
	sub, known := o.subscribers.Of(balance)
	err := o.ledger.Turn(ctx, Place{Balance: balance}, func(p *Page) error {
		if known && !p.Balance.Start.IsZero() { // Else nothing was ever used.
			p.Touched = turnTo(p, &sub, &o.policy, o.now())
			alert(p, o.now())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("another package: %w", err)
	}
	if known && sub.Standing == InForce {
		return o.recall(ctx, balance, report, Session.metered)
	}
	return o.recall(ctx, balance, end, Session.anybodys)
}

// onLast says whether a session has the last there was in hand.
func (s Session) onLast() bool {
	for _, h := range s.Groups {
		if h.Final {
			return true
		}
	}
	return false
}

// metered says whether a session draws on its balance.
func (s Session) metered() bool { return !s.Free }

// anybodys is every session but those of emergencies.
func (s Session) anybodys() bool { return s.Point != emergencyPoint }

// recall asks something of the open sessions of a balance that are concerned.
func (o *Office) recall(ctx context.Context, balance string, w wish, concerned func(Session) bool) error {
	v, err := o.ledger.Look(ctx, balance, dayOf(o.now(), o.policy.Zone))
	if err != nil {
		return fmt.Errorf("find sessions: %w", err)
	}
	for _, s := range v.Open {
		if concerned(s) {
			o.ask(s, w)
		}
	}
	return nil
}
