package messaging

import "slices"

// Advance is the state of an outbound message in a state that hears of another (SPEC M7): what is final stays, and nothing goes back. A message in doubt may
// still turn out sent, delivered or failed.
func (s State) Advance(next State) State {
	switch s {
	case StateReceived, StateDelivered, StateFailed:
		return s
	case StateAccepted:
		return next
	case StateSent:
		if next == StateAccepted || next == StateUnknown {
			return s
		}
		return next
	case StateUnknown:
		if next == StateAccepted {
			return s
		}
		return next
	}
	return next
}

// SegmentsState is the state of a delivery that is taken, of those of its segments: delivered when all are, failed when any is.
func SegmentsState(segments []State) State {
	if slices.Contains(segments, StateFailed) {
		return StateFailed
	}
	if len(segments) > 0 && !slices.ContainsFunc(segments, func(s State) bool { return s != StateDelivered }) {
		return StateDelivered
	}
	return StateSent
}
