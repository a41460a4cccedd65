package charging

import "time"

// Left is what is not used yet of the quota; part of it may be reserved.
func (b *Balance) Left() Bytes { return max(0, b.Quota()-b.Used) }

// Quota is what may be used in the cycle.
func (b *Balance) Quota() Bytes { return b.Package + b.ToppedUp }

// free is what is neither used nor reserved.
func (b *Balance) free() Bytes { return max(0, b.Quota()-b.Used-b.Reserved) }

// turnTo brings a balance to the present: into the cycle of the moment, and to the package of its subscriber, who may be nil. What is reserved stays so: what is
// used of it from now on counts to the new cycle. It says whether anything changed.
func turnTo(p *Page, sub *Subscriber, policy *Policy, now time.Time) (changed bool) {
	b, day := &p.Balance, 0
	if sub != nil {
		day = sub.CycleDay
		changed = b.Package != sub.Package || b.Account != sub.Account
		b.Package, b.Account = sub.Package, sub.Account
	}
	switch {
	case b.Start.IsZero():
		b.Start, b.End = CycleAt(now, day, policy.Zone)
	case !now.Before(b.End):
		b.Start, b.End = CycleAt(now, day, policy.Zone)
		b.Used, b.ToppedUp, b.Told = 0, 0, 0
		p.News = append(p.News, News{Kind: CycleReset, At: now, Balance: *b})
	default:
		return changed
	}
	return true
}

// alert tells each threshold that is reached, once in a cycle.
func alert(p *Page, now time.Time) {
	b := &p.Balance
	for _, percent := range []int{80, 100} {
		if b.Told < percent && b.Quota() > 0 && b.Used >= b.Quota()-b.Quota()*Bytes(100-percent)/100 {
			b.Told = percent
			p.News = append(p.News, News{Kind: ThresholdReached, At: now, Balance: *b, Percent: percent})
		}
	}
}

// release gives back what a session has in hand, and ends it.
func release(p *Page, now time.Time) {
	for _, h := range p.Session.Groups {
		p.Balance.Reserved -= h.Reserved + h.Doubt
	}
	p.Session.Groups = nil
	if p.Session.Closed.IsZero() {
		p.Session.Closed = now
	}
}
