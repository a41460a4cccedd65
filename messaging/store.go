package messaging

import (
	"context"
	"time"
)

// Draft is a message as it is to be kept, with what must hold for it and what it calls for.
type Draft struct {
	Message    Message // without Conversation, Place and Seq, which the store gives; with its ID
	Key        Key
	Deliveries []NewDelivery
	Guard      *Guard // it is refused when its number has sent as many; nil: it is only counted
	HeedStop   bool   // it is refused when the other said STOP
	Stop       Stop
}

// Stop says what a message does to the list of those who want none (SPEC L20).
type Stop int

// What it does.
const (
	StopNothing Stop = iota
	StopAdd          // the other said STOP
	StopRemove       // the other said START
)

// Key makes repeats the same message (SPEC M8). With a Name, another with that name within the window is the same. Without, one with that Print is, when it came
// by another bind than the first: a sender that did not hear our answer sends again when it is back. The key of a repeat is kept too, for the first one.
type Key struct {
	Name    string // empty: there is none
	Print   string // of the parties, the direction and the text
	Bind    string
	Since   time.Time // the window's begin; zero: no repeat is looked for, the key is only kept
	Expects bool      // a copy of it may come from the operator, once, under a name and a bind of its own
	Copy    bool      // it may be such a copy: of the oldest with that Print within the window that still expects one. Then it is a repeat, and that one expects no more
}

// Stored is what became of a draft.
type Stored struct {
	Message  Message // as it is kept: of a repeat the first one
	Repeat   bool
	Refused  Reason // ReasonOptedOut or "rate_hour", "rate_day", "rate_month": nothing was kept
	Existing bool   // its conversation was there before
}

// Part is a segment that waits for the others.
type Part struct {
	Set     string // names the message that it is of: parties, direction, reference and total
	Crowd   string // sender and number: of one crowd at most 50 sets are open
	Print   string // of its text
	Segment Segment
	Arrival Arrival
}

// OpenSets is how many sets of one crowd may be open; one more, and the oldest becomes overdue.
const OpenSets = 50

// LateFor is for how long what may be late parts of a set that is done wait for others of a new one, which would have them too: another part that comes later by
// more begins a set of its own.
const LateFor = 10 * time.Minute

// Assembly is what became of a part.
type Assembly struct {
	Repeat   bool // it is here already, or was in a set that is remembered
	Complete bool
	Overdue  bool     // a set became overdue by it
	Stored   []Stored // of a complete one; where one was refused nothing was kept, and the set is gone
}

// Store keeps messages and their deliveries. Each method is one transaction, durable when it returns; events that tell of what it did are written with it.
type Store interface {
	// Put keeps drafts: all of them, or none. A repeat changes nothing. When one is refused none is kept.
	Put(ctx context.Context, drafts ...Draft) ([]Stored, error)
	// Assemble keeps a part. With the last one complete makes the drafts of all, in order, which are put in the same transaction; its error is Assemble's, and the
	// part is not kept. It must not call the store. A part whose number in the set another print has begins a new set: the old one is overdue (references come
	// round again). What a set was made of, complete or overdue, is remembered for 49 h, as prints: another of that name makes nothing, when it
	// becomes complete or overdue, where all its parts were in that one: so for a day what comes late does (see LateFor). One part alone proves nothing: other texts may have it too.
	Assemble(ctx context.Context, p Part, complete func(parts []Part) ([]Draft, error)) (Assembly, error)
	// Overdue takes sets of parts that began before a time or were made overdue, at most limit of them, and puts what finish makes of each (nothing: the set is
	// dropped). It counts the sets.
	Overdue(ctx context.Context, before time.Time, limit int, finish func(parts []Part) ([]Draft, error)) (int, error)
	// Claim leases up to limit deliveries of a route that are due, oldest first, and counts a try of each. Of a lane it takes none while any is leased, and only
	// a run without gaps from the lane's oldest that is not done, whatever its route: what waits for its next try holds up those behind it. Each is then under way.
	// What Ended says is written first, as End would, in the same transaction.
	Claim(ctx context.Context, c Claim) ([]Delivery, error)
	// End writes what came of deliveries that are under way here; of one whose lease went to another node nothing is written. ResultBack takes the try back.
	End(ctx context.Context, outcomes ...Outcome) error
	// Receipt keeps what a network says of a message; one that fits no message is kept for a while, since it may come before what it is about is written.
	Receipt(ctx context.Context, r Receipt) (Found, error)
	// Recover takes what was under way here when an earlier process ended, or anywhere with a lease that ran out (even here, where the answer to a claim may have
	// been lost): what the policy of its route says becomes of it. It is called at the start, and then now and again.
	Recover(ctx context.Context, policy func(Route) InDoubt) (Recovered, error)
}

// Claim asks for deliveries to carry.
type Claim struct {
	Route Route
	Lease time.Duration
	Limit int
	Ended []Outcome // what came of those before
}

// Found says whether a receipt was about a message that we know.
type Found bool

// Recovered counts what was under way.
type Recovered struct{ Again, InDoubt int }

// Waker tells of deliveries that were not there before.
type Waker interface {
	// OnDeliveries calls f with routes that have new deliveries, until stop is called. f must not block.
	OnDeliveries(f func(Route)) (stop func())
	// Due is when the next delivery of a route is due; the zero time: it has none.
	Due(ctx context.Context, r Route) (time.Time, error)
	// Hasten makes deliveries of a lane due now: its handset can be reached again. One that is under way is due at once should it have to be tried again.
	Hasten(ctx context.Context, lane string) error
	// Expire ends deliveries whose time ran out and that are not under way, at most limit of them: failed, ReasonExpired. It counts them.
	Expire(ctx context.Context, limit int) (int, error)
}
