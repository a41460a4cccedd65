package messaging

import "context"

// Desk is where connectors hand in what they hear. *Office is the one.
type Desk interface {
	// Take keeps what came by a connector, and returns once it is kept for good: only then may the sender be told. A *Refusal says that it never will be taken;
	// any other error that it was not kept, so that the sender should try again.
	Take(ctx context.Context, a Arrival) (Taken, error)
	// Send keeps what somebody of ours wrote, and returns once it is kept for good. It fails with a *Refusal, or because it could not be kept.
	Send(ctx context.Context, o Outgoing) (Stored, error)
	// Receipt keeps what a network says of a message, and returns once that is kept for good.
	Receipt(ctx context.Context, r Receipt) error
	// Reachable takes that a handset or phone can be reached now: what waits for it goes at once. A handset is named by its IMSI or its number, a SIP phone by its route.
	Reachable(who Address)
	// Attach opens a route: its deliveries are handed to c from now on, until detach returns; c is asked for nothing after that. Of two for one route both are
	// handed deliveries, no lane to both at a time.
	Attach(r Route, c Carrier) (detach func())
}

// Carrier carries deliveries out. Carry is called by as many goroutines as the window of its route allows, for one lane by one at a time; it returns when the
// other has answered, when its patience is over, or when ctx ends, with ResultUnknown where the other may have taken it.
type Carrier interface {
	Carry(ctx context.Context, d *Delivery) Outcome
}

// Taken is what became of an arrival.
type Taken struct {
	Message ID // empty: it is a segment, and others are missing
	Repeat  bool
}
