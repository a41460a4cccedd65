package charging

import (
	"context"
	"fmt"
)

// longestCycle is in days.
const longestCycle = 32

// Usage is what people see of a balance at a moment.
type Usage struct {
	Balance

	Days []Day     // of the cycle, in their order; those without use are left out
	Open []Session // oldest first
}

// Usage says how a balance stands. One that nothing was used of yet is whole. It fails with ErrNoBalance where there is no such subscription.
func (o *Office) Usage(ctx context.Context, balance string) (Usage, error) {
	sub, known := o.subscribers.Of(balance)
	if !known {
		return Usage{}, ErrNoBalance
	}
	now := o.now()
	p := Page{}
	v, err := o.ledger.Look(ctx, balance, dayOf(now.AddDate(0, 0, -longestCycle), o.policy.Zone))
	if err != nil {
		return Usage{}, fmt.Errorf("read a balance: %w", err)
	}
	p.Balance = v.Balance
	p.Balance.ID = balance
	turnTo(&p, &sub, &o.policy, now) // It may be a moment before somebody writes that a cycle began.
	out := Usage{Balance: p.Balance, Open: v.Open}
	first := dayOf(p.Balance.Start, o.policy.Zone)
	for _, d := range v.Days {
		if d.Day >= first {
			out.Days = append(out.Days, d)
		}
	}
	return out, nil
}
