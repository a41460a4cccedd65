package messaging

import (
	"math/rand/v2"
	"time"
)

// Tries of a delivery: the first again after firstAgain, then twice as long each time, up to lastAgain.
const (
	firstAgain = 5 * time.Second
	lastAgain  = 15 * time.Minute
)

// settled is what is to be written of what a carrier said: when it is tried again and by which way, and what becomes of what is in doubt.
func settled(s *Snapshot, d *Delivery, out Outcome, now time.Time) Outcome {
	out.Delivery = d.ID
	switch out.Result {
	case ResultSent, ResultDelivered, ResultBack:
		return out
	case ResultUnknown:
		if policyOf(s, d.Route) == InDoubtHold {
			out.Reason = ReasonInDoubt
			return out
		}
		out.Result, out.Repeat = ResultAgain, true
	case ResultFailed:
		next := otherWay(s, d)
		if next == "" {
			return out
		}
		out.Result, out.Route, out.Again = ResultAgain, next, now
		return out
	case ResultAgain:
	}
	return again(s, d, out, now)
}

// again says when and by which way a delivery is tried once more.
func again(s *Snapshot, d *Delivery, out Outcome, now time.Time) Outcome {
	if !now.Before(d.Until) {
		return Outcome{Delivery: d.ID, Result: ResultFailed, Reason: ReasonExpired}
	}
	if out.Again.IsZero() && out.Reason != ReasonMemoryFull && !out.Repeat {
		// Another way may reach a handset that this one does not; one that has no room it would find as full.
		if out.Route = otherWay(s, d); out.Route != "" {
			out.Again = now
			return out
		}
		out.Route = firstWay(s, d)
	}
	if out.Again.IsZero() {
		out.Again = now.Add(backoff(d.Try))
	}
	if out.Again.After(d.Until) {
		out.Again = d.Until
	}
	return out
}

// backoff is how long to wait after a try, with a fifth of chance in it so that what failed together does not come back together.
func backoff(try int) time.Duration {
	d := firstAgain
	for range min(max(try-1, 0), 10) {
		d = min(2*d, lastAgain)
	}
	return d - d/10 + rand.N(d/5) //nolint:gosec // Nobody gains by guessing it.
}

// otherWay is the way to a handset that comes after the one that a delivery was tried by; empty: there is none.
func otherWay(s *Snapshot, d *Delivery) Route {
	if d.Channel != ChannelNative || d.Raw != nil {
		return ""
	}
	if l := s.Lines[d.To]; l != nil && l.Native != nil {
		if c := s.nextWay(l, ConnectorID(d.Route)); c != nil {
			return Route(c.ID)
		}
	}
	return ""
}

// firstWay is the way to a handset that is tried first, when a delivery was tried by another; empty: it was not.
func firstWay(s *Snapshot, d *Delivery) Route {
	if d.Channel != ChannelNative || d.Raw != nil {
		return ""
	}
	if l := s.Lines[d.To]; l != nil && l.Native != nil {
		if c := s.nextWay(l, ""); c != nil && Route(c.ID) != d.Route {
			return Route(c.ID)
		}
	}
	return ""
}

// waysOf are the routes that share the lane of a delivery to a handset.
func waysOf(s *Snapshot, d *Delivery) []Route {
	if d.Channel != ChannelNative {
		return nil
	}
	l := s.Lines[d.To]
	if l == nil || l.Native == nil {
		return nil
	}
	out := make([]Route, 0, len(l.Native.Ways))
	for _, id := range l.Native.Ways {
		out = append(out, Route(id))
	}
	return out
}

// policyOf says what becomes of what is in doubt on a route: of SIP phones, and where nothing else is said, it is sent again.
func policyOf(s *Snapshot, r Route) InDoubt {
	if c := s.Connectors[ConnectorID(r)]; c != nil && c.InDoubt == InDoubtHold {
		return InDoubtHold
	}
	return InDoubtRetry
}

// windowOf is how many deliveries of a route are under way at a time.
func windowOf(s *Snapshot, r Route) int {
	const usual = 10
	c := s.Connectors[ConnectorID(r)]
	switch {
	case c == nil:
		return 1
	case c.InDoubt == InDoubtHold:
		return 1
	case c.Window <= 0:
		return usual
	}
	return c.Window
}
